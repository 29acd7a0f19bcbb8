"""Write certificates as the register's own layout (CSV, workbook) and as ASQA-style student data.

Pure functions: dataclasses in, bytes out. A cell of a CSV that a spreadsheet would run as a formula is defused by an
apostrophe; cells of workbooks are written as text and need none.
"""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from testamur.submissions.certificates.days import printed
from testamur.submissions.layouts import load_format

_TYPES: Final = {"Q": "Testamur", "S": "Statement of attainment"}
_BLANK_DATE: Final = "01/01/1901"
_FORMULA_SIGNS: Final = ("=", "+", "-", "@", "\t", "\r")
_SIGNED_NUMBER: Final = re.compile(r"[+-][0-9 ]+")


@dataclass(frozen=True, slots=True)
class RegisterUnit:
    """One unit of a certificate; `outcome` is a national outcome code. None is not held."""

    code: str
    title: str | None = None
    outcome: str | None = None
    started: date | None = None
    ended: date | None = None


@dataclass(frozen=True, slots=True)
class RegisterCertificate:
    """One certificate with its student and units; `kind` is Q or S. None is not held.

    Units that no certificate names stand under one without issue date and number: for ASQA-style student data only.
    """

    student_id: str
    given_name: str | None
    surname: str | None
    birth_date: date | None
    gender: str | None
    kind: str
    issue_date: date | None
    number: str
    language: str | None = None
    program_code: str | None = None
    program_title: str | None = None
    units: tuple[RegisterUnit, ...] = ()
    other_names: str | None = None
    completion_date: date | None = None
    enrolment_date: date | None = None
    postcode: str | None = None
    identifier: str | None = None
    email: str | None = None
    trs_number: str | None = None


@dataclass(frozen=True, slots=True)
class AsqaRow:
    """What a certificate lacks that ASQA-style student data names: the provider and how the training was funded."""

    rto_number: str
    certificate: RegisterCertificate
    in_schools: bool | None = None
    funding_source: str | None = None
    administering_state: str | None = None


@dataclass(frozen=True, slots=True)
class Truncation:
    """A cell that was cut: the row of the file (header 1), its column, its length and the width it was cut to."""

    row: int
    column: str
    length: int
    width: int


ASQA_COLUMNS: Final[tuple[tuple[str, int], ...]] = (
    ("RTO number", 10),
    ("Student full name", 120),
    ("Email", 80),
    ("USI", 10),
    ("Date of birth", 10),
    ("Student ID", 10),
    ("Activity start date", 10),
    ("Activity end date", 10),
    ("Qualification code", 10),
    ("Qualification title", 100),
    ("Date completed", 10),
    ("Unit code", 12),
    ("Unit title", 100),
    ("Unit outcome", 60),
    ("Outcome identifier - national", 2),
    ("VET in schools", 1),
    ("Funding source - national", 2),
    ("Administering state", 3),
    ("Issuance date", 10),
    ("Residential postcode", 4),
    ("Enrolment date", 10),
)
OUTCOMES: Final = {
    "20": "Competency achieved",
    "51": "Recognition of prior learning granted",
    "60": "Credit transfer",
    "81": "Non-assessable, satisfactorily completed",
}


def register_csv(rows: Iterable[RegisterCertificate]) -> bytes:
    """Return certificates as the register's own layout: CSV, UTF-8 with its mark, CRLF, one row a unit."""
    return csv_text([header(), *register_lines(rows)]).encode("utf-8-sig")


def register_lines(rows: Iterable[RegisterCertificate]) -> Iterator[list[str]]:
    """Yield the rows of the register's own layout as text."""
    return (_cells(item, unit) for item, unit in _rows(rows))


def header() -> list[str]:
    """Return the column names of the layout in order."""
    return [field.header for field in load_format("certificates").files["certificates"].fields]


def table(rows: Iterable[RegisterCertificate]) -> Iterator[list[str | date]]:
    """Yield the rows of the layout for a workbook: dates as dates, everything else as text."""
    for item, unit in _rows(rows):
        yield _values(item, unit)


def _rows(rows: Iterable[RegisterCertificate]) -> Iterator[tuple[RegisterCertificate, RegisterUnit | None]]:
    """Yield each unit with its certificate; a certificate without units once."""
    for item in rows:
        yield from ((item, unit) for unit in item.units or (None,))


