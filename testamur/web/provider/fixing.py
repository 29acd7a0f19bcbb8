"""Cells are given better values on the findings page; the next check lays them over the file."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe

from testamur.accounts.roles import Permission
from testamur.kernel.errors import NotAllowed, NotFound
from testamur.submissions import actions as submissions_actions
from testamur.submissions import queries as submissions_queries
from testamur.web.access import Request, for_role
from testamur.web.provider import forms
from testamur.web.provider.findings import row_shown
from testamur.web.provider.parts import OFFICER, STAFF, card_of, here_of, shown
from testamur.web.submission_health import counted


@for_role(*OFFICER, permission=Permission.CHANGE_SUBMISSION)
@require_POST
def fix(request: Request, submission_id: UUID) -> HttpResponseBase:
    """Give one cell another value."""
    here, form = here_of(request), forms.CellForm(request.POST)
    if not form.is_valid():
        raise NotFound("This cell cannot be fixed here. Open the findings again.")
    typed = form.cleaned_data
    place = {name: typed[name] for name in ("file", "row", "column", "rule")}
    submissions_actions.fix_cell(
        submission_id, **place, value=typed["value"], by=request.acting.account_id, at=here.now
    )
    if request.headers.get("HX-Request"):
        return _part(request, submission_id, place, typed["back"])
    messages.success(
        request, f"Row {typed['row']}, {typed['column']}: the new value is kept. Check again when you are done."
    )
    return _back(request, submission_id, typed["back"])


@for_role(*OFFICER, permission=Permission.CHANGE_SUBMISSION)
@require_POST
def fix_alike(request: Request, submission_id: UUID) -> HttpResponseBase:
    """Give all cells of a column that hold the same value another one."""
    here, form = here_of(request), forms.AlikeForm(request.POST)
    if not form.is_valid():
        raise NotFound("These cells cannot be fixed here. Open the findings again.")
    typed = form.cleaned_data
    cells = submissions_actions.AlikeCells(typed["rule"], typed["file"], typed["column"], typed["old"])
    try:
        fixed = submissions_actions.fix_all_like(
            submission_id, cells, new_value=typed["value"], by=request.acting.account_id, at=here.now, key=typed["key"]
        )
    except NotAllowed as refused:
        messages.error(request, refused.message)
    else:
        messages.success(
            request, f"{counted(fixed, 'cell')} of {typed['column']} fixed. Check again when you are done."
        )
    return _back(request, submission_id, typed["back"])


@for_role(*OFFICER, permission=Permission.CHANGE_SUBMISSION)
@require_POST
def undo_fix(request: Request, submission_id: UUID, fix_id: int) -> HttpResponseBase:
    """Take a fix back."""
    submissions_actions.undo_fix(submission_id, fix_id, by=request.acting.account_id, at=here_of(request).now)
    messages.success(request, "The fix was taken back. The cell has the file's own value again.")
    return _back(request, submission_id, request.POST.get("back", ""))


def _part(request: Request, submission_id: UUID, place: dict[str, Any], back: str) -> HttpResponse:
    """Return the finding's part of the page, drawn again."""
    card = card_of(submission_id)
    row = submissions_queries.finding_at(card, **place)
    context = {"row": row_shown(card, row, True, back), "card": card, "announce": True}
    response = render(request, "provider/finding_row.html", context)
    response["HX-Trigger"] = "fixed"  # the box that says so at the top asks for itself again
    return response


@for_role(*STAFF, permission=Permission.READ_SUBMISSION)
@require_safe
def fixed(request: Request, submission_id: UUID) -> HttpResponse:
    """Answer the box that says that cells were fixed since the check."""
    return shown(request, "fixed", {}, card=card_of(submission_id))


def _back(request: Request, submission_id: UUID, back: str) -> HttpResponse:
    """Return to where the reader was among the findings."""
    home = reverse("provider:findings", args=[submission_id])
    safe = back.startswith(home) and url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()})
    return redirect(back if safe else home)
