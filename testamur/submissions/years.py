"""The submission year: which windows a regulator's providers lodge for, when each is due, and where each stands (CQR-01).

Pure, but for the schedules, which are data in windows.toml. Days are local days of the provider's zone (CAL-5): whoever
knows only the moment asks `local_day` first. A window is half-open; its last compliant day is the due day itself (CAL-1).
"""

import calendar
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from testamur.kernel.periods import Period, days_after
from testamur.kernel.verdict import Finding, Verdict

SCHEDULES: Final = Path(__file__).with_name("windows.toml")
RULESET: Final = "submission year"
VERSION: Final = "2026-01-01"
SOON_DAYS: Final = 30
REMINDERS: Final = (-30, -7, 1)
CATCH_UP_DAYS: Final = 14
_SECTORS: Final[Mapping[str, str]] = {"teqsa": "he"}
_MONTHS: Final = tuple(calendar.month_name)


class Standing(StrEnum):
    """Where one window of one registration stands on a day."""

    OPEN = "open"
    DUE_SOON = "due_soon"
    OVERDUE = "overdue"
    LODGED = "lodged"
    NIL = "nil"
    NOT_ASKED = "not_asked"


@dataclass(frozen=True, slots=True)
class Span:
    """One window of a schedule as (month, day): its first day, the first day after it, and its due day."""

    since: tuple[int, int]
    until: tuple[int, int]
    due: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Schedule:
    """What a regulator's providers are asked for from a day on; `regulators` empty: those that no other names."""

    regulators: frozenset[str]
    effective_from: date
    binding: bool
    source: str
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Window:
    """One stretch of time for which data is lodged, the last day on which that is in time, and whether it is asked for."""

    since: date
    until: date
    due: date
    binding: bool

    @property
    def period(self) -> Period:
        """Return the half-open period."""
        return Period(self.since, self.until)

    @property
    def label(self) -> str:
        """Return the window in words: January to June 2026; one that begins in one year and ends in the next names both."""
        last = self.until - timedelta(days=1)
        first_year = "" if self.since.year == last.year else f" {self.since.year}"
        return f"{_MONTHS[self.since.month]}{first_year} to {_MONTHS[last.month]} {last.year}"


def local_day(at: datetime, zone: str) -> date:
    """Return the day of a moment in a provider's zone (CAL-5)."""
    return at.astimezone(ZoneInfo(zone)).date()


def sector_of(format: str) -> str:
    """Return the sector whose providers lodge in a format: he or vet."""
    return _SECTORS.get(format, "vet")


def read_schedules(path: Path) -> tuple[Schedule, ...]:
    """Read the schedules of a file; raises ValueError for windows that leave a day out or hold one twice."""
    raw = tomllib.loads(path.read_text("utf-8"))["schedules"]
    return tuple(_schedule(one) for one in raw)


@cache
def schedules() -> tuple[Schedule, ...]:
    """Return the schedules in force; they change with a release, never while the product runs."""
    return read_schedules(SCHEDULES)


def windows(regulator: str, since: date, until: date, *, among: Sequence[Schedule] | None = None) -> tuple[Window, ...]:
    """Return the windows of a regulator that share a day with the half-open period, in order.

    The first day of a window chooses its schedule (CAL-6). Raises ValueError where no schedule speaks for the regulator.
    """
    held = _of(regulator, schedules() if among is None else among)
    found: list[Window] = []
    for number, schedule in enumerate(held):
        first = since if number == 0 else max(since, schedule.effective_from)
        last = min(until, held[number + 1].effective_from) if number + 1 < len(held) else until
        found += [window for window in _drawn(schedule, first, last) if window not in found]
    return tuple(sorted(found, key=lambda window: window.since))


def window_from(regulator: str, first: date, *, among: Sequence[Schedule] | None = None) -> Window | None:
    """Return the window that begins on a day, None where none does."""
    found = windows(regulator, first, days_after(first, 1), among=among)
    return next((window for window in found if window.since == first), None)


def covers(window: Window, *, since: date | None, until: date | None, sealed: date) -> bool:
    """Say whether what was sealed answers for a window: records of it, lodged once it was over.

    What came while the window ran is a part of it at most, and what covers no known time answers for none.
    """
    if since is None or until is None:
        return False
    return sealed >= window.until and Period(since, until).overlaps(window.period)


def standing(window: Window, *, lodged: bool, nil: bool, on: date) -> Standing:
    """Return where a window stands on a day of the provider's zone (CQR-01)."""
    if lodged:
        return Standing.LODGED
    if nil:
        return Standing.NIL
    if not window.binding:
        return Standing.NOT_ASKED
    if on > window.due:
        return Standing.OVERDUE
    return Standing.DUE_SOON if (window.due - on).days <= SOON_DAYS else Standing.OPEN


