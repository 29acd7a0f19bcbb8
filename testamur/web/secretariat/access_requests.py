"""Requests for access to providers, for the secretariat: the queue with its clock, what providers decided, and the decision.

An auditor reads how much waits and how it ended, never who asks (F.2: masked).
"""

from typing import Final
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from testamur.accounts import access as accounts_access
from testamur.accounts import queries as accounts_queries
from testamur.accounts.access import AccessRequestFacts
from testamur.accounts.roles import Permission, Role
from testamur.accounts.rules import may_decide_access
from testamur.kernel.verdict import Verdict
from testamur.web.access import Request, for_role
from testamur.web.access_parts import (
    answered,
    clock_words,
    decided_table,
    decision_form,
    request_rows,
    state_words,
    waiting_table,
)
from testamur.web.parts import Link, crumbs

_READERS: Final = (Role.SECRETARIAT_OFFICER, Role.SUPERVISOR, Role.AUDITOR)
_WORKERS: Final = (Role.SECRETARIAT_OFFICER, Role.SUPERVISOR)
_VERBS: Final = ("propose", "approve", "decline")


@for_role(*_READERS)
@require_safe
def access_requests(request: Request) -> HttpResponse:
    """List who waits for access to which provider, and what was answered in the last thirty days."""
    now = timezone.now()
    named = request.acting.role in _WORKERS
    context = {
        "waiting": waiting_table(
            accounts_access.requests_waiting(now),
            now,
            address=lambda one: reverse("secretariat:access_request", args=[one.id]) if named else "",
            named=named,
        ),
        "decided": decided_table(accounts_access.requests_decided(now), named=named),
        "crumbs": _trail(),
        "wide": True,
    }
    return render(request, "secretariat/access_requests.html", context)


@for_role(*_WORKERS, permission=Permission.MANAGE_MEMBERS)
def access_request(request: Request, request_id: UUID) -> HttpResponse:
    """Show one request, and propose, approve or decline it."""
    now = timezone.now()
    found = accounts_access.access_request(request_id, now)
    form = decision_form(request)
    if done := answered(request, found, _VERBS, form, at=now, audience="secretariat"):
        return done
    answers = {verb: _answer(request, found, verb) for verb in _VERBS}
    may = [] if found.ended_at else [verb for verb, answer in answers.items() if answer.allowed]
    if found.state == "proposed" and "propose" in may:
        may.remove("propose")
    context = {
        "found": found,
        "state": state_words(found),
        "rows": request_rows(found),
        "clock": clock_words(found, now),
        "proposer": _name(found.proposed_by) if found.proposed_by else "",
        "why_not": "" if found.ended_at or {"propose", "approve"} & set(may) else answers["approve"].reasons,
        "form": form if "decline" in may else None,
        "may": may,
        "back": reverse("secretariat:access_requests"),
        "crumbs": _trail(deeper=True),
    }
    return render(request, "secretariat/access_request.html", context, status=422 if form.errors else 200)


def _answer(request: Request, found: AccessRequestFacts, verb: str) -> Verdict:
    """Return the rule's answer for this person, so that the page offers what the action takes."""
    acting = request.acting
    return may_decide_access(
        verb,
        found.role,
        acting.role,
        own_organisation=acting.organisation_id == found.organisation_id,
        own_request=acting.account_email == found.email,
        for_secretariat=found.for_secretariat(timezone.now()),
        proposed_by_another=found.proposed_by not in (None, acting.account_id),
    )


def _name(account_id: UUID) -> str:
    """Return how a colleague is named."""
    account = accounts_queries.account(account_id)
    return account.name or account.email


def _trail(*, deeper: bool = False) -> list[Link]:
    """Return the way back."""
    steps = [("Work", reverse("secretariat:home"))]
    return crumbs(*steps, *([("Requests for access", reverse("secretariat:access_requests"))] if deeper else []))
