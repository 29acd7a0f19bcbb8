"""Of which months and years a submission holds records, so that a half-year's file counts for its half only (CQR-12, CQR-18).

Pure. A record counts for the month in which it ended, was completed or issued; where the provider lodged a year of study and no
day, for the whole year. Unknown days and years count for nothing.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date
from functools import cache
from pathlib import Path

import polars as pl

from testamur.kernel.periods import Period

Months = Mapping[str, int]
_DAYS = ("ended", "completed", "issued_date")
_YEARS = ("study_year", "completed_year")


def months_of(paths: Iterable[Path]) -> dict[str, int]:
    """Return how many rows of some checked frames fall into each month (`2024-03`) or, without a day, each year (`2024`)."""
    found: Counter[str] = Counter()
    for path in sorted(set(paths)):
        found.update(_counted(pl.scan_parquet(path)))
    return dict(sorted(found.items()))


def _counted(frame: pl.LazyFrame) -> dict[str, int]:
    """Return the rows of one frame under their months and years."""
    schema = frame.collect_schema()
    days = [pl.col(name).dt.strftime("%Y-%m") for name in _DAYS if schema.get(name) == pl.Date]
    years = [pl.col(name).cast(pl.Int32).cast(pl.String) for name in _YEARS if name in schema]
    if not days and not years:
        return {}
    rows = frame.select(pl.coalesce([*days, *years]).alias("when")).drop_nulls()
    real = rows.filter(pl.col("when").str.slice(0, 4).cast(pl.Int32, strict=False).is_between(1000, 9998))
    counted = real.group_by("when").len().collect()
    return dict(zip(counted["when"].to_list(), counted["len"].to_list(), strict=True))


def records_in(months: Months, period: Period) -> int:
    """Return how many records fall into a half-open period; those of a whole year fall into every part of it."""
    return sum(count for key, count in months.items() if period_of(key).overlaps(period))


@cache
def period_of(key: str) -> Period:
    """Return the period of `2024-03` or `2024`."""
    year, _, month = key.partition("-")
    if not month:
        return Period(date(int(year), 1, 1), date(int(year) + 1, 1, 1))
    first = date(int(year), int(month), 1)
    return Period(first, date(first.year + first.month // 12, first.month % 12 + 1, 1))
