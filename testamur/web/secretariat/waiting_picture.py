"""The picture of what waits: one bar a kind of work, in parts by age, with the table of its values. Pure."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from testamur.kernel.waiting import Waited
from testamur.web import parts
from testamur.web.pictures import Drawing, Figure
from testamur.web.pictures.drawing import NARROW, WIDE, Anchor, Box, Key, Shape, Words, legend, tidy
from testamur.web.pictures.palette import FillTone
from testamur.web.pictures.words import fit, width_of

_GAP, _LEAST = 2.0, 4.0


@dataclass(frozen=True, slots=True)
class Age:
    """A stretch of waiting: its words, its fill, and until when it lasts; the last has no end."""

    label: str
    tone: FillTone
    until: timedelta = timedelta.max


AGES: Final = (
    Age("up to a week", "good", timedelta(days=7)),
    Age("one to four weeks", "warn", timedelta(days=28)),
    Age("longer than four weeks", "bad"),
)


ENDS: Final = tuple(age.until for age in AGES[:-1])


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of work and how long it has waited; without an address its reader cannot open it.

    `by_age` counts in the order of AGES; `longest` is less than any wait where nothing waits.
    """

    label: str
    by_age: tuple[int, ...] = (0,) * len(AGES)
    longest: timedelta = timedelta.min
    url: str = ""
    note: str = ""

    @classmethod
    def of(cls, label: str, waits: Collection[timedelta], url: str = "", note: str = "") -> "Kind":
        """Return a kind of which so few wait that each wait is known."""
        ages = [next(place for place, age in enumerate(AGES) if wait < age.until) for wait in waits]
        by_age = tuple(ages.count(place) for place in range(len(AGES)))
        return cls(label, by_age, max(waits, default=timedelta.min), url, note)

    @classmethod
    def counted(cls, label: str, waited: Waited | None, url: str = "", note: str = "") -> "Kind":
        """Return a kind that the database counted, by ENDS."""
        return cls(label, waited.counts, waited.longest, url, note) if waited else cls(label, url=url, note=note)

    @property
    def count(self) -> int:
        """Return how many wait."""
        return sum(self.by_age)


def waiting_by_age(kinds: Sequence[Kind]) -> Figure:
    """Return one bar a kind of which anything waits, in the order given."""
    shown = [kind for kind in kinds if kind.count]
    total = sum(kind.count for kind in shown)
    totals = [sum(kind.by_age[place] for kind in shown) for place in range(len(AGES))]
    title = "How long work has waited"
    heads = [parts.Column(age.label.capitalize(), numeric=True) for age in AGES]
    rows = [[kind.label, *(f"{count:,}" for count in kind.by_age), f"{kind.count:,}"] for kind in shown]
    columns: list[parts.Column | str] = ["What", *heads, parts.Column("All", numeric=True)]
    table = parts.Table(f"Counts behind “{title}”", columns, rows, small_caption=True)
    ages = ", ".join(f"{count:,} {age.label}" for age, count in zip(AGES, totals, strict=True))
    lines = "; ".join(f"{kind.label}: {kind.count:,}" for kind in shown)
    wide, narrow = [_drawing(shown, totals, width) for width in (WIDE, NARROW)]
    return Figure("waiting-by-age", title, f"{total:,} in all", f"{ages}. {lines}.", wide, narrow, table)


def _drawing(kinds: Sequence[Kind], totals: Sequence[int], width: float) -> Drawing:
    """Draw the legend and beneath it the bars. Wide: words left of the bar; narrow: words above it."""
    keys = [Key(age.tone, f"{count:,}", age.label) for age, count in zip(AGES, totals, strict=True)]
    shapes, top = legend(keys, width=width, top=0)
    top += 14
    narrow = width < WIDE
    left, step, bar = (0.0, 52.0, 20.0) if narrow else (230.0, 36.0, 24.0)
    most = max((kind.count for kind in kinds), default=1)
    # A part too small to see is widened to its least; that room, too, is kept free.
    widest = max((width_of(f"{kind.count:,}", 14, bold=True) for kind in kinds), default=0.0)
    tail = widest + 8 + _LEAST * (len(AGES) - 1)
    for place, kind in enumerate(kinds):
        y = top + place * step
        bar_top = y + (20 if narrow else 0)
        label = fit(kind.label, (width if narrow else left) - 14)
        base = y + 14 if narrow else y + 17
        at = 0.0 if narrow else left - 12
        anchor: Anchor = "start" if narrow else "end"
        full = kind.label if label != kind.label else ""
        shapes.append(Words(tidy(at), tidy(base), label, anchor=anchor, full=full))
        shapes += _bar(kind, left, bar_top, bar, (width - left - tail) / most)
    return Drawing(width, tidy(top + len(kinds) * step), tuple(shapes))


def _bar(kind: Kind, left: float, top: float, height: float, unit: float) -> list[Shape]:
    """Lay a kind's ages end to end, each with its number where it fits, and put the sum behind them."""
    shapes: list[Shape] = []
    x, base = left, top + height / 2 + 5
    several = sum(count > 0 for count in kind.by_age) > 1
    room = unit * kind.count - _GAP * (len([count for count in kind.by_age if count]) - 1)
    for age, count in zip(AGES, kind.by_age, strict=True):
        if not count:
            continue
        long = max(_LEAST, room * count / kind.count)
        said = f"{kind.label}: {count:,} {age.label}"
        shapes.append(Box(tidy(x), tidy(top), tidy(long), height, age.tone, title=said, radius=3))
        if several and width_of(f"{count:,}", 14) + 12 <= long:
            shapes.append(Words(tidy(x + 7), tidy(base), f"{count:,}", on=age.tone))
        x += long + _GAP
    shapes.append(Words(tidy(x + 6), tidy(base), f"{kind.count:,}", "bold"))
    return shapes
