"""The watch list of announced reviews of training packages: entries are added, and withdrawn with a reason."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from testamur.kernel.errors import Conflict, NotAllowed, NotFound
from testamur.training import rules
from testamur.training.models import WatchedReview


@dataclass(frozen=True, slots=True)
class NewReview:
    """An announced review: of which package, when it was announced, when its outcome is expected, and where that stands."""

    package_code: str
    title: str
    announced_date: date
    expected_date: date | None
    note: str
    source: str


def watch_review(new: NewReview, *, by: UUID, at: datetime, on: date) -> int:
    """Add an announced review to the watch list; returns its number. Refuses days that cannot be."""
    verdict = rules.may_watch(announced=new.announced_date, expected=new.expected_date, on=on)
    if not verdict.allowed:
        raise NotAllowed(verdict.reasons, verdict=verdict)
    row = WatchedReview.objects.create(
        package_code=new.package_code.strip().upper(),
        title=new.title.strip(),
        announced_date=new.announced_date,
        expected_date=new.expected_date,
        note=new.note.strip(),
        source=new.source.strip(),
        added_by=by,
        added_at=at,
    )
    return int(row.pk)


def withdraw_review(review_id: int, *, reason: str, by: UUID, at: datetime) -> None:
    """Take a review off the watch list, with a reason; it stays in the history."""
    row = WatchedReview.objects.filter(pk=review_id).first()
    if row is None:
        raise NotFound("There is no such review on the watch list.")
    changed = WatchedReview.objects.filter(pk=review_id, withdrawn_at=None).update(
        withdrawn_by=by, withdrawn_at=at, withdrawn_reason=reason.strip()
    )
    if not changed:
        raise Conflict("This review was taken off the watch list already.")
