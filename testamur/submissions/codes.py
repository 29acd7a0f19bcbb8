"""Codes of courses and units that are offered while somebody types: what was lodged, then what the table of releases knows."""

from datetime import date

import polars as pl

from testamur.register import codes as register_codes
from testamur.register.codes import FEWEST_SIGNS, Kind, NamedCode
from testamur.submissions import releases


def offered_codes(provider_id: int, kind: Kind, typed: str, *, on: date, most: int) -> list[NamedCode]:
    """Return at most `most` codes that begin with what was typed, the provider's own first, each code once.

    Units that nobody lodged come from the table of releases in force on a day, without a title. Needs the provider's scope.
    """
    found = register_codes.named_codes(provider_id, kind, typed, most=most)
    sought = typed.strip().upper()
    if kind != "unit" or len(found) >= most or len(sought) < FEWEST_SIGNS:
        return found
    known = {one.code for one in found}
    released = releases.first_released(on).filter(pl.col("unit_code").str.starts_with(sought))["unit_code"].sort()
    more = [NamedCode(code, "", own=False) for code in released.head(most + len(known)) if code not in known]
    return [*found, *more][:most]
