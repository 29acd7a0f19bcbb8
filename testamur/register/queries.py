"""Reads of the permanent record. What leaves this package is frozen and holds no names."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import polars as pl
from django.db import connection, transaction
from django.db.models import Q

from testamur.log.commitment import LeafPlace, leaf, row_key
from testamur.register import preparing, sources
from testamur.register.models import Holding, Offering, RecordKind, Source, Version
from testamur.students import queries as students_queries

_AUDIT_ROWS = 50_000


@dataclass(frozen=True, slots=True)
class HoldingRow:
    """What the register holds of one provider by one submission."""

    provider_id: int
    format: str
    period_from: date | None
    period_until: date | None
    students: int
    records: int
    sealed_date: date
    submission: UUID


@dataclass(frozen=True, slots=True)
class RecordedVersion:
    """One version of one record with everything that its leaf commits to, and where the leaf is.

    `course` and `unit` are (code, title). `facts` are the parsed facts. `header` and `facts_json` are the committed texts.
    `format` and `part` say what kind of file the line stands in.
    """

    record: UUID
    seq: int
    kind: RecordKind
    student_id: int
    provider_id: int
    course: tuple[str, str] | None
    unit: tuple[str, str] | None
    facts: dict[str, Any]
    facts_json: str
    header: str
    line: int | None
    format: str
    part: str
    file_sha256: str
    recorded_date: date
    place: LeafPlace
    withdrawn: bool


def holdings(provider_id: int | None = None) -> list[HoldingRow]:
    """Return what is held, of one provider or of all, newest first."""
    rows = Holding.objects.order_by("provider_id", "-sealed_date", "pk")
    if provider_id is not None:
        rows = rows.filter(provider_id=provider_id)
    fields = (
        "provider_id",
        "format",
        "period_from",
        "period_until",
        "students",
        "records",
        "sealed_date",
        "submission",
    )
    return [HoldingRow(*row) for row in rows.values_list(*fields)]


def has_holdings(provider_id: int) -> bool:
    """Say whether anything sealed is held of a provider."""
    return Holding.objects.filter(provider_id=provider_id).exists()


def holds_years(provider_id: int, first: int, last: int) -> bool:
    """Say whether anything sealed of a provider touches the years from the first to the last (CQR-12).

    What covers no known time may be of those years, so it counts.
    """
    some = Holding.objects.filter(provider_id=provider_id)
    unknown = Q(period_from__isnull=True) | Q(period_until__isnull=True)
    return some.filter(unknown | Q(period_from__lt=date(last + 1, 1, 1), period_until__gt=date(first, 1, 1))).exists()


_SOME_ROWS = 20_000
_CURRENT = """
SELECT c.student_id, s.format, count(*) FROM (
    SELECT DISTINCT ON (record_id) student_id, source_id, facts FROM register_version
    WHERE provider_id = %s ORDER BY record_id, seq DESC) c
JOIN register_source s ON s.id = c.source_id
WHERE c.facts <> '{"withdrawn":true}' GROUP BY 1, 2
"""


def current_records(provider_id: int) -> pl.DataFrame:
    """Return how many records of each of a provider's students stand now as each format lodged them last.

    Columns student_id, format, records, by student; withdrawn records are left out. Runs on the provider's behalf.
    """
    found = pl.DataFrame(schema={"student_id": pl.Int64, "format": pl.String, "records": pl.Int64})
    with connection.cursor() as cursor:
        cursor.execute(_CURRENT, [provider_id])
        while rows := cursor.fetchmany(_SOME_ROWS):
            found.extend(pl.DataFrame(rows, schema=found.schema, orient="row"))
    return found.sort("student_id", "format")


def current_versions(student_ids: Sequence[int], *, headers: bool = True) -> list[RecordedVersion]:
    """Return the current version of every record of some students, courses before units, oldest study first.

    Withdrawn records are left out. Runs on whose behalf the transaction says: another provider's rows do not exist for it.
    Without `headers` the committed headers, which only proofs need, are left empty: most of the work for many students.
    """
    return [version for version in _versions(student_ids, headers=headers) if not version.withdrawn]


def history(student_ids: Sequence[int]) -> list[RecordedVersion]:
    """Return every version of every record of some students, in the order in which they were recorded."""
    return _versions(student_ids, every=True)


def _versions(student_ids: Sequence[int], *, every: bool = False, headers: bool = True) -> list[RecordedVersion]:
    """Load versions with their sources and offerings in three statements."""
    rows = Version.objects.filter(student_id__in=list(student_ids)).order_by("record_id", "-seq")
    if not every:
        rows = rows.distinct("record_id")
    versions = list(rows)
    origins = Source.objects.in_bulk({version.source_id for version in versions})
    numbers = {number for version in versions for number in (version.course_id, version.unit_id) if number}
    offerings = {offering.pk: (offering.code, offering.title) for offering in Offering.objects.filter(pk__in=numbers)}
    read = [_recorded(version, origins[version.source_id], offerings, headers=headers) for version in versions]
    return sorted(read, key=_by_study)


def _by_study(version: RecordedVersion) -> tuple[int, int, tuple[str, str], tuple[str, str], int]:
    """Order versions: the student, courses, units, documents; by year, then code, then version."""
    none = ("", "")
    return version.kind, version.facts.get("year") or 0, version.course or none, version.unit or none, version.seq


def _recorded(
    version: Version, source: Source, offerings: dict[int, tuple[str, str]], *, headers: bool
) -> RecordedVersion:
    """Put one version together as it was committed."""
    course = offerings.get(version.course_id) if version.course_id else None
    unit = offerings.get(version.unit_id) if version.unit_id else None
    facts: dict[str, Any] = json.loads(version.facts)
    return RecordedVersion(
        record=version.record_id,
        seq=version.seq,
        kind=RecordKind(version.kind),
        student_id=version.student_id,
        provider_id=version.provider_id,
        course=course,
        unit=unit,
        facts=facts,
        facts_json=version.facts,
        header=_header(version, source, course, unit) if headers else "",
        line=version.line,
        format=source.format,
        part=source.part,
        file_sha256=bytes(source.file_sha256).hex(),
        recorded_date=source.recorded_date,
        place=LeafPlace(version.leaf_batch, version.leaf_position),
        withdrawn=facts.get("withdrawn") is True,
    )


def _header(version: Version, source: Source, course: tuple[str, str] | None, unit: tuple[str, str] | None) -> str:
    """Return the header of a version as its leaf commits to it."""
    header = preparing.VersionHeader(
        record=version.record_id,
        seq=version.seq,
        student=version.student_id,
        kind=version.kind,
        line=version.line,
        course=course,
        unit=unit,
        valid_date=version.valid_date,
        previous=bytes(version.previous) if version.previous else None,
    )
    return header.written(sources.header_of(source))


def row_keys(versions: Sequence[RecordedVersion]) -> dict[tuple[UUID, int], bytes]:
    """Return the row key of each version, for a proof that is handed to its person; the student key itself never leaves.

    Versions of erased students have none. Needs the register scope or the provider's.
    """
    keys = students_queries.student_keys({version.student_id for version in versions})
    return {
        (version.record, version.seq): row_key(keys[version.student_id], version.record, version.seq)
        for version in versions
        if version.student_id in keys
    }


_AUDIT = """
SELECT replace(v.record_id::text, '-', ''), v.seq, v.student_id, v.kind, v.course_id, v.unit_id, v.source_id, v.line,
       v.valid_date::text, encode(v.previous, 'hex'), v.leaf_batch, v.leaf_position, v.commitment, v.facts, k.key
