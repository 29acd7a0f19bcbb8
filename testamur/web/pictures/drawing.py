"""Shapes, drawings and figures: what a picture is made of before a template writes it as SVG.

A figure holds two drawings of the same facts, one for wide places and one for narrow ones, and the table of what
it shows. `faults` finds words that collide, leave the frame or cannot be read; the tests hold every picture to it.
Coordinates are pixels of the drawing's own box, from its top left corner.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import ClassVar, Literal

from testamur.web import parts
from testamur.web.pictures import palette
from testamur.web.pictures.palette import FillTone
from testamur.web.pictures.words import width_of

WIDE, NARROW = 700, 280
SIZES = {"text": 14.0, "bold": 14.0, "small": 13.0, "code": 13.0}
Style = Literal["text", "bold", "small", "code"]
Anchor = Literal["start", "middle", "end"]
Stroke = Literal["grid", "axis", "stem", "path", "today"]
Form = Literal["circle", "ring", "square", "diamond", "triangle"]


def tidy(value: float) -> float | int:
    """Round to a tenth of a pixel, without a trailing .0, so that output is short and stable."""
    rounded = round(value, 1)
    return int(rounded) if rounded == int(rounded) else rounded


@dataclass(frozen=True, slots=True)
class Box:
    """A filled rectangle; with an address it is a link that `title` names."""

    x: float
    y: float
    width: float
    height: float
    tone: FillTone
    href: str = ""
    title: str = ""
    radius: float = 2
    kind: ClassVar[str] = "box"

    @property
    def edges(self) -> tuple[float, float, float, float]:
        """Return left, top, right, bottom."""
        return self.x, self.y, self.x + self.width, self.y + self.height


@dataclass(frozen=True, slots=True)
class Words:
    """One line of text; `y` is its baseline. `on` names the fill that it stands on, "" for the card itself.

    `full` is the unshortened text, shown as a title where the words were shortened.
    """

    x: float
    y: float
    words: str
    style: Style = "text"
    anchor: Anchor = "start"
    on: FillTone | Literal[""] = ""
    full: str = ""
    kind: ClassVar[str] = "words"

    @property
    def edges(self) -> tuple[float, float, float, float]:
        """Return left, top, right, bottom of the letters."""
        size = SIZES[self.style]
        width = width_of(self.words, size, bold=self.style == "bold", mono=self.style == "code")
        left = self.x - {"start": 0.0, "middle": width / 2, "end": width}[self.anchor]
        return left, self.y - size * 0.76, left + width, self.y + size * 0.22

    @property
    def css(self) -> str:
        """Return the classes of the text."""
        return f"p-{self.style}" + (f" p-on-{self.on}" if self.on else "")

    def colour(self, scheme: palette.Scheme) -> str:
        """Return the colour the words have in a scheme."""
        if self.on:
            return palette.words_on(palette.FILLS[scheme][self.on], scheme)
        return palette.INK[scheme]["second" if self.style == "small" else "ink"]


@dataclass(frozen=True, slots=True)
class Line:
    """A straight line of one of the kinds of stroke."""

    x1: float
    y1: float
    x2: float
    y2: float
    stroke: Stroke = "grid"
    kind: ClassVar[str] = "line"


@dataclass(frozen=True, slots=True)
class Mark:
    """A small shape about a centre; the form tells kinds apart, not the colour alone."""

    x: float
    y: float
    form: Form
    tone: FillTone
    reach: float = 8
    href: str = ""
    title: str = ""
    kind: ClassVar[str] = "mark"

    @property
    def points(self) -> str:
        """Return the corners of the form; nothing for circles and rings."""
        x, y, r = self.x, self.y, self.reach
        corners = {
            "square": [
                (x - r * 0.85, y - r * 0.85),
                (x + r * 0.85, y - r * 0.85),
                (x + r * 0.85, y + r * 0.85),
                (x - r * 0.85, y + r * 0.85),
            ],
            "diamond": [(x, y - r * 1.15), (x + r * 1.15, y), (x, y + r * 1.15), (x - r * 1.15, y)],
            "triangle": [(x, y - r * 1.1), (x + r * 1.1, y + r * 0.85), (x - r * 1.1, y + r * 0.85)],
        }.get(self.form, [])
        return " ".join(f"{tidy(left)},{tidy(top)}" for left, top in corners)


Shape = Box | Words | Line | Mark


@dataclass(frozen=True, slots=True)
class Drawing:
    """Shapes in a box, drawn in order."""

    width: float
    height: float
    shapes: tuple[Shape, ...]

    @property
    def linked(self) -> bool:
        """Say whether a shape is a link; such a drawing is a group to screen readers, not one image."""
        return any(shape.href for shape in self.shapes if isinstance(shape, Box | Mark))


@dataclass(frozen=True, slots=True)
class Figure:
    """A picture as a page shows it: title, one sentence, two drawings, and the table of its values.

    `name` is unique on its page; `described` says in words what the picture shows.
    """

    name: str
    title: str
    lead: str
    described: str
    wide: Drawing
    narrow: Drawing
    table: parts.Table
    csv_url: str = ""

    @property
    def drawings(self) -> list[tuple[str, Drawing]]:
        """Return both drawings with the class of their place."""
        return [("wide", self.wide), ("narrow", self.narrow)]


@dataclass(frozen=True, slots=True)
class Key:
    """One entry of a legend: a bold and a plain word beside the fill, or the mark, that they explain."""

    tone: FillTone
    strong: str
    plain: str
    form: Form | None = None


def legend(keys: Sequence[Key], *, width: float, top: float) -> tuple[list[Shape], float]:
    """Return the keys side by side, wrapped to the width, and the height they take."""
    shapes: list[Shape] = []
    x, y = 0.0, top + 12
    for key in keys:
        plain_at = 20 + (width_of(key.strong, 14, bold=True) + 5 if key.strong else 0.0)
        room = plain_at + width_of(key.plain, 14)
        if x and x + room > width:
            x, y = 0.0, y + 24
        shapes.append(
            Mark(tidy(x + 7), y - 5, key.form, key.tone, 7) if key.form else Box(tidy(x), y - 11, 13, 13, key.tone)
        )
        if key.strong:
            shapes.append(Words(tidy(x + 20), y, key.strong, "bold"))
        shapes.append(Words(tidy(x + plain_at), y, key.plain))
        x += room + 24
    return shapes, y + 10 - top


def faults(drawing: Drawing) -> list[str]:
    """Return what is wrong with a drawing: words that collide, leave the frame, or lack contrast with what is beneath."""
    texts = [shape for shape in drawing.shapes if isinstance(shape, Words) and shape.words]
    found = [
        f"words collide: {a.words!r} and {b.words!r}" for a, b in combinations(texts, 2) if _collide(a.edges, b.edges)
    ]
    for text in texts:
        left, top, right, bottom = text.edges
        if left < -0.5 or top < -0.5 or right > drawing.width + 0.5 or bottom > drawing.height + 0.5:
            found.append(f"words leave the frame: {text.words!r}")
        found += _hard_to_read(text, drawing)
    return found


def _hard_to_read(text: Words, drawing: Drawing) -> list[str]:
    """Compare the words with every fill they touch, and with the card where no fill holds them whole."""
    place = drawing.shapes.index(text)
    beneath = [s for s in drawing.shapes[:place] if isinstance(s, Box) and _collide(text.edges, s.edges)]
    held = any(_inside(text.edges, box.edges) for box in beneath)
    found = []
    for scheme in palette.SCHEMES:
        grounds = [palette.FILLS[scheme][box.tone] for box in beneath] + ([] if held else [palette.GROUND[scheme]])
        worst = min(palette.contrast(text.colour(scheme), ground) for ground in grounds)
        if worst < palette.ENOUGH:
            found.append(f"words lack contrast ({worst:.1f}, {scheme}): {text.words!r}")
    return found


def _collide(a: tuple[float, float, float, float], b: tuple[float, float, float, float]) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def _inside(a: tuple[float, float, float, float], b: tuple[float, float, float, float]) -> bool:
    return a[0] >= b[0] and a[1] >= b[1] and a[2] <= b[2] and a[3] <= b[3]
