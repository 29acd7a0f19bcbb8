"""Reads of applications, identity checks, matches and extracts. Rows of a person need that person's scope or the register's."""

from collections import Counter
from datetime import date
from uuid import UUID

from testamur.extracts import rules, states
from testamur.extracts.models import Applicant, CaseNote, Extract, IdentityCheck, RecordRequest, RequestMatch
from testamur.extracts.queries.facts import (
    ApplicantFacts,
    ExtractFacts,
    IdentityFacts,
    IdentityWaiting,
    LockedApplicant,
    MatchFacts,
    Move,
    NoteFacts,
    RequestFacts,
    Waiting,
    applicant_facts,
    extract_facts,
    identity_facts,
    request_facts,
)
from testamur.extracts.queries.proof import leaf_values, own_proof, recomputed_leaves
from testamur.extracts.rules import Claim, FieldCompared
from testamur.kernel import tenancy
from testamur.kernel.errors import NotFound
from testamur.providers import queries as providers_queries

__all__ = [
    "ApplicantFacts",
    "ExtractFacts",
    "IdentityFacts",
    "IdentityWaiting",
    "LockedApplicant",
    "MatchFacts",
    "Move",
    "NoteFacts",
    "RequestFacts",
    "Waiting",
    "applicant",
    "claim_of",
    "counts_by_state",
    "current_identity",
    "extract",
    "extracts_of",
    "find_applicant",
    "identities_waiting",
    "identity_check",
    "identity_checks",
    "identity_standing",
    "idle_requests",
    "leaf_values",
    "locked_applicants",
    "matches_of",
    "notes_of",
    "own_proof",
    "recomputed_leaves",
    "request",
    "requests_of",
    "requests_waiting",
]

# A person's own -------------------------------------------------------------------------------------------------------


def find_applicant(person_id: UUID) -> ApplicantFacts | None:
    """Return who a person says they are, or None while they have not."""
    row = Applicant.objects.filter(person_id=person_id).first()
    return applicant_facts(row) if row else None


def applicant(person_id: UUID) -> ApplicantFacts:
    """Return who a person says they are; raises NotFound."""
    found = find_applicant(person_id)
    if found is None:
        raise NotFound("There are no details of this person yet.")
    return found


def claim_of(person_id: UUID, request: RequestFacts) -> Claim:
    """Return what is compared with the records: the person's details with what a request says."""
    told = applicant(person_id)
    return Claim(told.names, told.birth_date, request.attended_from, request.attended_until, request.courses)


def identity_checks(person_id: UUID) -> list[IdentityFacts]:
    """Return a person's identity checks, the newest first."""
    rows = IdentityCheck.objects.filter(person_id=person_id).order_by("-named_at", "-changed_at")
    return [identity_facts(row) for row in rows]


def current_identity(person_id: UUID, *, on: date) -> IdentityFacts | None:
    """Return the check that counts on a day: one that passed and has not lapsed, else the open one, else None."""
    checks = identity_checks(person_id)
    passed = [one for one in checks if one.state == "passed" and one.valid_until and on < one.valid_until]
    waiting = [one for one in checks if one.state in {"named", "pending", "assisted", "proposed"}]
    return next(iter(passed + waiting), None)


def identity_standing(person_id: UUID, *, on: date) -> str:
    """Return none, pending, assisted or verified: the fact that the ruleset `extract` asks for."""
    check = current_identity(person_id, on=on)
    words = {"passed": "verified", "pending": "pending", "assisted": "assisted", "proposed": "assisted"}
    return words.get(check.state, "none") if check else "none"


def requests_of(person_id: UUID) -> list[RequestFacts]:
    """Return a person's applications, the newest first."""
    return request_facts(RecordRequest.objects.filter(person_id=person_id).order_by("-started_at", "-number"))


def request(number: str) -> RequestFacts:
    """Return one application; raises NotFound where there is none that this transaction may see."""
    found = request_facts(RecordRequest.objects.filter(number=number))
    if not found:
        raise NotFound("There is no such application, or none that you may see.")
    return found[0]


