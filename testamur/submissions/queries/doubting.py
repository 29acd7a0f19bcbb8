"""The regulator's queue of doubtful records, and the questions that a provider reads; places and numbers, no cells."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Count, Min

from testamur.kernel import waiting
from testamur.kernel.errors import NotFound
from testamur.kernel.waiting import Waited
from testamur.submissions.layouts import doubt_kinds
from testamur.submissions.models import DoubtfulRecord
from testamur.submissions.states import DOUBTS_WAITING as WAITING


@dataclass(frozen=True, slots=True)
class DoubtCard:
    """One doubtful record: what is doubted, where it stands, whose it is, and how far it is cleared up."""

    id: int
    provider_id: int
    submission: UUID
    submission_number: str
    format: str
    rule: str
    kind: str
    said: str
    source: str
    file: str
    row: int
    student_id: int | None
    state: str
    found_at: datetime
    question: str
    asked_at: datetime | None
    answer: str
    answered_at: datetime | None
    reason: str
    decided_by: UUID | None
    decided_at: datetime | None


@dataclass(frozen=True, slots=True)
class DoubtCount:
    """How many doubtful records of a rule wait, in how many submissions, and since when the oldest does."""

    rule: str
    waiting: int
    submissions: int
    oldest: datetime


def doubt(doubt_id: int) -> DoubtCard:
    """Return one doubtful record; raises NotFound, also for another provider's."""
    found = DoubtfulRecord.objects.select_related("submission").filter(pk=doubt_id).first()
    if found is None:
        raise NotFound("There is no such record in the queue, or none that you may see.")
    return _card(found)


def doubts_waiting(*, rule: str = "", first: int = 0, size: int = 50) -> list[DoubtCard]:
    """Return a page of those that wait, answered ones first, then the longest waiting. Needs the register scope."""
    rows = DoubtfulRecord.objects.select_related("submission").filter(state__in=WAITING)
    if rule:
        rows = rows.filter(rule=rule)
    return [_card(row) for row in rows.order_by("state", "found_at", "pk")[first : first + size]]


def doubt_counts() -> list[DoubtCount]:
    """Return how many wait under each rule. Needs the register scope."""
    rows = DoubtfulRecord.objects.filter(state__in=WAITING).values_list("rule")
    counted = rows.annotate(Count("pk"), Count("submission", distinct=True), Min("found_at")).order_by("rule")
    return [DoubtCount(*row) for row in counted]


def waited_for(ages: Sequence[timedelta], *, at: datetime) -> Waited | None:
    """Return how many wait and how long, in stretches that end at `ages`; None where none waits. Needs the register scope."""
    rows = DoubtfulRecord.objects.filter(state__in=WAITING)
    return next(iter(waiting.waited(rows, "found_at", ages, at=at)), None)


def alike(card: DoubtCard) -> int:
    """Return how many others of the same submission and kind wait too."""
    rows = DoubtfulRecord.objects.filter(submission=card.submission, kind=card.kind, state__in=WAITING)
    return rows.exclude(pk=card.id).count()


def questions_of(provider_id: int) -> Sequence[DoubtCard]:
    """Return what a provider was asked, unanswered questions first, then the latest."""
    rows = DoubtfulRecord.objects.select_related("submission").filter(provider_id=provider_id, asked_at__isnull=False)
    cards = [_card(row) for row in rows.order_by("-asked_at", "-pk")[:500]]
    return sorted(cards, key=lambda card: card.state != "asked")


def questions_waiting(provider_id: int) -> int:
    """Return how many questions a provider has not answered."""
    return DoubtfulRecord.objects.filter(provider_id=provider_id, state="asked").count()


def _card(row: DoubtfulRecord) -> DoubtCard:
    """Return one row as what leaves this package."""
    kind = doubt_kinds()[row.kind]
    return DoubtCard(
        id=row.pk,
        provider_id=row.provider_id,
        submission=row.submission_id,
        submission_number=row.submission.number,
        format=row.submission.format,
        rule=row.rule,
        kind=row.kind,
        said=kind.about,
        source=kind.source,
        file=row.file,
        row=row.row,
        student_id=row.student_id,
        state=row.state,
        found_at=row.found_at,
        question=row.question,
        asked_at=row.asked_at,
        answer=row.answer,
        answered_at=row.answered_at,
        reason=row.reason,
        decided_by=row.decided_by,
        decided_at=row.decided_at,
    )
