"""Write the vectors beside this file: `python -m tests.vectors.cqr2.make` from the root of the project.

`odd-but-good/<name>.txt` loads without an error; `known-bad/<name>.txt` holds one fault, for which it is named. VECTORS says
what each must give in the strict profile: rule, severity, row and column of every finding but the infos.
"""

from pathlib import Path

HERE = Path(__file__).parent
Expected = list[tuple[str, str, int | None, str | None]]

Q = [
    "111111Q1",
    "S1",
    "Test",
    "Student",
    "01/02/1991",
    "M",
    "QUALCODE1",
    "Q",
    "10/05/2012",
    "1",
    "English",
    "CHCCHILD3A",
    "ABCDEFG",
]
S = ["", "S2", "Zoë", "Núñez", "05/06/1988", "F", "", "S", "11/05/2012", "2", "Auslan", "XHXXHILD3A"]
FIELDS = [
    "trs",
    "id",
    "given",
    "surname",
    "birth",
    "gender",
    "program",
    "type",
    "issued",
    "number",
    "language",
    "unit 1",
    "unit 2",
]


def cells(base: list[str], **changes: str) -> list[str]:
    """Return a row with some cells changed, named as in FIELDS with underscores."""
    row = list(base)
    for name, value in changes.items():
        row[FIELDS.index(name.replace("_", " "))] = value
    return row


def lines(*rows: list[str], version: str = "[VERSION200]", end: str = "\n") -> bytes:
    """Return a file of some rows."""
    return "".join(line + end for line in (version, *("\t".join(row) for row in rows))).encode()


def quoted(row: list[str]) -> list[str]:
    """Return a row with every cell in quotes."""
    return ['"' + cell.replace('"', '""') + '"' for cell in row]


GOOD: dict[str, tuple[bytes, Expected]] = {
    "clean": (lines(Q, S), []),
    "crlf": (lines(Q, S, end="\r\n"), []),
    "cr": (lines(Q, S, end="\r"), []),
    "every cell quoted": (lines(quoted(Q), quoted(S), version='"[VERSION200]"'), []),
    "trailing blank unit cells": (lines([*Q, "", "", ""], [*S, ""]), []),
    "tabs behind the version": (lines(Q, S, version="[VERSION200]\t\t\t"), []),
    "no line end at the end": (lines(Q, S)[:-1], []),
    "utf-8 mark": (b"\xef\xbb\xbf" + lines(Q, S), []),
    "windows-1252": (lines(Q, S).decode().encode("cp1252"), [("F5", "warning", None, None)]),
    "header row": (lines(["TRS", "Id", "Given name", "Surname", "Date of birth", *["x"] * 7], Q, S), [("F4", "warning", 2, None)]),
    "empty line between": (lines(Q, [""], S), []),
    "quote inside a cell": (lines(cells(Q, given='Te"s"t'), S), []),
    "single name": (lines(cells(Q, given="-"), S), []),
    "gender not stated": (lines(cells(Q, gender="@"), S), []),
    "issued before 2010": (lines(cells(Q, issued="10/05/2008"), S), []),
    "same row twice": (lines(Q, S, Q), [("CQR-03i", "warning", 4, "Parchment / certificate number")]),
    "student with a new name": (
        lines(Q, cells(S, id="S1", birth="01/02/1991", gender="M")),
        [("CQR-03c", "warning", 3, "Surname")],
    ),
    "turn of the year": (lines(cells(Q, issued="31/12/2013"), S), [("CQR-03h", "warning", 2, "Certificate issue date")]),
    "first week of a year": (lines(cells(Q, issued="07/01/2013"), S), [("CQR-03h", "warning", 2, "Certificate issue date")]),
    "placeholder birth date": (lines(cells(Q, birth="01/01/1901"), S), [("CQR-03d", "warning", 2, "Date of birth")]),
    "unit twice": (lines(cells(Q, unit_2="CHCCHILD3A"), S), [("CQR-03k", "warning", 2, "Unit code 2")]),
    "qualification without units": (lines(Q[:11], S), [("CQR-03k", "warning", 2, "Unit code 1")]),
    "other version": (lines(Q, S, version="[VERSION210]"), [("F4", "warning", 1, None)]),
}  # fmt: skip


