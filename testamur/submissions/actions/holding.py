"""Rows with errors are held and the good ones go on; later the held rows come again and are recognised (issue 3).

The held rows stay the provider's: nothing of them is part of the record until a later submission brings them without
their errors. Recognised are rows that carry the mark of the file of failed rows.
"""

from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db import transaction

from testamur.accounts.roles import Permission
from testamur.kernel import tenancy
from testamur.kernel.errors import Conflict, refuse_unless
from testamur.submissions import deciding, holding, storage
from testamur.submissions.actions import writing
from testamur.submissions.checking import CheckOutcome
from testamur.submissions.formats import FORMATS, FileFormat
from testamur.submissions.holding import Held
from testamur.submissions.models import Submission
from testamur.submissions.scanning import Encoding


@transaction.atomic
def hold_rows(submission_id: UUID, *, by: UUID, at: datetime, key: str = "") -> None:
    """The rows with errors are held, with the rows that depend on them, and the good rows wait for their declaration.

    For a provider's data officer. Refuses (SUB-11) where a whole file is at fault, where nothing would be left to seal, and
    a submission that replaces everything; Conflict where it does not stand there with errors after a check.
    """
    submission = writing.locked(submission_id)
    writing.refuse_without(Permission.CHANGE_SUBMISSION, submission.provider_id, by=by, at=at)
    if writing.answered_before(key, "hold_rows", by=by, at=at, about=str(submission_id)):
        return
    held = Held.of(submission.counts.get("hold", {}))
    if submission.state != "needs_fix" or submission.checked_run is None or held is None:
        raise Conflict("Rows are held after a check has found errors in them. Check the files first.")
    refuse_unless(
        deciding.may_hold(whole_files=held.whole_files, sealable=held.sealable, replace_all=submission.replace_all)
    )

    writing.move(submission, "hold", by=by, at=at, note=summary(held))
    submission.held = submission.counts["hold"]
    submission.save(update_fields=["state", "held"])


@transaction.atomic
def stop_holding(submission_id: UUID, *, by: UUID, at: datetime) -> None:
    """No row is held any more: the errors must be fixed before anybody declares. For a provider's data officer."""
    submission = writing.locked(submission_id)
    writing.refuse_without(Permission.CHANGE_SUBMISSION, submission.provider_id, by=by, at=at)
    if not submission.held:
        raise Conflict("No row of this submission is held.")

    writing.move(submission, "stop_holding", by=by, at=at)
    submission.held = {}
    submission.save(update_fields=["state", "held"])


def summary(held: Held) -> str:
    """Return what is held in a line that names no row: 12 rows held under V07 (9), V26 (3)."""
    rows = f"{held.all_rows:,} row{'s' if held.all_rows != 1 else ''}"
    pdfs = f" and {held.pdfs:,} PDF{'s' if held.pdfs != 1 else ''}" if held.pdfs else ""
    return f"{rows}{pdfs} held under {held.under}"


def recognised(
    provider_id: int, form: FileFormat, folder: Path, outcome: CheckOutcome, encoding: Encoding | None
) -> dict[str, Any]:
    """Return which earlier submission's held rows these files bring again, and how many of them without an error.

    Of several that fit, the one with the most rows. Nothing where no file carries marks or none of them is known.
    """
    sent = holding.marks_sent(folder, form, outcome, encoding)
    if sent.is_empty():
        return {}
    with tenancy.for_provider(provider_id):
        rows = Submission.objects.filter(provider_id=provider_id, format=form.name, state="sealed").exclude(held={})
        open_ones = [row for row in rows.order_by("-sealed_at") if (held := Held.of(row.held)) and held.left]
    found = [(row, path) for row in open_ones if (path := storage.room_of(row.pk).kept / holding.LIST).is_file()]
    matched = [(holding.matching(sent, path), row) for row, path in found]
    count, best = max(matched, key=lambda one: one[0], default=(0, None))
    return {"submission": str(best.pk), "number": best.number, "rows": count} if best is not None and count else {}


def keep_list(submission: Submission, run: Path) -> None:
    """Keep which rows are held where it stays when the originals go; for formats whose rows come again with marks."""
    if not submission.held or not FORMATS[submission.format].versioned:
        return
    kinds = {str(file["name"]): str(file["kind"]) for file in submission.counts["files"]}
    encoding: Encoding | None = "cp1252" if submission.encoding == "cp1252" else None
    holding.write_list(run, storage.room_of(submission.pk).kept / holding.LIST, kinds, encoding)


def note_completed(submission: Submission, *, at: datetime) -> None:
    """Note on the earlier submission that some of its held rows were sealed now, in the caller's transaction."""
    completes = submission.counts.get("completes")
    if not completes:
        return
    earlier = writing.locked(UUID(completes["submission"]))
    if not earlier.held:
        return
    done = {"submission": str(submission.pk), "number": submission.number, "rows": int(completes["rows"])}
    earlier.held = {**earlier.held, "completed": [*earlier.held.get("completed", []), done]}
    earlier.save(update_fields=["held"])
    note = f"{completes['rows']:,} of the held rows, with submission {submission.number}"
    writing.note_step(earlier, "complete", by=None, at=at, note=note)