FROM register_version v LEFT JOIN students_studentkey k ON k.student_id = v.student_id
"""
_AUDIT_SCHEMA = {
    "record": pl.String, "seq": pl.Int32, "student_id": pl.Int64, "kind": pl.Int16, "course_id": pl.Int32,
    "unit_id": pl.Int32, "source_id": pl.Int64, "line": pl.Int64, "valid_date": pl.String, "previous": pl.String,
    "leaf_batch": pl.Int64, "leaf_position": pl.Int32, "commitment": pl.Binary, "facts": pl.String, "key": pl.Binary,
}  # fmt: skip


def recomputed_leaves() -> Iterator[tuple[int, int, bytes | None, str]]:
    """Recompute the leaf of every version from what the tables hold now: (batch, position, leaf, label of the row).

    Where the student was erased nobody can compute the leaf, and it is None; a key that is missing without an entry in the
    ledger of erasures gives a leaf that cannot be right. Needs the register scope.
    """
    headers = {source.pk: sources.header_of(source) for source in Source.objects.all()}
    erased = set(students_queries.erased_students())
    offerings = pl.DataFrame(
        list(Offering.objects.values_list("kind", "code", "title", "pk")),
        schema={"kind": pl.String, "code": pl.String, "title": pl.String, "offering_id": pl.Int32},
        orient="row",
    )
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DECLARE audit NO SCROLL CURSOR FOR " + _AUDIT)
        while True:
            cursor.execute(f"FETCH {_AUDIT_ROWS} FROM audit")
            rows = cursor.fetchall()
            if not rows:
                return
            frame = pl.DataFrame(rows, schema=_AUDIT_SCHEMA, orient="row")
            yield from _recomputed(preparing.with_offerings(frame, offerings), headers)
            yield from _unopenable(frame.filter(pl.col("key").is_null()), erased)


def _recomputed(
    rows: pl.DataFrame, headers: dict[int, preparing.SourceHeader]
) -> Iterator[tuple[int, int, bytes, str]]:
    """Recompute one stretch of versions whose students have keys, source by source.

    Where the row itself holds another commitment, the leaf is one that cannot be right.
    """
    opened = rows.filter(pl.col("key").is_not_null())
    for (source_id,), part in opened.partition_by("source_id", as_dict=True, maintain_order=True).items():
        made = pl.Series("made", preparing.commit(part, headers[source_id]), dtype=pl.Binary)
        columns = ("leaf_batch", "leaf_position", "record", "seq", "commitment")
        for batch, position, record, seq, held, right in part.select(*columns, made).iter_rows():
            made_of = right if held == right else bytes(32)
            yield batch, position, leaf(made_of), f"register_version record {record} version {seq}"


def _unopenable(rows: pl.DataFrame, erased: set[int]) -> Iterator[tuple[int, int, bytes | None, str]]:
    """Yield the versions whose student has no key any more."""
    for row in rows.iter_rows(named=True):
        label = f"register_version record {row['record']} version {row['seq']}"
        if row["student_id"] in erased:
            yield row["leaf_batch"], row["leaf_position"], None, label
        else:
            note = f"{label} (the key of student {row['student_id']} is missing and no erasure is on the ledger)"
            yield row["leaf_batch"], row["leaf_position"], leaf(bytes(32)), note
