"""Rows of a certificate register put together to certificates: the rules on each row, on each certificate, and across them.

A certificate goes on whole or not at all: where one of its rows has an error, the others wait with it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from testamur.kernel.usi import parse_usi
from testamur.kernel.verdict import Severity
from testamur.submissions.certificates import crossing, days
from testamur.submissions.certificates.cells import CellRules, meant_by, outcome_of
from testamur.submissions.certificates.crossing import Key
from testamur.submissions.certificates.frames import ReadCertificate, ReadUnit, clean
from testamur.submissions.certificates.gathering import Gathered
from testamur.submissions.layouts import FileLayout
from testamur.submissions.rules import Context
from testamur.submissions.sheets import Fix

UNIT_COLUMNS: Final = ("unit_code", "unit_title", "unit_outcome", "unit_date")
_DATES: Final = ("birth_date", "issue_date", "completion_date", "enrolment_date", "unit_date")
_CAPITALS: Final = ("student_id", "trs_number", "program_code", "unit_code", "usi", "number", "gender")
_KINDS: Final = {"TESTAMUR": "Q", "QUALIFICATION": "Q", "STATEMENT OF ATTAINMENT": "S"}
_YEARS: Final = 10
_FROM: Final = date(2010, 1, 1)


@dataclass(frozen=True, slots=True)
class Line:
    """One row as it is compared: certificate cells and unit cells, each in one way of writing."""

    row: int
    said: dict[str, str]
    certificate: tuple[str, ...]
    unit: tuple[str, ...]


class Grouping:
    """The rows of one file. `absent` are mandatory columns that the file lacks, `cells` cells without a value of their own."""

    def __init__(self, file: str, layout: FileLayout, found: Gathered, context: Context, fixes: Sequence[Fix]) -> None:
        self.file, self.layout, self.found, self.context = file, layout, found, context
        self.rules = {check.kind: check for check in layout.rules}
        self.checks = CellRules(layout, context)
        self.absent: frozenset[str] = frozenset()
        self.cells: dict[tuple[int, str], str] = {}
        self.groups: dict[str, list[Line]] = {}
        self.left_out: set[int] = set()
        self.headers = {field.name: field.header for field in layout.fields}
        self.certificate_columns = [name for name in self.headers if name not in UNIT_COLUMNS]
        self.fixes: dict[int, list[Fix]] = {}
        for fix in fixes:
            self.fixes.setdefault(fix.row, []).append(fix)

    def add(self, row: int, said: dict[str, str]) -> None:
        """Check one row and put it to its certificate."""
        self._fix(row, said)
        named = [said.get(name, "") for name in ("number", "student_id", "surname", "issue_date")]
        if not any(named) and any(said.get(name) for name in UNIT_COLUMNS):
            self._say("continuation", row)
            return
        faulty = self._check_cells(row, said)
        self._check_dates(row, said, faulty)
        self._check_codes(row, said)
        plain = {name: _compared(name, text) for name, text in said.items()}
        line = Line(
            row,
            said,
            tuple(plain.get(name, "") for name in self.certificate_columns),
            tuple(plain.get(name, "") for name in UNIT_COLUMNS),
        )
        self.groups.setdefault(plain.get("number") or f"\0{row}", []).append(line)

    def _fix(self, row: int, said: dict[str, str]) -> None:
        """Lay the fixes of a row over its cells."""
        for fix in self.fixes.pop(row, ()):
            name = next((name for name, header in self.headers.items() if header == fix.column), None)
            if name is None or name not in said:
                raise KeyError(f"There is no column {fix.column} to fix.")
            said[name] = fix.value.strip()
            self.cells.pop((row, name), None)

    def _say(self, kind: str, row: int, **words: str | int) -> None:
        """Add a finding of a rule across cells or rows."""
        self.found.add(self.rules[kind], self.file, row, column=None, value=None, **words)

    def _check_cells(self, row: int, said: dict[str, str]) -> set[str]:
        """Apply the rules on single cells; return the fields with an error."""
        faulty: set[str] = set()
        for name, text in said.items():
            if (row, name) in self.cells:
                self.found.add_file(self.cells[row, name], self.file, row=row, column=self.headers[name])
                faulty.add(name)
                continue
            fault = self.checks.fault(name, text)
            if fault is not None:
                self.found.add(fault, self.file, row, value=text, meant=meant_by(fault, text))
                faulty |= {name} if fault.severity(self.context.profile) is Severity.ERROR else set()
        return faulty

    def _check_dates(self, row: int, said: dict[str, str], faulty: set[str]) -> None:
        """Apply the rules between dates; a date that is wrong in itself is one finding already."""
        read = {name: None if name in faulty else days.read_day(said.get(name, "")) for name in _DATES}
        issued, birth = read["issue_date"], read["birth_date"]
        if issued is None:
            return
        if birth and (issued.year - birth.year, issued.month, issued.day) < (_YEARS, birth.month, birth.day):
            self._say("too_young", row)
        elif issued < _FROM:
            self._say("pre_mandatory", row)
        if read["completion_date"] and read["completion_date"] > issued:
            self._say("completed_later", row)
        if read["unit_date"] and read["unit_date"] > issued:
            self._say("ended_later", row)

    def _check_codes(self, row: int, said: dict[str, str]) -> None:
        """Apply the rules between codes, titles and types."""
        code, unit = said.get("program_code"), said.get("unit_code")
        if kind_of(said.get("certificate_type", "")) == "Q" and not code:
            self._say("program_missing", row)
        if code and not said.get("program_title"):
            self._say("title_missing", row)
        if unit and not said.get("unit_title"):
            self._say("unit_title_missing", row)
        if not unit and any(said.get(name) for name in UNIT_COLUMNS[1:]):
            self._say("unit_missing", row)

    def finish(self) -> None:
        """Apply the rules on certificates and across them, after the last row. Raises KeyError for a fix of no row."""
        if any(self.fixes.values()):
            raise KeyError(f"A fix names a row that cannot be fixed in {self.file}.")
        for lines in self.groups.values():
            self._check_certificate(lines)
        wrong = self.found.wrong_rows(self.file)
        keys = [self._key(lines[0]) for lines in self.groups.values() if all(line.row not in wrong for line in lines)]
        for crossed in crossing.contradictions(keys):
            self._say(crossed.kind, crossed.row, detail=crossed.other)
        wrong = self.found.wrong_rows(self.file)
        for lines in self.groups.values():
            first_wrong = next((line.row for line in lines if line.row in wrong), None)
            for line in lines if first_wrong is not None else []:
                if line.row not in wrong and line.row not in self.left_out:
                    self._say("held_with", line.row, detail=first_wrong or 0)

    def _check_certificate(self, lines: Sequence[Line]) -> None:
        """Compare the rows of one certificate."""
        wrong = self.found.wrong_rows(self.file)
        sound = [line for line in lines if line.row not in wrong]
        units: dict[str, Line] = {}
        for line in sound:
            first = sound[0]
            if line.certificate != first.certificate:
                differing = [
                    self.headers[name]
                    for name, mine, theirs in zip(
                        self.certificate_columns, line.certificate, first.certificate, strict=True
                    )
                    if mine != theirs
                ]
                self._say("disagrees", line.row, detail=first.row, columns=", ".join(differing))
                continue
            known = units.setdefault(line.unit[0], line)
            if known is not line:
                same = known.unit == line.unit
                self._say("same_row" if same else "unit_twice", line.row, detail=known.row)
                self.left_out |= {line.row} if same else set()
        kind = kind_of(lines[0].said.get("certificate_type", ""))
        if sound == list(lines) and set(units) == {""} and kind in ("Q", "S") and not any(lines[0].unit):
            self._say("no_units" if kind == "S" else "no_units_qualification", lines[0].row)

    def _key(self, line: Line) -> Key:
        """Return what a certificate's student is compared by."""
        said = {name: _compared(name, text) for name, text in line.said.items()}
        birth = "" if self._unknown_birth(line.said.get("birth_date", "")) else said.get("birth_date", "")
        name = f"{said.get('surname', '')} {said.get('given_name', '')}".casefold()
        student = said.get("student_id") or f"\0{line.row}"
        return Key(line.row, said.get("number", ""), 0, student, birth, name, said.get("gender", "").strip("@"))

    def _unknown_birth(self, text: str) -> bool:
        """Say whether a date of birth stands for one that is not known."""
        fault = self.checks.fault("birth_date", text)
        return fault is not None and fault.kind == "placeholder"

    def good(self) -> list[ReadCertificate]:
        """Return the certificates all of whose rows are without an error, without rows that repeat others."""
        wrong = self.found.wrong_rows(self.file)
        return [
            self._certificate([line for line in lines if line.row not in self.left_out])
            for lines in self.groups.values()
            if all(line.row not in wrong for line in lines)
        ]

    def _certificate(self, lines: Sequence[Line]) -> ReadCertificate:
        """Return one certificate from its rows."""
        said = lines[0].said
        text = {name: clean(said.get(name, "")) for name in self.headers}
        issued = days.read_day(said["issue_date"])
        if issued is None:
            raise AssertionError("A certificate without an error has a day of issue.")
        gender = (text["gender"] or "").upper()
        postcode = text["postcode"]
        return ReadCertificate(
            line=lines[0].row,
            student_code=(text["student_id"] or "").upper(),
            given_name=text["given_name"],
            surname=text["surname"],
            birth=None if self._unknown_birth(said["birth_date"]) else days.read_day(said["birth_date"]),
            gender=gender if gender in ("M", "F", "X") else None,
            kind=kind_of(said["certificate_type"]),
            program_code=text["program_code"].upper() if text["program_code"] else None,
            issued=issued,
            number=text["number"] or "",
            language=text["language"],
            units=tuple(_unit(line) for line in lines if line.said.get("unit_code")),
            other_names=text["other_names"],
            program_title=text["program_title"],
            completed=days.read_day(said.get("completion_date", "")),
            commenced=days.read_day(said.get("enrolment_date", "")),
            postcode=postcode.zfill(4) if postcode and postcode.isdecimal() and len(postcode) in (3, 4) else None,
            identifier=parse_usi(text["usi"] or ""),
            identifier_rejected=bool(text["usi"]) and parse_usi(text["usi"] or "") is None,
            email=text["email"],
        )


def kind_of(text: str) -> str:
    """Return Q or S for a certificate type in any way of writing that is taken; the text in capitals for any other."""
    return _KINDS.get(text.upper(), text.upper())


def _compared(name: str, text: str) -> str:
    """Return a cell as it is compared: dates, types and codes in one way of writing."""
    if name in _DATES:
        return str(days.read_day(text) or text)
    if name == "certificate_type":
        return kind_of(text)
    return text.upper() if name in _CAPITALS else " ".join(text.split())


def _unit(line: Line) -> ReadUnit:
    """Return the unit of a row."""
    said = line.said
    return ReadUnit(
        line.row,
        (clean(said["unit_code"]) or "").upper(),
        clean(said.get("unit_title", "")),
        outcome_of(said.get("unit_outcome", "")) or None,
        days.read_day(said.get("unit_date", "")),
    )
