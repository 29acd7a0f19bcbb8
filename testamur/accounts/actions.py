"""Writes of accounts: registration, invitations, membership, locks, and keys that make a repeated request harmless.

`by` is the id of the account that acts; None is the operator at the command line, who may do what a supervisor of the
organisation concerned may. Every change that matters to an account's safety leaves a security event.
"""

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.utils import encrypt
from django.db import connection, transaction

from testamur.accounts import queries, rules
from testamur.accounts.models import Account, IdempotencyKey, Invitation, Membership, Organisation, SecurityEvent
from testamur.accounts.roles import DESCRIPTIONS, OrganisationKind, Role
from testamur.accounts.rules import LockReason, SecurityKind
from testamur.kernel.canonical import Json, canonical_bytes
from testamur.kernel.errors import Conflict, NotAllowed, NotFound
from testamur.kernel.verdict import Verdict
from testamur.notices import actions as notices_actions

INVITATION_LASTS: Final = timedelta(days=7)
UNCONFIRMED_LASTS: Final = timedelta(hours=24)
_CLAIM: Final = """
INSERT INTO accounts_idempotencykey (account_id, key, purpose, request_digest, result_ref, at)
VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING RETURNING id
"""


@dataclass(frozen=True, slots=True)
class Invited:
    """An invitation and the secret of its link, which is in the mail and kept nowhere."""

    id: UUID
    token: str


def record_event(
    account_id: UUID, kind: SecurityKind, *, at: datetime, by: UUID | None = None, detail: str = ""
) -> None:
    """Append one security event; `detail` is a code or a reference, never a value or a name."""
    SecurityEvent.objects.create(account_id=account_id, by_account_id=by, kind=kind, at=at, detail=detail)


def _refuse_unless(verdict: Verdict) -> None:
    """Raise NotAllowed with the verdict's words unless it allows."""
    if not verdict.allowed:
        raise NotAllowed(verdict.reasons, verdict=verdict)


def _loaded(account_id: UUID) -> Account:
    """Return an account, locked for change; raises NotFound."""
    found = Account.objects.select_for_update().filter(id=account_id).first()
    if found is None:
        raise NotFound("There is no such account.")
    return found


# Registration --------------------------------------------------------------------------------------------------------


@transaction.atomic
def register_student_account(
    *, email: str, password: str, at: datetime, account_id: UUID | None = None, notice: str = "student-registration"
) -> UUID:
    """Make an account without any membership and note which collection notice was shown; return its id (TEQ-04).

    Anyone may. The address is not confirmed yet: without confirmation the account is purged after 24 hours. Refuses
    (Conflict) an address that has an account.
    """
    address = email.strip().lower()
    if Account.objects.filter(email=address).exists():
        raise Conflict("There is an account with this address already. Sign in, or reset the password.")
    account = Account(id=account_id or uuid4(), email=address, created_at=at)
    account.set_password(password)
    account.save(force_insert=True)
    notices_actions.record_shown(account_id=account.id, notice=notice, at=at)
    record_event(account.id, SecurityKind.REGISTERED, at=at, by=account.id)
    return account.id


@transaction.atomic
def confirm_address(account_id: UUID, *, at: datetime) -> None:
    """Mark an account's address as confirmed: its owner opened a link that only its mailbox received."""
    account = _loaded(account_id)
    EmailAddress.objects.update_or_create(
        user_id=account.id, email=account.email, defaults={"verified": True, "primary": True}
    )
    record_event(account.id, SecurityKind.ADDRESS_CONFIRMED, at=at, by=account.id)


@transaction.atomic
def enrol_second_factor(account_id: UUID, *, secret: str, at: datetime) -> None:
    """Give an account a time-based second factor with a Base32 secret, in place of an earlier one."""
    account = _loaded(account_id)
    Authenticator.objects.filter(user_id=account.id, type=Authenticator.Type.TOTP).delete()
    Authenticator.objects.create(user_id=account.id, type=Authenticator.Type.TOTP, data={"secret": encrypt(secret)})
    record_event(account.id, SecurityKind.FACTOR_ADDED, at=at, by=account.id, detail="totp")


