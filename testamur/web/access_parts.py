"""Requests for access as those who ask and those who decide see them: words, rows, tables and the two forms."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from testamur.accounts import actions as accounts_actions
from testamur.accounts import queries as accounts_queries
from testamur.accounts.access import AccessRequestFacts
from testamur.accounts.actions.access import UNDECIDED_LASTS
from testamur.accounts.roles import DESCRIPTIONS
from testamur.accounts.rules import ADMINISTRATOR_DECIDES
from testamur.kernel.errors import Conflict
from testamur.web.access import Request
from testamur.web.parts import Cell, Column, SummaryRow, Table, Tone
from testamur.web.signin import invitation_link
from testamur.web.templatetags.testamur import long_date, long_moment

STATES: Final[dict[str, tuple[str, Tone]]] = {
    "requested": ("Address not confirmed", "warn"),
    "email_confirmed": ("Waits for a decision", "info"),
    "proposed": ("Proposed, waits for a supervisor", "info"),
    "approved": ("Approved", "good"),
    "declined": ("Declined", "bad"),
    "expired": ("Expired", "quiet"),
    "withdrawn": ("Taken back", "quiet"),
}
_DONE: Final = {
    "propose": "You have proposed it. A supervisor, another person, approves.",
    "approve": "The invitation is on its way. It can be accepted for seven days, with a second factor.",
    "decline": "The request is declined, and the person is told.",
}


class DecisionForm(forms.Form):
    """Why a request is declined."""

    reason = forms.CharField(
        label="Why it is declined",
        max_length=500,
        help_text="The person reads it. Name nobody else.",
        widget=forms.Textarea({"rows": 2}),
    )


def state_words(found: AccessRequestFacts) -> tuple[str, Tone]:
    """Return a request's state in words, with its tone."""
    return STATES[found.state]


def request_rows(found: AccessRequestFacts) -> list[SummaryRow]:
    """Return what was asked, and what was answered."""
    rows = [
        SummaryRow("Provider", found.organisation_name),
        SummaryRow("Role", DESCRIPTIONS[found.role].title),
        SummaryRow("Name", found.name),
        SummaryRow("E-mail address", found.email),
        SummaryRow("Why", found.reason),
        SummaryRow("Asked", long_moment(found.requested_at)),
    ]
    if found.confirmed_at:
        rows.append(SummaryRow("Address confirmed", long_moment(found.confirmed_at)))
    if found.ended_at:
        rows.append(SummaryRow("Ended", long_moment(found.ended_at)))
    return [*rows, SummaryRow("Reason given", found.note)] if found.note else rows


def clock_words(found: AccessRequestFacts, at: datetime) -> str:
    """Return how long a request has waited, who is to decide, and when it expires."""
    if found.confirmed_at is None or found.ended_at is not None:
        return ""
    days = found.waited(at).days
    waited = "since today" if days < 1 else f"{days} day{'' if days == 1 else 's'}"
    if found.for_secretariat(at):
        who = "the secretariat decides"
    else:
        until = long_date(timezone.localdate(found.confirmed_at + ADMINISTRATOR_DECIDES))
        who = f"the provider's administrator decides; from {until} the secretariat may too"
    expires = long_date(timezone.localdate(found.confirmed_at + UNDECIDED_LASTS))
    return f"Waits {waited}; {who}. It expires on {expires}."


def waiting_table(
    found: Sequence[AccessRequestFacts], at: datetime, *, address: Callable[[AccessRequestFacts], str], named: bool
) -> Table:
    """Return the requests that wait. `named`: the reader may see who asks; `address` leads to a request, "" for nowhere."""
    rows: list[list[object]] = []
    for one in found:
        words, tone = state_words(one)
        rows.append(
            [
                Cell(one.name if named else one.organisation_name, url=address(one), note=one.email if named else ""),
                *([one.organisation_name] if named else []),
                DESCRIPTIONS[one.role].title,
                Cell(words, tone=tone, note="" if one.for_secretariat(at) else "For the provider's administrator"),
                (one.waited(at)).days,
            ]
        )
    person: list[Column | str] = ["Person", "Provider"] if named else ["Provider"]
    columns = [*person, "Role", "State", Column("Days waited", numeric=True)]
    return Table("Requests that wait", columns, rows, empty="Nobody waits for access.")


def decided_table(found: Sequence[AccessRequestFacts], *, named: bool) -> Table:
    """Return what was decided in the last thirty days, with who decided it."""
    names = _names({one.ended_by for one in found})
    rows: list[list[object]] = []
    for one in found:
        words, tone = state_words(one)
        rows.append(
            [
                Cell(one.name if named else one.organisation_name, note=one.organisation_name if named else ""),
                DESCRIPTIONS[one.role].title,
                Cell(words, tone=tone, note=one.note if named else ""),
                Cell(long_moment(one.ended_at), note=names[one.ended_by]),
            ]
        )
    columns = ["Person" if named else "Provider", "Role", "Answer", "When, and by whom"]
    return Table("Answered in the last 30 days", columns, rows, empty="Nothing was decided in the last 30 days.")


def answered(
    request: Request,
    found: AccessRequestFacts,
    verbs: Collection[str],
    form: DecisionForm,
    *,
    at: datetime,
    audience: str,
) -> HttpResponse | None:
    """Do what was pressed on a request's page and return where the reader goes next; None where the page is shown (again)."""
    verb = request.POST.get("verb", "")
    if request.method != "POST" or verb not in verbs:
        return None
    try:
        said = decide(found, verb, form, by=request.acting.account_id, at=at)
    except Conflict as refused:
        messages.warning(request, refused.message)
        return redirect(f"{audience}:access_request", found.id)
    if not said:
        return None
    messages.success(request, said)
    return redirect(f"{audience}:access_requests")


def decision_form(request: Request) -> DecisionForm:
    """Return the form for declining, filled in where the reader declines."""
    return DecisionForm(request.POST if request.POST.get("verb") == "decline" else None)


def decide(found: AccessRequestFacts, verb: str, form: DecisionForm, *, by: UUID, at: datetime) -> str:
    """Do what was pressed and return what to tell the reader; "" where a reason is missing. Raises the actions' refusals."""
    acts: Mapping[str, Callable[[], Any]] = {
        "propose": lambda: accounts_actions.propose_access(found.id, by=by, at=at),
        "approve": lambda: accounts_actions.approve_access(found.id, link_for=invitation_link, by=by, at=at),
        "decline": lambda: accounts_actions.decline_access(found.id, reason=form.cleaned_data["reason"], by=by, at=at),
    }
    if verb == "decline" and not form.is_valid():
        return ""
    acts[verb]()
    return _DONE[verb]


def _names(people: set[UUID | None]) -> dict[UUID | None, str]:
    """Return how deciders are named."""
    names: dict[UUID | None, str] = {None: "The register"}
    for person in people:
        if person is not None:
            account = accounts_queries.account(person)
            names[person] = account.name or account.email
    return names
