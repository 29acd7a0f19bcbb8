"""From checked frames to prepared rows, part by part: students, results, lodged documents. Pure; runs in the second process.

What it needs from the database comes in as frames (students with their keys, offerings, what is held); what it finds goes out
as messages: chunks ready for COPY, particulars to write, and the counts at the end.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
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
Message = tuple[Literal["chunk", "particulars", "counted", "failed"], object]


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

    `students`: local_id, student_id, key, sorted by student_id. `offerings`: kind, code, title, offering_id. `held`: current
    versions (see comparing). `documents`: local_id, document, n, sha256, size. `sources` maps a part's name to its header.
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
    at: datetime
    replace_all: bool = False
    counts: Counts = field(default_factory=Counts)


def messages(load: Load) -> Iterator[Message]:
    """Prepare every part and yield its messages; the last is the counts."""
    places = preparing.Places(load.batches, load.batch_size)
    makers = {"studentrecords": _students, "studentresults": _results, "documents": _documents}
    finish = {"studentrecords": _student_rows, "studentresults": _result_rows, "documents": _document_rows}
    for part, source in load.sources.items():
        placed = makers[part](load)
        load.counts.students = max(load.counts.students, placed["student_id"].n_unique())
        held = load.held.filter(pl.col("kind").is_in(PART_KINDS[part]))
        for stretch, held_here in _stretches(placed, held):
            rows = finish[part](stretch)
            compared = comparing.compare(rows, held_here, replace_all=load.replace_all, at=load.at)
            load.counts.add(compared)
            if part == "studentrecords":
                yield "particulars", _particulars_to_write(compared.rows)
            ready = preparing.with_offerings(_keyed(load, compared.rows), load.offerings)
            for chunk in preparing.chunks(ready, source, places):
                yield "chunk", chunk
    yield "counted", load.counts


def _keyed(load: Load, rows: pl.DataFrame) -> pl.DataFrame:
    """Replace the natural key, which has done its work, by the student's."""
    places = load.students["student_id"].search_sorted(rows["student_id"])
    return rows.with_columns(load.students["key"].gather(places))


def _stretches(placed: pl.DataFrame, held: pl.DataFrame) -> Iterator[tuple[pl.DataFrame, pl.DataFrame]]:
    """Cut rows sorted by student into stretches of whole students, each with what is held of just these students.

    Memory stays bounded. Held rows of students whom no row names come with the stretch that reaches past them.
    """
    students, start, before = placed["student_id"], 0, -1
    while start < len(placed) or start == 0:
        end = min(start + preparing.CHUNK_ROWS, len(placed))
        last = students[end - 1] if end else 0
        end = int(students.search_sorted(last, side="right"))
        reach = pl.col("student_id") > before
        if end < len(placed):
            reach &= pl.col("student_id") <= last
        yield placed.slice(start, end - start), held.filter(reach)
        start, before = max(end, 1), last


_SLICE = 200_000  # rows of a file that are read at once
_CATEGORIES = (
    "level", "course_code", "course_name", "unit_code", "unit_name", "status", "weighted_units", "mark", "grade",
    "grade_description",
)  # fmt: skip


def _placed(frame: pl.LazyFrame, load: Load) -> pl.DataFrame:
    """Add each row's student and sort by student and line, so that the index of students grows at its end.

    A provider's file is mostly in that order already; this is looked at before a copy is made.
    """
    known = load.students.lazy().select("local_id", "student_id")
    joined = frame.join(known, on="local_id", how="inner", maintain_order="left").drop("local_id")
    return in_order(joined.collect())


def in_order(placed: pl.DataFrame) -> pl.DataFrame:
    """Return rows sorted by student and line, the same frame where they are."""
    order = placed["student_id"] * (1 << 32) + placed["line"].fill_null(0)
    return placed if order.is_sorted() else placed.sort("student_id", "line", maintain_order=True)


_NO_ID = pl.lit(None, dtype=pl.Int32)
_NO_TEXT = pl.lit(None, dtype=pl.String)
_ROW = ("student_id", "kind", "key", "course_id", "unit_id", "line", "valid_date", "facts")


def _results(load: Load) -> pl.DataFrame:
    """Return the rows of the results file, each with its student and offerings, sorted by student.

    The file is taken in slices, which are small once their texts are numbers and categories.
    """
    assert load.results is not None  # noqa: S101  a source for results exists only with the file
    whole = pl.scan_parquet(load.results)
    rows = whole.select(pl.len()).collect().item()
    slices = [_named(whole.slice(at, _SLICE), load) for at in range(0, max(rows, 1), _SLICE)]
    return in_order(pl.concat([_placed(part, load) for part in slices]))


def _named(frame: pl.LazyFrame, load: Load) -> pl.LazyFrame:
    """Put the numbers of course and unit in the place of their titles; repeated texts are categories, as the check keeps them."""
    frame = frame.rename({"student_code": "local_id"}).with_columns(pl.col(_CATEGORIES).cast(pl.Categorical))
    for kind in ("course", "unit"):
        names = [f"{kind}_code", f"{kind}_name"]
        offerings = load.offerings.lazy().filter(pl.col("kind") == kind)
        texts = [pl.when(pl.col(name) != "").then(name).cast(pl.Categorical) for name in ("code", "title")]
        table = offerings.select(
            texts[0].alias(names[0]), texts[1].alias(names[1]), pl.col("offering_id").alias(f"{kind}_id")
        )
        frame = frame.join(table, on=names, how="left", nulls_equal=True, maintain_order="left").drop(names[1])
    return frame


