"""Bytes to Polars frames by layout: every cell as text, every row under the number a spreadsheet gives it.

Blocks of a few mebibytes are read by Polars, several at a time, where each of their lines is one regular record. A block
with a ragged row, a stray quote or a quoted line end is read by the careful reader of records.py instead, so odd bytes
cost speed and never rows. Header names are compared without case, stars and runs of space, any dash as hyphen.
"""

import difflib
import re
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import polars as pl

from testamur.submissions.layouts import Field, FileLayout
from testamur.submissions.records import Record, split_cells, split_records
from testamur.submissions.scanning import Scan

BLOCK = 8 << 20
WORKERS = 3
MAX_COLUMNS = 64
_DASHES = str.maketrans(dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\uff0d", "-"))
ANY_CELL = r'(?:[^",\r]*|"(?:[^"\r]|"")*")'
_AS_TEXT: dict[str, Any] = {
    "has_header": False,
    "infer_schema": False,
    "empty_string_is_null": False,
    "truncate_ragged_lines": False,
}
_NOTE = re.compile(r"\bnote \d\b")

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class HeaderFault:
    """Something wrong with row 1: a case of bundle.toml, the column's display name, and words for its message."""

    kind: str
    column: str | None
    words: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RowFault:
    """A row that could not be read as cells: its number, the case of bundle.toml, and the student codes seen in it."""

    row: int
    kind: str
    student_codes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Batch:
    """Some rows in order: `row` (UInt32) and one text column a field of the layout; no nulls, blank cells are "".

    `unusual` says which rows do not match the usual line; `end` is the offset behind the batch in the file.
    """

    frame: pl.DataFrame
    faults: tuple[RowFault, ...]
    unusual: pl.Series
    end: int


@dataclass(frozen=True, slots=True)
class Table:
    """A text file whose header was read: where each field stands, and what was wrong with row 1.

    `readable` is False where no row can be read by this layout; `absent` names mandatory fields that are missing.
    """

    path: Path
    layout: FileLayout
    scan: Scan
    positions: dict[str, int]
    width: int
    data_start: int
    faults: tuple[HeaderFault, ...]
    readable: bool
    absent: frozenset[str]


def plain_header(text: str) -> str:
    """Return a header name as it is compared: no case, stars, notes or runs of space; any dash is a hyphen."""
    folded = " ".join(text.lstrip("\ufeff").translate(_DASHES).replace("*", " ").lower().split())
    return " ".join(_NOTE.sub(" ", folded).split())


# The columns that the register itself adds to files that go back to a provider; nothing is wrong where they come again.
OUR_COLUMNS = ("Testamur row", "What is wrong and what to do")
_OURS = frozenset(plain_header(name) for name in OUR_COLUMNS)


def open_table(path: Path, layout: FileLayout, scanned: Scan) -> Table:
    """Read row 1 of a scanned text file and find each field's column."""
    encoding = scanned.encoding or "utf-8"
    records = split_records(path, start=scanned.start, end=scanned.end, newline=scanned.newline, encoding=encoding)
    first = next(records, None)

    def answer(positions: dict[str, int], width: int, faults: list[HeaderFault], readable: bool) -> Table:
        absent = {item.name for item in layout.fields if item.need == "mandatory" and item.name not in positions}
        end = first.end if first else scanned.end
        return Table(
            path, layout, scanned, positions, width, end, tuple(faults), readable, frozenset(absent if readable else ())
        )

    if first is None or not first.body().strip():
        return answer({}, 0, [HeaderFault("empty", None)], False)
    names = None if first.fault else split_cells(first.body().decode(encoding, "replace"))
    if names is None:
        return answer({}, 0, [HeaderFault(first.fault or "no_header", None)], False)
    if len(names) > MAX_COLUMNS:
        words = {"count": len(names), "expected": len(layout.fields)}
        return answer({}, len(names), [HeaderFault("too_wide", None, words)], False)
    positions, faults = _match_header(names, layout)
    if len(positions) * 2 < len(layout.fields):
        return answer({}, len(names), [HeaderFault("no_header", None)], False)
    return answer(positions, len(names), faults, True)


def _match_header(names: list[str], layout: FileLayout) -> tuple[dict[str, int], list[HeaderFault]]:
    """Return where each field stands and everything that is wrong with the header."""
    plain = [plain_header(name) for name in names]
    positions: dict[str, int] = {}
    faults: list[HeaderFault] = []
    unknown = {index for index, name in enumerate(plain) if name and name not in _OURS}
    for item in layout.fields:
        places = [index for index, name in enumerate(plain) if name == plain_header(item.header)]
        unknown.difference_update(places)
        if places:
            positions[item.name] = places[0]
        if len(places) > 1:
            words = {"positions": ", ".join(str(place + 1) for place in places)}
            faults.append(HeaderFault("duplicate", item.header, words))
    needed = [item for item in layout.fields if item.name not in positions and item.need != "optional"]
    for item in needed:
        only = len(unknown) == 1 and [other for other in needed if other.need == "mandatory"] == [item]
        faults.append(_missing(item, plain, unknown, only=only))
    for index in sorted(unknown):
        faults.append(HeaderFault("unknown", _shown(names[index]), {"position": index + 1}))
    return positions, faults


def _missing(item: Field, plain: list[str], unknown: set[int], *, only: bool) -> HeaderFault:
    """Return the finding for a column that is missing; a name that comes near, or the only one left, is taken for it."""
    if item.need == "conditional":
        return HeaderFault("missing_conditional", item.header)
    wanted = plain_header(item.header)
    near = difflib.get_close_matches(wanted, [plain[index] for index in unknown], n=1, cutoff=0.0 if only else 0.6)
    if not near:
        return HeaderFault("missing", item.header)
    index = next(index for index in sorted(unknown) if plain[index] == near[0])
    unknown.discard(index)
    return HeaderFault("misnamed", item.header, {"position": index + 1})


def _shown(name: str) -> str:
    """Return a header name fit to be shown: printable and short."""
    return "".join(sign if sign.isprintable() else " " for sign in name).strip()[:60]


def map_batches(table: Table, work: Callable[[Batch], T], usual: str | None = None) -> Iterator[T]:
    """Apply work to every batch of rows and yield the results in order; blocks are read and worked side by side.

    `usual` is the pattern of a line in which every cell is usual, and quotes stand only where CSV has them; without one
    every row is unusual.
    """
    with ThreadPoolExecutor(WORKERS) as pool:
        yield from _Reader(table, work, pool, usual).run()


@dataclass
class _Block:
    """A block of whole physical lines: where it begins and ends, its first row, its lines, and the work under way."""

    start: int
    end: int
    row: int
    lines: int
    job: "Future[Any]"


class _Reader:
    """Reads a table block by block: ahead while the file is regular, carefully where it is not."""

    def __init__(
        self, table: Table, work: Callable[[Batch], T], pool: ThreadPoolExecutor, usual: str | None = None
    ) -> None:
        self.table = table
        self.work = work
        self.pool = pool
        self.usual = usual
        fields = {place: name for name, place in table.positions.items()}
        self.columns = [fields.get(place, f"column {place}") for place in range(table.width)]
        self.ahead = WORKERS + 1
        self.stop = table.scan.end

    def run(self) -> Iterator[Any]:
        """Yield the result of every batch in order."""
        place, row = self.table.data_start, 2
        waiting: deque[_Block] = deque()
        with self.table.path.open("rb") as stream:
            while place < self.stop or waiting:
                while len(waiting) < self.ahead and (block := self._next(stream, place, row)):
                    waiting.append(block)
                    place, row = block.end, block.row + block.lines
                block = waiting.popleft()
                result = block.job.result()
                if result is not None:
                    yield result[0]
                    continue
                for other in waiting:
                    other.job.cancel()
                waiting.clear()
                self.ahead = 1
                for batch, place, row in self._carefully(block):  # noqa: B007 - the last place and row are where to go on
                    yield self.work(batch)

    def _next(self, stream: Any, place: int, row: int) -> _Block | None:
        """Start work on the block that begins at an offset; None behind the last one."""
        if place >= self.stop:
            return None
        stream.seek(place)
        data = stream.read(min(BLOCK, self.stop - place))
        end = place + len(data)
        if end < self.stop:
            cut = data.rfind(b"\n") + 1
            data, end = (data[:cut], place + cut) if cut else (b"", end)
        lines = data.count(b"\n") + (not data.endswith(b"\n"))
        return _Block(place, end, row, lines, self.pool.submit(self._regular, data, row, lines, end))

    def _regular(self, data: bytes, row: int, lines: int, end: int) -> tuple[Any] | None:
        """Work on a block read by Polars; None where it is not regular."""
        if self.table.scan.encoding == "cp1252" and not data.isascii():
            data = data.decode("cp1252").encode()
        read = read_regular(data, self.columns, self.usual) if data else None
        if read is None or read[0].height != lines:
            return None
        frame, unusual = read
        frame.insert_column(0, pl.Series("row", range(row, row + lines), pl.UInt32))
        return (self.work(self._batch(frame, [], unusual, end)),)

    def _carefully(self, block: _Block) -> Iterator[tuple[Batch, int, int]]:
        """Read at least a block record by record; yield batches with the offset and row number behind each."""
        scanned = self.table.scan
        encoding = scanned.encoding or "utf-8"
        records = split_records(
            self.table.path, start=block.start, end=self.stop, newline=scanned.newline, encoding=encoding
        )
        row, kept, faults = block.row, _Rows(self.columns), list[RowFault]()
        for record in records:
            fault = self._take(record, row, kept, encoding)
            faults += [RowFault(row, fault[0], fault[1])] if fault else []
            row += 1
            if record.end >= block.end or len(kept.numbers) >= 20_000:
                yield self._batch(kept.frame(), faults, None, record.end), record.end, row
                kept, faults = _Rows(self.columns), []
            if record.end >= block.end:
                return

    def _take(self, record: Record, row: int, kept: "_Rows", encoding: str) -> tuple[str, tuple[str, ...]] | None:
        """Keep a record's cells, or return the case of its fault and the student codes as far as they can be read."""
        body = record.body()
        if not body.strip():
            return ("blank_row", ())
        text = body.decode(encoding, "replace")
        cells = None if record.fault else split_cells(text)
        if cells is None:
            return (record.fault or "open_quote", self._codes_in(text))
        width = self.table.width
        if len(cells) != width and not any(cell.strip() for cell in cells):
            return ("blank_row", ())
        if len(cells) != width:
            return ("few_cells" if len(cells) < width else "many_cells", self._codes_in(text))
        kept.add(row, cells)
        return None

    def _codes_in(self, text: str) -> tuple[str, ...]:
        """Return what stands in the place of the student code in each line of a row that cannot be read.

        A quote that does not close swallows the lines behind it; their students are students all the same (TEQ-F3).
        """
        place = self.table.positions.get("student_code")
        lines = [line.split(",") for line in text.splitlines()]
        return tuple(cells[place].strip(' "').upper() for cells in lines if place is not None and place < len(cells))

    def _batch(self, frame: pl.DataFrame, faults: list[RowFault], unusual: pl.Series | None, end: int) -> Batch:
        """Leave unknown columns out, add missing optional ones, and take rows without any content out."""
        positions, absent = self.table.positions, self.table.absent
        if len(positions) < self.table.width:
            frame = frame.select("row", *positions)
        missing = [field.name for field in self.table.layout.fields if field.name not in (*positions, *absent)]
        if missing:
            frame = frame.with_columns(pl.lit("").alias(name) for name in missing)
        unusual = pl.repeat(value=True, n=frame.height, eager=True) if unusual is None else unusual
        empty = self._empty_rows(frame)
        if not empty.is_empty():
            full = ~frame["row"].is_in(empty.implode())
            frame, unusual = frame.filter(full), unusual.filter(full)
            faults = faults + [RowFault(row, "blank_row") for row in empty]
        return Batch(frame, tuple(faults), unusual, end)

    def _empty_rows(self, frame: pl.DataFrame) -> pl.Series:
        """Return the numbers of rows that hold commas and nothing else."""
        first = frame[next(iter(self.table.positions))]
        perhaps = (first < "!") | (first > "\x7f")
        if not perhaps.any():
            return pl.Series("row", [], pl.UInt32)
        return frame.filter(perhaps).filter(pl.all_horizontal(pl.all().exclude("row").str.strip_chars() == ""))["row"]


class _Rows:
    """Rows gathered by the careful reader: cells column by column."""

    def __init__(self, columns: list[str]) -> None:
        self.numbers: list[int] = []
        self.cells: list[list[str]] = []
        self.columns = columns

    def add(self, row: int, cells: list[str]) -> None:
        """Keep one row."""
        self.numbers.append(row)
        self.cells.append(cells)

    def frame(self) -> pl.DataFrame:
        """Return the rows as a frame of `row` and text columns."""
        cells = list(zip(*self.cells, strict=True)) if self.cells else [() for _ in self.columns]
        data = {name: pl.Series(values, dtype=pl.String) for name, values in zip(self.columns, cells, strict=True)}
        return pl.DataFrame({"row": pl.Series(self.numbers, dtype=pl.UInt32)} | data)


def read_regular(data: bytes, columns: Sequence[str], usual: str | None) -> tuple[pl.DataFrame, pl.Series] | None:
    """Return a block of whole lines as a frame of text columns, and which lines are unusual; None if it is not regular.

    Regular means: every line is one record of just these columns, and quotes stand only around whole cells or doubled
    inside them. Polars is lenient about both, so the lines themselves are held against that first.
    """
    try:
        lines = pl.read_csv(data, separator="\x01", quote_char=None, new_columns=["line"], **_AS_TEXT)
        if lines.width != 1:
            return None
        unusual = ~lines["line"].str.contains(usual) if usual else pl.repeat(value=True, n=lines.height, eager=True)
        if not lines.filter(unusual)["line"].str.contains(regular_line(len(columns))).all():
            return None
        frame = pl.read_csv(data, new_columns=list(columns), **_AS_TEXT)
    except pl.exceptions.PolarsError:
        return None
    return (frame, unusual) if frame.shape == (lines.height, len(columns)) else None


@cache
def regular_line(width: int) -> str:
    """Return the pattern of a line of so many cells."""
    return rf"^{ANY_CELL}(?:,{ANY_CELL}){{{width - 1}}}$"
