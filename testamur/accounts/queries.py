"""Reads of accounts, organisations, memberships and invitations; frozen dataclasses cross the package's edge."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.db.models import Q, QuerySet

from testamur.accounts.models import Account, Invitation, Membership, Organisation, SecurityEvent
from testamur.accounts.roles import PERMISSIONS, OrganisationKind, Permission, Role
from testamur.kernel.errors import NotFound
from testamur.kernel.periods import Period


@dataclass(frozen=True, slots=True)
class AccountFacts:
    """One account as other packages may know it."""

    id: UUID
    email: str
    name: str
    active: bool
    locked_at: datetime | None
    email_confirmed: bool
    second_factor: bool


@dataclass(frozen=True, slots=True)
class FactorFacts:
    """One way besides the password: an authenticator app or a passkey under the name that its owner gave it."""

    id: int
    passkey: bool
    name: str
    added_at: datetime
    used_at: datetime | None


@dataclass(frozen=True, slots=True)
class OrganisationFacts:
    """One organisation; `zone` is the IANA zone of its legal dates."""

    id: UUID
    kind: OrganisationKind
    name: str
    zone: str


@dataclass(frozen=True, slots=True)
class MembershipFacts:
    """One account's role in one organisation."""

    id: UUID
    account_id: UUID
    account_email: str
    account_name: str
    organisation_id: UUID
    organisation_name: str
    organisation_kind: OrganisationKind
    role: Role
    member_from: date
    member_until: date | None


@dataclass(frozen=True, slots=True)
class InvitationFacts:
    """One invitation; `open` says whether it can still be accepted at the moment that was asked about."""

    id: UUID
    email: str
    name: str
    organisation_id: UUID
    organisation_name: str
    role: Role
    invited_at: datetime
    expires_at: datetime
    open: bool
    account_exists: bool


@dataclass(frozen=True, slots=True)
class SecurityEventFacts:
    """One security event of an account."""

    kind: str
    at: datetime
    detail: str
    by_account_id: UUID | None


@dataclass(frozen=True, slots=True)
class LockedAccount:
    """A locked account and the roles of its person, each with its organisation; nothing in it names anybody."""

    id: UUID
    locked_at: datetime
    roles: tuple[tuple[Role, str], ...]


def token_hash(token: str) -> bytes:
    """Return the SHA-256 of an invitation's token; only this is kept."""
    return hashlib.sha256(token.encode()).digest()


def _facts(account: Account) -> AccountFacts:
    """Return what other packages may know of an account."""
    return AccountFacts(
        id=account.id,
        email=account.email,
        name=account.name,
        active=account.is_active,
        locked_at=account.locked_at,
        email_confirmed=EmailAddress.objects.filter(user_id=account.id, verified=True).exists(),
        second_factor=has_second_factor(account.id),
    )


def _membership(row: Membership) -> MembershipFacts:
    """Return one membership's facts; the row's account and organisation are loaded."""
    return MembershipFacts(
        id=row.id,
        account_id=row.account_id,
        account_email=row.account.email,
        account_name=row.account.name,
        organisation_id=row.organisation_id,
        organisation_name=row.organisation.name,
        organisation_kind=OrganisationKind(row.organisation.kind),
        role=Role(row.role),
        member_from=row.member_from,
        member_until=row.member_until,
    )


def _held(rows: QuerySet[Membership], at: datetime) -> tuple[MembershipFacts, ...]:
    """Return those of the rows that hold at a moment; each is dated in its own organisation's zone."""
    around = rows.select_related("account", "organisation").filter(member_from__lte=at.date() + timedelta(days=1))
    facts = []
    for row in around.filter(Q(member_until__isnull=True) | Q(member_until__gte=at.date() - timedelta(days=1))):
        today = at.astimezone(ZoneInfo(row.organisation.zone)).date()
        if Period(row.member_from, row.member_until).contains(today):
            facts.append(_membership(row))
    return tuple(facts)


def account(account_id: UUID) -> AccountFacts:
    """Return one account; raises NotFound."""
    found = Account.objects.filter(id=account_id).first()
    if found is None:
        raise NotFound("There is no such account.")
    return _facts(found)


def find_account(email: str) -> AccountFacts | None:
    """Return the account of an address, whatever its case, or None."""
    found = Account.objects.filter(email=email.strip().lower()).first()
    return _facts(found) if found else None


def locked_accounts(at: datetime) -> list[LockedAccount]:
    """Return every locked account, the longest locked first, with the roles held at a moment, in two statements (TEQ-09)."""
    rows = list(Account.objects.filter(locked_at__isnull=False).order_by("locked_at", "id"))
    roles: dict[UUID, list[tuple[Role, str]]] = {}
    chosen = Membership.objects.filter(account__in=[row.id for row in rows])
    for held in _held(chosen.order_by("organisation__name", "role"), at):
        roles.setdefault(held.account_id, []).append((held.role, held.organisation_name))
    return [LockedAccount(row.id, row.locked_at, tuple(roles.get(row.id, ()))) for row in rows if row.locked_at]


