"""Check a CQR data file, version 2.00: every finding of every rule, and its certificates as typed frames (CQR-03 to 05).

The one way in is `check`. Nothing here touches a database. One line is one certificate; columns have the display names of
layouts/cqr2/cqr.toml, unit columns are called `Unit code 1`, `Unit code 2` and so on.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Final

from testamur.kernel.verdict import Severity
from testamur.submissions.bundles import Bundle, BundleFile
from testamur.submissions.certificates import crossing, days
from testamur.submissions.certificates.cells import CellRules, meant_by
from testamur.submissions.certificates.crossing import Key
from testamur.submissions.certificates.frames import ReadCertificate, ReadUnit, clean, write_frames
from testamur.submissions.certificates.gathering import Gathered
from testamur.submissions.checking import CheckedFile, CheckOutcome, Progress
from testamur.submissions.cqr.reading import (
    FIXED,
    MAX_CELLS,
    Row,
    looks_like_cqr,
    names_columns,
    rows_of,
    version_of,
)
from testamur.submissions.layouts import Check, Field, Profile, load_format
from testamur.submissions.rules import Context
from testamur.submissions.scanning import Encoding, Scan, scan, sha256_of
from testamur.submissions.sheets import Fix

KIND: Final = "cqr"
MAX_ROWS: Final = 1_000_000
_UNIT = "unit_code"
_YEARS = 10


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
    """Check a bundle with one CQR data file; other files are left aside.

    The arguments mean what `checking.check_bundle` says; `fixes` name unit columns `Unit code n`, and one behind the last
    adds a unit. `known_students` and `options` change nothing: every row brings its own student. Raises KeyError for a fix
    of a file, row or column that is not there.
    """
    del known_students, options
    run = _Run(Context(profile, on), encoding, [Fix(*fix) for fix in fixes], progress or (lambda *_: None))
    outcome = run.outcome(bundle)
    if keep is not None:
        write_frames(run.certificates(), keep)
    return outcome


class _Run:
    """One check of one bundle."""

    def __init__(self, context: Context, encoding: Encoding | None, fixes: Sequence[Fix], progress: Progress) -> None:
        self.context, self.encoding, self.fixes, self.progress = context, encoding, fixes, progress
        self.format = load_format("cqr2")
        self.found = Gathered(self.format, context.profile)
        self.file = ""
        self.sheet: _Sheet | None = None

    def outcome(self, bundle: Bundle) -> CheckOutcome:
        """Run all rules and put the answer together."""
        refused = {problem.file for problem in bundle.problems}
        mine = [file for file in bundle.files if file.name not in refused and looks_like_cqr(file.path)]
        outcome = self.found.answer(bundle, mine, lambda file: self._file(file, mine))
        if any(fix.file != self.file for fix in self.fixes):
            raise KeyError("A fix names a file that was not checked.")
        return outcome

    def _file(self, file: BundleFile, mine: Sequence[BundleFile]) -> CheckedFile:
        """Check the first data file; name the others."""
        if file not in mine:
            return CheckedFile(file.name, sha256_of(file.path), None, "other", 0, None, None, 1, None)
        if file is not mine[0]:
            self.found.add_file("several", file.name)
            return CheckedFile(file.name, sha256_of(file.path), None, KIND, 0, None, None, 1, None)
        self.file = file.name
        scanned = scan(file.path, self.encoding)
        self.sheet = _Sheet(file, scanned, self.found, self.context, self.fixes)
        return CheckedFile(file.name, scanned.sha256, self.sheet.run(self.progress), KIND, 0, None, None, 1, None)

    def certificates(self) -> list[ReadCertificate]:
        """Return the certificates without an error."""
        return self.sheet.good() if self.sheet else []


class _Sheet:
    """The check of the data file."""

    def __init__(
        self, file: BundleFile, scanned: Scan, found: Gathered, context: Context, fixes: Sequence[Fix]
    ) -> None:
        self.file, self.scanned, self.found, self.context = file, scanned, found, context
        layout = found.format.files[KIND]
        self.fields = layout.fields[:FIXED]
        self.unit: Field = layout.field(_UNIT)
        self.rules = {check.kind: check for check in layout.rules}
        self.words = frozenset(self.rules["unit_outcome"].params["values"])
        self.from_day = date.fromisoformat(self.rules["pre_mandatory"].params["day"])
        self.cells = CellRules(layout, context)
        self.fixes: dict[int, list[Fix]] = {}
        for fix in fixes:
            self.fixes.setdefault(fix.row, []).append(fix)
        self.keys: list[Key] = []
        self.read: list[ReadCertificate] = []
        self.left_out: set[int] = set()

    def run(self, progress: Progress) -> int | None:
        """Check every row and everything across rows; return the number of certificates, None where none can be read."""
        if self.scanned.problem:
            self.found.add_file(self.scanned.problem, self.file.name, line=self.scanned.line, other=self.scanned.other)
        if self.scanned.encoding is None:
            return None
        lines = rows_of(self.file.path, self.scanned)
        if not self._may_begin(next(lines, None)):
            return None
        count = self._check_rows(lines, progress)
        if any(self.fixes.values()):
            raise KeyError(f"A fix names a row that cannot be fixed in {self.file.name}.")
        if count:
            self._across()
        return count

    def _may_begin(self, first: Row | None) -> bool:
        """Judge line 1."""
        cells = [cell for cell in first.cells if cell] if first else []
        version = version_of(cells[0]) if len(cells) == 1 else None
        if version is None:
            self.found.add_file("no_version" if first else "empty", self.file.name, row=1 if first else None)
            return False
        if version != "200":
            self.found.add_file("other_version", self.file.name, row=1, version=version)
        return True

    def _check_rows(self, lines: Iterator[Row], progress: Progress) -> int | None:
        """Check the rows behind line 1 one by one; None where the cells are not between TABs."""
        count, blanks = 0, list[int]()
        for line in lines:
            if not line.fault and not any(line.cells):
                blanks.append(line.row)
                continue
            if line.row == 2 and len(line.cells) == 1 and max(map(line.cells[0].count, ",;|")) >= FIXED - 1:
                self.found.add_file("not_tabs", self.file.name)
                return None
            for row in blanks:
                self.found.add_file("blank_row", self.file.name, row=row)
            blanks.clear()
            if count >= MAX_ROWS:
                self.found.add_file("too_many_rows", self.file.name, row=line.row, count=f"{MAX_ROWS:,}")
                return count
            count += self._check_line(line)
            if line.row % 5000 == 0:
                progress(KIND, line.end, self.scanned.end)
        if not count:
            self.found.add_file("empty", self.file.name)
        progress(KIND, self.scanned.end, self.scanned.end)
        return count

    def _check_line(self, line: Row) -> bool:
        """Check one line; say whether it is a certificate, sound or not."""
        kind, words = line.fault, {}
        if kind is None and version_of(line.cells[0]) is not None:
            kind = "version_again"
        elif kind is None and len(line.cells) > MAX_CELLS:
            kind, words = "many_cells", {"count": f"{MAX_CELLS:,}"}
        elif kind is None and names_columns(line.cells):
            kind = "header_row"
        elif kind is None and len(line.cells) < FIXED:
            kind, words = "few_cells", {"count": str(len(line.cells))}
        if kind is None:
            self._check_certificate(line)
            return True
        self.found.add_file(kind, self.file.name, row=line.row, **words)
        return kind not in ("version_again", "header_row")

    def _check_certificate(self, line: Row) -> None:
        """Apply every rule to one certificate."""
        cells = self._fixed(line)
        said = {field.name: text for field, text in zip(self.fields, cells, strict=False)}
        before = len(self.found.rows)
        faulty = set()
        for field, text in zip(self.fields, cells, strict=False):
            fault = self.cells.fault(field.name, text)
            if fault is not None:
                faulty |= {field.name} if fault.severity(self.context.profile) is Severity.ERROR else set()
                self.found.add(fault, self.file.name, line.row, value=text, meant=meant_by(fault, text))
        units = self._units(line.row, cells[FIXED:])
        self._check_together(line.row, said, faulty, units)
        if all(row[1] != Severity.ERROR for row in self.found.rows[before:]):
            self._take(line.row, said, units, cells)

    def _fixed(self, line: Row) -> list[str]:
        """Return a row's cells with its fixes laid over them."""
        cells = list(line.cells)
        names = {field.header: place for place, field in enumerate(self.fields)}
        for fix in self.fixes.pop(line.row, ()):
            head, _, number = fix.column.rpartition(" ")
            if head == self.unit.header and number.isdecimal() and 1 <= int(number) <= max(len(cells) - FIXED, 0) + 1:
                place = FIXED - 1 + int(number)
            elif fix.column in names:
                place = names[fix.column]
            else:
                raise KeyError(f"There is no column {fix.column} to fix in row {fix.row}.")
            cells += [""] * (place + 1 - len(cells))
            cells[place] = fix.value.strip()
        return cells

    def _units(self, row: int, cells: Sequence[str]) -> list[str]:
        """Check the unit columns of a row; return the sound codes in capitals, each once."""
        codes: list[str] = []
        last = max((place for place, text in enumerate(cells) if text), default=-1)
        if "" in cells[:last]:
            self._add("unit_gap", row, column=self._column(cells.index("") + 1))
        for place, text in enumerate(cells[: last + 1], 1):
            if not text:
                continue
            code = text.upper()
            fault = self.rules["unit_outcome"] if code in self.words else self.cells.fault(_UNIT, text)
            fault = self.rules["unit_twice"] if fault is None and code in codes else fault
            if fault is not None:
                self.found.add(fault, self.file.name, row, column=self._column(place), value=text)
            if code not in codes:
                codes.append(code)
        return codes

    def _column(self, place: int) -> str:
        """Return the display name of a unit column."""
        return f"{self.unit.header} {place}"

    def _add(self, kind: str, row: int, **said: str | None) -> None:
        """Add a finding of a rule of the layout."""
        self.found.add(self.rules[kind], self.file.name, row, **said)

    def _check_together(self, row: int, said: dict[str, str], faulty: set[str], units: list[str]) -> None:
        """Apply the rules across the cells of one row; a cell that is wrong in itself is one finding already."""
        kind = said["certificate_type"].upper()
        if not said["student_id"] and not said["trs_number"]:
            self._add("no_student_number", row)
        if kind == "Q" and not said["program_code"]:
            self._add("program_missing", row)
        if not units and kind in ("Q", "S"):
            self._add("no_units" if kind == "S" else "no_units_qualification", row, column=self._column(1))
        issued = None if "issue_date" in faulty else days.read_day(said["issue_date"])
        birth = None if "birth_date" in faulty else days.read_day(said["birth_date"])
        if issued and birth and (issued.year - birth.year, issued.month, issued.day) < (_YEARS, birth.month, birth.day):
            self._add("too_young", row, value=said["issue_date"])
        elif issued and issued < self.from_day:
            self._add("pre_mandatory", row, value=said["issue_date"])

    def _take(self, row: int, said: dict[str, str], units: list[str], cells: Sequence[str]) -> None:
        """Keep a certificate without an error, and what it is compared by."""
        text = {name: clean(cell) for name, cell in said.items()}
        birth = None if self._is_placeholder(said["birth_date"]) else days.read_day(said["birth_date"])
        gender = said["gender"].upper()
        issued = days.read_day(said["issue_date"])
        student = (text["student_id"] or text["trs_number"] or "").upper()
        number = text["number"] or ""
        if issued is None:
            raise AssertionError("A certificate without an error has a day of issue.")
        self.read.append(
            ReadCertificate(
                line=row,
                student_code=student,
                given_name=text["given_name"],
                surname=text["surname"],
                birth=birth,
                gender=gender if gender in ("M", "F", "X") else None,
                kind=said["certificate_type"].upper(),
                program_code=text["program_code"].upper() if text["program_code"] else None,
                issued=issued,
                number=number,
                language=text["language"],
                units=tuple(ReadUnit(row, code) for code in units),
            )
        )
        name = f"{text['surname']} {text['given_name']}".casefold()
        content = hash((*cells[:FIXED], *units))
        self.keys.append(Key(row, number.upper(), content, student, str(birth or ""), name, gender.strip("@")))

    def _is_placeholder(self, text: str) -> bool:
        """Say whether a date of birth stands for one that is not known."""
        fault = self.cells.fault("birth_date", text)
        return fault is not None and fault.kind == "placeholder"

    def _across(self) -> None:
        """Apply the rules across rows to the rows without an error."""
        for crossed in (*crossing.same_numbers(self.keys), *crossing.contradictions(self.keys)):
            check: Check = self.rules[crossed.kind]
            self.found.add(check, self.file.name, crossed.row, detail=crossed.other)
            if crossed.kind == "same_row":
                self.left_out.add(crossed.row)

    def good(self) -> list[ReadCertificate]:
        """Return the certificates without an error, without repeats."""
        wrong = self.found.wrong_rows(self.file.name) | self.left_out
        return [item for item in self.read if item.line not in wrong]
