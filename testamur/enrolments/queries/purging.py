"""Evidence whose time of keeping is over on a day: what a purge would delete (rulebook REG-04)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import Q, QuerySet

from testamur.enrolments import rules
from testamur.enrolments.models import Evidence, Exit
from testamur.students import entering


@dataclass(frozen=True, slots=True)
class EvidenceDue:
    """One piece of evidence that may go: of which enrolment, since when, and for how many days it has lain too long."""

    id: UUID
    enrolment_id: UUID
    local_id: str
    product_code: str
    unit_code: str
    kind: str
    label: str
    size: int
    sha256: str
    kept_until: date
    days_over: int


def evidence_due(provider_id: int, *, on: date) -> list[EvidenceDue]:
    """Return the evidence of a provider that may go on a day, the longest overdue first. Needs the provider's scope."""
    ended = Q(enrolment__completed_on__isnull=False) | Q(enrolment__left__isnull=False)
    rows = Evidence.objects.filter(ended, provider_id=provider_id, purged_at__isnull=True)
    due = [(row, until) for row, until in _with_days(rows) if rules.may_purge(kept_until=until, on=on)]
    names = entering.printed_names({row.enrolment.student_id for row, _ in due})
    found = [
        EvidenceDue(
            row.id, row.enrolment_id, names[row.enrolment.student_id][0], row.enrolment.product_code, row.unit_code,
            row.kind, row.label, row.size, row.sha256, until, (on - until).days,
        )
        for row, until in due
        if until is not None
    ]  # fmt: skip
    return sorted(found, key=lambda one: (one.kept_until, str(one.id)))


def _with_days(rows: QuerySet[Evidence]) -> Iterator[tuple[Evidence, date | None]]:
    """Yield evidence with the first day on which it may go."""
    found = list(rows.select_related("enrolment"))
    exits = Exit.objects.filter(enrolment__in={row.enrolment_id for row in found})
    left = dict(exits.values_list("enrolment_id", "exited_on"))
    for row in found:
        yield (
            row,
            rules.evidence_kept_until(
                completed_on=row.enrolment.completed_on,
                exited_on=left.get(row.enrolment_id),
                other_duty_until=row.other_duty_until,
            ),
        )
