"""Pictures of places: where a record stands in the log's tree, and which years and formats a provider has lodged."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from testamur.web import parts
from testamur.web.pictures import palette
from testamur.web.pictures.drawing import NARROW, WIDE, Box, Drawing, Figure, Key, Line, Shape, Words, legend, tidy
from testamur.web.pictures.palette import FillTone
from testamur.web.pictures.words import fit, width_of

_KEPT_LOW, _KEPT_HIGH = 5, 4
_YEARS_A_BLOCK = 14


@dataclass(frozen=True, slots=True)
class ProofStep:
    """One step to the root: the sibling's hash, on which side it stands, and the hash of both joined (hexadecimal)."""

    side: Literal["left", "right"]
    sibling: str
    joined: str


def proof_path(
    leaf: str,
    steps: Sequence[ProofStep],
    *,
    index: int,
    size: int,
    title: str = "Where this record stands in the log",
    lead: str = "",
    csv_url: str = "",
) -> Figure:
    """Return the path from a record's leaf to the root of a tree of `size` leaves; hashes are hexadecimal.

    Long paths leave out their middle in the drawing, never in the table.
    """
    rows: list[list[object]] = [["0", "this record", parts.Cell(leaf, mono=True), ""]]
    rows += [
        [
            str(place),
            f"join with the hash at the {step.side}",
            parts.Cell(step.sibling, mono=True),
            parts.Cell(step.joined, mono=True),
        ]
        for place, step in enumerate(steps, 1)
    ]
    table = parts.Table(f"Every step of “{title}”", ["Step", "What", "Hash", "Gives"], rows, small_caption=True)
    root = steps[-1].joined if steps else leaf
    described = (
        f"Leaf {index:,} of {size:,} reaches the root {root[:12]} in {len(steps)} steps. The table lists every hash."
    )
    wide, narrow = [_ladder(leaf, steps, width) for width in (WIDE, NARROW)]
    return Figure("proof-path", title, lead or f"Leaf {index:,} of {size:,}", described, wide, narrow, table, csv_url)


def coverage_map(
    formats: Sequence[str],
    years: Sequence[int],
    counts: Mapping[tuple[str, int], int],
    *,
    hrefs: Mapping[tuple[str, int], str] | None = None,
    title: str = "What has been lodged",
    lead: str = "",
    csv_url: str = "",
) -> Figure:
    """Return years by formats with the number of records in each cell; a pair without a count was not lodged."""
    links = hrefs or {}
    columns: list[parts.Column | str] = ["Year", *(parts.Column(name, numeric=True) for name in formats)]
    rows = [
        [str(year), *(_count_cell(counts.get((name, year)), links.get((name, year), "")) for name in formats)]
        for year in years
    ]
    table = parts.Table(f"Counts behind “{title}”", columns, rows, small_caption=True)
    highest = max(counts.values(), default=0)
    lodged = sum(1 for name in formats for year in years if (name, year) in counts)
    pairs = len(formats) * len(years)
    described = f"{lodged} of {pairs} pairs of year and format are lodged; the largest has {highest:,} records."
    wide = _coverage_across(formats, years, counts, links)
    narrow = _coverage_down(formats, years, counts, links)
    return Figure("coverage-map", title, lead, described, wide, narrow, table, csv_url)


def compact(count: int) -> str:
    """Return a count in at most four characters: 999, 1.2k, 35k, 2.1m."""
    for unit, word in ((1_000_000, "m"), (1_000, "k")):
        if count >= unit:
            share = count / unit
            return f"{share:.1f}{word}" if share < 9.95 else f"{share:.0f}{word}"
    return str(count)


def _ladder(leaf: str, steps: Sequence[ProofStep], width: float) -> Drawing:
    """Draw the leaf at the foot, each joined hash above, its sibling at the side where it was joined."""
    wide, tall, rise = (150.0, 30.0, 58.0) if width == WIDE else (88.0, 28.0, 56.0)
    shown: list[ProofStep | None] = list(steps)
    if len(steps) > _KEPT_LOW + _KEPT_HIGH + 1:
        shown = [*steps[:_KEPT_LOW], None, *steps[-_KEPT_HIGH:]]
    centre = width / 2
    reach = centre - wide / 2
    foot = 24 + len(shown) * rise
    lines: list[Shape] = []
    boxes: list[Shape] = [Words(tidy(centre), 14, "root of the log", "bold", "middle")]
    y = foot
    boxes += _node(centre, y, wide, tall, leaf, "good")
    for step in shown:
        above = y - rise
        lines.append(Line(centre, y, centre, above + tall, "path"))
        if step is None:
            left_out = len(steps) - _KEPT_LOW - _KEPT_HIGH
            boxes += [
                Box(centre - wide / 2, above, wide, tall, "quiet"),
                Words(centre, above + 19, f"{left_out} steps", "small", "middle", on="quiet"),
            ]
            y = above
            continue
        side = centre + (-reach if step.side == "left" else reach)
        lines += [Line(side, y, side, y - 12, "grid"), Line(side, y - 12, centre, y - 12, "grid")]
        boxes += _node(side, y, wide, tall, step.sibling, "warn")
        boxes += _node(centre, above, wide, tall, step.joined, "good")
        y = above
    boxes.append(Words(tidy(centre), foot + tall + 18, "this record", "bold", "middle"))
    keys, used = legend(
        [Key("good", "", "worked out"), Key("warn", "", "given by the proof")], width=width, top=foot + tall + 34
    )
    return Drawing(width, tidy(foot + tall + 34 + used), (*lines, *boxes, *keys))


