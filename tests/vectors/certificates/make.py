"""Write the vectors beside this file: `python -m tests.vectors.certificates.make` from the root of the project.

`odd-but-good/<name>` loads without an error; `known-bad/<name>` holds one fault, for which it is named. VECTORS says what
each must give in the strict profile: rule, severity, row and column of every finding but the infos.
"""

import csv
import io
import zipfile
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import xlsxwriter

from testamur.submissions.layouts import load_format

HERE = Path(__file__).parent
FIELDS = load_format("certificates").files["certificates"].fields
Expected = list[tuple[str, str, int | None, str | None]]
Row = dict[str, Any]

Q: Row = {
    "student_id": "0071",
    "given_name": "Chloé",
    "surname": "Okonkwo",
    "birth_date": "09/02/1990",
    "gender": "F",
    "certificate_type": "Testamur",
    "program_code": "BSB40215",
    "program_title": "Certificate IV in Business",
    "issue_date": "10/05/2018",
    "number": "P-1",
    "language": "English",
    "completion_date": "01/05/2018",
    "usi": "PCVA64XU3D",
    "email": "0071@students.example",
    "unit_code": "BSBADM405",
    "unit_title": "Organise meetings",
    "unit_outcome": "20",
    "unit_date": "01/04/2018",
}
Q2 = Q | {"unit_code": "BSBADM406", "unit_title": "Organise business travel", "unit_outcome": "60"}
S = Q | {
    "student_id": "0072",
    "given_name": "Thảo",
    "surname": "Nguyễn",
    "certificate_type": "Statement of attainment",
    "program_code": "",
    "program_title": "",
    "number": "P-2",
    "completion_date": "",
    "usi": "",
    "email": "",
}
ROWS = [Q, Q2, S]


def text(rows: list[Row], *, sign: str = ",", end: str = "\r\n", head: Callable[[str], str] = str) -> bytes:
    """Return a CSV file."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=sign, lineterminator=end)
    writer.writerow([head(field.header) for field in FIELDS])
    writer.writerows([row.get(field.name, "") for field in FIELDS] for row in rows)
    return out.getvalue().encode()


def book(rows: list[Row], also: Callable[[Any, Any], None] | None = None, name: str = "Certificates") -> bytes:
    """Return a workbook; dates of a row are dates, numbers numbers, and `=…` a formula. `also` adds to book and sheet."""
    out = io.BytesIO()
    made = xlsxwriter.Workbook(out, {"in_memory": True})
    made.set_properties({"created": datetime(2026, 1, 1)})
    sheet = made.add_worksheet(name)
    day = made.add_format({"num_format": "dd/mm/yyyy"})
    sheet.write_row(0, 0, [field.header for field in FIELDS])
    for place, row in enumerate(rows, 1):
        for column, field in enumerate(FIELDS):
            value = row.get(field.name, "")
            if isinstance(value, date):
                sheet.write_datetime(place, column, datetime(value.year, value.month, value.day), day)
            elif value != "":
                sheet.write(place, column, value)
    if also:
        also(made, sheet)
    made.close()
    return out.getvalue()


def with_part(data: bytes, name: str) -> bytes:
    """Return a workbook with one part more in its archive."""
    out = io.BytesIO(data)
    with zipfile.ZipFile(out, "a") as archive:
        archive.writestr(zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0)), b"\0")
    return out.getvalue()


def open_document() -> bytes:
    """Return what begins as an OpenDocument spreadsheet does."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(zipfile.ZipInfo("content.xml", (2026, 1, 1, 0, 0, 0)), b"<x/>")
    return out.getvalue()


def changed(**cells: Any) -> list[Row]:
    """Return the rows with cells of the statement (row 4) changed."""
    return [Q, Q2, S | cells]


def second_sheet(made: Any, _: Any) -> None:
    """Add a sheet of other things."""
    made.add_worksheet("Notes").write(0, 0, "hello")


def hidden_sheet(made: Any, _: Any) -> None:
    """Add a hidden sheet."""
    sheet = made.add_worksheet("Old")
    sheet.write(0, 0, "hello")
    sheet.hide()


DATES = {"birth_date": date(1990, 2, 9), "issue_date": date(2018, 5, 10), "completion_date": date(2018, 5, 1)}
GOOD: dict[str, tuple[bytes, Expected]] = {
    "clean.csv": (text(ROWS), []),
    "lf.csv": (text(ROWS, end="\n"), []),
    "utf-8 mark.csv": (b"\xef\xbb\xbf" + text(ROWS), []),
    "stars in the header.csv": (text(ROWS, head=lambda name: f"{name.upper()} *"), []),
    "other dates.csv": (text(changed(issue_date="2018-05-10", birth_date="9/2/1990")), []),
    "short types.csv": (text(changed(certificate_type="S")), []),
    "outcome with words.csv": (text(changed(unit_outcome="20 Competent")), []),
    "empty rows at the end.csv": (text(ROWS) + b"," * (len(FIELDS) - 1) + b"\r\n\r\n", []),
    "same row twice.csv": (text([*ROWS, S]), [("C19", "warning", 5, "Unit code")]),
    "wrong usi.csv": (text(changed(usi="PCVA64XU3E")), [("C17", "warning", 4, "USI")]),
    "postcode without its zero.csv": (text(changed(postcode="800")), [("C16", "warning", 4, "Postcode")]),
    "no unit title.csv": (text(changed(unit_title="")), [("C20", "warning", 4, "Unit title")]),
    "clean.xlsx": (book(ROWS), []),
    "real dates.xlsx": (book([Q | DATES, Q2 | DATES, S | {"issue_date": date(2018, 5, 10)}]), []),
    "other sheet name.xlsx": (book(ROWS, name="Sheet1"), []),
    "second sheet.xlsx": (book(ROWS, second_sheet), []),
    "hidden sheet.xlsx": (book(ROWS, hidden_sheet), [("F9", "warning", None, None)]),
    "numbers as ids.xlsx": (book(changed(student_id=72)), []),
}


