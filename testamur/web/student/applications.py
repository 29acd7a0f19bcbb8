"""Find the provider, apply, follow the application, withdraw it, have a new extract certified (TEQ-02, TEQ-03, TEQ-06)."""

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from testamur.extracts import actions as extracts_actions
from testamur.extracts import queries as extracts_queries
from testamur.extracts.actions import Asked
from testamur.extracts.queries import RequestFacts
from testamur.extracts.states import REQUEST
from testamur.kernel.errors import NotFound, Refusal
from testamur.kernel.identifiers import printed
from testamur.providers import queries as providers_queries
from testamur.providers.queries import ProviderCard
from testamur.submissions import coverage
from testamur.submissions.queries.coverage import coverage_of
from testamur.web.access import Request, collects, for_student, today
from testamur.web.coverage_parts import ANSWERS, coverage_figure
from testamur.web.parts import Entry, SummaryRow, crumbs
from testamur.web.provider_answers import answers_for
from testamur.web.provider_words import SECTORS, status_words
from testamur.web.student.forms import ApplyForm, add_refusal
from testamur.web.student.home import requests_table
from testamur.web.student.words import STATES, TRACK, state_of
from testamur.web.templatetags.testamur import long_moment

_LONGEST_QUERY = 200
_MOST_HITS = 20
_OPERATING = ("registered", "ceasing")


@for_student
@require_safe
def find(request: Request) -> HttpResponse:
    """Find the provider by any of its names, its ABN or a code; one box, all three at once."""
    typed = request.GET.get("q", "")[:_LONGEST_QUERY].strip()
    hits = providers_queries.search_providers(typed, on=today())[:_MOST_HITS] if typed else []
    context = {
        "typed": typed,
        "hits": [
            (hit, status_words(hit.status), hit.status in _OPERATING, _may_apply(hit.provider_id)) for hit in hits
        ],
        "crumbs": crumbs(("My records", reverse("student:home"))),
    }
    return render(request, "student/find.html", context)


def _may_apply(provider_id: int) -> bool:
    """Say whether an application can be made for records of a provider, in one of its sectors at least."""
    on = today()
    return any(answer.may_apply for answer in answers_for(providers_queries.provider_card(provider_id, on=on), on))


@for_student
@collects("records-application")
def apply(request: Request) -> HttpResponseBase:
    """Apply for the records of one provider.

    An operating provider is answered with its contact details instead, one of which nothing is held with guidance
    (TEQ-01), a vocational one with its regulator (TEQ-11).
    """
    chosen = request.GET.get("provider", "")
    if not (chosen.isascii() and chosen.isdigit() and len(chosen) < 10):
        return redirect("student:find")
    if request.acting.person_id is None:
        messages.info(request, "First tell us who you are. Then find your provider and apply.")
        return redirect("student:details")
    card = providers_queries.provider_card(int(chosen), on=today())
    form = ApplyForm(request.POST or None, sectors=card.sectors)
    if request.method == "POST" and form.is_valid():
        try:
            return redirect("student:request", _applied(request, card, form))
        except Refusal as refused:
            add_refusal(form, refused)
    steps = crumbs(("My records", reverse("student:home")), ("Find your provider", reverse("student:find")))
    answers = answers_for(card, today())
    context = {
        "form": form,
        "card": card,
        "operating": card.status in _OPERATING,
        "answers": answers,
        "may_apply": any(answer.may_apply for answer in answers),
        "crumbs": steps,
    }
    return render(request, "student/apply.html", context, status=422 if form.errors else 200)


def _applied(request: Request, card: ProviderCard, form: ApplyForm) -> str:
    """Apply, and return the number of the application."""
    typed = form.cleaned_data
    asked = Asked(card.id, typed["sector"], typed["attended_from"], typed["attended_until"], typed["courses"])
    by, once = request.acting.account_id, str(typed["once"])
    return extracts_actions.request_records(asked, by=by, at=timezone.now(), once=once)


@for_student
@require_safe
def applications(request: Request) -> HttpResponse:
    """List one's applications."""
    person_id = request.acting.person_id
    requests = extracts_queries.requests_of(person_id) if person_id else []
    return render(request, "student/applications.html", {"table": requests_table(requests)})


