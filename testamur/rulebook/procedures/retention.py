"""How long a record is kept (REG-03, REG-04; CS 10(b) and (c)): the later of the rule's day and any longer duty."""

from collections.abc import Mapping
from datetime import date

from testamur.kernel.periods import retained_until
from testamur.rulebook.facts import FactsError, Known, Value
from testamur.rulebook.procedures import taking


def certificate_kept_until(issued_on: date, other_duty_until: date | None = None, *, years: int) -> date:
    """Return the first day on which the record of an issued document may go: so many years from its issue (CAL-3)."""
    return _later(retained_until(issued_on, years=years), other_duty_until)


def assessment_kept_until(
    completed_on: date | None, exited_on: date | None, other_duty_until: date | None = None, *, years: int
) -> date | None:
    """Return the first day on which an assessment may go, so many years from completion or exit, the later of the two.

    None while the student has neither completed nor left: the period has not begun (G-12).
    """
    ends = [day for day in (completed_on, exited_on) if day is not None]
    return _later(retained_until(max(ends), years=years), other_duty_until) if ends else None


def derive(facts: Known, numbers: Mapping[str, int]) -> dict[str, Value]:
    """Return `keep_until`; raises FactsError where the day from which the period runs is missing."""
    other = taking.day(facts, "other_duty_until")
    if facts["record"] == "certificate":
        issued = taking.day(facts, "issued_on")
        if issued is None:
            raise FactsError("this fact is missing; a certificate is kept from its day of issue", "issued_on")
        return {"keep_until": certificate_kept_until(issued, other, years=numbers["certificate_years"])}
    completed, exited = taking.day(facts, "completed_on"), taking.day(facts, "exited_on")
    until = assessment_kept_until(completed, exited, other, years=numbers["assessment_years"])
    if until is None:
        error = "this fact is missing; an assessment is kept from completion, or from exited_on where there was none"
        raise FactsError(error, "completed_on")
    return {"keep_until": until}


def _later(day: date, other: date | None) -> date:
    """Return the later of two days, the first where there is no other."""
    return day if other is None else max(day, other)
