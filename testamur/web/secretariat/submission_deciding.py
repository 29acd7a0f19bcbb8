"""A supervisor's decision on a declared submission: done once for each form, and only while nobody else has decided.

Rulebook F.1 (declared, then accepted or sent back) and F.2 (a supervisor approves).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.urls import reverse

from testamur.accounts import actions as accounts_actions
from testamur.accounts import queries as accounts_queries
from testamur.kernel import tenancy
from testamur.kernel.errors import Conflict
from testamur.notices import actions as notices_actions
from testamur.submissions import actions as submissions_actions
from testamur.submissions import queries as submissions_queries
from testamur.submissions.queries import Step, SubmissionCard
from testamur.web.templatetags.testamur import long_moment

_DONE: Final = {
    "accept": "{who} accepted this submission on {when}.",
    "return": "{who} sent this submission back on {when}.",
    "withdraw": "{who} withdrew this submission on {when}.",
}


@dataclass(frozen=True, slots=True)
class Deciding:
    """Who decides, when, and the key of the form that was sent."""

    by: UUID
    at: datetime
    key: str


def accept(submission_id: UUID, *, deciding: Deciding) -> None:
    """The submission is accepted and will be sealed; the same form a second time changes nothing.

    Refuses as `submissions.accept_submission` does, and with Conflict whatever was decided before.
    """
    with transaction.atomic():
        if _claimed("accept_submission", str(submission_id), deciding):
            submissions_actions.accept_submission(submission_id, by=deciding.by, at=deciding.at)


def send_back(submission_id: UUID, reason: str, *, deciding: Deciding) -> None:
    """The submission is with its provider again, with the reason, and the people who work on it are told by mail.

    The mail holds a link and not the reason (TEQ-08). Refuses as `submissions.return_submission` does, and with Conflict
    a submission that another supervisor has accepted in the meantime; the same form a second time changes nothing.
    """
    with transaction.atomic():
        if not _claimed("return_submission", f"{submission_id} {reason}", deciding):
            return
        with tenancy.for_register():
            people = _people(submissions_queries.submission(submission_id))
        submissions_actions.return_submission(submission_id, reason=reason, by=deciding.by, at=deciding.at)
        # The move is possible from `accepted` too, for the worker: the steps tell what was decided while we waited.
        with tenancy.for_register():
            steps = submissions_queries.steps_of(submission_id)
        if _last(steps, "accept", "declare") == "accept":
            raise Conflict("This submission was accepted in the meantime.")
        _tell(submission_id, people, at=deciding.at)


def decided(steps: Sequence[Step]) -> str:
    """Return who decided what and when since the last declaration, "" where nobody has. Steps come the newest first."""
    for step in steps:
        if step.verb == "declare":
            return ""
        if step.verb in _DONE:
            return _DONE[step.verb].format(who=name_of(step.by), when=long_moment(step.at))
    return ""


def name_of(account_id: UUID | None) -> str:
    """Return how a person is named; nobody is the register itself."""
    if account_id is None:
        return "The register"
    held = accounts_queries.account(account_id)
    return held.name or held.email


def _claimed(purpose: str, about: str, deciding: Deciding) -> bool:
    """Claim the form's key; False where its work was done before."""
    by, key = deciding.by, deciding.key
    digest = accounts_actions.digest_of(about)
    if accounts_actions.once(account_id=by, key=key, purpose=purpose, digest=digest, at=deciding.at) is not None:
        return False
    accounts_actions.remember_once(account_id=by, key=key, purpose=purpose, result="done")
    return True


def _last(steps: Sequence[Step], *verbs: str) -> str:
    """Return the newest of some verbs."""
    return next((step.verb for step in steps if step.verb in verbs), "")


def _people(card: SubmissionCard) -> set[UUID]:
    """Return who prepared and who declared a submission."""
    prepared = submissions_queries.people_of(card.id)
    return {person for person in (*prepared, card.declared_by) if person is not None}


def _tell(submission_id: UUID, people: set[UUID], *, at: datetime) -> None:
    """Queue a mail with the address of the submission's page, where the reason stands."""
    link = settings.PUBLIC_URL + reverse("provider:submission", args=[submission_id])
    for person in sorted(people):
        account = accounts_queries.account(person)
        if account.active:
            notices_actions.queue_mail(
                "submission_returned", address=account.email, context={"link": link}, at=at, account_id=person
            )
