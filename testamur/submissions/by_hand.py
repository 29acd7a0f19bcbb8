"""Certificates that are typed one at a time: the file that they become, row for row, and the check of one of them (CQR-02).

There is no second path. What is typed is written, as it was typed, as rows of one CSV file in the layout of the certificate
register, and is judged by that format's own check. The file alone holds what was typed; it is read back to list and change it.
"""

import csv
import io
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Final

from testamur.submissions import doubts
from testamur.submissions.bundles import Bundle, BundleFile
from testamur.submissions.certificates import checking
from testamur.submissions.certificates.grouping import UNIT_COLUMNS
from testamur.submissions.certificates.writing import header
from testamur.submissions.doubts import Facts
from testamur.submissions.formats import FORMATS
from testamur.submissions.layouts import FileLayout, Profile, load_format

FILE_NAME: Final = "certificates by hand.csv"
FORMAT: Final = "certificates"
LONGEST_CELL: Final = 1_000
MOST_UNITS: Final = 200
_LOST: Final = "�"


class NotByHand(Exception):
    """A file of our name that was not written here: its header or its bytes are others."""


@cache
def _layout() -> FileLayout:
    """Return the layout of the certificate register."""
    return load_format(FORMAT).files[checking.KIND]


@cache
def field_names() -> tuple[str, ...]:
    """Return the names of all fields in the order of the layout."""
    return tuple(field.name for field in _layout().fields)


def certificate_fields() -> tuple[str, ...]:
    """Return the names of the fields of a certificate and its student."""
    return tuple(name for name in field_names() if name not in UNIT_COLUMNS)


@dataclass(frozen=True, slots=True)
class TypedCertificate:
    """One certificate as it was typed: cells in the order of `certificate_fields`, and those of each unit, nothing read yet."""

    cells: tuple[str, ...]
    units: tuple[tuple[str, ...], ...] = ()

    @classmethod
    def of(cls, said: Mapping[str, str], units: Iterable[Mapping[str, str]] = ()) -> "TypedCertificate":
        """Return a certificate from cells by field name; what is not named is empty, units without any cell are left out.

        Raises KeyError for a field that the layout does not have.
        """
        each = [_cells(unit, UNIT_COLUMNS) for unit in units]
        return cls(_cells(said, certificate_fields()), tuple(cells for cells in each if any(cells)))

    @property
    def said(self) -> dict[str, str]:
        """Return the cells of the certificate and its student by field name."""
        return dict(zip(certificate_fields(), self.cells, strict=True))

    @property
    def said_units(self) -> list[dict[str, str]]:
        """Return the cells of each unit by field name."""
        return [dict(zip(UNIT_COLUMNS, unit, strict=True)) for unit in self.units]

    @property
    def blank(self) -> bool:
        """Say whether nothing was typed at all."""
        return not any(self.cells) and not self.units

    @property
    def height(self) -> int:
        """Return how many rows of the file it takes: one a unit, one where it has none."""
        return max(1, len(self.units))

    @property
    def longest(self) -> int:
        """Return the length of its longest cell."""
        return max(len(cell) for cells in (self.cells, *self.units) for cell in cells)

    def with_units_of(self, other: "TypedCertificate") -> "TypedCertificate":
        """Return this certificate with the units of another one after its own."""
        return TypedCertificate(self.cells, (*self.units, *other.units))

    def with_new_units_of(self, other: "TypedCertificate") -> "TypedCertificate":
        """Return this certificate with those units of another one that it does not have yet."""
        return TypedCertificate(self.cells, (*self.units, *(unit for unit in other.units if unit not in self.units)))


@dataclass(frozen=True, slots=True)
class TypedFinding:
    """What the check says about a typed certificate: the finding of the file, and the place in the form.

    `field` is the layout's name of the field, None for the certificate as a whole; `unit` counts its units from 0, None where
    the finding is not about a unit's cell. `row` is the row of the file, header 1.
    """

    rule: str
    severity: str
    field: str | None
    unit: int | None
    row: int | None
    column: str | None
    message: str
    fix: str
    source: str


def _cells(said: Mapping[str, str], names: Sequence[str]) -> tuple[str, ...]:
    """Return cells in the order of names, each on one line and without anything that no text file can hold."""
    if unknown := sorted(set(said) - set(names)):
        raise KeyError(f"The certificate register has no field {unknown[0]} here.")
    return tuple(_one_line(said.get(name, "")) for name in names)


def _one_line(text: str) -> str:
    """Return a cell as one line; signs that would make the whole file unreadable become the mark of a lost one."""
    return "".join(_whole(sign) for sign in text).strip()


