"""Keys of an organisation's systems: made by an administrator, shown once, used, and revoked at once (issue 3, by API)."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Q

from testamur.accounts import queries, rules, systems
from testamur.accounts.actions.events import record_event, tell_administrators
from testamur.accounts.actions.repeats import digest_of, once, remember_once
from testamur.accounts.models import Account, Membership, Organisation, System, SystemKey
from testamur.accounts.roles import PERMISSIONS, Permission, Role, Scope
from testamur.accounts.rules import SecurityKind
from testamur.kernel.errors import NotAllowed, NotFound, refuse_unless

_MAKE: Final = "make_system_key"
_NOTED_EVERY: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class MadeKey:
    """A key that was made, and the whole of it to be shown once; "" where the request was repeated."""

    id: UUID
    token: str


@transaction.atomic
def make_key(
    organisation_id: UUID,
    *,
    system_name: str,
    scopes: Collection[Scope],
    expires_at: datetime,
    by: UUID,
    at: datetime,
    key: str = "",
) -> MadeKey:
    """A system of the organisation has a further key; a system that is named for the first time is made with it.

    For an administrator of the provider. The system acts in one role for good: an officer's, or an administrator's where
    it declares. Refuses a key that both prepares and declares (SYS-02), one of each kind by one person (SYS-03), and one
    without scopes or longer than 400 days (SYS-04). With `key` the same request twice makes one.
    """
    organisation = _administered(organisation_id, by, at)
    name, wanted = " ".join(system_name.split())[:80], sorted(set(scopes))
    digest = digest_of([str(organisation_id), name, [*wanted], expires_at.isoformat()])
    if key and (before := once(account_id=by, key=key, purpose=_MAKE, digest=digest, at=at)):
        return MadeKey(UUID(before), "")
    if not name:
        raise NotAllowed("Give the system a name, so that everybody knows whose acts are kept under it.")
    system = System.objects.select_for_update().filter(organisation=organisation, name=name).first()
    sending, declaring = systems.kinds_made(organisation.id, by, at)
    role = _role_of(system, at)
    refuse_unless(
        rules.may_make_key(
            wanted, lasts=expires_at - at, system_role=role, made_sending=sending, made_declaring=declaring
        )
    )

    system = system or _new_system(organisation, name, rules.role_of_system(wanted), by=by, at=at)
    row, token = _new_key(system, wanted, expires_at, by=by, at=at)

    record_event(by, SecurityKind.SYSTEM_KEY_MADE, at=at, by=by, detail=row.prefix)
    tell_administrators(organisation.id, "system_key_made", at)
    if key:
        remember_once(account_id=by, key=key, purpose=_MAKE, result=str(row.id))
    return MadeKey(row.id, token)


@transaction.atomic
def revoke_key(key_id: UUID, *, by: UUID, at: datetime, reason: str = "") -> None:
    """A key opens nothing any more, from this moment; revoking a revoked one changes nothing.

    For an administrator of the provider, or a supervisor with a reason, which the provider's administrators read. Raises
    NotFound for a key of somebody else's.
    """
    row = SystemKey.objects.select_for_update(of=("self",)).select_related("system").filter(pk=key_id).first()
    if row is None:
        raise NotFound("There is no such key, or none that you may see.")
    outside = _may_revoke_anywhere(by, at)
    if not outside:
        _administered(row.system.organisation_id, by, at, hidden=True)
    elif not reason.strip():
        raise NotAllowed("Give a reason: the provider's administrators read it beside the key.")
    if row.revoked_at is not None:
        return

    row.revoked_at, row.revoked_by, row.revoke_reason = at, by, " ".join(reason.split())[:300]
    row.save(update_fields=["revoked_at", "revoked_by", "revoke_reason"])

    record_event(by, SecurityKind.SYSTEM_KEY_REVOKED, at=at, by=by, detail=row.prefix)
    if outside:
        tell_administrators(row.system.organisation_id, "system_key_revoked", at)


def note_key_use(key_id: UUID, *, at: datetime) -> None:
    """A key was used: its page says when, to the minute."""
    stale = Q(last_used_at__isnull=True) | Q(last_used_at__lte=at - _NOTED_EVERY)
    SystemKey.objects.filter(stale, pk=key_id).update(last_used_at=at)


def _administered(organisation_id: UUID, by: UUID, at: datetime, *, hidden: bool = False) -> Organisation:
    """Return an organisation whose systems somebody may manage; another's is refused, or with `hidden` does not exist."""
    held = queries.memberships_of(by, at)
    may = any(
        one.organisation_id == organisation_id and Permission.MANAGE_SYSTEMS in PERMISSIONS[one.role] for one in held
    )
    may = may and not System.objects.filter(pk=by).exists()  # a system never gives itself an heir
    found = Organisation.objects.filter(pk=organisation_id).first()
    if found is None or (hidden and not may):
        raise NotFound("There is no such key, or none that you may see.")
    if not may:
        raise NotAllowed("Only a person who is an administrator of the provider makes keys for its systems.")
    return found


def _may_revoke_anywhere(by: UUID, at: datetime) -> bool:
    """Say whether somebody may revoke any provider's key, as a supervisor may."""
    held = queries.memberships_of(by, at)
    return any(Permission.REVOKE_SYSTEM_KEY in PERMISSIONS[one.role] for one in held)


def _role_of(system: System | None, at: datetime) -> Role | None:
    """Return the role in which a system acts, None for a new one."""
    if system is None:
        return None
    held = queries.memberships_of(system.pk, at)
    return held[0].role if held else None


def _new_system(organisation: Organisation, name: str, role: Role, *, by: UUID, at: datetime) -> System:
    """Make a system: an account without password that nobody can sign in to, and its membership."""
    number = uuid4()
    # The name is reserved (RFC 2606): no mail can ever be sent there.
    account = Account(id=number, email=f"{number}@system.invalid", name=name, is_active=False, created_at=at)
    account.set_unusable_password()
    account.save(force_insert=True)
    today = at.astimezone(ZoneInfo(organisation.zone)).date()
    Membership.objects.create(account=account, organisation=organisation, role=role, member_from=today)
    return System.objects.create(account=account, organisation=organisation, name=name, made_by=by, made_at=at)


def _new_key(
    system: System, scopes: Collection[Scope], expires_at: datetime, *, by: UUID, at: datetime
) -> tuple[SystemKey, str]:
    """Keep a new key of a system under its hash; return the row, and the whole key to be shown once."""
    prefix, token = systems.new_token()
    row = SystemKey.objects.create(
        system=system,
        prefix=prefix,
        secret_hash=systems.hash_of(token),
        scopes=[scope.value for scope in scopes],
        made_by=by,
        made_at=at,
        expires_at=expires_at,
    )
    return row, token
