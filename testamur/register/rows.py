"""From checked frames to rows of the record with their facts and natural keys: students, results, certificates, documents. Pure.

Every format's check writes frames of one shape (submissions/typed.py says which columns); columns that a format does not
know are simply not there. The facts of a row are written by column, so that a format adds facts without a branch here.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import polars as pl

from testamur.register import preparing
from testamur.register.comparing import WITHDRAWN

Holds = Literal["students", "results", "certificates", "documents"]
KINDS: dict[Holds, tuple[int, ...]] = {
    "students": (preparing.STUDENT,),
    "results": (preparing.COURSE_RESULT, preparing.UNIT_RESULT),
    "certificates": (preparing.CERTIFICATE,),
    "documents": (preparing.LODGED_DOCUMENT,),
}
LEVELS = {"course": (preparing.COURSE_RESULT,), "unit": (preparing.UNIT_RESULT,)}
RESULT_FACTS = {
    "completed": "completed",
    "completed_year": "completion_year",
    "credit": "credit_granted",
    "ended": "ended",
    "grade": "grade",
    "grade_description": "grade_description",
    "issued": "issued",
    "language": "lote",
    "mark": "mark",
    "outcome": "outcome",
    "started": "started",
    "status": "status",
    "subsidiary": "subsidiary_component",
    "weighting": "weighted_units",
    "year": "study_year",
}
CERTIFICATE_FACTS = {
    "issued": "issued",
    "language": "language",
    "number": "number",
    "type": "certificate_type",
    "units": "units",
}
PARTICULARS = (
    "title", "family_name", "given_name", "other_names", "single_name", "birth_earliest", "birth_latest",
    "birth_precision", "birth_placeholder", "gender",
)  # fmt: skip
_PARTICULARS_DOMAIN = b"testamur/particulars/v1\n"


@dataclass(frozen=True, slots=True)
class Part:
    """The rows that one file of a submission gave: its name in the source, what they are, where they lie, the file's SHA-256.

    `level` takes the rows of one level only (course or unit), where two files gave the results of one frame. Documents have
    no frame of their own.
    """

    name: str
    holds: Holds
    rows: Path | None
    sha256: str
    level: str | None = None

    @property
    def kinds(self) -> tuple[int, ...]:
        """Return which kinds of record the rows become."""
        return LEVELS[self.level] if self.level else KINDS[self.holds]

    @property
    def frame(self) -> pl.LazyFrame:
        """Return the rows as they lie; raises ValueError for documents, which have none."""
        if self.rows is None:
            raise ValueError(f"{self.name} has no frame of its own")
        return pl.scan_parquet(self.rows)


_SLICE = 200_000  # rows of a file that are read at once
_CATEGORIES = (
    "level", "course_code", "course_name", "unit_code", "unit_name", "status", "outcome", "weighted_units", "mark",
    "grade", "grade_description",
)  # fmt: skip
_NO_ID = pl.lit(None, dtype=pl.Int32)
_NO_TEXT = pl.lit(None, dtype=pl.String)
_ROW = ("student_id", "kind", "key", "course_id", "unit_id", "line", "valid_date", "facts")


def _placed(frame: pl.LazyFrame, students: pl.DataFrame) -> pl.DataFrame:
    """Add each row's student and sort by student and line, so that the index of students grows at its end.

    A provider's file is mostly in that order already; this is looked at before a copy is made.
    """
    known = students.lazy().select("local_id", "student_id")
    joined = frame.join(known, on="local_id", how="inner", maintain_order="left").drop("local_id")
    return in_order(joined.collect())


def in_order(placed: pl.DataFrame) -> pl.DataFrame:
    """Return rows sorted by student and line, the same frame where they are."""
    order = placed["student_id"] * (1 << 32) + placed["line"].fill_null(0)
    return placed if order.is_sorted() else placed.sort("student_id", "line", maintain_order=True)


def _fact_names(frame: pl.DataFrame, facts: dict[str, str]) -> dict[str, str]:
    """Return the facts that a frame has a column for."""
    return {fact: column for fact, column in facts.items() if column in frame.columns}


def _column(frame: pl.DataFrame, name: str) -> pl.Expr:
    """Return a column as text, blank where it is null or where the format does not know it."""
    return pl.col(name).cast(pl.String).fill_null("") if name in frame.columns else pl.lit("")


def place_results(part: Part, students: pl.DataFrame, offerings: pl.DataFrame) -> pl.DataFrame:
    """Return the results of a part, each with its student and offerings, sorted by student.

    The file is taken in slices, which are small once their texts are numbers and categories.
    """
    whole = part.frame
    if part.level:
        whole = whole.filter(pl.col("level").cast(pl.String) == part.level)
    rows = whole.select(pl.len()).collect().item()
    columns = whole.collect_schema().names()
    slices = [_named(whole.slice(at, _SLICE), columns, offerings) for at in range(0, max(rows, 1), _SLICE)]
    return in_order(pl.concat([_placed(piece, students) for piece in slices]))


def _named(frame: pl.LazyFrame, columns: list[str], offerings: pl.DataFrame) -> pl.LazyFrame:
    """Put the numbers of course and unit in the place of their titles; repeated texts are categories, as the check keeps them."""
    repeated = [name for name in _CATEGORIES if name in columns]
    frame = frame.rename({"student_code": "local_id"}).with_columns(pl.col(repeated).cast(pl.Categorical))
    for kind in ("course", "unit"):
        frame = _with_offering(frame, kind, offerings, pl.Categorical())
    return frame


def _with_offering(frame: pl.LazyFrame, kind: str, offerings: pl.DataFrame, text: pl.DataType) -> pl.LazyFrame:
    """Add the number of a course or unit, and drop its title; the code stays for the natural key."""
    names = [f"{kind}_code", f"{kind}_name"]
    of_kind = offerings.lazy().filter(pl.col("kind") == kind)
    texts = [pl.when(pl.col(name) != "").then(name).cast(text) for name in ("code", "title")]
    table = of_kind.select(
        texts[0].alias(names[0]), texts[1].alias(names[1]), pl.col("offering_id").alias(f"{kind}_id")
    )
    return frame.join(table, on=names, how="left", nulls_equal=True, maintain_order="left").drop(names[1])


def result_rows(placed: pl.DataFrame) -> pl.DataFrame:
    """Return course and unit results with their facts and natural keys.

    A course result is known by its course and year of study; a unit result by course, unit and, as the format says, the year
    of study or the day on which it was begun. Dates count from the day on which the result was reached.
    """
    dates = [name for name in ("started", "ended", "completed") if name in placed.columns]
    placed = placed.with_columns(pl.col(dates).dt.strftime("%Y-%m-%d"))
    if "issued" in placed.columns:
        said = pl.when(pl.col("issued")).then(pl.lit("yes")).when(~pl.col("issued")).then(pl.lit("no"))
        placed = placed.with_columns(said.alias("issued"))
    is_course = pl.col("level") == "course"
    course, unit, year = (_column(placed, name) for name in ("course_code", "unit_code", "study_year"))
    when = year if "study_year" in placed.columns else _column(placed, "started")
    reached = [pl.col(name) for name in ("completed", "ended") if name in dates]
    return placed.with_columns(
        pl.when(is_course).then(preparing.COURSE_RESULT).otherwise(preparing.UNIT_RESULT).cast(pl.Int16).alias("kind"),
        pl.when(is_course)
        .then(pl.concat_str([course, year], separator="|"))
        .otherwise(pl.concat_str([course, unit, when], separator="|"))
        .alias("key"),
        (pl.coalesce(reached) if reached else _NO_TEXT).alias("valid_date"),
        preparing.facts_json(placed, _fact_names(placed, RESULT_FACTS)),
    ).select(_ROW)


def place_certificates(part: Part, students: pl.DataFrame, offerings: pl.DataFrame) -> pl.DataFrame:
    """Return the certificates of a part, each with its student and course, sorted by student."""
    frame = part.frame.rename({"student_code": "local_id"})
    return _placed(_with_offering(frame, "course", offerings, pl.String()), students)


def certificate_rows(placed: pl.DataFrame) -> pl.DataFrame:
    """Return certificates with their facts, units as [code, title] among them; known by type and number.

    A row whose `withdrawn` is set says that the certificate under this type and number holds no more.
    """
    number = pl.col("number").cast(pl.String)
    written = placed.with_columns(
        pl.col("issued_date").dt.strftime("%Y-%m-%d").alias("issued"), units_json(placed["units"]).alias("units")
    )
    return written.with_columns(
        pl.lit(preparing.CERTIFICATE, dtype=pl.Int16).alias("kind"),
        pl.concat_str([pl.col("certificate_type"), number], separator="|").alias("key"),
        _NO_ID.alias("unit_id"),
        pl.col("issued").alias("valid_date"),
        _or_withdrawn(preparing.facts_json(written, CERTIFICATE_FACTS, written={"units"}), written),
    ).select(_ROW)


def _or_withdrawn(facts: pl.Series, rows: pl.DataFrame) -> pl.Series:
    """Return the facts, those of a withdrawal where a row withdraws."""
    if "withdrawn" not in rows.columns:
        return facts
    said = rows.select(pl.when("withdrawn").then(pl.lit(WITHDRAWN)).otherwise(facts).alias(facts.name))
    return said.to_series()


def units_json(units: pl.Series) -> pl.Series:
    """Return lists of (code, title) as canonical JSON lists of [code, title]; a title that is not known is null."""
    each = units.alias("unit").to_frame().with_row_index("of").explode("unit").filter(pl.col("unit").is_not_null())
    each = each.unnest("unit")
    members = [preparing.json_texts("code", each), pl.lit(","), preparing.json_texts("title", each).fill_null("null")]
    pairs = each.select("of", pl.concat_str([pl.lit("["), *members, pl.lit("]")]).alias("pair"))
    lists = pairs.group_by("of", maintain_order=True).agg(pl.col("pair").str.join(","))
    every = pl.DataFrame({"of": pl.Series(range(len(units)), dtype=pl.UInt32)})
    joined = every.join(lists, on="of", how="left", maintain_order="left")
    return joined.select(pl.concat_str([pl.lit("["), pl.col("pair").fill_null(""), pl.lit("]")])).to_series()


def place_documents(documents: pl.DataFrame, students: pl.DataFrame) -> pl.DataFrame:
    """Return the lodged documents, each with its student, sorted by student."""
    return _placed(documents.lazy().with_columns(pl.lit(None, dtype=pl.Int64).alias("line")), students)


def document_rows(placed: pl.DataFrame) -> pl.DataFrame:
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


def place_students(part: Part, students: pl.DataFrame) -> pl.DataFrame:
    """Return the student records of a part with particulars, each with its student and key, sorted by student.

    A student may stand in several rows, one a course commenced; the first carries the particulars, which agree (V01).
    """
    frame = particulars(part.frame.rename({"student_code": "local_id"}))
    keys = students.select("student_id", student_key="key")
    once = _placed(frame, students).unique("student_id", keep="first", maintain_order=True)
    return once.join(keys, on="student_id", how="left", maintain_order="left")


def student_rows(placed: pl.DataFrame) -> pl.DataFrame:
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

    A single name stands as family name, in whichever column the provider wrote it (V22). A birth date may be known to the
    month or the year only, where the format has a way to say so.
    """
    single = pl.col("single_name")
    if "birth_date" in records.collect_schema().names():
        known = pl.col("birth_date").is_not_null()
        birth = [
            pl.col("birth_date").alias("birth_earliest"),
            pl.col("birth_date").alias("birth_latest"),
            pl.when(known).then(pl.lit("day")).otherwise(pl.lit("unknown")).alias("birth_precision"),
            pl.col("birth_date_placeholder").alias("birth_placeholder"),
        ]
    else:
        birth = [pl.col("birth_earliest", "birth_latest", "birth_precision", "birth_placeholder")]
    return records.with_columns(
        pl.coalesce("surname", "given_name", pl.lit("")).alias("family_name"),
        pl.when(single).then(pl.lit("")).otherwise(pl.col("given_name").fill_null("")).alias("given_name"),
        pl.col("title", "other_names", "gender").fill_null(""),
        *birth,
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
