"""The provider takes what it has lodged with it again: one zip a format, and ASQA-style student data with its cuts listed.

The worker prepares an archive, which then waits for some hours to be fetched; each download tells the students in it.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import FileResponse, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from testamur.accounts.roles import Permission
from testamur.submissions import actions as submissions_actions
from testamur.submissions import queries as submissions_queries
from testamur.submissions.actions import EXPORT_HELD, EXPORT_MEDIA_TYPE, Looker
from testamur.submissions.queries import CutCell, ExportCard, ExportSealed
from testamur.web.access import Request, for_role
from testamur.web.parts import Cell, Column, Link, Progress, SummaryRow, Table, Tone
from testamur.web.provider import words
from testamur.web.provider.parts import STAFF, Here, here_of, shown, trail
from testamur.web.submission_health import counted

_MOST_RECORDS: Final = 5_000  # beyond this the cuts are counted in the download only
_MOST_CUTS: Final = 50
_HOURS: Final = EXPORT_HELD // timedelta(hours=1)
_STILL: Final = timedelta(minutes=2)
_UNITS: Final = {"export": "students"}
_STATES: Final[dict[str, tuple[str, Tone]]] = {
    "asked": ("Being prepared", "info"),
    "prepared": ("Ready", "good"),
    "failed": ("Not prepared", "bad"),
    "removed": ("Deleted", "quiet"),
}


@for_role(*STAFF, permission=Permission.READ_RESULTS)
@require_safe
def exports(request: Request) -> HttpResponse:
    """Show what can be downloaded of what the register holds, and what would not be in it."""
    here = here_of(request)
    offered = submissions_queries.sealed_for_export(here.provider_id)
    context = {
        "exports": [
            {"kind": one.kind, "holds": f"{counted(one.records, 'record')} in {counted(one.submissions, 'submission')}"}
            for one in offered
        ],
        "cuts": _cuts(here, offered),
        "prepared": _prepared(here),
        "hours": _HOURS,
        "crumbs": trail(),
    }
    return shown(request, "exports", context)


@for_role(*STAFF, permission=Permission.READ_RESULTS)
@require_POST
def export(request: Request, name: str) -> HttpResponse:
    """Have the worker prepare one export, or wake it again for one that it has not ended."""
    here = here_of(request)
    asked = submissions_actions.ask_export(name, looker=_looker(request, here), at=here.now)
    return redirect("provider:prepared_export", asked)


@for_role(*STAFF, permission=Permission.READ_RESULTS)
@require_safe
def prepared_export(request: Request, export_id: UUID) -> HttpResponse:
    """Show how far an export is, and the archive once it can be fetched."""
    here, card = here_of(request), submissions_queries.lodged_export(export_id)
    context = {
        "export": card,
        "state": _state(card, here),
        "job": _job(card, soon=True) if card.state == "asked" else None,
        "stands_still": card.state == "asked" and here.now - card.woken_at > _STILL,
        "held": card.held_at(here.now),
        "until": here.moment(card.held_until),
        "size": words.size_words(card.size),
        "rows": _facts(card, here),
        "hours": _HOURS,
        "crumbs": [*trail(), Link("Download what you lodged", reverse("provider:exports"))],
    }
    return shown(request, "export", context)


@for_role(*STAFF, permission=Permission.READ_RESULTS)
@require_safe
def export_progress(request: Request, export_id: UUID) -> HttpResponse:
    """Answer how far the worker is: the fragment that the page asks for; once nothing is at work the page loads again."""
    here, card = here_of(request), submissions_queries.lodged_export(export_id)
    answer = shown(request, "progress", {"job": _job(card), "state": _state(card, here)})
    if card.state != "asked":
        answer["HX-Refresh"] = "true"
    return answer


@for_role(*STAFF, permission=Permission.READ_RESULTS)
@require_POST
def export_file(request: Request, export_id: UUID) -> FileResponse:
    """Hand out a prepared archive; each student in it is told so before the first byte leaves."""
    here = here_of(request)
    fetched = submissions_actions.fetch_export(export_id, looker=_looker(request, here), at=here.now)
    return FileResponse(fetched.stream, as_attachment=True, filename=fetched.name, content_type=EXPORT_MEDIA_TYPE)


@for_role(*STAFF, permission=Permission.READ_RESULTS)
@require_POST
def remove_export(request: Request, export_id: UUID) -> HttpResponse:
    """Delete an archive before its hours are over, or stop one that is under way."""
    here = here_of(request)
    submissions_actions.remove_export(export_id, looker=_looker(request, here), at=here.now)
    messages.success(request, "Removed. Nothing of it is kept.")
    return redirect("provider:exports")


def _looker(request: Request, here: Here) -> Looker:
    """Return who looks."""
    return Looker(here.provider_id, request.acting.account_id, request.acting.role.value)


def _state(card: ExportCard, here: Here) -> tuple[str, Tone]:
    """Return an export's state in words; one whose hours are over is gone, whether or not its file is deleted yet."""
    return _STATES["removed" if card.state == "prepared" and not card.held_at(here.now) else card.state]


