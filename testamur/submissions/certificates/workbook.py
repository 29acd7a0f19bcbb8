"""The workbook of the certificate register: the template that providers fill in, and a register written as a workbook.

The same input gives the same bytes. The example's column names stand in its second row, so that it is never taken for a
sheet of certificates, whatever it is called; its certificate numbers begin with EXAMPLE-, which the check refuses.
"""

import io
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final

import xlsxwriter

from testamur.submissions.certificates import writing
from testamur.submissions.certificates.writing import RegisterCertificate, RegisterUnit
from testamur.submissions.layouts import Field, load_format

SHEET: Final = "Certificates"
EXAMPLE: Final = "Example"
GUIDE: Final = "How to fill this in"
_CREATED: Final = datetime(2026, 1, 1, tzinfo=UTC).replace(tzinfo=None)
_ROWS: Final = 5000
_LISTS: Final = {
    "gender": ["M", "F", "X", "@"],
    "certificate_type": ["Testamur", "Statement of attainment"],
    "unit_outcome": ["20", "51", "60", "81"],
    "language": [
        "English",
        "Arabic",
        "Auslan",
        "Cantonese",
        "Greek",
        "Hindi",
        "Italian",
        "Mandarin",
        "Punjabi",
        "Spanish",
        "Vietnamese",
    ],
}
_WIDTHS: Final = {"date": 13, "code": 14, "text": 22}
_WIDE: Final = {"program_title": 38, "unit_title": 38, "email": 28, "certificate_type": 24}
_EXAMPLE: Final = (
    RegisterCertificate(
        student_id="007310",
        given_name="Marlo",
        surname="Example",
        birth_date=date(1990, 2, 9),
        gender="X",
        kind="Q",
        issue_date=date(2018, 5, 10),
        number="EXAMPLE-1",
        language="English",
        program_code="BSB40215",
        program_title="Certificate IV in Business",
        completion_date=date(2018, 5, 1),
        units=(
            RegisterUnit("BSBCUS401", "Coordinate implementation of customer service strategies", "20", None, None),
            RegisterUnit("BSBWHS401", "Implement and monitor WHS policies, procedures and programs", "60", None, None),
        ),
    ),
    RegisterCertificate(
        student_id="007311",
        given_name="Ines",
        surname="Sample",
        birth_date=date(1985, 12, 31),
        gender="F",
        kind="S",
        issue_date=date(2019, 3, 4),
        number="EXAMPLE-2",
        language="Auslan",
        units=(RegisterUnit("HLTAID003", "Provide first aid", "20", None, date(2019, 3, 1)),),
    ),
)


def template() -> bytes:
    """Return the workbook to fill in: the sheet Certificates, an example with made-up people, and how to fill it in."""
    out = io.BytesIO()
    book = _book(out)
    _sheet(book, SHEET, (), first=0)
    example = _sheet(book, EXAMPLE, _EXAMPLE, first=1)
    note = "An example with made-up people; it is never read. Two certificates in three rows: one row is one unit."
    example.write_string(0, 0, note, book.add_format({"italic": True}))
    _guide(book)
    book.close()
    return out.getvalue()


def register_workbook(rows: Iterable[RegisterCertificate]) -> bytes:
    """Return certificates as a workbook in the register's own layout, one row a unit; every cell is text or a date."""
    out = io.BytesIO()
    book = _book(out)
    _sheet(book, SHEET, rows, first=0)
    book.close()
    return out.getvalue()


class GrowingBook:
    """A register written as a workbook piece by piece to a path, however long it grows; `rows` are those that would stand in it."""

    def __init__(self, path: Path) -> None:
        """Open the workbook and write the names of the columns."""
        self.book = _book(path, constant_memory=True)
        self.page = _sheet(self.book, SHEET, (), first=0)
        self.formats = _formats(self.book)
        self.rows = 0

    def add(self, certificates: Iterable[RegisterCertificate]) -> None:
        """Write certificates below what is there."""
        for cells in writing.table(certificates):
            self.rows += 1
            _write_cells(self.page, self.rows, cells, *self.formats)

    def close(self) -> None:
        """Finish the file."""
        self.book.close()


