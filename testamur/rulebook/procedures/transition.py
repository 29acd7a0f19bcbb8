"""Until when a training product may be enrolled in, commenced and issued (TRN-01…12; CS 14). Plain dates in and out.

Every day returned is the last one on which the act is still allowed. `approval_until` is the day to which the regulator
extended the period for this product and cohort; it never shortens one.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Final

from testamur.kernel.periods import deadline_after
from testamur.rulebook.facts import Known, Value
from testamur.rulebook.procedures import taking

# Kinds to which CS 14(1)(b) gives its longer period. An accredited course that is not a short course is a qualification.
QUALIFICATIONS: Final = frozenset({"qualification", "accredited-course"})


def last_enrolment_day(
    replaced_on: date, approval_until: date | None = None, *, months: int, strict_days: int = 0
) -> date:
    """Return the last day to enrol in a superseded product (TRN-01, CAL-2); `strict_days` is the switch of G-14."""
    return _extended(deadline_after(replaced_on, months=months) - timedelta(days=strict_days), approval_until)


def last_commencement_day(ended_on: date, approval_until: date | None = None) -> date:
    """Return the last day to commence in a product that expires or is removed or deleted: the day before (TRN-08)."""
    return _extended(ended_on - timedelta(days=1), approval_until)


def last_issue_day(
    kind: str, ended_on: date, approval_until: date | None = None, *, numbers: Mapping[str, int]
) -> date:
    """Return the last day to complete and issue a product that ended without being superseded (TRN-05, TRN-06)."""
    months = numbers["qualification_months" if kind in QUALIFICATIONS else "other_months"]
    return _extended(deadline_after(ended_on, months=months), approval_until)


def derive(facts: Known, numbers: Mapping[str, int]) -> dict[str, Value]:
    """Return the last days for enrolling, commencing and issuing, and whether the day that is asked about is in time."""
    on = taking.day(facts, "on") or date.min
    kind, question = str(facts["kind"]), str(facts["question"])
    replaced, ended = taking.day(facts, "replaced_on"), taking.day(facts, "ended_on")
    approval, commenced = taking.day(facts, "approval_until"), taking.day(facts, "commenced_on")
    begins = commenced or on
    superseded = replaced is not None and not (ended is not None and question == "issue" and replaced > on)
    inside = replaced is not None and kind == "unit" and taking.flag(facts, "inside_current_parent")
    enrol = commence = issue = None
    if replaced is not None and not inside:
        months, strict = numbers["enrol_months"], numbers["strict_days"]
        enrol = last_enrolment_day(replaced, approval, months=months, strict_days=strict)
    if ended is not None:
        commence = last_commencement_day(ended, approval)
        issue = None if superseded else last_issue_day(kind, ended, approval, numbers=numbers)
    begun = commence is not None and commenced is not None and commenced <= commence
    days = {"enrol": _earlier(enrol, None if begun else commence), "commence": commence, "issue": issue}
    return {
        "superseded": superseded,
        "inside_parent": inside,
        "enrolled_in_time": enrol is None or on <= enrol,
        "commenced_in_time": commence is None or begins <= commence,
        "had_commenced_late": commence is not None and commenced is not None and commenced > commence,
        "issued_in_time": issue is None or on <= issue,
        "last_day": days[question],
    }


def _extended(day: date, approval_until: date | None) -> date:
    """Return the day, or the later one to which the regulator extended it."""
    return day if approval_until is None else max(day, approval_until)


def _earlier(one: date | None, other: date | None) -> date | None:
    """Return the earlier of two days where both are there, else the one that is."""
    days = [day for day in (one, other) if day is not None]
    return min(days, default=None)
