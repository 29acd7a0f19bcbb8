"""A submission whose worker was lost for good never stays stuck: a person starts its work again."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from testamur.accounts.roles import Permission
from testamur.kernel.errors import Conflict
from testamur.submissions.actions import writing


@transaction.atomic
def restart_submission(submission_id: UUID, *, by: UUID, at: datetime) -> None:
    """The check or the sealing of a submission is queued once more; a run that is still at work is not disturbed.

    For the provider's staff who read submissions. Refuses (Conflict) a submission on which nothing is at work.
    """
    submission = writing.locked(submission_id)
    writing.refuse_without(Permission.READ_SUBMISSION, submission.provider_id, by=by, at=at)
    job = {"validating": writing.CHECK_JOB, "accepted": writing.SEAL_JOB}.get(submission.state)
    if job is None:
        raise Conflict("Nothing is at work on this submission. Open its page to see where it is.")

    writing.note_step(submission, "restart", by=by, at=at)

    writing.wake(job, submission)