def _bad(rule: str, column: str, **cells: Any) -> tuple[bytes, Expected]:
    """Return a CSV file whose row 4 has changed cells, and its one error."""
    return text(changed(**cells)), [(rule, "error", 4, column)]


def merged(_: Any, sheet: Any) -> None:
    """Merge two cells."""
    sheet.merge_range(1, 0, 2, 0, "0071")


FILE: Expected = [("F4", "error", None, None)]
BOOK: Expected = [("F9", "error", None, None)]
BAD: dict[str, tuple[bytes, Expected]] = {
    "empty.csv": (b"", FILE),
    "header only.csv": (text([]), FILE),
    "no header.csv": (text(ROWS).split(b"\r\n", 1)[1], FILE),
    "semicolons.csv": (text(ROWS, sign=";"), FILE),
    "tabs.csv": (text(ROWS, sign="\t"), FILE),
    "utf-16.csv": (text(ROWS).decode().encode("utf-16"), [("F5", "error", None, None)]),
    "300 columns.csv": (text(ROWS).replace(b"\r\n", b"," * 300 + b"\r\n", 1), FILE),
    "missing column.csv": (
        text(ROWS, head=lambda name: "" if name == "Language of delivery" else name),
        [("F4", "error", 1, "Language of delivery")],
    ),
    "open quote.csv": (text(ROWS) + b'"0073,', [("F4", "error", 5, None)]),
    "no student id.csv": _bad("C01", "Student id", student_id=""),
    "id in powers of ten.csv": _bad("C01", "Student id", student_id="1.23E+11"),
    "no birth date.csv": _bad("C06", "Date of birth", birth_date=""),
    "month first.csv": _bad("C06", "Date of birth", birth_date="02/19/1990"),
    "date as a number.csv": _bad("C11", "Issue date", issue_date="43230"),
    "issued in the future.csv": _bad("C11", "Issue date", issue_date="10/05/2031"),
    "issued to a child.csv": _bad("C11", "Issue date", birth_date="09/02/2010"),
    "gender unknown.csv": _bad("C07", "Gender", gender="W"),
    "type unknown.csv": _bad("C08", "Certificate type", certificate_type="Diploma"),
    "testamur without program.csv": _bad("C09", "Program code", certificate_type="Testamur"),
    "no number.csv": _bad("C12", "Certificate number", number=""),
    "row of the example.csv": _bad("C12", "Certificate number", number="EXAMPLE-1"),
    "no language.csv": _bad("C13", "Language of delivery", language=""),
    "unit not achieved.csv": _bad("C21", "Unit outcome", unit_outcome="30"),
    "outcome unknown.csv": _bad("C21", "Unit outcome", unit_outcome="P"),
    "unit after the certificate.csv": _bad("C22", "Unit end date", unit_date="11/05/2018"),
    "formula.csv": _bad("C05", "Surname", surname="=1+1"),
    "unit without code.csv": (
        text([Q, Q2 | {"unit_code": ""}, S]),
        [("C19", "error", 3, "Unit code")],
    ),
    "statement without units.csv": _bad("C19", "Unit code", unit_code="", unit_title="", unit_outcome="", unit_date=""),
    "unit row without certificate.csv": (
        text([Q, {name: Q2[name] for name in ("unit_code", "unit_title")}, S]),
        [("C12", "error", 3, "Certificate number")],
    ),
    "certificate of two students.csv": (
        text([Q, Q2 | {"surname": "Other"}, S]),
        [("C12", "error", 3, "Certificate number")],
    ),
    "unit with two results.csv": (
        text([Q, Q | {"unit_outcome": "51"}, S]),
        [("C19", "error", 3, "Unit code")],
    ),
    "student with two birth dates.csv": (
        text(changed(student_id="0071", given_name="Chloé", surname="Okonkwo", birth_date="09/02/1991")),
        [("C06", "error", 4, "Date of birth")],
    ),
    "formula.xlsx": (book(changed(surname="=1+1")), [("F9", "error", 4, "Surname")]),
    "date without its format.xlsx": (book(changed(issue_date=43230)), [("C11", "error", 4, "Issue date")]),
    "merged cells.xlsx": (book(ROWS, merged), BOOK),
    "macros.xlsx": (with_part(book(ROWS), "xl/vbaProject.bin"), BOOK),
    "macros.xlsm": (book(ROWS), BOOK),
    "old workbook.xls": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504), BOOK),
    "open document.ods": (open_document(), BOOK),
    "damaged.xlsx": (book(ROWS)[:2000], BOOK),
    "two sheets without names.xlsx": (
        book([], lambda made, sheet: (sheet.write_row(0, 0, ["x"] * len(FIELDS)), made.add_worksheet("B")), "A"),
        BOOK,
    ),
}
VECTORS = {f"odd-but-good/{name}": made for name, made in GOOD.items()}
VECTORS |= {f"known-bad/{name}": made for name, made in BAD.items()}


def write() -> None:
    """Write every vector."""
    for name, (data, _) in VECTORS.items():
        path = HERE / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(data)


if __name__ == "__main__":
    write()
