"""Staff look at enrolments; every look is an access event that the student can read (rulebook F.2, PRV-04)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from testamur.accounts.roles import Permission, Role
from testamur.enrolments.actions import writing
from testamur.enrolments.queries import cards, lists, own
from testamur.enrolments.queries.cards import EnrolmentCard
from testamur.enrolments.queries.lists import ClassLine, EnrolmentLine, Wanted
from testamur.enrolments.queries.own import OwnTraining
from testamur.kernel import tenancy
from testamur.kernel.errors import NotFound
from testamur.log import actions as log_actions
from testamur.students import queries as students_queries


@dataclass(frozen=True, slots=True)
class Looker:
    """Who looks: the provider on whose behalf, the account, its role."""

    provider_id: int
    by: UUID
    role: str


@transaction.atomic
def look_at_list(
    wanted: Wanted, *, looker: Looker, at: datetime, first: int = 0, limit: int = 25
) -> tuple[int, list[EnrolmentLine]]:
    """A stretch of a provider's enrolments was shown, and each student in it is told; returns how many there are, and it."""
    writing.refuse_without(Permission.READ_ENROLMENT, looker.provider_id, by=looker.by, at=at)
    total, found = lists.enrolments(looker.provider_id, wanted, first=first, limit=limit)
    _told((line.student_id for line in found), looker, log_actions.AccessAction.SEARCHED, at)
    return total, found


@transaction.atomic
def look_at_class(product_code: str, unit_code: str, *, looker: Looker, at: datetime) -> list[ClassLine]:
    """The active students of a product were shown with how one unit stands, and each of them is told."""
    writing.refuse_without(Permission.READ_ENROLMENT, looker.provider_id, by=looker.by, at=at)
    found = lists.class_of(looker.provider_id, product_code, unit_code)
    _told((one.enrolment.student_id for one in found), looker, log_actions.AccessAction.SEARCHED, at)
    return found


@transaction.atomic
def look_at_enrolment(enrolment_id: UUID, *, looker: Looker, at: datetime) -> EnrolmentCard:
    """One enrolment was shown to its provider's staff, and the student is told. Raises NotFound for another provider's."""
    writing.refuse_without(Permission.READ_ENROLMENT, looker.provider_id, by=looker.by, at=at)
    found = cards.card(enrolment_id, on=writing.local_day(looker.provider_id, at))
    if found.facts.provider_id != looker.provider_id:
        raise NotFound("There is no such enrolment, or none that you may see.")
    _told([found.line.student_id], looker, log_actions.AccessAction.VIEWED, at)
    return found


def _told(students: Iterable[int], looker: Looker, action: log_actions.AccessAction, at: datetime) -> None:
    """Leave an access event for each student."""
    log_actions.record_accesses(
        sorted(set(students)),
        by=looker.by,
        role=looker.role,
        action=action,
        purpose=log_actions.AccessPurpose.SUBMISSION,
        at=at,
        on=writing.local_day(looker.provider_id, at),
        provider=looker.provider_id,
    )


@transaction.atomic
def look_at_own(person_id: UUID, *, by: UUID, at: datetime, on: date) -> list[OwnTraining]:
    """A student read their own training, which their list of reads shows. Nobody else's is ever in it."""
    with tenancy.for_person(person_id):
        students = students_queries.students_of_person(person_id)
        found = own.own_training(students, on=on)
    if found:
        log_actions.record_access(
            by=by,
            role=Role.STUDENT.value,
            action=log_actions.AccessAction.VIEWED,
            purpose=log_actions.AccessPurpose.OWN_RECORD,
            at=at,
            on=on,
            person=person_id,
        )
    return found
