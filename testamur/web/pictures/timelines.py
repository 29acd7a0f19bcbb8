"""Pictures along time: a person's record, and the registrations and duties of a provider."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from testamur.web import parts
from testamur.web.pictures.drawing import (
    NARROW,
    WIDE,
    Box,
    Drawing,
    Figure,
    Form,
    Key,
    Line,
    Mark,
    Shape,
    Words,
    legend,
    tidy,
)
from testamur.web.pictures.palette import FillTone
from testamur.web.pictures.words import fit, width_of, wrap

Kind = Literal["qualification", "units", "studied", "uncertain", "withdrawn"]
KINDS: dict[Kind, tuple[Form, FillTone, str]] = {
    "qualification": ("circle", "good", "Qualification"),
    "units": ("square", "info", "Units or subjects"),
    "studied": ("ring", "info", "Studied, not completed"),
    "uncertain": ("diamond", "warn", "Date not certain"),
    "withdrawn": ("triangle", "bad", "Withdrawn"),
}
_LABEL_ROOMS, _BLOCK, _APART = (290.0, 190.0, 110.0), 46.0, 20.0
_TIERS = [(tier, room) for room in _LABEL_ROOMS for tier in (1, -1, 2, -2, 3, -3, 4, -4)]
_REACH, _FLANK = 10.0, 8.0
_Place = tuple[int, float, str]


@dataclass(frozen=True, slots=True)
class Milestone:
    """One moment of a record. `when` is how the date is written, `day` where it stands on the line."""

    day: datetime.date
    when: str
    title: str
    kind: Kind = "qualification"
    provider: str = ""
    href: str = ""


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of a lane; no end means that it goes on."""

    start: datetime.date
    end: datetime.date | None
    label: str
    tone: FillTone = "good"


@dataclass(frozen=True, slots=True)
class Lane:
    """One row of a provider's timeline: registrations, ceasing, teach-out, records received."""

    label: str
    spans: Sequence[Span]


@dataclass(frozen=True, slots=True)
class Moment:
    """A day that a line across all lanes marks."""

    day: datetime.date
    label: str


@dataclass(frozen=True, slots=True)
class _Scale:
    """Turns days into places between `left` and `right`."""

    first: datetime.date
    last: datetime.date
    left: float
    right: float

    def at(self, day: datetime.date) -> float:
        span = max(1, (self.last - self.first).days)
        share = min(1.0, max(0.0, (day - self.first).days / span))
        return self.left + share * (self.right - self.left)

    def years(self, room: float) -> list[int]:
        """Return the years to write beneath, `room` pixels apart at least."""
        span = self.last.year - self.first.year + 1
        most = max(2, int((self.right - self.left) / room))
        step = next((step for step in (1, 2, 5, 10, 20, 50) if span / step <= most), 100)
        years = range(self.first.year, self.last.year + 1)
        return [year for year in years if year % step == 0 and self.first <= datetime.date(year, 1, 1) <= self.last]


def record_timeline(
    milestones: Sequence[Milestone], *, title: str = "Your record", lead: str = "", csv_url: str = ""
) -> Figure:
    """Return a person's record as a line with a mark a milestone; on phones a list down a line."""
    ordered = sorted(milestones, key=lambda milestone: milestone.day)
    table = parts.Table(
        f"Dates behind “{title}”",
        ["When", "What", "Where", "Kind"],
        [[m.when, parts.Cell(m.title, url=m.href), m.provider, KINDS[m.kind][2]] for m in ordered],
        small_caption=True,
    )
    described = "; ".join(f"{m.when}: {m.title}" for m in ordered[:12]) or "There is nothing in the record yet"
    more = f"; and {len(ordered) - 12} more" if len(ordered) > 12 else ""
    wide, narrow = _record_line(ordered), _record_list(ordered)
    return Figure("record-timeline", title, lead, f"{described}{more}.", wide, narrow, table, csv_url)


