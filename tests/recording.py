"""Records for tests: checked frames written as the checker keeps them, and recorded by the register's one door."""

from datetime import UTC, date, datetime
from pathlib import Path
from uuid import UUID, uuid4

import polars as pl

from testamur.register import actions as register_actions
from testamur.register import bulk, loading

AT = datetime(2026, 7, 1, 2, 0, tzinfo=UTC)
ON = date(2026, 7, 1)
OFFICER, DECLARER = UUID(int=1), UUID(int=2)
_RECORDS = {
    "line": pl.UInt32, "student_code": pl.String, "title": pl.String, "surname": pl.String, "given_name": pl.String,
    "other_names": pl.String, "single_name": pl.Boolean, "birth_date": pl.Date, "birth_date_placeholder": pl.Boolean,
    "gender": pl.String, "commencement_date": pl.Date, "commencement_precision": pl.String,
}  # fmt: skip
_RESULTS = {
    "line": pl.UInt32, "student_code": pl.String, "level": pl.String, "course_code": pl.String, "unit_code": pl.String,
    "course_name": pl.String, "unit_name": pl.String, "status": pl.String, "study_year": pl.Int32,
    "completion_year": pl.Int32, "credit_granted": pl.String, "weighted_units": pl.String, "mark": pl.String,
    "grade": pl.String, "grade_description": pl.String, "subsidiary_component": pl.String, "lote": pl.String,
}  # fmt: skip
DOCUMENTS = {"local_id": pl.String, "document": pl.String, "n": pl.Int64, "sha256": pl.String, "size": pl.Int64}


def student(
    code: str, *, family: str | None = "Nguyen", given: str | None = "Grace", **more: object
) -> dict[str, object]:
    """Return one row of checked student records."""
    row: dict[str, object] = {
        "student_code": code, "title": "Ms", "surname": family, "given_name": given, "single_name": False,
        "birth_date": date(1990, 2, 9), "birth_date_placeholder": False, "gender": "F",
        "commencement_date": date(2012, 3, 1), "commencement_precision": "month",
    }  # fmt: skip
    return row | more


def unit(code: str, unit_code: str, *, year: int = 2013, mark: str = "71", **more: object) -> dict[str, object]:
    """Return one row of checked unit results."""
    row: dict[str, object] = {
        "student_code": code, "level": "unit", "course_code": "MITS03", "course_name": "Master of IT",
        "unit_code": unit_code, "unit_name": f"Unit {unit_code} “é”", "status": "3", "study_year": year, "mark": mark,
        "grade": "C", "grade_description": "Credit \\ pass",
    }  # fmt: skip
    return row | more


def course(code: str, *, year: int = 2012, **more: object) -> dict[str, object]:
    """Return one row of checked course results."""
    row: dict[str, object] = {
        "student_code": code, "level": "course", "course_code": "MITS03", "course_name": "Master of IT", "status": "3",
        "study_year": year, "completion_year": year + 2, "grade": "AWD", "grade_description": "Awarded",
    }  # fmt: skip
    return row | more


def _frame(rows: list[dict[str, object]], schema: dict[str, type[pl.DataType]]) -> pl.DataFrame:
    """Return rows as the checker's frame, numbered from line 2."""
    numbered = [{"line": line} | row for line, row in enumerate(rows, start=2)]
    return pl.DataFrame([{name: row.get(name) for name in schema} for row in numbered], schema=schema)


def bundle(
    folder: Path,
    provider_id: int,
    *,
    records: list[dict[str, object]] | None = None,
    results: list[dict[str, object]] | None = None,
    documents: list[tuple[str, str, int, str, int]] = [],  # noqa: B006
    replace_all: bool = False,
) -> bulk.Bundle:
    """Write frames into a folder of their own and return the bundle."""
    here = folder / uuid4().hex
    here.mkdir()
    parts = []
    given = (("studentrecords", "students", records, _RECORDS), ("studentresults", "results", results, _RESULTS))
    for name, holds, rows, schema in given:
        if rows is not None:
            _frame(rows, schema).write_parquet(here / f"{name}.parquet")
            parts.append(register_actions.Part(name, holds, here / f"{name}.parquet", "ab" * 32))
    if documents:
        parts.append(register_actions.Part("documents", "documents", None, "ab" * 32))
    return bulk.Bundle(
        provider_id=provider_id,
        submission=uuid4(),
        format="teqsa",
        rule_version="teqsa/test",
        parts=tuple(parts),
        documents=pl.DataFrame(documents, schema=DOCUMENTS, orient="row"),
        asserted_by=OFFICER,
        declared_by=DECLARER,
        replace_all=replace_all,
    )


def record(made: bulk.Bundle, *, at: datetime = AT, on: date = ON) -> loading.Counts:
    """Record a bundle by the register's one door."""
    return register_actions.record_submission(made, by=DECLARER, at=at, on=on)