@transaction.atomic
def purge_unconfirmed(*, at: datetime) -> int:
    """Remove the accounts whose address was not confirmed within 24 hours; return how many (TEQ-04).

    An account that was ever a member of an organisation or ever signed in stays.
    """
    confirmed = EmailAddress.objects.filter(verified=True).values("user_id")
    old = (
        Account.objects.select_for_update(of=("self",))
        .filter(created_at__lte=at - UNCONFIRMED_LASTS, last_login__isnull=True, memberships__isnull=True)
        .exclude(id__in=confirmed)
    )
    purged = 0
    for account in old:
        notices_actions.forget_account(account.id)
        EmailAddress.objects.filter(user_id=account.id).delete()
        Authenticator.objects.filter(user_id=account.id).delete()
        record_event(account.id, SecurityKind.PURGED_UNCONFIRMED, at=at)
        account.delete()
        purged += 1
    return purged


# Organisations and their members -------------------------------------------------------------------------------------


def register_organisation(kind: OrganisationKind, *, name: str, zone: str) -> UUID:
    """Make an organisation for which people can act; return its id. Its IANA zone dates its memberships."""
    ZoneInfo(zone)
    return Organisation.objects.create(kind=kind, name=name, zone=zone).id


def _check_appointment(organisation: Organisation, role: Role, by: UUID | None, at: datetime) -> None:
    """Raise NotAllowed unless the person acting may give or end this role in this organisation."""
    kind = OrganisationKind(organisation.kind)
    if by is None:
        _refuse_unless(rules.may_appoint(role, kind, Role.SUPERVISOR, own_organisation=True))
        return
    answers = [
        rules.may_appoint(role, kind, held.role, own_organisation=held.organisation_id == organisation.id)
        for held in queries.memberships_of(by, at)
    ]
    if not answers:
        raise NotAllowed("You act for no organisation. Sign in as a member of one.")
    _refuse_unless(next((answer for answer in answers if answer.allowed), answers[0]))


def _organisation(organisation_id: UUID) -> Organisation:
    """Return an organisation; raises NotFound."""
    found = Organisation.objects.filter(id=organisation_id).first()
    if found is None:
        raise NotFound("There is no such organisation.")
    return found


@transaction.atomic
def invite_member(
    *,
    email: str,
    name: str,
    organisation_id: UUID,
    role: Role,
    link_for: Callable[[str], str],
    by: UUID | None,
    at: datetime,
) -> Invited:
    """Ask a named person by e-mail to act for an organisation; an earlier open invitation is revoked (CQR-19).

    A provider's administrator may for their provider, the secretariat for providers, a supervisor for their own
    regulator. Refuses a shared mailbox, a role of another kind of organisation, and somebody who holds the role.
    `link_for` turns the secret token into the address that the mail shows.
    """
    address = email.strip().lower()
    organisation = _organisation(organisation_id)
    _check_appointment(organisation, role, by, at)
    _refuse_unless(rules.may_be_user(address))
    if any(held.account_email == address and held.role is role for held in queries.members_of(organisation.id, at)):
        raise Conflict("This person holds the role already. There is nothing to do.")
    Invitation.objects.filter(
        organisation=organisation, email=address, role=role, accepted_at__isnull=True, revoked_at__isnull=True
    ).update(revoked_at=at)
    token = secrets.token_urlsafe(32)
    expires_at = at + INVITATION_LASTS
    invitation = Invitation.objects.create(
        token_hash=queries.token_hash(token),
        email=address,
        name=name.strip(),
        organisation=organisation,
        role=role,
        invited_by_id=by,
        invited_at=at,
        expires_at=expires_at,
    )
    last_day = expires_at.astimezone(ZoneInfo(organisation.zone))
    notices_actions.queue_mail(
        "invitation",
        address=address,
        context={
            "link": link_for(token),
            "organisation_name": organisation.name,
            "role_title": DESCRIPTIONS[role].title,
            "expires_on": f"{last_day.day} {last_day:%B %Y}",
        },
        at=at,
    )
    if by is not None:
        record_event(by, SecurityKind.INVITED, at=at, by=by, detail=str(invitation.id))
    return Invited(invitation.id, token)