def provider_timeline(
    lanes: Sequence[Lane],
    *,
    first: datetime.date,
    last: datetime.date,
    moments: Sequence[Moment] = (),
    title: str = "Registration over time",
    lead: str = "",
    csv_url: str = "",
) -> Figure:
    """Return a provider's periods in lanes from the first day to the last, with lines for single days."""
    rows = [
        [lane.label, s.label, f"{s.start:%d %B %Y}", f"{s.end:%d %B %Y}" if s.end else "continues"]
        for lane in lanes
        for s in lane.spans
    ]
    rows += [["Day", moment.label, f"{moment.day:%d %B %Y}", ""] for moment in moments]
    table = parts.Table(f"Dates behind “{title}”", ["Lane", "What", "From", "Until"], rows, small_caption=True)
    wide, narrow = [_lanes(lanes, moments, first, last, width) for width in (WIDE, NARROW)]
    described = "; ".join(f"{lane.label}: {', '.join(s.label for s in lane.spans)}" for lane in lanes) + "."
    return Figure("provider-timeline", title, lead, described, wide, narrow, table, csv_url)


def _record_line(milestones: Sequence[Milestone]) -> Drawing:
    if not milestones:
        return Drawing(WIDE, 30, (Words(0, 20, "Nothing is recorded yet."),))
    first = datetime.date(milestones[0].day.year, 1, 1)
    last = datetime.date(milestones[-1].day.year + 1, 1, 1)
    scale = _Scale(first, last, 14, WIDE - 14)
    places = _spread([scale.at(milestone.day) for milestone in milestones], 14, WIDE - 14)
    tiers = _tiers(milestones, places)
    above = max([0, *(tier for tier, *_ in tiers.values() if tier > 0)])
    below = max([0, *(-tier for tier, *_ in tiers.values() if tier < 0)])
    axis = 18 + above * _BLOCK
    foot = axis + 26 + below * _BLOCK
    shapes: list[Shape] = [Line(0, axis, WIDE, axis, "axis")]
    for place, milestone in enumerate(milestones):
        shapes += _milestone(milestone, places[place], axis, tiers.get(place))
    shapes = [
        *(line for y in scale.years(60) for line in _grid(tidy(scale.at(datetime.date(y, 1, 1))), 0, foot, shapes)),
        *shapes,
    ]
    shapes += [
        Words(tidy(min(max(scale.at(datetime.date(y, 1, 1)), 19), WIDE - 19)), foot + 16, str(y), "small", "middle")
        for y in scale.years(60)
    ]
    keys, used = _kinds_shown(milestones, WIDE, foot + 30)
    return Drawing(WIDE, tidy(foot + 30 + used), (*shapes, *keys))


def _grid(x: float, top: float, foot: float, shapes: Sequence[Shape]) -> list[Shape]:
    """Return the line of one year from top to foot, left out where words stand on the card."""
    edges = (shape.edges for shape in shapes if isinstance(shape, Words) and not shape.on)
    gaps = sorted((upper - 2, lower + 2) for left, upper, right, lower in edges if left - 4 <= x <= right + 4)
    lines: list[Shape] = []
    for upper, lower in gaps:
        if upper - top > 4:
            lines.append(Line(x, tidy(top), x, tidy(upper)))
        top = max(top, lower)
    return [*lines, Line(x, tidy(top), x, foot)] if foot - top > 4 else lines


def _milestone(milestone: Milestone, x: float, axis: float, label: _Place | None) -> list[Shape]:
    """Return one mark and, where a tier had room, its stem and two lines of words."""
    form, tone, _ = KINDS[milestone.kind]
    shapes: list[Shape] = []
    if label:
        tier, left, title = label
        top = axis - 16 - tier * _BLOCK if tier > 0 else axis + 18 + (-tier - 1) * _BLOCK
        shapes.append(Line(tidy(x), axis, tidy(x), tidy(top + 38 if tier > 0 else top - 2), "stem"))
        shapes.append(Words(tidy(left), tidy(top + 14), milestone.when, "bold"))
        shapes.append(
            Words(tidy(left), tidy(top + 31), title, full=milestone.title if title != milestone.title else "")
        )
    shapes.append(Mark(tidy(x), axis, form, tone, 8, milestone.href, f"{milestone.when}: {milestone.title}"))
    return shapes