def _book(out: io.BytesIO | Path, *, constant_memory: bool = False) -> Any:
    """Return a new workbook that never turns text into formulas, links or numbers."""
    options: dict[str, Any] = {"in_memory": not constant_memory, "constant_memory": constant_memory}
    if isinstance(out, Path):
        options["tmpdir"] = str(out.parent)  # rows wait beside the file, not where everybody's temporary files lie
    options |= {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    book = xlsxwriter.Workbook(out, options)
    book.set_properties({"title": "Certificate register", "created": _CREATED})
    return book


def _fields() -> Sequence[Field]:
    """Return the layout's columns in order."""
    return load_format("certificates").files["certificates"].fields


def _sheet(book: Any, name: str, rows: Iterable[RegisterCertificate], *, first: int) -> Any:
    """Add a sheet with the column names in a row, frozen, and certificates below; return it."""
    sheet = book.add_worksheet(name)
    head = book.add_format({"bold": True, "text_wrap": True, "bottom": 1, "valign": "top"})
    text, day = _formats(book)
    for place, field in enumerate(_fields()):
        is_date = field.type == "date"
        width = _WIDE.get(field.name, _WIDTHS.get(field.type, 14))
        sheet.set_column(place, place, width, day if is_date else text)
        sheet.write_string(first, place, field.header + (" *" if field.need == "mandatory" else ""), head)
        sheet.write_comment(first, place, _hint(field))
        _validate(sheet, field, first + 1, place)
    sheet.freeze_panes(first + 1, 0)
    for number, cells in enumerate(writing.table(rows), first + 1):
        _write_cells(sheet, number, cells, text, day)
    return sheet


def _formats(book: Any) -> tuple[Any, Any]:
    """Return how text and dates are shown."""
    return book.add_format({"num_format": "@"}), book.add_format({"num_format": "dd/mm/yyyy"})


def _write_cells(sheet: Any, number: int, cells: Iterable[str | date], text: Any, day: Any) -> None:
    """Write one row: dates as dates, everything else as text."""
    for place, value in enumerate(cells):
        if isinstance(value, date):
            sheet.write_datetime(number, place, datetime(value.year, value.month, value.day), day)  # noqa: DTZ001
        elif value:
            sheet.write_string(number, place, value, text)


def _validate(sheet: Any, field: Field, first: int, place: int) -> None:
    """Offer the values of a column, or ask for a date; what else is typed is warned of, not refused."""
    rule: dict[str, object]
    if field.name in _LISTS:
        rule = {"validate": "list", "source": _LISTS[field.name], "error_type": "warning"}
    elif field.type == "date":
        rule = {
            "validate": "date",
            "criteria": ">=",
            "value": date(1900, 1, 1),
            "error_type": "warning",
            "error_message": "Write the date as day/month/year.",
        }
    else:
        return
    sheet.data_validation(first, place, first + _ROWS - 1, place, {**rule, "ignore_blank": True})


def _hint(field: Field) -> str:
    """Return what stands in the note of a column name."""
    needs = {"mandatory": "Needed in every row.", "conditional": "Needed in some rows.", "optional": "May be empty."}
    allowed = f" {field.allowed}." if field.allowed else ""
    width = f" At most {field.max_length} characters." if field.max_length else ""
    return needs[field.need] + allowed + width


def _guide(book: Any) -> None:
    """Add the sheet that says how each column is filled in, from the layout."""
    sheet = book.add_worksheet(GUIDE)
    head = book.add_format({"bold": True, "bottom": 1})
    wrap = book.add_format({"text_wrap": True, "valign": "top"})
    says = (
        "One row is one unit of one certificate. Repeat the cells of the student and the certificate in every row.",
        "A certificate goes on whole or not at all: where one of its rows has an error, the others wait with it.",
        "Do not merge cells, and write results in place of formulas. Only the sheet Certificates is read.",
    )
    for row, text in enumerate(says):
        sheet.write_string(row, 0, text)
    first = len(says) + 1
    for place, (name, width) in enumerate((("Column", 24), ("Rule", 8), ("Need", 14), ("What to write", 90))):
        sheet.set_column(place, place, width)
        sheet.write_string(first, place, name, head)
    for row, field in enumerate(_fields(), first + 1):
        advice = next((check.fix for check in field.checks if check.kind in ("blank", "pattern", "outcome")), "")
        said = (field.header, field.rule, field.need, " ".join(part for part in (_hint(field), advice) if part))
        for place, text in enumerate(said):
            sheet.write_string(row, place, text, wrap)
