"""Pages on which the secretariat records what happens to a registration, and a supervisor signs and archives (F.1)."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect

from testamur.accounts.roles import Permission, Role
from testamur.kernel.errors import Conflict, NotAllowed, NotFound
from testamur.providers import actions as providers_actions
from testamur.providers import queries as providers_queries
from testamur.providers.queries import ProviderCard, RegistrationHeld
from testamur.regulation.actions import chasing
from testamur.web.access import Request, for_role, today
from testamur.web.secretariat import provider_forms as forms
from testamur.web.secretariat.provider_parts import MOVES
from testamur.web.secretariat.providers import form_page, moment_of

_WRITERS = (Role.SECRETARIAT_OFFICER, Role.SUPERVISOR)
_ACTIONS: dict[str, Callable[..., None]] = {
    "record_suspended": providers_actions.record_suspended,
    "record_reinstated": providers_actions.record_reinstated,
    "record_ceasing": providers_actions.record_ceasing,
    "record_ceased": providers_actions.record_ceased,
    "record_lapsed": providers_actions.record_lapsed,
    "record_cancelled": providers_actions.record_cancelled,
    "record_merged": providers_actions.record_merged,
}


@for_role(*_WRITERS, permission=Permission.UPDATE_PROVIDER)
def add(request: Request, provider_id: int) -> HttpResponseBase:
    """Record one more registration of a provider."""
    card = providers_queries.provider_card(provider_id, on=today())
    form = forms.RegistrationForm(request.POST or None, regulators=providers_queries.regulators())

    def act() -> None:
        now = moment_of(request, card.zone)
        providers_actions.add_registration(card.id, form.registration(), by=now.by, at=now.at, on=now.on)

    return _answer(request, form, card, act, "Add a registration", "The registration is recorded.")


@for_role(*_WRITERS, permission=Permission.UPDATE_PROVIDER)
def move(request: Request, registration_id: int, verb: str) -> HttpResponseBase:
    """Record a suspension, a notice of ceasing, an end or a merger."""
    if verb not in _ACTIONS:
        raise NotFound("There is no such step.")
    card, held = _registration(registration_id)
    form = forms.MoveForm(request.POST or None, verb=verb)

    def act() -> None:
        now = moment_of(request, card.zone)
        _ACTIONS[verb](held.id, **_move_arguments(form.cleaned_data), by=now.by, at=now.at, on=now.on)

    return _answer(request, form, card, act, MOVES[verb], "It is recorded.", held=held)


@for_role(*_WRITERS, permission=Permission.UPDATE_PROVIDER)
def extend(request: Request, registration_id: int) -> HttpResponseBase:
    """Record that a registration runs longer."""
    card, held = _registration(registration_id)
    form = forms.ExtendForm(request.POST or None)

    def act() -> None:
        now = moment_of(request, card.zone)
        providers_actions.extend_registration(held.id, **form.cleaned_data, by=now.by, at=now.at)

    return _answer(request, form, card, act, "Extend the registration", "The extension is recorded.", held=held)


@for_role(*_WRITERS, permission=Permission.UPDATE_PROVIDER)
def successor(request: Request, registration_id: int) -> HttpResponseBase:
    """Record who took over an ended provider, and whether the records went along."""
    card, held = _registration(registration_id)
    form = forms.MoveForm(request.POST or None, verb="successor")

    def act() -> None:
        now = moment_of(request, card.zone)
        providers_actions.record_successor(held.id, **_move_arguments(form.cleaned_data), by=now.by, at=now.at)

    return _answer(request, form, card, act, "Name the successor", "The successor is recorded.", held=held)


@for_role(Role.SUPERVISOR, permission=Permission.APPROVE_PROVIDER)
def coverage(request: Request, registration_id: int) -> HttpResponseBase:
    """Sign for what is held of a provider, and what is missing."""
    card, held = _registration(registration_id)
    form = forms.CoverageForm(request.POST or None)

    def act() -> None:
        now = moment_of(request, card.zone)
        providers_actions.sign_coverage(held.id, note=form.cleaned_data["note"], by=now.by, at=now.at)

    return _answer(request, form, card, act, "Sign the coverage map", "The coverage map is signed.", held=held)


@for_role(Role.SUPERVISOR, permission=Permission.APPROVE_PROVIDER)
def archive(request: Request, registration_id: int) -> HttpResponseBase:
    """Close the closure case of an ended registration."""
    card, held = _registration(registration_id)
    form = forms.MoveForm(request.POST or None, verb="archive")

    def act() -> None:
        now = moment_of(request, card.zone)
        chasing.archive_registration(held.id, **form.cleaned_data, by=now.by, at=now.at, on=now.on)

    return _answer(request, form, card, act, "Archive", "The closure is archived.", held=held)


def _answer(
    request: Request,
    form: Any,
    card: ProviderCard,
    act: Callable[[], None],
    title: str,
    done: str,
    *,
    held: RegistrationHeld | None = None,
) -> HttpResponseBase:
    """Show the form; when it is sent and the action does not refuse, go back to the provider."""
    if request.method == "POST" and form.is_valid():
        try:
            act()
        except (NotAllowed, Conflict, NotFound) as refused:
            forms.add_refusal(form, refused)
        else:
            messages.success(request, done)
            return redirect("secretariat:provider", card.id)
    return form_page(request, form, card, title, held=held)


def _registration(registration_id: int) -> tuple[ProviderCard, RegistrationHeld]:
    """Return a registration with its provider; raises NotFound."""
    card = providers_queries.card_of_registration(registration_id, on=today())
    return card, next(held for held in card.registrations if held.id == registration_id)


def _move_arguments(typed: dict[str, Any]) -> dict[str, Any]:
    """Return what was typed as the action's arguments; a successor is named by its code."""
    arguments = dict(typed)
    if code := arguments.pop("successor", None):
        found = providers_queries.find_provider_by_code(code)
        if found is None:
            raise NotFound("No provider in this register has this code or ABN. Register it first, or check the digits.")
        arguments["successor_id"] = found.id
    return arguments
