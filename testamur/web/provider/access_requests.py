"""Requests for access to the provider, for its administrators: the list with its clock, and the decision (CQR-19)."""

from uuid import UUID

from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from testamur.accounts import access as accounts_access
from testamur.accounts.roles import Permission
from testamur.kernel.errors import NotFound
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
from testamur.web.provider.parts import ADMINISTRATOR, here_of, shown

_VERBS = ("approve", "decline")


@for_role(*ADMINISTRATOR, permission=Permission.MANAGE_MEMBERS)
@require_safe
def access_requests(request: Request) -> HttpResponse:
    """List who asks to act for the provider, and what was answered lately."""
    now, organisation_id = here_of(request).now, _organisation(request)
    waiting = accounts_access.requests_waiting(now, organisation_id=organisation_id)
    context = {
        "waiting": waiting_table(
            waiting, now, address=lambda one: reverse("provider:access_request", args=[one.id]), named=True
        ),
        "decided": decided_table(accounts_access.requests_decided(now, organisation_id=organisation_id), named=True),
        "crumbs": _trail(),
        "wide": True,
    }
    return shown(request, "access_requests", context)


@for_role(*ADMINISTRATOR, permission=Permission.MANAGE_MEMBERS)
def access_request(request: Request, request_id: UUID) -> HttpResponse:
    """Show one request, and approve or decline it."""
    now = here_of(request).now
    found = accounts_access.access_request(request_id, now, organisation_id=_organisation(request))
    form = decision_form(request)
    if done := answered(request, found, _VERBS, form, at=now, audience="provider"):
        return done
    context = {
        "found": found,
        "state": state_words(found),
        "rows": request_rows(found),
        "clock": clock_words(found, now),
        "form": form if found.ended_at is None else None,
        "may": _VERBS if found.ended_at is None else (),
        "back": reverse("provider:access_requests"),
        "crumbs": _trail(deeper=True),
    }
    return shown(request, "access_request", context, status=422 if form.errors else 200)


def _organisation(request: Request) -> UUID:
    """Return for whom the administrator acts."""
    if request.acting.organisation_id is None:
        raise NotFound("There is no such organisation.")
    return request.acting.organisation_id


def _trail(*, deeper: bool = False) -> list[Link]:
    """Return the way back."""
    steps = [("Submissions", reverse("provider:home"))]
    return crumbs(*steps, *([("Requests for access", reverse("provider:access_requests"))] if deeper else []))
