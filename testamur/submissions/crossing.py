"""Rules that need more than one row or file: duplicates (TEQ-V01, V18), unknown students (F3), testamurs (F7).

Rows are compared by 64-bit hashes of what makes them the same; two rows count as the same only where two hashes agree.
"""

from collections.abc import Iterable
from functools import reduce
from operator import xor

import polars as pl

from testamur.submissions.layouts import Profile

_IDENTITY = ("surname", "given_name", "other_names", "birth_date")
_RESULT = ("status", "mark", "grade", "grade_description")


def code_in_capitals() -> pl.Expr:
    """Return the student code as it is compared everywhere: in capitals, without spaces around it."""
    return pl.col("student_code").str.strip_chars().str.to_uppercase()


def _hash(*columns: str | pl.Series, seed: int = 0) -> pl.Expr:
    return pl.struct(*columns).hash(seed=seed)


def _present(frame: pl.DataFrame, names: Iterable[str]) -> list[str]:
    return [name for name in names if name in frame.columns]


def student_codes(frame: pl.DataFrame, *, fold: bool) -> pl.Series:
    """Return the student codes of a batch as they are compared; `fold` where some are not in capitals or have spaces."""
    return frame.select(code_in_capitals() if fold else "student_code").to_series()


def record_keys(frame: pl.DataFrame, codes: pl.Series) -> pl.DataFrame:
    """Return the hashes of a batch of student records: student, student and commencement date, identity."""
    identity = _present(frame, _IDENTITY)
    code = codes.alias("code")
    return frame.select(
        "row",
        student=_hash(code),
        key=_hash(code, "commencement_date"),
        same=_hash(*identity) if identity else pl.lit(0, pl.UInt64),
    )


def result_keys(frame: pl.DataFrame, codes: pl.Series) -> pl.DataFrame:
    """Return the hashes of a batch of results: student, unit and year; result; all cells. Unit rows have `unit` true.

    The student code counts as it is compared, so that a row repeated with small letters in its code is the same row.
    """
    cells = [name for name in frame.columns if name not in ("row", "student_code")]
    code = codes.alias("code")
    missing = [name for name in ("study_year", "level") if name not in cells]
    if missing:
        frame = frame.with_columns(pl.lit("").alias(name) for name in missing)
    return frame.select(
        "row",
        key=_hash(code, "unit_code", "study_year"),
        same=_hash(*_present(frame, _RESULT)),
        content=reduce(
            xor, (pl.col(name).hash(seed=place + 1) for place, name in enumerate(cells)), pl.lit(code).hash()
        ),
        unit=(pl.col("level") == "Unit of Study") & (pl.col("unit_code") != "") & pl.lit(codes != ""),
    )


def repeated_records(keys: pl.DataFrame, profile: Profile) -> dict[str, pl.DataFrame]:
    """Return the records that repeat an earlier one, by kind of rule: `row` and `detail`, the row they repeat."""
    first = pl.col("row").first()
    keys = keys.filter(keys["student"].is_duplicated()).sort("row")
    keys = keys.with_columns(
        of_key=first.over("key"), of_student=first.over("student"), first_same=pl.col("same").first().over("student")
    )
    same_key = pl.col("of_key") != pl.col("row")
    other_person = (pl.col("of_student") != pl.col("row")) & (pl.col("same") != pl.col("first_same"))
    if profile == "strict":
        other_person = other_person & ~same_key
    else:
        same_key = same_key & ~other_person
    kind = "same_key" if profile == "strict" else "same_student_same"
    return {
        kind: keys.filter(same_key).select("row", detail="of_key"),
        "same_student_other": keys.filter(other_person).select("row", detail="of_student"),
    }


def repeated_results(keys: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """Return the results that repeat an earlier row, or contradict one, by kind of rule (TEQ-V18)."""
    first = pl.col("row").first()
    several = keys.filter(keys["key"].is_duplicated()).sort("row")
    twins = several.with_columns(detail=first.over("key", "content"))
    same = twins.filter(pl.col("detail") != pl.col("row")).select("row", "detail")
    units = several.filter(pl.col("unit") & ~pl.col("row").is_in(same["row"].implode()))
    units = units.with_columns(detail=first.over("key"), first_result=pl.col("same").first().over("key"))
    other = units.filter(pl.col("same") != pl.col("first_result")).select("row", "detail")
    return {"same_row": same, "same_unit_other_result": other}


def unknown_students(frame: pl.DataFrame, codes: pl.Series, known: frozenset[str]) -> pl.DataFrame | None:
    """Return the rows whose student code is filled and not known: `row` and `value`; None without any (TEQ-F3)."""
    heads = codes.filter(codes.ne_missing(codes.shift()))
    if heads.len() * 2 > codes.len():
        heads = heads.unique()
    unknown = {code for code in heads.to_list() if code and code not in known}
    return frame.filter(codes.is_in(sorted(unknown))).select("row", value="student_code") if unknown else None


def completed_courses(frame: pl.DataFrame, profile: Profile) -> pl.DataFrame:
    """Return the Course rows that are completed: `row`, `code` (in capitals) and `value` (TEQ-F7)."""
    names = [name for name in ("row", "student_code", "level", "status", "completion_year") if name in frame.columns]
    done = pl.col("status") == "3"
    if profile == "tolerant" and "completion_year" in names:
        done = done | ((pl.col("status") == "") & (pl.col("completion_year") != ""))
    rows = frame.select(names).filter((pl.col("level") == "Course") & done)
    return rows.select("row", code=code_in_capitals(), value="status")
