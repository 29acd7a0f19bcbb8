"""The page of one submission: its five steps, what is at work, what went wrong, and what was done by whom."""

from datetime import timedelta
from uuid import UUID

from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from testamur.accounts.roles import Permission
from testamur.kernel.identifiers import printed
from testamur.submissions import queries as submissions_queries
from testamur.submissions.formats import FORMATS
from testamur.submissions.queries import Step, SubmissionCard
from testamur.submissions.queries import by_hand as by_hand_queries
from testamur.web import form_words
from testamur.web.access import Request, for_role
from testamur.web.parts import Entry, Link, SummaryRow
from testamur.web.provider import words
from testamur.web.provider.health import picture_of
from testamur.web.provider.lodging import job_of
from testamur.web.provider.parts import STAFF, Here, card_of, here_of, shown
from testamur.web.submission_health import counted, held_words

_STILL = timedelta(minutes=2)


@for_role(*STAFF, permission=Permission.READ_SUBMISSION)
@require_safe
def submission(request: Request, submission_id: UUID) -> HttpResponse:
    """Show where a submission is and what comes next."""
    here, card = here_of(request), card_of(submission_id)
    steps = submissions_queries.steps_of(card.id)
    trouble = submissions_queries.last_trouble(steps)
    context = {
        "job": job_of(card) if card.at_work else None,
        "stands_still": card.at_work and here.now - steps[0].at > _STILL,
        "trouble": trouble,
        "printed": printed(card.number),
        "picture": picture_of(card) if card.findings_there and card.tally.rows else None,
        "next": _next(card, request),
        "rows": _facts(card, here, may_change=request.acting.may(Permission.CHANGE_SUBMISSION)),
        "history": _history(steps, here),
        "by_hand": card.file_count and card.id in by_hand_queries.filled_by_hand(here.provider_id),
        "may_stop_holding": request.acting.may(Permission.CHANGE_SUBMISSION) and card.state == "ready" and card.held,
        "may_withdraw": request.acting.may(Permission.CHANGE_SUBMISSION) and "withdraw" in card.verbs,
    }
    return shown(request, "submission", context, card=card)


def _next(card: SubmissionCard, request: Request) -> dict[str, str]:
    """Return what comes next in a sentence, with an address where the reader does it."""
    change, declare = (request.acting.may(one) for one in (Permission.CHANGE_SUBMISSION, Permission.DECLARE_SUBMISSION))
    tally = card.tally
    told = {
        "drafted": ("Upload the files.", "files", "Upload files", change),
        "uploaded": ("The files have changed and are not checked yet.", "check", "Check the files", change),
        "rejected": ("Upload files of the format, or withdraw the submission.", "files", "Upload other files", change),
        "needs_fix": (
            f"{counted(tally.error, 'error')} in {counted(tally.rows_failed, 'row')} must be fixed, or the rows be held, before "
            "anybody can declare the submission.",
            "findings",
            "Open the findings",
            True,
        ),
        "ready": (
            f"{held_words(card.held)} {'is' if card.held.all_rows == 1 else 'are'} held. A provider administrator who took no "
            "part in preparing the others declares them; then they are sealed."
            if card.held
            else "No error is left. A provider administrator who took no part in preparing it declares it; then it is sealed.",
            "declare" if declare else "findings",
            "Read and declare" if declare else "Look at the findings",
            True,
        ),
        "submitted": ("It is declared and waits for the regulator's supervisor to accept it.", "", "", False),
        "sealed": ("It is part of the permanent record.", "receipt", "Open the receipt", True),
        "superseded": (
            "A later submission replaced the whole of it. The record of it stays.",
            "receipt",
            "Open the receipt",
            True,
        ),
        "withdrawn": ("It was withdrawn. Nothing of it was kept but this page.", "", "", False),
    }
    sentence, name, label, may = told.get(card.state, ("", "", "", False))
    url = reverse(f"provider:{name}", args=[card.id]) if name and may else ""
    return {"sentence": sentence, "url": url, "label": label, "post": "post" if name == "check" else ""}


def _facts(card: SubmissionCard, here: Here, *, may_change: bool) -> list[SummaryRow]:
    """Return the facts of a submission: what it is, how it is read, who did what when."""
    names = words.names_of([card.opened_by, card.declared_by, card.accepted_by])
    rows = [
        SummaryRow("Opened", f"{here.moment(card.opened_at)} by {names[card.opened_by]}"),
        SummaryRow("Format", FORMATS[card.format].title),
        *form_words.form_rows(card, words.chosen_words(card, here.zone), _change_form(card, may_change=may_change)),
        SummaryRow("Profile", words.PROFILES[card.profile]),
    ]
    if card.replace_all:
        rows.append(SummaryRow("Replaces", "everything that was sealed before"))
    if card.encoding:
        rows.append(SummaryRow("Encoding", "Windows-1252, confirmed by you, for files that are not UTF-8"))
    if card.checked_at:
        rows.append(SummaryRow("Checked", here.moment(card.checked_at)))
        rows.append(SummaryRow("Rules", card.rule_version, mono=True))
    if card.held:
        rows.append(SummaryRow("Held", f"{held_words(card.held)}, under {card.held.under}"))
    if card.completes:
        rows.append(SummaryRow("Completes", f"the held rows of submission {printed(card.completes)}"))
    if card.declared_at:
        rows.append(SummaryRow("Declared", f"{here.moment(card.declared_at)} by {names[card.declared_by]}"))
    if card.accepted_at:
        accepted = names[card.accepted_by] if card.accepted_by else "the register, as the regulator's profile says"
        rows.append(SummaryRow("Accepted", f"{here.moment(card.accepted_at)} by {accepted}"))
    if card.sealed_at:
        rows.append(SummaryRow("Sealed", here.moment(card.sealed_at)))
    if card.originals_deleted_at:
        rows.append(SummaryRow("Originals deleted", here.moment(card.originals_deleted_at)))
    return rows


def _change_form(card: SubmissionCard, *, may_change: bool) -> list[Link]:
    """Return the way to where the state's form and the year are chosen, for whoever may do so now."""
    possible = may_change and "choose" in card.verbs
    return [Link("Change", reverse("provider:choose_form", args=[card.id]))] if possible else []


def _history(steps: list[Step], here: Here) -> list[Entry]:
    """Return what was done and by whom, the newest first."""
    names = words.names_of(step.by for step in steps)
    return [
        Entry(
            here.moment(step.at),
            words.STEPS[step.verb],
            [line for line in (names[step.by], step.note) if line],
            tone=words.STEP_TONES.get(step.verb),
        )
        for step in steps
    ]
