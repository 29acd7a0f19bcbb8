"""Webhooks of a provider, for its administrators: addresses that are told, every message to them, and sending again (issue 3).

The secret stands in one answer to one POST and nowhere else, as a key does. Each page runs on the provider's own rows, so
another provider's address or message does not exist here.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Final
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from testamur.accounts import actions as accounts_actions
from testamur.accounts.roles import Permission
from testamur.kernel.errors import Conflict, NotAllowed, Refusal
from testamur.notices import posting, telling, webhooks
from testamur.notices.telling import MadeWebhook
from testamur.notices.webhooks import DeliveryFacts, WebhookFacts
from testamur.web.access import Request, for_role
from testamur.web.parts import Cell, Column, Link, SummaryRow, Table, Tone, crumbs
from testamur.web.provider import words
from testamur.web.provider.parts import ADMINISTRATOR, Here, here_of, shown
from testamur.web.usi_parts import sign_in_again

_SHOWN: Final = 100


class AddressForm(forms.Form):
    """Where messages go."""

    url = forms.CharField(
        label="Where to send messages",
        max_length=posting.LONGEST_URL,
        help_text="It begins with https:// and is reached from the Internet: an address inside your network, a name or a "
        "password in it, or a # are refused. We follow no redirects and wait 15 seconds for an answer.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "inputmode": "url"}),
    )


@for_role(*ADMINISTRATOR, permission=Permission.MANAGE_SYSTEMS)
@require_safe
def listed(request: Request) -> HttpResponse:
    """List the addresses, say what they are told, and how a receiver proves that a message is ours."""
    here = here_of(request)
    found = webhooks.webhooks_of(here.provider_id)
    names = words.names_of(one.made_by for one in found)
    rows: list[list[object]] = []
    for one in found:
        state, tone = _state(one)
        rows.append(
            [
                Cell(one.url, url=reverse("provider:webhook", args=[one.id]), note=_made_words(one, here, names)),
                Cell(state, tone=tone),
                f"{one.waiting:,}",
                f"{one.failed:,}",
            ]
        )
    columns: list[Column | str] = [
        "Address",
        "State",
        Column("Waiting", numeric=True),
        Column("Given up", numeric=True),
    ]
    context = {
        "table": Table("Addresses that are told", columns, rows, empty="No address is told yet."),
        "events": [(f"submission.{state}", named) for state, (named, _) in words.STATES.items() if state != "drafted"],
        "most": telling.MOST_WEBHOOKS,
        "crumbs": _trail(),
    }
    return shown(request, "webhooks", context)


@for_role(*ADMINISTRATOR, permission=Permission.MANAGE_SYSTEMS)
def add(request: Request) -> HttpResponseBase:
    """Add an address, and show its secret once in the answer."""
    if away := sign_in_again(request, second_factor=True, back=reverse("provider:add_webhook")):
        return away
    here = here_of(request)
    form = AddressForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = _added(request, here, form.cleaned_data["url"])
            return shown(request, "webhook_made", {"made": made, "crumbs": _trail(deeper=True)})
        except (NotAllowed, Conflict) as refused:
            form.add_error("url", refused.message)
    context = {"form": form, "crumbs": _trail(deeper=True)}
    return shown(request, "webhook_new", context, status=422 if form.errors else 200)


def _added(request: Request, here: Here, url: str) -> MadeWebhook:
    """Have an address told of changes; the other administrators learn of it."""
    organisation_id, by = request.acting.organisation_id, request.acting.account_id
    if organisation_id is None:
        raise NotAllowed("Your account acts for no organisation.")
    return accounts_actions.add_webhook(organisation_id, here.provider_id, url=url, by=by, at=here.now)


@for_role(*ADMINISTRATOR, permission=Permission.MANAGE_SYSTEMS)
@require_safe
def one(request: Request, webhook_id: UUID) -> HttpResponse:
    """Show one address and its latest messages with what was answered."""
    here = here_of(request)
    hook = webhooks.webhook(webhook_id)
    names = words.names_of([hook.made_by])
    state, tone = _state(hook)
    context = {
        "hook": hook,
        "state": (state, tone),
        "rows": [
            SummaryRow("Address", hook.url, mono=True),
            SummaryRow("Added", _made_words(hook, here, names)),
            *([SummaryRow("Stopped", here.moment(hook.stopped_at))] if hook.stopped_at else []),
        ],
        "deliveries": Table(
            "The latest messages",
            ["Message", "Written", "State", Column("Tries", numeric=True), "Answer", "Next try"],
            [_line(hook, delivery, here) for delivery in webhooks.deliveries_of(hook.id, limit=_SHOWN)],
            empty="Nothing was told yet. Send a test message to see whether it arrives.",
        ),
        "crumbs": _trail(deeper=True),
        "wide": True,
    }
    return shown(request, "webhook", context)


@for_role(*ADMINISTRATOR, permission=Permission.MANAGE_SYSTEMS)
def stop(request: Request, webhook_id: UUID) -> HttpResponse:
    """Ask once, then stop telling an address."""
    hook = webhooks.webhook(webhook_id)
    if request.method == "POST":
        telling.stop_webhook(hook.id, by=request.acting.account_id, at=timezone.now())
        messages.success(request, "The address is told nothing any more.")
        return redirect("provider:webhook", hook.id)
    return shown(request, "webhook_stop", {"hook": hook, "crumbs": _trail(deeper=True)})


@for_role(*ADMINISTRATOR, permission=Permission.MANAGE_SYSTEMS)
@require_POST
def test(request: Request, webhook_id: UUID) -> HttpResponse:
    """Send a message about nothing, to see whether it arrives and is recognised."""
    return _sent(request, webhook_id, None)


@for_role(*ADMINISTRATOR, permission=Permission.MANAGE_SYSTEMS)
def message(request: Request, webhook_id: UUID, delivery_id: UUID) -> HttpResponse:
    """Show one message, its text and what was answered; by POST it is sent once more under its own event id."""
    here, hook = here_of(request), webhooks.webhook(webhook_id)
    delivery = webhooks.delivery(delivery_id, webhook_id=hook.id)
    if request.method == "POST":
        return _sent(request, hook.id, delivery.id)
    waits = _waits(delivery)
    rows = [
        SummaryRow("Event", delivery.event, mono=True),
        SummaryRow("webhook-id", str(delivery.event_id), mono=True),
        SummaryRow("Written", here.moment(delivery.queued_at)),
        SummaryRow("Tries", f"{delivery.attempts:,}"),
        SummaryRow("Answer", _answer_words(delivery) or "none yet"),
        *([SummaryRow("Next try", _next_words(delivery.next_attempt_at, here))] if waits else []),
    ]
    context = {
        "hook": hook,
        "rows": rows,
        "body": delivery.body,
        "state": _delivery_words(delivery),
        "may_repeat": not waits and hook.stopped_at is None,
        "crumbs": _trail(deeper=True),
    }
    return shown(request, "webhook_message", context)


def _sent(request: Request, webhook_id: UUID, delivery_id: UUID | None) -> HttpResponse:
    """Write a test or a repetition into the outbox, and come back to the address."""
    now = timezone.now()
    try:
        if delivery_id is None:
            telling.send_test(webhook_id, at=now)
        else:
            telling.send_again(delivery_id, webhook_id=webhook_id, at=now)
        messages.success(request, "The message is on its way. Load this page again to see what was answered.")
    except Conflict as refused:
        _warn(request, refused)
    return redirect("provider:webhook", webhook_id)


def _warn(request: Request, refused: Refusal) -> None:
    """Say on the next page why nothing was sent."""
    messages.warning(request, refused.message)


def _state(hook: WebhookFacts) -> tuple[str, Tone]:
    """Return how an address stands, with its tone."""
    if hook.stopped_at is not None:
        return "Stopped", "quiet"
    return ("Messages were given up", "warn") if hook.failed else ("Told", "good")


def _made_words(hook: WebhookFacts, here: Here, names: Mapping[UUID | None, str]) -> str:
    """Return who added an address, and when."""
    return f"Added by {names[hook.made_by]}, {here.moment(hook.made_at)}"


def _line(hook: WebhookFacts, delivery: DeliveryFacts, here: Here) -> list[object]:
    """Return one message's line."""
    state, tone = _delivery_words(delivery)
    url = reverse("provider:webhook_message", args=[hook.id, delivery.id])
    return [
        Cell(delivery.event, url=url, mono=True, note="sent again by hand" if delivery.repeated else ""),
        here.moment(delivery.queued_at),
        Cell(state, tone=tone),
        f"{delivery.attempts:,}",
        _answer_words(delivery),
        _next_words(delivery.next_attempt_at, here) if _waits(delivery) else "",
    ]


def _waits(delivery: DeliveryFacts) -> bool:
    """Say whether a message is still tried."""
    return delivery.delivered_at is None and delivery.given_up_at is None


def _delivery_words(delivery: DeliveryFacts) -> tuple[str, Tone]:
    """Return what became of a message, with its tone."""
    if delivery.delivered_at is not None:
        return "Taken", "good"
    if delivery.given_up_at is not None:
        return "Given up", "bad"
    return ("Tried, waits", "warn") if delivery.attempts else ("Waits", "info")


def _answer_words(delivery: DeliveryFacts) -> str:
    """Return the answer's code, or why there was none."""
    return str(delivery.answered) if delivery.answered is not None else delivery.last_error


def _next_words(moment: datetime, here: Here) -> str:
    """Return when a message is tried next."""
    return "now" if moment <= here.now else here.moment(moment)


def _trail(*, deeper: bool = False) -> list[Link]:
    """Return the way back."""
    steps = [("Submissions", reverse("provider:home")), ("Systems and keys", reverse("provider:systems"))]
    return crumbs(*steps, *([("Webhooks", reverse("provider:webhooks"))] if deeper else []))
