"""The file of failed rows: the rows with an error, each with a mark that says which row it is, to be corrected and sent again."""

from collections.abc import Iterator
from pathlib import Path

import polars as pl

from testamur.submissions.annotate import COLUMN
from testamur.submissions.composing import MARK_HEADER, mark_of
from testamur.submissions.records import split_records
from testamur.submissions.scanning import Encoding, scan

_FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")


def failed_rows(path: Path, encoding: Encoding, findings: pl.DataFrame) -> Iterator[bytes]:
    """Yield the file of failed rows: mark, the provider's own cells byte for byte, what is wrong.

    `findings` are those of this file (row, severity, column, message, fix). Composing.py reads the marks when the corrected
    file comes back as a higher version.
    """
    scanned = scan(path, encoding)
    notes = _notes(findings)
    with path.open("rb") as stream:
        yield stream.read(scanned.start)
    records = split_records(path, start=scanned.start, end=scanned.end, newline=scanned.newline, encoding=encoding)
    ending = scanned.newline
    for row, record in enumerate(records, start=1):
        body = record.body()
        ending = record.raw[len(body) :] or ending  # the last row has none
        if row == 1:
            yield f"{MARK_HEADER},".encode() + body + f",{COLUMN}".encode() + ending
        elif row in notes:
            mark = mark_of(row, body.decode(encoding, "replace"))
            yield f"{mark},".encode() + body + b"," + _cell(notes[row], encoding) + ending


def _notes(findings: pl.DataFrame) -> dict[int, str]:
    """Return what is wrong in each row that holds an error."""
    errors = findings.filter((pl.col("severity") == "error") & pl.col("row").is_not_null())
    column = pl.when(pl.col("column").is_null()).then(pl.lit("")).otherwise(pl.col("column") + ": ")
    texts = errors.select("row", text=column + pl.col("message") + " " + pl.col("fix"))
    return dict(texts.group_by("row").agg(pl.col("text").str.join(" | ")).iter_rows())


def _cell(text: str, encoding: Encoding) -> bytes:
    """Return a text as a quoted cell that no spreadsheet runs."""
    guarded = "'" + text if text.startswith(_FORMULA_SIGNS) else text
    return b'"' + guarded.replace('"', '""').encode(encoding, "replace") + b'"'
