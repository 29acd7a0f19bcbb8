"""Organisations, and the people who act for them: invited by name, accepting with their own account, removed at once."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from allauth.account.models import EmailAddress
from django.db import transaction

from testamur.accounts import queries, rules
from testamur.accounts.actions.events import loaded, record_event, tell
from testamur.accounts.actions.registration import confirm_address, register_student_account
from testamur.accounts.actions.repeats import digest_of, once, remember_once
from testamur.accounts.models import Invitation, Membership, Organisation
from testamur.accounts.roles import DESCRIPTIONS, OrganisationKind, Role
from testamur.accounts.rules import SecurityKind
from testamur.kernel.errors import Conflict, NotAllowed, NotFound, refuse_unless
from testamur.notices import actions as notices_actions

INVITATION_LASTS: Final = timedelta(days=7)
_INVITE: Final = "invite_member"


@dataclass(frozen=True, slots=True)
class Invited:
    """An invitation and the secret of its link, which is in the mail and kept nowhere; "" where the request was repeated."""

    id: UUID
    token: str


def register_organisation(kind: OrganisationKind, *, name: str, zone: str) -> UUID:
    """Make an organisation for which people can act; return its id. Its IANA zone dates its memberships."""
    ZoneInfo(zone)
    return Organisation.objects.create(kind=kind, name=name, zone=zone).id


def _check_appointment(organisation: Organisation, role: Role, by: UUID | None, at: datetime) -> None:
    """Raise NotAllowed unless the person acting may give or end this role in this organisation."""
    kind = OrganisationKind(organisation.kind)
    if by is None:
        refuse_unless(rules.may_appoint(role, kind, Role.SUPERVISOR, own_organisation=True))
        return
    answers = [
        rules.may_appoint(role, kind, held.role, own_organisation=held.organisation_id == organisation.id)
        for held in queries.memberships_of(by, at)
    ]
    if not answers:
        raise NotAllowed("You act for no organisation. Sign in as a member of one.")
    refuse_unless(next((answer for answer in answers if answer.allowed), answers[0]))


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
    key: str = "",
) -> Invited:
    """Ask a named person by e-mail to act for an organisation; an earlier open invitation is revoked (CQR-19).

    A provider's administrator may for their provider, the secretariat for providers, a supervisor for their own
    regulator. Refuses a shared mailbox, a role of another kind of organisation, and somebody who holds the role.
    `link_for` turns the secret token into the address that the mail shows. With `key` the same request twice invites once.
    """
    address = email.strip().lower()
    organisation = _organisation(organisation_id)
    _check_appointment(organisation, role, by, at)
    digest = digest_of([address, name.strip(), str(organisation_id), role.value])
    if key and (before := once(account_id=by, key=key, purpose=_INVITE, digest=digest, at=at)):
        return Invited(UUID(before), "")
    refuse_unless(rules.may_be_user(address))
    if any(held.account_email == address and held.role is role for held in queries.members_of(organisation.id, at)):
        raise Conflict("This person holds the role already. There is nothing to do.")
    token = secrets.token_urlsafe(32)
    invitation = _new_invitation(organisation, address, name.strip(), role, token, by=by, at=at)
    _send(invitation, link_for(token))
    if by is not None:
        record_event(by, SecurityKind.INVITED, at=at, by=by, detail=str(invitation.id))
    if key:
        remember_once(account_id=by, key=key, purpose=_INVITE, result=str(invitation.id))
    return Invited(invitation.id, token)


def _new_invitation(
    organisation: Organisation, address: str, name: str, role: Role, token: str, *, by: UUID | None, at: datetime
) -> Invitation:
    """Keep an invitation in the place of an earlier one that is still open."""
    same = Invitation.objects.filter(organisation=organisation, email=address, role=role)
    same.filter(accepted_at__isnull=True, revoked_at__isnull=True).update(revoked_at=at)
    return Invitation.objects.create(
        token_hash=queries.token_hash(token),
        email=address,
        name=name,
        organisation=organisation,
        role=role,
        invited_by_id=by,
        invited_at=at,
        expires_at=at + INVITATION_LASTS,
    )


def _send(invitation: Invitation, link: str) -> None:
    """Queue the mail of an invitation."""
    last_day = invitation.expires_at.astimezone(ZoneInfo(invitation.organisation.zone))
    notices_actions.queue_mail(
        "invitation",
        address=invitation.email,
        context={
            "link": link,
            "organisation_name": invitation.organisation.name,
            "role_title": DESCRIPTIONS[Role(invitation.role)].title,
            "expires_on": f"{last_day.day} {last_day:%B %Y}",
        },
        at=invitation.invited_at,
    )


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
    account = loaded(by)
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
def remove_member(membership_id: UUID, *, by: UUID | None, at: datetime) -> UUID:
    """End a membership at once and return its organisation's id; the same people may who may invite.

    Ending an ended one changes nothing.
    """
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
        return found.organisation_id
    today = at.astimezone(ZoneInfo(found.organisation.zone)).date()
    found.member_until = max(today, found.member_from)
    found.save(update_fields=["member_until"])
    record_event(found.account_id, SecurityKind.MEMBER_REMOVED, at=at, by=by, detail=str(found.id))
    tell(found.account, "membership_ended", at)
    return found.organisation_id
