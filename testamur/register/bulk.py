"""A submission into the record: one transaction, all or nothing, at the speed of COPY.

A second process prepares and hashes (loading.py) while this one feeds the database, which fills a core of its own. Rows go
by COPY into the partition of the year of sealing; its provider column fills itself from the transaction. Small submissions
are prepared in this process.
"""

from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import polars as pl
from django.db import connection

from testamur.kernel.copying import copy_statement
from testamur.log import actions as log_actions
from testamur.log.commitment import BATCH_LEAVES
from testamur.register import loading, preparing, sources
from testamur.register.apart import Preparer
from testamur.register.models import Source
from testamur.register.rows import Holds, Part
from testamur.students import bulk as students_bulk

_ALONE_BELOW_ROWS = 30_000
Progress = Callable[[str, int, int], None]
Beside = Callable[[Any, pl.DataFrame], None]


@dataclass(frozen=True, slots=True)
class Bundle:
    """A checked submission, ready to be sealed: the parts in the order of loading, each with its frame as the check keeps it.

    `documents` has local_id, document, n, sha256, size; they are a part of their own.
    """

    provider_id: int
    submission: UUID
    format: str
    rule_version: str
    parts: tuple[Part, ...]
    documents: pl.DataFrame
    asserted_by: UUID
    declared_by: UUID
    replace_all: bool = False

    def frames(self, *holds: Holds) -> list[Path]:
        """Return the frames of parts that hold one of these, each once."""
        return list(dict.fromkeys(part.rows for part in self.parts if part.holds in holds and part.rows))


def load(bundle: Bundle, *, at: datetime, on: date, progress: Progress, beside: Beside | None = None) -> loading.Counts:
    """Write every version of a bundle and one leaf for each, in the caller's transaction on behalf of the provider.

    `beside` is further work of the same transaction that needs the students only; it runs while rows are prepared.
    """
    rows = _row_count(bundle)
    with ExitStack() as stack, connection.cursor() as cursor:
        preparer = stack.enter_context(Preparer()) if rows >= _ALONE_BELOW_ROWS else None
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('register.load'), %s)", [bundle.provider_id])
        cursor.execute("SELECT register_open_year(%s)", [on.year])
        headers = _record_sources(bundle, at=at, on=on)
        students, new_students = _enrol(cursor, bundle)
        plan = loading.Load(
            documents=bundle.documents,
            students=students,
            offerings=_offerings(cursor, bundle),
            held=_held(cursor, bundle.provider_id, students),
            parts=list(zip(bundle.parts, headers, strict=True)),
            batches=[],
            batch_size=BATCH_LEAVES,
            at=at,
            replace_all=bundle.replace_all,
        )
        _reserve(plan, rows)
        if preparer:
            preparer.begin(plan)
        first_source = headers[0].source_id
        students_bulk.write_students(cursor, new_students, source_id=first_source)
        del new_students
        if beside:
            beside(cursor, students)
        messages = preparer.messages() if preparer else loading.messages(plan)
        return _write(cursor, messages, on.year, lambda done: progress("seal", done, rows))


