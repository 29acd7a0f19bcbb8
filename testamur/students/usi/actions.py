"""Writes about identifiers: ask for verification, ask the USI Registry, and show a number in the clear (USI-02, USI-07, F.2)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Final
from uuid import UUID

from django.conf import settings
from django.db import transaction

from testamur.accounts import queries as accounts_queries
from testamur.accounts.roles import Role
from testamur.kernel import jobs, tenancy
from testamur.kernel.errors import NotAllowed, NotFound
from testamur.kernel.periods import retained_until
from testamur.log import actions as log_actions
from testamur.students import queries as students_queries
from testamur.students import sealing
from testamur.students.models import Identifier, IdentifierCheck, IdentifierReveal
from testamur.students.states import IDENTIFIER
from testamur.students.usi import fake, rules
from testamur.students.usi import queries as usi_queries
from testamur.students.usi.queries import Line
from testamur.students.usi.registry import Registry
from testamur.students.usi.verifying import KIND, Tally, verify_waiting

JOB: Final = "verify_usis"
OFF: Final = "This register is not connected to the USI Registry, so numbers wait. Nobody can verify one until it is."
REVEAL_PURPOSES: Final = ("identity", "extract", "correction", "complaint", "lawful_request")
_MAY_ASK: Final = frozenset({Role.PROVIDER_DATA_OFFICER, Role.SECRETARIAT_OFFICER, Role.SUPERVISOR})
_KEPT_YEARS: Final = 2
_LEAST_REASON: Final = 10


@dataclass(frozen=True, slots=True)
class Why:
    """Why a number is shown: one of REVEAL_PURPOSES, a reason in words, and the case it is shown in."""

    purpose: str
    reason: str
    case: str


@cache
def _fake() -> Registry:
    """Return the one made-up Registry of this process."""
    return fake.FakeRegistry(slow_once=fake.SLOW_ONCE, unreadable=fake.UNREADABLE)


def registry_in_use() -> Registry | None:
    """Return what answers under the setting USI_REGISTRY: None while it is `off`, the made-up Registry for `fake`."""
    return _fake() if settings.USI_REGISTRY == "fake" else None


@transaction.atomic
def request_verification(
    provider_id: int, *, by: UUID | None, at: datetime, students: Sequence[int] | None = None
) -> int:
    """The USI Registry is asked again about a provider's students whose numbers need work, or the named ones; returns how many.

    For the provider's data officers and the secretariat (null: the operator). A number that is asked about waits meanwhile
    and is used for nothing. Refuses where nothing answers; students without a number, or exempt, or waiting, are left out.
    """
    if by is not None:
        _refuse_others(by, _MAY_ASK, at)
    if registry_in_use() is None:
        raise NotAllowed(OFF)
    rows = Identifier.objects.select_for_update().filter(provider_id=provider_id, kind=KIND)
    wanted = rows.filter(state__in=rules.NEEDS_WORK) if students is None else rows.filter(student_id__in=students)
    again = [row for row in wanted if IDENTIFIER.allowed(row.state, "ask")]

    moved = rows.filter(student_id__in=[row.student_id for row in again])
    moved.update(state=IDENTIFIER.initial, attempts=0, due_at=None, asked_by=by, answered_by="")
    IdentifierCheck.objects.bulk_create(
        IdentifierCheck(provider_id=provider_id, student_id=row.student_id, kind=KIND, outcome="asked", by=by, at=at)
        for row in again
    )

    jobs.wake(JOB, provider=provider_id)
    return len(again)


def verify_usis(*, at: datetime, provider: int | None = None) -> Tally:
    """Every number that is due has been asked about; run by the worker after a request, and by the clock after a sealing.

    Does nothing while the register is not connected: numbers wait.
    """
    registry = registry_in_use()
    if registry is None:
        return Tally()
    return verify_waiting(registry, at=at, provider_id=provider)


@transaction.atomic
def look_at_lines(  # noqa: PLR0913 - whose, which, why, by whom and when: a look has this many facts
    provider_id: int,
    why: Why,
    *,
    states: Sequence[str],
    first: int = 0,
    limit: int = 25,
    by: UUID,
    role: Role,
    at: datetime,
    on: date,
) -> list[Line]:
    """A provider's students in some states were shown, numbers masked, and each of them is told so. Runs in the caller's scope."""
    found = usi_queries.lines(provider_id, states=states, first=first, limit=limit)
    return _told(found, why, by=by, role=role, at=at, on=on)


@transaction.atomic
def look_at_student(
    provider_id: int, local_id: str, why: Why, *, by: UUID, role: Role, at: datetime, on: date
) -> list[Line]:
    """One student's number was shown masked, by the provider's own student number; an empty list where none is held."""
    student_id = usi_queries.student_by_local_id(provider_id, local_id)
    found = usi_queries.lines_of([student_id]) if student_id else []
    return _told(found, why, by=by, role=role, at=at, on=on)


def _told(found: list[Line], why: Why, *, by: UUID, role: Role, at: datetime, on: date) -> list[Line]:
    """Leave an access event for each student that is shown."""
    for line in found:
        log_actions.record_access(
            by=by,
            role=role.value,
            action=log_actions.AccessAction.VIEWED,
            purpose=log_actions.AccessPurpose(why.purpose),
            at=at,
            on=on,
            student=line.student_id,
            provider=line.provider_id,
            case=why.case.strip()[:60] or None,
        )
    return found


@transaction.atomic
def reveal(student_id: int, why: Why, *, by: UUID, at: datetime, on: date) -> str:
    """A supervisor saw a student's number in the clear, and the student reads who, when and why (USI-07, F.2).

    Needs a purpose of REVEAL_PURPOSES, a reason in words and a case. Raises NotFound where no number is held.
    """
    _refuse_others(by, frozenset({Role.SUPERVISOR}), at)
    if why.purpose not in REVEAL_PURPOSES:
        raise NotAllowed("A number is shown for a purpose of the list only. Choose one.")
    if len(why.reason.strip()) < _LEAST_REASON or not why.case.strip():
        raise NotAllowed("Say why the number must be seen, in a sentence, and in which case. Both are kept.")
    return _reveal(student_id, why, by=by, role=Role.SUPERVISOR, at=at, on=on)


@transaction.atomic
def reveal_own(student_id: int, *, person_id: UUID, by: UUID, at: datetime, on: date) -> str:
    """A student saw their own number in the clear. Raises NotFound for anybody else's student."""
    if student_id not in students_queries.students_of_person(person_id):
        raise NotFound("There is no such student, or none that you may see.")
    return _reveal(student_id, Why("own_record", "", ""), by=by, role=Role.STUDENT, at=at, on=on)


