"""Who a key is, what may be lodged, and what the register holds of the provider."""

from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from django.conf import settings
from ninja import Field, Router, Schema

from testamur.accounts import queries as accounts_queries
from testamur.accounts.roles import DESCRIPTIONS, Scope
from testamur.providers import queries as providers_queries
from testamur.register import queries as register_queries
from testamur.submissions.actions import LARGEST_PIECE
from testamur.submissions.formats import FORMATS, formats_for
from testamur.web.provider.api.door import Machine, MachineRequest, needs

router = Router(tags=["Provider"])
_READ = needs(Scope.READ_PROVIDER)


class LimitsOut(Schema):
    """What one request and one submission may hold, in bytes, and how many requests a key may make in a minute."""

    piece_bytes: int
    submission_bytes: int
    requests_per_minute: int


class MeOut(Schema):
    """The system of the key. The key itself is shown by its prefix only."""

    system: str
    key: str
    scopes: list[str]
    expires_at: datetime
    role: str
    provider: str
    zone: str
    limits: LimitsOut


class FormatOut(Schema):
    """One format; `yours` says whether a provider of your sectors lodges in it."""

    name: str
    title: str
    sector: Literal["he", "vet"]
    looks_for: str
    yours: bool
    states: list[str] = Field(
        description="The states in whose form files may be; with any, form and year may be chosen."
    )


class HoldingOut(Schema):
    """What one sealed submission brought into the register. `until` is the first day after it."""

    submission: UUID
    format: str
    period_from: date | None
    period_until: date | None
    students: int
    records: int
    sealed_date: date


class MemberOut(Schema):
    """A person who acts for the provider."""

    name: str
    email: str
    role: str
    since: date


class ProviderOut(Schema):
    """Your provider: its codes, what the register holds of it, and who acts for it."""

    legal_name: str
    zone: str
    codes: dict[str, str]
    holdings: list[HoldingOut]
    members: list[MemberOut]


@router.get("/me", response=MeOut, **needs())
def read_me(request: MachineRequest) -> dict[str, Any]:
    """Read who this key is: its system, its scopes and last day, its provider, and the limits. Begin here."""
    machine = request.machine
    return {
        "system": machine.key.system_name,
        "key": machine.key.prefix,
        "scopes": [scope.value for scope in machine.key.scopes],
        "expires_at": machine.key.expires_at,
        "role": machine.role.value,
        "provider": machine.name,
        "zone": machine.zone,
        "limits": {
            "piece_bytes": LARGEST_PIECE,
            "submission_bytes": settings.UPLOAD_LIMIT_BYTES,
            "requests_per_minute": settings.API_PER_MINUTE,
        },
    }


@router.get("/formats", response=list[FormatOut], **needs())
def list_formats(request: MachineRequest) -> list[dict[str, Any]]:
    """List the formats that the register reads."""
    yours = formats_of(request.machine)
    same = ("name", "title", "sector", "looks_for", "states")
    return [{**{name: getattr(form, name) for name in same}, "yours": form.name in yours} for form in FORMATS.values()]


def formats_of(machine: Machine) -> frozenset[str]:
    """Return the formats of the sectors in which a provider is or was registered; of no sector, all."""
    card = providers_queries.provider_card(machine.provider_id, on=machine.now.date())
    return frozenset(form.name for form in formats_for(frozenset(card.sectors))) or frozenset(FORMATS)


@router.get("/provider", response=ProviderOut, **_READ)
def read_provider(request: MachineRequest) -> dict[str, Any]:
    """Read what the register holds of your provider, and who acts for it."""
    machine = request.machine
    card = providers_queries.provider_card(machine.provider_id, on=machine.now.date())
    members = [
        {
            "name": one.account_name,
            "email": one.account_email,
            "role": DESCRIPTIONS[one.role].title,
            "since": one.member_from,
        }
        for one in accounts_queries.members_of(machine.organisation_id, machine.now)
    ]
    return {
        "legal_name": machine.name,
        "zone": machine.zone,
        "codes": {code.kind: code.value for code in card.codes},
        "holdings": register_queries.holdings(machine.provider_id),
        "members": members,
    }
