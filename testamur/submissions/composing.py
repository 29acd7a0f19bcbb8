"""Lay a higher version of a bulk file over a lower one, row by row, without touching any other byte (settled 4, G-34).

A row of the higher version replaces the row that its mark names, else the rows with its key, else it is added at the end;
rows that it does not name stay as they were, faulty ones too, so nothing is lost. Row numbers never move: a row that
is taken out leaves a blank line behind.

The mark stands in the column `Testamur row` of the file of failed rows: `r15-7c2a` is row 15 as long as its text has a hash
that begins with 7c2a. A mark whose row has changed since is not followed; the row's key then decides.
"""

import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

import polars as pl

from testamur.submissions.layouts import Field, FileLayout
from testamur.submissions.naming import RECORDS
from testamur.submissions.reading import Table, map_batches, open_table, plain_header
from testamur.submissions.records import MAX_LINE, Record, split_cells, split_records
from testamur.submissions.scanning import Encoding, scan

MARK_HEADER: Final = "Testamur row"
_MARK: Final = "testamur_row"
_MARK_PATTERN: Final = re.compile(r"\s*r?([0-9]{1,9})(?:-([0-9a-f]{4}))?\s*", re.I)
_KEYS: Final = {
    RECORDS: ("student_code", "commencement_date"),
    "studentresults": ("student_code", "level", "course_code", "unit_code", "study_year"),
}
_HARMLESS: Final = {"blank_row", "extra_blank"}


@dataclass(frozen=True, slots=True)
class Layer:
    """One version of a bulk file."""

    path: Path
    version: int


@dataclass(frozen=True, slots=True)
class Composed:
    """What went in (places in the list of layers, lowest first) and where each row comes from.

    `origins` has row, source (the place in `used`) and source_row; None where one layer alone is the file, and nothing was
    written.
    """

    used: tuple[int, ...]
    origins: pl.DataFrame | None


@dataclass(slots=True)
class _Patch:
    """Rows that differ from the base: row, text (null where taken out), key, source, source_row."""

    frame: pl.DataFrame = field(
        default_factory=lambda: pl.DataFrame(
            schema={
                "row": pl.UInt32,
                "text": pl.String,
                "key": pl.String,
                "source": pl.UInt8,
                "source_row": pl.UInt32,
            }
        )
    )

    def lay(self, rows: pl.DataFrame) -> None:
        """Put rows in; of one row number the last that was put in counts."""
        rows = rows.select(pl.col(name).cast(kind) for name, kind in self.frame.schema.items())
        kept = self.frame.join(rows, on="row", how="anti")
        self.frame = pl.concat([kept, rows])


def mark_of(row: int, text: str) -> str:
    """Return the mark of a row: its number and the first digits of its text's hash."""
    return f"r{row}-{_check_of(text)}"


def marks_of(path: Path, layout: FileLayout, encoding: Encoding | None) -> pl.DataFrame:
    """Return the rows of a file that carry a whole mark, number and hash: `row` and `mark`; none where it has no such column."""
    table = _open(path, layout, encoding)
    if table is None or not table.readable or _MARK not in table.positions:
        return pl.DataFrame(schema={"row": pl.Int64, "mark": pl.String})
    parts = list(map_batches(table, lambda batch: batch.frame.select(pl.col("row").cast(pl.Int64), mark=_MARK)))
    whole = pl.col("mark").str.contains(r"^r[0-9]{1,9}-[0-9a-f]{4}$")
    rows = [part.with_columns(pl.col("mark").str.strip_chars().str.to_lowercase()).filter(whole) for part in parts]
    return pl.concat(rows) if rows else pl.DataFrame(schema={"row": pl.Int64, "mark": pl.String})


