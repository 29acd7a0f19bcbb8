"""The person behind an account says who they are; somebody else used it and it is locked (TEQ-04, TEQ-09)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from testamur.accounts import actions as accounts_actions
from testamur.accounts import queries as accounts_queries
from testamur.accounts.roles import Permission
from testamur.accounts.rules import LockReason
from testamur.extracts import states
from testamur.extracts.actions import matching, writing
from testamur.extracts.models import Applicant, IdentityCheck, RecordRequest
from testamur.kernel import tenancy
from testamur.kernel.errors import Conflict, NotAllowed
from testamur.kernel.verdict import Finding
from testamur.students import actions as students_actions
from testamur.students import queries as students_queries


@dataclass(frozen=True, slots=True)
class Details:
    """What a person tells about themselves. A person with one name gives it as family name and leaves the others empty."""

    family_name: str
    given_name: str
    birth_date: date
    other_names: str = ""
    former_names: tuple[tuple[str, str], ...] = ()


def _refuse_bad(details: Details, on: date) -> None:
    """Raise NotAllowed for a missing name or a birth date that cannot be."""
    findings = []
    if not details.family_name.strip():
        message = "Enter your family name; if you have one name only, enter it here."
        findings.append(Finding("TEQ-04", message, "rulebook TEQ-04", outcome="BLOCK", column="family_name"))
    if details.birth_date.year < 1900 or details.birth_date >= on:
        message = "Enter your date of birth, such as 27 3 1998."
        findings.append(Finding("TEQ-04", message, "rulebook TEQ-04", outcome="BLOCK", column="birth_date"))
    if findings:
        raise NotAllowed(" ".join(finding.message for finding in findings), findings=tuple(findings))


@transaction.atomic
def tell_details(details: Details, *, by: UUID, at: datetime) -> UUID:
    """The person behind an account has said who they are; returns the person.

    The person does this for themselves, after confirming the address. Changing a detail later makes an identity check that
    passed lapse, because it confirmed somebody with other details, and takes open applications back to the identity.
    Refuses a missing name and an impossible birth date.
    """
    if not accounts_queries.account(by).email_confirmed:
        raise NotAllowed("Confirm your e-mail address first: open the link in the message that was sent to it.")
    _refuse_bad(details, writing.day_of(at))

    person_id = students_actions.ensure_person(by, at=at)
    told = {
        "family_name": details.family_name.strip(),
        "given_name": details.given_name.strip(),
        "other_names": details.other_names.strip(),
        "single_name": not details.given_name.strip(),
        "former_names": [[family.strip(), given.strip()] for family, given in details.former_names if family.strip()],
        "birth_date": details.birth_date,
    }
    with tenancy.for_person(person_id):
        before = Applicant.objects.select_for_update().filter(person_id=person_id).first()
        if before is None:
            Applicant.objects.create(person_id=person_id, account_id=by, told_at=at, changed_at=at, **told)
        elif any(getattr(before, name) != value for name, value in told.items()):
            _change(before, told, at=at)
            with tenancy.for_register():
                matching.start_again(person_id, by=by, at=at)
    return person_id


def _change(before: Applicant, told: dict[str, object], *, at: datetime) -> None:
    """Change details; what was confirmed about other details no longer counts."""
    if IdentityCheck.objects.filter(person_id=before.person_id, state="proposed").exists():
        raise Conflict("A supervisor is deciding on your details now. Change them after the decision.")
    Applicant.objects.filter(person_id=before.person_id).update(**told, changed_at=at)
    IdentityCheck.objects.filter(person_id=before.person_id, state="passed").update(state="expired", changed_at=at)


@transaction.atomic
def report_third_party_use(*, by: UUID, at: datetime) -> None:
    """The person says that somebody else used the account: it is locked, and every open application with it (TEQ-09).

    Sessions end and the password is void; secretariat staff open it after a new identity check.
    """
    person_id = students_queries.person_of_account(by)
    accounts_actions.lock_account(by, reason=LockReason.REPORTED_BY_PERSON, by=by, at=at)
    if person_id is not None:
        with tenancy.for_register():
            _lock_requests(person_id, by=by, at=at)


@transaction.atomic
def lock_case(number: str, *, by: UUID, at: datetime) -> None:
    """An officer has confirmed that somebody else used the applicant's account: account and applications are locked (TEQ-09)."""
    writing.role_of(by, at, Permission.LOCK_ACCOUNT)
    with tenancy.for_register():
        request = writing.locked_request(number)
        account_id = Applicant.objects.values_list("account_id", flat=True).get(person_id=request.person_id)
        accounts_actions.lock_account(account_id, reason=LockReason.CONFIRMED_USE_BY_ANOTHER, by=by, at=at)
        _lock_requests(request.person_id, by=by, at=at)


def _lock_requests(person_id: UUID, *, by: UUID, at: datetime) -> None:
    """Lock the applications of a person, and let the identity that was confirmed lapse. Needs the register scope."""
    lockable = [*states.OPEN, "ready", "collected", "closed"]
    for request in RecordRequest.objects.select_for_update().filter(person_id=person_id, state__in=lockable):
        writing.move(request, "lock", by=by, at=at)
    IdentityCheck.objects.filter(person_id=person_id, state="passed").update(state="expired", changed_at=at)


def unlock_applicant(account_id: UUID, *, identity_check: str, facts: Sequence[str], by: UUID, at: datetime) -> None:
    """A locked account is open again after a new identity check of the person, named by its reference (TEQ-09).

    Secretariat staff only, never one's own; a refusal leaves a security event. The applications start again at the
    identity, which was confirmed for somebody who may not have been the person. `facts` say how the person was recognised
    and stand in each case.
    """
    accounts_actions.refuse_unlocking(account_id, identity_check=identity_check, by=by, at=at)
    with transaction.atomic(), tenancy.for_register():
        accounts_actions.unlock_account(account_id, identity_check=identity_check, by=by, at=at)
        people = Applicant.objects.filter(account_id=account_id).values("person_id")
        passed = IdentityCheck.objects.filter(person_id__in=people, state="passed")
        passed.update(state="expired", changed_at=at)
        for request in RecordRequest.objects.select_for_update().filter(person_id__in=people, state="locked"):
            writing.move(request, "unlock", by=by, at=at)
            for fact in facts:
                writing.note(f"Unlocked: {fact}", by=by, at=at, request=request.number)
