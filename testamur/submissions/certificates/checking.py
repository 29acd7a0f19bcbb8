"""Check a certificate register, CSV or workbook: every finding of every rule, and its certificates as typed frames.

The one way in is `check`. Nothing here touches a database. A workbook's sheet is written as CSV first and goes the same way
from there. One row is one unit of one certificate; grouping.py puts certificates together.
"""

import tempfile
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import Final

from testamur.submissions.bundles import Bundle, BundleFile
from testamur.submissions.certificates import spreadsheet
from testamur.submissions.certificates.frames import write_frames
from testamur.submissions.certificates.gathering import Gathered
from testamur.submissions.certificates.grouping import Grouping
from testamur.submissions.checking import CheckedFile, CheckOutcome, Progress
from testamur.submissions.layouts import Profile, load_format
from testamur.submissions.reading import Batch, Table, map_batches, open_table, plain_header
from testamur.submissions.rules import Context
from testamur.submissions.scanning import Encoding, Scan, scan, sha256_of
from testamur.submissions.sheets import Fix

KIND: Final = "certificates"
_HEAD: Final = 8192
_TEXTS: Final = (".csv", ".txt", ".tsv")
_SIGNS: Final = {";": "semicolons", "\t": "TAB", "|": "upright strokes"}
_ENOUGH: Final = 4


def check(
    bundle: Bundle,
    *,
    profile: Profile,
    on: date,
    encoding: Encoding | None = None,
    fixes: Iterable[tuple[str, int, str, str]] = (),
    keep: Path | None = None,
    progress: Progress | None = None,
    known_students: Iterable[str] = (),
    **options: object,
) -> CheckOutcome:
    """Check a bundle with one certificate register, CSV or .xlsx; other files are left aside.

    The arguments mean what `checking.check_bundle` says. `known_students` and `options` change nothing: every row brings its
    own student. Raises KeyError for a fix of a file, row or column that is not there.
    """
    del known_students, options
    run = _Run(Context(profile, on), encoding, [Fix(*fix) for fix in fixes], progress or (lambda *_: None))
    outcome = run.outcome(bundle)
    if keep is not None:
        write_frames(run.grouping.good() if run.grouping and run.whole else [], keep)
    return outcome


def named_columns(line: str) -> int:
    """Return how many columns of the layout a line names, whatever separates them."""
    wanted = {plain_header(field.header) for field in load_format(KIND).files[KIND].fields}
    for sign in _SIGNS:
        line = line.replace(sign, ",")
    return len(wanted & {plain_header(name.strip('" ')) for name in line.split(",")})


def _first_line(path: Path) -> str:
    """Return the first line of a file as far as it can be read as text."""
    with path.open("rb") as stream:
        head = stream.read(_HEAD)
    wide = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}.get(head[:2])
    lines = head.decode(wide or "utf-8", "replace").lstrip("\ufeff").splitlines()
    return lines[0] if lines else ""


def registers(files: Sequence[BundleFile]) -> list[BundleFile]:
    """Return the files that claim to be a certificate register: workbooks, text with our column names, else any CSV."""
    sure = [
        file
        for file in files
        if file.name.lower().endswith(spreadsheet.SUFFIXES) or named_columns(_first_line(file.path)) >= _ENOUGH
    ]
    return sure or [file for file in files if file.name.lower().endswith(_TEXTS)]