def any_accounts() -> bool:
    """Say whether anybody has an account here."""
    return Account.objects.exists()


def has_second_factor(account_id: UUID) -> bool:
    """Say whether an account has a second factor (recovery codes alone are none)."""
    factors = [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]
    return bool(Authenticator.objects.filter(user_id=account_id, type__in=factors).exists())


def factors_of(account_id: UUID) -> tuple[FactorFacts, ...]:
    """Return an account's second factors, oldest first; recovery codes are none."""
    kinds = [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]
    rows = Authenticator.objects.filter(user_id=account_id, type__in=kinds).order_by("created_at", "id")
    return tuple(
        FactorFacts(
            id=row.id,
            passkey=row.type == Authenticator.Type.WEBAUTHN,
            name=row.data.get("name", ""),
            added_at=row.created_at,
            used_at=row.last_used_at,
        )
        for row in rows
    )


def organisation(organisation_id: UUID) -> OrganisationFacts:
    """Return one organisation; raises NotFound."""
    found = Organisation.objects.filter(id=organisation_id).first()
    if found is None:
        raise NotFound("There is no such organisation.")
    return OrganisationFacts(found.id, OrganisationKind(found.kind), found.name, found.zone)


def find_organisation(kind: OrganisationKind, name: str) -> OrganisationFacts | None:
    """Return an organisation of a kind with exactly this name, or None."""
    found = Organisation.objects.filter(kind=kind, name=name).first()
    return OrganisationFacts(found.id, OrganisationKind(found.kind), found.name, found.zone) if found else None


def memberships_of(account_id: UUID, at: datetime) -> tuple[MembershipFacts, ...]:
    """Return the memberships that an account holds at a moment, by organisation and role."""
    return _held(Membership.objects.filter(account_id=account_id).order_by("organisation__name", "role"), at)


def members_of(organisation_id: UUID, at: datetime) -> tuple[MembershipFacts, ...]:
    """Return which people act for an organisation at a moment, by address; its systems are listed with their keys."""
    rows = Membership.objects.filter(organisation_id=organisation_id, account__system__isnull=True)
    return _held(rows.order_by("account__email", "role"), at)


def administrators_of(organisation_ids: Iterable[UUID], at: datetime) -> tuple[MembershipFacts, ...]:
    """Return which people administer organisations at a moment and can sign in; a system is none of them."""
    rows = Membership.objects.filter(
        organisation__in=set(organisation_ids),
        role=Role.PROVIDER_ADMINISTRATOR,
        account__is_active=True,
        account__system__isnull=True,
    )
    return _held(rows.order_by("account__email"), at)


def permissions_of(role: Role) -> frozenset[Permission]:
    """Return what a role may ask for (F.2)."""
    return PERMISSIONS[role]


def find_invitation(token: str, at: datetime) -> InvitationFacts | None:
    """Return the invitation of a token, or None. `open` is False once accepted, revoked or expired."""
    row = Invitation.objects.select_related("organisation").filter(token_hash=token_hash(token)).first()
    return _invitation(row, at) if row else None


def open_invitations(organisation_id: UUID, at: datetime) -> tuple[InvitationFacts, ...]:
    """Return the invitations of an organisation that can still be accepted, oldest first."""
    rows = Invitation.objects.select_related("organisation").filter(
        organisation_id=organisation_id, accepted_at__isnull=True, revoked_at__isnull=True, expires_at__gt=at
    )
    return tuple(_invitation(row, at) for row in rows.order_by("invited_at"))


def _invitation(row: Invitation, at: datetime) -> InvitationFacts:
    """Return one invitation's facts; the row's organisation is loaded."""
    return InvitationFacts(
        id=row.id,
        email=row.email,
        name=row.name,
        organisation_id=row.organisation_id,
        organisation_name=row.organisation.name,
        role=Role(row.role),
        invited_at=row.invited_at,
        expires_at=row.expires_at,
        open=row.accepted_at is None and row.revoked_at is None and at < row.expires_at,
        account_exists=Account.objects.filter(email=row.email).exists(),
    )


def security_events_of(account_id: UUID, *, limit: int = 50) -> tuple[SecurityEventFacts, ...]:
    """Return an account's latest security events, newest first."""
    rows = SecurityEvent.objects.filter(account_id=account_id).order_by("-id")[:limit]
    return tuple(SecurityEventFacts(row.kind, row.at, row.detail, row.by_account_id) for row in rows)