def reminder(window: Window, on: date) -> int | None:
    """Return the reminder that is due on a day as its offset from the due day, None where none is.

    A worker that stood still sends the latest one only, and at most CATCH_UP_DAYS after its day: nobody is reminded today
    of what was missed years ago.
    """
    if not window.binding:
        return None
    reached = [offset for offset in REMINDERS if on >= days_after(window.due, offset)]
    if not reached or on > days_after(window.due, reached[-1] + CATCH_UP_DAYS):
        return None
    return reached[-1]


def _of(regulator: str, among: Iterable[Schedule]) -> list[Schedule]:
    """Return the schedules that speak for a regulator, the earliest first."""
    listed = list(among)
    own = [schedule for schedule in listed if regulator in schedule.regulators]
    held = own or [schedule for schedule in listed if not schedule.regulators]
    if not held:
        raise ValueError(f"windows.toml: no schedule speaks for {regulator}")
    return sorted(held, key=lambda schedule: schedule.effective_from)


def _drawn(schedule: Schedule, since: date, until: date) -> list[Window]:
    """Return a schedule's windows that share a day with a period; those before its first day are not binding."""
    drawn = []
    for year in range(since.year - 1, until.year + 1):
        for span in schedule.spans:
            first = _day(year, span.since)
            after = _first(span.until, from_day=days_after(first, 1))
            if first < until and since < after:
                binding = schedule.binding and first >= schedule.effective_from
                drawn.append(Window(first, after, _first(span.due, from_day=after), binding))
    return drawn


def _day(year: int, day: tuple[int, int]) -> date:
    """Return a day of a year; one that does not exist clips to the month's last (CAL-2)."""
    return date(year, day[0], min(day[1], calendar.monthrange(year, day[0])[1]))


def _first(day: tuple[int, int], *, from_day: date) -> date:
    """Return the first such day of a year on or after another day."""
    found = _day(from_day.year, day)
    return found if found >= from_day else _day(from_day.year + 1, day)


def _schedule(raw: Mapping[str, Any]) -> Schedule:
    """Return one schedule; raises ValueError where its windows do not follow on one another round the year."""
    spans = tuple(Span(*(_month_day(one[name]) for name in ("since", "until", "due"))) for one in raw["windows"])
    following = (*spans[1:], spans[0]) if spans else ()
    if not spans or any(one.until != after.since for one, after in zip(spans, following, strict=True)):
        raise ValueError(
            "windows.toml: each window begins where the one before it ends, and the last ends at the first"
        )
    if [one.since for one in spans] != sorted(one.since for one in spans):
        raise ValueError("windows.toml: the windows of a schedule stand in the order of the year")
    begins: date = raw["effective_from"]
    if (begins.month, begins.day) not in {one.since for one in spans}:
        raise ValueError("windows.toml: a schedule takes effect on the first day of one of its windows")
    return Schedule(frozenset(raw["regulators"]), begins, raw["binding"], raw["source"], spans)


def _month_day(text: str) -> tuple[int, int]:
    """Return the month and day of `MM-DD`; 29 February exists. Raises ValueError."""
    day = date.fromisoformat(f"2024-{text}")
    return day.month, day.day


def may_file_nil(window: Window, *, lodged: bool, on: date) -> Verdict:
    """A nil return is filed for a window that is over and for which nothing was lodged since (CQR-01)."""
    if lodged:
        message = (
            f"Records of {window.label} were lodged and sealed, so there is no nil return for it. If they are wrong, lodge a "
            "correction."
        )
        return _refused("NIL-01", message)
    if on < window.until:
        message = (
            f"{window.label} is not over yet: something may still be issued in it. File the nil return from "
            f"{window.until.day} {_MONTHS[window.until.month]} {window.until.year} on."
        )
        return _refused("NIL-02", message)
    return Verdict(RULESET, VERSION, "ALLOW")


def may_declare_nil(*, by: UUID, filed_by: UUID) -> Verdict:
    """A nil return is declared by another person than the one who filed it, as records are (F.1)."""
    if by != filed_by:
        return Verdict(RULESET, VERSION, "ALLOW")
    message = (
        "You filed this nil return, so you cannot declare it. Another authorised person of your organisation does."
    )
    return _refused("NIL-03", message)


def _refused(rule: str, message: str) -> Verdict:
    """Return a refusal with its one reason."""
    source = "rulebook CQR-01 (submission duty) and F.1 (declaration by an authorised person)"
    return Verdict(RULESET, VERSION, "REFUSE", (Finding(rule, message, source, outcome="REFUSE"),))