def _spread(places: Sequence[float], left: float, right: float) -> list[float]:
    """Move marks apart just enough not to lie on each other, inside the line."""
    apart = min(_APART, (right - left) / max(1, len(places) - 1))
    spread: list[float] = []
    for place in places:
        spread.append(max(place, spread[-1] + apart) if spread else place)
    limit = right
    for index in range(len(spread) - 1, -1, -1):
        spread[index] = min(spread[index], limit)
        limit = spread[index] - apart
    return spread


def _tiers(milestones: Sequence[Milestone], places: Sequence[float]) -> dict[int, _Place]:
    """Give each milestone a free tier (1 to 4 above the line, −1 to −4 below), a left edge, and its words there.

    A label is kept off other labels of its tier, off the stems that pass its tier, and its own stem off nearer
    labels; next to the line (1, −1) it also stands over or under no mark but its own. Words are shortened only where no
    tier has room for them whole; a milestone that fits nowhere keeps its mark only, and its words stand in the table.
    """
    taken: dict[int, _Place] = {}
    widths: dict[int, float] = {}
    for index, milestone in enumerate(milestones):
        for tier, room in _TIERS:
            title = fit(milestone.title, room)
            width = max(width_of(title, 14), width_of(milestone.when, 14, bold=True))
            free = [
                left
                for left in _lefts(places[index], width)
                if (abs(tier) > 1 or not _covers(left, width, index, places))
                and all(_apart(tier, left, width, places[index], taken[o], widths[o], places[o]) for o in taken)
            ]
            if free:
                left = min(free, key=lambda left: _crossed(left, width, places[index + 1 :]))
                taken[index], widths[index] = (tier, left, title), width
                break
    return taken


def _lefts(stem: float, width: float) -> list[float]:
    """Return where a label may begin: at its stem, centred on it, ending at it; all inside the frame."""
    wanted = (stem - _FLANK, stem - width / 2, stem + _FLANK - width)
    return [min(max(left, 0), WIDE - width) for left in wanted]


def _covers(left: float, width: float, index: int, places: Sequence[float]) -> bool:
    """Say whether a label beside the line would stand over or under the mark of another milestone."""
    others = (place for other, place in enumerate(places) if other != index)
    return any(left - _REACH < place < left + width + _REACH for place in others)


def _crossed(left: float, width: float, stems: Sequence[float]) -> int:
    """Count the stems to come that a label would be in the way of."""
    return sum(left - 6 <= stem <= left + width + 6 for stem in stems)


def _apart(
    tier: int, left: float, width: float, stem: float, other: _Place, other_width: float, other_stem: float
) -> bool:
    other_tier, other_left, _ = other
    if tier * other_tier < 0:
        return True
    if tier == other_tier:
        return left >= other_left + other_width + 14 or other_left >= left + width + 14
    if abs(tier) > abs(other_tier):
        return not other_left - 6 <= stem <= other_left + other_width + 6
    return not left - 6 <= other_stem <= left + width + 6


def _record_list(milestones: Sequence[Milestone]) -> Drawing:
    if not milestones:
        return Drawing(NARROW, 30, (Words(0, 20, "Nothing is recorded yet."),))
    shapes: list[Shape] = []
    y = 10.0
    for milestone in milestones:
        form, tone, _ = KINDS[milestone.kind]
        shapes.append(Mark(12, y, form, tone, 8, milestone.href, f"{milestone.when}: {milestone.title}"))
        shapes.append(Words(34, y + 5, milestone.when, "bold"))
        lines = wrap(milestone.title, NARROW - 34)
        shapes += [Words(34, y + 23 + 17 * place, words) for place, words in enumerate(lines)]
        y += 46 + 17 * len(lines) - 8
    spine = Line(12, 10, 12, tidy(y - 46), "stem")
    keys, used = _kinds_shown(milestones, NARROW, y)
    return Drawing(NARROW, tidy(y + used), (spine, *shapes, *keys))


