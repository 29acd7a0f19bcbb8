"""Questions of the regulator about records that the provider lodged: read and answered by its staff."""

from typing import Final

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from testamur.accounts.roles import Permission
from testamur.kernel.errors import Conflict, NotAllowed, NotFound
from testamur.kernel.identifiers import printed
from testamur.submissions.actions import doubting
from testamur.submissions.queries import doubting as doubts_queries
from testamur.submissions.queries.doubting import DoubtCard
from testamur.web.access import Request, for_role
from testamur.web.doubt_words import state_cell
from testamur.web.parts import Cell, Link, SummaryRow, Table
from testamur.web.provider.parts import STAFF, here_of, shown, trail
from testamur.web.templatetags.testamur import long_date

_LONGEST: Final = 1000


class AnswerForm(forms.Form):
    """What the provider answers."""

    answer = forms.CharField(
        label="Your answer",
        help_text="Say what is right, or in which submission you corrected it. The regulator reads it.",
        max_length=_LONGEST,
        widget=forms.Textarea({"rows": 4}),
        error_messages={"required": "Write your answer."},
    )


@for_role(*STAFF, permission=Permission.READ_SUBMISSION)
@require_safe
def questions(request: Request) -> HttpResponse:
    """List what the regulator asked, unanswered questions first."""
    found = doubts_queries.questions_of(here_of(request).provider_id)
    table = Table(
        "Questions",
        ["About", "Submission", "Where", "Asked on", "State"],
        [_row(card) for card in found],
        empty="The regulator has asked nothing.",
    )
    return shown(request, "questions", {"table": table, "crumbs": trail()})


@for_role(*STAFF, permission=Permission.READ_SUBMISSION)
@require_http_methods(["GET", "HEAD", "POST"])
def question(request: Request, doubt_id: int) -> HttpResponseBase:
    """Show a question and take the answer."""
    here, card = here_of(request), doubts_queries.doubt(doubt_id)
    if card.asked_at is None:
        raise NotFound("There is no such question.")
    form = AnswerForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            answer = form.cleaned_data["answer"]
            doubting.answer_question(card.id, answer, by=request.acting.account_id, at=here.now)
            messages.success(request, "Answered. The regulator reads it and decides.")
            return redirect("provider:questions")
        except (Conflict, NotAllowed) as refused:
            form.add_error(None, refused.message)
    context = {
        "card": card,
        "state": state_cell(card.state),
        "rows": _facts(card),
        "form": form if card.state == "asked" else None,
        "crumbs": [*trail(), Link("Questions", reverse("provider:questions"))],
    }
    return shown(request, "question", context, status=422 if form.errors else 200)


def _row(card: DoubtCard) -> list[object]:
    """Return one question's line."""
    return [
        Cell(card.said, url=reverse("provider:question", args=[card.id]), note=card.rule),
        Cell(printed(card.submission_number), mono=True),
        Cell(card.file, note=f"row {card.row:,}"),
        long_date(timezone.localdate(card.asked_at)) if card.asked_at else "",
        state_cell(card.state),
    ]


def _facts(card: DoubtCard) -> list[SummaryRow]:
    """Return the question, what it is about, and what came of it."""
    to = Link("Submission", reverse("provider:submission", args=[card.submission]))
    rows = [
        SummaryRow("Question", card.question),
        SummaryRow("About", card.said),
        SummaryRow("Submission", printed(card.submission_number), [to], mono=True),
        SummaryRow("Where", f"{card.file}, row {card.row:,}"),
    ]
    if card.answer and card.answered_at:
        rows.append(SummaryRow(f"Answered on {long_date(timezone.localdate(card.answered_at))}", card.answer))
    if card.reason and card.decided_at:
        rows.append(SummaryRow(f"Decided on {long_date(timezone.localdate(card.decided_at))}", card.reason))
    return rows
