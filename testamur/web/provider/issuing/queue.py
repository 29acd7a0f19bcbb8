"""What is to be issued, as a heat map and a table, and the register of what was issued (AQF-04, REG-02)."""

from collections import Counter
from collections.abc import Sequence
from typing import Final

from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from testamur.accounts.roles import Permission
from testamur.issuance import actions, queries
from testamur.issuance.actions import Looker
from testamur.issuance.queries import CertificationLine, Waiting
from testamur.kernel.identifiers import printed
from testamur.web.access import Request, for_role
from testamur.web.parts import Cell, Link, Table, crumbs, paging
from testamur.web.pictures import Figure, due_map
from testamur.web.provider.issuing import forms, words
from testamur.web.provider.parts import Here, here_of, shown

_PAGE: Final = 25
_BUCKETS: Final = ("Overdue", "0 to 7 days", "8 to 14", "15 to 30", "No clock")
_PRODUCTS: Final = 12


def looker(request: Request, here: Here) -> Looker:
    """Return who looks."""
    return Looker(here.provider_id, request.acting.account_id, request.acting.role.value)


def trail() -> list[Link]:
    """Return the breadcrumbs of pages under the queue."""
    return crumbs(("Certification", reverse("provider:certification_queue")))


@for_role(*words.ISSUERS, permission=Permission.READ_CERTIFICATION)
@require_safe
def certification_queue(request: Request) -> HttpResponse:
    """Show every document that is to be issued, with what holds it and how many days are left; each student is told."""
    here = here_of(request)
    found = actions.look_at_queue(looker=looker(request, here), at=here.now)
    page = int(number) if (number := request.GET.get("page", "1")).isascii() and number.isdigit() else 1
    pages = paging(page=page, size=_PAGE, total=len(found), query=[], noun="documents")
    context = {
        "waiting": [one for one in found if one.prepared],
        "prepared": _prepared([one for one in found if one.prepared]),
        "picture": _picture(found) if found else None,
        "table": _table(found[max(0, pages.first - 1) : pages.last]),
        "paging": pages,
        "ready": sum(one.outcome == "ALLOW" for one in found),
        "held": sum(one.outcome != "ALLOW" for one in found),
        "overdue": sum(one.days_left is not None and one.days_left < 0 for one in found),
        "wide": True,
    }
    return shown(request, "issuing/queue", context)


def bucket(days_left: int | None) -> str:
    """Return the column of the heat map in which a document stands."""
    if days_left is None:
        return _BUCKETS[4]
    if days_left < 0:
        return _BUCKETS[0]
    return _BUCKETS[1] if days_left <= 7 else _BUCKETS[2] if days_left <= 14 else _BUCKETS[3]


def _picture(found: Sequence[Waiting]) -> Figure:
    """Return how many documents of each product have how many days left; the products with most documents first."""
    counts = Counter((one.product_code, bucket(one.days_left)) for one in found)
    by_product = Counter(one.product_code for one in found)
    codes = [code for code, _ in by_product.most_common(_PRODUCTS)]
    shown_counts = {key: count for key, count in counts.items() if key[0] in codes}
    title = "Days left to issue, by product"
    return due_map(codes, _BUCKETS, shown_counts, title=title, noun="document")


def _table(found: Sequence[Waiting]) -> Table:
    """Return the queue as a table."""
    rows = [
        [
            Cell(
                one.name or one.local_id,
                url=reverse("provider:entitlement", args=[one.enrolment_id, one.kind]),
                note=one.local_id,
            ),
            Cell(words.KINDS[one.kind], note=f"{one.product_code} {one.product_title}"),
            Cell(
                "Waits for approval" if one.prepared else words.OUTCOMES[one.outcome][0],
                tone="info" if one.prepared else words.OUTCOMES[one.outcome][1],
                note=words.missing(finding.rule for finding in one.holds),
            ),
            Cell(words.left_words(one.days_left), tone=words.left_tone(one.days_left), note=words.day(one.due_on)),
        ]
        for one in found
    ]
    columns = ["Student", "Document", "Standing", "Due"]
    return Table("Documents to be issued", columns, rows, empty="Nothing waits to be issued.")


def _prepared(found: Sequence[Waiting]) -> Table:
    """Return the documents that wait for a second person."""
    rows = [
        [
            Cell(one.name or one.local_id, url=reverse("provider:certification", args=[one.prepared])),
            Cell(words.KINDS[one.kind], note=one.product_code),
            words.left_words(one.days_left),
        ]
        for one in found
    ]
    return Table("Prepared, waiting for a second person", ["Student", "Document", "Due"], rows)


@for_role(*words.ISSUERS, permission=Permission.READ_CERTIFICATION)
@require_safe
def issued_register(request: Request) -> HttpResponse:
    """List the documents that were issued, filtered; each student on the page is told."""
    here = here_of(request)
    form = forms.RegisterForm(request.GET or None)
    said = form.cleaned_data if form.is_valid() else {}
    wanted = queries.Wanted(
        states=(said["state"],) if said.get("state") else (),
        kind=said.get("kind", ""),
        product_code=said.get("product", ""),
        since=said.get("since"),
        until=said.get("until"),
        typed=said.get("q", ""),
    )
    page = int(number) if (number := request.GET.get("page", "1")).isascii() and number.isdigit() else 1
    total, lines = actions.look_at_register(
        wanted, looker=looker(request, here), at=here.now, first=(max(1, page) - 1) * _PAGE, limit=_PAGE
    )
    query = [(name, request.GET.get(name, "")) for name in request.GET if name != "page"]
    context = {
        "filter": form if form.is_bound else forms.RegisterForm(),
        "table": _register(lines),
        "paging": paging(page=page, size=_PAGE, total=total, query=query, noun="documents"),
        "crumbs": trail(),
        "wide": True,
    }
    return shown(request, "issuing/register", context)


def _register(lines: Sequence[CertificationLine]) -> Table:
    """Return issued documents as a table."""
    rows = [
        [
            Cell(printed(one.number), url=reverse("provider:certification", args=[one.id]), mono=True),
            Cell(one.name or "Erased", note=one.local_id),
            Cell(words.KINDS[one.kind], note=f"{one.product_code} {one.product_title}"),
            Cell(words.day(one.issued_on), note="late" if one.late else ""),
            Cell(words.STATES[one.state][0], tone=words.STATES[one.state][1]),
            one.copies,
        ]
        for one in lines
    ]
    columns = ["Number", "Name on it", "Document", "Issued", "Standing", "Copies"]
    return Table("Issued documents", columns, rows, empty="No issued document fits.")
