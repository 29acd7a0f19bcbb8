"""Which student the applicant is: compared by the register, confirmed by people, reversible (TEQ-07, G-45, F.2)."""

from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime
from uuid import UUID

from django.db import transaction

from testamur.accounts.roles import Permission, Role
from testamur.extracts import assembling, queries, rules
from testamur.extracts.actions import certifying, writing
from testamur.extracts.models import RecordRequest, RequestMatch
from testamur.extracts.rules import Candidate, Claim, Name
from testamur.kernel import tenancy
from testamur.kernel.errors import Conflict, NotAllowed, NotFound, refuse_unless
from testamur.register import queries as register_queries
from testamur.students import actions as students_actions
from testamur.students import queries as students_queries
from testamur.students.queries import StudentCard


def candidates_for(provider_id: int, family_names: Iterable[str], claim: Claim) -> list[Candidate]:
    """Return the students of a provider with one of some family names who are worth comparing. Needs the register scope."""
    cards: dict[int, StudentCard] = {}
    for family_name in dict.fromkeys(family_names):
        for card in students_queries.candidates(provider_id, family_name=family_name):
            if rules.worth_comparing(claim, _candidate(card, [])):
                cards[card.student_id] = card
    studied: dict[int, list[tuple[int | None, str]]] = {}
    for version in register_queries.current_versions(sorted(cards)):
        years: list[int | None] = [*assembling.years_of(version)] or [None]
        course = " ".join(version.course) if version.course else ""
        studied.setdefault(version.student_id, []).extend((year, course) for year in years)
    return [_candidate(card, studied.get(number, [])) for number, card in sorted(cards.items())]


def _candidate(card: StudentCard, studied: list[tuple[int | None, str]]) -> Candidate:
    """Return what is compared of one student."""
    former = tuple(_former(name, card) for name in card.former_names)
    return Candidate(
        student_id=card.student_id,
        names=(Name(card.family_name, card.given_name, card.other_names), *former),
        birth=card.birth,
        years=tuple(sorted({year for year, _ in studied if year})),
        courses=tuple(dict.fromkeys(course.strip() for _, course in studied if course.strip())),
    )


def _former(printed: str, card: StudentCard) -> Name:
    """Return a former printed name as family and given names: the last word is the family name unless there is one word."""
    given, _, family = printed.rpartition(" ")
    return Name(family, given) if given else Name(family or card.family_name)


def match_request(request: RecordRequest, *, at: datetime) -> tuple[int, bool]:
    """Compare the applicant with every candidate and keep the comparisons; returns matches and placeholder for the ruleset.

    Runs for the register itself, in its scope; every student compared sees it in their list of reads.
    """
    claim = queries.claim_of(request.person_id, queries.request(request.number))
    found = candidates_for(request.provider_id, [name.family for name in claim.names], claim)
    result = rules.match(claim, found)
    _keep(request, result, at=at)
    for reason in result.reasons:
        writing.note(reason, by=None, at=at, request=request.number)
    for candidate in found:
        _record_search(request, candidate.student_id, by=None, role="register", at=at)
    return result.matches, result.placeholder


def _keep(request: RecordRequest, result: rules.MatchResult, *, at: datetime) -> None:
    """Keep comparisons with the request; a student compared before is compared anew unless a decision stands."""
    for compared in result.comparisons:
        facts = [asdict(field) for field in compared.fields]
        row, created = RequestMatch.objects.get_or_create(
            request=request,
            student_id=compared.student_id,
            defaults={"exact": compared.exact, "facts": facts, "state": "found", "found_at": at},
        )
        if not created and row.state in {"found", "rejected"}:
            row.exact, row.facts, row.state, row.found_at = compared.exact, facts, "found", at
            row.save()
        if compared.student_id == result.proposed and row.state == "found":
            row.state = "proposed"
            row.save(update_fields=["state"])


def _record_search(request: RecordRequest, student_id: int, *, by: UUID | None, role: str, at: datetime) -> None:
    """Leave the access event of a comparison."""
    about = writing.About(student=student_id, provider=request.provider_id, case=request.number)
    writing.record_read("searched", "extract", about, by=by, role=role, at=at)


@transaction.atomic
def look_for_candidates(number: str, family_name: str, *, by: UUID, at: datetime) -> int:
    """An officer compares the applicant with the students of another family name as well; returns how many were found."""
    role = writing.role_of(by, at, Permission.WORK_APPLICATION)
    if not family_name.strip():
        raise NotAllowed("Enter a family name to look for.")
    with tenancy.for_register():
        request = writing.locked_request(number)
        if request.state != "officer":
            raise Conflict("Candidates are looked for while the case is with an officer.")
        claim = queries.claim_of(request.person_id, queries.request(number))
        found = candidates_for(request.provider_id, [family_name], claim)
        result = rules.match(claim, found)
        _keep(request, rules.MatchResult(None, result.matches, result.placeholder, result.comparisons, ()), at=at)
        for candidate in found:
            _record_search(request, candidate.student_id, by=by, role=role.value, at=at)
    return len(found)