def _reserve(plan: loading.Load, rows: int) -> None:
    """Reserve leaf batches for the rows of a plan."""
    rows += len(plan.held) if plan.replace_all else 0
    plan.batches = log_actions.reserve_batches(rows // BATCH_LEAVES + rows // preparing.CHUNK_ROWS + 8)


def _write(cursor: Any, messages: Iterable[loading.Message], year: int, tell: Callable[[int], None]) -> loading.Counts:
    """Feed the database with what a plan gives and return its counts."""
    statement = copy_statement(f"register_version_{year}", preparing.COPY_COLUMNS)
    leaf_batches: list[tuple[int, bytes]] = []
    waiting: list[pl.DataFrame] = []
    done, counts = 0, loading.Counts()
    with cursor.copy(statement) as copy:
        for _, content in messages:
            if isinstance(content, preparing.Chunk):
                copy.write(content.copy)
                leaf_batches += content.batches
                done += content.rows
                tell(done)
            elif isinstance(content, pl.DataFrame):
                waiting.append(content)
            elif isinstance(content, loading.Counts):
                counts = content
    for particulars in waiting:
        students_bulk.write_particulars(cursor, particulars)
    log_actions.copy_batches(cursor, leaf_batches)
    return counts


def _record_sources(bundle: Bundle, *, at: datetime, on: date) -> list[preparing.SourceHeader]:
    """Write one source for each part of the bundle, and return their headers in the order of loading."""
    headers = []
    for part in bundle.parts:
        source = Source.objects.create(
            provider_id=bundle.provider_id,
            submission=bundle.submission,
            format=bundle.format,
            part=part.name,
            file_sha256=bytes.fromhex(part.sha256),
            rule_version=bundle.rule_version,
            asserted_by=bundle.asserted_by,
            declared_by=bundle.declared_by,
            recorded_at=at,
            recorded_date=on,
        )
        headers.append(sources.header_of(source))
    return headers


def _codes(path: Path) -> pl.Series:
    """Return the student codes of a kept frame, each once, in its order."""
    return pl.read_parquet(path, columns=["student_code"])["student_code"].unique(maintain_order=True)


def _enrol(cursor: Any, bundle: Bundle) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the students of the bundle (all of the provider where the whole is replaced), and which of them are new."""
    paths = [*bundle.frames("students"), *bundle.frames("results", "certificates")]
    local_ids = pl.concat([*map(_codes, paths), bundle.documents["local_id"]])
    every, made = students_bulk.plan_enrolment(cursor, bundle.provider_id, local_ids)
    if bundle.replace_all:
        return every, made
    return every.join(local_ids.unique().to_frame("local_id"), on="local_id", how="semi", maintain_order="left"), made


def _named(path: Path) -> pl.LazyFrame:
    """Return kind, code and title of every course and unit that a frame names."""
    frame = pl.scan_parquet(path)
    kinds = [kind for kind in ("course", "unit") if f"{kind}_code" in frame.collect_schema().names()]
    return pl.concat(
        frame.select(code=f"{kind}_code", title=f"{kind}_name")
        .unique()
        .select(pl.lit(kind).alias("kind"), pl.col("code", "title").cast(pl.String).fill_null(""))
        for kind in kinds
    )


def _offerings(cursor: Any, bundle: Bundle) -> pl.DataFrame:
    """Make sure that every course and unit of the bundle stands once; return kind, code, title, offering_id of the provider's."""
    if paths := bundle.frames("results", "certificates"):
        named = pl.concat(map(_named, paths)).unique(maintain_order=True)
        wanted = named.filter((pl.col("code") != "") | (pl.col("title") != "")).collect()
        cursor.execute(
            "INSERT INTO register_offering (provider_id, kind, code, title)"
            " SELECT %s, * FROM unnest(%s::text[], %s::text[], %s::text[]) ON CONFLICT DO NOTHING",
            [bundle.provider_id, *(wanted[name].to_list() for name in ("kind", "code", "title"))],
        )
    cursor.execute("SELECT kind, code, title, id FROM register_offering WHERE provider_id = %s", [bundle.provider_id])
    schema = {"kind": pl.String, "code": pl.String, "title": pl.String, "offering_id": pl.Int32}
    return pl.DataFrame(cursor.fetchall(), schema=schema, orient="row")


_KEYS = ("course", "unit", "year", "started", "document", "n", "type", "number")  # what natural keys are made of
_HELD = """
SELECT v.student_id, v.kind, v.course_id, v.unit_id, replace(v.record_id::text, '-', ''), v.seq,
       encode(v.commitment, 'hex'), v.facts, c.code, u.code, f.facts::json ->> 'year', f.facts::json ->> 'started',
       f.facts::json ->> 'document', f.facts::json ->> 'n', f.facts::json ->> 'type', f.facts::json ->> 'number'
FROM (SELECT DISTINCT ON (record_id) * FROM register_version WHERE provider_id = %s AND student_id = ANY (%s)
      ORDER BY record_id, seq DESC) v
JOIN register_version f ON f.record_id = v.record_id AND f.seq = 1
LEFT JOIN register_offering c ON c.id = v.course_id LEFT JOIN register_offering u ON u.id = v.unit_id
ORDER BY v.record_id
"""


def _held(cursor: Any, provider_id: int, students: pl.DataFrame) -> pl.DataFrame:
    """Return the current version of every record that the provider's students of this bundle have, with its natural key.

    The key comes from a record's first version: a withdrawal has none of its own.
    """
    schema = {
        "student_id": pl.Int64, "kind": pl.Int16, "course_id": pl.Int32, "unit_id": pl.Int32, "record": pl.String,
        "seq": pl.Int32, "commitment": pl.String, "facts": pl.String,
    } | dict.fromkeys(_KEYS, pl.String)  # fmt: skip
    cursor.execute("SELECT EXISTS (SELECT FROM register_version WHERE provider_id = %s)", [provider_id])
    (any_held,) = cursor.fetchone()
    rows = []
    if any_held:
        cursor.execute(_HELD, [provider_id, students["student_id"].to_list()])
        rows = cursor.fetchall()
    held = pl.DataFrame(rows, schema=schema, orient="row")
    course, unit, year, started = (pl.col(name).fill_null("") for name in ("course", "unit", "year", "started"))
    when = pl.when(year != "").then(year).otherwise(started)
    key = (
        pl.when(pl.col("kind") == preparing.COURSE_RESULT)
        .then(pl.concat_str([course, year], separator="|"))
        .when(pl.col("kind") == preparing.UNIT_RESULT)
        .then(pl.concat_str([course, unit, when], separator="|"))
        .when(pl.col("kind") == preparing.LODGED_DOCUMENT)
        .then(pl.concat_str(["document", "n"], separator="|"))
        .when(pl.col("kind") == preparing.CERTIFICATE)
        .then(pl.concat_str(["type", "number"], separator="|"))
        .otherwise(pl.lit(""))
    )
    return held.with_columns(key.alias("key")).drop(_KEYS)


def _row_count(bundle: Bundle) -> int:
    """Return how many rows the bundle holds."""
    frames = bundle.frames("students", "results", "certificates")
    rows = sum(pl.scan_parquet(path).select(pl.len()).collect().item() for path in frames)
    return int(rows) + len(bundle.documents)