def _reveal(student_id: int, why: Why, *, by: UUID, role: Role, at: datetime, on: date) -> str:
    """Write the access event and the reveal, and return the number."""
    with tenancy.for_register():
        row = Identifier.objects.filter(student_id=student_id, kind=KIND).first()
        if row is None:
            raise NotFound("The register holds no USI of this student.")
        event = log_actions.record_access(
            by=by,
            role=role.value,
            action=log_actions.AccessAction.REVEALED,
            purpose=log_actions.AccessPurpose(why.purpose),
            at=at,
            on=on,
            student=student_id,
            provider=row.provider_id,
            case=why.case.strip()[:60] or None,
        )
        IdentifierReveal.objects.create(
            provider_id=row.provider_id,
            student_id=student_id,
            kind=KIND,
            account=by,
            role=role.value,
            purpose=why.purpose,
            reason=why.reason.strip(),
            case=why.case.strip()[:60],
            access_event=event,
            at=at,
            shown_date=on,
            kept_until=retained_until(on, years=_KEPT_YEARS),
        )
        key = sealing.identifier_key(settings.KEYS_DIR, create=settings.CREATE_KEYS)
        return sealing.open_identifier(key, bytes(row.sealed), student_id=student_id, kind=KIND)


def purge_reveals(*, at: datetime) -> int:
    """Reveals whose time is up are gone; returns how many. Daily; the database refuses any that is to be kept."""
    with tenancy.for_register():
        gone, _ = IdentifierReveal.objects.filter(kept_until__lt=at.date()).delete()
    return gone


def _refuse_others(by: UUID, roles: frozenset[Role], at: datetime) -> None:
    """Refuse a person who acts in none of the roles."""
    if not any(held.role in roles for held in accounts_queries.memberships_of(by, at)):
        raise NotAllowed("Your role may not do this with a student's USI.")
