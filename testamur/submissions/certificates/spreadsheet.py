"""Read one sheet of a workbook (.xlsx) as text and write it as CSV, so that both ways in have one path from there.

The archive is judged before it is opened. Formulas are never run: their cells, and cells that hold an error, are named. A
date of the spreadsheet becomes DD/MM/YYYY, a number its figures (with the zeros at its front where the cell's own format
shows them). Row numbers stay those of the sheet.
"""

import csv
import re
import warnings
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

import openpyxl
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from testamur.submissions.bundles import is_machines_own
from testamur.submissions.certificates.days import printed
from testamur.submissions.certificates.workbook import EXAMPLE, GUIDE
from testamur.submissions.layouts import FileLayout
from testamur.submissions.reading import MAX_COLUMNS, plain_header

SUFFIXES: Final = (".xlsx", ".xlsm", ".xltx", ".xltm", ".xls", ".ods")
MAX_ROWS: Final = 1_000_000
_OLD: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_LARGEST: Final = 1 << 30
_RATIO: Final = 200
_RATIO_FROM: Final = 32 << 20
_CHUNK: Final = 1 << 20
_MERGED: Final = re.compile(rb'<(?:\w+:)?mergeCell\s[^>]*?ref="([A-Z0-9:]{1,40})"')
_ZEROS: Final = re.compile(r"0+")
_MAC_DAYS: Final = 1462
_EXACT: Final = 10**15
_EXAMPLE_ROWS: Final = 5
_IDS: Final = ("student_id", "trs_number", "number", "postcode")


@dataclass(frozen=True, slots=True)
class SheetFault:
    """Something to say about a workbook: the case of bundle.toml, and row, column and words where it has them."""

    kind: str
    row: int | None = None
    column: str | None = None
    words: dict[str, str] = field(default_factory=dict)


@dataclass
class Extracted:
    """What a workbook gave: faults to name, cells that hold no value of their own, and whether a CSV was written."""

    faults: list[SheetFault] = field(default_factory=list)
    cells: dict[tuple[int, str], str] = field(default_factory=dict)
    written: bool = False


def extract(path: Path, name: str, layout: FileLayout, target: Path) -> Extracted:
    """Write the sheet with the layout's column names as CSV to a path; say what else the workbook holds."""
    found = Extracted()
    refused = _refusal(path, name)
    if refused:
        found.faults.append(SheetFault(refused))
        return found
    with warnings.catch_warnings(), path.open("rb") as stream:
        warnings.simplefilter("ignore")  # the reader warns of decorations that it leaves out
        try:
            # A stream, since a path is judged by its ending, and unpacked files have none.
            book = openpyxl.load_workbook(stream, read_only=True, data_only=False, keep_links=False)
            _extract(book, layout, path, target, found)
        except (
            Exception
        ) as error:  # whatever bytes are in it: the reader's own errors are many, and parts are opened late
            if is_machines_own(error):
                raise  # no fault of the workbook
            return Extracted([SheetFault("unreadable")])
    return found


def _refusal(path: Path, name: str) -> str | None:
    """Return why a workbook is not opened at all."""
    with path.open("rb") as stream:
        head = stream.read(8)
    if head == _OLD:
        return "old_workbook"
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return "unreadable"
    names = {entry.filename for entry in entries}
    if "content.xml" in names and "xl/workbook.xml" not in names:
        return "open_document"
    if name.lower().endswith(("xlsm", "xltm")) or any("vbaproject" in entry.lower() for entry in names):
        return "macros"
    total = sum(entry.file_size for entry in entries)
    packed = path.stat().st_size
    if total > _LARGEST or (total > _RATIO_FROM and total > packed * _RATIO):
        return "too_large"
    return None if "xl/workbook.xml" in names else "unreadable"


def _extract(book: Any, layout: FileLayout, path: Path, target: Path, found: Extracted) -> None:
    """Choose the sheet, name the others, refuse merged cells, and write the rows."""
    sheet = _choose(book.worksheets, layout)
    if sheet is None:
        found.faults.append(SheetFault("no_sheet"))
        return
    for other in book.worksheets:
        if other is not sheet and not _of_template(other):
            hidden = other.sheet_state != "visible"
            words = {"sheet": _shown(other.title), "read": _shown(sheet.title)}
            found.faults.append(SheetFault("hidden_sheet" if hidden else "sheet_aside", words=words))
    merged = _merged(path, sheet._worksheet_path)
    if merged:
        words = {"count": str(len(merged)), "place": merged[0]}
        found.faults.append(SheetFault("merged", words=words))
        return
    _write(sheet, layout, target, found, mac=book.epoch == CALENDAR_MAC_1904)
    found.written = True


