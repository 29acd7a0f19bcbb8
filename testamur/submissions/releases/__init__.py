"""When units were first released, as far as this register was told: tables in this folder, one a day of effect.

A table is `<effective-from>.csv` with the columns unit_code and released (YYYY-MM-DD): the first release of the unit on the
National Register (docs/formats/releases.md). The youngest table in force on a day counts whole. Of a unit that is not in
it nothing is known and nothing said. The table that ships knows the made-up units of the demo only.
"""

from datetime import date
from functools import cache
from pathlib import Path
from typing import Final

import polars as pl

_FOLDER: Final = Path(__file__).parent
_SCHEMA: Final = {"unit_code": pl.String, "released": pl.Date}


class BadTable(ValueError):
    """A table of releases that lacks a column or a cell, holds no date where one must be, or has a unit twice."""


def first_released(on: date, folder: Path = _FOLDER) -> pl.DataFrame:
    """Return unit_code and released of the table in force on a day; empty where there is none. Raises BadTable."""
    tables = {date.fromisoformat(path.stem): path for path in folder.glob("*.csv")}
    days = [day for day in tables if day <= on]
    return _read(tables[max(days)]) if days else pl.DataFrame(schema=_SCHEMA)


@cache
def _read(path: Path) -> pl.DataFrame:
    """Read one table."""
    try:
        table = pl.read_csv(path, columns=list(_SCHEMA), schema_overrides=_SCHEMA)
    except (pl.exceptions.PolarsError, ValueError) as problem:
        raise BadTable(f"{path.name} does not hold unit_code and released (YYYY-MM-DD) in each row.") from problem
    table = table.with_columns(pl.col("unit_code").str.strip_chars().str.to_uppercase())
    if table.null_count().sum_horizontal().item() or table["unit_code"].n_unique() < table.height:
        raise BadTable(f"{path.name}: a unit stands twice, or a cell is empty.")
    return table
