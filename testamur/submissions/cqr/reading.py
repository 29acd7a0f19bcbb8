"""Bytes of a CQR data file to its rows: cells between TABs, quoted or not, numbered by physical line (version line 1).

Lines end with LF, CRLF or CR. A cell that begins with a quote ends with one; two quotes inside are one. No bytes end in an
exception: a row that cannot be read comes with the case of bundle.toml that says why.
"""

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from testamur.submissions.annotate import COLUMN as _NOTE
from testamur.submissions.scanning import Scan

MAX_LINE = 1 << 20
MAX_CELLS = 1000
FIXED = 11
_HEAD = 4096
_LOOKED_AT = 5
_VERSION = re.compile(r"\ufeff?\s*\"?\s*\[\s*VERSION\s*([0-9]{1,9})\s*\]\s*\"?\s*", re.IGNORECASE)
_WIDE = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
_NOT_TEXT = re.compile(rb"[\x00-\x08\x0e-\x1f]")
_HEADER_NAMES = re.compile(r"given.?name|first.?name|surname|last.?name|birth|\bdob\b|gender|\bsex\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Row:
    """One line: its number, its cells without the spaces around them, about how far it ends, and why it cannot be read."""

    row: int
    cells: list[str]
    end: int
    fault: str | None = None


def version_of(line: str) -> str | None:
    """Return the figures of a version line such as `[VERSION200]`; None for any other line."""
    found = _VERSION.fullmatch(line)
    return found[1] if found else None


def looks_like_cqr(path: Path) -> bool:
    """Say whether a file claims to be a CQR data file: a version line near its top, or lines of enough cells between TABs."""
    with path.open("rb") as stream:
        head = stream.read(_HEAD)
    wide = _WIDE.get(head[:2])
    if wide is None and _NOT_TEXT.search(head.split(b"\n")[0]):
        return False
    lines = head.decode(wide or "latin-1", "replace").removeprefix("ï»¿").splitlines()
    if not lines:
        return False
    return any(
        version_of(line.strip()) is not None
        or line.count("\t") >= FIXED - 2
        or line.lstrip(' "').upper().startswith("[VERSION")
        for line in lines[:_LOOKED_AT]
    )


def names_columns(cells: list[str]) -> bool:
    """Say whether a row holds the names of columns in place of a certificate."""
    return sum(1 for cell in cells[:FIXED] if _HEADER_NAMES.search(cell)) >= 3


def rows_of(path: Path, scanned: Scan) -> Iterator[Row]:
    """Yield the rows of a scanned text file, line 1 first; empty lines at the end are left out."""
    encoding = scanned.encoding or "utf-8"
    place = scanned.start
    for number, raw in enumerate(_lines(path, scanned), 1):
        place += len(raw)
        if len(raw) > MAX_LINE:
            yield Row(number, [], place, "long_row")
            continue
        text = raw.rstrip(b"\r\n").decode(encoding, "replace")
        cells = split_cells(text)
        if cells is None:
            yield Row(number, [], place, "open_quote")
            continue
        yield Row(number, _without_note([cell.strip() for cell in cells]), place)


def _without_note(cells: list[str]) -> list[str]:
    """Return the cells of a line without what the register itself wrote behind them (annotate.py), where it comes again."""
    return cells[:-1] if len(cells) > 1 and cells[-1].startswith(_NOTE) else cells


def _lines(path: Path, scanned: Scan) -> Iterator[bytes]:
    """Yield physical lines up to the last byte that is not a line end; of a line too long only its length is true."""
    left = scanned.end - scanned.start
    carry = b""
    with path.open("rb") as stream:
        stream.seek(scanned.start)
        while left > 0 and (chunk := stream.read(min(MAX_LINE, left))):
            left -= len(chunk)
            *whole, carry = (carry + chunk).split(scanned.newline)
            for line in whole:
                yield line + scanned.newline
            carry = carry[: MAX_LINE + 1]
    if carry:
        yield carry


def split_cells(text: str) -> list[str] | None:
    """Return the cells of a line; None where a quote is opened and not closed before the next TAB or the end.

    A quote inside a cell that does not begin with one is a character like any other, and so is one behind a closing quote.
    """
    if '"' not in text:
        return text.split("\t")
    cells: list[str] = []
    place = 0
    while True:
        tab = text.find("\t", place)
        end = len(text) if tab < 0 else tab
        if text.startswith('"', place):
            closed = _closing(text, place + 1)
            if closed is None:
                return None
            cell, end = closed
        else:
            cell = text[place:end]
        cells.append(cell)
        if end >= len(text):
            return cells
        place = end + 1


def _closing(text: str, place: int) -> tuple[str, int] | None:
    """Return the content of a quoted cell and the offset of the TAB or end behind it; None where it is not closed."""
    parts: list[str] = []
    while (quote := text.find('"', place)) >= 0:
        parts.append(text[place:quote])
        if text.startswith('"', quote + 1):
            parts.append('"')
            place = quote + 2
            continue
        tab = text.find("\t", quote)
        end = len(text) if tab < 0 else tab
        return "".join(parts) + text[quote + 1 : end], end
    return None