def _open_invitation(token: str, at: datetime) -> Invitation:
    """Return an invitation that can still be accepted, locked; raises NotFound or Conflict."""
    found = (
        Invitation.objects.select_for_update(of=("self",))
        .select_related("organisation")
        .filter(token_hash=queries.token_hash(token))
        .first()
    )
    if found is None:
        raise NotFound("There is no such invitation. Check that the whole link was copied.")
    if found.accepted_at or found.revoked_at or at >= found.expires_at:
        raise Conflict("This invitation was used, withdrawn or has expired. Ask for a new one.")
    return found


@transaction.atomic
def accept_invitation(token: str, *, by: UUID, at: datetime) -> UUID:
    """Make the invited person a member; return the membership's id.

    Only the account of the invited address may. Refuses an invitation that was used, revoked or has expired. The
    link came by e-mail, so the address counts as confirmed.
    """
    invitation = _open_invitation(token, at)
    account = _loaded(by)
    if account.email != invitation.email:
        raise NotAllowed("This invitation is for another address. Sign in with the address that received it.")
    if not account.is_active:
        raise NotAllowed("This account is locked or closed. Ask the secretariat.")
    if not EmailAddress.objects.filter(user_id=account.id, verified=True).exists():
        confirm_address(account.id, at=at)
    if not account.name and invitation.name:
        account.name = invitation.name
        account.save(update_fields=["name"])
    today = at.astimezone(ZoneInfo(invitation.organisation.zone)).date()
    membership, _ = Membership.objects.get_or_create(
        account=account,
        organisation=invitation.organisation,
        role=invitation.role,
        member_until=None,
        defaults={"member_from": today},
    )
    invitation.accepted_at = at
    invitation.save(update_fields=["accepted_at"])
    record_event(account.id, SecurityKind.MEMBER_ADDED, at=at, by=account.id, detail=str(membership.id))
    return membership.id


@transaction.atomic
def accept_invitation_as_new(token: str, *, password: str, at: datetime) -> UUID:
    """Make an account for the invited address and accept the invitation with it; return the account's id.

    Refuses (Conflict) where the address has an account: its owner signs in and accepts.
    """
    invitation = _open_invitation(token, at)
    account_id = register_student_account(email=invitation.email, password=password, at=at, notice="staff-account")
    accept_invitation(token, by=account_id, at=at)
    return account_id


@transaction.atomic
def remove_member(membership_id: UUID, *, by: UUID | None, at: datetime) -> None:
    """End a membership at once; the same people may who may invite. Ending an ended one changes nothing."""
    found = (
        Membership.objects.select_for_update(of=("self",))
        .select_related("organisation", "account")
        .filter(id=membership_id)
        .first()
    )
    if found is None:
        raise NotFound("There is no such membership.")
    _check_appointment(found.organisation, Role(found.role), by, at)
    if found.member_until is not None:
        return
    today = at.astimezone(ZoneInfo(found.organisation.zone)).date()
    found.member_until = max(today, found.member_from)
    found.save(update_fields=["member_until"])
    record_event(found.account_id, SecurityKind.MEMBER_REMOVED, at=at, by=by, detail=str(found.id))
    _tell(found.account, "membership_ended", at)


# Safety of an account ------------------------------------------------------------------------------------------------


def _tell(account: Account, event: str, at: datetime) -> None:
    """Send the account's owner a security notice."""
    notices_actions.queue_mail(
        "security_notice", address=account.email, account_id=account.id, context={"event": event}, at=at
    )


@transaction.atomic
def report_change(account_id: UUID, kind: SecurityKind, *, event: str, at: datetime, detail: str = "") -> None:
    """Note that a password, address or factor was changed and tell the owner by mail."""
    account = _loaded(account_id)
    record_event(account.id, kind, at=at, by=account.id, detail=detail)
    _tell(account, event, at)


