"""The writers of vocational exports that are written from certificates: CQR data file, certificate register, ASQA-style data."""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from testamur.submissions.certificates import workbook, writing
from testamur.submissions.certificates.writing import ASQA_COLUMNS, AsqaRow, RegisterCertificate, Truncation
from testamur.submissions.cqr.writing import cqr_file, cqr_lines
from testamur.submissions.exporting.awards import certificates_of, cqr_of, results_without_certificate
from testamur.submissions.exporting.packing import Organisation
from testamur.submissions.exporting.reading import HeldStudent

CUTS: Final = "what was cut.csv"
_CUT_COLUMNS: Final = ("Row", "Column", "Characters", "Cut to")
_MOST_ROWS: Final = 1_000_000  # a sheet has no more, and the check reads no more


class CqrWriter:
    """Writes one text file, one line a certificate."""

    main = "cqr.txt"

    def head(self) -> bytes:
        """Return line 1, which says the version."""
        return cqr_file([])

    def students(self, students: list[HeldStudent]) -> bytes:
        """Return the certificates of some students."""
        return cqr_lines(item for one in students for item in cqr_of(one))

    def rest(self) -> Iterator[tuple[str, bytes]]:
        """Yield nothing more."""
        return iter(())

    def close(self) -> None:
        """There is nothing to remove."""


class RegisterWriter:
    """Writes the register's own layout as CSV, and the same rows as a workbook beside it."""

    main = "certificates.csv"

    def __init__(self) -> None:
        """Open the workbook."""
        self.folder = tempfile.TemporaryDirectory(prefix="export-")
        self.path = Path(self.folder.name) / "certificates.xlsx"
        self.book = workbook.GrowingBook(self.path)

    def head(self) -> bytes:
        """Return the names of the columns, with the mark of UTF-8."""
        return writing.csv_text([writing.header()]).encode("utf-8-sig")

    def students(self, students: list[HeldStudent]) -> bytes:
        """Return the rows of some students and write them into the workbook."""
        items = [item for one in students for item in certificates_of(one)]
        if self.book.rows <= _MOST_ROWS:
            self.book.add(items)
        return writing.csv_text(writing.register_lines(items)).encode()

    def rest(self) -> Iterator[tuple[str, Path]]:
        """Yield the workbook, unless there are more rows than a sheet has."""
        self.book.close()
        if self.book.rows <= _MOST_ROWS:
            yield "certificates.xlsx", self.path

    def close(self) -> None:
        """Remove the temporary folder."""
        self.folder.cleanup()


class AsqaWriter:
    """Writes ASQA-style student data, and every cell that was cut beside it."""

    main = "asqa-style student data.csv"

    def __init__(self, organisation: Organisation) -> None:
        """Begin behind the header."""
        self.rto = organisation.code
        self.row = 2
        self.cuts: list[Truncation] = []

    def head(self) -> bytes:
        """Return the names of the columns, with the mark of UTF-8."""
        return writing.csv_text([[name for name, _ in ASQA_COLUMNS]]).encode("utf-8-sig")

    def students(self, students: list[HeldStudent]) -> bytes:
        """Return the rows of some students and note what was cut."""
        rows = [AsqaRow(self.rto, item) for one in students for item in _everything(one)]
        lines = writing.asqa_lines(rows, self.cuts, first=self.row)
        self.row += len(lines)
        return writing.csv_text(lines).encode()

    def rest(self) -> Iterator[tuple[str, bytes]]:
        """Yield the list of cuts; it says where, and nothing of what stood there."""
        cuts = ([str(cut.row), cut.column, str(cut.length), str(cut.width)] for cut in self.cuts)
        yield CUTS, writing.csv_text([_CUT_COLUMNS, *cuts]).encode("utf-8-sig")

    def close(self) -> None:
        """There is nothing to remove."""


def _everything(one: HeldStudent) -> Iterator[RegisterCertificate]:
    """Yield a student's certificates, then the results that none of them names."""
    yield from certificates_of(one)
    yield from results_without_certificate(one)