def _whole(sign: str) -> str:
    """Return a sign, a space for a line end, the mark of a lost sign for a null and for half of a character."""
    if sign in "\r\n":
        return " "
    return _LOST if sign == "\0" or "\ud800" <= sign <= "\udfff" else sign


def written(certificates: Iterable[TypedCertificate]) -> bytes:
    """Return certificates as the file that is checked: UTF-8 with its mark, CRLF, one row a unit, each cell as it was typed."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(header())
    for item in certificates:
        for unit in item.units or (("",) * len(UNIT_COLUMNS),):
            said = {**item.said, **dict(zip(UNIT_COLUMNS, unit, strict=True))}
            writer.writerow([said[name] for name in field_names()])
    return out.getvalue().encode("utf-8-sig")


def read(content: bytes, fixes: Iterable[tuple[int, str, str]] = ()) -> list[TypedCertificate]:
    """Return the certificates of a file in its order; rows whose certificate and student say the same are one.

    `fixes` are (row, header of the column, value) laid over the cells. Raises NotByHand for a file that was not written here.
    """
    try:
        rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    except (UnicodeDecodeError, csv.Error) as unread:
        raise NotByHand from unread
    if not rows or rows[0] != header() or any(len(row) != len(rows[0]) for row in rows):
        raise NotByHand
    for row, column, value in fixes:
        if column in rows[0] and 1 < row <= len(rows):
            rows[row - 1][rows[0].index(column)] = _one_line(value)
    merged: dict[tuple[str, ...], TypedCertificate] = {}
    for cells in rows[1:]:
        said = dict(zip(field_names(), cells, strict=True))
        unit = {name: said.pop(name) for name in UNIT_COLUMNS}
        item = TypedCertificate.of(said, [unit])
        merged[item.cells] = merged[item.cells].with_units_of(item) if item.cells in merged else item
    return list(merged.values())


def rows_of(certificates: Sequence[TypedCertificate]) -> list[range]:
    """Return the rows of the file that each certificate takes."""
    taken, first = [], 2
    for item in certificates:
        taken.append(range(first, first + item.height))
        first += item.height
    return taken


def check(
    certificates: Sequence[TypedCertificate], *, profile: Profile, on: date, facts: Facts | None = None
) -> list[list[TypedFinding]]:
    """Return what the check of the format says about each certificate; findings about the whole file go to the last one.

    `facts` are what the register knows beside the file, for the rules on duplicate and impossible records.
    """
    content = written(certificates)
    with tempfile.TemporaryDirectory(prefix="by-hand-") as folder:
        path, kept = Path(folder) / "0", Path(folder) / "kept"
        path.write_bytes(content)
        form = FORMATS[FORMAT]
        outcome = form.check(Bundle([BundleFile(FILE_NAME, path, len(content))]), profile=profile, on=on, keep=kept)
        found = doubts.look_again(form, outcome, kept, facts or doubts.Facts()).findings
    owners = {row: number for number, rows in enumerate(rows_of(certificates)) for row in rows}
    each: list[list[TypedFinding]] = [[] for _ in certificates]
    firsts = [rows.start for rows in rows_of(certificates)]
    for said in found.sort("row", "column", "rule", nulls_last=False, maintain_order=True).iter_rows(named=True):
        number = owners.get(said["row"], len(each) - 1)
        each[number].append(_finding(said, firsts[number]))
    return [_each_once(findings) for findings in each]


@cache
def _only_units() -> str:
    """Return what the check of a file says of a row with a unit and nothing else, which a form says in words of its own."""
    return next(rule.message for rule in _layout().rules if rule.kind == "continuation")


def _finding(said: Mapping[str, str | int | None], first: int) -> TypedFinding:
    """Return a finding of the file with its place in the form."""
    row = said["row"] if isinstance(said["row"], int) else None
    field = next((field.name for field in _layout().fields if field.header == said["column"]), None)
    unit = row - first if row is not None and field in UNIT_COLUMNS else None
    words = {name: str(said[name] or "") for name in ("rule", "severity", "message", "fix", "source")}
    if words["message"] == _only_units():
        words |= {
            "message": "A unit is filled in, and no certificate.",
            "fix": "Fill in the student and the certificate.",
        }
    return TypedFinding(
        **words, field=field, unit=unit, row=row, column=str(said["column"]) if said["column"] else None
    )


def _each_once(findings: Sequence[TypedFinding]) -> list[TypedFinding]:
    """Return findings without those that repeat, for each unit's row, what was said about the certificate."""
    kept: dict[tuple[object, ...], TypedFinding] = {}
    for one in findings:
        kept.setdefault((one.rule, one.severity, one.field, one.unit, one.message), one)
    return list(kept.values())
