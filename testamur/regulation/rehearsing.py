"""Who of a provider's students could be served if it closed tonight, and why the others could not (CQR-10 to CQR-12). Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import polars as pl

NO_NAME: Final = "RH-01"
NO_BIRTH_DATE: Final = "RH-02"
NOTHING_HELD: Final = "RH-03"
NO_UNITS: Final = "RH-04"
REASONS: Final[Mapping[str, str]] = {
    NO_NAME: "No name to compare: the family name or the given name is missing",
    NO_BIRTH_DATE: "No birth date: it is missing or a placeholder",
    NOTHING_HELD: "Nothing to certify: no result, certificate or document is held",
    NO_UNITS: "A certificate without units, and no unit result of its course",
}


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """What a rehearsal found; `failing` holds student_id, reasons, part and line of each student who could not be served."""

    students: int
    by_hand: int
    reasons: Mapping[str, int]
    failing: pl.DataFrame


def rehearsed(matchable: pl.DataFrame, servable: pl.DataFrame) -> Rehearsed:
    """Return who could be served: can be compared with an applicant, and something whole can be certified.

    Served by hand are those whose birth date is known in part or who share name and birth date: an officer compares them.
    """
    whole = matchable.join(servable, on="student_id", how="left")
    wrong = {
        NO_NAME: ~pl.col("named"),
        NO_BIRTH_DATE: pl.col("born") == "unknown",
        NOTHING_HELD: pl.col("held").fill_null(0) == 0,
        NO_UNITS: pl.col("bare").fill_null(False),
    }
    said = pl.concat_list(pl.when(when).then(pl.lit(code)) for code, when in wrong.items()).list.drop_nulls()
    judged = whole.with_columns(said.alias("reasons"))
    failing = judged.filter(pl.col("reasons").list.len() > 0).sort("line", "student_id", nulls_last=True)
    fine = judged.filter(pl.col("reasons").list.len() == 0)
    counted = failing.select(pl.col("reasons").explode()).to_series().value_counts() if len(failing) else None
    counts = dict(counted.iter_rows()) if counted is not None else {}
    return Rehearsed(
        students=len(judged),
        by_hand=fine.filter((pl.col("born") == "part") | pl.col("twin")).height,
        reasons={code: int(counts.get(code, 0)) for code in REASONS},
        failing=failing.select("student_id", "reasons", "part", "line"),
    )