class _Run:
    """One check of one bundle."""

    def __init__(self, context: Context, encoding: Encoding | None, fixes: Sequence[Fix], progress: Progress) -> None:
        self.context, self.encoding, self.fixes, self.progress = context, encoding, fixes, progress
        self.format = load_format(KIND)
        self.layout = self.format.files[KIND]
        self.found = Gathered(self.format, context.profile)
        self.grouping: Grouping | None = None
        self.whole = False
        self.file = ""

    def outcome(self, bundle: Bundle) -> CheckOutcome:
        """Run all rules and put the answer together."""
        refused = {problem.file for problem in bundle.problems}
        mine = registers([file for file in bundle.files if file.name not in refused])
        outcome = self.found.answer(bundle, mine, lambda file: self._file(file, mine))
        if any(fix.file != self.file for fix in self.fixes):
            raise KeyError("A fix names a file that was not checked.")
        return outcome

    def _file(self, file: BundleFile, mine: Sequence[BundleFile]) -> CheckedFile:
        """Check the first register; name the others."""
        sha, rows, kind = sha256_of(file.path), None, KIND if file in mine else "other"
        if file in mine[1:]:
            self.found.add_file("several", file.name)
        elif file in mine:
            self.file = file.name
            rows = self._register(file)
        return CheckedFile(file.name, sha, rows, kind, 0, None, None, 1, None)

    def _register(self, file: BundleFile) -> int | None:
        """Check the register itself; return its data rows, None where it cannot be read."""
        self.grouping = Grouping(file.name, self.layout, self.found, self.context, self.fixes)
        with file.path.open("rb") as stream:
            packed = stream.read(4).startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0"))
        if not packed and not file.name.lower().endswith(spreadsheet.SUFFIXES):
            return self._text(file.path, scan(file.path, self.encoding))
        with tempfile.TemporaryDirectory(prefix="sheet-") as folder:
            target = Path(folder) / "sheet.csv"
            extracted = spreadsheet.extract(file.path, file.name, self.layout, target)
            for fault in extracted.faults:
                self.found.add_file(fault.kind, file.name, row=fault.row, column=fault.column, **fault.words)
            self.grouping.cells = extracted.cells
            return self._text(target, scan(target)) if extracted.written else None

    def _text(self, path: Path, scanned: Scan) -> int | None:
        """Check a CSV file: encoding, separators, header, then every row."""
        if scanned.problem:
            self.found.add_file(scanned.problem, self.file, line=scanned.line, other=scanned.other)
        if scanned.encoding is None:
            return None
        first = _first_line(path)
        sign = max(_SIGNS, key=first.count)
        if first.count(sign) > first.count(","):
            self.found.add_file("separator", self.file, sign=_SIGNS[sign])
            return None
        table = open_table(path, self.layout, scanned)
        for fault in table.faults:
            self.found.add_file(
                fault.kind, self.file, row=1 if fault.column else None, column=fault.column, **fault.words
            )
        self.whole = table.readable and not table.absent and all(fault.kind != "duplicate" for fault in table.faults)
        return self._rows(table) if table.readable else None

    def _rows(self, table: Table) -> int:
        """Check every row and everything across rows."""
        grouping = self.grouping
        if grouping is None:
            return 0
        grouping.absent = table.absent
        rows, last = 0, 0
        blanks: list[int] = []
        for batch in map_batches(table, lambda batch: batch):
            rows += self._batch(batch, grouping, blanks)
            seen = [*(fault.row for fault in batch.faults if fault.kind != "blank_row"), *batch.frame["row"].tail(1)]
            last = max([last, *seen])
            self.progress(KIND, batch.end, table.scan.end)
            if rows > spreadsheet.MAX_ROWS:
                self.found.add_file("too_many_rows", self.file, row=last, count=f"{spreadsheet.MAX_ROWS:,}")
                break
        for row in blanks:
            if row < last:
                self.found.add_file("blank_row", self.file, row=row)
        if not rows:
            self.found.add_file("header_only", self.file)
        grouping.finish()
        return rows

    def _batch(self, batch: Batch, grouping: Grouping, blanks: list[int]) -> int:
        """Check one batch of rows; return how many data rows it has."""
        names = batch.frame.columns[1:]
        for row, *cells in batch.frame.iter_rows():
            grouping.add(row, dict(zip(names, (cell.strip() for cell in cells), strict=True)))
        unread = [fault for fault in batch.faults if fault.kind != "blank_row"]
        for fault in unread:
            self.found.add_file(fault.kind, self.file, row=fault.row)
        blanks += [fault.row for fault in batch.faults if fault.kind == "blank_row"]
        return batch.frame.height + len(unread)
