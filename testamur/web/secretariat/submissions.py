"""Submissions that wait for a supervisor: the list, one with all that a decision needs, accepting it and sending it back.

Rulebook F.1 and F.2 (a supervisor accepts, who neither prepared nor declared it); settled by the regulator's profile,
which says whether a person accepts at all. The pages show counts, hashes and rules, never a student.
"""

from collections.abc import Callable
from functools import partial
from typing import Any, Final
from uuid import UUID

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from testamur.accounts.roles import Permission, Role
from testamur.kernel import tenancy
from testamur.kernel.errors import Conflict, NotFound, Refusal
from testamur.kernel.identifiers import printed
from testamur.notices import queries as notices_queries
from testamur.notices.wording import NoticeText
from testamur.providers import queries as providers_queries
from testamur.submissions import actions as submissions_actions
from testamur.submissions import queries as submissions_queries
from testamur.submissions.queries import Step, SubmissionCard
from testamur.web.access import Request, for_role
from testamur.web.parts import Cell, Column, Link, Table, crumbs
from testamur.web.secretariat import submission_parts as parts
from testamur.web.secretariat.deciding import carried_out
from testamur.web.secretariat.submission_forms import AcceptForm, ReturnForm
from testamur.web.submission_health import health_of
from testamur.web.templatetags.testamur import grouped, long_date

_DECIDERS: Final = (Role.SUPERVISOR,)
_NONE: Final = "There is no such submission, or none that was declared."


@for_role(*_DECIDERS, permission=Permission.ACCEPT_SUBMISSION)
@require_safe
def submissions(request: Request) -> HttpResponse:
    """List the declared submissions on which a supervisor must decide, the longest waiting first."""
    now = timezone.now()
    with tenancy.for_register():
        waiting = submissions_queries.submissions_waiting()
    names = providers_queries.legal_names({card.provider_id for card in waiting})
    rows = [
        [
            Cell(printed(card.number), url=reverse("secretariat:submission", args=[card.id]), mono=True),
            names[card.provider_id],
            Cell(grouped(card.tally.rows), note=f"{grouped(card.held.all_rows)} held" if card.held else ""),
            grouped(card.tally.pdfs),
            grouped(card.tally.warning),
            long_date(timezone.localdate(card.declared_at)),
            (now - card.declared_at).days,
        ]
        for card in sorted(waiting, key=lambda card: (card.declared_at or now, card.number))
        if card.declared_at
    ]
    columns: list[Column | str] = [
        "Submission",
        "Provider",
        Column("Rows", numeric=True),
        Column("PDFs", numeric=True),
        Column("Warnings", numeric=True),
        "Declared",
        Column("Days waiting", numeric=True),
    ]
    table = Table("The longest waiting first", columns, rows, empty="No submission waits for a decision.")
    context = {"table": table, "crumbs": _crumbs()[:1], "wide": True}
    return render(request, "secretariat/submissions.html", context)


@for_role(*_DECIDERS, permission=Permission.ACCEPT_SUBMISSION)
@require_safe
def submission(request: Request, submission_id: UUID) -> HttpResponse:
    """Show what a supervisor needs to decide on a submission, or who decided already."""
    return _page(request, submission_id)


@for_role(*_DECIDERS, permission=Permission.ACCEPT_SUBMISSION)
@require_POST
def accept(request: Request, submission_id: UUID) -> HttpResponseBase:
    """Accept a submission; the worker seals it."""
    form = AcceptForm(request.POST, auto_id="accept_%s")
    if not form.is_valid():
        return _page(request, submission_id, accept_form=form)
    done = "Accepted. The register seals it now; the provider gets an e-mail when that is done."
    decide = partial(submissions_actions.accept_submission, submission_id, **_sent(request, form))
    return _decided(request, submission_id, decide, done)


