"""From checked frames to prepared rows, part by part: students, results, lodged documents. Pure; runs in the second process.

What it needs from the database comes in as frames (students with their keys, offerings, what is held); what it finds goes out
as messages: chunks ready for COPY, particulars to write, and the counts at the end.
"""

import hmac
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import polars as pl

from testamur.register import comparing, preparing

PART_KINDS = {
    "studentrecords": (preparing.STUDENT,),
    "studentresults": (preparing.COURSE_RESULT, preparing.UNIT_RESULT),
    "documents": (preparing.LODGED_DOCUMENT,),
}
RESULT_FACTS = {
    "completed_year": "completion_year",
    "credit": "credit_granted",
    "grade": "grade",
    "grade_description": "grade_description",
    "language": "lote",
    "mark": "mark",
    "status": "status",
    "subsidiary": "subsidiary_component",
    "weighting": "weighted_units",
    "year": "study_year",
}
PARTICULARS = (
    "title", "family_name", "given_name", "other_names", "single_name", "birth_earliest", "birth_latest",
    "birth_precision", "birth_placeholder", "gender",
)  # fmt: skip
_PARTICULARS_DOMAIN = b"testamur/particulars/v1\n"
Message = tuple[Literal["chunk", "particulars", "counted"], object]


@dataclass(slots=True)
class Counts:
    """What became of a submission's rows."""

    new: int = 0
    changed: int = 0
    withdrawn: int = 0
    unchanged: int = 0
    students: int = 0

    def add(self, compared: comparing.Compared) -> None:
        """Add one part's counts."""
        self.new += compared.new
        self.changed += compared.changed
        self.withdrawn += compared.withdrawn
        self.unchanged += compared.unchanged


@dataclass(slots=True)
class Load:
    """Everything one load needs, without a database.

    `students`: local_id, student_id, key. `offerings`: kind, code, title, offering_id. `held`: current versions (see comparing).
    `documents`: local_id, document, n, sha256, size. `sources` maps a part's name to its header.
    """

    records: Path | None
    results: Path | None
    documents: pl.DataFrame
    students: pl.DataFrame
    offerings: pl.DataFrame
    held: pl.DataFrame
    sources: dict[str, preparing.SourceHeader]
    batches: list[int]
    batch_size: int
    replace_all: bool = False
    counts: Counts = field(default_factory=Counts)


def run(load: Load, send: Callable[[Message], None]) -> None:
    """Prepare every part and send its messages; the last is the counts."""
    places = preparing.Places(load.batches, load.batch_size)
    makers = {"studentrecords": _student_rows, "studentresults": _result_rows, "documents": _document_rows}
    for part, source in load.sources.items():
        rows = makers[part](load)
        held = load.held.filter(pl.col("kind").is_in(PART_KINDS[part]))
        compared = comparing.compare(rows, held, replace_all=load.replace_all)
        load.counts.add(compared)
        if part == "studentrecords":
            send(("particulars", _particulars_to_write(compared.rows)))
        ready = preparing.with_offerings(_keyed(load, compared.rows), load.offerings)
        for chunk in preparing.chunks(ready, source, places):
            send(("chunk", chunk))
    load.counts.students = len(load.students)
    send(("counted", load.counts))


def _keyed(load: Load, rows: pl.DataFrame) -> pl.DataFrame:
    """Replace the natural key, which has done its work, by the student's."""
    keys = load.students.select("student_id", "key")
    return rows.drop("key").join(keys, on="student_id", how="left", maintain_order="left")


def _placed(frame: pl.DataFrame, load: Load) -> pl.DataFrame:
    """Add each row's student and sort by student, so that the index of students grows at its end."""
    known = load.students.select("local_id", "student_id")
    return frame.join(known, on="local_id", how="inner").sort("student_id", "line", maintain_order=True)


_NO_ID = pl.lit(None, dtype=pl.Int32)
_NO_TEXT = pl.lit(None, dtype=pl.String)
_ROW = ("student_id", "kind", "key", "course_id", "unit_id", "line", "valid_date", "facts")


