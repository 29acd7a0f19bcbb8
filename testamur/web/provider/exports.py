"""The provider takes what it has lodged with it again: one zip a format, and ASQA-style student data with its cuts listed."""

from collections.abc import Sequence
from datetime import date
from typing import Final
from zoneinfo import ZoneInfo

from django.http import HttpResponse, StreamingHttpResponse
from django.views.decorators.http import require_POST, require_safe

from testamur.accounts.roles import Permission
from testamur.submissions import actions as submissions_actions
from testamur.submissions import queries as submissions_queries
from testamur.submissions.actions import EXPORT_MEDIA_TYPE, Looker
from testamur.submissions.queries import CutCell, ExportOffered
from testamur.web.access import Request, for_role
from testamur.web.parts import Column, Table
from testamur.web.provider.parts import STAFF, Here, here_of, shown, trail
from testamur.web.submission_health import counted

_MOST_RECORDS: Final = 5_000  # beyond this the cuts are counted in the download only
_MOST_CUTS: Final = 50


@for_role(*STAFF, permission=Permission.READ_RESULTS)
@require_safe
def exports(request: Request) -> HttpResponse:
    """Show what can be downloaded of what the register holds, and what would not be in it."""
    here = here_of(request)
    offered = submissions_queries.exports_of(here.provider_id)
    context = {
        "exports": [
            {"kind": one.kind, "holds": f"{counted(one.students, 'student')}, {counted(one.records, 'record')}"}
            for one in offered
        ],
        "cuts": _cuts(here, offered),
        "crumbs": trail(),
    }
    return shown(request, "exports", context)


@for_role(*STAFF, permission=Permission.READ_RESULTS)
@require_POST
def export(request: Request, name: str) -> StreamingHttpResponse:
    """Hand out one export; each student in it is told so before the first byte leaves."""
    here = here_of(request)
    looker = Looker(here.provider_id, request.acting.account_id, request.acting.role.value)
    made = submissions_actions.export_lodged(name, looker=looker, at=here.now)
    answer = StreamingHttpResponse(made.pieces, content_type=EXPORT_MEDIA_TYPE)
    answer["Content-Disposition"] = f'attachment; filename="{made.name}"'
    return answer


def _cuts(here: Here, offered: Sequence[ExportOffered]) -> dict[str, object] | None:
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
