"""The secretariat's pages of the register of providers (F.1, F.2: officers change, auditors read)."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from testamur.accounts import actions as accounts_actions
from testamur.accounts import queries as accounts_queries
from testamur.accounts.roles import DESCRIPTIONS, Permission, Role
from testamur.kernel.errors import Conflict, NotAllowed, NotFound
from testamur.providers import actions as providers_actions
from testamur.providers import queries as providers_queries
from testamur.providers.queries import ProviderCard, ProviderLine
from testamur.providers.rules import printed_abn
from testamur.regulation.queries import rehearsals, sweeps
from testamur.submissions.queries.coverage import coverage_of
from testamur.web.access import Request, for_role, today
from testamur.web.coverage_parts import coverage_figure
from testamur.web.parts import Cell, Column, Link, Table, crumbs, paging
from testamur.web.provider_words import SECTORS, status_words
from testamur.web.rehearsal_parts import headline, rehearsal_figure
from testamur.web.secretariat import provider_forms as forms
from testamur.web.secretariat.provider_parts import history, picture_of, registration_parts

_READERS = (Role.SECRETARIAT_OFFICER, Role.SUPERVISOR, Role.AUDITOR)
_WRITERS = (Role.SECRETARIAT_OFFICER, Role.SUPERVISOR)
_PAGE = 50


@dataclass(frozen=True, slots=True)
class Moment:
    """Who acts, the moment, and the day in a provider's own zone: what every action wants to know."""

    by: UUID
    at: datetime
    on: date


def moment_of(request: Request, zone: str) -> Moment:
    """Return who acts now, on which day of a provider's zone (CAL-5)."""
    now = timezone.now()
    return Moment(request.acting.account_id, now, now.astimezone(ZoneInfo(zone)).date())


@for_role(*_READERS)
@require_safe
def providers(request: Request) -> HttpResponse:
    """List the providers, narrowed by text and status."""
    form = forms.ListForm(request.GET or None)
    typed = form.cleaned_data if form.is_bound and form.is_valid() else {"q": "", "status": ""}
    found = _found(typed["q"].strip(), typed["status"], today())
    page = int(number) if (number := request.GET.get("page", "1")).isascii() and number.isdigit() else 1
    pages = paging(
        page=page,
        size=_PAGE,
        total=len(found),
        query=[(key, str(value)) for key, value in request.GET.items()],
        noun="providers",
    )
    columns = [Column("Provider"), Column("Status"), Column("Regulator"), Column("ABN or code")]
    lines = providers_queries.provider_lines(found[max(0, pages.first - 1) : pages.last], on=today())
    context = {
        "filters": form,
        "table": Table(
            "Providers",
            columns,
            [_row(line) for line in lines],
            empty="No provider fits. Try another spelling or fewer filters.",
        ),
        "paging": pages,
        "may_change": request.acting.may(Permission.UPDATE_PROVIDER),
        "wide": True,
    }
    return render(request, "secretariat/providers.html", context)


@for_role(*_WRITERS, permission=Permission.UPDATE_PROVIDER)
def register(request: Request) -> HttpResponseBase:
    """Take a provider into the register; with `?earlier=` as a new record after an ended one."""
    earlier = _earlier(request.GET.get("earlier", ""))
    initial = {"predecessor": earlier.id, "legal_name": earlier.legal_name, "abn": earlier.abn} if earlier else {}
    form = forms.ProviderForm(
        request.POST or None, regulators=providers_queries.regulators(), initial={"zone": "Australia/Sydney", **initial}
    )
    if request.method == "POST" and form.is_valid() and (provider_id := _registered(request, form)):
        messages.success(request, "The provider is in the register. Invite its staff next.")
        return redirect("secretariat:provider", provider_id)
    context = {"form": form, "earlier": earlier, "crumbs": _crumbs()}
    return render(request, "secretariat/provider_new.html", context, status=422 if form.errors else 200)


@for_role(*_READERS)
@require_safe
def provider(request: Request, provider_id: int) -> HttpResponse:
    """Show all that the register says of a provider, with its timeline, staff and history."""
    on = today()
    card = providers_queries.provider_card(provider_id, on=on)
    now = timezone.now()
    members = accounts_queries.members_of(card.organisation_id, now)
    invited = accounts_queries.open_invitations(card.organisation_id, now)
    rows = [[one.account_name or one.account_email, DESCRIPTIONS[one.role].title, "Member"] for one in members]
    rows += [[one.name or one.email, DESCRIPTIONS[one.role].title, "Invited"] for one in invited]
    may_change = request.acting.may(Permission.UPDATE_PROVIDER)
    rehearsed = rehearsals.rehearsal_of(card.id)
    cases = sweeps.sweep_ids([held.id for held in card.registrations])
    context = {
        "card": card,
        "status": status_words(card.status),
        "picture": picture_of(card, on),
        "coverage": coverage_figure(coverage_of(card.id, at=now)),
        "rehearsal": headline(rehearsed) if rehearsed and rehearsed.made_at else "",
        "rehearsal_picture": rehearsal_figure(rehearsed) if rehearsed and rehearsed.made_at else None,
        "rehearsed_at": rehearsed.made_at if rehearsed else None,
        "registrations": [
            registration_parts(held, request.acting, case=cases.get(held.id)) for held in card.registrations
        ],
        "members": Table("People of the provider", ["Name", "Role", "Standing"], rows, empty="Nobody is invited yet."),
        "history": history(card),
        "may_change": may_change,
        "may_register_again": may_change and providers_queries.has_ended(card.id, on) and not card.later_record_id,
        "sectors": ", ".join(SECTORS[sector] for sector in card.sectors),
        "crumbs": _crumbs(),
        "wide": True,
    }
    return render(request, "secretariat/provider.html", context)