@transaction.atomic
def propose_match(number: str, student_id: int, *, reason: str, by: UUID, at: datetime) -> None:
    """An officer has chosen which compared student the applicant is, with the reason; a supervisor decides unless it is exact."""
    writing.role_of(by, at, Permission.WORK_APPLICATION)
    if not reason.strip():
        raise NotAllowed("Write down why this student is the applicant.")
    with tenancy.for_register():
        request = writing.locked_request(number)
        writing.move(request, "find", by=by, at=at)
        chosen = RequestMatch.objects.filter(request=request, student_id=student_id, state="found").first()
        if chosen is None:
            raise NotFound("This student was not compared with the applicant. Look for candidates first.")
        chosen.state, chosen.proposed_by, chosen.reason = "proposed", by, reason.strip()
        chosen.save()


@transaction.atomic
def confirm_match(number: str, *, by: UUID, at: datetime) -> str | None:
    """The applicant is the proposed student: the person is linked, an extract certified, and the mail sent that it is ready.

    An exact match is confirmed by an officer; any other by a supervisor who did not choose it (F.2). Refuses while the identity
    is not confirmed. Returns the extract's number, or None where the extract could not be certified: the case then says
    why and can be certified again.
    """
    role = writing.officer_role(by, at)
    with tenancy.for_register():
        request = writing.locked_request(number)
        chosen = RequestMatch.objects.select_for_update().filter(request=request, state="proposed").first()
        if request.state != "found" or chosen is None:
            raise Conflict("No match is proposed in this case.")
        if queries.identity_standing(request.person_id, on=writing.day_of(at)) != "verified":
            raise NotAllowed("The applicant's identity is not confirmed any more. Confirm it first (TEQ-06).")
        writing.refuse_locked(request.person_id)
        supervisor = role is Role.SUPERVISOR
        refuse_unless(
            rules.may_confirm_match(exact=chosen.exact, proposed_by=chosen.proposed_by, by=by, supervisor=supervisor)
        )

        reason = chosen.reason or f"Exact match in case {number}"
        chosen.link_id = students_actions.link_student(
            request.person_id, chosen.student_id, reason=reason, by=by, at=at
        )
        chosen.state, chosen.decided_by, chosen.decided_at = "confirmed", by, at
        chosen.save()
        return certifying.certify_or_note(request, by=by, at=at)


@transaction.atomic
def reject_match(number: str, *, reason: str, by: UUID, at: datetime) -> None:
    """The proposed student is not the applicant; the case goes back to an officer with the reason."""
    writing.officer_role(by, at)
    if not reason.strip():
        raise NotAllowed("Write down why this student is not the applicant.")
    with tenancy.for_register():
        request = writing.locked_request(number)
        if not _end_proposed(request, reason, by=by, at=at):
            raise Conflict("No match is proposed in this case.")
        writing.move(request, "reject", by=by, at=at)
        writing.note(f"Match rejected: {reason.strip()}", by=by, at=at, request=number)


def _end_proposed(request: RecordRequest, reason: str, *, by: UUID, at: datetime) -> int:
    """Reject the proposed match of a request, if there is one; returns how many."""
    proposed = RequestMatch.objects.filter(request=request, state="proposed")
    return proposed.update(state="rejected", reason=reason.strip(), decided_by=by, decided_at=at)


def is_confirmed(request: RecordRequest) -> bool:
    """Say whether people have confirmed who the applicant is in this case; needs the register scope."""
    return RequestMatch.objects.filter(request=request, state="confirmed").exists()


def start_again(person_id: UUID, *, by: UUID, at: datetime) -> None:
    """Take a person's open applications back to the identity: what was compared was about other details.

    Needs the register scope. A match that people have confirmed stands.
    """
    for request in RecordRequest.objects.select_for_update().filter(
        person_id=person_id, state__in=["officer", "found"]
    ):
        _end_proposed(request, "The applicant's details have changed.", by=by, at=at)
        writing.move(request, "restart", by=by, at=at)


def drop_found(request: RecordRequest, *, by: UUID, at: datetime) -> None:
    """Reject what was proposed when a case is answered otherwise."""
    _end_proposed(request, "Answered otherwise.", by=by, at=at)


@transaction.atomic
def undo_match(number: str, *, reason: str, by: UUID, at: datetime) -> None:
    """A confirmed match was wrong: the link is undone, its extracts withdrawn, and the case is with an officer again.

    A supervisor decides. What was read until then stays in the list of reads.
    """
    if writing.officer_role(by, at) is not Role.SUPERVISOR:
        raise NotAllowed("A confirmed match is undone by a supervisor.")
    with tenancy.for_register():
        request = writing.locked_request(number)
        confirmed = RequestMatch.objects.select_for_update().filter(request=request, state="confirmed").first()
        if confirmed is None or confirmed.link_id is None:
            raise Conflict("No match is confirmed in this case.")
        students_actions.undo_link(confirmed.link_id, reason=reason, by=by, at=at)
        confirmed.state, confirmed.reason = "rejected", reason.strip()
        confirmed.decided_by, confirmed.decided_at = by, at
        confirmed.save()
        certifying.withdraw_extracts(request, at=at)
        writing.move(request, "undo" if request.state != "found" else "reject", by=by, at=at)
        writing.note(f"Match undone: {reason.strip()}", by=by, at=at, request=number)
