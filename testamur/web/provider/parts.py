"""What the pages of a submission share: loading it, its crumbs, its five steps, and who acts when."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from testamur.accounts.roles import Permission, Role
from testamur.kernel.errors import NotFound
from testamur.providers import queries as providers_queries
from testamur.submissions import queries as submissions_queries
from testamur.submissions.queries import SubmissionCard
from testamur.web.acting import Request
from testamur.web.parts import Link, Task, Tone, crumbs
from testamur.web.provider import words
from testamur.web.submission_health import counted

STAFF = (Role.PROVIDER_DATA_OFFICER, Role.PROVIDER_ADMINISTRATOR)
OFFICER = (Role.PROVIDER_DATA_OFFICER,)
ADMINISTRATOR = (Role.PROVIDER_ADMINISTRATOR,)


@dataclass(frozen=True, slots=True)
class Here:
    """The provider on whose behalf a page is shown, and the moment."""

    provider_id: int
    name: str
    zone: str
    now: datetime

    def moment(self, moment: datetime | None) -> str:
        """Return a moment in the provider's zone."""
        return words.moment_words(moment, self.zone)


def here_of(request: Request) -> Here:
    """Return whose page this is."""
    if request.acting.provider_id is None:
        raise NotFound("Your organisation is not joined to a provider.")
    brief = providers_queries.provider(request.acting.provider_id)
    return Here(brief.id, brief.legal_name, brief.zone, timezone.now())


def card_of(submission_id: UUID) -> SubmissionCard:
    """Return the submission of a page's address; another provider's does not exist here."""
    return submissions_queries.submission(submission_id)


def new_key() -> str:
    """Return a key for a form, so that sending it twice does its work once."""
    return str(uuid4())


def trail(card: SubmissionCard | None = None) -> list[Link]:
    """Return the breadcrumbs down to a submission."""
    steps = [("Submissions", reverse("provider:home"))]
    if card is not None:
        steps.append((words.title_of(card), reverse("provider:submission", args=[card.id])))
    return crumbs(*steps)


def shown(
    request: HttpRequest,
    template: str,
    context: dict[str, Any],
    *,
    card: SubmissionCard | None = None,
    status: int = 200,
) -> HttpResponse:
    """Return a page of this area; with a submission its title, tag and five steps stand beside it."""
    if card is not None:
        acting = request.acting  # type: ignore[attr-defined]
        tag = words.state_words(card)
        context = {
            "card": card,
            "title": words.title_of(card),
            "state": tag,
            "tasks": tasks_of(card, may_change=acting.may(Permission.CHANGE_SUBMISSION)),
            "may_change": acting.may(Permission.CHANGE_SUBMISSION),
            "may_declare": acting.may(Permission.DECLARE_SUBMISSION),
            "profile": words.PROFILES[card.profile],
            "crumbs": trail(card),
            **context,
        }
    return render(request, f"provider/{template}.html", context, status=status)


def tasks_of(card: SubmissionCard, *, may_change: bool) -> list[Task]:
    """Return the five steps of a submission: upload, check, fix, declare, seal."""
    if card.state == "withdrawn":
        return [Task("Withdrawn", "Nothing was kept", "", "quiet")]
    return [_upload(card, may_change), _check(card), _fix(card), _declare(card), _seal(card)]


def _url(card: SubmissionCard, name: str) -> str:
    return reverse(f"provider:{name}", args=[card.id])


def _upload(card: SubmissionCard, may_change: bool) -> Task:
    """Return the first step."""
    if not card.file_count:
        return Task("Upload", "To do", _url(card, "files") if may_change else "", "info")
    held = f"{counted(card.file_count, 'file')}, {words.size_words(card.file_bytes)}"
    return Task("Upload", "Done", _url(card, "files"), "good", held)


def _check(card: SubmissionCard) -> Task:
    """Return the second step."""
    if card.state == "validating":
        return Task("Check", "At work", _url(card, "submission"), "info")
    if card.state == "rejected":
        return Task("Check", "Not readable", _url(card, "submission"), "bad")
    if not card.findings_current and card.state == "uploaded":
        again = "Again" if card.findings_there else "To do"
        return Task("Check", again, _url(card, "submission"), "info")
    if card.checked_at is None:
        return Task("Check", "Not yet")
    rows = counted(card.tally.rows, "row")
    return Task("Check", "Done", _url(card, "findings") if card.findings_there else "", "good", f"{rows} read")


def _fix(card: SubmissionCard) -> Task:
    """Return the third step."""
    if not card.findings_there:
        done = card.state in {"sealed", "superseded"}
        return Task("Fix", "Done" if done else "Not yet", "", "good" if done else None)
    url, errors = _url(card, "findings"), card.tally.error
    hint = counted(card.fix_count, "cell fixed", "cells fixed") if card.fix_count else ""
    if card.held:
        return Task("Fix", f"{card.held.left:,} held", url, "warn", hint)
    if errors:
        return Task("Fix", f"{errors:,} left", url, "bad", hint)
    left = f"{counted(card.tally.warning, 'warning')} to look at" if card.tally.warning else "Nothing to fix"
    return Task("Fix", "Done", url, "good", left or hint)


def _declare(card: SubmissionCard) -> Task:
    """Return the fourth step."""
    if card.declared_at is not None:
        return Task("Declare", "Done", _url(card, "submission"), "good")
    if card.state == "ready":
        return Task("Declare", "To do", _url(card, "declare"), "warn", "By a second person")
    return Task("Declare", "Not yet")


def _seal(card: SubmissionCard) -> Task:
    """Return the fifth step."""
    states: dict[str, tuple[str, Tone]] = {
        "submitted": ("Waits", "info"),
        "accepted": ("At work", "info"),
        "sealed": ("Done", "good"),
        "superseded": ("Superseded", "quiet"),
    }
    if card.state not in states:
        return Task("Seal", "Not yet")
    status, tone = states[card.state]
    sealed = card.sealed_at is not None
    return Task("Seal", status, _url(card, "receipt" if sealed else "submission"), tone)
