"""Who somebody is: a document is named, its picture supplied, an officer decides; without one, two people find another way.

TEQ-04, TEQ-05 (never a refusal), PRV-06 (no number is kept), PRV-09 (the picture goes at the decision), G-41.
"""

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from uuid import UUID

from django.db import transaction

from testamur.accounts.roles import Permission, Role
from testamur.extracts import rules, scans
from testamur.extracts.actions import requests, writing
from testamur.extracts.models import IdentityCheck, RecordRequest
from testamur.extracts.states import IDENTITY
from testamur.kernel import tenancy
from testamur.kernel.errors import Conflict, NotAllowed, NotFound, refuse_unless
from testamur.kernel.identifiers import new_public_number

WHY_ASSISTED = {
    "none": "I have none of these documents",
    "too_few": "What I have is not enough",
    "expired": "My documents have expired",
    "name_changed": "My documents show another name",
    "other": "Something else",
}
_WAITING = ("named", "pending", "assisted", "proposed")


@transaction.atomic
def name_identity_document(kind: str, *, by: UUID, at: datetime) -> str:
    """The person has named the document that they will show, now or later; returns the check's number (TEQ-04).

    Naming another one replaces the first. Refuses an unknown kind, and Conflict while a supervisor decides.
    """
    if kind not in IdentityCheck.Kind.values or kind == IdentityCheck.Kind.NONE:
        raise NotAllowed("Choose an Australian driver licence, Medicare card, Australian passport or Australian visa.")
    person_id = writing.person_of(by)
    with tenancy.for_person(person_id):
        held = _waiting(person_id)
        if held is not None and held.kind == kind and held.state in {"named", "pending"}:
            return held.number
        if held is not None:
            _move(held, "name_another", at=at)
            requests_follow(person_id, "restart", ("identity_pending", "identity_assisted"), by=by, at=at)
        return _open(person_id, kind, at=at).number


@transaction.atomic
def upload_scan(content: bytes, *, by: UUID, at: datetime) -> str:
    """The picture of the named document waits for an officer; returns the check's number. A second one replaces the first.

    Refuses what is no JPEG, PNG or PDF of at most 10 MB, and Conflict where no document is named.
    """
    refuse_unless(rules.check_scan(content))
    person_id = writing.person_of(by)
    with tenancy.for_person(person_id):
        held = _waiting(person_id)
        if held is None:
            raise Conflict("Choose first which document you will show.")
        held.state = IDENTITY.move(held.state, "supply")
        _drop_scan(held)
        held.scan, held.scan_type = scans.keep(content, check=held.number), rules.scan_type(content) or ""
        held.supplied_at = held.changed_at = at
        held.save()
        requests_follow(person_id, "wait_for_identity", ("email_confirmed", "identity_assisted"), by=by, at=at)
    return held.number


@transaction.atomic
def open_assisted_case(why: str, *, by: UUID, at: datetime) -> str:
    """A person looks for another way with somebody whose documents are missing, too few or expired; never a refusal (TEQ-05).

    The applicant asks for it. Returns the check's number; asking again changes nothing.
    """
    if why not in WHY_ASSISTED:
        raise NotAllowed("Say what is missing: choose one of the reasons.")
    person_id = writing.person_of(by)
    with tenancy.for_person(person_id):
        held = _waiting(person_id)
        if held is not None and held.state in {"assisted", "proposed"}:
            return held.number
        check = held or _open(person_id, IdentityCheck.Kind.NONE, at=at)
        _assist(check, why, at=at)
        requests_follow(person_id, "assist", ("email_confirmed", "identity_pending"), by=by, at=at)
        writing.tell(person_id, "application_assisted", at=at)
    return check.number


@transaction.atomic
def confirm_identity(number: str, *, by: UUID, at: datetime) -> None:
    """The picture shows the person who applies: the identity is confirmed for 12 months, and the picture is deleted.

    An officer or supervisor decides. Applications that waited for it go on by themselves.
    """
    writing.role_of(by, at, Permission.CONFIRM_IDENTITY)
    with tenancy.for_register():
        check = _locked(number)
        if not check.scan:
            raise Conflict("There is no picture to decide on. Wait for it, or find another way with the person.")
        check.level = "document"
        _pass(check, "confirm", by=by, at=at)


