"""Dates the way the law counts them: half-open periods, deadlines, retention, and dates that are only partly known.

CAL-1: "within N days of X" ends on X+N, weekends count. CAL-2: months before a deadline clip to the last day of the
month. CAL-3: retention that ends on a day which does not exist ends on the day after. CAL-5: legal dates are local
dates of the provider's zone, so every function here takes dates, never "now".
"""

import calendar
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum


def days_after(start: date, days: int) -> date:
    """Return the last day that is "within N calendar days" of start (CAL-1)."""
    return start + timedelta(days=days)


def _shifted(start: date, months: int) -> tuple[int, int]:
    """Return the year and month that lie so many months from start."""
    index = start.year * 12 + start.month - 1 + months
    return index // 12, index % 12 + 1


def deadline_after(start: date, *, months: int) -> date:
    """Return the deadline N months from start; a day that does not exist clips to the month's last (CAL-2)."""
    year, month = _shifted(start, months)
    return date(year, month, min(start.day, calendar.monthrange(year, month)[1]))


def retained_until(start: date, *, years: int) -> date:
    """Return the first day on which a record kept N years may go; 29 February runs on to 1 March (CAL-3)."""
    try:
        return start.replace(year=start.year + years)
    except ValueError:
        return date(start.year + years, 3, 1)


@dataclass(frozen=True, slots=True)
class Period:
    """A half-open period of dates: `since` is in, `until` is out; None is open."""

    since: date
    until: date | None = None

    def contains(self, day: date) -> bool:
        """Say whether a day lies inside."""
        return self.since <= day and (self.until is None or day < self.until)

    def overlaps(self, other: "Period") -> bool:
        """Say whether two periods share a day."""
        return (other.until is None or self.since < other.until) and (self.until is None or other.since < self.until)


class Precision(StrEnum):
    """How much of a date is known."""

    DAY = "day"
    MONTH = "month"
    YEAR = "year"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class PartialDate:
    """A date of which perhaps only the month or year is known; bounds are inclusive.

    `placeholder` marks a value that the sending system writes for "unknown" (01/01/1901, 9999): it is
    kept, and never matched on.
    """

    earliest: date | None
    latest: date | None
    precision: Precision
    placeholder: bool = False

    @classmethod
    def on(cls, day: date, *, placeholder: bool = False) -> "PartialDate":
        """Return a date known to the day."""
        return cls(day, day, Precision.DAY, placeholder)

    @classmethod
    def month_of(cls, day: date) -> "PartialDate":
        """Return a date known to the month that holds a day."""
        last = calendar.monthrange(day.year, day.month)[1]
        return cls(day.replace(day=1), day.replace(day=last), Precision.MONTH)

    @classmethod
    def in_year(cls, year: int) -> "PartialDate":
        """Return a date known to the year."""
        return cls(date(year, 1, 1), date(year, 12, 31), Precision.YEAR)

    @classmethod
    def unknown(cls, *, placeholder: bool = True) -> "PartialDate":
        """Return a date of which nothing is known."""
        return cls(None, None, Precision.UNKNOWN, placeholder)

    def printed(self) -> str:
        """Return the date as a person reads it: `9 February 1990`, `February 1990`, `1990` or `not known`."""
        if self.placeholder or self.earliest is None:
            return "not known"
        if self.precision is Precision.DAY:
            return f"{self.earliest.day} {self.earliest:%B %Y}"
        return f"{self.earliest:%B %Y}" if self.precision is Precision.MONTH else f"{self.earliest.year}"