def _job(card: ExportCard, *, soon: bool = False) -> Progress:
    """Return how far the worker is with an export."""
    poll = reverse("provider:export_progress", args=[card.id])
    standing = card.standing
    if card.state != "asked":
        link = Link("Open the download", reverse("provider:prepared_export", args=[card.id]))
        return Progress("Finished", 0, 0, poll, finished=True, next=link)
    if standing is None:
        return Progress("Waiting for the worker", 0, 0, poll, unit="", soon=soon)
    unit = _UNITS.get(standing.stage, "")
    return Progress(standing.words, standing.done, standing.total, poll, unit=unit, soon=soon)


def _facts(card: ExportCard, here: Here) -> list[SummaryRow]:
    """Return what is known of an export."""
    names = words.names_of([card.asked_by])
    rows = [SummaryRow("Asked for", f"{here.moment(card.asked_at)} by {names[card.asked_by]}")]
    if card.prepared_at:
        rows += [
            SummaryRow("As the register held it", here.moment(card.prepared_at)),
            SummaryRow("Students", f"{card.students:,}"),
            SummaryRow("SHA-256", card.sha256, mono=True),
        ]
    if card.state == "removed" and card.ended_at:
        rows.append(SummaryRow("Deleted", here.moment(card.ended_at)))
    return rows


def _prepared(here: Here) -> Table | None:
    """Return the exports that were asked for lately; None where there are none."""
    cards = submissions_queries.lodged_exports(here.provider_id)
    rows: list[list[object]] = []
    for card in cards:
        status, tone = _state(card, here)
        rows.append(
            [
                Cell(card.kind.title, url=reverse("provider:prepared_export", args=[card.id])),
                Cell(status, tone=tone),
                words.size_words(card.size) if card.size else "",
                here.moment(card.asked_at),
                here.moment(card.held_until) if card.held_at(here.now) else "",
            ]
        )
    columns: list[Column | str] = ["Download", "State", Column("Size", numeric=True), "Asked for", "Held until"]
    return Table("Asked for lately", columns, rows) if rows else None


def _cuts(here: Here, offered: Sequence[ExportSealed]) -> dict[str, object] | None:
    """Return what is said about cells that ASQA-style student data cuts; nothing where there is no such export."""
    if all(one.kind.name != "asqa" for one in offered):
        return None
    today: date = here.now.astimezone(ZoneInfo(here.zone)).date()
    found = submissions_queries.cuts_in_asqa(here.provider_id, on=today, most=_MOST_RECORDS)
    if found is None:
        return {"many": True}
    return {"count": len(found), "table": _table(found) if found else None}


def _table(found: Sequence[CutCell]) -> Table:
    """Return where the first cuts are, and how much is lost."""
    rows = [[f"{cut.row:,}", cut.column, f"{cut.length:,}", f"{cut.width:,}"] for cut in found[:_MOST_CUTS]]
    more = f" (the first {_MOST_CUTS} of {len(found):,})" if len(found) > _MOST_CUTS else ""
    columns: list[Column | str] = [
        "Row",
        "Column",
        Column("Characters", numeric=True),
        Column("Cut to", numeric=True),
    ]
    return Table(f"Cells that are cut to their column{more}", columns, rows, stacked=False)
