"""A registration is suspended, ceases, ends and is archived; its closure case runs beside it (F.1, REG-08, CQR-18)."""

from datetime import date, datetime
from typing import Final
from uuid import UUID

from django.db import transaction

from testamur.kernel import jobs
from testamur.kernel.errors import Conflict, refuse_unless
from testamur.providers import rules, states
from testamur.providers.actions.writing import (
    locked_provider,
    locked_registration,
    record_change,
    record_move,
)
from testamur.providers.models import ClosureCase, Registration

CHASE_JOB: Final = "chase_closures"


@transaction.atomic
def record_suspended(
    registration_id: int, *, effective_date: date, authority: str, reason: str = "", by: UUID, at: datetime, on: date
) -> None:
    """A registration is suspended: students' requests go to an officer. For the secretariat; refuses by F.1."""
    asked = rules.MoveAsked("record_suspended", effective_date, authority)
    record_move(locked_registration(registration_id), asked, reason=reason, by=by, at=at, on=on).save()


@transaction.atomic
def record_reinstated(
    registration_id: int, *, effective_date: date, authority: str, reason: str = "", by: UUID, at: datetime, on: date
) -> None:
    """A suspension is over: the provider answers its students again. For the secretariat; refuses by F.1."""
    asked = rules.MoveAsked("record_reinstated", effective_date, authority)
    record_move(locked_registration(registration_id), asked, reason=reason, by=by, at=at, on=on).save()


@transaction.atomic
def record_ceasing(
    registration_id: int,
    *,
    effective_date: date,
    ceases_on: date,
    authority: str,
    reason: str = "",
    by: UUID,
    at: datetime,
    on: date,
) -> None:
    """Notice was given that a provider will cease: a closure case is open, records are due 30 days after the end.

    `effective_date` is the day of the notice, `ceases_on` the first day without registration as expected. For the
    secretariat; refuses by F.1.
    """
    registration = locked_registration(registration_id)
    asked = rules.MoveAsked("record_ceasing", effective_date, authority, ceases_on=ceases_on)
    record_move(registration, asked, reason=reason, by=by, at=at, on=on).save()
    _trigger_closure(registration, ceases_on, by=by, at=at)


@transaction.atomic
def record_ceased(
    registration_id: int, *, effective_date: date, authority: str, reason: str = "", by: UUID, at: datetime, on: date
) -> None:
    """A registration that was ceasing has ended: from this day the register serves its students.

    `effective_date` is the first day without registration. For the secretariat; refuses a day to come, a missing
    authority and any state but ceasing (F.1).
    """
    asked = rules.MoveAsked("record_ceased", effective_date, authority)
    _end(registration_id, asked, reason=reason, by=by, at=at, on=on)


@transaction.atomic
def record_lapsed(
    registration_id: int, *, effective_date: date, authority: str, reason: str = "", by: UUID, at: datetime, on: date
) -> None:
    """A registration ran out; it has ceased and its closure case is open. For the secretariat; refuses by F.1."""
    _end(
        registration_id,
        rules.MoveAsked("record_lapsed", effective_date, authority),
        reason=reason,
        by=by,
        at=at,
        on=on,
    )


@transaction.atomic
def record_cancelled(
    registration_id: int, *, effective_date: date, authority: str, reason: str = "", by: UUID, at: datetime, on: date
) -> None:
    """The regulator cancelled a registration; it has ceased and its closure case is open. Refuses by F.1."""
    _end(
        registration_id,
        rules.MoveAsked("record_cancelled", effective_date, authority),
        reason=reason,
        by=by,
        at=at,
        on=on,
    )


@transaction.atomic
def record_merged(
    registration_id: int,
    *,
    successor_id: int,
    records_accepted: bool,
    effective_date: date,
    authority: str,
    by: UUID,
    at: datetime,
    on: date,
) -> None:
    """A provider was taken over by another; `records_accepted` says whether that one holds the records now (REG-10).

    For the secretariat. Refuses by F.1, an unknown successor (NotFound) and the provider itself as its own.
    """
    _check_successor(registration_id, successor_id)
    asked = rules.MoveAsked("record_merged", effective_date, authority, successor_named=True)
    registration = _end(registration_id, asked, reason="", by=by, at=at, on=on, successor_id=successor_id)
    _name_successor(registration, successor_id, records_accepted, by=by, at=at)