@for_student
@require_safe
def application(request: Request, number: str) -> HttpResponse:
    """Follow one application: where it stands, what happens next, and the answer where there is one."""
    one = _own(request, number)
    words, tone, following = state_of(one)
    card = providers_queries.provider_card(one.provider_id, on=today())
    context = {
        "one": one,
        "printed": printed(one.number),
        "state": (words, tone),
        "following": following,
        "steps": _steps(one),
        "rows": _rows(one),
        "moves": _moves(one),
        "card": card,
        "regulators": [
            providers_queries.regulator(code) for code in dict.fromkeys(r.regulator for r in card.registrations)
        ],
        "operating": card.status in _OPERATING,
        "findings": _said(one),
        **_coverage(one),
        "answer": one.decision.get("answer", ""),
        "ready": one.state in {"ready", "collected", "closed"},
        "needs_identity": one.state == "email_confirmed",
        "may_withdraw": REQUEST.allowed(one.state, "withdraw") and one.state != "locked",
        "crumbs": crumbs(("My records", reverse("student:home")), ("My applications", reverse("student:applications"))),
    }
    return render(request, "student/application.html", context)


def _own(request: Request, number: str) -> RequestFacts:
    """Return one of the reader's own applications; raises NotFound."""
    found = extracts_queries.request(number) if request.acting.person_id else None
    if found is None or found.person_id != request.acting.person_id:
        raise NotFound("There is no such application, or none that you may see.")
    return found


def _said(one: RequestFacts) -> list[dict[str, str]]:
    """Return the findings behind a final answer; while something is still compared nothing is said about it."""
    if one.state not in {"redirected", "not_held", "no_match"} or one.decision.get("answer"):
        return []
    findings = one.decision.get("findings", [])
    return [finding for finding in findings if finding["outcome"] == one.decision.get("outcome")]


def _coverage(one: RequestFacts) -> dict[str, object]:
    """Return the map of what the provider lodged; for an answer without a record, what it says of the years (CQR-12)."""
    held = coverage_of(one.provider_id, at=timezone.now()).of(sector=one.sector)
    said = coverage.cited(held, one.provider_name, one.attended_from, one.attended_until)
    return {"coverage": coverage_figure(held), "cited": said, "answer_kind": ANSWERS.get(one.state)}


def _steps(one: RequestFacts) -> list[tuple[str, str]]:
    """Return the stations of an application with done, now or later."""
    at = next((place for place, (_, states) in enumerate(TRACK) if one.state in states), None)
    if at is None:
        return []
    done = at if one.state not in TRACK[-1][1] else len(TRACK)
    return [(label, "done" if n < done else "now" if n == done else "later") for n, (label, _) in enumerate(TRACK)]


def _rows(one: RequestFacts) -> list[SummaryRow]:
    """Return what was asked for."""
    return [
        SummaryRow("Number", printed(one.number), mono=True),
        SummaryRow("Provider", one.provider_name),
        SummaryRow("Sector", SECTORS[one.sector].capitalize()),
        SummaryRow("Attended", f"{one.attended_from} to {one.attended_until}"),
        SummaryRow("Courses", one.courses or "not told"),
    ]


def _moves(one: RequestFacts) -> list[Entry]:
    """Return the moves that say something, each state once in a row, the newest first."""
    entries: list[Entry] = []
    for move in one.moves:
        words, tone, _ = STATES[move.to_state]
        if not entries or entries[-1].title != words:
            entries.append(Entry(long_moment(move.at), words, tone=tone))
    return entries[::-1]


@for_student
def withdraw(request: Request, number: str) -> HttpResponseBase:
    """Withdraw an application, after asking."""
    one = _own(request, number)
    if request.method == "POST":
        extracts_actions.withdraw_request(number, by=request.acting.account_id, at=timezone.now())
        messages.success(request, "Your application is withdrawn.")
        return redirect("student:home")
    steps = crumbs(
        ("My applications", reverse("student:applications")),
        (one.provider_name, reverse("student:request", args=[number])),
    )
    return render(request, "student/withdraw.html", {"one": one, "crumbs": steps})


@for_student
@require_POST
def certify(request: Request, number: str) -> HttpResponseBase:
    """Have a new extract certified of what is held today."""
    _own(request, number)
    once = request.POST.get("once", "")[:64]
    extract = extracts_actions.certify_extract(number, by=request.acting.account_id, at=timezone.now(), once=once)
    messages.success(request, f"Extract {printed(extract)} is certified. It takes the place of the one before.")
    return redirect("student:record")