def compose(layers: Sequence[Layer], layout: FileLayout, target: Path, *, encoding: Encoding | None) -> Composed:
    """Write the file that the layers (lowest version first) make together to `target`.

    A layer that cannot be read as rows of the layout with all its columns is left out; where the highest is such a one, it
    stands alone.
    """
    if len(layers) == 1:
        return Composed((0,), None)
    tables = [_open(layer.path, layout, encoding) for layer in layers]
    fitting = {index: table for index, table in enumerate(tables) if table is not None and _fits(table)}
    used, last = tuple(fitting), len(layers) - 1
    if last not in fitting or used == (last,):
        return Composed((last,), None)
    base, *newer = fitting.values()
    arriving = [_rows(table, layout.kind) for table in newer]
    extra = _extra_columns(base, newer, arriving)
    wanted = {number for rows in arriving for number in rows["mark_row"].drop_nulls()}
    checks, end = _look_through(base, wanted)
    state = _State(_keys(base, layout.kind), checks, end)
    for source, (table, rows) in enumerate(zip(newer, arriving, strict=True), start=1):
        state.lay(rows.with_columns(text=_text(rows, base, extra)), source)
        state.add_unreadable(_unreadable(table), source)
    _write(base, state.patch.frame, extra, target, state.end)
    return Composed(used, _origins(state.patch.frame, state.end))


def _check_of(text: str) -> str:
    """Return the first four hex digits of the hash of a row's text."""
    return hashlib.sha256(text.encode()).hexdigest()[:4]


def _open(path: Path, layout: FileLayout, encoding: Encoding | None) -> Table | None:
    """Return a layer's table with the mark as one more column; None where its bytes are no text."""
    scanned = scan(path, encoding)
    if scanned.encoding is None:
        return None
    mark = replace(layout.fields[0], name=_MARK, header=MARK_HEADER, need="optional", checks=())
    return open_table(path, replace(layout, fields=(*layout.fields, mark)), scanned)


def _fits(table: Table) -> bool:
    """Say whether rows of a table can be told column by column."""
    twice = any(fault.kind == "duplicate" for fault in table.faults)
    return table.readable and not table.absent and not twice


def _key(kind: str) -> pl.Expr:
    """Return what makes two rows the same record, as text; null without a student code."""
    cells = [pl.col(name).str.strip_chars().str.to_uppercase() for name in _KEYS[kind]]
    return pl.when(cells[0] != "").then(pl.concat_str(cells, separator="\x1f"))


def _keys(table: Table, kind: str) -> pl.DataFrame:
    """Return row and key of every readable row of the base."""
    parts = list(map_batches(table, lambda batch: batch.frame.select("row", key=_key(kind))))
    return pl.concat(parts) if parts else pl.DataFrame(schema={"row": pl.UInt32, "key": pl.String})


def _rows(table: Table, kind: str) -> pl.DataFrame:
    """Return every readable row of a higher version: its cells, its row there, its key, its mark."""
    names = [field.name for field in table.layout.fields]
    parts = [batch.with_columns(key=_key(kind)) for batch in map_batches(table, lambda batch: batch.frame)]
    schema = {"row": pl.UInt32, **dict.fromkeys(names, pl.String), "key": pl.String}
    rows = pl.concat(parts).select(list(schema)) if parts else pl.DataFrame(schema=schema)
    marks = [_MARK_PATTERN.fullmatch(text) for text in rows[_MARK]]
    blank = pl.all_horizontal(pl.col(name).str.strip_chars() == "" for name in names if name != _MARK)
    return rows.with_columns(
        pl.Series("mark_row", [int(mark[1]) if mark else None for mark in marks], pl.UInt32),
        pl.Series("mark_check", [mark[2] and mark[2].lower() if mark else None for mark in marks], pl.String),
        taken_out=blank,
    )


def _extra_columns(base: Table, newer: Sequence[Table], arriving: Sequence[pl.DataFrame]) -> tuple[Field, ...]:
    """Return the columns that a higher version fills and the base does not have."""
    return tuple(
        column
        for column in base.layout.fields
        if column.name not in base.positions
        and column.name != _MARK
        and any(
            column.name in table.positions and (rows[column.name].str.strip_chars() != "").any()
            for table, rows in zip(newer, arriving, strict=True)
        )
    )


def _text(rows: pl.DataFrame, base: Table, extra: Sequence[Field]) -> pl.Series:
    """Return rows as lines of CSV in the base's order of columns; null for a row to be taken out."""
    names: list[str | None] = [None] * base.width
    for name, place in base.positions.items():
        names[place] = name if name != _MARK else None
    cells = [_quoted(name) if name else pl.lit("") for name in [*names, *(column.name for column in extra)]]
    return rows.select(pl.when(~pl.col("taken_out")).then(pl.concat_str(cells, separator=",")).alias("text"))["text"]


