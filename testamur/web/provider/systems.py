"""A provider's systems and their keys, for its administrators: listed, made and shown once, revoked at once (issue 3).

The key stands in one answer to one POST and nowhere else: not in an address, a message, a session or a log line, and the
answer is kept out of every cache. Making one asks for the second factor again.
"""

from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from testamur.accounts import actions as accounts_actions
from testamur.accounts import systems as accounts_systems
from testamur.accounts.roles import SCOPE_WORDS, Permission, Scope
from testamur.accounts.rules import LONGEST_KEY
from testamur.accounts.systems import KeyFacts
from testamur.kernel.errors import Conflict, NotAllowed, NotFound
from testamur.web.access import Request, for_role
from testamur.web.forms import DateField
from testamur.web.key_parts import keys_table, people_of, scope_words, state_of
from testamur.web.parts import Link, SummaryRow, crumbs
from testamur.web.provider import words
from testamur.web.provider.parts import ADMINISTRATOR, Here, here_of, new_key, shown
from testamur.web.usi_parts import sign_in_again

_FIELDS: Final = {"SYS-02": "scopes", "SYS-03": "scopes", "SYS-04": "last_day"}
_YEAR: Final = timedelta(days=365)


class KeyForm(forms.Form):
    """A key for a system: whose, what for, and until when."""

    system = forms.CharField(
        label="System",
        max_length=80,
        help_text="What your people call it. What it does is kept under this name. The name of a system that has keys "
        "already gets it a further one, for the same role.",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    scopes = forms.MultipleChoiceField(
        label="What the key may be used for",
        choices=[(scope.value, f"{SCOPE_WORDS[scope]} ({scope.value})") for scope in Scope],
        help_text="Take as little as the system needs. One system does not both send and declare (SYS-02), and nobody "
        "makes a key of each kind, so that two people stand behind every submission (SYS-03).",
        error_messages={"required": "Choose at least one thing that the key may be used for."},
        widget=forms.CheckboxSelectMultiple,
    )
    last_day = DateField(
        label="Last day",
        help_text=f"The key stops at the end of this day, at most {LONGEST_KEY.days} days from now (SYS-04). Make the next "
        "one before.",
    )
    key = forms.CharField(widget=forms.HiddenInput, max_length=100)

    def add_refusal(self, refused: NotAllowed | Conflict) -> None:
        """Say beside each field what is refused and what to do; what is about no field stands above them."""
        if not refused.findings:
            self.add_error(None, refused.message)
        for found in refused.findings:
            self.add_error(_FIELDS.get(found.rule), f"{found.message} {found.fix} ({found.rule})")


@for_role(*ADMINISTRATOR, permission=Permission.MANAGE_SYSTEMS)
@require_safe
def systems(request: Request) -> HttpResponse:
    """List the provider's systems and keys, with scopes, last use and state."""
    here = here_of(request)
    keys = accounts_systems.keys_of(_organisation(request))
    table = keys_table(
        keys,
        at=here.now,
        names=words.names_of(people_of(keys)),
        day=here.moment,
        zone=here.zone,
        revoke=lambda key: reverse("provider:revoke_key", args=[key.id]),
        empty="No system has a key yet. Whoever sends files in the browser needs none.",
    )
    return shown(request, "systems", {"here": here, "table": table, "crumbs": _trail(), "wide": True})


@for_role(*ADMINISTRATOR, permission=Permission.MANAGE_SYSTEMS)
def new(request: Request) -> HttpResponse:
    """Make a key, and show it once in the answer."""
    if away := sign_in_again(request, second_factor=True, back=reverse("provider:new_key")):
        return away
    here = here_of(request)
    initial = {"key": new_key(), "last_day": _today(here) + _YEAR}
    form = KeyForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid() and (made := _made(request, form, here)):
        return _once(request, made)
    context = {"form": form, "names": _names(request), "crumbs": _trail(deeper=True)}
    return shown(request, "system_key", context, status=422 if form.errors else 200)


@for_role(*ADMINISTRATOR, permission=Permission.MANAGE_SYSTEMS)
def revoke(request: Request, key_id: UUID) -> HttpResponse:
    """Ask once, then revoke: the key opens nothing from that moment."""
    key = _key(request, key_id)
    if request.method == "POST":
        accounts_actions.revoke_key(key.id, by=request.acting.account_id, at=timezone.now())
        messages.success(request, f"The key {key.prefix}… of {key.system_name} opens nothing any more.")
        return redirect("provider:systems")
    here = here_of(request)
    state, tone = state_of(key, here.now)
    rows = [
        SummaryRow("System", key.system_name),
        SummaryRow("Key", f"{key.prefix}…", mono=True),
        SummaryRow("May", scope_words(key)),
        SummaryRow("Last used", here.moment(key.last_used_at) or "never"),
    ]
    context = {"key": key, "rows": rows, "usable": key.usable(here.now), "state": (state, tone)}
    return shown(request, "system_key_revoke", {**context, "crumbs": _trail(deeper=True)})


def _organisation(request: Request) -> UUID:
    """Return for whom the administrator acts."""
    if request.acting.organisation_id is None:
        raise NotFound("There is no such organisation.")
    return request.acting.organisation_id


def _key(request: Request, key_id: UUID) -> KeyFacts:
    """Return one of the provider's own keys; raises NotFound."""
    for key in accounts_systems.keys_of(_organisation(request)):
        if key.id == key_id:
            return key
    raise NotFound("There is no such key, or none that you may see.")


def _names(request: Request) -> list[str]:
    """Return the names of the systems that there are, each once."""
    return list(dict.fromkeys(key.system_name for key in accounts_systems.keys_of(_organisation(request))))


def _made(request: Request, form: KeyForm, here: Here) -> accounts_actions.MadeKey | None:
    """Make the key of the form; None where it is refused, with the reasons beside its fields."""
    said = form.cleaned_data
    try:
        return accounts_actions.make_key(
            _organisation(request),
            system_name=said["system"],
            scopes=[Scope(value) for value in said["scopes"]],
            expires_at=_end_of(said["last_day"], here),
            by=request.acting.account_id,
            at=here.now,
            key=said["key"],
        )
    except (NotAllowed, Conflict) as refused:
        form.add_refusal(refused)
        return None


def _once(request: HttpRequest, made: accounts_actions.MadeKey) -> HttpResponse:
    """Show a new key; a repeated request is told that it was shown."""
    return shown(request, "system_key_made", {"made": made, "crumbs": _trail(deeper=True)})


def _today(here: Here) -> date:
    """Return the day at the provider."""
    return here.now.astimezone(ZoneInfo(here.zone)).date()


def _end_of(day: date, here: Here) -> datetime:
    """Return the end of a day at the provider."""
    return datetime.combine(day + timedelta(days=1), datetime.min.time(), ZoneInfo(here.zone))


def _trail(*, deeper: bool = False) -> list[Link]:
    """Return the way back."""
    steps = [("Submissions", reverse("provider:home"))]
    return crumbs(*steps, *([("Systems and keys", reverse("provider:systems"))] if deeper else []))
