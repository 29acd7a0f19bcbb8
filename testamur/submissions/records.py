"""Split a CSV file into records, byte for byte, however its quotes and line ends fall.

This is the careful, slow reader: it knows where each record begins and ends, numbers records as a spreadsheet numbers
rows (a quoted cell with line ends in it is one row; a blank line is a row), and never fails: a row that cannot be
read is handed back with the reason. The fast reader in reading.py falls back to it wherever bytes look odd, and
annotate.py copies a provider's own bytes with it.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

MAX_LINE = 1 << 20
MAX_LINES_IN_RECORD = 200


@dataclass(frozen=True, slots=True)
class Record:
    """One record: its bytes with their line end, the offset behind it, and `fault` where it cannot be read."""

    raw: bytes
    end: int
    fault: str | None = None

    def body(self) -> bytes:
        """Return the record without its line end."""
        return self.raw.removesuffix(b"\n").removesuffix(b"\r")


def split_cells(text: str) -> list[str] | None:
    """Return the cells of one record without its line end; None where a quote is opened and not closed.

    A quote inside an unquoted cell is a character like any other, as spreadsheets read it; whatever follows a
    closing quote belongs to the cell.
    """
    if '"' not in text:
        return text.split(",")
    cells: list[str] = []
    position, end = 0, len(text)
    while True:
        if position < end and text[position] == '"':
            cell, position = _quoted(text, position + 1)
            if position < 0:
                return None
        else:
            cell = ""
        comma = text.find(",", position)
        stop = end if comma < 0 else comma
        cells.append(cell + text[position:stop])
        if comma < 0:
            return cells
        position = comma + 1


def _quoted(text: str, position: int) -> tuple[str, int]:
    """Return the content of a quoted cell that begins at a position and the place behind its closing quote, or -1."""
    parts: list[str] = []
    while True:
        close = text.find('"', position)
        if close < 0:
            return "", -1
        parts.append(text[position:close])
        if text[close + 1 : close + 2] != '"':
            return "".join(parts), close + 1
        parts.append('"')
        position = close + 2


@dataclass(frozen=True, slots=True)
class _Line:
    """One physical line: its bytes (only the first few where it is too long), and its true length."""

    raw: bytes
    length: int
    long: bool = False


def _lines(stream: BinaryIO, newline: bytes, left: int) -> Iterator[_Line]:
    """Yield physical lines from the stream's place on, for so many bytes."""
    if newline == b"\r":
        yield from _lines_by_return(stream, left)
        return
    while left > 0 and (line := stream.readline(min(MAX_LINE, left))):
        length = len(line)
        while not line.endswith(b"\n") and length < left and (rest := stream.readline(min(MAX_LINE, left - length))):
            length += len(rest)
            line = line[:64] + rest[-1:]
        left -= length
        yield _Line(line, length, length > len(line))


def _lines_by_return(stream: BinaryIO, left: int) -> Iterator[_Line]:
    """Yield lines of a file whose lines end with a carriage return only."""
    carry = b""
    while left > 0 and (chunk := stream.read(min(MAX_LINE, left))):
        left -= len(chunk)
        *lines, carry = (carry + chunk).split(b"\r")
        yield from (_Line(line + b"\r", len(line) + 1) for line in lines)
        if len(carry) > MAX_LINE:
            yield _Line(carry[:64], len(carry), long=True)
            carry = b""
    if carry:
        yield _Line(carry, len(carry))


class _Feed:
    """Lines one after another, with the possibility to put some back."""

    def __init__(self, lines: Iterator[_Line]) -> None:
        self._lines = lines
        self._waiting: deque[_Line] = deque()

    def take(self) -> _Line | None:
        """Return the next line, or None at the end."""
        return self._waiting.popleft() if self._waiting else next(self._lines, None)

    def put_back(self, lines: list[_Line]) -> None:
        """Put lines back to the front, in order."""
        self._waiting.extendleft(reversed(lines))


def split_records(path: Path, *, start: int, end: int, newline: bytes, encoding: str) -> Iterator[Record]:
    """Yield the records of a file between two offsets, in order.

    A record whose quote is not closed within 200 lines or a mebibyte is handed back as its first line with the fault
    `open_quote`, and reading goes on behind that line; a line longer than a mebibyte has the fault `long_row`.
    """
    place = start
    with path.open("rb") as stream:
        stream.seek(start)
        feed = _Feed(_lines(stream, newline, end - start))
        while line := feed.take():
            raw, fault = line.raw, "long_row" if line.long else None
            length = line.length
            if not line.long and b'"' in raw and not _closed(raw, encoding):
                raw = _assemble(line, feed, encoding)
                length = len(raw)
                fault = "open_quote" if raw is line.raw else None
            place += length
            yield Record(raw, place, fault)


def _closed(raw: bytes, encoding: str) -> bool:
    """Say whether every quote that a record opens is closed."""
    return split_cells(Record(raw, 0).body().decode(encoding, "replace")) is not None


def _assemble(first: _Line, feed: _Feed, encoding: str) -> bytes:
    """Join physical lines until the quote is closed; put them back and return the first line where it never is."""
    parts = [first]
    size = first.length
    while len(parts) < MAX_LINES_IN_RECORD and size < MAX_LINE and (line := feed.take()):
        parts.append(line)
        size += line.length
        if line.long:
            break
        if b'"' in line.raw:
            record = b"".join(part.raw for part in parts)
            if _closed(record, encoding):
                return record
    feed.put_back(parts[1:])
    return first.raw
