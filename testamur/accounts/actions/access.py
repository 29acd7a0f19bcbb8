"""Requests for access: asked by anyone, confirmed from the mailbox, decided by people who know the provider (CQR-19).

Asking answers the same whoever asks, and never looks whether an address has an account. What an approval makes is the
invitation that an administrator's own would be; the person acts once they have accepted it with a second factor.
"""

import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import transaction

from testamur.accounts import access, queries, rules
from testamur.accounts.actions.events import record_event
from testamur.accounts.actions.members import invite_member
from testamur.accounts.models import AccessRequest, Organisation
from testamur.accounts.roles import DESCRIPTIONS, PROVIDER_ROLES, OrganisationKind, Role
from testamur.accounts.rules import SecurityKind
from testamur.accounts.states import ACCESS_REQUEST, OPEN
from testamur.kernel.errors import Conflict, NotAllowed, NotFound, refuse_unless
from testamur.notices import actions as notices_actions

UNCONFIRMED_LASTS: Final = timedelta(days=7)
UNDECIDED_LASTS: Final = timedelta(days=30)
KEPT: Final = timedelta(days=30)
_MAIL_AGAIN: Final = timedelta(minutes=10)
_DAY: Final = timedelta(days=1)
_MOST_MAILS: Final = 3  # for one request
_MOST_A_DAY: Final = 5  # requests of one address

Link = Callable[[str], str]


@transaction.atomic
def request_access(
    *, name: str, email: str, organisation_id: UUID, role: Role, reason: str, link_for: Link, at: datetime
) -> None:
    """Somebody is asked by mail to confirm that they want to act for a provider; until then nobody sees the request.

    Anyone may. Refuses a shared mailbox, and a role or an organisation that is no provider's. The same request again
    within ten minutes changes nothing; later it sends a new link in the place of the old one, twice at most. A sixth request
    of one address within a day is not kept. The answer is always the same.
    """
    address = email.strip().lower()
    refuse_unless(rules.may_be_user(address))
    organisation = _provider(organisation_id, role)
    row = AccessRequest.objects.filter(organisation=organisation, email=address, role=role, state__in=OPEN).first()
    if not _may_mail(row, address, at):
        return

    token = secrets.token_urlsafe(32)
    row = row or AccessRequest(organisation=organisation, email=address, role=role, requested_at=at)
    if row.state == ACCESS_REQUEST.initial:  # what somebody has confirmed, nobody else changes
        row.name, row.reason = " ".join(name.split())[:200], reason.strip()[:1000]
    row.token_hash, row.mailed_at, row.mails = queries.token_hash(token), at, row.mails + 1
    row.save()

    context = {
        "link": link_for(token),
        "organisation_name": organisation.name,
        "role_title": DESCRIPTIONS[role].title,
    }
    notices_actions.queue_mail("access_request_confirm", address=address, context=context, at=at)


@transaction.atomic
def confirm_request(token: str, *, queue_link: str, at: datetime) -> None:
    """The owner of the mailbox says that they asked; the request waits for a decision and administrators are told.

    Refuses (Conflict) a request that waits or has ended, and a person who holds the role already.
    """
    row = _of_link(token)
    held = queries.find_account(row.email)
    if held and any(
        one.organisation_id == row.organisation_id and one.role == row.role
        for one in queries.memberships_of(held.id, at)
    ):
        raise Conflict("You hold this role already. Sign in with your account; there is nothing to ask for.")
    row.state, row.confirmed_at = ACCESS_REQUEST.move(row.state, "confirm"), at
    row.save(update_fields=["state", "confirmed_at"])
    people = {one.account_id: one.account_email for one in queries.administrators_of({row.organisation_id}, at)}
    for account_id, address in people.items():
        notices_actions.queue_mail(
            "access_request_waiting", address=address, account_id=account_id, context={"link": queue_link}, at=at
        )


@transaction.atomic
def withdraw_request(token: str, *, at: datetime) -> None:
    """The person takes the request back; taking it back twice changes nothing. Refuses (Conflict) a decided one."""
    row = _of_link(token)
    if row.state != "withdrawn":
        _end(row, "withdraw", by=None, at=at)


@transaction.atomic
def propose_access(request_id: UUID, *, by: UUID, at: datetime) -> None:
    """An officer proposes that somebody becomes a provider's administrator; a supervisor, another person, approves.

    Refuses whoever may not, and (Conflict) a request that is proposed or has ended.
    """
    row = _decidable(request_id, "propose", by=by, at=at)

    row.state = ACCESS_REQUEST.move(row.state, "propose")
    row.proposed_at, row.proposed_by = at, by
    row.save(update_fields=["state", "proposed_at", "proposed_by"])

    record_event(by, SecurityKind.ACCESS_PROPOSED, at=at, by=by, detail=str(row.id))