def _result_rows(placed: pl.DataFrame) -> pl.DataFrame:
    """Return course and unit results with their facts and natural keys."""
    is_course = pl.col("level") == "course"
    course, unit = pl.col("course_code").cast(pl.String), pl.col("unit_code").cast(pl.String)
    year = pl.col("study_year").cast(pl.String).fill_null("")
    return placed.with_columns(
        pl.when(is_course).then(preparing.COURSE_RESULT).otherwise(preparing.UNIT_RESULT).cast(pl.Int16).alias("kind"),
        pl.when(is_course)
        .then(pl.concat_str([course, year], separator="|"))
        .otherwise(pl.concat_str([course, unit, year], separator="|"))
        .alias("key"),
        _NO_TEXT.alias("valid_date"),
        preparing.facts_json(placed, RESULT_FACTS),
    ).select(_ROW)


def _documents(load: Load) -> pl.DataFrame:
    """Return the lodged documents, each with its student, sorted by student."""
    frame = load.documents.lazy().with_columns(pl.lit(None, dtype=pl.Int64).alias("line"))
    return _placed(frame, load)


def _document_rows(placed: pl.DataFrame) -> pl.DataFrame:
    """Return one row for each lodged document: its kind, number, hash and size."""
    facts = {"document": "document", "n": "n", "sha256": "sha256", "size": "size"}
    return placed.with_columns(
        pl.lit(preparing.LODGED_DOCUMENT, dtype=pl.Int16).alias("kind"),
        pl.concat_str(["document", pl.col("n").cast(pl.String)], separator="|").alias("key"),
        _NO_ID.alias("course_id"),
        _NO_ID.alias("unit_id"),
        _NO_TEXT.alias("valid_date"),
        preparing.facts_json(placed, facts),
    ).select(_ROW)


def _students(load: Load) -> pl.DataFrame:
    """Return the rows of the records file with particulars, each with its student and key, sorted by student.

    A student may stand in several rows, one a course commenced; the first carries the particulars, which agree (V01).
    """
    assert load.records is not None  # noqa: S101  a source for records exists only with the file
    frame = particulars(pl.scan_parquet(load.records).rename({"student_code": "local_id"}))
    keys = load.students.select("student_id", student_key="key")
    once = _placed(frame, load).unique("student_id", keep="first", maintain_order=True)
    return once.join(keys, on="student_id", how="left", maintain_order="left")


def _student_rows(placed: pl.DataFrame) -> pl.DataFrame:
    """Return each student's own record: when they commenced, and a keyed digest of their particulars."""
    with_digest = placed.with_columns(
        pl.Series("digest", particulars_digests(placed, placed["student_key"]), dtype=pl.String)
    )
    return with_digest.with_columns(
        pl.lit(preparing.STUDENT, dtype=pl.Int16).alias("kind"),
        pl.lit("").alias("key"),
        _NO_ID.alias("course_id"),
        _NO_ID.alias("unit_id"),
        _NO_TEXT.alias("valid_date"),
        preparing.facts_json(with_digest, {"commenced": "commenced", "particulars": "digest"}),
    ).select(*_ROW, *PARTICULARS)


def particulars(records: pl.LazyFrame) -> pl.LazyFrame:
    """Return the particulars of checked student records: names, partial birth date, gender; and when they commenced.

    A single name stands as family name, in whichever column the provider wrote it (V22).
    """
    single = pl.col("single_name")
    known = pl.col("birth_date").is_not_null()
    return records.with_columns(
        pl.coalesce("surname", "given_name", pl.lit("")).alias("family_name"),
        pl.when(single).then(pl.lit("")).otherwise(pl.col("given_name").fill_null("")).alias("given_name"),
        pl.col("title", "other_names", "gender").fill_null(""),
        pl.col("birth_date").alias("birth_earliest"),
        pl.col("birth_date").alias("birth_latest"),
        pl.when(known).then(pl.lit("day")).otherwise(pl.lit("unknown")).alias("birth_precision"),
        pl.col("birth_date_placeholder").alias("birth_placeholder"),
        pl.when(pl.col("commencement_precision") == "month")
        .then(pl.col("commencement_date").dt.strftime("%Y-%m"))
        .otherwise(pl.col("commencement_date").dt.strftime("%Y-%m-%d"))
        .alias("commenced"),
    ).select("local_id", "line", "commenced", *PARTICULARS)


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
    domain = pl.lit(_PARTICULARS_DOMAIN.decode())
    committed = written.to_frame("text").select(pl.concat_str([domain, pl.col("text")]).cast(pl.Binary)).to_series()
    return [digest.hex() for digest in preparing.keyed_hashes(keys.to_list(), committed.to_list())]


def _particulars_to_write(rows: pl.DataFrame) -> pl.DataFrame:
    """Return the particulars of new and changed student records, numbered as their versions."""
    return rows.filter(pl.col("facts") != comparing.WITHDRAWN).select("student_id", "seq", *PARTICULARS)
