"""What is written to the log: leaves in the writer's transaction, checkpoints by the one sealer, access events.

Every door of the register leaves a leaf through `append` or `copy_batches`; afterwards it calls `wake_sealer`.
"""

import secrets
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection, transaction

from testamur.kernel.errors import Conflict
from testamur.kernel.periods import retained_until
from testamur.log import keys, notes, sealing
from testamur.log.access import RecordedAccess, digest_commitment, entry_of
from testamur.log.commitment import BATCH_LEAVES, LEAF_BYTES, LeafKind, LeafPlace, is_leaf, leaf
from testamur.log.models import (
    AccessAction,
    AccessDigest,
    AccessEvent,
    AccessPurpose,
    Checkpoint,
    LeafBatch,
    WaitingBatch,
)
from testamur.log.queries import SealedCheckpoint

__all__ = [
    "SEAL_JOB",
    "AccessAction",
    "AccessPurpose",
    "append",
    "close_access_day",
    "copy_batches",
    "delete_expired_access_events",
    "digest_access_day",
    "record_access",
    "record_accesses",
    "reserve_batches",
    "seal",
    "wake_sealer",
]
SEAL_JOB: Final = "seal_log"
_KEPT_YEARS: Final = 2
_EXPORTS_KEPT_YEARS: Final = 30
_RECORD_MANY: Final = """
INSERT INTO log_accessevent
    (at, event_date, account, role, provider, action, purpose, kept_until, student)
SELECT %s::timestamptz, %s::date, %s::uuid, %s, %s::integer, %s, %s, %s::date, student
FROM unnest(%s::bigint[]) WITH ORDINALITY AS told (student, place) ORDER BY place
"""
_PATIENCE: Final = "1s"  # how long the digest waits for readers at work; then it is tried again


def append(leaves: Sequence[bytes]) -> list[LeafPlace]:
    """Add leaves of 34 bytes in the caller's transaction and return their places, in the same order.

    Raises TransactionManagementError outside a transaction, where a leaf could outlive the write that it is about, and
    ValueError for what is no leaf.
    """
    if not connection.in_atomic_block:
        message = "a leaf is written in the transaction of what it is about"
        raise transaction.TransactionManagementError(message)
    if not all(map(is_leaf, leaves)):
        message = f"a leaf has {LEAF_BYTES} bytes, the first 01, the second its kind"
        raise ValueError(message)
    groups = [leaves[at : at + BATCH_LEAVES] for at in range(0, len(leaves), BATCH_LEAVES)]
    batches = LeafBatch.objects.bulk_create(
        [LeafBatch(leaf_count=len(group), leaves=b"".join(group)) for group in groups]
    )
    return [LeafPlace(batch.pk, at) for batch, group in zip(batches, groups, strict=True) for at in range(len(group))]