def _roles_of(by: UUID | None, at: datetime) -> list[Role]:
    """Return in which roles somebody acts; the operator at the command line acts as a supervisor."""
    return [Role.SUPERVISOR] if by is None else [held.role for held in queries.memberships_of(by, at)]


@transaction.atomic
def lock_account(account_id: UUID, *, reason: LockReason, by: UUID | None, at: datetime) -> None:
    """Lock an account because somebody else used it; every session of it ends and its password is void (TEQ-09).

    Secretariat staff may, and the person for their own account. Locking a locked account changes nothing.
    """
    account = _loaded(account_id)
    own = by == account.id
    answers = [rules.may_lock(role, own_account=own) for role in _roles_of(by, at) or [None]]
    _refuse_unless(next((answer for answer in answers if answer.allowed), answers[0]))
    if account.locked_at is not None:
        return
    account.is_active, account.locked_at, account.lock_reason = False, at, reason.value
    # Whoever else knows the password must not get in again after the unlocking; this also ends every session.
    account.set_unusable_password()
    account.save()
    record_event(account.id, SecurityKind.LOCKED, at=at, by=by, detail=reason.value)
    _tell(account, "account_locked", at)


def unlock_account(account_id: UUID, *, identity_check: str, by: UUID | None, at: datetime) -> None:
    """Open a locked account after a new identity check, named by its reference; the person sets a new password (TEQ-09).

    Only secretariat staff may, and not for their own account. A refusal leaves a security event too.
    """
    roles = _roles_of(by, at) or [None]
    answers = [rules.may_unlock(role, own_account=by == account_id, identity_check=identity_check) for role in roles]
    verdict = next((answer for answer in answers if answer.allowed), answers[0])
    if not verdict.allowed:
        record_event(account_id, SecurityKind.UNLOCK_REFUSED, at=at, by=by)
        raise NotAllowed(verdict.reasons, verdict=verdict)
    with transaction.atomic():
        account = _loaded(account_id)
        if account.locked_at is None:
            raise Conflict("This account is not locked. There is nothing to do.")
        account.is_active, account.locked_at, account.lock_reason = True, None, ""
        account.save()
        record_event(account.id, SecurityKind.UNLOCKED, at=at, by=by, detail=identity_check.strip()[:80])
        _tell(account, "account_unlocked", at)


def refuse_third_party(account_id: UUID, *, by: UUID, at: datetime) -> None:
    """Note that somebody else asked staff to open or change this account and was refused (TEQ-09)."""
    record_event(account_id, SecurityKind.THIRD_PARTY_REFUSED, at=at, by=by)


# Requests that may arrive twice --------------------------------------------------------------------------------------


def digest_of(value: Json) -> str:
    """Return the SHA-256, in hex, of a request's plain values, to compare a repeated request with its first."""
    return hashlib.sha256(canonical_bytes(value)).hexdigest()


def once(*, account_id: UUID | None, key: str, purpose: str, digest: str, at: datetime) -> str | None:
    """Claim a key for one request: None means do the work now; text is the answer of the first time.

    Call it inside the transaction of the work, and `remember_once` at its end: the claim and the work commit together,
    and a second request with the key waits for the first. Refuses (Conflict) a key that was used with other content.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("once() belongs inside the transaction of the work it guards")
    claimed = (account_id, key[:100], purpose, digest, "", at)
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, claimed)
        if cursor.fetchone():
            return None
    held = IdempotencyKey.objects.get(account_id=account_id, key=key[:100], purpose=purpose)
    if held.request_digest != digest:
        raise Conflict("This request was sent before with other content. Open the page again and repeat it.")
    return held.result_ref


def remember_once(*, account_id: UUID | None, key: str, purpose: str, result: str) -> None:
    """Keep the answer of a request that was claimed with `once`, for its repetitions."""
    IdempotencyKey.objects.filter(account_id=account_id, key=key[:100], purpose=purpose).update(result_ref=result)
