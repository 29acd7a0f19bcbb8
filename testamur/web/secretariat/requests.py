"""The secretariat's applications: the queue, one case with its comparison, and what is done in it (TEQ-07, CQR-07, F.2).

Opening a case leaves an access event before anything about a person is shown; the queue shows nothing about anybody.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from testamur.accounts import queries as accounts_queries
from testamur.accounts.roles import Role
from testamur.extracts import actions as extracts_actions
from testamur.extracts import queries as extracts_queries
from testamur.extracts.queries import RequestFacts, Waiting
from testamur.kernel.errors import NotFound
from testamur.kernel.identifiers import printed
from testamur.submissions import coverage
from testamur.submissions.queries.coverage import coverage_of
from testamur.web.access import Request, for_role
from testamur.web.coverage_parts import ANSWERS, coverage_figure
from testamur.web.parts import Cell, Column, Table, crumbs
from testamur.web.pictures import Figure, Stage, request_funnel
from testamur.web.secretariat import request_forms as forms
from testamur.web.secretariat.deciding import carried_out, chosen
from testamur.web.secretariat.request_parts import QUEUE_STATES, case_parts, state_cell

READERS: Final = (Role.SECRETARIAT_OFFICER, Role.SUPERVISOR, Role.AUDITOR)
WORKERS: Final = (Role.SECRETARIAT_OFFICER, Role.SUPERVISOR)


@for_role(*READERS)
@require_safe
def requests(request: Request) -> HttpResponse:
    """List what waits, the longest waiting first, with the picture of how far applications get."""
    states = [(state, words) for state, (words, _) in QUEUE_STATES.items()]
    form = forms.QueueForm(request.GET or None, states=states)
    wanted = form.cleaned_data["state"] if form.is_bound and form.is_valid() else ""
    waiting = extracts_queries.requests_waiting(state=wanted)
    now = timezone.now()
    context = {
        "filters": form,
        "picture": _funnel(extracts_queries.counts_by_state()),
        "table": _table(waiting, now),
        "identities": len(extracts_queries.identities_waiting()),
        "locked": len(accounts_queries.locked_accounts(now)),
        "crumbs": crumbs(("Work", reverse("secretariat:home"))),
        "wide": True,
    }
    return render(request, "secretariat/requests.html", context)


def _table(waiting: Sequence[Waiting], now: datetime) -> Table:
    """Return the queue as a table."""
    rows = [
        [
            Cell(printed(one.number), url=reverse("secretariat:request", args=[one.number]), mono=True),
            one.provider_name,
            state_cell(one.state),
            (now - one.state_since).days,
            (now - one.started_at).days,
        ]
        for one in waiting
    ]
    columns: list[Column | str] = [
        "Case",
        "Provider",
        "State",
        Column("Days in this state", numeric=True),
        Column("Days in all", numeric=True),
    ]
    return Table("Applications", columns, rows, empty="No application waits.")


def _funnel(counts: dict[str, int]) -> Figure:
    """Return how many applications reached each station."""
    reached = {
        "Applied": tuple(counts),
        "Identity confirmed": ("identity_verified", "submitted", "matching", "ambiguous", "officer", "found",
                               "no_match", "ready", "collected", "closed"),
        "Match proposed": ("found", "ready", "collected", "closed"),
        "Extract ready": ("ready", "collected", "closed"),
        "Collected": ("collected", "closed"),
    }  # fmt: skip
    stages = [Stage(label, sum(counts.get(state, 0) for state in states)) for label, states in reached.items()]
    return request_funnel(stages, title="How far applications get")


@for_role(*READERS)
@require_safe
def case(request: Request, number: str) -> HttpResponse:
    """Open a case. Who opened it, when and why is written down first, and the applicant can read it."""
    acting = request.acting
    opened = extracts_actions.open_case(number, by=acting.account_id, at=timezone.now())
    steps = crumbs(("Work", reverse("secretariat:home")), ("Applications", reverse("secretariat:requests")))
    context = {
        **_coverage(opened.request),
        **case_parts(opened, masked=acting.role is Role.AUDITOR, by=acting.account_id, role=acting.role),
        "crumbs": steps,
        "wide": True,
    }
    return render(request, "secretariat/request.html", context)


def _coverage(one: RequestFacts) -> dict[str, object]:
    """Return the coverage map of the provider's sector and what an answer may cite of it (CQR-12)."""
    held = coverage_of(one.provider_id, at=timezone.now()).of(sector=one.sector)
    said = coverage.cited(held, one.provider_name, one.attended_from, one.attended_until)
    return {"coverage": coverage_figure(held), "cited": said, "answer_kind": ANSWERS.get(one.state)}