@for_role(*_DECIDERS, permission=Permission.ACCEPT_SUBMISSION)
@require_POST
def send_back(request: Request, submission_id: UUID) -> HttpResponseBase:
    """Send a submission back to its provider, with a reason that the provider reads."""
    form = ReturnForm(request.POST, auto_id="return_%s")
    if not form.is_valid():
        return _page(request, submission_id, return_form=form)
    done = "Sent back. The provider reads your reason and is told by e-mail."
    reason = form.cleaned_data["reason"]
    decide = partial(submissions_actions.return_submission, submission_id, reason=reason, **_sent(request, form))
    return _decided(request, submission_id, decide, done)


def _decided(request: Request, submission_id: UUID, decide: Callable[[], None], done: str) -> HttpResponseBase:
    """Carry a decision out and say so; where it is refused, say who decided already or why not."""
    _refuse_undeclared(submission_id)

    def act() -> str:
        decide()
        return done

    here, why = reverse("secretariat:submission", args=[submission_id]), partial(_why_not, submission_id)
    return carried_out(request, act, here=here, then=reverse("secretariat:submissions"), why=why)


def _page(
    request: Request,
    submission_id: UUID,
    *,
    accept_form: AcceptForm | None = None,
    return_form: ReturnForm | None = None,
) -> HttpResponse:
    """Return the page of a submission that was declared at least once."""
    card, steps = _declared(submission_id)
    sent = accept_form or return_form
    with tenancy.for_register():
        context: dict[str, Any] = _shown(card, steps)
        took_part = {*submissions_queries.people_of(card.id), card.declared_by}
    context |= {
        "may_decide": card.state == "submitted",
        "took_part": request.acting.account_id in took_part,
        "accept_form": accept_form or AcceptForm(auto_id="accept_%s"),
        "return_form": return_form or ReturnForm(auto_id="return_%s"),
        "returning": return_form is not None,
        "form": sent,
        "crumbs": _crumbs(),
    }
    return render(request, "secretariat/submission.html", context, status=422 if sent else 200)


def _shown(card: SubmissionCard, steps: list[Step]) -> dict[str, Any]:
    """Return all that a decision rests on. Needs the register scope."""
    groups = parts.groups_of(card)
    text = _declaration(card)
    provider = providers_queries.provider(card.provider_id)
    return {
        "card": card,
        "provider": provider,
        "printed": printed(card.number),
        "state": parts.STATES.get(card.state, parts.WITH_PROVIDER),
        "decided": parts.decided(steps),
        "rows": parts.facts(card, provider, text),
        "picture": health_of(card, groups) if card.findings_there and card.tally.rows else None,
        "files": parts.files_table(card),
        "remaining": parts.remaining(groups) if card.findings_there else None,
        "text": text,
        "history": parts.history(steps),
    }


def _declaration(card: SubmissionCard) -> NoticeText:
    """Return the text under which a submission was declared, the present one where the declaration was taken off."""
    name, _, number = card.declaration.rpartition(" ")
    return notices_queries.version(name, number) if name else notices_queries.text("declaration", timezone.localdate())


def _declared(submission_id: UUID) -> tuple[SubmissionCard, list[Step]]:
    """Return a submission and its steps; one that nobody ever declared is not the regulator's to see yet."""
    with tenancy.for_register():
        card, steps = submissions_queries.submission(submission_id), submissions_queries.steps_of(submission_id)
    if not any(step.verb == "declare" for step in steps):
        raise NotFound(_NONE)
    return card, steps


def _refuse_undeclared(submission_id: UUID) -> None:
    """Raise NotFound for a submission that nobody ever declared."""
    _declared(submission_id)


def _sent(request: Request, form: AcceptForm | ReturnForm) -> dict[str, Any]:
    """Return who decides now, under which key."""
    return {"by": request.acting.account_id, "at": timezone.now(), "key": form.cleaned_data["key"]}


def _why_not(submission_id: UUID, refused: Refusal) -> str:
    """Return who decided already, else the words of the refusal."""
    _, steps = _declared(submission_id)
    before = parts.decided(steps) if isinstance(refused, Conflict) else ""
    return f"{before} Your decision changed nothing." if before else refused.message


def _crumbs() -> list[Link]:
    """Return the way from the start page to the list."""
    return crumbs(
        ("Work", reverse("secretariat:home")), ("Submissions to decide on", reverse("secretariat:submissions"))
    )
