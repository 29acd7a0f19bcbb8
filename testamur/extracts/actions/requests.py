"""A person asks for their records: answered from public facts at once, held for the identity, then matched (TEQ-06, CQR-09).

The ruleset `extract` decides, the same that the public page of a provider asks; its verdict is kept with the application.
"""

from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from testamur.accounts import actions as accounts_actions
from testamur.accounts import queries as accounts_queries
from testamur.extracts import queries, rules
from testamur.extracts.actions import matching, writing
from testamur.extracts.models import Applicant, RecordRequest
from testamur.extracts.states import REQUEST, WAITING_FOR_IDENTITY
from testamur.kernel import tenancy
from testamur.kernel.errors import NotAllowed, refuse_unless
from testamur.kernel.identifiers import new_public_number
from testamur.kernel.verdict import Verdict
from testamur.providers import queries as providers_queries
from testamur.register import queries as register_queries
from testamur.rulebook import evaluate

_PURPOSE = "request_records"


@dataclass(frozen=True, slots=True)
class Asked:
    """What an application says: the provider, the sector, the years attended, and the courses in the person's words."""

    provider_id: int
    sector: str
    attended_from: int
    attended_until: int
    courses: str = ""


@transaction.atomic
def request_records(asked: Asked, *, by: UUID, at: datetime, once: str = "") -> str:
    """A person has asked for what a provider lodged about them; returns the number of the application, which is the case.

    The person asks for themselves. An operating provider, a vocational course that its regulator answers for and a provider
    without holdings are answered at once; without a confirmed identity the application is kept and goes on by itself
    afterwards. `once` makes a repetition harmless. Refuses years that cannot be, and raises NotFound for an unknown provider.
    """
    person_id = writing.person_of(by)
    refuse_unless(rules.check_period(asked.attended_from, asked.attended_until, on=writing.day_of(at)))
    if once:
        digest = accounts_actions.digest_of(asdict(asked))
        before = accounts_actions.once(account_id=by, key=once, purpose=_PURPOSE, digest=digest, at=at)
        if before is not None:
            return before
    provider_id = providers_queries.provider(asked.provider_id).id

    with tenancy.for_person(person_id):
        request = RecordRequest.objects.create(
            number=new_public_number(),
            person_id=person_id,
            provider_id=provider_id,
            sector=asked.sector,
            attended_from=asked.attended_from,
            attended_until=asked.attended_until,
            courses=asked.courses.strip(),
            state=REQUEST.initial,
            started_at=at,
            state_since=at,
        )
        _answer(request, by=by, at=at)

    if once:
        accounts_actions.remember_once(account_id=by, key=once, purpose=_PURPOSE, result=request.number)
    return request.number


def verdict_on(request: RecordRequest, *, at: datetime, matches: int = 0, placeholder: bool = False) -> Verdict:
    """Return what the ruleset says about a request; before matching `matches` is 0."""
    on = writing.day_of(at)
    account_id = Applicant.objects.values_list("account_id", flat=True).get(person_id=request.person_id)
    facts = {
        "sector": request.sector,
        "served_here": _served_here(request),
        "provider_status": providers_queries.status_for_extract(request.provider_id, request.sector, on),
        "holdings": _holds_years(request),
        "requested_by": "self",
        "email_confirmed": accounts_queries.account(account_id).email_confirmed,
        "identity": queries.identity_standing(request.person_id, on=on),
        "matches": matches,
        "placeholder": placeholder,
    }
    return evaluate.decide("extract", facts, on=on)


def _served_here(request: RecordRequest) -> bool:
    """Say whether this register answers for the provider's sector: by the regulator's profile, and from what is held."""
    profile = providers_queries.served_here(request.provider_id, request.sector)
    return profile and register_queries.has_holdings(request.provider_id)


def _holds_years(request: RecordRequest) -> bool:
    """Say whether anything is held that may be of the years attended (CQR-12).

    A vocational provider lodges certificates by the year of their issue, which may be the year after the study.
    """
    until = request.attended_until + (1 if request.sector == "vet" else 0)
    return register_queries.holds_years(request.provider_id, request.attended_from, until)


def _answer(request: RecordRequest, *, by: UUID | None, at: datetime) -> None:
    """Give the answer that can be given now, or take the request as far as it can go."""
    verdict = verdict_on(request, at=at)
    request.decision = writing.written(verdict)
    if verdict.outcome == "REFUSE_REDIRECT":
        writing.move(request, "redirect", by=by, at=at)
        return
    if verdict.outcome == "NOT_HELD":
        writing.move(request, "answer_not_held", by=by, at=at)
        return
    if request.state == "started":
        writing.move(request, "confirm_email", by=by, at=at)
    standing = queries.identity_standing(request.person_id, on=writing.day_of(at))
    if standing == "verified":
        _submit(request, verdict, at=at)
    elif standing == "pending" and request.state == "email_confirmed":
        writing.move(request, "wait_for_identity", by=by, at=at)
    elif standing == "assisted" and request.state == "email_confirmed":
        writing.move(request, "assist", by=by, at=at)


