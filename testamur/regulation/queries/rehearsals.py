"""Reads of rehearsals: what the last one found, in numbers; who could not be served is shown by an action, which tells them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from testamur.kernel import tenancy
from testamur.regulation.models import Rehearsal, RehearsalRow


@dataclass(frozen=True, slots=True)
class RehearsalFacts:
    """What a provider's last rehearsal found; `asked_at` is when the next one was asked for, None where none is under way."""

    provider_id: int
    asked_at: datetime | None
    made_at: datetime | None
    students: int
    failing: int
    by_hand: int
    reasons: Mapping[str, int]

    @property
    def served(self) -> int:
        """Return how many students could be served, by hand or not."""
        return self.students - self.failing

    @property
    def percent(self) -> str:
        """Return the share that could be served in whole percent, never rounded up to a hundred while one fails."""
        if not self.students:
            return "0"
        share = self.served * 100 / self.students
        return "over 99" if self.failing and share > 99 else f"{share:.0f}"


def rehearsal_of(provider_id: int) -> RehearsalFacts | None:
    """Return what is known of a provider's rehearsal, None where none was ever asked for; numbers only."""
    with tenancy.for_register():
        row = Rehearsal.objects.filter(provider_id=provider_id).first()
    if row is None:
        return None
    return RehearsalFacts(
        row.provider_id, row.asked_at, row.made_at, row.students, row.failing, row.by_hand, dict(row.reasons)
    )


def failing_count(provider_id: int, reason: str = "") -> int:
    """Return how many students could not be served, of one reason or of any."""
    rows = RehearsalRow.objects.filter(provider_id=provider_id)
    return rows.filter(reasons__contains=[reason]).count() if reason else rows.count()
