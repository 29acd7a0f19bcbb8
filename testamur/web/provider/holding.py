"""Going on with the good rows while rows with errors are held: the choice, its undoing, and how held rows are shown."""

from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from testamur.accounts.roles import Permission
from testamur.submissions import actions as submissions_actions
from testamur.submissions import deciding
from testamur.submissions import queries as submissions_queries
from testamur.submissions.formats import FORMATS
from testamur.submissions.queries import Chosen, Held, SubmissionCard
from testamur.web.access import Request, for_role
from testamur.web.parts import Column, Table
from testamur.web.provider import forms
from testamur.web.provider.parts import OFFICER, here_of, new_key
from testamur.web.submission_health import counted, held_words


@for_role(*OFFICER, permission=Permission.CHANGE_SUBMISSION)
@require_POST
def hold(request: Request, submission_id: UUID) -> HttpResponse:
    """Hold the rows with errors; the good ones wait for their declaration."""
    form = forms.KeyForm(request.POST)
    key = form.cleaned_data["key"] if form.is_valid() else ""
    by, at = request.acting.account_id, here_of(request).now
    submissions_actions.hold_rows(submission_id, by=by, at=at, key=key)
    messages.success(request, "The rows with errors are held. A second person can now declare the good ones.")
    return redirect("provider:submission", submission_id)


@for_role(*OFFICER, permission=Permission.CHANGE_SUBMISSION)
@require_POST
def stop_holding(request: Request, submission_id: UUID) -> HttpResponse:
    """Hold no row any more; the errors are to be fixed first."""
    submissions_actions.stop_holding(submission_id, by=request.acting.account_id, at=here_of(request).now)
    messages.success(request, "No row is held any more. Fix the errors, then check again.")
    return redirect("provider:findings", submission_id)


def offer_of(request: Request, card: SubmissionCard) -> dict[str, object] | None:
    """Return what the findings page says about holding rows: the choice with its form, or why there is none."""
    would = card.may_hold
    if would is None or not request.acting.may(Permission.CHANGE_SUBMISSION):
        return None
    verdict = deciding.may_hold(whole_files=would.whole_files, sealable=would.sealable, replace_all=card.replace_all)
    return {
        "would": would,
        "good": counted(would.good, "good row"),
        "words": held_words(would),
        "refused": verdict.reasons if not verdict.allowed else "",
        "url": reverse("provider:hold", args=[card.id]),
        "form": forms.KeyForm(initial={"key": new_key()}, auto_id="hold-%s"),
    }


def held_table(card: SubmissionCard, held: Held) -> Table:
    """Return the rules under which rows are held: what each says while the findings are there, and its errors."""
    title = f"Held, and not part of what is sealed: {held_words(held)}"
    if not card.findings_there:
        counts: list[list[object]] = [[rule, f"{count:,}"] for rule, count in held.rules]
        return Table(title, ["Rule", Column("Errors", numeric=True)], counts, stacked=False)
    groups = submissions_queries.finding_groups(card, Chosen(severity="error"))
    rows: list[list[object]] = [[one.rule, one.column or "", one.message, f"{one.count:,}"] for one in groups]
    return Table(title, ["Rule", "Column", "What is wrong", Column("Errors", numeric=True)], rows)


def files_held(card: SubmissionCard) -> list[dict[str, str]]:
    """Return the files in which held rows can be downloaded, as long as the originals are there."""
    if not card.findings_there:
        return []
    marked = FORMATS[card.format].versioned
    return [
        {
            "name": file.name,
            "url": f"{reverse('provider:failed', args=[card.id])}?{urlencode({'file': file.name})}",
            "next": submissions_queries.next_version_name(card, file.name) if marked else "",
        }
        for file in card.tally.files
        if file.name in submissions_queries.files_held(card)
    ]