@transaction.atomic
def record_successor(
    registration_id: int, *, successor_id: int, records_accepted: bool, by: UUID, at: datetime
) -> None:
    """After an end it is known who took over, and whether that provider accepted the records (CQR-09, REG-10).

    For the secretariat. Refuses a registration that has not ended and the provider itself.
    """
    registration = locked_registration(registration_id)
    if registration.state not in states.ENDED:
        raise Conflict("The registration has not ended. Record a merger instead.")
    _check_successor(registration_id, successor_id)
    _name_successor(registration, successor_id, records_accepted, by=by, at=at)


@transaction.atomic
def sign_coverage(registration_id: int, *, note: str, by: UUID, at: datetime) -> None:
    """A supervisor signs for what the register holds of the provider, and what is missing (CQR-18).

    Refuses before the end, a second signature, and the person who opened the case.
    """
    registration = locked_registration(registration_id)
    case = ClosureCase.objects.filter(registration=registration).first()
    verdict = rules.may_sign_coverage(
        case_open=case is not None,
        ended=registration.state in states.ENDED,
        already_signed=bool(case and case.coverage_signed_at),
        opened_by_signer=bool(case and case.opened_by == by),
    )
    refuse_unless(verdict)
    ClosureCase.objects.filter(registration=registration).update(
        coverage_note=note.strip(), coverage_signed_by=by, coverage_signed_at=at
    )
    after = {"registration": registration.pk, "note": note.strip()}
    record_change(registration.provider, "coverage signed", before={}, after=after, by=by, at=at)


@transaction.atomic
def archive_registration(
    registration_id: int, *, effective_date: date, authority: str, reason: str = "", by: UUID, at: datetime, on: date
) -> None:
    """The closure case is closed: nothing more is asked of the provider. Refuses without a signed coverage map (F.1)."""
    registration = locked_registration(registration_id)
    asked = rules.MoveAsked("archive", effective_date, authority)
    record_move(registration, asked, reason=reason, by=by, at=at, on=on).save()
    ClosureCase.objects.filter(registration=registration).update(closed_at=at)


def _end(
    registration_id: int,
    asked: rules.MoveAsked,
    *,
    reason: str,
    by: UUID,
    at: datetime,
    on: date,
    successor_id: int | None = None,
) -> Registration:
    """Record an end: the period closes with it, and the closure case runs from it."""
    registration = record_move(locked_registration(registration_id), asked, reason=reason, by=by, at=at, on=on)
    before = registration.registered_until
    registration.registered_until = min(before or asked.effective_date, asked.effective_date)
    if successor_id is not None:
        registration.successor_id = successor_id
    registration.save()
    _trigger_closure(registration, asked.effective_date, by=by, at=at)
    record_change(
        registration.provider,
        "registration ended",
        before={"registration": registration.pk, "until": before},
        after={"registration": registration.pk, "until": registration.registered_until},
        by=by,
        at=at,
    )
    return registration


def _trigger_closure(registration: Registration, trigger_date: date, *, by: UUID, at: datetime) -> None:
    """Open the closure case, or move the clock of the open one to the day that counts."""
    dates = {"trigger_date": trigger_date, "due_date": rules.closure_due(trigger_date)}
    opened = {**dates, "opened_by": by, "opened_at": at}
    ClosureCase.objects.update_or_create(registration=registration, defaults=dates, create_defaults=opened)
    jobs.wake(CHASE_JOB)


def _check_successor(registration_id: int, successor_id: int) -> None:
    """Refuse a successor that does not exist or is the provider itself."""
    successor = locked_provider(successor_id)
    if successor.registrations.filter(pk=registration_id).exists():
        raise Conflict("A provider cannot take over from itself. Name the provider that took over.")


def _name_successor(
    registration: Registration, successor_id: int, records_accepted: bool, *, by: UUID, at: datetime
) -> None:
    """Write who took over and whether the records went along."""
    before = {"successor": registration.successor_id, "records accepted": registration.records_accepted_by_successor}
    registration.successor_id = successor_id
    registration.records_accepted_by_successor = records_accepted
    registration.save()
    after = {"successor": successor_id, "records accepted": records_accepted}
    record_change(registration.provider, "successor named", before=before, after=after, by=by, at=at)
