"""What every write to a submission shares: loading under a lock, refusing, moving, and doing a repeated request once."""

from collections.abc import Collection, Iterable
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db.models import Sum

from testamur.accounts import actions as accounts_actions
from testamur.accounts import queries as accounts_queries
from testamur.accounts import systems as accounts_systems
from testamur.accounts.roles import PERMISSIONS, Permission
from testamur.kernel import jobs
from testamur.kernel.canonical import Json
from testamur.kernel.errors import NotFound, refuse_unless
from testamur.notices import actions as notices_actions
from testamur.notices import telling as notices_telling
from testamur.providers import queries as providers_queries
from testamur.submissions import deciding
from testamur.submissions.models import CellFix, Submission, SubmissionStep, SubmittedFile
from testamur.submissions.states import SUBMISSION

CHECK_JOB = "check_submission"
SEAL_JOB = "seal_submission"
_PREPARING = ("receive", "fix", "remove_file", "hold", "choose")
LARGE_BYTES = 1 << 20  # as they arrived; an archive of a mebibyte holds some ten of text, a second's work


def locked(submission_id: UUID) -> Submission:
    """Return a submission, locked until the transaction ends; raises NotFound, also for another provider's."""
    found = Submission.objects.select_for_update().filter(pk=submission_id).first()
    if found is None:
        raise NotFound("There is no such submission, or none that you may see.")
    return found


def refuse_without(permission: Permission, provider_id: int, *, by: UUID, at: datetime) -> None:
    """Refuse a person who holds no role with a permission at the provider (F.2)."""
    organisation = providers_queries.provider(provider_id).organisation_id
    held = accounts_queries.memberships_of(by, at)
    may = any(one.organisation_id == organisation and permission in PERMISSIONS[one.role] for one in held)
    refuse_unless(deciding.may_act(may))


def move(submission: Submission, verb: str, *, by: UUID | None, at: datetime, note: str = "") -> None:
    """Move a submission as the states say, keep who did it, and let the provider's systems be told of another state.

    The row itself is not saved yet. Refuses with Conflict.
    """
    before = submission.state
    submission.state = SUBMISSION.move(before, verb)
    note_step(submission, verb, by=by, at=at, note=note)
    if submission.state != before:
        _announce(submission, before, at=at)


def _announce(submission: Submission, before: str, *, at: datetime) -> None:
    """Write to the webhooks' outbox that a submission is in another state; the message names nobody."""
    about = {
        "submission_id": str(submission.pk),
        "number": submission.number,
        "format": submission.format,
        "state": submission.state,
        "state_before": before,
    }
    notices_telling.announce(submission.provider_id, f"submission.{submission.state}", about, at=at)


def note_step(submission: Submission, verb: str, *, by: UUID | None, at: datetime, note: str = "") -> None:
    """Keep for ever that something was done."""
    SubmissionStep.objects.create(
        submission=submission,
        provider_id=submission.provider_id,
        verb=verb,
        to_state=submission.state,
        by=by,
        at=at,
        note=note[:300],
    )


def answered_before(key: str, purpose: str, *, by: UUID, at: datetime, about: Json, result: str = "done") -> str | None:
    """Claim a request's key for `result`; return the first answer where the same request was made before, else None.

    Without a key every request is a new one. Claim and work commit together, so a key never outlives a refusal.
    """
    if not key:
        return None
    before = accounts_actions.once(
        account_id=by, key=key, purpose=purpose, digest=accounts_actions.digest_of(about), at=at
    )
    if before is None:
        remember(key, purpose, by=by, result=result)
    return before


def remember(key: str, purpose: str, *, by: UUID, result: str) -> None:
    """Keep another answer for a claimed key, where it is known only at the end of the work."""
    if key:
        accounts_actions.remember_once(account_id=by, key=key, purpose=purpose, result=result)


def prepared_by(submission: Submission) -> frozenset[UUID]:
    """Return who opened the submission, sent files to it or fixed cells in it, and who made a key of a system that did."""
    files = SubmittedFile.objects.filter(submission=submission).values_list("received_by", flat=True)
    fixes = CellFix.objects.filter(submission=submission).values_list("fixed_by", flat=True)
    steps = SubmissionStep.objects.filter(submission=submission, verb__in=_PREPARING)
    people = {submission.opened_by, *files, *fixes, *steps.values_list("by", flat=True)}
    return accounts_systems.people_behind({person for person in people if person is not None})


def is_of_one_hand(by: UUID, prepared: Collection[UUID]) -> bool:
    """Say whether somebody, or whoever made the key of a system, is among those who prepared a submission."""
    return not accounts_systems.people_behind({by}).isdisjoint(prepared)


def wake(job: str, submission: Submission) -> None:
    """Queue a job about a submission, large ones apart; two jobs about one submission never run at once."""
    sizes = SubmittedFile.objects.filter(submission=submission, current=True).aggregate(size=Sum("size"))
    queue = jobs.LARGE if (sizes["size"] or 0) > LARGE_BYTES else jobs.QUICK
    jobs.wake(job, lock=f"submission-{submission.pk}", queue=queue, submission_id=submission.pk)


def tell(template: str, submission: Submission, people: Iterable[UUID | None], *, at: datetime) -> None:
    """Queue a mail without any data to people who work on a submission."""
    # The address is the provider's pages' own; a test of the pages holds the two together.
    link = f"{settings.PUBLIC_URL}/provider/submissions/{submission.pk}/"
    for person in {person for person in people if person is not None}:
        account = accounts_queries.account(person)
        if account.active:
            notices_actions.queue_mail(
                template, address=account.email, context={"link": link}, at=at, account_id=person
            )