def reserve_batches(count: int) -> list[int]:
    """Return numbers for so many batches, ascending, that nobody else gets; for writers who use copy_batches."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('log_leafbatch_id_seq') FROM generate_series(1, %s)", [count])
        return [number for (number,) in cursor.fetchall()]


def copy_batches(cursor: Any, batches: Iterable[tuple[int, bytes]]) -> int:
    """COPY batches (reserved number, up to 1,024 leaves one after another) in the cursor's transaction; count leaves.

    `cursor` is psycopg's or Django's. The database refuses batches that are not whole leaves.
    """
    total = 0
    with cursor.copy("COPY log_leafbatch (id, leaf_count, leaves) FROM STDIN (FORMAT BINARY)") as copy:
        copy.set_types(["int8", "int2", "bytea"])
        for number, leaves in batches:
            copy.write_row((number, len(leaves) // LEAF_BYTES, leaves))
            total += len(leaves) // LEAF_BYTES
    return total


def wake_sealer() -> None:
    """Ask for sealing once the caller's transaction has committed, unless that is asked already.

    Asking before the commit could be answered before it, and would make writers wait for one another. Where a crash
    comes in between, the worker's clock seals within seconds.
    """
    transaction.on_commit(_defer_sealing)


def _defer_sealing() -> None:
    """Queue one run of the sealer."""
    from procrastinate.contrib.django import app
    from procrastinate.exceptions import AlreadyEnqueued

    try:
        with transaction.atomic():
            app.configure_task(name=SEAL_JOB, allow_unknown=False, queueing_lock=SEAL_JOB).defer()
    except AlreadyEnqueued:
        return


def seal(*, at: datetime) -> SealedCheckpoint | None:
    """Give every committed leaf that waits its index, and sign a checkpoint over them; None where nothing waits.

    One transaction, one sealer at a time, as often as one likes. Refuses with Conflict where the tree's edge is not what
    the last checkpoint signed, and with NotFound where the signing key is missing.
    """
    with transaction.atomic():
        sealing.take_turn()
        waiting = sealing.waiting_batches()
        if not waiting:
            return None
        signer = keys.ensure_log_key(settings.KEYS_DIR, origin=settings.LOG_ORIGIN, create=settings.CREATE_KEYS)

        edge = sealing.current_edge(keys.trusted_keys(settings.KEYS_DIR), origin=signer.origin)

        sealing.sequence(edge, waiting)
        sealing.write_partial_tiles(edge)
        WaitingBatch.objects.filter(batch_id__in=waiting).delete()

        sealed = SealedCheckpoint(
            size=edge.size,
            root=edge.root(),
            note=notes.sign_checkpoint(signer, size=edge.size, root=edge.root(), at=at),
            sealed_at=at,
        )
        Checkpoint.objects.create(size=sealed.size, root=sealed.root, note=sealed.note, sealed_at=sealed.sealed_at)
        return sealed


def record_access(  # noqa: PLR0913 - who, in what role, what, why, about whom, when: an event has this many facts
    *,
    by: UUID | None,
    role: str,
    action: AccessAction,
    purpose: AccessPurpose,
    at: datetime,
    on: date,
    person: UUID | None = None,
    student: int | None = None,
    provider: int | None = None,
    case: str | None = None,
) -> int:
    """Note that somebody read a record; return the event's number. `on` is the local date of the moment `at`.

    Kept 2 years from that date, 30 for exports. Write it in the transaction of the read, so that no answer leaves
    without its event.
    """
    event = AccessEvent.objects.create(
        at=at,
        event_date=on,
        account=by,
        role=role,
        person=person,
        student=student,
        provider=provider,
        action=AccessAction(action),
        purpose=AccessPurpose(purpose),
        case=case,
        kept_until=_kept_until(action, on),
    )
    return event.pk


def record_accesses(
    students: Iterable[int],
    *,
    by: UUID | None,
    role: str,
    action: AccessAction,
    purpose: AccessPurpose,
    at: datetime,
    on: date,
    provider: int,
) -> int:
    """Note that somebody read the records of many students at once, one event for each; return how many.

    As `record_access`, for reads that take a provider's students together: nobody's events are left out of the day's digest.
    """
    shared = [
        at,
        on,
        by,
        role,
        provider,
        AccessAction(action).value,
        AccessPurpose(purpose).value,
        _kept_until(action, on),
    ]
    with connection.cursor() as cursor:
        cursor.execute(_RECORD_MANY, [*shared, list(students)])
        return int(cursor.rowcount)


def _kept_until(action: AccessAction, on: date) -> date:
    """Return until when a read of a day is kept."""
    return retained_until(on, years=_EXPORTS_KEPT_YEARS if action == AccessAction.EXPORTED else _KEPT_YEARS)


def digest_access_day(on: date, *, at: datetime) -> LeafPlace | None:
    """Put the digest of the access events since the last digest into the log, under the day `on`; once a day.

    Returns the leaf's place, the existing one when called again, None where there is nothing new. Waits for readers at
    work, so that every event up to the highest number is in; raises Conflict for a day before one already digested.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL lock_timeout = '{_PATIENCE}'")
        cursor.execute("LOCK TABLE log_accessevent IN SHARE ROW EXCLUSIVE MODE")
        last = AccessDigest.objects.order_by("-day").first()
        done = AccessDigest.objects.filter(day=on).first()
        if done:
            return LeafPlace(done.batch, done.position)
        if last and last.day > on:
            raise Conflict(f"Access events are digested in order; {last.day.isoformat()} is digested already.")

        after = last.through_id if last else 0
        events = [RecordedAccess.of(row) for row in AccessEvent.objects.filter(id__gt=after).order_by("id").iterator()]
        if not events:
            return None

        salt = secrets.token_bytes(32)
        entries = b"".join(entry_of(event, salt) for event in events)
        commitment = digest_commitment(salt, day=on, after_id=after, through_id=events[-1].id, entries=entries)
        (place,) = append([leaf(commitment, LeafKind.POLICY)])
        AccessDigest.objects.create(
            day=on,
            after_id=after,
            through_id=events[-1].id,
            salt=salt,
            entries=entries,
            batch=place.batch,
            position=place.position,
            made_at=at,
        )
        wake_sealer()
        return place


def delete_expired_access_events() -> int:
    """Delete the access events whose time is up, by the database's own date, and return how many went."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM log_accessevent WHERE kept_until < current_date")
        return int(cursor.rowcount)


def close_access_day(*, at: datetime) -> None:
    """Digest the access events up to yesterday (the site's own calendar) and delete those whose time is up; daily."""
    today = at.astimezone(ZoneInfo(settings.TIME_ZONE)).date()
    digest_access_day(today - timedelta(days=1), at=at)
    delete_expired_access_events()
