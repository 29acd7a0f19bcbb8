"""From lodged particulars to pairs that are worth an officer's look: the score, and a second look that needs no score.

Whatever the score, nothing here joins anybody. The second look turns down what sums of weights get wrong: twins, brothers and
sisters share family name, birth date and home, and a name the other way round is no evidence without a birth date.
"""

from typing import Final

import polars as pl

from testamur.students.linkage import engine as engines
from testamur.students.linkage.frame import compared
from testamur.students.linkage.model import Model, read_model

# The probability from which a pair is proposed; chosen on the training seed, together with the second look.
THRESHOLD: Final = 0.95
_KNOWN_BIRTH: Final = ("same day", "day and month exchanged", "one figure", "two parts of three")


def second_look() -> pl.Expr:
    """Return the condition that a scored pair must also meet, on the levels that engine.scored names.

    Two verified USIs that differ are two people, whatever else agrees. Given names that have nothing in common need the same
    USI or the same e-mail address. Names in each other's place need a birth date that agrees as well. Without any birth
    date on one side, both names and either postcode, e-mail or USI must agree.
    """
    strong = (pl.col("verified") == "same") | (pl.col("email") == "same")
    exchanged = pl.col("given").str.starts_with("exchanged")
    both = (pl.col("given") == "same") & (pl.col("family") == "same")
    return (
        (pl.col("verified") != "other")
        & ((pl.col("given") != "other") | strong)
        & (~exchanged | pl.col("birth").is_in(_KNOWN_BIRTH) | strong)
        & ((pl.col("birth") != "nothing") | (both & (strong | (pl.col("postcode") == "same"))))
    )


def pairs_to_propose(raw: pl.DataFrame, *, engine: str = "duckdb", model: Model | None = None) -> pl.DataFrame:
    """Return the pairs of students worth an officer's look, from rows of frame.RAW.

    Columns: low, high, probability, weight, and the level of each comparison by name; no particulars.
    """
    pairs = engines.scored(compared(raw), model or read_model(), engine=engine, floor=THRESHOLD)
    return pairs.filter(second_look())