def _quoted(name: str) -> pl.Expr:
    """Return a cell as CSV writes it."""
    cell = pl.col(name)
    inside = cell.str.replace_all('"', '""', literal=True)
    return (
        pl.when(cell.str.contains(r'[",\r\n]')).then(pl.concat_str([pl.lit('"'), inside, pl.lit('"')])).otherwise(cell)
    )


def records_of(table: Table) -> Iterator[tuple[int, Record]]:
    """Yield every record behind the header with its row number, header 1."""
    scanned = table.scan
    if scanned.newline == b"\n" and _plain(table):
        yield from enumerate(_lines(table), start=2)
        return
    encoding = scanned.encoding or "utf-8"
    found = split_records(
        table.path, start=table.data_start, end=scanned.end, newline=scanned.newline, encoding=encoding
    )
    yield from enumerate(found, start=2)


def _plain(table: Table) -> bool:
    """Say whether no quote and no line of unusual length stands behind the header: then every line is a record."""
    with table.path.open("rb") as stream:
        stream.seek(table.data_start)
        while chunk := stream.read(MAX_LINE):
            if b'"' in chunk or (len(chunk) == MAX_LINE and b"\n" not in chunk):
                return False
    return True


def _lines(table: Table) -> Iterator[Record]:
    """Yield the lines of a plain file as records."""
    place = table.data_start
    with table.path.open("rb") as stream:
        stream.seek(place)
        for raw in stream:
            if place >= table.scan.end:
                return
            place += len(raw)
            yield Record(raw[: len(raw) - max(0, place - table.scan.end)], place)


def _look_through(base: Table, wanted: set[int]) -> tuple[dict[int, str], int]:
    """Return the check of each wanted row, and the number of the base's last row."""
    checks: dict[int, str] = {}
    row = 1
    for row, record in records_of(base):
        if row in wanted:
            checks[row] = _check_of(record.body().decode(base.scan.encoding or "utf-8", "replace"))
    return checks, row


def _unreadable(table: Table) -> list[tuple[int, str]]:
    """Return the rows of a higher version that cannot be read as cells, as they stand."""
    faulty = {
        fault.row
        for faults in map_batches(table, lambda batch: batch.faults)
        for fault in faults
        if fault.kind not in _HARMLESS
    }
    if not faulty:
        return []
    encoding = table.scan.encoding or "utf-8"
    return [(row, record.body().decode(encoding, "replace")) for row, record in records_of(table) if row in faulty]


class _State:
    """The composed file while layers are laid over it."""

    def __init__(self, keys: pl.DataFrame, checks: dict[int, str], end: int) -> None:
        self.keys, self.checks, self.end = keys, checks, end
        self.patch = _Patch()

    def lay(self, rows: pl.DataFrame, source: int) -> None:
        """Lay the readable rows of one higher version over what is there."""
        rows = rows.with_columns(source=pl.lit(source, pl.UInt8), source_row=pl.col("row")).drop("row")
        marked = rows.with_columns(pl.Series("row", self._followed(rows), pl.UInt32))
        by_mark = marked.filter(pl.col("row").is_not_null()).unique("row", keep="last", maintain_order=True)
        rest = marked.join(by_mark, on="source_row", how="anti").filter(~pl.col("taken_out")).drop("row")
        here = self._present().join(by_mark, on="row", how="anti")
        by_key, left_over = _by_key(rest, here)
        added = rest.join(by_key, on="source_row", how="anti").with_columns(
            row=pl.int_range(self.end + 1, self.end + 1 + pl.len(), dtype=pl.UInt32)
        )
        for part in (by_mark, by_key, added):
            self.patch.lay(part)
        gone = left_over.with_columns(
            text=pl.lit(None, pl.String), source=pl.lit(source, pl.UInt8), source_row=pl.lit(0, pl.UInt32)
        )
        self.patch.lay(gone)
        self.end += added.height

    def add_unreadable(self, rows: Iterable[tuple[int, str]], source: int) -> None:
        """Add rows that cannot be read to the end, so that the check says what is wrong with them."""
        for source_row, text in rows:
            self.end += 1
            row = {"row": [self.end], "text": [text], "key": [None], "source": [source], "source_row": [source_row]}
            self.patch.lay(pl.DataFrame(row, schema=self.patch.frame.schema))

    def _present(self) -> pl.DataFrame:
        """Return row and key of everything that is there now."""
        base = self.keys.join(self.patch.frame, on="row", how="anti")
        patched = self.patch.frame.filter(pl.col("text").is_not_null()).select("row", "key")
        return pl.concat([base, patched]).filter(pl.col("key").is_not_null()).sort("row")

    def _followed(self, rows: pl.DataFrame) -> list[int | None]:
        """Return the row that each mark names, None where it names none or one that has changed since."""
        texts = dict(self.patch.frame.select("row", "text").iter_rows())
        keys = dict(self._present().filter(pl.col("row").is_in(rows["mark_row"].drop_nulls().implode())).iter_rows())
        found: list[int | None] = []
        for number, check, key in rows.select("mark_row", "mark_check", "key").iter_rows():
            now = _check_of(texts[number] or "") if number in texts else self.checks.get(number)
            follows = number is not None and (check == now if check else key is not None and keys.get(number) == key)
            found.append(number if follows and now else None)
        return found