def _kinds_shown(milestones: Sequence[Milestone], width: float, top: float) -> tuple[list[Shape], float]:
    kinds = [kind for kind in KINDS if any(milestone.kind == kind for milestone in milestones)]
    return legend([Key(KINDS[kind][1], "", KINDS[kind][2], KINDS[kind][0]) for kind in kinds], width=width, top=top)


def _lanes(
    lanes: Sequence[Lane], moments: Sequence[Moment], first: datetime.date, last: datetime.date, width: float
) -> Drawing:
    narrow = width < WIDE
    scale = _Scale(first, last, 0 if narrow else 150, width)
    step = 54.0 if narrow else 38.0
    head, labels = _moment_labels(moments, scale)
    foot = head + len(lanes) * step
    grid = [(tidy(scale.at(datetime.date(y, 1, 1))), y) for y in scale.years(56)]
    shapes: list[Shape] = []
    for row, lane in enumerate(lanes):
        y = head + row * step
        room = width if narrow else scale.left - 16
        label = fit(lane.label, room, bold=True)
        shapes.append(
            Words(0, tidy(y + (15 if narrow else 22)), label, "bold", full=lane.label if label != lane.label else "")
        )
        shapes += _spans(lane, scale, y + (22 if narrow else 5), 26)
    marks = [Line(tidy(scale.at(m.day)), tidy(head - 4), tidy(scale.at(m.day)), foot, "today") for m in moments]
    words = [shape for shape in shapes if isinstance(shape, Words)]
    lines = [line for x, _ in grid for line in _grid(x, head, foot, words)]
    shapes = [*lines, *(shape for shape in shapes if not isinstance(shape, Words)), *marks, *words, *labels]
    shapes += [Words(min(max(x, 19), width - 19), foot + 18, str(year), "small", "middle") for x, year in grid]
    return Drawing(width, tidy(foot + 24), tuple(shapes))


def _moment_labels(moments: Sequence[Moment], scale: _Scale) -> tuple[float, list[Shape]]:
    """Return the height the labels above the lanes take, and the labels, each in the lowest free row."""
    ends: list[float] = []
    placed: list[tuple[int, float, str]] = []
    for moment in sorted(moments, key=lambda moment: moment.day):
        label = fit(moment.label, scale.right)
        width = width_of(label, 13)
        left = min(max(scale.at(moment.day) - width / 2, 0), scale.right - width)
        row = next((row for row, end in enumerate(ends) if left >= end + 12), len(ends))
        ends[row : row + 1] = [left + width]
        placed.append((row, left, label))
    head = 20.0 * len(ends) + (4 if ends else 0)
    return head, [Words(tidy(left), tidy(head - 10 - 20 * row), label, "small") for row, left, label in placed]


def _spans(lane: Lane, scale: _Scale, top: float, height: float) -> list[Shape]:
    """Return a lane's stretches; words stand inside where they fit, else in the gap to the right, else in the title."""
    shapes: list[Shape] = []
    ordered = sorted(lane.spans, key=lambda span: span.start)
    for place, span in enumerate(ordered):
        x = scale.at(span.start)
        wide = max(5.0, scale.at(span.end or scale.last) - x - 1.5)
        x = min(x, scale.right - wide)
        following = scale.at(ordered[place + 1].start) if place + 1 < len(ordered) else scale.right
        until = f"{span.end:%d %B %Y}" if span.end else "now"
        shapes.append(
            Box(
                tidy(x),
                tidy(top),
                tidy(wide),
                height,
                span.tone,
                title=f"{span.label}: {span.start:%d %B %Y} to {until}",
                radius=3,
            )
        )
        need = width_of(span.label, 14)
        if need + 16 <= wide:
            shapes.append(Words(tidy(x + 8), tidy(top + 18), span.label, on=span.tone))
        elif need + 8 <= following - x - wide:
            shapes.append(Words(tidy(x + wide + 6), tidy(top + 18), span.label))
        elif not place and need + 8 <= x - scale.left:
            shapes.append(Words(tidy(x - 6), tidy(top + 18), span.label, anchor="end"))
        elif wide > 44:
            shapes.append(Words(tidy(x + 8), tidy(top + 18), fit(span.label, wide - 16), on=span.tone, full=span.label))
    return shapes
