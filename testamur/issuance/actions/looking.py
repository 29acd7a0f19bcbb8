"""Staff look at the queue, at one document, at the register of issued documents; each student is told (F.2, PRV-04)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from testamur.accounts.roles import Permission
from testamur.issuance.actions import writing
from testamur.issuance.queries import entitlement, issued
from testamur.issuance.queries.entitlement import Waiting
from testamur.issuance.queries.issued import CertificationCard, CertificationLine, Wanted
from testamur.kernel.errors import NotFound
from testamur.log import actions as log_actions


@dataclass(frozen=True, slots=True)
class Looker:
    """Who looks: the provider on whose behalf, the account, its role."""

    provider_id: int
    by: UUID
    role: str


@transaction.atomic
def look_at_queue(*, looker: Looker, at: datetime) -> list[Waiting]:
    """The documents that are to be issued were shown, and each student among them is told."""
    writing.refuse_without(Permission.READ_CERTIFICATION, looker.provider_id, by=looker.by, at=at)
    found = entitlement.queue(looker.provider_id, writing.local_day(looker.provider_id, at))
    _tell({one.student_id for one in found}, looker, log_actions.AccessAction.SEARCHED, at)
    return found


@transaction.atomic
def look_at_register(
    wanted: Wanted, *, looker: Looker, at: datetime, first: int = 0, limit: int = 25
) -> tuple[int, list[CertificationLine]]:
    """A stretch of the register of issued documents was shown, and each student in it is told (REG-02)."""
    writing.refuse_without(Permission.READ_CERTIFICATION, looker.provider_id, by=looker.by, at=at)
    total, found = issued.register(looker.provider_id, wanted, first=first, limit=limit)
    _tell({one.student_id for one in found}, looker, log_actions.AccessAction.SEARCHED, at)
    return total, found


@transaction.atomic
def look_at_certification(certification_id: UUID, *, looker: Looker, at: datetime) -> CertificationCard:
    """One document was shown with everything beside it, and the student is told. Raises NotFound for another provider's."""
    writing.refuse_without(Permission.READ_CERTIFICATION, looker.provider_id, by=looker.by, at=at)
    found = issued.certification(certification_id)
    if found.provider_id != looker.provider_id:
        raise NotFound(writing.NO_SUCH)
    _tell({found.line.student_id}, looker, log_actions.AccessAction.VIEWED, at)
    return found


@transaction.atomic
def look_at_entitlement(enrolment_id: UUID, kind: str, *, looker: Looker, at: datetime) -> entitlement.Decided:
    """What holds one document, or that nothing does, was shown, and the student is told. Raises NotFound."""
    writing.refuse_without(Permission.READ_CERTIFICATION, looker.provider_id, by=looker.by, at=at)
    on = writing.local_day(looker.provider_id, at)
    found = [one for one in entitlement.decide_many(looker.provider_id, [enrolment_id], on) if one.kind == kind]
    if not found or found[0].facts.provider_id != looker.provider_id:
        raise NotFound("This enrolment leads to no such document, or you may not see it.")
    _tell({found[0].facts.student_id}, looker, log_actions.AccessAction.VIEWED, at)
    return found[0]


def _tell(students: Iterable[int], looker: Looker, action: log_actions.AccessAction, at: datetime) -> None:
    """Leave an access event for each student."""
    log_actions.record_accesses(
        sorted(students),
        by=looker.by,
        role=looker.role,
        action=action,
        purpose=log_actions.AccessPurpose.ISSUANCE,
        at=at,
        on=writing.local_day(looker.provider_id, at),
        provider=looker.provider_id,
    )