def _values(item: RegisterCertificate, unit: RegisterUnit | None) -> list[str | date]:
    """Return one row's cells."""
    birth: str | date = item.birth_date or _BLANK_DATE
    return [
        item.student_id,
        item.trs_number or "",
        item.given_name or "-",
        item.other_names or "",
        item.surname or "-",
        birth,
        item.gender or "@",
        _TYPES[item.kind],
        item.program_code or "",
        item.program_title or "",
        item.issue_date or "",
        item.number,
        item.language or "English",
        item.completion_date or "",
        item.enrolment_date or "",
        item.postcode or "",
        item.identifier or "",
        item.email or "",
        unit.code if unit else "",
        (unit.title or "") if unit else "",
        (unit.outcome or "") if unit else "",
        (unit.ended or "") if unit else "",
    ]


def _cells(item: RegisterCertificate, unit: RegisterUnit | None) -> list[str]:
    """Return one row's cells as text."""
    return [printed(value) if isinstance(value, date) else value for value in _values(item, unit)]


def asqa_student_data(rows: Iterable[AsqaRow]) -> tuple[bytes, list[Truncation]]:
    """Return ASQA-style student data (19 columns, and postcode and enrolment date) as CSV, and every cell that was cut.

    One row is one unit of one certificate, UTF-8 with its mark, CRLF. Nothing is cut in silence.
    """
    cut: list[Truncation] = []
    lines = asqa_lines(rows, cut)
    return csv_text([[name for name, _ in ASQA_COLUMNS], *lines]).encode("utf-8-sig"), cut


def asqa_lines(rows: Iterable[AsqaRow], cut: list[Truncation], *, first: int = 2) -> list[list[str]]:
    """Return the lines of ASQA-style student data, the first of them in row `first`, and add every cell that was cut."""
    lines: list[list[str]] = []
    for row in rows:
        for _, unit in _rows([row.certificate]):
            lines.append(_fitted(_asqa_cells(row, unit), len(lines) + first, cut))
    return lines


def _fitted(cells: Sequence[str], row: int, cut: list[Truncation]) -> list[str]:
    """Return cells cut to the widths of their columns, and note each cut."""
    fitted = []
    for (name, width), text in zip(ASQA_COLUMNS, cells, strict=True):
        if len(text) > width:
            cut.append(Truncation(row, name, len(text), width))
        fitted.append(text[:width])
    return fitted


def _asqa_cells(row: AsqaRow, unit: RegisterUnit | None) -> list[str]:
    """Return one row of ASQA-style student data, whole."""
    item = row.certificate
    names = (item.given_name, item.other_names, item.surname)
    outcome = (unit.outcome or "") if unit else ""
    schools = {True: "Y", False: "N", None: ""}[row.in_schools]
    return [
        row.rto_number,
        " ".join(name for name in names if name),
        item.email or "",
        item.identifier or "",
        _day(item.birth_date),
        item.student_id,
        _day(unit.started if unit else None),
        _day(unit.ended if unit else None),
        item.program_code or "",
        item.program_title or "",
        _day(item.completion_date),
        unit.code if unit else "",
        (unit.title or "") if unit else "",
        OUTCOMES.get(outcome, ""),
        outcome,
        schools,
        row.funding_source or "",
        row.administering_state or "",
        _day(item.issue_date),
        item.postcode or "",
        _day(item.enrolment_date),
    ]


def _day(day: date | None) -> str:
    """Return a date as text, nothing for none."""
    return printed(day) if day else ""


def _defused(text: str) -> str:
    """Return a cell that no spreadsheet runs; a sign alone (a hyphen for no name, @ for not stated) runs nothing.

    Nor does a number with its sign, as telephone numbers have it.
    """
    harmless = len(text) < 2 or not text.startswith(_FORMULA_SIGNS) or _SIGNED_NUMBER.fullmatch(text)
    return text if harmless else "'" + text


def csv_text(lines: Iterable[Sequence[str]]) -> str:
    """Return lines of a CSV file (CRLF) whose cells no spreadsheet runs."""
    out = io.StringIO(newline="")
    csv.writer(out).writerows([_defused(cell) for cell in line] for line in lines)
    return out.getvalue()
