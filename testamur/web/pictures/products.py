"""Pictures of training products: what a qualification packs, and which products may be enrolled in or taught out when."""

import calendar
import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from testamur.web import parts
from testamur.web.pictures.drawing import NARROW, WIDE, Box, Drawing, Figure, Key, Line, Shape, Words, legend, tidy
from testamur.web.pictures.palette import FillTone
from testamur.web.pictures.words import fit

_UNIT, _GAP = 16.0, 4.0
_MONTHS_WIDE, _MONTHS_NARROW = 18, 9
_BEFORE: Final = 2
_STATES: Final[dict[str, tuple[FillTone, str]]] = {
    "enrol": ("good", "may enrol"),
    "teach": ("warn", "teach out and issue"),
    "closed": ("quiet", "no issue any more"),
}


@dataclass(frozen=True, slots=True)
class PackedGroup:
    """A group of packaging rules: how many units at least and at most, and how many it offers; None: any number."""

    title: str
    kind: str
    least: int
    most: int | None
    offered: int | None


@dataclass(frozen=True, slots=True)
class CalendarRow:
    """A product that was replaced or ends: its last days (None where no day is set), and what stands in the table."""

    code: str
    title: str
    last_enrolment_day: datetime.date | None
    last_issue_day: datetime.date | None
    cells: Sequence[object]
    href: str = ""


def packaging_picture(groups: Sequence[PackedGroup], required: int, *, table: parts.Table, lead: str = "") -> Figure:
    """Return the groups of a qualification, a square a unit: those that must be taken, that may be, and that are offered."""
    described = "; ".join(f"{group.title}: {choice_words(group)}" for group in groups) + f". {required} units in all."
    wide, narrow = [_packing(groups, width) for width in (WIDE, NARROW)]
    return Figure("packaging", "What makes it up", lead, described, wide, narrow, table)


def choice_words(group: PackedGroup) -> str:
    """Return what is to be chosen from a group, in words."""
    if group.kind == "core":
        return f"all {group.least}"
    of = f" of {group.offered}" if group.offered is not None else ""
    if group.most is None or group.most == group.least:
        return f"{group.least} or more{of}" if group.most is None else f"{group.least}{of}"
    return f"up to {group.most}{of}" if not group.least else f"{group.least} to {group.most}{of}"


