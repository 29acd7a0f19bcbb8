"""Take in one dated copy of the national register: versions of what changed, and nothing where nothing did (REG-01).

One copy is loaded at a time, in one transaction: all of it or nothing. Rows go in by COPY, a sheet at a time.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import polars as pl
from django.db import connection, transaction

from testamur.kernel.copying import copy_frame
from testamur.kernel.errors import Refusal, refuse_unless
from testamur.training import comparing, rules
from testamur.training.comparing import Differences
from testamur.training.copies import BadCopy, Copy
from testamur.training.models import ProductVersion, ScopeStatement, Snapshot
from testamur.training.queries import held
from testamur.training.reading import read_copy

_LOCK: Final = 7_236
_VERSION: Final = ("code", "kind", "title", "parent_code", "parent_title", "descriptor", "sector", "streams")
_PARTS: Final = {
    "releases": ("training_productrelease", {"release": "number", "released": "released_date"}),
    "statuses": ("training_productstatus", {"from": "valid_from", "until": "valid_until"}),
    "packaging": ("training_packaginggroup", {}),
    "grid": ("training_packagedunit", {"unit": "unit_code"}),
    "mappings": ("training_supersession", {"replaced_by": "to_code", "on": "replaced_date"}),
}
_FILLED: Final = ("reason", "note", "conditions", "parent_code", "parent_title", "descriptor")
_INDEX: Final = """
INSERT INTO training_product (code, version_id, kind, title, sought, first_released, listed)
SELECT v.code, v.id, v.kind, v.title, lower(v.code || ' ' || v.title),
       (SELECT min(r.released_date) FROM training_productrelease r WHERE r.version_id = v.id), v.listed
FROM training_productversion v WHERE v.snapshot_id = %s
ON CONFLICT (code) DO UPDATE SET version_id = excluded.version_id, kind = excluded.kind, title = excluded.title,
    sought = excluded.sought, listed = excluded.listed,
    first_released = coalesce(excluded.first_released, training_product.first_released)
"""


@dataclass(frozen=True, slots=True)
class Loaded:
    """What loading did: the snapshot, what changed, and whether the same copy had been loaded before."""

    snapshot_id: int
    taken_on: date
    changes: Mapping[str, int]
    counts: Mapping[str, int]
    already: bool


def load_release(path: Path, *, by: UUID, at: datetime, on: date) -> Loaded:
    """Take in the copy in a folder or zip, all or nothing; `on` is today. The same copy again changes nothing.

    Refuses with every fault (file, row, column, what to do), and a copy that is older than the youngest one.
    """
    return load_copy(read_or_refuse(path), by=by, at=at, on=on)


def read_or_refuse(path: Path) -> Copy:
    """Return the copy in a folder or zip; a copy with faults is refused with its findings."""
    try:
        return read_copy(path)
    except BadCopy as problem:
        words = "1 fault" if len(problem.findings) == 1 else f"{len(problem.findings):,} faults"
        message = f"The copy has {words}. Nothing was changed."
        raise Refusal(message, findings=problem.findings) from problem


@transaction.atomic
def load_copy(copy: Copy, *, by: UUID, at: datetime, on: date) -> Loaded:
    """Take in a copy, whoever brought it: a snapshot, and versions of the products and scopes that it changes.

    Refuses a copy of a day to come, or one older than the youngest that is loaded.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
    if before := Snapshot.objects.filter(digest=copy.digest).first():
        return Loaded(before.pk, before.taken_on, before.changes, before.counts, already=True)
    refuse_unless(rules.may_load(taken_on=copy.facts.taken_on, on=on, youngest=held.youngest_day()))

    found = held.compared(copy)
    snapshot = Snapshot.objects.create(
        taken_on=copy.facts.taken_on,
        source=copy.facts.source,
        synthetic=copy.facts.synthetic,
        digest=copy.digest,
        files=dict(copy.files),
        counts=copy.counts,
        changes=found.counts,
        loaded_by=by,
        loaded_at=at,
    )
    _write_products(copy, found, snapshot)
    _write_unlisted(found.unlisted, snapshot)
    _write_scopes(copy, found.scopes, snapshot)
    return Loaded(snapshot.pk, snapshot.taken_on, found.counts, copy.counts, already=False)