def _node(x: float, top: float, wide: float, tall: float, digest: str, tone: FillTone) -> list[Shape]:
    words = digest[: 16 if wide > 100 else 8]
    return [
        Box(tidy(x - wide / 2), tidy(top), wide, tall, tone, title=digest, radius=4),
        Words(tidy(x), tidy(top + tall / 2 + 4.5), words, "code", "middle", on=tone, full=digest),
    ]


def _coverage_across(
    formats: Sequence[str],
    years: Sequence[int],
    counts: Mapping[tuple[str, int], int],
    links: Mapping[tuple[str, int], str],
) -> Drawing:
    """Draw years across and formats down, in blocks of equal length where they are many."""
    left, tall = 136.0, 34.0
    blocks = max(1, -(-len(years) // _YEARS_A_BLOCK))
    most = max(1, -(-len(years) // blocks))
    cell = min((WIDE - left) / most, 72.0)
    shapes: list[Shape] = []
    top = 0.0
    for start in range(0, len(years), most):
        block = years[start : start + most]
        shapes += [
            Words(tidy(left + cell * (n + 0.5) - 1), top + 14, str(year), "small", "middle")
            for n, year in enumerate(block)
        ]
        for row, name in enumerate(formats):
            y = top + 22 + row * tall
            label = fit(name, left - 12)
            shapes.append(Words(0, y + 20, label, full=name if label != name else ""))
            for n, year in enumerate(block):
                shapes += _cell(left + cell * n, y, cell - 3, tall - 3, counts, links, (name, year))
        top += 22 + len(formats) * tall + 14
    return _with_scale(shapes, WIDE, top)


def _coverage_down(
    formats: Sequence[str],
    years: Sequence[int],
    counts: Mapping[tuple[str, int], int],
    links: Mapping[tuple[str, int], str],
) -> Drawing:
    """Draw formats across and years down, for phones."""
    left, tall = 44.0, 30.0
    cell = (NARROW - left) / max(1, len(formats))
    shapes: list[Shape] = []
    for column, name in enumerate(formats):
        label = fit(name, cell - 6, 13)
        shapes.append(
            Words(
                tidy(left + cell * (column + 0.5) - 1), 13, label, "small", "middle", full=name if label != name else ""
            )
        )
    for row, year in enumerate(years):
        y = 22 + row * tall
        shapes.append(Words(0, y + 18, str(year), "small"))
        for column, name in enumerate(formats):
            shapes += _cell(left + cell * column, y, cell - 3, tall - 3, counts, links, (name, year))
    return _with_scale(shapes, NARROW, 22 + len(years) * tall + 10)


def _cell(
    x: float,
    y: float,
    wide: float,
    tall: float,
    counts: Mapping[tuple[str, int], int],
    links: Mapping[tuple[str, int], str],
    key: tuple[str, int],
) -> list[Shape]:
    count = counts.get(key)
    middle, base = tidy(x + wide / 2), tidy(y + tall / 2 + 5)
    name, year = key
    if count is None:
        return [Words(middle, base, "–", "small", "middle")]
    tone = palette.heat_step(count, max(counts.values()))
    longest = max(width_of(f"{number:,}", 14) for number in counts.values())
    words = f"{count:,}" if longest + 6 <= wide else compact(count)
    box = Box(
        tidy(x), tidy(y), tidy(wide), tall, tone, links.get(key, ""), f"{name}, {year}: {count:,} records", radius=2
    )
    return [box, Words(middle, base, words, anchor="middle", on=tone)]


def _with_scale(shapes: Sequence[Shape], width: float, top: float) -> Drawing:
    keys = [Key("heat1", "", "few"), Key("heat4", "", "many records")]
    under, used = legend(keys, width=width, top=top)
    return Drawing(width, tidy(top + used), (*shapes, *under))


def _count_cell(count: int | None, href: str) -> parts.Cell:
    return parts.Cell("not lodged" if count is None else f"{count:,}", url=href)