def _submit(request: RecordRequest, verdict: Verdict, *, at: datetime) -> None:
    """Take a request of a person whose identity is confirmed to matching, or to an officer where the provider's end is unclear."""
    writing.move(request, "verify_identity", "submit", by=None, at=at)
    if verdict.outcome == "REFER":
        writing.move(request, "refer", by=None, at=at)
        writing.tell(request.person_id, "application_assisted", at=at)
        return
    with tenancy.for_register():
        writing.move(request, "match", by=None, at=at)
        if matching.is_confirmed(request):
            writing.move(request, "propose", by=None, at=at)
            return
        matches, placeholder = matching.match_request(request, at=at)
        decided = verdict_on(request, at=at, matches=matches, placeholder=placeholder)
        request.decision = writing.written(decided)
        if decided.outcome == "ALLOW":
            writing.move(request, "propose", by=None, at=at)
            return
        writing.move(request, "find_ambiguous", "hand_over", by=None, at=at)
        writing.tell(request.person_id, "application_assisted", at=at)


def go_on(person_id: UUID, *, at: datetime) -> None:
    """Take the applications that waited for a person's identity further; needs the register scope."""
    waiting = RecordRequest.objects.select_for_update().filter(person_id=person_id, state__in=WAITING_FOR_IDENTITY)
    for request in waiting.order_by("started_at"):
        _answer_confirmed(request, at=at)


def _answer_confirmed(request: RecordRequest, *, at: datetime) -> None:
    """Answer a request whose person is confirmed now; the provider may have become another case since."""
    verdict = verdict_on(request, at=at)
    request.decision = writing.written(verdict)
    if verdict.outcome in {"REFUSE_REDIRECT", "NOT_HELD"}:
        verb = "redirect" if verdict.outcome == "REFUSE_REDIRECT" else "answer_not_held"
        writing.move(request, "verify_identity", "submit", verb, by=None, at=at)
        if verb == "redirect":
            writing.tell(request.person_id, "application_redirected", at=at)
        return
    _submit(request, verdict, at=at)


@transaction.atomic
def withdraw_request(number: str, *, by: UUID, at: datetime) -> None:
    """A person has withdrawn their application; nothing more is compared. Only the person may."""
    with tenancy.for_person(writing.person_of(by)):
        writing.move(writing.locked_request(number), "withdraw", by=by, at=at)


@transaction.atomic
def answer_request(number: str, verb: str, *, reason: str, by: UUID, at: datetime) -> None:
    """An officer has answered a case by hand: redirect, answer_not_held or answer_no_match (CQR-12).

    Nothing is ever answered as "did not study". The person reads the reason; a mail tells them where to look.
    """
    writing.officer_role(by, at)
    if verb not in {"redirect", "answer_not_held", "answer_no_match"} or not reason.strip():
        raise NotAllowed("Choose an answer and write down why. The person reads it.")
    with tenancy.for_register():
        request = writing.locked_request(number)
        matching.drop_found(request, by=by, at=at)
        request.decision = {**request.decision, "answer": reason.strip()}
        writing.move(request, verb, by=by, at=at)
        writing.note(f"Answered: {reason.strip()}", by=by, at=at, request=number)
        template = "application_redirected" if verb == "redirect" else "application_answered"
        writing.tell(request.person_id, template, at=at)


@transaction.atomic
def look_again(number: str, *, reason: str, by: UUID, at: datetime) -> None:
    """An officer takes up a case again that was answered with no match."""
    writing.officer_role(by, at)
    with tenancy.for_register():
        writing.move(writing.locked_request(number), "look_again", by=by, at=at)
        writing.note(reason.strip() or "Taken up again.", by=by, at=at, request=number)


@transaction.atomic
def add_note(number: str, text: str, *, by: UUID, at: datetime) -> None:
    """An officer has written a note into the case; the newest note sent again by the same person changes nothing."""
    writing.officer_role(by, at)
    if not text.strip():
        raise NotAllowed("Write the note first.")
    with tenancy.for_register():
        request = writing.locked_request(number)
        newest = request.notes.order_by("-pk").first()
        if newest is None or (newest.by, newest.text) != (by, text.strip()):
            writing.note(text.strip(), by=by, at=at, request=request.number)
