"""Give a provider back its own workbook with one column more: what is wrong in a row and what to do.

The sheet that the check read is written anew, every cell as the text that the check read, so that nothing in it is ever run
as a formula or followed as a link; a formula stands there as its own text. Rows keep their numbers.
"""

import csv
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import polars as pl
import xlsxwriter

from testamur.submissions.annotate import COLUMN, notes_of
from testamur.submissions.certificates import spreadsheet
from testamur.submissions.layouts import FileLayout
from testamur.submissions.reading import OUR_COLUMNS, plain_header

MEDIA_TYPE: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_OURS: Final = frozenset(map(plain_header, OUR_COLUMNS))
_PIECE: Final = 1 << 20
_OPTIONS: Final = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}
_NOTE_WIDTH: Final = 80
_CELL_WIDTH: Final = 18
_PACKED: Final = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")


def is_workbook(path: Path) -> bool:
    """Say whether a file is a workbook, of an old kind too, by its first bytes."""
    with path.open("rb") as stream:
        return stream.read(4) in _PACKED


def annotated_workbook(
    path: Path, name: str, layout: FileLayout, findings: pl.DataFrame, *, only_failed: bool = False
) -> Iterator[bytes]:
    """Yield the bytes of a workbook with the sheet that was checked and our column behind the provider's.

    `findings` are those of this file (row, severity, column, message, fix). `only_failed` keeps the names of the columns and
    the rows with an error. A workbook that could not be read is given back unchanged.
    """
    with tempfile.TemporaryDirectory(prefix="annotated-") as folder:
        sheet, target = Path(folder) / "sheet.csv", Path(folder) / "book.xlsx"
        if spreadsheet.extract(path, name, layout, sheet).written:
            _write(sheet, target, layout.title, dict(notes_of(findings, only_failed=only_failed)), only_failed)
        else:
            target = path
        with target.open("rb") as stream:
            yield from iter(lambda: stream.read(_PIECE), b"")


def _write(sheet: Path, target: Path, title: str, notes: Mapping[int, str], only_failed: bool) -> None:
    """Write the rows of a sheet that lies there as CSV, each with its note."""
    book = xlsxwriter.Workbook(target, _OPTIONS)
    text = book.add_format({"num_format": "@"})
    wrong = book.add_format({"num_format": "@", "text_wrap": True, "valign": "top", "bg_color": "#FBE3E0"})
    page = book.add_worksheet(title)
    page.freeze_panes(1, 0)
    kept: list[int] = []
    line = 0
    with sheet.open(encoding="utf-8", newline="") as stream:
        for row, cells in enumerate(csv.reader(stream), 1):
            if row == 1:
                kept = [place for place, cell in enumerate(cells) if plain_header(cell) not in _OURS]
                page.set_column(0, max(len(kept) - 1, 0), _CELL_WIDTH, text)
                page.set_column(len(kept), len(kept), _NOTE_WIDTH)
            elif only_failed and row not in notes:
                continue
            note = COLUMN if row == 1 else notes.get(row, "")
            _write_row(page, line, [cells[place] for place in kept if place < len(cells)], text)
            if note:
                page.write_string(line, len(kept), note, wrong)
            line += 1
    book.close()


def _write_row(page: Any, line: int, cells: list[str], text: Any) -> None:
    """Write one row as text; empty cells stay empty."""
    for place, cell in enumerate(cells):
        if cell:
            page.write_string(line, place, cell, text)