def extracts_of(person_id: UUID) -> list[ExtractFacts]:
    """Return a person's extracts, the newest first."""
    return [extract_facts(row) for row in Extract.objects.filter(person_id=person_id).order_by("-issued_at", "-number")]


def extract(number: str) -> ExtractFacts:
    """Return one extract; raises NotFound where there is none that this transaction may see."""
    row = Extract.objects.filter(number=number).first()
    if row is None:
        raise NotFound("There is no such extract, or none that you may see.")
    return extract_facts(row)


# The secretariat's ---------------------------------------------------------------------------------------------------


def requests_waiting(*, state: str = "") -> list[Waiting]:
    """Return applications, the longest waiting first: those of one state, or all that are open or locked. Nothing personal."""
    wanted = [state] if state else [*states.OPEN, "locked"]
    with tenancy.for_register():
        rows = list(RecordRequest.objects.filter(state__in=wanted).order_by("state_since", "number"))
        names = providers_queries.legal_names([row.provider_id for row in rows])
    return [Waiting(row.number, names[row.provider_id], row.state, row.started_at, row.state_since) for row in rows]


def counts_by_state() -> dict[str, int]:
    """Return how many applications are in each state."""
    with tenancy.for_register():
        return dict(Counter(RecordRequest.objects.values_list("state", flat=True)))


def identities_waiting() -> list[IdentityWaiting]:
    """Return the identity checks on which somebody must decide, the longest waiting first. Nothing personal."""
    with tenancy.for_register():
        rows = list(
            IdentityCheck.objects.filter(state__in=["pending", "assisted", "proposed"]).order_by("changed_at", "number")
        )
    return [IdentityWaiting(r.number, r.get_kind_display(), r.state, r.changed_at, r.proposed_by) for r in rows]


def identity_check(number: str) -> IdentityFacts:
    """Return one identity check; raises NotFound where there is none that this transaction may see."""
    row = IdentityCheck.objects.filter(number=number).first()
    if row is None:
        raise NotFound("There is no such identity check, or none that you may see.")
    return identity_facts(row)


def matches_of(number: str) -> list[MatchFacts]:
    """Return the students compared in a case, the proposed first. Needs the register scope."""
    order = {"confirmed": 0, "proposed": 1, "found": 2, "rejected": 3}
    rows = sorted(
        RequestMatch.objects.filter(request_id=number), key=lambda row: (order[row.state], not row.exact, row.pk)
    )
    return [
        MatchFacts(
            id=row.pk,
            student_id=row.student_id,
            exact=row.exact,
            fields=tuple(FieldCompared(**field) for field in row.facts),
            state=row.state,
            proposed_by=row.proposed_by,
            reason=row.reason,
            decided_by=row.decided_by,
            link_id=row.link_id,
        )
        for row in rows
    ]


def notes_of(*, request: str | None = None, identity_check: str | None = None) -> list[NoteFacts]:
    """Return the notes of a case, oldest first. Needs the register scope."""
    rows = CaseNote.objects.filter(request_id=request, identity_check_id=identity_check).order_by("id")
    return [NoteFacts(row.by, row.at, row.text) for row in rows]


def locked_applicants() -> list[LockedApplicant]:
    """Return the locked accounts of applicants, the longest locked first. Nothing personal."""
    with tenancy.for_register():
        rows = Applicant.objects.filter(account__locked_at__isnull=False).select_related("account")
        people = list(rows.order_by("account__locked_at"))
        cases = RecordRequest.objects.filter(person_id__in=[row.person_id for row in people], state="locked")
        numbers: dict[UUID, list[str]] = {}
        for case in cases.order_by("number"):
            numbers.setdefault(case.person_id, []).append(case.number)
    return [
        LockedApplicant(row.account_id, row.account.locked_at, tuple(numbers.get(row.person_id, ())))
        for row in people
        if row.account.locked_at
    ]


def idle_requests(on: date) -> list[str]:
    """Return the applications that have waited for the applicant, not for an officer, for 30 days. Needs the register scope."""
    idle = RecordRequest.objects.filter(
        state__in=["started", "email_confirmed"], state_since__date__lt=rules.idle_since(on)
    )
    return list(idle.values_list("number", flat=True))
