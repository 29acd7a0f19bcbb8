"""The secretariat's identity checks: a picture to look at, confirm or not, and the assisted way by two people (TEQ-04, TEQ-05)."""

from collections.abc import Callable
from datetime import datetime
from typing import Final
from uuid import UUID

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from testamur.accounts.roles import Permission, Role
from testamur.extracts import actions as extracts_actions
from testamur.extracts import queries as extracts_queries
from testamur.extracts.queries import IdentityFacts
from testamur.extracts.states import OPEN
from testamur.kernel.identifiers import printed
from testamur.web.access import Request, for_role
from testamur.web.parts import Cell, Column, SummaryRow, Table, crumbs
from testamur.web.secretariat import request_forms as forms
from testamur.web.secretariat.deciding import carried_out, chosen
from testamur.web.secretariat.request_parts import IDENTITY_STATES, applicant_rows, note_entries
from testamur.web.templatetags.testamur import long_moment

_WORKERS: Final = (Role.SECRETARIAT_OFFICER, Role.SUPERVISOR)
_READERS: Final = (*_WORKERS, Role.AUDITOR)
_ENDINGS: Final = {"image/jpeg": "jpg", "image/png": "png", "application/pdf": "pdf"}
_WHY: Final = {**extracts_actions.WHY_ASSISTED, "document_failed": "The picture did not confirm it"}


@for_role(*_READERS)
@require_safe
def identities(request: Request) -> HttpResponse:
    """List the identity checks on which somebody must decide; nothing about a person."""
    now = timezone.now()
    rows = []
    for one in extracts_queries.identities_waiting():
        words, tone = IDENTITY_STATES[one.state]
        url = reverse("secretariat:identity", args=[one.number]) if request.acting.role in _WORKERS else ""
        rows.append(
            [
                Cell(printed(one.number), url=url, mono=True),
                one.kind_words,
                Cell(words, tone=tone),
                (now - one.since).days,
            ]
        )
    table = Table(
        "Identity checks",
        ["Check", "Document", "State", Column("Days", numeric=True)],
        rows,
        empty="No identity check waits.",
    )
    steps = crumbs(("Work", reverse("secretariat:home")), ("Applications", reverse("secretariat:requests")))
    return render(request, "secretariat/identities.html", {"table": table, "crumbs": steps})


@for_role(*_WORKERS, permission=Permission.CONFIRM_IDENTITY)
@require_safe
def identity(request: Request, number: str) -> HttpResponse:
    """Open an identity check. Who opened it is written down first, and the person can read it."""
    acting = request.acting
    case = extracts_actions.open_identity_case(number, by=acting.account_id, at=timezone.now())
    check, supervisor = case.check, acting.role is Role.SUPERVISOR
    steps = crumbs(("Work", reverse("secretariat:home")), ("Identity checks", reverse("secretariat:identities")))
    context = {
        "number": number,
        "printed": printed(number),
        "state": IDENTITY_STATES[check.state],
        "check": check,
        "rows": _rows(check),
        "applicant": applicant_rows(case.applicant, masked=False),
        "cases": [(printed(one.number), one.number, one.provider_name) for one in case.requests if one.state in OPEN],
        "may_decide": check.state == "pending",
        "may_propose": check.state == "assisted",
        "may_approve": check.state == "proposed" and supervisor and check.proposed_by != acting.account_id,
        "waits_for_supervisor": check.state == "proposed" and not supervisor,
        "own_proposal": check.state == "proposed" and supervisor and check.proposed_by == acting.account_id,
        "fail_form": forms.ReasonForm(auto_id="fail_%s"),
        "facts_form": forms.FactsForm(auto_id="facts_%s"),
        "return_form": forms.ReasonForm(auto_id="return_%s"),
        "notes": note_entries(case.notes, masked=False),
        "crumbs": steps,
    }
    return render(request, "secretariat/identity.html", context)


def _rows(check: IdentityFacts) -> list[SummaryRow]:
    """Return what is known of a check; never the number of a document."""
    rows = [SummaryRow("Document", check.kind_words), SummaryRow("Named", long_moment(check.named_at))]
    if check.supplied_at:
        rows.append(SummaryRow("Picture arrived", long_moment(check.supplied_at)))
    if check.why_assisted:
        rows.append(SummaryRow("Why another way", _WHY.get(check.why_assisted, check.why_assisted)))
    if check.reason:
        rows.append(SummaryRow("What an officer said", check.reason))
    return rows


@for_role(*_WORKERS, permission=Permission.CONFIRM_IDENTITY)
@require_safe
def scan(request: Request, number: str) -> HttpResponse:
    """Hand out the picture as a file to the officer who decides; the look is written down, and nothing is cached."""
    content, kind = extracts_actions.read_scan(number, by=request.acting.account_id, at=timezone.now())
    name = f"identity-{number}.{_ENDINGS.get(kind, 'bin')}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "X-Content-Type-Options": "nosniff"}
    return HttpResponse(content, content_type=kind, headers=headers)


def _confirm(number: str, request: Request, by: UUID, at: datetime) -> str:
    """Confirm by the picture."""
    extracts_actions.confirm_identity(number, by=by, at=at)
    return "The identity is confirmed and the picture deleted. Waiting applications go on by themselves."


def _fail(number: str, request: Request, by: UUID, at: datetime) -> str:
    """Say that the picture did not confirm it."""
    assisted = extracts_actions.fail_identity(number, reason=request.POST.get("reason", ""), by=by, at=at)
    return f"The picture is deleted. Check {printed(assisted)} looks for another way; the person is told by e-mail."


def _propose(number: str, request: Request, by: UUID, at: datetime) -> str:
    """Write down two facts."""
    facts = [request.POST.get("first", ""), request.POST.get("second", "")]
    extracts_actions.propose_identity(number, facts, by=by, at=at)
    return "The two facts are written down. A supervisor decides."


def _approve(number: str, request: Request, by: UUID, at: datetime) -> str:
    """Approve the two facts."""
    extracts_actions.approve_identity(number, by=by, at=at)
    return "The identity is confirmed. Waiting applications go on by themselves."


def _return(number: str, request: Request, by: UUID, at: datetime) -> str:
    """Send the facts back."""
    extracts_actions.return_identity(number, reason=request.POST.get("reason", ""), by=by, at=at)
    return "The check is with an officer again."


_VERBS: Final[dict[str, Callable[[str, Request, UUID, datetime], str]]] = {
    "confirm": _confirm,
    "fail": _fail,
    "propose": _propose,
    "approve": _approve,
    "return": _return,
}


@for_role(*_WORKERS, permission=Permission.CONFIRM_IDENTITY)
@require_POST
def act(request: Request, number: str, verb: str) -> HttpResponseBase:
    """Do one thing in an identity check, with what was done or why it was refused."""
    here = reverse("secretariat:identity", args=[number])
    return carried_out(
        request, chosen(_VERBS, verb, number, request), here=here, then=reverse("secretariat:identities")
    )