# What is done in a case ------------------------------------------------------------------------------------------------


def _confirm(number: str, request: Request, by: UUID, at: datetime) -> str:
    """Confirm the proposed match."""
    extract = extracts_actions.confirm_match(number, by=by, at=at)
    if extract is None:
        return "The match is confirmed. The extract could not be certified; a note in the case says why."
    return f"The match is confirmed and extract {printed(extract)} is certified. The applicant is told by e-mail."


def _certify(number: str, request: Request, by: UUID, at: datetime) -> str:
    """Certify the extract of a confirmed match."""
    return f"Extract {printed(extracts_actions.certify_extract(number, by=by, at=at))} is certified."


def _reject(number: str, request: Request, by: UUID, at: datetime) -> str:
    """Reject the proposed match."""
    extracts_actions.reject_match(number, reason=request.POST.get("reason", ""), by=by, at=at)
    return "The match is rejected. The case is with an officer."


def _propose(number: str, request: Request, by: UUID, at: datetime) -> str:
    """Choose a compared student."""
    form = forms.ProposeForm(request.POST)
    if not form.is_valid():
        raise NotFound("Choose one of the students compared here, and say why.")
    said = form.cleaned_data
    extracts_actions.propose_match(number, said["student"], reason=said["reason"], by=by, at=at)
    return "The match is proposed. A supervisor decides, unless it is exact."


def _look(number: str, request: Request, by: UUID, at: datetime) -> str:
    """Compare with students of another family name."""
    found = extracts_actions.look_for_candidates(number, request.POST.get("family_name", ""), by=by, at=at)
    return f"{found} student{'' if found == 1 else 's'} of this family name compared."


def _answer(number: str, request: Request, by: UUID, at: datetime) -> str:
    """Answer by hand."""
    verb, reason = request.POST.get("verb", ""), request.POST.get("reason", "")
    extracts_actions.answer_request(number, verb, reason=reason, by=by, at=at)
    return "The case is answered. The applicant is told by e-mail where to read it."


def _look_again(number: str, request: Request, by: UUID, at: datetime) -> str:
    """Take up an answered case."""
    extracts_actions.look_again(number, reason=request.POST.get("reason", ""), by=by, at=at)
    return "The case is taken up again."


def _note(number: str, request: Request, by: UUID, at: datetime) -> str:
    """Write a note."""
    extracts_actions.add_note(number, request.POST.get("text", ""), by=by, at=at)
    return "The note is in the case."


def _undo(number: str, request: Request, by: UUID, at: datetime) -> str:
    """Undo a confirmed match."""
    extracts_actions.undo_match(number, reason=request.POST.get("reason", ""), by=by, at=at)
    return "The link is undone and the extract withdrawn. The case is with an officer."


def _lock(number: str, request: Request, by: UUID, at: datetime) -> str:
    """Lock the applicant's account."""
    extracts_actions.lock_case(number, by=by, at=at)
    return "The account is locked, and every application of its person with it."


_VERBS: Final[dict[str, Callable[[str, Request, UUID, datetime], str]]] = {
    "confirm": _confirm,
    "certify": _certify,
    "reject": _reject,
    "propose": _propose,
    "look": _look,
    "answer": _answer,
    "look-again": _look_again,
    "note": _note,
    "undo": _undo,
    "lock": _lock,
}


@for_role(*WORKERS)
@require_POST
def act(request: Request, number: str, verb: str) -> HttpResponseBase:
    """Do one thing in a case and go back to it, with what was done or why it was refused."""
    here = reverse("secretariat:request", args=[number])
    return carried_out(request, chosen(_VERBS, verb, number, request), here=here)
