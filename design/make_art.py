"""Draws the register's mark and the hero's rosette, the same woven rings that the documents carry.

Run by hand when the drawing changes: `python design/make_art.py`. Standard library only; the files it writes are
committed.
"""

import math
from pathlib import Path

WEB = Path(__file__).resolve().parents[1] / "testamur" / "web"
SAND, INK, GREEN = "#ecd9ae", "#10262d", "#1c6350"
BOOK = (
    "M50 39.5C45.5 35.8 38.5 34.6 31.5 35.2V61C38.5 60.4 45.5 61.6 50 65.3Z",
    "M50 39.5C54.5 35.8 61.5 34.6 68.5 35.2V61C61.5 60.4 54.5 61.6 50 65.3Z",
)


def wave(radius: float, depth: float, lobes: int, *, phase: float = 0.0, centre: float = 50.0, steps: int = 6) -> str:
    """Return the path of a closed ring that swings `depth` either side of `radius`, `lobes` times around."""
    count = lobes * steps
    points = []
    for step in range(count):
        angle = 2 * math.pi * step / count
        reach = radius + depth * math.sin(lobes * angle + phase)
        points.append((centre + reach * math.cos(angle), centre + reach * math.sin(angle)))
    return smooth(points)


def smooth(points: list[tuple[float, float]]) -> str:
    """Return a closed path of cubic curves through the points (Catmull-Rom)."""
    count = len(points)
    parts = [f"M{points[0][0]:.1f} {points[0][1]:.1f}"]
    for here in range(count):
        before, start, end, after = (points[(here + shift) % count] for shift in (-1, 0, 1, 2))
        first = (start[0] + (end[0] - before[0]) / 6, start[1] + (end[1] - before[1]) / 6)
        second = (end[0] - (after[0] - start[0]) / 6, end[1] - (after[1] - start[1]) / 6)
        parts.append("C" + " ".join(f"{x:.1f} {y:.1f}" for x, y in (first, second, end)))
    return "".join(parts) + "Z"


def mark_body() -> str:
    """Return the mark's shapes, by class, for a 100 × 100 box."""
    rings = "".join(f'<path class="t-seal__weave" d="{wave(40.5, 4, 20, phase=p, steps=4)}"/>' for p in (0, math.pi))
    circles = (
        '<circle class="t-seal__ring" cx="50" cy="50" r="48"/><circle class="t-seal__ring" cx="50" cy="50" r="33"/>'
    )
    pages = "".join(f'<path class="t-seal__page" d="{page}"/>' for page in BOOK)
    left = "".join(f"M35.5 {y}Q41.5 {y - 0.3} 46.5 {y + 2.2}" for y in (42.5, 48, 53.5))
    right = "".join(f"M64.5 {y}Q58.5 {y - 0.3} 53.5 {y + 2.2}" for y in (42.5, 48, 53.5))
    lines = f'<path class="t-seal__line" d="{left}{right}"/>'
    return circles + rings + pages + lines


def write_mark() -> None:
    """Write the favicon: the mark on ink, colours inside, since a favicon has no stylesheet of ours."""
    looks = {
        "ring": f'fill="none" stroke="{SAND}" stroke-width="2"',
        "weave": f'fill="none" stroke="{SAND}" stroke-width="2"',
        "page": f'fill="{SAND}"',
        "line": f'fill="none" stroke="{INK}" stroke-width="1.6"',
    }
    body = mark_body()
    for name, look in looks.items():
        body = body.replace(f'class="t-seal__{name}"', look)
    head = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="-6 -6 112 112">'
    ground = f'<rect x="-6" y="-6" width="112" height="112" rx="20" fill="{INK}"/>'
    (WEB / "static/images/mark.svg").write_text(f"{head}{ground}{body}</svg>\n")
    size = 'width="{{ size }}" height="{{ size }}"'
    svg = f'<svg class="t-seal" {size} viewBox="0 0 100 100" aria-hidden="true" focusable="false">'
    (WEB / "templates/parts/seal.html").write_text(f"{svg}{mark_body()}</svg>\n")


def band(radius: float, depth: float, lobes: int, turns: int, name: str) -> str:
    """Return one woven band: a wave, and the same wave turned until the gaps between lobes are filled."""
    path = wave(radius, depth, lobes, centre=0, steps=6)
    turned = "".join(
        f'<use href="#{name}" transform="rotate({360 / lobes * n / turns:.3f})"/>' for n in range(1, turns)
    )
    return f'<path id="{name}" d="{path}"/>{turned}'


def write_rosette() -> None:
    """Write the rosette behind the hero: four woven bands between hairline rings."""
    bands = [band(392, 58, 48, 8, "a"), band(292, 50, 36, 7, "b"), band(196, 48, 24, 6, "c"), band(108, 40, 16, 5, "d")]
    rings = "".join(f'<circle r="{radius}"/>' for radius in (454, 460, 338, 244, 146, 66, 60))
    head = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="-470 -470 940 940">'
    group = f'<g fill="none" stroke="{SAND}" stroke-width="1" stroke-opacity=".5">{"".join(bands)}{rings}</g>'
    (WEB / "static/images/rosette.svg").write_text(f"{head}{group}</svg>\n")


if __name__ == "__main__":
    write_mark()
    write_rosette()
