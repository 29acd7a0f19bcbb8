"""Put a frame into a table by COPY, and read one. Fields are parted by 0x1F and quoted by 0x1E, which no checked text can hold."""

from collections.abc import Mapping
from io import BytesIO
from typing import Any

import polars as pl
from polars.datatypes import DataType, DataTypeClass
from psycopg import sql

FIELD, QUOTE = "\x1f", "\x1e"
_SLICE = 50_000


def copy_statement(table: str, columns: tuple[str, ...]) -> str:
    """Return the COPY statement for rows written by `rows_as_csv`."""
    return f"COPY {table} ({', '.join(columns)}) FROM STDIN (FORMAT csv, DELIMITER E'\\x1f', QUOTE E'\\x1e')"


def rows_as_csv(frame: pl.DataFrame) -> bytes:
    """Return rows as COPY reads them: null as nothing, an empty text quoted, bytes as \\x and hex digits."""
    hexed = [
        pl.concat_str([pl.lit("\\x"), pl.col(name).bin.encode("hex")]).alias(name)
        if kind == pl.Binary
        else pl.col(name)
        for name, kind in frame.schema.items()
    ]
    written = BytesIO()
    frame.select(hexed).write_csv(written, include_header=False, separator=FIELD, quote_char=QUOTE)
    return written.getvalue()


def copy_frame(cursor: Any, table: str, frame: pl.DataFrame) -> int:
    """COPY all rows of a frame into the columns of the same names; returns their number. `cursor` is Django's."""
    with cursor.copy(copy_statement(table, tuple(frame.columns))) as copy:
        for part in frame.iter_slices(_SLICE):
            copy.write(rows_as_csv(part))
    return len(frame)


def frame_from(
    cursor: Any, query: str, schema: Mapping[str, DataType | DataTypeClass], **values: object
) -> pl.DataFrame:
    """Return what a query of our own answers as a frame of a schema; `values` stand in it as {name}. `cursor` is Django's."""
    chosen = sql.SQL(query).format(**{name: sql.Literal(value) for name, value in values.items()})
    ends = sql.SQL("TO STDOUT (FORMAT csv, DELIMITER E'\\x1f', QUOTE E'\\x1e')")
    read = BytesIO()
    with cursor.copy(sql.SQL("COPY ({}) {}").format(chosen, ends)) as copy:
        for part in copy:
            read.write(part)
    if not read.tell():
        return pl.DataFrame(schema=schema)
    read.seek(0)
    return pl.read_csv(read, has_header=False, separator=FIELD, quote_char=QUOTE, schema=schema)
