"""The clock of issuing (AQF-04, AQF-05, TRN-12; CS 9(2)): from when, until when, and whether it was kept. Plain dates."""

from collections.abc import Mapping
from datetime import date

from testamur.kernel.periods import days_after


def starts_on(completed_on: date | None, exited_on: date | None, *, by_exit: bool) -> date | None:
    """Return the day from which the days to issue run: completion, or for an exit the later of the two (G-04).

    None where neither day is known.
    """
    days = [day for day in (completed_on, exited_on if by_exit else None) if day is not None]
    return max(days, default=None)


def due_on(
    start: date, *, cleared_on: date | None = None, last_day: date | None = None, numbers: Mapping[str, int]
) -> date:
    """Return the last day on which the document is issued in time (CAL-1).

    Fees that were cleared by that day leave it as it is; cleared later they give some days more (AQF-05). A product's
    last day of transition, where it is earlier, wins (TRN-12). `numbers` are those of the table `issuance`.
    """
    due = days_after(start, numbers["days_to_issue"])
    if cleared_on is not None and cleared_on > due:
        due = days_after(cleared_on, numbers["days_after_fees"])
    return due if last_day is None else min(due, last_day)
