"""Give a provider back its own file, byte for byte, with one column more: what is wrong in a row and what to do.

The provider's cells, encoding, line ends and byte-order mark are never touched. Only our own column is guarded
against being run as a formula by a spreadsheet.
"""

from collections.abc import Iterator
from pathlib import Path

import polars as pl

from testamur.submissions.records import split_records
from testamur.submissions.scanning import Encoding, scan

COLUMN = "What is wrong and what to do"
_FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")


def annotated_lines(path: Path, findings: pl.DataFrame, *, head: int = 0, only_failed: bool = False) -> Iterator[bytes]:
    """Yield the bytes of a file of lines, each that has findings with a tab and what is wrong behind its last character.

    For formats whose lines are no CSV: positions stay what they were, and line ends and bytes are never touched.
    `only_failed` keeps the `head` lines before the first row of data, as they are, and the lines with an error.
    """
    notes = notes_of(findings, only_failed=only_failed)
    noted = next(notes, None)
    with path.open("rb") as stream:
        for row, raw in enumerate(stream, 1):
            while noted is not None and noted[0] < row:
                noted = next(notes, None)
            if noted is None or noted[0] != row or (only_failed and row <= head):
                if not only_failed or row <= head:
                    yield raw
                continue
            body = raw.rstrip(b"\r\n")
            yield body + f"\t{COLUMN}: {noted[1]}".encode("ascii", "replace") + raw[len(body) :]


def annotated_csv(
    path: Path, encoding: Encoding, findings: pl.DataFrame, *, only_failed: bool = False
) -> Iterator[bytes]:
    """Yield the bytes of a file, record by record, with our column appended.

    `findings` are those of this file (columns row, severity, column, message, fix); whole-file findings are left out.
    `only_failed` keeps the header and the rows with an error, to be corrected and sent again. A row whose quotes do not
    close, and a file that cannot be read as text, are given back unchanged.
    """
    scanned = scan(path, encoding)
    with path.open("rb") as stream:
        if scanned.encoding is None:
            yield from iter(lambda: stream.read(1 << 20), b"")
            return
        yield stream.read(scanned.start)
        stream.seek(scanned.end)
        tail = stream.read()
    notes = notes_of(findings, only_failed=only_failed)
    noted = next(notes, None)
    records = split_records(path, start=scanned.start, end=scanned.end, newline=scanned.newline, encoding=encoding)
    for row, record in enumerate(records, 1):
        text = COLUMN if row == 1 else ""
        while noted is not None and noted[0] <= row:
            text = noted[1] if noted[0] == row > 1 else text
            noted = next(notes, None)
        if only_failed and not text:
            continue
        body = record.body()
        if record.fault or not body.strip():
            yield record.raw
        else:
            yield body + b"," + _cell(text, encoding) + record.raw[len(body) :]
    yield tail


def notes_of(findings: pl.DataFrame, *, only_failed: bool) -> Iterator[tuple[int, str]]:
    """Yield each row that has findings and the text about it, in the order of rows."""
    about_rows = findings.filter(pl.col("row").is_not_null())
    if only_failed:
        failed = about_rows.filter(pl.col("severity") == "error")["row"].unique()
        about_rows = about_rows.filter(pl.col("row").is_in(failed.implode()))
    column = pl.when(pl.col("column").is_null()).then(pl.lit("")).otherwise(pl.col("column") + ": ")
    texts = about_rows.select("row", text=column + pl.col("message") + " " + pl.col("fix"))
    joined = texts.group_by("row", maintain_order=True).agg(pl.col("text").str.join(" | ")).sort("row")
    for part in joined.iter_slices(10_000):
        yield from part.iter_rows()


def _cell(text: str, encoding: Encoding) -> bytes:
    """Return a text as a quoted cell that no spreadsheet runs; nothing for no text."""
    if not text:
        return b""
    guarded = "'" + text if text.startswith(_FORMULA_SIGNS) else text
    return b'"' + guarded.replace('"', '""').encode(encoding, "replace") + b'"'