@for_role(*_WRITERS, permission=Permission.UPDATE_PROVIDER)
def name(request: Request, provider_id: int) -> HttpResponseBase:
    """Record a new legal name, one more trading name, the end of one, or an earlier name."""
    card = providers_queries.provider_card(provider_id, on=today())
    form = forms.NameForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            _record_name(form.cleaned_data, card, moment_of(request, card.zone))
        except (NotAllowed, Conflict, NotFound) as refused:
            forms.add_refusal(form, refused)
        else:
            messages.success(request, "The name is recorded.")
            return redirect("secretariat:provider", card.id)
    return form_page(request, form, card, "Record a name")


@for_role(*_WRITERS, permission=Permission.UPDATE_PROVIDER)
def code(request: Request, provider_id: int) -> HttpResponseBase:
    """Record one more code."""
    card = providers_queries.provider_card(provider_id, on=today())
    form = forms.CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        now = moment_of(request, card.zone)
        try:
            providers_actions.add_code(
                card.id, kind=form.cleaned_data["kind"], code=form.cleaned_data["code"], by=now.by, at=now.at
            )
        except (NotAllowed, Conflict) as refused:
            form.add_error("code", refused.message)
        else:
            messages.success(request, "The code is recorded.")
            return redirect("secretariat:provider", card.id)
    return form_page(request, form, card, "Record a code")


@for_role(*_WRITERS, permission=Permission.UPDATE_PROVIDER)
def contact(request: Request, provider_id: int) -> HttpResponseBase:
    """Change where students of the provider are sent."""
    card = providers_queries.provider_card(provider_id, on=today())
    present = {f"contact_{part}": getattr(card.contact, part) for part in ("email", "phone", "url", "address")}
    form = forms.ContactForm(request.POST or None, initial=present)
    if request.method == "POST" and form.is_valid():
        now = moment_of(request, card.zone)
        providers_actions.change_contact(card.id, contact=form.contact(), by=now.by, at=now.at)
        messages.success(request, "The contact details are changed.")
        return redirect("secretariat:provider", card.id)
    return form_page(request, form, card, "Contact details for students")


def form_page(request: Request, form: Any, card: ProviderCard, title: str, **context: Any) -> HttpResponse:
    """Return the page of one form about a provider; 422 where it holds errors."""
    shown = {"form": form, "card": card, "title": title, "crumbs": _crumbs(card), "button": "Record", **context}
    return render(request, "secretariat/provider_form.html", shown, status=422 if form.errors else 200)


def _crumbs(card: ProviderCard | None = None) -> list[Link]:
    """Return the way back."""
    steps = [("Work", reverse("secretariat:home")), ("Providers", reverse("secretariat:providers"))]
    if card:
        steps.append((card.legal_name, reverse("secretariat:provider", args=[card.id])))
    return crumbs(*steps)


def _found(typed: str, status: str, on: date) -> list[int]:
    """Return the providers that fit a text, best first, or without one all by name; with a status only those."""
    hits = providers_queries.search_providers(typed, on=on, limit=200) if typed else []
    found = [hit.provider_id for hit in hits] if typed else providers_queries.provider_ids()
    if not status:
        return found
    return [line.id for line in providers_queries.provider_lines(found, on=on) if line.status == status]


def _row(line: ProviderLine) -> list[object]:
    """Return a provider's row."""
    words, tone = status_words(line.status)
    number = ", ".join(filter(None, [printed_abn(line.abn), *line.codes]))
    trading = f"trades as {', '.join(line.trading_names)}" if line.trading_names else ""
    url = reverse("secretariat:provider", args=[line.id])
    return [Cell(line.legal_name, url=url, note=trading), Cell(words, tone=tone), ", ".join(line.regulators), number]


def _earlier(typed: str) -> providers_queries.ProviderBrief | None:
    """Return the earlier record that an address names, None where it names none."""
    return providers_queries.provider(int(typed)) if typed.isascii() and typed.isdigit() and len(typed) < 10 else None


def _registered(request: Request, form: forms.ProviderForm) -> int | None:
    """Register the provider of the form, once however often it is sent; None where it was refused."""
    now = moment_of(request, form.cleaned_data["zone"])
    claim: dict[str, Any] = {
        "account_id": now.by,
        "key": str(form.cleaned_data["once"]),
        "purpose": "register_provider",
    }
    try:
        with transaction.atomic():
            digest = accounts_actions.digest_of({key: str(value) for key, value in form.cleaned_data.items()})
            if first := accounts_actions.once(**claim, digest=digest, at=now.at):
                return int(first)
            provider_id = providers_actions.register_provider(form.provider(), by=now.by, at=now.at, on=now.on)
            accounts_actions.remember_once(**claim, result=str(provider_id))
            return provider_id
    except (NotAllowed, Conflict, NotFound) as refused:
        forms.add_refusal(form, refused)
        return None


def _record_name(typed: dict[str, Any], card: ProviderCard, now: Moment) -> None:
    """Call the one action that the kind of name asks for."""
    given, day, by, at = typed["name"], typed["day"], now.by, now.at
    if typed["kind"] == "legal":
        providers_actions.rename_provider(card.id, name=given, used_from=day, on=now.on, by=by, at=at)
    elif typed["kind"] == "trading":
        providers_actions.add_trading_name(card.id, name=given, used_from=day, by=by, at=at)
    elif typed["kind"] == "ended":
        providers_actions.end_trading_name(card.id, name=given, used_until=day, on=now.on, by=by, at=at)
    else:
        providers_actions.add_former_name(card.id, name=given, used_until=day, by=by, at=at)