def _by_key(rows: pl.DataFrame, here: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Pair rows with those of the same key, the first with the first; return the pairs and what is left of these keys."""
    numbered = rows.filter(pl.col("key").is_not_null()).with_columns(nth=pl.int_range(pl.len()).over("key"))
    there = here.with_columns(nth=pl.int_range(pl.len()).over("key"))
    pairs = numbered.join(there, on=["key", "nth"], how="inner")
    left_over = there.join(numbered.select("key").unique(), on="key", how="semi").join(pairs, on="row", how="anti")
    return pairs.drop("nth"), left_over.drop("nth")


def _origins(patch: pl.DataFrame, end: int) -> pl.DataFrame:
    """Return where each row of the composed file comes from; rows that were taken out come from nowhere."""
    every = pl.DataFrame({"row": pl.int_range(2, end + 1, dtype=pl.UInt32, eager=True)})
    joined = every.join(
        patch.select("row", "text", "source", "source_row", found=pl.lit(value=True)), on="row", how="left"
    )
    kept = joined.filter(pl.col("found").is_null() | pl.col("text").is_not_null())
    return kept.select(
        "row",
        source=pl.col("source").fill_null(0),
        source_row=pl.coalesce("source_row", "row"),
    )


def _write(base: Table, patch: pl.DataFrame, extra: Sequence[Field], target: Path, end: int) -> None:
    """Write the base with its patched rows in their places and the added ones behind."""
    texts: dict[int, str | None] = dict(patch.select("row", "text").iter_rows())
    read = base.scan.encoding or "utf-8"
    written = read if all(_fits_encoding(text, read) for text in texts.values() if text) else "utf-8"
    more = "," * len(extra)
    with base.path.open("rb") as source, target.open("wb") as out:
        header = source.read(base.data_start)
        body = header.rstrip(b"\r\n")
        ending = header[len(body) :] or base.scan.newline
        names = "".join(f",{column.header}" for column in extra)
        out.write(_recoded(body, read, written) + names.encode(written) + ending)
        row = 1
        for row, record in records_of(base):
            out.write(_line(record, texts.get(row, ""), row in texts, (read, written), more, ending))
        for added in range(row + 1, end + 1):
            out.write((texts.get(added) or "").encode(written) + ending)
    target.chmod(0o600)


def _line(
    record: Record, text: str | None, patched: bool, encodings: tuple[str, str], more: str, ending: bytes
) -> bytes:
    """Return one line of the composed file."""
    read, written = encodings
    body = record.body()
    own = record.raw[len(body) :] or ending
    if patched:
        return (text or "").encode(written) + own
    return _recoded(body, read, written) + (more.encode() if body.strip() else b"") + own


def _recoded(body: bytes, read: str, written: str) -> bytes:
    """Return bytes in the encoding of the composed file."""
    return body if read == written else body.decode(read, "replace").encode(written)


def _fits_encoding(text: str, encoding: str) -> bool:
    """Say whether a text can be written in an encoding."""
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


__all__ = [
    "MARK_HEADER",
    "Composed",
    "Layer",
    "compose",
    "mark_of",
    "marks_of",
    "plain_header",
    "records_of",
    "split_cells",
]
