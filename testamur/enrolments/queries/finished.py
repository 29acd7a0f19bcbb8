"""Enrolments that are over, by completion or exit: those from which a document may be due (AQF-03)."""

from dataclasses import dataclass
from uuid import UUID

from testamur.enrolments.models import Enrolment


@dataclass(frozen=True, slots=True)
class Finished:
    """An enrolment that is over, with what decides which documents it leads to."""

    enrolment_id: UUID
    student_id: int
    sector: str
    product_kind: str
    product_code: str
    state: str


def finished(provider_id: int) -> list[Finished]:
    """Return a provider's enrolments that were completed, left or transferred, in one statement."""
    rows = Enrolment.objects.filter(provider_id=provider_id, state__in=["completed", "exited", "transferred"])
    values = rows.order_by("pk").values_list("id", "student_id", "sector", "product_kind", "product_code", "state")
    return [Finished(*row) for row in values]
