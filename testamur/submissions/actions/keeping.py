"""What goes when its time is up: originals 30 days after sealing, leftovers of withdrawn submissions at once (settled 1).

What stays for 30 years is the hash of every file and the checked rows without contact and background details.
"""

import shutil
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

import polars as pl
from django.db import transaction
from polars import selectors

from testamur.kernel import tenancy
from testamur.submissions import chunks, holding, storage
from testamur.submissions.actions import writing
from testamur.submissions.formats import FRAMES
from testamur.submissions.models import CellFix, Submission

DAYS_AFTER_SEALING = 30
LEFT_OUT = (
    "gender", "address_1", "address_2", "suburb", "state", "country", "postcode", "usi", "usi_rejected", "phone", "email",
)  # fmt: skip


def purge_originals(*, at: datetime) -> int:
    """Originals of submissions sealed 30 days ago or more are deleted, and files of withdrawn ones; returns how many were due.

    The worker's action, run by the clock and as often as one likes. Values of fixed cells go with the originals.
    """
    with tenancy.for_register():
        sealed = Submission.objects.filter(state__in=("sealed", "superseded"), originals_deleted_at__isnull=True)
        due = list(sealed.filter(sealed_at__lte=at - timedelta(days=DAYS_AFTER_SEALING)).values_list("pk", flat=True))
        withdrawn = list(Submission.objects.filter(state="withdrawn").values_list("pk", flat=True))

    for submission_id in due:
        _purge(submission_id, at=at)
    for submission_id in withdrawn:
        storage.room_of(submission_id).remove()
    _sweep(at)
    return len(due)


def _sweep(at: datetime) -> None:
    """Remove what uploads that were cut off left behind: folders of no submission and unfinished files, a day old."""
    with tenancy.for_register():
        known = {str(number) for number in Submission.objects.values_list("pk", flat=True)}
    for path in storage.left_behind(known, before=at - timedelta(days=1)):
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
    chunks.forget_idle(at=at)


def _purge(submission_id: UUID, *, at: datetime) -> None:
    """Keep the redacted rows, then delete everything else of one submission."""
    with tenancy.for_register(), transaction.atomic():
        submission = writing.locked(submission_id)
        if submission.originals_deleted_at is not None:
            return
        room = storage.room_of(submission.pk)
        if submission.checked_run is not None:
            keep_redacted(room.run(submission.checked_run), room)
        CellFix.objects.filter(submission=submission).update(value="")
        submission.originals_deleted_at = at
        submission.save(update_fields=["originals_deleted_at"])
        writing.note_step(submission, "purge", by=None, at=at, note="originals deleted after 30 days")
        # Before the commit: killed in between, the next run finds nothing left to delete and only marks the row.
        room.remove_all_but_kept()


def keep_redacted(run: Path, room: storage.Room) -> None:
    """Write the checked rows without contact and background details where they stay; what lies there already stays."""
    room.kept.mkdir(parents=True, exist_ok=True, mode=0o700)
    for name in FRAMES.values():
        source, target = holding.sealed_frame(run, name), room.kept / name
        if not source.is_file() or target.is_file():
            continue
        draft = target.with_suffix(".draft")
        rows = pl.scan_parquet(source)
        kept = [name for name in rows.collect_schema().names() if name not in LEFT_OUT]
        rows.select(kept).with_columns(selectors.categorical().cast(pl.String)).sink_parquet(draft, compression="zstd")
        draft.chmod(0o600)
        storage.flush_file(draft)
        draft.rename(target)
        storage.flush_folder(room.kept)
