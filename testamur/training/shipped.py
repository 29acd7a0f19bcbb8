"""The made-up copy that ships (data/national), read without a database: where it lies, its titles and first releases of units."""

from collections.abc import Collection, Mapping
from functools import cache
from pathlib import Path
from typing import Final

import polars as pl

from testamur.training.layout import PACKED

FOLDER: Final = Path(__file__).parent / "data" / "national"


@cache
def first_released() -> pl.DataFrame:
    """Return unit_code and released of its units and modules: the first day of each (rule D02)."""
    units = pl.scan_csv(FOLDER / "products.csv", infer_schema=False).filter(pl.col("kind").is_in(list(PACKED)))
    releases = pl.scan_csv(FOLDER / "releases.csv", infer_schema=False)
    found = releases.join(units.select("code"), on="code", how="semi").group_by("code")
    days = found.agg(released=pl.col("released").str.to_date("%Y-%m-%d").min())
    return days.rename({"code": "unit_code"}).sort("unit_code").collect()


@cache
def _titles() -> Mapping[str, str]:
    products = pl.read_csv(FOLDER / "products.csv", columns=["code", "title"], infer_schema=False)
    return dict(products.select("code", "title").iter_rows())


def titles_of(codes: Collection[str]) -> dict[str, str]:
    """Return the titles of some products by code; unknown codes are left out (rule R13b)."""
    known = _titles()
    return {code: known[code] for code in codes if code in known}