def _of_template(sheet: Any) -> bool:
    """Say whether a sheet is the template's guide, or its example to which nobody added a row."""
    if sheet.title == EXAMPLE:
        return not any(cell.value is not None for row in sheet.iter_rows(min_row=_EXAMPLE_ROWS + 1) for cell in row)
    return bool(sheet.title == GUIDE)


def _shown(title: str) -> str:
    """Return the name of a sheet fit to be shown."""
    return "“" + "".join(sign for sign in title if sign.isprintable())[:40] + "”"


def _choose(sheets: Sequence[Any], layout: FileLayout) -> Any:
    """Return the visible sheet whose row 1 names the columns; one called Certificates goes before others."""
    wanted = {plain_header(item.header) for item in layout.fields}
    visible = [sheet for sheet in sheets if sheet.sheet_state == "visible"]
    visible.sort(key=lambda sheet: sheet.title.strip().casefold() != layout.title.casefold())
    for sheet in visible:
        sheet.reset_dimensions()
        first = next(sheet.iter_rows(max_row=1, max_col=MAX_COLUMNS + 1), ())
        names = {plain_header(str(cell.value)) for cell in first if cell.value is not None}
        if len(names & wanted) * 2 >= len(wanted) or len(names & wanted) >= 8:
            return sheet
    named = [sheet for sheet in visible if sheet.title.strip().casefold() == layout.title.casefold()]
    return next(iter([*named, *(visible if len(visible) == 1 else [])]), None)


def _merged(path: Path, part: str) -> list[str]:
    """Return the places of merged cells of a sheet, read from its part of the archive in pieces."""
    places: list[str] = []
    with zipfile.ZipFile(path) as archive, archive.open(part.lstrip("/")) as stream:
        before = b""
        while chunk := stream.read(_CHUNK):
            piece = before + chunk
            places += [match[1].decode() for match in _MERGED.finditer(piece)]
            last = piece.rfind(b">") + 1
            before = piece[last:][-200:]
    return places


def _write(sheet: Any, layout: FileLayout, target: Path, found: Extracted, *, mac: bool) -> None:
    """Write the rows of a sheet as CSV; rows without any content are empty lines, and none follow the last."""
    blanks = 0
    columns: list[str] = []
    by_header = {plain_header(item.header): item for item in layout.fields}
    with target.open("w", encoding="utf-8", errors="replace", newline="") as out:
        writer = csv.writer(out)
        for number, row in enumerate(sheet.iter_rows(max_row=MAX_ROWS + 2, max_col=MAX_COLUMNS + 1), 1):
            cells = list(row)
            while cells and cells[-1].value is None:
                cells.pop()
            if number == 1:
                columns = [plain_header(_text(cell)) for cell in cells]
                dates = {
                    place for place, name in enumerate(columns) if name in by_header and by_header[name].type == "date"
                }
                writer.writerow([_text(cell) for cell in cells])
                continue
            if not cells:
                blanks += 1
                continue
            out.write("\r\n" * blanks)
            blanks = 0
            _note(cells, number, columns, by_header, found)
            texts = [_text(cell, mac=mac and place in dates) for place, cell in enumerate(cells)]
            writer.writerow(texts + [""] * (len(columns) - len(texts)))


def _note(cells: Sequence[Any], row: int, columns: Sequence[str], fields: dict[str, Any], found: Extracted) -> None:
    """Note cells with a formula or an error, and the first number in a column of ids."""
    for cell, name in zip(cells, columns, strict=False):
        if cell.value is None or cell.data_type == "s" or name not in fields:
            continue
        item = fields[name]
        if cell.data_type in ("f", "e"):
            found.cells[row, item.name] = "formula_cell" if cell.data_type == "f" else "error_cell"
            continue
        shown = _ZEROS.fullmatch(cell.number_format or "")
        said = any(fault.kind == "numbers" and fault.column == item.header for fault in found.faults)
        if cell.data_type == "n" and item.name in _IDS and not shown and not said:
            found.faults.append(SheetFault("numbers", row, item.header))


def _text(cell: Any, *, mac: bool = False) -> str:
    """Return a cell as text."""
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, datetime):
        return printed(value.date())
    if isinstance(value, date):
        return printed(value)
    if isinstance(value, (int, float)):
        return _figures(value + _MAC_DAYS if mac else value, cell.number_format or "")
    return str(value)


def _figures(value: float, number_format: str) -> str:
    """Return a number's figures; beyond 15 of them a spreadsheet keeps no more, so it is written with its power of ten."""
    if value != value or abs(value) >= _EXACT:
        return f"{value:E}"
    if value != int(value):
        return repr(value)
    figures = str(int(value))
    return figures.zfill(len(number_format)) if _ZEROS.fullmatch(number_format) else figures
