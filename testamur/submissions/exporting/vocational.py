"""The writers of vocational exports that are written from certificates: CQR data file, certificate register, ASQA-style data."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from testamur.submissions.certificates import workbook, writing
from testamur.submissions.certificates.writing import ASQA_COLUMNS, AsqaRow, RegisterCertificate, Truncation
from testamur.submissions.cqr.writing import cqr_file, cqr_lines
from testamur.submissions.exporting.awards import certificates_of, cqr_of, results_without_certificate
from testamur.submissions.exporting.cuts import CUTS, CutList
from testamur.submissions.exporting.packing import Organisation
from testamur.submissions.exporting.reading import HeldStudent

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

    def rest(self) -> Iterator[tuple[str, Path]]:
        """Yield nothing more."""
        return iter(())

    def close(self) -> None:
        """There is nothing to remove."""


class RegisterWriter:
    """Writes the register's own layout as CSV, and the same rows as a workbook beside it."""

    main = "certificates.csv"

    def __init__(self, folder: Path) -> None:
        """Open the workbook in a folder."""
        self.path = folder / "certificates.xlsx"
        self.book = workbook.GrowingBook(self.path)
        self.open = True

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
        self.close()
        if self.book.rows <= _MOST_ROWS:
            yield "certificates.xlsx", self.path

    def close(self) -> None:
        """Finish the workbook, whole or not."""
        if self.open:
            self.open = False
            self.book.close()


class AsqaWriter:
    """Writes ASQA-style student data, and every cell that was cut beside it."""

    main = "asqa-style student data.csv"

    def __init__(self, organisation: Organisation, folder: Path) -> None:
        """Begin behind the header; what is cut is listed in a folder."""
        self.rto = organisation.code
        self.row = 2
        self.cuts = CutList(folder, ("Row", "Column", "Characters", "Cut to"))

    def head(self) -> bytes:
        """Return the names of the columns, with the mark of UTF-8."""
        return writing.csv_text([[name for name, _ in ASQA_COLUMNS]]).encode("utf-8-sig")

    def students(self, students: list[HeldStudent]) -> bytes:
        """Return the rows of some students and note what was cut."""
        lines, cuts = asqa_part(students, self.rto, first=self.row)
        self.row += len(lines)
        for cut in cuts:
            self.cuts.add(cut.row, cut.column, cut.length, cut.width)
        self.cuts.write()
        return writing.csv_text(lines).encode()

    def rest(self) -> Iterator[tuple[str, Path]]:
        """Yield the list of cuts; it says where, and nothing of what stood there."""
        yield CUTS, self.cuts.path

    def close(self) -> None:
        """There is nothing to remove."""


def asqa_part(students: Iterable[HeldStudent], rto: str, *, first: int = 2) -> tuple[list[list[str]], list[Truncation]]:
    """Return some students' lines of ASQA-style student data, the first of them in row `first`, and every cell that is cut."""
    cuts: list[Truncation] = []
    rows = [AsqaRow(rto, item) for one in students for item in _everything(one)]
    return writing.asqa_lines(rows, cuts, first=first), cuts


def _everything(one: HeldStudent) -> Iterator[RegisterCertificate]:
    """Yield a student's certificates, then the results that none of them names."""
    yield from certificates_of(one)
    yield from results_without_certificate(one)
