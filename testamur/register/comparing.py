"""Which rows of a submission are new, which change a record, which say nothing new. Pure.

A record is found again by its natural key: a student's own record by the student; a course result by course code and year; a
unit result by course code, unit code and year; a lodged document by its kind and number. Where a file holds the same key
twice, the first is compared with the first. A higher `v<n>` replaces rows of the same key and adds new ones; rows that are
absent stay, unless the whole is replaced: then they are withdrawn (settled: files and commands).
"""

from dataclasses import dataclass
from datetime import datetime

import polars as pl

from testamur.register.preparing import new_record_ids

WITHDRAWN = '{"withdrawn":true}'
_MATCH = ["student_id", "kind", "key", "nth"]


@dataclass(frozen=True, slots=True)
class Compared:
    """Rows to record (with record, seq, previous), and how many were new, changed, withdrawn and unchanged."""

    rows: pl.DataFrame
    new: int
    changed: int
    withdrawn: int
    unchanged: int


def numbered(rows: pl.DataFrame) -> pl.DataFrame:
    """Add `nth`: which of the rows with the same key this is, in the order of the file."""
    return rows.with_columns(pl.int_range(pl.len(), dtype=pl.Int32).over(["student_id", "kind", "key"]).alias("nth"))


def as_new(rows: pl.DataFrame, at: datetime) -> Compared:
    """Give every row a record of its own: the provider holds nothing yet that they could repeat."""
    text = pl.lit(None, dtype=pl.String)
    fresh = rows.with_columns(new_record_ids(len(rows), at), pl.lit(1).alias("seq"), text.alias("previous"))
    return Compared(fresh, new=len(rows), changed=0, withdrawn=0, unchanged=0)


def compare(rows: pl.DataFrame, held: pl.DataFrame, *, replace_all: bool, at: datetime) -> Compared:
    """Compare a submission's rows with the current versions of the same provider's records of the same kinds.

    `rows` and `held` have student_id, kind, key, course_id, unit_id, facts; `held` also record, seq and commitment (hex).
    """
    if held.is_empty():
        return as_new(rows, at)
    rows, held = numbered(rows), numbered(held)
    joined = rows.join(held, on=_MATCH, how="left", suffix="_held", maintain_order="left")
    same = (
        (pl.col("facts") == pl.col("facts_held"))
        & pl.col("course_id").eq_missing(pl.col("course_id_held"))
        & pl.col("unit_id").eq_missing(pl.col("unit_id_held"))
    ).fill_null(False)
    is_new = pl.col("record").is_null()
    changed = joined.filter(~is_new & ~same)
    fresh = as_new(joined.filter(is_new).drop("record", "seq"), at).rows
    moved = changed.with_columns(pl.col("seq") + 1, pl.col("commitment").alias("previous"))
    columns = [*rows.columns, "record", "seq", "previous"]
    parts = [fresh.select(columns), moved.select(columns)]
    absent = _absent(rows, held, columns) if replace_all else parts[0].clear()
    together = pl.concat([*parts, absent], how="vertical_relaxed").sort("student_id", maintain_order=True)
    unchanged = len(rows) - len(fresh) - len(changed)
    return Compared(together, len(fresh), len(changed), len(absent), unchanged)


def _absent(rows: pl.DataFrame, held: pl.DataFrame, columns: list[str]) -> pl.DataFrame:
    """Return a withdrawal for every held record, not withdrawn yet, that the submission no longer names."""
    gone = held.filter(pl.col("facts") != WITHDRAWN).join(rows.select(_MATCH), on=_MATCH, how="anti")
    withdrawn = gone.with_columns(
        pl.lit(WITHDRAWN).alias("facts"), pl.col("seq") + 1, pl.col("commitment").alias("previous")
    )
    missing = [pl.lit(None).cast(rows.schema[name]).alias(name) for name in columns if name not in withdrawn.columns]
    return withdrawn.with_columns(missing).select(columns)