def _write_products(copy: Copy, found: Differences, snapshot: Snapshot) -> None:
    """Write versions of new and changed products with all that hangs on them, and bring the index up to date."""
    codes = [*found.added, *found.changed]
    if not codes:
        return
    digests = comparing.product_digests({name: _of(frame, "code", codes) for name, frame in copy.frames.items()})
    chosen = _of(copy.frames["products"], "code", codes).select(_VERSION)
    ids = _new_ids("training_productversion", chosen.height)
    numbers = chosen.select("code").with_columns(version_id=pl.Series(ids, dtype=pl.Int64))
    streams = pl.col("streams").fill_null("").map_elements(_as_array, return_dtype=pl.String)
    rows = _filled(chosen).with_columns(
        streams=streams,
        id=pl.Series(ids, dtype=pl.Int64),
        snapshot_id=pl.lit(snapshot.pk),
        listed=pl.lit(value=True),
        digest=pl.col("code").replace_strict(digests, return_dtype=pl.String),
    )
    with connection.cursor() as cursor:
        copy_frame(cursor, "training_productversion", rows)
        for name, (table, renamed) in _PARTS.items():
            _write_part(cursor, table, copy.frames[name].rename(renamed), numbers)
        cursor.execute(_INDEX, [snapshot.pk])


def _write_part(cursor: Any, table: str, frame: pl.DataFrame, numbers: pl.DataFrame) -> None:
    """Write the rows of one sheet that belong to new versions."""
    rows = frame.join(numbers, on="code", how="inner", maintain_order="left").drop("code", "row")
    if rows.height:
        quoted = {"group": '"group"'} if "group" in rows.columns else {}
        copy_frame(cursor, table, _filled(rows).rename(quoted))


def _write_unlisted(codes: Collection[str], snapshot: Snapshot) -> None:
    """Write, for products that the copy lists no more, a version that says so and holds what was known last."""
    latest = held.latest_versions(codes)
    gone = [
        ProductVersion(
            snapshot=snapshot,
            listed=False,
            **{name: getattr(version, name) for name in (*_VERSION, "digest")},
        )
        for version in latest
    ]
    ProductVersion.objects.bulk_create(gone, batch_size=1_000)
    with connection.cursor() as cursor:
        for old, new in zip(latest, gone, strict=True):
            cursor.execute(_KEEP_STATUSES, [new.pk, old.pk])
        if gone:
            cursor.execute(_INDEX, [snapshot.pk])


_KEEP_STATUSES: Final = """
INSERT INTO training_productstatus (version_id, status, valid_from, valid_until, reason)
SELECT %s, status, valid_from, valid_until, reason FROM training_productstatus WHERE version_id = %s
"""


def _write_scopes(copy: Copy, providers: Collection[str], snapshot: Snapshot) -> None:
    """Write the whole scope of each provider whose scope differs; one that is in the copy no more gets an empty one."""
    if not providers:
        return
    digests = comparing.scope_digests({"scope": _of(copy.frames["scope"], "provider", providers)})
    statements = ScopeStatement.objects.bulk_create(
        [
            ScopeStatement(snapshot=snapshot, provider_code=code, digest=digests.get(code, comparing.EMPTY_SCOPE))
            for code in providers
        ]
    )
    numbers = pl.DataFrame(
        {"provider": [each.provider_code for each in statements], "statement_id": [each.pk for each in statements]}
    )
    items = copy.frames["scope"].join(numbers, on="provider", how="inner").drop("provider", "row")
    if items.height:
        with connection.cursor() as cursor:
            copy_frame(
                cursor, "training_scopeitem", _filled(items.rename({"from": "valid_from", "until": "valid_until"}))
            )


def _of(frame: pl.DataFrame, key: str, wanted: Collection[str]) -> pl.DataFrame:
    """Return the rows of some codes; frames without the key as they are."""
    return frame.filter(pl.col(key).is_in(list(wanted))) if key in frame.columns else frame


def _filled(frame: pl.DataFrame) -> pl.DataFrame:
    """Return a frame with nothing where its table wants an empty text."""
    return frame.with_columns(pl.col(name).fill_null("") for name in _FILLED if name in frame.columns)


def _as_array(text: str) -> str:
    """Return texts parted by semicolons as PostgreSQL writes an array."""
    parts = [part.strip().replace("\\", "\\\\").replace('"', '\\"') for part in text.split(";") if part.strip()]
    return "{" + ",".join(f'"{part}"' for part in parts) + "}"


def _new_ids(table: str, count: int) -> list[int]:
    """Return as many new numbers of a table."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)", [table, count])
        return [number for (number,) in cursor.fetchall()]
