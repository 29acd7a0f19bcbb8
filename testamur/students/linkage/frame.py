"""What is compared of each student: names folded, birth dates as far as they are known, postcode, e-mail, a token for the USI.

CQR-16: case, accents, apostrophes, short forms and former names make no difference. V22, V24 and TEQ-07: a placeholder is
never compared; here it becomes nothing at all. The frame holds no USI: two students whose verified USIs are equal share a
token that was made for this one run.
"""

import tomllib
from functools import cache
from pathlib import Path
from typing import Final

import polars as pl

from testamur.students.rules import fold_name

# One row a student, as a provider lodged them; `former_names` are family names of earlier versions.
RAW: Final[dict[str, pl.DataType]] = {
    "student_id": pl.Int64(), "provider_id": pl.Int32(), "family_name": pl.String(), "given_names": pl.String(),
    "former_names": pl.List(pl.String()), "birth_earliest": pl.Date(), "birth_latest": pl.Date(),
    "birth_precision": pl.String(), "birth_placeholder": pl.Boolean(), "postcode": pl.String(), "email": pl.String(),
    "verified": pl.String(),
}  # fmt: skip
SHARED_BY: Final = 10  # an e-mail address of so many students or more is an office's, not a person's
_NO_POSTCODES: Final = ("0000", "9999", "OSPC", "@@@@")
_NO_NAMES: Final = ("", "unknown", "not known", "not provided", "na", "nil", "test")
_UNKNOWN_UNTIL: Final = pl.date(1901, 12, 31)  # birth dates up to this one stand for "unknown" (V24)
_UNKNOWN_FROM: Final = pl.date(2900, 1, 1)


@cache
def short_forms() -> dict[str, str]:
    """Return the name that each short form is compared under; a form of several names stands for the first that lists it."""
    table = tomllib.loads(Path(__file__).with_name("nicknames.toml").read_text(encoding="utf-8"))
    forms: dict[str, str] = {}
    for line in table["names"]:
        full, *short = line.split()
        for form in (full, *short):
            forms.setdefault(form, full)
    return forms


def _folded(names: pl.Series) -> dict[str, str]:
    """Fold each distinct name once."""
    return {name: fold_name(name) for name in names.drop_nulls().unique()}


def _fold(column: str, frame: pl.DataFrame) -> pl.Expr:
    """Return a column folded; names that stand for none become null."""
    folded = pl.col(column).replace(_folded(frame[column])).alias(column)
    return pl.when(folded.is_in(_NO_NAMES)).then(None).otherwise(folded).alias(column)


def _birth(frame: pl.DataFrame) -> pl.DataFrame:
    """Add born (YYYY-MM-DD), born_month (YYYY-MM) and born_year (YYYY), each as far as it is known; a placeholder gives none."""
    first, last = pl.col("birth_earliest"), pl.col("birth_latest")
    real = ~pl.col("birth_placeholder") & (first > _UNKNOWN_UNTIL) & (last < _UNKNOWN_FROM)
    day, month = pl.col("birth_precision") == "day", pl.col("birth_precision").is_in(["day", "month"])
    return frame.with_columns(
        pl.when(real & day).then(first.dt.strftime("%Y-%m-%d")).alias("born"),
        pl.when(real & day).then(first.dt.strftime("%Y-%d-%m")).alias("born_turned"),
        pl.when(real & month).then(first.dt.strftime("%Y-%m")).alias("born_month"),
        pl.when(real & (first.dt.year() == last.dt.year())).then(first.dt.strftime("%Y")).alias("born_year"),
    )


def _names(frame: pl.DataFrame) -> pl.DataFrame:
    """Add family, given (the first), others (the rest), given_root, families (now and before) and both in one order."""
    former = frame.select("student_id", pl.col("former_names").alias("former")).explode("former").drop_nulls()
    former = former.with_columns(_fold("former", former)).drop_nulls()
    folded = frame.with_columns(
        _fold("family_name", frame).alias("family"), _fold("given_names", frame).alias("all_given")
    ).with_columns(
        pl.col("all_given").str.split(" ").list.first().alias("given"),
        pl.col("all_given").str.split(" ").list.slice(1).list.join(" ").alias("others"),
    )
    current = folded.select("student_id", pl.col("family").alias("former"))
    every = pl.concat([current, former]).drop_nulls().unique(maintain_order=True)
    families = every.group_by("student_id", maintain_order=True).agg(pl.col("former").alias("families"))
    return folded.join(families, on="student_id", how="left", maintain_order="left").with_columns(
        pl.when(pl.col("others") != "").then(pl.col("others")).alias("others"),
        pl.col("given").replace(short_forms()).alias("given_root"),
        pl.concat_str(
            [pl.min_horizontal("family", "given"), pl.max_horizontal("family", "given")], separator="|"
        ).alias("both_names"),
    )


def _contacts(frame: pl.DataFrame) -> pl.DataFrame:
    """Clean postcode and e-mail; addresses that several students share say nothing about any of them."""
    email = pl.col("email").str.strip_chars().str.to_lowercase()
    cleaned = frame.with_columns(
        pl.when(pl.col("postcode").is_in(_NO_POSTCODES)).then(None).otherwise(pl.col("postcode")).alias("postcode"),
        pl.when(email.str.contains("@")).then(email).alias("email"),
    )
    often = pl.len().over("email")
    return cleaned.with_columns(pl.when(often < SHARED_BY).then(pl.col("email")).alias("email"))


def compared(raw: pl.DataFrame) -> pl.DataFrame:
    """Return what is compared of each student, from rows of the RAW schema; one row a student, in the same order."""
    return _contacts(_birth(_names(raw))).select(
        "student_id", "provider_id", "family", "given", "given_root", "others", "both_names", "families",
        "born", "born_turned", "born_month", "born_year", "postcode", "email", "verified",
    )  # fmt: skip
