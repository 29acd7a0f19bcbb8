"""The start page, the search for a provider, its page, the list of closed providers, and what each regulator does.

No page here asks who somebody is or keeps what they typed. What a provider's page answers about records is the answer
of the ruleset `extract` to the public facts, so that the page and an application never differ (TEQ-01…03, CQR-09).
"""

import csv
from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import date

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_safe

from testamur.accounts.roles import STAFF_ROLES
from testamur.providers import queries as providers_queries
from testamur.providers import rules as providers_rules
from testamur.providers.queries import CeasedProvider, ProviderCard, ProviderHit
from testamur.register import queries as register_queries
from testamur.register.queries import HoldingRow
from testamur.web.access import Request, public, today
from testamur.web.parts import Cell, Link, Table, crumbs
from testamur.web.provider_answers import answers_for
from testamur.web.provider_words import SECTORS, state_words, status_words
from testamur.web.templatetags.testamur import grouped, long_date

_LONGEST_QUERY = 200
_AS_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@public
@require_safe
def home(request: Request) -> HttpResponse:
    """Say what this is, and open three doors."""
    context = {"search_url": reverse("public:providers"), "check_url": _address("public:check")}
    return render(request, "public/home.html", context)


@public
@require_safe
def search(request: Request) -> HttpResponse:
    """Find a provider by any of its names, its ABN or a code; a part of the page alone where htmx asks for it."""
    typed = request.GET.get("q", "")[:_LONGEST_QUERY].strip()
    hits = providers_queries.search_providers(typed, on=today()) if typed else []
    context = {
        "typed": typed,
        "groups": [(title, found) for title, found in _grouped(hits) if found],
        "count": len(hits),
        "slips": providers_rules.check_number_typed(typed) if typed and not hits else [],
        "crumbs": crumbs(("Home", reverse("public:home"))),
    }
    part = "HX-Request" in request.headers
    response = render(request, "public/provider_hits.html" if part else "public/providers.html", context)
    patch_vary_headers(response, ["HX-Request"])
    return response


@public
@require_safe
def provider(request: Request, provider_id: int) -> HttpResponse:
    """Show a provider and say where its former students get their records."""
    on = today()
    card = providers_queries.provider_card(provider_id, on=on)
    context = {
        "card": card,
        "status": status_words(card.status),
        "answers": answers_for(card, on),
        "registrations": _registrations(card),
        "apply_url": f"{_address('student:apply') or reverse('account_signup')}?provider={card.id}",
        "staff": request.acting is not None and request.acting.role in STAFF_ROLES,
        "crumbs": crumbs(("Home", reverse("public:home")), ("Find a provider", reverse("public:providers"))),
    }
    return render(request, "public/provider.html", context)


@public
@require_safe
def closed(request: Request) -> HttpResponse:
    """List the closed providers of which records are held (TEQ-01)."""
    on = today()
    lines = _held(on)
    table = Table(
        "Closed providers whose records are held here",
        ["Provider", "Also known as", "Closed on", "Records of", "ABN or code"],
        [_line_of(ceased, held) for ceased, held in lines],
        empty="No records of a closed provider are held yet.",
        exports=[Link("CSV", reverse("public:closed_csv"))],
    )
    context = {"table": table, "count": len(lines), "on": on, "crumbs": crumbs(("Home", reverse("public:home")))}
    return render(request, "public/providers_closed.html", context)


@public
@require_safe
def closed_csv(request: Request) -> HttpResponse:
    """Give the same list as a file."""
    on = today()
    name = f"closed-providers-{on:%Y-%m-%d}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    response = HttpResponse("\ufeff", content_type="text/csv; charset=utf-8", headers=headers)
    writer = csv.writer(response)
    writer.writerow(["legal_name", "trading_names", "abn", "codes", "closed_on", "records_from", "records_until"])
    for ceased, held in _held(on):
        since, until = _years(held)
        line = ceased.line
        row = [line.legal_name, "; ".join(line.trading_names), line.abn, "; ".join(line.codes)]
        writer.writerow([_plain(cell) for cell in (*row, ceased.ended_on.isoformat(), since or "", until or "")])
    return response


@public
@require_safe
def information(request: Request) -> HttpResponse:
    """Tell students and employers what is held, by which law, and whom to ask."""
    context = {
        "regulators": providers_queries.regulators(),
        "sectors": SECTORS,
        "check_url": _address("public:check"),
        "crumbs": crumbs(("Home", reverse("public:home"))),
    }
    return render(request, "public/providers_information.html", context)


def _address(name: str) -> str:
    """Return the address of a page that may not be part of this installation; empty where it is not."""
    with suppress(NoReverseMatch):
        return reverse(name)
    return ""


def _grouped(hits: Iterable[ProviderHit]) -> list[tuple[str, list[tuple[ProviderHit, tuple[str, str]]]]]:
    """Return hits under their headings: what holds the text, and what is only spelt like it."""
    found = [(hit, status_words(hit.status)) for hit in hits]
    return [
        ("Found", [pair for pair in found if pair[0].match.exact]),
        ("Spelt like it", [pair for pair in found if not pair[0].match.exact]),
    ]


def _registrations(card: ProviderCard) -> Table:
    """Return the registrations of a provider as a table (TEQ-R2)."""
    rows = []
    for held in card.registrations:
        words, tone = state_words(held.state)
        until = long_date(held.registered_until) if held.registered_until else "no end recorded"
        rows.append(
            [held.regulator_name, held.sector_label, long_date(held.registered_from), until, Cell(words, tone=tone)]
        )
    return Table("Registrations", ["Regulator", "Sector", "From", "Until", "State"], rows)


def _held(on: date) -> list[tuple[CeasedProvider, list[HoldingRow]]]:
    """Return the closed providers of which something is held, each with what is held."""
    held: dict[int, list[HoldingRow]] = {}
    for row in register_queries.holdings():
        held.setdefault(row.provider_id, []).append(row)
    ceased = providers_queries.ceased_providers(on=on)
    return [(one, held[one.line.id]) for one in ceased if one.line.id in held]


def _line_of(ceased: CeasedProvider, held: Sequence[HoldingRow]) -> list[object]:
    """Return a closed provider's row in the public table."""
    line = ceased.line
    since, until = _years(held)
    known = f"{since} to {until}" if since and until and since != until else str(since or until or "years not stated")
    students = f"about {grouped(max(row.students for row in held))} students"
    number = ", ".join(filter(None, [providers_rules.printed_abn(line.abn), *line.codes])) or "none recorded"
    return [
        Cell(line.legal_name, url=reverse("public:provider", args=[line.id])),
        ", ".join(line.trading_names) or "no other name",
        long_date(ceased.ended_on),
        Cell(known, note=students),
        number,
    ]


def _years(held: Sequence[HoldingRow]) -> tuple[int | None, int | None]:
    """Return the first and the last year of what is held, where they are known; ends are half-open."""
    starts = [row.period_from for row in held if row.period_from]
    ends = [row.period_until for row in held if row.period_until]
    last = date.fromordinal(max(ends).toordinal() - 1).year if ends else None
    return (min(starts).year if starts else None), last


def _plain(text: object) -> str:
    """Return a cell that no spreadsheet takes for a formula."""
    words = str(text)
    return f"'{words}" if words.startswith(_AS_FORMULA) else words
