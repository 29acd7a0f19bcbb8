"""What every write of an enrolment shares: who may, the row under lock, the day at the provider, and the change that is kept."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from testamur.accounts import queries as accounts_queries
from testamur.accounts.roles import PERMISSIONS, Permission
from testamur.enrolments.models import Enrolment, EnrolmentChange
from testamur.enrolments.states import ENROLMENT
from testamur.kernel.errors import NotAllowed, NotFound
from testamur.kernel.verdict import Finding, Verdict
from testamur.providers import queries as providers_queries


def refuse_without(permission: Permission, provider_id: int, *, by: UUID, at: datetime) -> None:
    """Refuse a person who holds no role with a permission at the provider (F.2)."""
    organisation = providers_queries.provider(provider_id).organisation_id
    held = accounts_queries.memberships_of(by, at)
    if not any(one.organisation_id == organisation and permission in PERMISSIONS[one.role] for one in held):
        raise NotAllowed(
            "Your role at this provider may not do this with enrolments. Ask the provider's administrator."
        )


def local_day(provider_id: int, at: datetime) -> date:
    """Return the day of a moment at the provider (CAL-5)."""
    return at.astimezone(ZoneInfo(providers_queries.provider(provider_id).zone)).date()


def locked(enrolment_ids: Iterable[UUID]) -> dict[UUID, Enrolment]:
    """Return enrolments under lock until the transaction ends; raises NotFound where one is not there to see."""
    wanted = set(enrolment_ids)
    rows = {row.id: row for row in Enrolment.objects.select_for_update().filter(pk__in=wanted).order_by("pk")}
    if len(rows) != len(wanted):
        raise NotFound("There is no such enrolment, or none that you may see.")
    return rows


def to_change(enrolment_id: UUID, permission: Permission, *, by: UUID, at: datetime) -> Enrolment:
    """Return one enrolment under lock, for a person whose role may change it."""
    enrolment = locked([enrolment_id])[enrolment_id]
    refuse_without(permission, enrolment.provider_id, by=by, at=at)
    return enrolment


def move(enrolment: Enrolment, verb: str, *, at: datetime) -> None:
    """Move an enrolment as the states say; the row is not saved yet. Refuses with Conflict."""
    enrolment.state = ENROLMENT.move(enrolment.state, verb)
    enrolment.state_since = at


def standing_against(verdict: Verdict | None) -> tuple[Finding, ...]:
    """Return the findings of a verdict that does not allow the act; none where it does or nothing was asked."""
    return verdict.findings if verdict is not None and not verdict.allowed else ()


def refuse_findings(findings: Sequence[Finding]) -> None:
    """Refuse with everything that is wrong, all at once."""
    if findings:
        raise NotAllowed(" ".join(dict.fromkeys(one.message for one in findings)), findings=tuple(findings))


def changed(
    enrolment: Enrolment,
    verb: str,
    *,
    by: UUID,
    at: datetime,
    about: str = "",
    before: Mapping[str, object] | None = None,
    after: Mapping[str, object] | None = None,
    reason: str = "",
) -> EnrolmentChange:
    """Return the change to keep, not yet written; days and ids as text."""
    return EnrolmentChange(
        enrolment_id=enrolment.id,
        provider_id=enrolment.provider_id,
        verb=verb,
        about=about,
        before=plain(before),
        after=plain(after),
        reason=reason.strip()[:400],
        by=by,
        at=at,
    )


def plain(values: Mapping[str, object] | None) -> dict[str, Any] | None:
    """Return values as JSON holds them."""
    if values is None:
        return None
    return {
        name: value if value is None or isinstance(value, bool | int | str) else str(value)
        for name, value in values.items()
    }


def differences(row: object, wanted: Mapping[str, object]) -> tuple[dict[str, object], dict[str, object]]:
    """Return what a row holds and what is wanted instead, of the fields in which they differ."""
    other = {name: value for name, value in wanted.items() if getattr(row, name) != value}
    return {name: getattr(row, name) for name in other}, other
