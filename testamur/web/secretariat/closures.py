"""The secretariat's closure case: what is asked of a closing provider, what came, the chase log, and its end (CQR-18, REG-08)."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django import forms
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from testamur.accounts import queries as accounts_queries
from testamur.accounts.roles import Permission, Role
from testamur.kernel import tenancy
from testamur.kernel.errors import Refusal
from testamur.regulation.actions import chasing
from testamur.regulation.queries import sweeps
from testamur.regulation.queries.sweeps import SweepFacts
from testamur.regulation.states import RECORD_SWEEP
from testamur.web.access import Request, for_role
from testamur.web.closure_parts import facts_of, log_of, state_of, wanted_table
from testamur.web.coverage_parts import coverage_figure
from testamur.web.forms import DateField
from testamur.web.parts import crumbs
from testamur.web.secretariat.deciding import carried_out, chosen
from testamur.web.secretariat.waiting_picture import Kind

_READERS: Final = (Role.SECRETARIAT_OFFICER, Role.SUPERVISOR, Role.AUDITOR)
_WRITERS: Final = (Role.SECRETARIAT_OFFICER, Role.SUPERVISOR)
_KINDS: Final = (("replied", "The provider replied"), ("called", "A call"), ("noted", "A note"))


class ContactForm(forms.Form):
    """A reply, a call or a note for the chase log."""

    kind = forms.ChoiceField(label="What it was", choices=_KINDS, widget=forms.RadioSelect)
    day = DateField(label="On which day")
    text = forms.CharField(
        label="What was said or what came", max_length=2000, strip=True, widget=forms.Textarea({"rows": 3})
    )


class ReasonForm(forms.Form):
    """A reason that stays in the case."""

    reason = forms.CharField(label="Reason", max_length=2000, strip=True, widget=forms.Textarea({"rows": 2}))


@for_role(*_READERS)
@require_safe
def closure(request: Request, sweep_id: UUID) -> HttpResponse:
    """Show a closure case."""
    with tenancy.for_register():
        one = sweeps.sweep(sweep_id, at=timezone.now())
    return render(request, "secretariat/closure.html", _context(request, one))


def _context(request: Request, one: SweepFacts) -> dict[str, Any]:
    """Return what the page shows, and the forms that this person may use now."""
    acting, line = request.acting, one.registration
    names = {
        account_id: accounts_queries.account(account_id).name
        for account_id in {step.by for step in one.steps if step.by}
    }
    may, decides = acting.may(Permission.UPDATE_PROVIDER), acting.may(Permission.APPROVE_PROVIDER)
    opened = one.state == "opened"
    where = reverse("secretariat:provider", args=[line.provider_id])
    return {
        "one": one,
        "name": line.legal_name,
        "provider_url": where,
        "state": state_of(one),
        "rows": facts_of(one),
        "wanted": wanted_table(one),
        "coverage": coverage_figure(one.coverage),
        "log": log_of(one, names),
        "may_ask": may and opened and one.unanswered > 0,
        "contact": ContactForm(auto_id="contact_%s", initial={"day": one.on}) if may else None,
        "may_complete": may and opened and line.ended and not one.unanswered,
        "close_form": ReasonForm(auto_id="close_%s") if decides and one.overdue and one.unanswered else None,
        "reopen_form": ReasonForm(auto_id="reopen_%s")
        if decides and RECORD_SWEEP.allowed(one.state, "reopen")
        else None,
        "crumbs": crumbs(
            ("Work", reverse("secretariat:home")),
            ("Providers", reverse("secretariat:providers")),
            (line.legal_name, where),
        ),
        "wide": True,
    }


def _ask(sweep_id: UUID, request: Request, by: UUID, at: datetime) -> str:
    """Ask the provider once more."""
    chasing.ask_again(sweep_id, by=by, at=at)
    return "The provider is asked again by mail, once a day at most."


def _contact(sweep_id: UUID, request: Request, by: UUID, at: datetime) -> str:
    """Note a reply, a call or a note."""
    form = ContactForm(request.POST)
    if not form.is_valid():
        raise Refusal("Choose what it was, give the day, and write down what was said or what came.")
    said = form.cleaned_data
    chasing.note_contact(sweep_id, kind=said["kind"], text=said["text"], contact_date=said["day"], by=by, at=at)
    return "It is in the chase log."


def _complete(sweep_id: UUID, request: Request, by: UUID, at: datetime) -> str:
    """Close the case as complete."""
    chasing.complete_sweep(sweep_id, by=by, at=at)
    return "The case is complete."


def _close(sweep_id: UUID, request: Request, by: UUID, at: datetime) -> str:
    """Close the case as incomplete."""
    chasing.close_incomplete(sweep_id, reason=request.POST.get("reason", "")[:2000], by=by, at=at)
    return "The case is closed as incomplete. What never came stays on the map."


def _reopen(sweep_id: UUID, request: Request, by: UUID, at: datetime) -> str:
    """Open a closed case again."""
    chasing.reopen_sweep(sweep_id, reason=request.POST.get("reason", "")[:2000], by=by, at=at)
    return "The case is open again."


_VERBS: Final[dict[str, Callable[[UUID, Request, UUID, datetime], str]]] = {
    "ask": _ask,
    "contact": _contact,
    "complete": _complete,
    "close": _close,
    "reopen": _reopen,
}


@for_role(*_WRITERS, permission=Permission.UPDATE_PROVIDER)
@require_POST
def act(request: Request, sweep_id: UUID, verb: str) -> HttpResponseBase:
    """Do one thing in a closure case and go back to it, with what was done or why it was refused."""
    here = reverse("secretariat:closure", args=[sweep_id])
    return carried_out(request, chosen(_VERBS, verb, sweep_id, request), here=here)


def overdue_kind(now: datetime) -> Kind:
    """Return the closure cases whose records are overdue as one kind of work, waiting since their due day."""
    late = [one for one in sweeps.sweeps_open(at=now) if one.overdue_days > 0 and one.due]
    waits = tuple(now - datetime.combine(one.due, datetime.min.time(), now.tzinfo) for one in late if one.due)
    return Kind.of("Closure records overdue", waits, "#closures")
