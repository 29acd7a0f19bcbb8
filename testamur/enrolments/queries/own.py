"""What a student reads of their own training: enrolments, outcomes, contracts and what is owed; no evidence, no history (F.2)."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from testamur.enrolments import rules
from testamur.enrolments.models import Enrolment, FeeEntry
from testamur.enrolments.queries.facts import UnitFact, units_of
from testamur.enrolments.queries.lists import EnrolmentLine, own_enrolments
from testamur.enrolments.rules import FeeStanding


@dataclass(frozen=True, slots=True)
class OwnTraining:
    """One enrolment as its student reads it."""

    line: EnrolmentLine
    provider_id: int
    units: tuple[UnitFact, ...]
    fees: FeeStanding


def own_training(student_ids: Collection[int], *, on: date) -> list[OwnTraining]:
    """Return the enrolments of the students whom a person is, the newest first. Needs the person's scope."""
    lines = own_enrolments(student_ids)
    ids = [line.id for line in lines]
    providers = dict(Enrolment.objects.filter(pk__in=ids).values_list("pk", "provider_id"))
    fees: dict[UUID, list[tuple[str, int, date]]] = {}
    for enrolment, kind, cents, day in FeeEntry.objects.filter(enrolment__in=ids).values_list(
        "enrolment_id", "kind", "cents", "entry_date"
    ):
        fees.setdefault(enrolment, []).append((kind, cents, day))
    units = units_of(ids)
    return [
        OwnTraining(
            line, providers[line.id], tuple(units.get(line.id, ())), rules.fee_standing(fees.get(line.id, ()), on=on)
        )
        for line in lines
    ]
