"""What every action here shares: the person behind an account, who may act for the secretariat, moves, mail, days."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, cast
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings

from testamur.accounts import queries as accounts_queries
from testamur.accounts.roles import PERMISSIONS, SECRETARIAT_ROLES, Permission, Role
from testamur.extracts.models import Applicant, CaseNote, RecordRequest, RequestMove
from testamur.extracts.states import REQUEST
from testamur.kernel.errors import Conflict, NotAllowed, NotFound
from testamur.kernel.verdict import Verdict
from testamur.log import actions as log_actions
from testamur.notices import actions as notices_actions
from testamur.students import queries as students_queries

_PLACE: Final = "/student/"


def day_of(at: datetime) -> date:
    """Return the register's own local date of a moment (CAL-5)."""
    return at.astimezone(ZoneInfo(settings.TIME_ZONE)).date()


def person_of(by: UUID) -> UUID:
    """Return the person behind an account; refuses before they have told their details."""
    person_id = students_queries.person_of_account(by)
    if person_id is None:
        raise NotAllowed("Tell us who you are first: your name and your date of birth.")
    return person_id


def role_of(by: UUID, at: datetime, *permissions: Permission) -> Role:
    """Return in which secretariat role somebody acts who holds one of some permissions; a supervisor where they are both.

    Refuses everybody else.
    """
    wanted = set(permissions)
    roles = {held.role for held in accounts_queries.memberships_of(by, at) if wanted & PERMISSIONS[held.role]}
    if not roles & SECRETARIAT_ROLES:
        raise NotAllowed("Only secretariat staff whose role it is do this, inside a case.")
    return Role.SUPERVISOR if Role.SUPERVISOR in roles else sorted(roles & SECRETARIAT_ROLES)[0]


def officer_role(by: UUID, at: datetime) -> Role:
    """Return the role of an officer or supervisor who works on applications; refuses everybody else, auditors too."""
    return role_of(by, at, Permission.WORK_APPLICATION, Permission.APPROVE_APPLICATION)


def refuse_locked(person_id: UUID) -> None:
    """Raise Conflict where the applicant's account is locked: nothing goes out before it is open again (TEQ-09)."""
    account_id = Applicant.objects.values_list("account_id", flat=True).get(person_id=person_id)
    if accounts_queries.account(account_id).locked_at is not None:
        raise Conflict("The applicant's account is locked. Open it first, after a new identity check.")


def locked_request(number: str) -> RecordRequest:
    """Return a request, locked for change; raises NotFound where there is none that this transaction may see."""
    found = RecordRequest.objects.select_for_update().filter(number=number).first()
    if found is None:
        raise NotFound("There is no such application, or none that you may see.")
    return found


def move(request: RecordRequest, *verbs: str, by: UUID | None, at: datetime) -> None:
    """Take a request through some moves of its machine, each written down; raises Conflict for one that is not possible."""
    for verb in verbs:
        before, request.state = request.state, REQUEST.move(request.state, verb)
        RequestMove.objects.create(
            request=request, person_id=request.person_id, from_state=before, to_state=request.state, by=by, at=at
        )
    request.state_since = at
    request.save(update_fields=["state", "state_since", "decision"])


def tell(person_id: UUID, template: str, *, at: datetime) -> None:
    """Send the person a mail that says where to look and nothing else (TEQ-08)."""
    account_id = Applicant.objects.values_list("account_id", flat=True).get(person_id=person_id)
    address = accounts_queries.account(account_id).email
    link = f"{settings.PUBLIC_URL}{_PLACE}"
    notices_actions.queue_mail(template, address=address, account_id=account_id, context={"link": link}, at=at)


def note(text: str, *, by: UUID | None, at: datetime, request: str | None = None, check: str | None = None) -> None:
    """Write a note into the case of a request or of an identity check."""
    CaseNote.objects.create(request_id=request, identity_check_id=check, by=by, at=at, text=text)


def written(verdict: Verdict) -> dict[str, object]:
    """Return a verdict as it is kept with a request."""
    findings: Sequence[dict[str, object]] = [
        {"rule": one.rule, "outcome": one.outcome, "message": one.message, "source": one.source}
        for one in verdict.findings
    ]
    return {"ruleset": verdict.ruleset, "version": verdict.version, "outcome": verdict.outcome, "findings": findings}


@dataclass(frozen=True, slots=True)
class About:
    """Whose record was read, and in which case: the person, one of their students, the provider."""

    person: UUID | None = None
    student: int | None = None
    provider: int | None = None
    case: str | None = None


def record_read(action: str, purpose: str, about: About, *, by: UUID | None, role: str, at: datetime) -> None:
    """Leave the access event of a read, in the transaction of the read: without it nothing is shown."""
    log_actions.record_access(
        by=by,
        role=role,
        action=cast(Any, action),
        purpose=cast(Any, purpose),
        at=at,
        on=day_of(at),
        person=about.person,
        student=about.student,
        provider=about.provider,
        case=about.case,
    )
