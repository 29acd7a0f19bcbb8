"""The state's form and the collection year of NAT files are chosen, where the files do not tell them rightly (formats 2.2)."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from testamur.accounts.roles import Permission
from testamur.kernel.errors import refuse_unless
from testamur.submissions import deciding
from testamur.submissions.actions import writing
from testamur.submissions.actions.validating import request_check
from testamur.submissions.formats import FORMATS
from testamur.submissions.models import Submission, SubmittedFile


@transaction.atomic
def choose_form(
    submission_id: UUID, *, form_state: str = "", collection_year: int | None = None, by: UUID, at: datetime
) -> None:
    """A submission's files are read in this state's form and for this collection year from now on, and checked again.

    For a provider's data officer. "" and None leave it to what the files tell; saying the same again changes nothing. Refuses
    formats without states' forms and values that are none (SUB-13), and (Conflict) while it is checked or once it is declared.
    """
    submission = writing.locked(submission_id)
    writing.refuse_without(Permission.CHANGE_SUBMISSION, submission.provider_id, by=by, at=at)
    refuse_unavailable(submission.format, form_state=form_state, collection_year=collection_year)
    if (submission.form_state, submission.collection_year) == (form_state, collection_year):
        return

    set_form(submission, form_state=form_state, collection_year=collection_year, by=by, at=at)
    submission.checked_run, submission.checked_at, submission.counts = None, None, {}
    writing.move(submission, "choose", by=by, at=at, note=note_of(form_state, collection_year) or "as the files tell")
    submission.save()
    if SubmittedFile.objects.filter(submission=submission, current=True).exists():
        request_check(submission_id, by=by, at=at)


def refuse_unavailable(format: str, *, form_state: str, collection_year: int | None) -> None:
    """Refuse what cannot be chosen for files of a format (SUB-13)."""
    form = FORMATS[format]
    refuse_unless(deciding.may_choose_form(form.title, form.states, form.years, state=form_state, year=collection_year))


def set_form(submission: Submission, *, form_state: str, collection_year: int | None, by: UUID, at: datetime) -> None:
    """Put what was chosen, and who chose it, on a submission that is not saved yet; nobody where nothing is chosen."""
    chosen = bool(form_state) or collection_year is not None
    submission.form_state, submission.collection_year = form_state, collection_year
    submission.form_chosen_by, submission.form_chosen_at = (by, at) if chosen else (None, None)


def note_of(form_state: str, collection_year: int | None) -> str:
    """Return what was chosen in words, for the step that is kept; "" for nothing."""
    said = [
        f"form of {form_state}" if form_state else "",
        f"collection year {collection_year}" if collection_year else "",
    ]
    return ", ".join(part for part in said if part)
