"""Systems of an organisation and their keys: how a key is written, whose it is, and who stands behind an actor.

A key is `testamur_<prefix>_<secret>`: twelve characters that find it, and 256 random bits, so one SHA-256 of the whole
is as good a store as a slow hash would be of a password.
"""

import hashlib
import hmac
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db.models import Q

from testamur.accounts import queries
from testamur.accounts.models import System, SystemKey
from testamur.accounts.roles import Role, Scope

_BRAND: Final = "testamur"
_PREFIX_SIGNS: Final = "abcdefghijkmnpqrstuvwxyz23456789"
_PREFIX_LENGTH: Final = 12


@dataclass(frozen=True, slots=True)
class KeyFacts:
    """One key as the pages show it; never the secret."""

    id: UUID
    system_id: UUID
    system_name: str
    prefix: str
    scopes: tuple[Scope, ...]
    made_by: UUID
    made_at: datetime
    expires_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None
    revoked_by: UUID | None
    revoke_reason: str

    def usable(self, at: datetime) -> bool:
        """Say whether the key opens anything at a moment."""
        return self.revoked_at is None and at < self.expires_at


@dataclass(frozen=True, slots=True)
class SystemActing:
    """The system of a key that was shown: in which role, for whom, and what the key may be used for."""

    key: KeyFacts
    role: Role
    organisation_id: UUID
    organisation_name: str


def new_token() -> tuple[str, str]:
    """Return a new key's prefix and the whole of it, which is shown once and kept nowhere."""
    prefix = "".join(secrets.choice(_PREFIX_SIGNS) for _ in range(_PREFIX_LENGTH))
    return prefix, f"{_BRAND}_{prefix}_{secrets.token_urlsafe(32)}"


def hash_of(token: str) -> bytes:
    """Return what is kept of a key."""
    return hashlib.sha256(token.encode()).digest()


def system_of(token: str, at: datetime) -> SystemActing | None:
    """Return which system shows this key, None for one that is unknown, revoked, expired or without a membership."""
    parts = token.split("_", 2)
    if len(parts) != 3 or parts[0] != _BRAND or len(parts[1]) != _PREFIX_LENGTH or not token.isascii():
        return None
    row = SystemKey.objects.select_related("system__organisation").filter(prefix=parts[1]).first()
    if row is None or not hmac.compare_digest(bytes(row.secret_hash), hash_of(token)):
        return None
    facts, organisation = _facts(row), row.system.organisation
    held = queries.memberships_of(row.system_id, at)
    role = next((one.role for one in held if one.organisation_id == organisation.id), None)
    if role is None or not facts.usable(at):
        return None
    return SystemActing(facts, role, organisation.id, organisation.name)


def keys_of(organisation_id: UUID) -> tuple[KeyFacts, ...]:
    """Return the keys of an organisation's systems, by system, the newest first."""
    rows = SystemKey.objects.select_related("system").filter(system__organisation_id=organisation_id)
    return tuple(_facts(row) for row in rows.order_by("system__name", "-made_at", "prefix"))


def people_behind(actors: Collection[UUID]) -> frozenset[UUID]:
    """Return these actors, and for each system among them everybody who made it or a key of it and so may have acted as it."""
    systems = System.objects.filter(account__in=actors).values_list("made_by", flat=True)
    keys = SystemKey.objects.filter(system__in=actors).values_list("made_by", flat=True)
    return frozenset({*actors, *systems, *keys})


def systems_among(actors: Collection[UUID]) -> frozenset[UUID]:
    """Return those of some actors who are systems."""
    return frozenset(System.objects.filter(account__in=actors).values_list("account", flat=True))


def kinds_made(organisation_id: UUID, by: UUID, at: datetime) -> tuple[bool, bool]:
    """Return whether a person made a usable key of an organisation that sends, and one that declares."""
    rows = SystemKey.objects.filter(
        Q(system__organisation_id=organisation_id, made_by=by, revoked_at__isnull=True, expires_at__gt=at)
    ).values_list("scopes", flat=True)
    scopes = {scope for row in rows for scope in row}
    return Scope.WRITE_SUBMISSIONS in scopes, Scope.DECLARE_SUBMISSIONS in scopes


def _facts(row: SystemKey) -> KeyFacts:
    """Return one key's facts; the row's system is loaded."""
    return KeyFacts(
        id=row.id,
        system_id=row.system_id,
        system_name=row.system.name,
        prefix=row.prefix,
        scopes=tuple(scope for scope in Scope if scope.value in row.scopes),
        made_by=row.made_by,
        made_at=row.made_at,
        expires_at=row.expires_at,
        last_used_at=row.last_used_at,
        revoked_at=row.revoked_at,
        revoked_by=row.revoked_by,
        revoke_reason=row.revoke_reason,
    )