@transaction.atomic
def fail_identity(number: str, *, reason: str, by: UUID, at: datetime) -> str:
    """The picture did not confirm who the person is: it is deleted, and a person looks for another way (TEQ-05).

    Returns the number of the assisted check that stands in its place; the person is told by mail, without the reason.
    """
    writing.role_of(by, at, Permission.CONFIRM_IDENTITY)
    if not reason.strip():
        raise NotAllowed("Write down what the picture does not show. The person reads it.")
    with tenancy.for_register():
        check = _locked(number)
        check.decided_by, check.decided_at, check.reason = by, at, reason.strip()
        _move(check, "fail", at=at)
        assisted = _open(check.person_id, IdentityCheck.Kind.NONE, at=at)
        assisted.reason = reason.strip()
        _assist(assisted, "document_failed", at=at)
        requests_follow(check.person_id, "assist", ("email_confirmed", "identity_pending"), by=by, at=at)
        writing.tell(check.person_id, "identity_more_needed", at=at)
        return assisted.number


@transaction.atomic
def propose_identity(number: str, facts: Sequence[str], *, by: UUID, at: datetime) -> None:
    """An officer has written down two independent facts that show who somebody without a document is (G-41)."""
    writing.role_of(by, at, Permission.CONFIRM_IDENTITY)
    kept = [fact.strip() for fact in facts if fact.strip()]
    refuse_unless(rules.may_approve_identity(kept, proposed_by=by, by=None))
    with tenancy.for_register():
        check = _locked(number)
        check.facts, check.proposed_by = kept, by
        _move(check, "propose", at=at)


@transaction.atomic
def approve_identity(number: str, *, by: UUID, at: datetime) -> None:
    """A supervisor, another person than the one who proposed it, confirms an identity without a document (G-41, F.2)."""
    if writing.role_of(by, at, Permission.CONFIRM_IDENTITY) is not Role.SUPERVISOR:
        raise NotAllowed("An identity without a document is approved by a supervisor.")
    with tenancy.for_register():
        check = _locked(number)
        refuse_unless(rules.may_approve_identity(check.facts, proposed_by=check.proposed_by, by=by))
        check.level = "assisted"
        _pass(check, "approve", by=by, at=at)


@transaction.atomic
def return_identity(number: str, *, reason: str, by: UUID, at: datetime) -> None:
    """A supervisor sends a proposed identity back to be looked at again; nobody is refused by this."""
    if writing.role_of(by, at, Permission.CONFIRM_IDENTITY) is not Role.SUPERVISOR:
        raise NotAllowed("A proposed identity is decided by a supervisor.")
    with tenancy.for_register():
        check = _locked(number)
        check.proposed_by = None
        _move(check, "return", at=at)
        writing.note(f"Sent back: {reason.strip()}", by=by, at=at, check=number)


def _waiting(person_id: UUID) -> IdentityCheck | None:
    """Return the person's check that is not decided, locked for change."""
    return IdentityCheck.objects.select_for_update().filter(person_id=person_id, state__in=_WAITING).first()


def _locked(number: str) -> IdentityCheck:
    """Return a check, locked for change; raises NotFound."""
    check = IdentityCheck.objects.select_for_update().filter(number=number).first()
    if check is None:
        raise NotFound("There is no such identity check.")
    return check


def _open(person_id: UUID, kind: str, *, at: datetime) -> IdentityCheck:
    """Begin a check."""
    return IdentityCheck.objects.create(
        number=new_public_number(), person_id=person_id, kind=kind, state=IDENTITY.initial, named_at=at, changed_at=at
    )


def _assist(check: IdentityCheck, why: str, *, at: datetime) -> None:
    """Give a check to a person who looks for another way."""
    check.why_assisted = why
    _move(check, "assist", at=at)


def _move(check: IdentityCheck, verb: str, *, at: datetime) -> None:
    """Take a check to its next state; where that is a decision its picture is deleted."""
    check.state, check.changed_at = IDENTITY.move(check.state, verb), at
    if check.state in {"passed", "failed", "expired"}:
        _drop_scan(check)
    check.save()


def _drop_scan(check: IdentityCheck) -> None:
    """Forget a check's picture and delete its file once that is committed."""
    gone, check.scan, check.scan_type = check.scan, "", ""
    transaction.on_commit(partial(scans.remove, gone))


def _pass(check: IdentityCheck, verb: str, *, by: UUID, at: datetime) -> None:
    """Write down that an identity is confirmed, and let the person's applications go on."""
    check.decided_by, check.decided_at = by, at
    check.valid_until = rules.identity_valid_until(writing.day_of(at))
    _move(check, verb, at=at)
    requests.go_on(check.person_id, at=at)


def requests_follow(person_id: UUID, verb: str, from_states: Sequence[str], *, by: UUID | None, at: datetime) -> None:
    """Take the person's applications that wait for the identity along."""
    for request in RecordRequest.objects.select_for_update().filter(person_id=person_id, state__in=from_states):
        writing.move(request, verb, by=by, at=at)
