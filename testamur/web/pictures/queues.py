"""Pictures of what waits: how many things of each kind have how much time left."""

from collections.abc import Mapping, Sequence

from testamur.web import parts
from testamur.web.pictures import palette
from testamur.web.pictures.drawing import NARROW, WIDE, Box, Drawing, Figure, Key, Shape, Words, legend, tidy
from testamur.web.pictures.maps import compact
from testamur.web.pictures.words import fit

Counts = Mapping[tuple[str, str], int]


def due_map(rows: Sequence[str], columns: Sequence[str], counts: Counts, *, title: str, noun: str) -> Figure:
    """Return rows by columns of time left with how many of `noun` stand in each cell; the first column is the most urgent."""
    cells = [[row, *(f"{counts.get((row, column), 0):,}" for column in columns)] for row in rows]
    headings: list[parts.Column | str] = ["Product", *(parts.Column(name, numeric=True) for name in columns)]
    table = parts.Table(f"Counts behind “{title}”", headings, cells, small_caption=True)
    total = sum(counts.values())
    first = sum(count for (_, column), count in counts.items() if column == columns[0])
    described = (
        f"{total:,} {noun}{'' if total == 1 else 's'} in {len(rows)} rows; {first:,} stand under “{columns[0]}”."
    )
    lead = f"{first:,} of {total:,} {columns[0].lower()}"
    wide = _drawn(rows, columns, counts, WIDE, 150.0, noun)
    narrow = _drawn(rows, columns, counts, NARROW, 78.0, noun)
    return Figure("due-map", title, lead, described, wide, narrow, table)


def _drawn(
    rows: Sequence[str], columns: Sequence[str], counts: Counts, width: float, left: float, noun: str
) -> Drawing:
    """Draw one cell a row and column; on a phone the headings stand as figures that a line beneath explains."""
    tall, short = 32.0, width == NARROW
    cell = (width - left) / len(columns)
    shapes: list[Shape] = []
    for place, name in enumerate(columns):
        words = str(place + 1) if short else fit(name, cell - 4, 13)
        shapes.append(Words(tidy(left + cell * (place + 0.5) - 1), 14, words, "small", "middle", full=name))
    highest = max(counts.values(), default=1)
    for line, row in enumerate(rows):
        y = 22 + line * tall
        label = fit(row, left - 8, 14)
        shapes.append(Words(0, tidy(y + 20), label, full=row if label != row else ""))
        for place, column in enumerate(columns):
            shapes += _cell(left + cell * place, y, cell - 3, tall - 3, counts.get((row, column), 0), highest,
                            f"{row}, {column}: {counts.get((row, column), 0):,} {noun}s")  # fmt: skip
    top = 22 + len(rows) * tall + 8
    if short:
        for place, name in enumerate(columns):
            shapes.append(Words(0, tidy(top + 14 + place * 18), f"{place + 1}  {name}", "small"))
        top += len(columns) * 18 + 8
    keys, used = legend([Key("heat1", "", "few"), Key("heat4", "", f"many {noun}s")], width=width, top=top)
    return Drawing(width, tidy(top + used), (*shapes, *keys))


def _cell(x: float, y: float, wide: float, tall: float, count: int, highest: int, title: str) -> list[Shape]:
    """Draw one cell: its count on a tone, a dash where there is none."""
    middle, base = tidy(x + wide / 2), tidy(y + tall / 2 + 5)
    if not count:
        return [Words(middle, base, "–", "small", "middle")]
    tone = palette.heat_step(count, highest)
    return [
        Box(tidy(x), tidy(y), tidy(wide), tall, tone, "", title),
        Words(middle, base, compact(count), anchor="middle", on=tone),
    ]
