"""Draw the register's crest, seal and woven ribbon as SVG files: `python -m testamur.documents.art.draw`.

The files are committed, because art that Typst computes costs twenty times what a ready file costs. The crest is the
register's own: an open book under a rising sun of wattle blossom. No crown, no coat of arms, no scheme's logo.
"""

import math
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

INK: Final = "#12324a"
GOLD: Final = "#b08a3a"
BLOSSOM: Final = "#e2bd62"
PALE: Final = "#d9e2e8"
PAPER: Final = "#ffffff"

_Point = tuple[float, float]


def _number(value: float) -> str:
    """Write a coordinate with two decimals and no needless zeros."""
    return f"{value:.2f}".rstrip("0").rstrip(".").replace("-0", "0") if abs(value) < 0.005 else f"{value:.2f}"


def _smooth(curve: Callable[[float], _Point], start: float, end: float, steps: int) -> str:
    """Return path data through a curve: one cubic Bézier a step, tangents from central differences."""
    width = (end - start) / steps
    tiny = width / 100

    def tangent(at: float) -> _Point:
        (x0, y0), (x1, y1) = curve(at - tiny), curve(at + tiny)
        return (x1 - x0) / (2 * tiny), (y1 - y0) / (2 * tiny)

    x, y = curve(start)
    parts = [f"M{_number(x)} {_number(y)}"]
    for step in range(steps):
        a, b = start + step * width, start + (step + 1) * width
        (ax, ay), (bx, by) = curve(a), curve(b)
        (ta, sa), (tb, sb) = tangent(a), tangent(b)
        third = width / 3
        points = (ax + ta * third, ay + sa * third, bx - tb * third, by - sb * third, bx, by)
        parts.append("C" + " ".join(_number(value) for value in points))
    return "".join(parts)


def rosette(radius: float, depth: float, lobes: int, strands: int, *, pieces: int = 6) -> Iterable[str]:
    """Yield the woven strands of a ring: sine waves around a circle, each turned by a fraction of a lobe.

    A lobe is drawn in so many `pieces`.
    """
    for strand in range(strands):
        turn = 2 * math.pi * strand / strands

        def curve(angle: float, turn: float = turn) -> _Point:
            r = radius + depth * math.sin(lobes * angle + turn)
            return r * math.cos(angle), r * math.sin(angle)

        yield _smooth(curve, 0, 2 * math.pi, lobes * pieces)


def band(width: float, height: float, waves: int, strands: int, *, pieces: int = 6) -> Iterable[str]:
    """Yield the woven strands of a ribbon: sine waves inside an envelope that swells and narrows along its length.

    A wave is drawn in so many `pieces`.
    """
    for strand in range(strands):
        turn = 2 * math.pi * strand / strands

        def curve(x: float, turn: float = turn) -> _Point:
            along = 2 * math.pi * x / width
            swell = 0.7 + 0.3 * math.cos(6 * along + turn)
            return x, height / 2 * (1 + swell * math.sin(waves * along + turn))

        yield _smooth(curve, 0, width, waves * pieces)


def _strokes(paths: Iterable[str], colour: str, weight: float) -> str:
    """Return one SVG path that strokes all strands."""
    return f'<path d="{"".join(paths)}" fill="none" stroke="{colour}" stroke-width="{weight}"/>'


def _blossom() -> str:
    """Return the sun of wattle blossom: three rows of dots in rays over the book, larger towards the rim."""
    dots = []
    for ray in range(9):
        angle = math.pi * (0.1 + 0.8 * ray / 8)
        for row, size in enumerate((1.15, 1.6, 2.1)):
            away = 13.5 + 6.1 * row
            x, y = away * math.cos(angle), 3 - away * math.sin(angle)
            dots.append(f'<circle cx="{_number(x)}" cy="{_number(y)}" r="{size}"/>')
    return f'<g fill="{BLOSSOM}">{"".join(dots)}</g>'


def _book() -> str:
    """Return the open book: two leaves, a gutter and three lines of writing on each leaf."""
    left = "M0 9C-7 4.6-15 4.4-23 6.4V23.4C-15 21.4-7 21.6 0 26Z"
    right = "M0 9C7 4.6 15 4.4 23 6.4V23.4C15 21.4 7 21.6 0 26Z"
    lines = ""
    for side in (-1, 1):
        for down in (0.0, 4.1, 8.2):
            bend = f"{side * 8.5} {10.1 + down:.1f} {side * 14} {9.6 + down:.1f} {side * 19.5} {10.6 + down:.1f}"
            lines += f"M{side * 4} {12.2 + down:.1f}C{bend}"
    return (
        f'<path d="{left}{right}" fill="{PAPER}"/>'
        f'<path d="{lines}" fill="none" stroke="{INK}" stroke-width="0.9" stroke-linecap="round"/>'
        f'<path d="M0 9V26" stroke="{INK}" stroke-width="0.8"/>'
        f'<circle cx="0" cy="2.2" r="5.2" fill="{BLOSSOM}"/>'
    )


def crest(scale: float = 1.0) -> str:
    """Return the crest as an SVG group about the origin, 80 units across at scale 1."""
    return (
        f'<g transform="scale({scale})"><circle r="40" fill="{INK}"/>'
        f'<circle r="37" fill="none" stroke="{BLOSSOM}" stroke-width="0.9"/>{_blossom()}{_book()}</g>'
    )


def _svg(box: str, body: str) -> str:
    """Wrap a drawing as one SVG document."""
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{box}">{body}</svg>\n'


def drawings() -> dict[str, str]:
    """Return every file of the art folder by its name."""
    seal = (
        _strokes(rosette(83, 13, 36, 6), GOLD, 0.42)
        + _strokes(rosette(63, 6, 48, 4), GOLD, 0.38)
        + f'<circle r="98" fill="none" stroke="{GOLD}" stroke-width="1"/>'
        + f'<circle r="55" fill="none" stroke="{GOLD}" stroke-width="1"/>'
        + f'<circle r="52.5" fill="none" stroke="{GOLD}" stroke-width="0.4"/>'
        + crest(1.16)
    )
    ribbon = _strokes(band(1000, 26, 40, 8), PALE, 0.6)
    return {
        "crest.svg": _svg("-40 -40 80 80", crest()),
        "seal.svg": _svg("-100 -100 200 200", seal),
        "ribbon.svg": _svg("0 -2 1000 30", ribbon),
    }


if __name__ == "__main__":
    for name, drawing in drawings().items():
        Path(__file__).with_name(name).write_text(drawing)
