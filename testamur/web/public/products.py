"""Training products for anyone: find one as one types, and what the national register says of it. Nobody's data is here (F.2)."""

from datetime import date

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_safe

from testamur.kernel import tenancy
from testamur.kernel.errors import NotFound
from testamur.providers import queries as providers_queries
from testamur.training.queries import products, scope, transitions
from testamur.web import calendars
from testamur.web.access import Request, public, today
from testamur.web.parts import Cell, Table, crumbs
from testamur.web.product_parts import (
    STATUSES,
    banner,
    facts_rows,
    lines_table,
    packaging_figure,
    replaced_table,
    status_figure,
    unit_tables,
)
from testamur.web.public import limits

_LONGEST_QUERY = 120
_HISTORY_MOST = 20
_PROVIDERS_MOST = 20


@public
@require_safe
def search(request: Request) -> HttpResponse:
    """Find a product by its code or by words of its title; a part of the page alone where htmx asks for it."""
    typed = request.GET.get("q", "")[:_LONGEST_QUERY].strip()
    found = products.search_products(typed, today()) if typed else []
    table = lines_table(f"Found for “{typed}”", found, empty="No product has this code or these words in its title.")
    context = {
        "typed": typed,
        "table": table if typed else None,
        "full": len(found) == products.FOUND_MOST,
        "banner": banner(today()),
        "crumbs": crumbs(("Home", reverse("public:home"))),
    }
    part = "HX-Request" in request.headers
    response = render(request, "public/product_hits.html" if part else "public/products.html", context)
    patch_vary_headers(response, ["HX-Request"])
    return response


@public
@require_safe
def product(request: Request, code: str) -> HttpResponse:
    """Show a product: status over time, replacement, packaging, where it is packed, and what each copy changed."""
    on = today()
    facts = products.product_on(code, on)
    packaging = products.packaging_of(code)
    versions = products.versions_of(code, on)
    context = {
        "facts": facts,
        "status": STATUSES[facts.status],
        "rows": facts_rows(facts),
        "timeline": status_figure(facts, on),
        "replaced": replaced_table(facts, products.titles_of([each.code for each in facts.replacements])),
        "replaces": lines_table("What it replaces", products.replaces(code, on), empty=""),
        "packaging": packaging_figure(packaging) if packaging else None,
        "units": unit_tables(packaging) if packaging else [],
        "packed_in": lines_table("Packed in", products.packed_in(code, on), empty=""),
        "copies": versions[-_HISTORY_MOST:] if len(versions) > 1 else [],
        "providers": _providers(code, on),
        "banner": banner(on),
        "crumbs": crumbs(("Home", reverse("public:home")), ("Training products", reverse("public:products"))),
    }
    return render(request, "public/product.html", context)


def _providers(code: str, on: date) -> Table | None:
    """Return the providers that have a product on their scope, those that this register knows by name; None without any."""
    codes = scope.providers_of(code, on)
    rows: list[list[object]] = []
    for each in codes[:_PROVIDERS_MOST]:
        known = providers_queries.find_provider_by_code(each)
        name = Cell(known.legal_name, url=reverse("public:provider", args=[known.id])) if known else ""
        rows.append([Cell(each, mono=True), name])
    caption = "Providers with it on their scope"
    if len(codes) > _PROVIDERS_MOST:
        caption += f": the first {_PROVIDERS_MOST} of {len(codes):,}"
    return Table(caption, ["Code", "Name in this register"], rows) if rows else None


@public
@require_safe
def transition_feed(request: Request, token: str) -> HttpResponse:
    """Answer a calendar program: the transition days of the provider whose address this is, until it is revoked."""
    if wait := limits.seconds_to_wait(request, what="calendar"):
        return HttpResponse(
            "Too many requests.", content_type="text/plain", status=429, headers={"Retry-After": str(wait)}
        )
    feed_id = calendars.feed_of(token)
    with tenancy.for_register():
        feed = transitions.find_feed(feed_id) if feed_id else None
    if feed is None:
        raise NotFound("There is no calendar at this address, or it was revoked.")
    text = calendars.feed_text(feed.provider_id, at=timezone.now())
    headers = {"Cache-Control": "private, max-age=3600", "Content-Disposition": 'inline; filename="transitions.ics"'}
    return HttpResponse(text, content_type=calendars.CONTENT_TYPE, headers=headers)
