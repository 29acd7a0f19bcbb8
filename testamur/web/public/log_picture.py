"""The picture of the log: four entries stand for all, each pair makes a hash, the root is what the checkpoint signs."""

from typing import Final

from testamur.web import parts
from testamur.web.pictures.drawing import NARROW, WIDE, Box, Drawing, Figure, Line, Shape, Words
from testamur.web.pictures.palette import FillTone

_TALL: Final = 34.0
_RISE: Final = 62.0
_ENTRIES: Final = 4


def log_picture(size: int) -> Figure:
    """Return how entries become a signed checkpoint; `size` is how many entries the newest one covers."""
    rows = [
        ["1", "Entry", "34 bytes; says nothing by itself and names nobody"],
        ["2", "Hash of an entry", "SHA-256 of the entry"],
        ["3", "Hash of two", "SHA-256 of two hashes side by side, again and again"],
        ["4", "Root", f"one hash over all {size:,} entries" if size else "one hash over all entries"],
        ["5", "Checkpoint", "size, root and time, signed with the log’s keys"],
    ]
    table = parts.Table("From an entry to a checkpoint", ["Step", "What", "How"], rows, small_caption=True)
    described = (
        "Entries at the foot are joined in pairs until one root is left, which the checkpoint signs. "
        "Changing any entry changes every hash above it and the root."
    )
    return Figure(
        "log-tree",
        "How entries become a checkpoint",
        "Four entries stand for all. Change one, and the root no longer fits its signature.",
        described,
        _drawing(WIDE),
        _drawing(NARROW),
        table,
    )


def _drawing(width: float) -> Drawing:
    """Draw the tree upwards: entries, pairs, root, checkpoint."""
    lines: list[Shape] = []
    boxes: list[Shape] = []
    tops = [4 + _RISE * level for level in (3, 2, 1, 0)]
    gap = width / _ENTRIES
    entries = [gap * (place + 0.5) for place in range(_ENTRIES)]
    pairs = [(entries[0] + entries[1]) / 2, (entries[2] + entries[3]) / 2]
    centre = width / 2
    for x, above in zip(entries, [pairs[0], pairs[0], pairs[1], pairs[1]], strict=True):
        lines.append(Line(x, tops[0], above, tops[1] + _TALL, "stem"))
        boxes += _named(x, tops[0], min(gap - 10, 120), "entry", "info")
    for x in pairs:
        lines.append(Line(x, tops[1], centre, tops[2] + _TALL, "stem"))
        boxes += _named(x, tops[1], 96, "hash of two", "quiet")
    lines.append(Line(centre, tops[2], centre, tops[3] + _TALL, "path"))
    boxes += _named(centre, tops[2], 96, "root", "good")
    boxes += _named(centre, tops[3], 168, "signed checkpoint", "warn")
    return Drawing(width, tops[0] + _TALL + 6, (*lines, *boxes))


def _named(x: float, top: float, wide: float, words: str, tone: FillTone) -> list[Shape]:
    """Return a box about x with its word."""
    return [
        Box(x - wide / 2, top, wide, _TALL, tone, radius=4),
        Words(x, top + _TALL / 2 + 4.5, words, "text", "middle", on=tone),
    ]