def _result_rows(load: Load) -> pl.DataFrame:
    """Return course and unit results with their facts and natural keys."""
    assert load.results is not None  # noqa: S101  a source for results exists only with the file
    placed = _placed(pl.read_parquet(load.results).rename({"student_code": "local_id"}), load)
    offerings = load.offerings.select("kind", "code", "title", "offering_id")
    course = offerings.filter(pl.col("kind") == "course").select("code", "title", course_id="offering_id")
    unit = offerings.filter(pl.col("kind") == "unit").select("code", "title", unit_id="offering_id")
    for prefix, table in (("course", course), ("unit", unit)):
        placed = placed.with_columns(pl.col(f"{prefix}_code", f"{prefix}_name").fill_null("")).join(
            table,
            left_on=[f"{prefix}_code", f"{prefix}_name"],
            right_on=["code", "title"],
            how="left",
            maintain_order="left",
        )
    is_course = pl.col("level") == "Course"
    year = pl.col("study_year").cast(pl.String).fill_null("")
    return placed.with_columns(
        pl.when(is_course).then(preparing.COURSE_RESULT).otherwise(preparing.UNIT_RESULT).cast(pl.Int16).alias("kind"),
        pl.when(is_course)
        .then(pl.concat_str(["course_code", year], separator="|"))
        .otherwise(pl.concat_str(["course_code", "unit_code", year], separator="|"))
        .alias("key"),
        _NO_TEXT.alias("valid_date"),
        preparing.facts_json(placed, RESULT_FACTS),
    ).select(_ROW)


def _document_rows(load: Load) -> pl.DataFrame:
    """Return one row for each lodged document: its kind, number, hash and size."""
    placed = _placed(load.documents.with_columns(pl.lit(None, dtype=pl.Int64).alias("line")), load)
    facts = {"document": "document", "n": "n", "sha256": "sha256", "size": "size"}
    return placed.with_columns(
        pl.lit(preparing.LODGED_DOCUMENT, dtype=pl.Int16).alias("kind"),
        pl.concat_str(["document", pl.col("n").cast(pl.String)], separator="|").alias("key"),
        _NO_ID.alias("course_id"),
        _NO_ID.alias("unit_id"),
        _NO_TEXT.alias("valid_date"),
        preparing.facts_json(placed, facts),
    ).select(_ROW)


def _student_rows(load: Load) -> pl.DataFrame:
    """Return each student's own record: when they commenced, and a keyed digest of their particulars."""
    assert load.records is not None  # noqa: S101  a source for records exists only with the file
    placed = _placed(particulars(pl.read_parquet(load.records).rename({"student_code": "local_id"})), load)
    keyed = placed.join(
        load.students.select("student_id", student_key="key"), on="student_id", how="left", maintain_order="left"
    )
    with_digest = keyed.with_columns(pl.Series("digest", particulars_digests(keyed, keyed["student_key"])))
    return with_digest.with_columns(
        pl.lit(preparing.STUDENT, dtype=pl.Int16).alias("kind"),
        pl.lit("").alias("key"),
        _NO_ID.alias("course_id"),
        _NO_ID.alias("unit_id"),
        _NO_TEXT.alias("valid_date"),
        preparing.facts_json(with_digest, {"commenced": "commenced", "particulars": "digest"}),
    ).select(*_ROW, *PARTICULARS)


def particulars(records: pl.DataFrame) -> pl.DataFrame:
    """Return the particulars of checked student records: names, partial birth date, gender; and when they commenced."""
    blank = [pl.col(name).fill_null("") for name in ("title", "family_name", "given_name", "other_names", "gender")]
    precise = pl.col("birth_date").is_not_null()
    return records.with_columns(
        *blank,
        pl.col("birth_date").alias("birth_earliest"),
        pl.col("birth_date").alias("birth_latest"),
        pl.when(precise).then(pl.lit("day")).otherwise(pl.lit("unknown")).alias("birth_precision"),
        pl.col("birth_date_placeholder").alias("birth_placeholder"),
        pl.col("commencement_date").dt.strftime("%Y-%m").alias("commenced"),
    )


def particulars_digests(rows: pl.DataFrame, keys: pl.Series) -> list[str]:
    """Return, for each row, HMAC-SHA256 under the student's key of the canonical particulars, in hex.

    This is what the permanent record keeps of a person's names: enough to show that they were not altered, nothing to read.
    """
    texts = rows.select(
        pl.col("birth_earliest", "birth_latest").dt.strftime("%Y-%m-%d"),
        pl.col("birth_placeholder", "single_name").cast(pl.Int8),
        *[
            name
            for name in PARTICULARS
            if not name.startswith(("birth_earliest", "birth_latest", "birth_placeholder", "single"))
        ],
    )
    written = preparing.facts_json(texts, {name: name for name in PARTICULARS})
    return [
        hmac.digest(key, _PARTICULARS_DOMAIN + text.encode(), "sha256").hex()
        for key, text in zip(keys, written, strict=True)
    ]


def _particulars_to_write(rows: pl.DataFrame) -> pl.DataFrame:
    """Return the particulars of new and changed student records, numbered as their versions."""
    return rows.filter(pl.col("facts") != comparing.WITHDRAWN).select("student_id", "seq", *PARTICULARS)
