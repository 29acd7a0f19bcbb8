"""What is held of a provider for each window and format, and what was never received, in words that an answer can cite (CQR-12).

Pure. Every statement is about what a provider lodged and none about a person: "not held" never says that somebody did not
study. A window's answer is the best that any format gives.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from testamur.submissions.years import Window

ANY_FORMAT = "any"


class Status(StrEnum):
    """What is held for one window in one format; the best first."""

    HELD = "held"
    PARTLY = "partly"
    NIL = "nil"
    OTHER = "other"
    NOT_DUE = "not_due"
    NOT_ASKED = "not_asked"
    NEVER = "never"
    OUTSIDE = "outside"


HELD = frozenset({Status.HELD, Status.PARTLY})
ANSWERED = frozenset({Status.HELD, Status.NIL})
MISSING = frozenset({Status.NEVER, Status.PARTLY})
_ORDER = {status: place for place, status in enumerate(Status)}


@dataclass(frozen=True, slots=True)
class Seen:
    """What decides about one cell: whether records are held, part of them came early, a nil return stands, and what is due.

    `elsewhere` says that another format holds the window. `due` is None where nothing asks for the window.
    """

    registered: bool
    held: bool
    early: bool
    nil: bool
    elsewhere: bool
    over: bool
    due: date | None
    on: date


@dataclass(frozen=True, slots=True)
class CoverageCell:
    """One window in one format, with the last day on which something of it was sealed and by how many submissions."""

    window: Window
    status: Status
    submissions: int = 0
    sealed: date | None = None


@dataclass(frozen=True, slots=True)
class CoverageLine:
    """One format of one regulator's registration, window by window; `format` is `any` where none was lodged yet."""

    regulator: str
    sector: str
    format: str
    title: str
    cells: tuple[CoverageCell, ...]


@dataclass(frozen=True, slots=True)
class Coverage:
    """The coverage map of a provider on a day of its own zone."""

    provider_id: int
    on: date
    lines: tuple[CoverageLine, ...]

    def of(self, *, regulator: str = "", sector: str = "") -> "Coverage":
        """Return the map of one regulator's registration, or of one sector, only."""
        chosen = [
            line for line in self.lines if regulator in ("", line.regulator) and sector in ("", line.sector)
        ]  # fmt: skip
        return Coverage(self.provider_id, self.on, tuple(chosen))

    @property
    def windows(self) -> tuple[Window, ...]:
        """Return the windows of all lines, each once, in order."""
        found = {cell.window.since: cell.window for line in self.lines for cell in line.cells}
        return tuple(found[since] for since in sorted(found))

    def answer(self, window: Window) -> Status:
        """Return the best answer that any line gives for a window."""
        cells = [cell for line in self.lines for cell in line.cells if cell.window.since == window.since]
        return best(cell.status for cell in cells)

    @property
    def missing(self) -> tuple[Window, ...]:
        """Return the windows that were asked for and of which nothing, or only a part, was received."""
        return tuple(window for window in self.windows if self.answer(window) in MISSING)

    @property
    def waiting(self) -> tuple[Window, ...]:
        """Return the windows that are asked for and not due yet."""
        return tuple(window for window in self.windows if self.answer(window) is Status.NOT_DUE)


def status_of(seen: Seen) -> Status:
    """Return what is held in one cell; the first that applies. A nil return answers where no record came (CQR-01)."""
    if seen.held:
        return Status.HELD
    if seen.early:
        return Status.PARTLY
    if seen.nil:
        return Status.NIL
    if seen.elsewhere:
        return Status.OTHER
    if not seen.registered:
        return Status.OUTSIDE
    if seen.due is None:
        return Status.NOT_ASKED if seen.over else Status.NOT_DUE
    return Status.NEVER if seen.over and seen.on > seen.due else Status.NOT_DUE


def best(statuses: Iterable[Status]) -> Status:
    """Return the best of some statuses; outside the registration where there is none."""
    return min(statuses, key=_ORDER.__getitem__, default=Status.OUTSIDE)


def cited(coverage: Coverage, name: str, first_year: int, last_year: int) -> tuple[str, ...]:
    """Return what the map says to somebody who asks for some years, in sentences (CQR-12).

    First what was lodged in all, then what was received for the years that are asked about. Years run from 1900 to 9999.
    """
    held = [year for window in coverage.windows if coverage.answer(window) in HELD for year in _years(window)]
    asked = range(first_year, last_year + 1)
    only = "" if all(_in_year(coverage, year) is Status.HELD for year in asked) else " only"
    said = [f"{name} lodged records of {spelled(held)}{only}." if held else f"{name} lodged no records here."]
    for status, words in _SAID:
        years = [year for year in asked if _in_year(coverage, year) is status]
        if years:
            said.append(words.format(years=spelled(years)))
    return (*said, *(_part(coverage, year) for year in asked if _in_year(coverage, year) is Status.PARTLY))


_SAID = (
    (Status.HELD, "Records were received for {years}."),
    (Status.NIL, "For {years} the provider declared that it had nothing to lodge."),
    (Status.NOT_DUE, "Records of {years} are not due yet, and none was received."),
    (Status.NOT_ASKED, "Nothing was received for {years}."),
    (Status.NEVER, "Nothing was ever received for {years}."),
    (Status.OUTSIDE, "The provider was not registered in {years}, and nothing was received for that time."),
)


def spelled(years: Iterable[int]) -> str:
    """Return years as one reads them: 2012 to 2014 and 2016."""
    runs: list[list[int]] = []
    for year in sorted(set(years)):
        if runs and runs[-1][1] == year - 1:
            runs[-1][1] = year
        else:
            runs.append([year, year])
    words = [str(first) if first == last else f"{first} to {last}" for first, last in runs]
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}" if words else ""


def windows_spelled(windows: Sequence[Window]) -> str:
    """Return windows as one reads them, whole years first drawn together: 2012 to 2014 and January to June 2016."""
    by_year: dict[int, list[Window]] = {}
    for window in windows:
        by_year.setdefault(window.since.year, []).append(window)
    whole = [year for year, found in by_year.items() if sum((one.until - one.since).days for one in found) >= 365]
    parts = [spelled(whole)] if whole else []
    parts += [one.label for year, found in by_year.items() if year not in whole for one in found]
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}" if parts else ""


def _years(window: Window) -> Iterable[int]:
    """Return the years of which a window holds a day."""
    return range(window.since.year, window.until.year + (window.until > date(window.until.year, 1, 1)))


def _in_year(coverage: Coverage, year: int) -> Status:
    """Return the answer for a whole year; held only where each of its windows is answered, and partly in between."""
    found = [coverage.answer(window) for window in coverage.windows if year in _years(window)]
    if any(status in HELD for status in found):
        return Status.HELD if all(status in ANSWERED | {Status.OUTSIDE} for status in found) else Status.PARTLY
    order = (Status.NEVER, Status.NOT_DUE, Status.NOT_ASKED, Status.NIL)
    return next((status for status in order if status in found), Status.OUTSIDE)


def _part(coverage: Coverage, year: int) -> str:
    """Return what was and what was not received for a year of which only a part is held."""
    own = [window for window in coverage.windows if year in _years(window)]
    some = windows_spelled([window for window in own if coverage.answer(window) in HELD])
    rest = windows_spelled([window for window in own if coverage.answer(window) not in ANSWERED | {Status.OUTSIDE}])
    if some == rest:
        return f"Of {some} a part was received, before that time was over."
    return f"Records were received for {some}; for {rest} nothing, or not all, was received."
