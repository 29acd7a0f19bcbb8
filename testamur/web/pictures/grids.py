"""A picture of what is held for each stretch of time and in each form: every cell says its answer in a word, not by colour alone.

Rows and columns are plain words; the meaning of a kind of cell comes with it, so that the picture knows no rule.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from testamur.web import parts
from testamur.web.pictures.drawing import NARROW, WIDE, Box, Drawing, Figure, Key, Shape, Words, legend, tidy
from testamur.web.pictures.palette import FillTone
from testamur.web.pictures.words import fit

_PER_BLOCK = 12
_LEFT, _TALL = 132.0, 32.0


@dataclass(frozen=True, slots=True)
class Stretch:
    """One column: the group it stands in (a year), its short name within it (Jan), and its name in full."""

    group: str
    short: str
    full: str


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of cell: the word in it, what it means, and its fill; without a fill the word stands on the page."""

    word: str
    meaning: str
    tone: FillTone | Literal[""] = ""


@dataclass(frozen=True, slots=True)
class GridRow:
    """One row: its name, and for each stretch the key of its kind and a note for the table; a stretch it lacks is None."""

    name: str
    cells: tuple[tuple[str, str] | None, ...]


def held_grid(
    stretches: Sequence[Stretch],
    rows: Sequence[GridRow],
    kinds: Mapping[str, Kind],
    *,
    title: str,
    lead: str = "",
    name: str = "held-grid",
    csv_url: str = "",
) -> Figure:
    """Return a grid of stretches across and rows down, the table of every cell, and the legend of the kinds that occur."""
    used = [kind for key, kind in kinds.items() if any(cell and cell[0] == key for row in rows for cell in row.cells)]
    table = parts.Table(
        f"Every period of “{title}”",
        ["Period", *(row.name for row in rows)],
        [[stretch.full, *(_told(row.cells[n], kinds) for row in rows)] for n, stretch in enumerate(stretches)],
        small_caption=True,
        empty="There is no period yet.",
    )
    counted = [
        f"{sum(1 for row in rows for cell in row.cells if cell and kinds[cell[0]] is kind):,} {kind.meaning}"
        for kind in used
    ]
    described = f"{len(stretches)} periods: {'; '.join(counted)}." if counted else "There is no period yet."
    wide, narrow = _across(stretches, rows, kinds, used), _down(stretches, rows, kinds, used)
    return Figure(name, title, lead, described, wide, narrow, table, csv_url)


def _told(cell: tuple[str, str] | None, kinds: Mapping[str, Kind]) -> object:
    """Return a cell of the table: what it means, with its note."""
    return "" if cell is None else parts.Cell(kinds[cell[0]].meaning.capitalize(), note=cell[1])


def _across(
    stretches: Sequence[Stretch], rows: Sequence[GridRow], kinds: Mapping[str, Kind], used: Sequence[Kind]
) -> Drawing:
    """Draw the stretches across in blocks of whole groups, each group named above its own."""
    groups, most = _grouped(stretches)
    names = list(groups)
    per_block = max(1, _PER_BLOCK // most)
    cell = (WIDE - _LEFT) / (per_block * most)
    shapes: list[Shape] = []
    top = 0.0
    for start in range(0, len(names), per_block):
        placed: list[tuple[int, float]] = []
        for nth, group in enumerate(names[start : start + per_block]):
            own = groups[group]
            late = most - len(own) if group == names[0] else 0  # the first year may begin in its middle
            left = _LEFT + cell * nth * most
            shapes.append(Words(tidy(left), top + 14, group, "bold"))
            placed += [(number, left + cell * (n + late)) for n, number in enumerate(own)]
        shapes += [Words(tidy(x), top + 33, stretches[number].short, "small") for number, x in placed]
        for place, row in enumerate(rows):
            y = top + 42 + place * _TALL
            label = fit(row.name, _LEFT - 10, 13)
            shapes.append(Words(0, tidy(y + 19), label, "small", full=row.name if label != row.name else ""))
            for number, x in placed:
                shapes += _cell(x, y, cell - 3, row, stretches[number], row.cells[number], kinds)
        top += 42 + len(rows) * _TALL + 12
    return _with_legend(shapes, used, WIDE, top)


def _grouped(stretches: Sequence[Stretch]) -> tuple[dict[str, list[int]], int]:
    """Return the places of each group's stretches, and how many the longest group has."""
    groups: dict[str, list[int]] = {}
    for n, stretch in enumerate(stretches):
        groups.setdefault(stretch.group, []).append(n)
    return groups, max((len(own) for own in groups.values()), default=1)


def _down(
    stretches: Sequence[Stretch], rows: Sequence[GridRow], kinds: Mapping[str, Kind], used: Sequence[Kind]
) -> Drawing:
    """Draw each row as a block of its own for phones: groups down, the stretches of a group side by side."""
    groups, most = _grouped(stretches)
    cell = (NARROW - 44) / most
    shapes: list[Shape] = []
    top = 0.0
    for row in rows:
        label = fit(row.name, NARROW, 14, bold=True)
        shapes.append(Words(0, tidy(top + 14), label, "bold", full=row.name if label != row.name else ""))
        shapes += [
            Words(tidy(44 + cell * n), tidy(top + 34), stretches[number].short, "small")
            for n, number in enumerate(next((own for own in groups.values() if len(own) == most), []))
        ]
        for place, (group, own) in enumerate(groups.items()):
            y = top + 42 + place * _TALL
            shapes.append(Words(0, tidy(y + 19), group, "small"))
            late = most - len(own) if place == 0 else 0  # the first year may begin in its middle
            for n, number in enumerate(own):
                x = 44 + cell * (n + late)
                shapes += _cell(x, y, cell - 3, row, stretches[number], row.cells[number], kinds)
        top += 42 + len(groups) * _TALL + 14
    return _with_legend(shapes, used, NARROW, top)


def _cell(
    x: float,
    y: float,
    wide: float,
    row: GridRow,
    stretch: Stretch,
    held: tuple[str, str] | None,
    kinds: Mapping[str, Kind],
) -> list[Shape]:
    """Draw one cell: its word, on its fill where its kind has one."""
    if held is None:
        return []
    kind = kinds[held[0]]
    words = Words(tidy(x + wide / 2), tidy(y + 19), kind.word, "small", "middle", on=kind.tone)
    if not kind.tone:
        return [words] if kind.word else []
    title = f"{row.name}, {stretch.full}: {kind.meaning}"
    return [Box(tidy(x), tidy(y), tidy(wide), _TALL - 3, kind.tone, title=title, radius=3), words]


def _with_legend(shapes: Sequence[Shape], used: Sequence[Kind], width: float, top: float) -> Drawing:
    """Add what each kind means beneath."""
    keys = [Key(kind.tone, kind.word, kind.meaning) for kind in used if kind.tone]
    under, taken = legend(keys, width=width, top=top) if keys else ([], 0.0)
    lines: list[Shape] = []
    y = top + taken
    for kind in used:
        if not kind.tone and kind.word:
            lines.append(Words(0, tidy(y + 14), f"{kind.word} means {kind.meaning}", "small"))
            y += 22
    return Drawing(width, tidy(max(y, 20)), (*shapes, *under, *lines))
