"""What every write of issuing shares: who may, whose staff they are, the day at the provider, the row under lock, the move kept."""

from collections.abc import Mapping
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from testamur.accounts import queries as accounts_queries
from testamur.accounts.roles import PERMISSIONS, Permission
from testamur.issuance.models import Certification, CertificationMove
from testamur.issuance.states import CERTIFICATION
from testamur.kernel.errors import NotAllowed, NotFound
from testamur.kernel.verdict import Finding
from testamur.log import actions as log_actions
from testamur.providers import queries as providers_queries

NO_SUCH = "There is no such document, or none that you may see."


def local_day(provider_id: int, at: datetime) -> date:
    """Return the day of a moment at the provider (CAL-5)."""
    return at.astimezone(ZoneInfo(providers_queries.provider(provider_id).zone)).date()


def own_staff(provider_id: int, *, by: UUID, at: datetime) -> bool:
    """Say whether a person acts for the provider itself, and not for a third party that delivers for it (AQF-11)."""
    organisation = providers_queries.provider(provider_id).organisation_id
    return any(one.organisation_id == organisation for one in accounts_queries.memberships_of(by, at))


def refuse_without(permission: Permission, provider_id: int, *, by: UUID, at: datetime) -> None:
    """Refuse a person who holds no role with a permission at the provider (F.2, AQF-11)."""
    organisation = providers_queries.provider(provider_id).organisation_id
    held = [one for one in accounts_queries.memberships_of(by, at) if one.organisation_id == organisation]
    if not held:
        message = (
            "Only the provider's own staff prepare, approve and issue certification; a third party's staff do not."
        )
        finding = Finding("AQF-11", message, "Compliance Standards 17; guide on authorised issuers", outcome="BLOCK")
        raise NotAllowed(message, findings=(finding,))
    if not any(permission in PERMISSIONS[one.role] for one in held):
        raise NotAllowed(
            "Your role at this provider may not do this with certification. Ask the provider's administrator."
        )


def locked(certification_id: UUID, permission: Permission, *, by: UUID, at: datetime) -> Certification:
    """Return one document under lock, for a person whose role may change it; raises NotFound."""
    row = Certification.objects.select_for_update().filter(pk=certification_id).first()
    if row is None:
        raise NotFound(NO_SUCH)
    refuse_without(permission, row.provider_id, by=by, at=at)
    return row


def move(
    row: Certification,
    verb: str,
    *,
    by: UUID,
    at: datetime,
    reason: str = "",
    details: Mapping[str, object] | None = None,
) -> None:
    """Move a document as the states say and keep the move; the row is saved by the caller. Refuses with Conflict."""
    before = row.state
    row.state = CERTIFICATION.move(before, verb)
    row.state_since = at
    keep_move(row, verb, before, by=by, at=at, reason=reason, details=details)


def keep_move(
    row: Certification,
    verb: str,
    before: str,
    *,
    by: UUID,
    at: datetime,
    reason: str = "",
    details: Mapping[str, object] | None = None,
) -> None:
    """Keep one thing that was done with a document."""
    CertificationMove.objects.create(
        certification=row,
        provider_id=row.provider_id,
        student_id=row.student_id,
        verb=verb,
        from_state=before,
        to_state=row.state,
        reason=reason.strip()[:400],
        details=dict(details or {}),
        by=by,
        at=at,
    )


def tell(
    row: Certification, action: log_actions.AccessAction, *, by: UUID, role: str, at: datetime, own: bool = False
) -> None:
    """Leave an access event that the student can read (PRV-04)."""
    purpose = log_actions.AccessPurpose.OWN_RECORD if own else log_actions.AccessPurpose.ISSUANCE
    log_actions.record_accesses(
        [row.student_id],
        by=by,
        role=role,
        action=action,
        purpose=purpose,
        at=at,
        on=local_day(row.provider_id, at),
        provider=row.provider_id,
    )