def _row(rule: str, column: str, **changes: str) -> tuple[bytes, Expected]:
    """Return a file whose row 2 has changed cells, and its one error."""
    return lines(cells(Q, **changes), S), [(rule, "error", 2, column)]


BAD: dict[str, tuple[bytes, Expected]] = {
    "empty": (b"", [("F4", "error", None, None)]),
    "version only": (lines(), [("F4", "error", None, None)]),
    "no version": (b"".join(lines(Q, S).splitlines(keepends=True)[1:]), [("F4", "error", 1, None)]),
    "version misspelt": (lines(Q, S, version="[VERSION 2.00]"), [("F4", "error", 1, None)]),
    "version without brackets": (lines(Q, S, version="VERSION200"), [("F4", "error", 1, None)]),
    "version in line 2": (b"\n" + lines(Q, S), [("F4", "error", 1, None)]),
    "commas": (lines(Q, S).replace(b"\t", b","), [("F4", "error", None, None)]),
    "few cells": (lines(Q[:9], S), [("F4", "error", 2, None)]),
    "open quote": (lines(cells(Q, surname='"Student'), S), [("F4", "error", 2, None)]),
    "utf-16": (lines(Q, S).decode().encode("utf-16"), [("F5", "error", None, None)]),
    "nul": (lines(cells(Q, given="Te\0st"), S), [("F5", "error", None, None)]),
    "mixed encodings": (lines(Q, S) + lines(cells(S, number="3")).decode().encode("cp1252")[13:], [("F5", "error", None, None)]),
    "no student number": _row("CQR-03a", "Provider's student id", trs="", id=""),
    "no given name": _row("CQR-03b", "Given name", given=""),
    "no surname": _row("CQR-03c", "Surname", surname=""),
    "no birth date": _row("CQR-03d", "Date of birth", birth=""),
    "birth date that is none": _row("CQR-03d", "Date of birth", birth="30/02/1990"),
    "gender unknown": _row("CQR-03e", "Gender", gender="W"),
    "gender x": _row("CQR-03e", "Gender", gender="X"),
    "qualification without code": _row("CQR-03f", "Qualification / course code", program=""),
    "type unknown": _row("CQR-03g", "Type", type="T"),
    "no issue date": _row("CQR-03h", "Certificate issue date", issued=""),
    "day of the year": _row("CQR-03h", "Certificate issue date", issued="131/05/2012"),
    "day of the year of another month": _row("CQR-03h", "Certificate issue date", issued="131/06/2012"),
    "day beyond the year": _row("CQR-03d", "Date of birth", birth="400/05/1991"),
    "month first": _row("CQR-03h", "Certificate issue date", issued="05/31/2012"),
    "date as a number": _row("CQR-03h", "Certificate issue date", issued="41039"),
    "short date": _row("CQR-03h", "Certificate issue date", issued="5/6/2012"),
    "issued in the future": _row("CQR-03h", "Certificate issue date", issued="10/05/2031"),
    "issued to a child": _row("CQR-03h", "Certificate issue date", birth="01/02/2005"),
    "no number": _row("CQR-03i", "Parchment / certificate number", number=""),
    "number in powers of ten": _row("CQR-03i", "Parchment / certificate number", number="1.23E+11"),
    "formula": _row("CQR-03c", "Surname", surname="=1+1"),
    "no language": _row("CQR-03j", "Language of delivery", language=""),
    "statement without units": (lines(Q, S[:11]), [("CQR-03k", "error", 3, "Unit code 1")]),
    "unit with its title": _row("CQR-03k", "Unit code 2", unit_2="ABCDEFG First aid"),
    "unit not achieved": _row("CQR-04a", "Unit code 2", unit_2="NYC"),
    "same number twice": (
        lines(Q, cells(S, number="1")),
        [("CQR-03i", "error", row, "Parchment / certificate number") for row in (2, 3)],
    ),
    "student with two birth dates": (
        lines(Q, cells(Q, birth="01/02/1992", number="3")),
        [("CQR-03d", "error", 3, "Date of birth")],
    ),
}  # fmt: skip
VECTORS = {f"odd-but-good/{name}": made for name, made in GOOD.items()}
VECTORS |= {f"known-bad/{name}": made for name, made in BAD.items()}


def write() -> None:
    """Write every vector."""
    for name, (data, _) in VECTORS.items():
        path = HERE / f"{name}.txt"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(data)


if __name__ == "__main__":
    write()