@transaction.atomic
def approve_access(request_id: UUID, *, link_for: Link, by: UUID, at: datetime) -> None:
    """The person is invited to act for the provider in the role that they asked for; `link_for` makes the mail's link.

    For the provider's administrator, or the secretariat where it decides. Approving an approved one changes nothing.
    """
    row = _decidable(request_id, "approve", by=by, at=at)
    if row.state == "approved":
        return

    invite_member(
        email=row.email,
        name=row.name,
        organisation_id=row.organisation_id,
        role=Role(row.role),
        link_for=link_for,
        by=by,
        at=at,
    )
    _end(row, "approve", by=by, at=at)

    record_event(by, SecurityKind.ACCESS_APPROVED, at=at, by=by, detail=str(row.id))


@transaction.atomic
def decline_access(request_id: UUID, *, reason: str, by: UUID, at: datetime) -> None:
    """The request is declined with a reason, which the person reads on the page of their link, and is told by mail.

    For the same people who may approve. Declining a declined one changes nothing.
    """
    row = _decidable(request_id, "decline", by=by, at=at)
    if row.state == "declined":
        return
    if not reason.strip():
        raise NotAllowed("Give a reason: the person reads it.")

    _end(row, "decline", by=by, at=at, note=reason.strip()[:500])

    record_event(by, SecurityKind.ACCESS_DECLINED, at=at, by=by, detail=str(row.id))
    _mail("access_request_declined", row, at)


@transaction.atomic
def purge_access_requests(*, at: datetime) -> tuple[int, int]:
    """Requests whose time is over expire, and ended ones go 30 days later; returns how many of each. Daily.

    One that nobody confirmed within 7 days goes at once, for its address may be a stranger's.
    """
    unconfirmed = AccessRequest.objects.filter(state="requested", requested_at__lte=at - UNCONFIRMED_LASTS)
    old = AccessRequest.objects.filter(ended_at__lte=at - KEPT)
    removed = unconfirmed.delete()[0] + old.delete()[0]
    undecided = AccessRequest.objects.select_for_update(of=("self",)).select_related("organisation")
    expired = list(undecided.filter(state__in=("email_confirmed", "proposed"), confirmed_at__lte=at - UNDECIDED_LASTS))
    for row in expired:
        _end(row, "expire", by=None, at=at)
        _mail("access_request_expired", row, at)
    return len(expired), removed


def _provider(organisation_id: UUID, role: Role) -> Organisation:
    """Return a provider's organisation, locked against a second request at the same moment; raises NotFound."""
    rows = Organisation.objects.select_for_update(no_key=True)
    found = rows.filter(id=organisation_id, kind=OrganisationKind.PROVIDER).first()
    if found is None or role not in PROVIDER_ROLES:
        raise NotFound("There is no such provider, or no such role at a provider.")
    return found


def _may_mail(row: AccessRequest | None, address: str, at: datetime) -> bool:
    """Say whether a link may go to an address now, so that nobody's mailbox is filled by somebody else."""
    if row is not None:
        return at - row.mailed_at >= _MAIL_AGAIN and row.mails < _MOST_MAILS
    return AccessRequest.objects.filter(email=address, requested_at__gt=at - _DAY).count() < _MOST_A_DAY


def _of_link(token: str) -> AccessRequest:
    """Return the request of a link, locked; raises NotFound."""
    row = AccessRequest.objects.select_for_update().filter(token_hash=queries.token_hash(token)).first()
    if row is None:
        raise NotFound("There is no such request. It may be over, or a newer message holds the link.")
    return row


def _decidable(request_id: UUID, verb: str, *, by: UUID, at: datetime) -> AccessRequest:
    """Return a confirmed request about which somebody may do this, locked; raises NotFound, NotAllowed or Conflict."""
    rows = AccessRequest.objects.select_for_update(of=("self",)).select_related("organisation")
    row = rows.filter(pk=request_id, confirmed_at__isnull=False).first()
    if row is None:
        raise NotFound("There is no such request, or none that you may see.")
    facts = access.access_request(request_id, at)
    answers = [
        rules.may_decide_access(
            verb,
            Role(row.role),
            held.role,
            own_organisation=held.organisation_id == row.organisation_id,
            own_request=held.account_email == row.email,
            for_secretariat=facts.for_secretariat(at),
            proposed_by_another=row.proposed_by is not None and row.proposed_by != by,
        )
        for held in queries.memberships_of(by, at)
    ]
    if not answers:
        raise NotAllowed("You act for no organisation. Sign in as a member of one.")
    refuse_unless(next((answer for answer in answers if answer.allowed), answers[0]))
    if row.state != f"{verb}d":  # the same decision twice is one
        ACCESS_REQUEST.move(row.state, verb)
    return row


def _end(row: AccessRequest, verb: str, *, by: UUID | None, at: datetime, note: str = "") -> None:
    """Move a request to its end and keep when, by whom and why."""
    row.state, row.ended_at, row.ended_by, row.note = ACCESS_REQUEST.move(row.state, verb), at, by, note
    row.save(update_fields=["state", "ended_at", "ended_by", "note"])


def _mail(template: str, row: AccessRequest, at: datetime) -> None:
    """Tell the person who asked; the row's organisation is loaded."""
    notices_actions.queue_mail(template, address=row.email, context={"organisation_name": row.organisation.name}, at=at)
