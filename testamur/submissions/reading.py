"""Bytes to Polars frames by layout: every cell as text, every row under the number a spreadsheet gives it.

Blocks of a few mebibytes are read by Polars, several at a time. Each block proves that it was read right: the bytes of
all cells, separators, quotes and line ends must add up to the block (a ragged row, a stray quote or a quoted line end
breaks the sum). A block that does not add up is read by the careful reader of records.py instead, so odd bytes cost
speed and never rows. Header names are compared without case, stars and runs of space, any dash as hyphen (formats
3.2, point 13).
"""

import difflib
import re
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import polars as pl

from testamur.submissions.layouts import Field, FileLayout
from testamur.submissions.records import Record, split_cells, split_records
from testamur.submissions.scanning import Scan

BLOCK = 4 << 20
WORKERS = 2
MAX_COLUMNS = 64
_DASHES = str.maketrans(dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\uff0d", "-"))
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
    """A row that could not be read as cells: its number and the case of bundle.toml."""

    row: int
    kind: str
    student_code: str = ""


@dataclass(frozen=True, slots=True)
class Batch:
    """Some rows in order: `row` (UInt32) and one text column a field of the layout; no nulls, blank cells are ""."""

    frame: pl.DataFrame
    faults: tuple[RowFault, ...] = ()


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
    unknown = {index for index, name in enumerate(plain) if name}
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


def map_batches(table: Table, work: Callable[[Batch], T]) -> Iterator[T]:
    """Apply work to every batch of rows and yield the results in order; blocks are read and worked side by side."""
    with ThreadPoolExecutor(WORKERS) as pool:
        yield from _Reader(table, work, pool).run()


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

    def __init__(self, table: Table, work: Callable[[Batch], T], pool: ThreadPoolExecutor) -> None:
        self.table = table
        self.work = work
        self.pool = pool
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
        ends = data.count(b"\n")
        lines = ends + (not data.endswith(b"\n"))
        return _Block(place, end, row, lines, self.pool.submit(self._regular, data, row, ends))

    def _regular(self, data: bytes, row: int, ends: int) -> tuple[Any] | None:
        """Work on a block read by Polars; None where the bytes do not add up to what was read."""
        if self.table.scan.encoding == "cp1252" and not data.isascii():
            data = data.decode("cp1252").encode()
        frame = read_regular(data, self.table.width, ends)
        if frame is None:
            return None
        rows = pl.Series("row", range(row, row + frame.height), pl.UInt32)
        return (self.work(self._batch(frame.with_columns(rows), [])),)

    def _carefully(self, block: _Block) -> Iterator[tuple[Batch, int, int]]:
        """Read at least a block record by record; yield batches with the offset and row number behind each."""
        scanned = self.table.scan
        encoding = scanned.encoding or "utf-8"
        records = split_records(
            self.table.path, start=block.start, end=self.stop, newline=scanned.newline, encoding=encoding
        )
        row, kept, faults = block.row, _Rows(self.table.width), list[RowFault]()
        for record in records:
            fault = self._take(record, row, kept, encoding)
            faults += [RowFault(row, fault[0], fault[1])] if fault else []
            row += 1
            if record.end >= block.end or len(kept.numbers) >= 20_000:
                yield self._batch(kept.frame(), faults), record.end, row
                kept, faults = _Rows(self.table.width), []
            if record.end >= block.end:
                return

    def _take(self, record: Record, row: int, kept: "_Rows", encoding: str) -> tuple[str, str] | None:
        """Keep a record's cells, or return the case of its fault and its student code as far as it can be read."""
        body = record.body()
        if not body.strip():
            return ("blank_row", "")
        cells = None if record.fault else split_cells(body.decode(encoding, "replace"))
        if cells is None:
            return (record.fault or "open_quote", "")
        width = self.table.width
        place = self.table.positions.get("student_code", -1)
        code = cells[place] if 0 <= place < len(cells) else ""
        if len(cells) != width:
            return ("few_cells" if len(cells) < width else "many_cells", code)
        kept.add(row, cells)
        return None

    def _batch(self, frame: pl.DataFrame, faults: list[RowFault]) -> Batch:
        """Give columns their internal names, leave unknown ones out, and take rows without any content out."""
        positions = self.table.positions
        named = frame.select("row", *(pl.col(f"c{place}").alias(name) for name, place in positions.items()))
        missing = [item.name for item in self.table.layout.fields if item.name not in positions]
        if filled_in := [name for name in missing if name not in self.table.absent]:
            named = named.with_columns(pl.lit("").alias(name) for name in filled_in)
        empty = self._empty_rows(named)
        if not empty.is_empty():
            named = named.filter(~pl.col("row").is_in(empty.implode()))
            faults = faults + [RowFault(row, "blank_row") for row in empty]
        return Batch(named, tuple(faults))

    def _empty_rows(self, frame: pl.DataFrame) -> pl.Series:
        """Return the numbers of rows that hold commas and nothing else."""
        first = frame[next(iter(self.table.positions))]
        perhaps = (first < "!") | (first > "\x7f")
        blank = frame.filter(perhaps) if perhaps.any() else frame.clear()
        return blank.filter(pl.all_horizontal(pl.all().exclude("row").str.strip_chars() == ""))["row"]


class _Rows:
    """Rows gathered by the careful reader: cells column by column."""

    def __init__(self, width: int) -> None:
        self.numbers: list[int] = []
        self.cells: list[list[str]] = []
        self.width = width

    def add(self, row: int, cells: list[str]) -> None:
        """Keep one row."""
        self.numbers.append(row)
        self.cells.append(cells)

    def frame(self) -> pl.DataFrame:
        """Return the rows as a frame of text columns c0, c1, … and `row`."""
        columns = list(zip(*self.cells, strict=True)) if self.cells else [() for _ in range(self.width)]
        data = {f"c{index}": pl.Series(column, dtype=pl.String) for index, column in enumerate(columns)}
        return pl.DataFrame(data).with_columns(pl.Series("row", self.numbers, pl.UInt32))


def read_regular(data: bytes, width: int, ends: int) -> pl.DataFrame | None:
    """Return a block of whole lines as a frame of text columns c0, c1, …; None where it is not regular CSV.

    `ends` is the number of line feeds in it. Regular means: every line is one record of `width` cells, quotes stand only
    around whole cells, line ends are all LF or all CRLF, and no line is blank.
    """
    if not data:
        return None
    head = b",".join(b"c%d" % index for index in range(width)) + b"\n"
    try:
        frame = pl.read_csv(
            head + data,
            infer_schema=False,
            empty_string_is_null=False,
            truncate_ragged_lines=False,
            raise_if_empty=False,
        )
    except pl.exceptions.PolarsError:
        return None
    lines = ends + (not data.endswith(b"\n"))
    return frame if frame.height == lines and frame.width == width and _adds_up(frame, data, ends) else None


def _adds_up(frame: pl.DataFrame, data: bytes, ends: int) -> bool:
    """Say whether cells, separators, quotes and line ends together are all the bytes of a block.

    Every way in which the block may be irregular makes the sum larger than the block, never smaller: a missing cell
    lacks a separator, a bare line feed lacks its return, a quote inside a cell is counted twice. So equal means regular.
    """
    lengths = frame.select(pl.all().str.len_bytes().cast(pl.UInt64).sum()).row(0)
    returns = ends if b"\r" in data else 0
    quotes = data.count(b'"') if b'"' in data else 0
    surplus = int(sum(lengths)) + frame.height * (frame.width - 1) + ends + returns + quotes - len(data)
    if surplus and quotes:
        inner = frame.select(pl.all().str.count_matches('"', literal=True).cast(pl.UInt64).sum()).row(0)
        surplus -= int(sum(inner))
    return surplus == 0
