"""Evidence whose time of keeping is over: shown to staff, purged once an administrator confirms what was shown (REG-04)."""

from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.views.decorators.http import require_POST, require_safe

from testamur.accounts.roles import Permission
from testamur.enrolments import actions, queries
from testamur.kernel.errors import Conflict, NotAllowed
from testamur.web.access import Request, for_role
from testamur.web.parts import Cell, Column, Table
from testamur.web.provider.enrolments import words
from testamur.web.provider.enrolments.lists import trail
from testamur.web.provider.parts import ADMINISTRATOR, STAFF, Here, here_of, shown
from testamur.web.provider.words import size_words

_MOST: Final = 500


def _due(here: Here) -> list[queries.EvidenceDue]:
    """Return what may go today at the provider."""
    return queries.evidence_due(here.provider_id, on=here.now.astimezone(ZoneInfo(here.zone)).date())


@for_role(*STAFF, permission=Permission.READ_EVIDENCE)
@require_safe
def evidence_due(request: Request) -> HttpResponse:
    """Show what a purge would delete, and nothing else."""
    due = _due(here_of(request))[:_MOST]
    rows = [
        [
            Cell(one.label, note=words.EVIDENCE[one.kind]),
            Cell(one.product_code, note=one.unit_code),
            size_words(one.size),
            Cell(words.day(one.kept_until), note=f"{one.days_over} days over" if one.days_over else "today"),
            Cell(f"{one.sha256[:12]}…", mono=True),
        ]
        for one in due
    ]
    columns: list[Column | str] = ["Evidence", "Product", Column("Size", numeric=True), "Kept until", "SHA-256"]
    context = {
        "due": Table("May be deleted", columns, rows, empty="No evidence is due. Each piece is kept until its day."),
        "ids": [one.id for one in due],
        "may_purge": bool(due) and request.acting.may(Permission.PURGE_EVIDENCE),
        "crumbs": trail(),
        "wide": True,
    }
    return shown(request, "enrolments/purge", context)


@for_role(*ADMINISTRATOR, permission=Permission.PURGE_EVIDENCE)
@require_POST
def purge_evidence(request: Request) -> HttpResponseBase:
    """Delete what was shown and confirmed."""
    here = here_of(request)
    try:
        confirmed = [UUID(one) for one in request.POST.getlist("evidence")]
        count = actions.purge_evidence(here.provider_id, confirmed, by=request.acting.account_id, at=here.now)
    except (NotAllowed, Conflict) as refused:
        messages.error(request, refused.message)
    except ValueError:
        messages.error(request, "Nothing was purged: open the list again.")
    else:
        messages.success(request, f"{count} piece{'' if count == 1 else 's'} of evidence deleted. Hash and day stay.")
    return redirect("provider:evidence_due")
