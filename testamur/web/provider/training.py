"""Training products and scope of a provider, and its transition calendar with the addresses that calendar programs fetch.

Everything shown is public data of the national register (F.2); only the addresses are the provider's own.
"""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from testamur.accounts.roles import PROVIDER_ROLES
from testamur.kernel.errors import Conflict
from testamur.training import actions as training_actions
from testamur.training.queries import copies, scope, transitions
from testamur.training.queries.scope import ScopeEntry
from testamur.training.queries.transitions import Transition
from testamur.web import calendars
from testamur.web.access import Request, for_role
from testamur.web.parts import Cell, Link, Table, crumbs, paging
from testamur.web.pictures import CalendarRow, transition_calendar
from testamur.web.product_parts import (
    KINDS,
    STATUSES,
    banner,
    day_in,
    period_words,
    product_cell,
    product_url,
    reviews_table,
    scope_codes,
    status_cell,
)
from testamur.web.provider import words
from testamur.web.provider.parts import here_of, shown
from testamur.web.templatetags.testamur import long_date

_PAGE: Final = 50
_LEAD: Final = "A number is the last day of its kind in that month. The dotted line is today."
# Whoever works for a provider reads training products and scope (F.2).
_STAFF: Final = tuple(sorted(PROVIDER_ROLES))
_COLUMNS: Final = ("Product", "Title", "Status", "Replaced by", "Last day to enrol", "Ends", "Last day to issue")


@for_role(*_STAFF)
@require_safe
def products(request: Request) -> HttpResponse:
    """Show the provider's scope with dates, and the box to find any product."""
    here = here_of(request)
    implied = request.GET.get("implied") == "1"
    on = day_in(here.zone, here.now)
    entries = scope.scope_entries(scope_codes(here.provider_id, on), on, implicit=implied)
    page = int(request.GET["page"]) if request.GET.get("page", "").isdecimal() else 1
    pages = paging(
        page=page,
        size=_PAGE,
        total=len(entries),
        path=request.path,
        query=list(request.GET.dict().items()),
        noun="products",
    )
    table = Table(
        "Your scope",
        ["Product", "Title", "Kind", "Status", "On scope", "Last day to enrol"],
        [_entry_row(entry) for entry in entries[max(0, pages.first - 1) : pages.last]],
        empty="The national register that is loaded here lists nothing on your scope.",
    )
    context = {
        "table": table,
        "paging": pages,
        "implied": implied,
        "banner": banner(on),
        "snapshot": copies.youngest_snapshot(),
        "crumbs": crumbs(("Submissions", reverse("provider:home"))),
        "wide": True,
    }
    return shown(request, "products", context)


@for_role(*_STAFF)
@require_safe
def calendar(request: Request) -> HttpResponse:
    """Show the products in transition as a picture and a table, the watch list, and the calendar's addresses."""
    here = here_of(request)
    on = day_in(here.zone, here.now)
    found = transitions.transitions_of(scope_codes(here.provider_id, on), on)
    feeds = transitions.feeds_of(here.provider_id)
    names = words.names_of(feed.made_by for feed in feeds)
    context = {
        "picture": transition_calendar(_rows(found), on=on, columns=_COLUMNS, lead=_LEAD) if found else None,
        "table": Table(
            "Days of your products in transition",
            _COLUMNS,
            [_cells(each) for each in found],
            empty="Nothing on your scope was replaced or ends.",
        ),
        "reviews": reviews_table(copies.watched_reviews()),
        "feeds": [(feed, _address(feed.id), f"{names[feed.made_by]} on {here.moment(feed.made_at)}") for feed in feeds],
        "banner": banner(on),
        "crumbs": _trail(),
        "wide": True,
    }
    return shown(request, "transitions", context)


@for_role(*_STAFF)
@require_POST
def make_feed(request: Request) -> HttpResponse:
    """Make an address for calendar programs."""
    here = here_of(request)
    try:
        training_actions.make_feed(here.provider_id, by=request.acting.account_id, at=here.now)
    except Conflict as refused:
        messages.error(request, refused.message)
    else:
        messages.success(request, "The address is made. Whoever has it can fetch the calendar; it names nobody.")
    return redirect("provider:transitions")


@for_role(*_STAFF)
@require_POST
def revoke_feed(request: Request, feed_id: UUID) -> HttpResponse:
    """Revoke an address."""
    here = here_of(request)
    training_actions.revoke_feed(feed_id, by=request.acting.account_id, at=here.now)
    messages.success(request, "The address is revoked. It answers nothing any more.")
    return redirect("provider:transitions")


def _trail() -> list[Link]:
    """Return the breadcrumbs of the calendar."""
    return crumbs(
        ("Submissions", reverse("provider:home")), ("Training products and scope", reverse("provider:products"))
    )


def _address(feed_id: UUID) -> str:
    """Return the whole address of a feed."""
    return settings.PUBLIC_URL + reverse("public:transition_feed", args=[calendars.token_of(feed_id)])


def _entry_row(entry: ScopeEntry) -> list[object]:
    """Return one line of the scope."""
    line, product = entry.line, entry.product
    note = "by implication" if line.implicit else ""
    last = product.last_enrolment_day if product else None
    return [
        product_cell(line.code),
        Cell(product.title if product else "", note=line.conditions),
        KINDS[product.kind] if product else "",
        status_cell(product.status, listed=product.listed) if product else Cell("Unknown", tone="quiet"),
        Cell(period_words(line.period), note="refused" if line.refused else note),
        long_date(last) if last else "",
    ]


def _rows(found: Sequence[Transition]) -> list[CalendarRow]:
    """Return transitions as the picture takes them."""
    return [
        CalendarRow(
            each.code, each.title, each.last_enrolment_day, each.last_issue_day, _cells(each), product_url(each.code)
        )
        for each in found
    ]


def _cells(each: Transition) -> list[object]:
    """Return one transition's line in the table."""
    days = (each.last_enrolment_day, each.ended_on, each.last_issue_day)
    return [
        product_cell(each.code),
        each.title,
        Cell(STATUSES[each.status][0], tone=STATUSES[each.status][1]),
        ", ".join(each.replaced_by) or "nothing",
        *(long_date(day) if day else "no day set" for day in days),
    ]