def _packing(groups: Sequence[PackedGroup], width: float) -> Drawing:
    """Draw each group's name, its squares in rows, and the legend."""
    step, y = _UNIT + _GAP, 0.0
    shapes: list[Shape] = []
    a_row = int((width - 2) // step)
    for group in groups:
        words = fit(f"{group.title}: {choice_words(group)}", width, bold=True)
        shapes.append(Words(0, tidy(y + 14), words, "bold", full=f"{group.title}: {choice_words(group)}"))
        y += 22
        squares = _squares(group)
        shapes += [
            Box(tidy(n % a_row * step), tidy(y + n // a_row * step), _UNIT, _UNIT, tone)
            for n, tone in enumerate(squares)
        ]
        y += -(-max(1, len(squares)) // a_row) * step + 12
    keys, used = legend(
        [Key("good", "", "must be taken"), Key("info", "", "may be counted"), Key("quiet", "", "offered")],
        width=width,
        top=y,
    )
    return Drawing(width, tidy(y + used), (*shapes, *keys))


def _squares(group: PackedGroup) -> list[FillTone]:
    """Return a square for each unit: first what must be taken, then what may be counted, then what is only offered."""
    offered = group.offered if group.offered is not None else group.most or group.least
    most = offered if group.most is None else group.most
    tones: list[tuple[FillTone, int]] = [("good", group.least), ("info", most - group.least), ("quiet", offered - most)]
    return [tone for tone, count in tones for _ in range(count)]


def transition_calendar(
    rows: Sequence[CalendarRow],
    *,
    on: datetime.date,
    columns: Sequence[parts.Column | str],
    title: str = "Products in transition, month by month",
    lead: str = "",
) -> Figure:
    """Return products by months: may enrol, teach out, no issue any more; a number is the last day in its month."""
    table = parts.Table(f"Days behind “{title}”", columns, [list(row.cells) for row in rows], small_caption=True)
    listed = "; ".join(
        f"{row.code} may be enrolled in until {row.last_enrolment_day}" for row in rows[:12] if row.last_enrolment_day
    )
    described = f"{listed or 'No last day is set'}. The table lists every day."
    wide, narrow = _months(rows, on, WIDE, _MONTHS_WIDE), _months(rows, on, NARROW, _MONTHS_NARROW)
    return Figure("transition-calendar", title, lead, described, wide, narrow, table)


def state_of(row: CalendarRow, first: datetime.date, last: datetime.date) -> tuple[str, int | None]:
    """Return what a month is for a product, and the day in it that is a last one: for enrolment, else for issue."""
    if row.last_enrolment_day is not None and first <= row.last_enrolment_day <= last:
        return "enrol", row.last_enrolment_day.day
    if row.last_enrolment_day is None or last < row.last_enrolment_day:
        return "enrol", None
    if row.last_issue_day is not None and first <= row.last_issue_day <= last:
        return "teach", row.last_issue_day.day
    if row.last_issue_day is None or last < row.last_issue_day:
        return "teach", None
    return "closed", None


def months_of(on: datetime.date, count: int) -> list[tuple[datetime.date, datetime.date]]:
    """Return the first and last day of some months, from two before the one that holds a day."""
    found = []
    index = on.year * 12 + on.month - 1 - _BEFORE
    for number in range(index, index + count):
        year, month = number // 12, number % 12 + 1
        found.append((datetime.date(year, month, 1), datetime.date(year, month, calendar.monthrange(year, month)[1])))
    return found


def _months(rows: Sequence[CalendarRow], on: datetime.date, width: float, count: int) -> Drawing:
    """Draw a row a product and a cell a month; on phones the product's name stands above its row."""
    narrow = width < WIDE
    left, step = (0.0, 56.0) if narrow else (150.0, 32.0)
    cell = (width - left) / count
    months = months_of(on, count)
    shapes = _heads(months, left, cell)
    x = tidy(left + cell * (_BEFORE + (on - months[_BEFORE][0]).days / months[_BEFORE][1].day))
    today: list[Shape] = []
    y = 42.0
    for row in rows:
        label = fit(f"{row.code} {row.title}" if narrow else row.code, (width if narrow else left) - 8, bold=True)
        shapes.append(Words(0, tidy(y + (14 if narrow else 19)), label, "bold", full=f"{row.code} {row.title}"))
        top = y + (21 if narrow else 2)
        for place, (first, last) in enumerate(months):
            shapes += _cell(row, left + cell * place, top, cell - 2, first, last)
        today.append(Line(x, tidy(top - 2), x, tidy(top + 28), "today"))
        y += step
    shapes += today
    foot = y
    keys, used = legend([Key(tone, "", words) for tone, words in _STATES.values()], width=width, top=foot + 6)
    return Drawing(width, tidy(foot + 6 + used), (*shapes, *keys))


def _heads(months: Sequence[tuple[datetime.date, datetime.date]], left: float, cell: float) -> list[Shape]:
    """Return the letter of each month, and the years above the first month and each January."""
    shapes: list[Shape] = []
    for place, (first, _) in enumerate(months):
        x = tidy(left + cell * place + cell / 2 - 1)
        shapes.append(Words(x, 34, f"{first:%b}"[:1] if cell < 26 else f"{first:%b}", "small", "middle"))
        if first.month == 1 or (not place and all(other.month != 1 for other, _ in months[1:3])):
            shapes.append(Words(tidy(left + cell * place), 14, str(first.year), "bold"))
    return shapes


def _cell(
    row: CalendarRow, x: float, top: float, wide: float, first: datetime.date, last: datetime.date
) -> list[Shape]:
    """Return a month's cell; a last day stands in it as a number."""
    state, day = state_of(row, first, last)
    tone, words = _STATES[state]
    which = {"enrol": "last day to enrol", "teach": "last day to issue"}.get(state, "")
    title = f"{row.code}, {first:%B %Y}: {words}" + (f"; {which} {day} {first:%B}" if day else "")
    shapes: list[Shape] = [Box(tidy(x), tidy(top), tidy(wide), 26, tone, row.href if day else "", title)]
    if day:
        shapes.append(Words(tidy(x + wide / 2), tidy(top + 18), str(day), "bold", "middle", on=tone))
    return shapes
