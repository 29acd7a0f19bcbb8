"""The rehearsal of a closure: who of the provider's students could be served tonight, who could not and why (CQR-10 to CQR-12)."""

import csv
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from testamur.accounts.roles import Permission
from testamur.regulation.actions import rehearsing as rehearsing_actions
from testamur.regulation.actions.rehearsing import FailingStudent
from testamur.regulation.queries import rehearsals
from testamur.regulation.queries.rehearsals import RehearsalFacts
from testamur.regulation.rehearsing import REASONS
from testamur.submissions.actions import Looker
from testamur.web.access import Request, for_role
from testamur.web.parts import Cell, Column, Link, Table, paging
from testamur.web.provider.parts import STAFF, Here, here_of, shown, trail
from testamur.web.rehearsal_parts import headline, rehearsal_figure

_PAGE = 50


@for_role(*STAFF, permission=Permission.READ_PERSON)
@require_safe
def rehearsal(request: Request) -> HttpResponse:
    """Show the last rehearsal: the share, the reasons, and the students who fail, each told that they were looked at."""
    here = here_of(request)
    found = rehearsals.rehearsal_of(here.provider_id)
    made = found is not None and found.made_at is not None
    context: dict[str, object] = {"here": here, "found": found, "crumbs": trail(), "wide": True}
    if found is not None and made:
        context |= {
            "headline": headline(found, own=True),
            "picture": rehearsal_figure(found),
            **_failing(request, here, found),
        }
    return shown(request, "rehearsal", context)


@for_role(*STAFF, permission=Permission.READ_PERSON)
@require_POST
def rehearse(request: Request) -> HttpResponse:
    """Ask for a rehearsal; the worker makes it."""
    here = here_of(request)
    rehearsing_actions.ask_rehearsal(here.provider_id, by=request.acting.account_id, at=here.now)
    messages.success(request, "It is being worked out. Look again in a moment.")
    return redirect("provider:rehearsal")


@for_role(*STAFF, permission=Permission.READ_PERSON)
@require_safe
def rehearsal_csv(request: Request) -> HttpResponse:
    """Hand out every failing student as CSV; each is told that their line was handed out."""
    here = here_of(request)
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="closure rehearsal.csv"'
    writer = csv.writer(response)
    writer.writerow(["Student number", "File", "Line", "Reasons", "In words"])
    for one in rehearsing_actions.show_failing(_looker(request, here), at=here.now, reason=_reason(request)):
        words = "; ".join(REASONS[code] for code in one.reasons)
        writer.writerow([_inert(one.local_id), one.part, one.line or "", " ".join(one.reasons), words])
    return response


def _failing(request: Request, here: Here, found: RehearsalFacts) -> dict[str, object]:
    """Return one page of the students who fail, narrowed to a reason where one is chosen."""
    reason = _reason(request)
    typed = request.GET.get("page", "1")
    page = int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 8 else 1
    query = [("reason", reason)] if reason else []
    total = rehearsals.failing_count(here.provider_id, reason)
    pages = paging(page=page, size=_PAGE, total=total, query=query, noun="students")
    rows = rehearsing_actions.show_failing(
        _looker(request, here), at=here.now, reason=reason, first=max(0, pages.first - 1), most=_PAGE
    )
    return {"failing": _table(rows, query), "paging": pages, "reasons": _choices(found, reason)}


def _table(rows: list[FailingStudent], query: list[tuple[str, str]]) -> Table:
    """Return the students of one page."""
    columns: list[Column | str] = ["Student number", "Why", "Lodged in", Column("Line", numeric=True)]
    lines: list[list[object]] = [
        [
            Cell(one.local_id, url=reverse("provider:student", args=[one.student_id]), mono=True),
            Cell("; ".join(REASONS[code] for code in one.reasons), note=" ".join(one.reasons)),
            one.part,
            f"{one.line:,}" if one.line else "",
        ]
        for one in rows
    ]
    url = reverse("provider:rehearsal_csv")
    exports = [Link("Download as CSV", f"{url}?{urlencode(query)}" if query else url)] if rows else []
    return Table("Students who could not be served", columns, lines, empty="There is none.", exports=exports)


def _choices(found: RehearsalFacts, chosen: str) -> list[Link]:
    """Return a link for each reason that occurs."""
    here = reverse("provider:rehearsal")
    links = [Link("All", here, current=not chosen, count=found.failing)]
    links += [
        Link(code, f"{here}?{urlencode({'reason': code})}", current=code == chosen, count=count)
        for code, count in found.reasons.items()
        if count
    ]
    return links


def _looker(request: Request, here: Here) -> Looker:
    """Return who looks."""
    return Looker(here.provider_id, request.acting.account_id, request.acting.role.value)


def _reason(request: Request) -> str:
    """Return the reason of an address, nothing for one that does not exist."""
    typed = request.GET.get("reason", "")
    return typed if typed in REASONS else ""


def _inert(cell: str) -> str:
    """Return a cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell[:1] in {"=", "+", "-", "@", "\t", "\r"} else cell
