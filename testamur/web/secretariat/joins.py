"""The secretariat's proposed joins: the queue, one pair side by side, and what is decided about it (TEQ-07, CQR-07, F.2).

Opening a pair leaves an access event for both students before anything about them is shown; the queue shows nobody.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID, uuid4

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import URLPattern, URLResolver, path, reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from testamur.accounts.roles import Role
from testamur.extracts import actions as extracts_actions
from testamur.kernel.errors import Refusal
from testamur.kernel.identifiers import printed
from testamur.providers import queries as providers_queries
from testamur.students.linkage import actions as linkage_actions
from testamur.students.linkage import queries as linkage_queries
from testamur.students.linkage.queries import GROUNDS, JoinLine
from testamur.web.access import Request, for_role
from testamur.web.parts import Cell, Column, Table, crumbs, paging
from testamur.web.secretariat.deciding import carried_out, chosen
from testamur.web.secretariat.join_parts import ANSWERS, STATES, QueueForm, case_parts
from testamur.web.secretariat.waiting_picture import ENDS, Kind, waiting_by_age

_READERS: Final = (Role.SECRETARIAT_OFFICER, Role.SUPERVISOR, Role.AUDITOR)
_WORKERS: Final = (Role.SECRETARIAT_OFFICER, Role.SUPERVISOR)
_PAGE: Final = 50


@for_role(*_READERS)
@require_safe
def joins(request: Request) -> HttpResponse:
    """List the proposals that wait, with the picture of how long, by reason; nothing about anybody."""
    form = QueueForm(request.GET or None)
    wanted = form.cleaned_data if form.is_bound and form.is_valid() else {}
    page = int(request.GET["page"]) if request.GET.get("page", "").isdecimal() else 1
    now = timezone.now()
    chosen: dict[str, str] = {name: wanted.get(name, "") for name in ("state", "grounds", "order")}
    found, total = linkage_queries.joins(**chosen, first=max(0, page - 1) * _PAGE, limit=_PAGE)
    url = reverse("secretariat:joins")
    kinds = _kinds(now, url)
    context = {
        "filters": form,
        "clear_url": url if request.GET else "",
        "table": _table(found, now),
        "paging": paging(page=page, size=_PAGE, total=total, path=url, query=chosen.items(), noun="proposals"),
        "picture": waiting_by_age(kinds) if kinds else None,
        "crumbs": crumbs(("Work", reverse("secretariat:home"))),
        "wide": True,
    }
    return render(request, "secretariat/joins.html", context)


def _kinds(now: datetime, url: str) -> list[Kind]:
    """Return how long proposals have waited, by reason, the strongest reason first."""
    waited = {one.group: one for one in linkage_queries.waited(ENDS, at=now, by_ground=True)}
    return [
        Kind.counted(words, waited[ground], f"{url}?grounds={ground}")
        for ground, words in GROUNDS.items()
        if ground in waited
    ]


def _table(found: Sequence[JoinLine], now: datetime) -> Table:
    """Return the queue as a table."""
    names = providers_queries.legal_names({provider for line in found for provider in line.providers})
    rows = []
    for line in found:
        words, tone = STATES[line.state]
        said, said_tone = ANSWERS[line.answer]
        rows.append(
            [
                Cell(printed(line.number), url=reverse("secretariat:join", args=[line.number]), mono=True),
                Cell(GROUNDS[line.grounds], note="exact" if line.exact else "not exact"),
                Cell(names[line.providers[0]], note=names[line.providers[1]]),
                Cell(words, tone=tone),
                Cell(said, tone=said_tone),
                f"{line.probability:.4f}",
                (now - line.proposed_at).days,
            ]
        )
    columns: list[Column | str] = [
        "Proposal", "Reason", "Providers", "State", "The person", Column("Score", numeric=True),
        Column("Days", numeric=True),
    ]  # fmt: skip
    return Table("Proposed joins", columns, rows, empty="No proposal waits.")


@for_role(*_READERS)
@require_safe
def join(request: Request, number: str) -> HttpResponse:
    """Open a proposal. Who opened it, when and why is written down first, and both students can read it."""
    acting = request.acting
    case = extracts_actions.open_join(number, by=acting.account_id, at=timezone.now())
    names = providers_queries.legal_names({side.provider_id for side in case.sides})
    context = {
        **case_parts(case, names, masked=acting.role is Role.AUDITOR, by=acting.account_id, role=acting.role),
        "printed": printed(number),
        "once": uuid4(),
        "crumbs": crumbs(("Work", reverse("secretariat:home")), ("Proposed joins", reverse("secretariat:joins"))),
        "wide": True,
    }
    return render(request, "secretariat/join.html", context)


# What is decided about a pair ------------------------------------------------------------------------------------------


def _confirm(number: str, request: Request, by: UUID, at: datetime) -> str:
    """Join the two."""
    reason, key = request.POST.get("reason", ""), request.POST.get("once", "")
    linkage_actions.confirm_join(number, reason=reason, by=by, at=at, key=key)
    return "The two are joined, and the log says so. A supervisor can undo it."


def _endorse(number: str, request: Request, by: UUID, at: datetime) -> str:
    """Say why the two are one person."""
    linkage_actions.endorse_join(number, reason=request.POST.get("reason", ""), by=by, at=at)
    return "Your reason is written down. A supervisor who did not write it decides."


def _decline(number: str, request: Request, by: UUID, at: datetime) -> str:
    """Say that they are two people."""
    linkage_actions.decline_join(number, reason=request.POST.get("reason", ""), by=by, at=at)
    return "Declined. The two are proposed again only if a provider says something else about one of them."


def _undo(number: str, request: Request, by: UUID, at: datetime) -> str:
    """Undo a join."""
    if linkage_actions.undo_join(number, reason=request.POST.get("reason", ""), by=by, at=at):
        return "The join is undone, and the log says so. The two are two people."
    return "The join is undone. The two are still one person: another join, or an application of each, says so."


_VERBS: Final[dict[str, Callable[[str, Request, UUID, datetime], str]]] = {
    "confirm": _confirm,
    "endorse": _endorse,
    "decline": _decline,
    "undo": _undo,
}


@for_role(*_WORKERS)
@require_POST
def act(request: Request, number: str, verb: str) -> HttpResponseBase:
    """Do one thing with a proposal and go back to it, with what was done or why it was refused."""
    here = reverse("secretariat:join", args=[number])
    return carried_out(request, chosen(_VERBS, verb, number, request), here=here, why=_why_not)


def _why_not(refused: Refusal) -> str:
    """Return the findings behind a refusal, else its words."""
    found = [f"{finding.message} {finding.fix}".strip() for finding in refused.findings]
    return " ".join(found) or refused.message


JOINS: list[URLPattern | URLResolver] = [
    path("joins/", joins, name="joins"),
    path("joins/<str:number>/", join, name="join"),
    path("joins/<str:number>/<slug:verb>/", act, name="join_act"),
]
