"""Requests for access as pages show them: by the link's secret, one by one, and those that wait (rulebook CQR-19)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db.models import QuerySet

from testamur.accounts import queries, rules
from testamur.accounts.models import AccessRequest
from testamur.accounts.roles import Role
from testamur.accounts.states import WAITING
from testamur.kernel.errors import NotFound

TOLD_FOR: Final = timedelta(days=30)  # how long the secretariat reads what providers' administrators decided


@dataclass(frozen=True, slots=True)
class AccessRequestFacts:
    """One request. `has_administrator` says whether somebody at the provider can decide on it."""

    id: UUID
    organisation_id: UUID
    organisation_name: str
    role: Role
    name: str
    email: str
    reason: str
    state: str
    requested_at: datetime
    confirmed_at: datetime | None
    proposed_at: datetime | None
    proposed_by: UUID | None
    ended_at: datetime | None
    ended_by: UUID | None
    note: str
    has_administrator: bool

    def waited(self, at: datetime) -> timedelta:
        """Return how long the request has waited for a decision: from the confirmed address on."""
        return (self.ended_at or at) - (self.confirmed_at or self.requested_at)

    def for_secretariat(self, at: datetime) -> bool:
        """Say whether the secretariat decides on it."""
        return rules.is_for_secretariat(has_administrator=self.has_administrator, waited=self.waited(at))


def request_of(token: str, at: datetime) -> AccessRequestFacts | None:
    """Return the request of a link's secret, None for an unknown one."""
    row = AccessRequest.objects.select_related("organisation").filter(token_hash=queries.token_hash(token)).first()
    return _facts([row], at)[0] if row else None


def access_request(request_id: UUID, at: datetime, *, organisation_id: UUID | None = None) -> AccessRequestFacts:
    """Return one confirmed request, with `organisation_id` only where it is that one's; raises NotFound."""
    row = _chosen(organisation_id).filter(pk=request_id).first()
    if row is None:
        raise NotFound("There is no such request, or none that you may see.")
    return _facts([row], at)[0]


def requests_waiting(at: datetime, *, organisation_id: UUID | None = None) -> list[AccessRequestFacts]:
    """Return the requests that wait for a decision, the longest waiting first; all of them or one organisation's."""
    rows = _chosen(organisation_id).filter(state__in=WAITING)
    return _facts(rows.order_by("confirmed_at", "id"), at)


def requests_decided(at: datetime, *, organisation_id: UUID | None = None) -> list[AccessRequestFacts]:
    """Return what was decided, or lapsed, in the last thirty days, the latest first."""
    rows = _chosen(organisation_id).filter(ended_at__gt=at - TOLD_FOR)
    return _facts(rows.order_by("-ended_at", "id"), at)


def _chosen(organisation_id: UUID | None) -> QuerySet[AccessRequest]:
    """Return the rows that deciders may see: never one whose address was not confirmed."""
    rows = AccessRequest.objects.select_related("organisation").filter(confirmed_at__isnull=False)
    return rows if organisation_id is None else rows.filter(organisation_id=organisation_id)


def _facts(rows: Iterable[AccessRequest], at: datetime) -> list[AccessRequestFacts]:
    """Return facts of rows whose organisations are loaded."""
    found = list(rows)
    organisations = {row.organisation_id for row in found}
    with_one = {one.organisation_id for one in queries.administrators_of(organisations, at)}
    return [
        AccessRequestFacts(
            id=row.id,
            organisation_id=row.organisation_id,
            organisation_name=row.organisation.name,
            role=Role(row.role),
            name=row.name,
            email=row.email,
            reason=row.reason,
            state=row.state,
            requested_at=row.requested_at,
            confirmed_at=row.confirmed_at,
            proposed_at=row.proposed_at,
            proposed_by=row.proposed_by,
            ended_at=row.ended_at,
            ended_by=row.ended_by,
            note=row.note,
            has_administrator=row.organisation_id in with_one,
        )
        for row in found
    ]
