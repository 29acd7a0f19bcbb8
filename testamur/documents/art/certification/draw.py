"""Draw frames, ground and rule of certification documents, and the marks of the made-up provider of the examples.

`python -m testamur.documents.art.certification.draw` writes them beside this file; they are committed. Frames, ground and
rule belong to the templates. The crest, seal, signature and watermark named `example-…` stand for what a provider brings.
"""

import math
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from testamur.documents.art.draw import BLOSSOM, GOLD, INK, PAPER, band, rosette

GROUND: Final = "#e9eef1"
BORDER: Final = "#9db0bc"
PORTRAIT: Final = (210.0, 297.0)
_INSET: Final = 10.0
_THICK: Final = 5.2
_WAVE: Final = 4.1


def _svg(box: str, body: str) -> str:
    """Wrap a drawing as one SVG document."""
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{box}">{body}</svg>\n'


def _stroke(paths: Iterable[str], colour: str, weight: float, more: str = "") -> str:
    """Return one stroked SVG path; `more` holds further attributes."""
    return f'<path d="{"".join(paths)}" fill="none" stroke="{colour}" stroke-width="{weight}"{more}/>'


def _rectangle(width: float, height: float, inset: float, colour: str, weight: float) -> str:
    """Return a stroked rectangle inside a page."""
    return (
        f'<rect x="{inset}" y="{inset}" width="{width - 2 * inset:g}" height="{height - 2 * inset:g}" fill="none" '
        f'stroke="{colour}" stroke-width="{weight}"/>'
    )


def _corner(x: float, y: float) -> str:
    """Return a small rosette for a corner of the frame."""
    woven = _stroke(rosette(2.55, 0.75, 12, 3), GOLD, 0.16)
    return f'<g transform="translate({x:g} {y:g})"><circle r="3.9" fill="{PAPER}"/>{woven}<circle r="1.2" fill="{GOLD}"/></g>'


def frame(width: float, height: float) -> str:
    """Return the engraved frame of a page in millimetres: woven bands between lines, rosettes in the corners."""
    middle = _INSET + _THICK / 2
    parts = [
        _rectangle(width, height, _INSET - 0.9, INK, 0.55),
        _rectangle(width, height, _INSET + _THICK + 0.9, GOLD, 0.3),
    ]
    for length, turns in ((width - 2 * middle, (0, 180)), (height - 2 * middle, (90, 270))):
        woven = _stroke(band(length, _THICK * 0.86, round(length / _WAVE), 5, pieces=4), BORDER, 0.13)
        for turn in turns:
            parts.append(
                f'<g transform="translate({width / 2:g} {height / 2:g}) rotate({turn}) translate({-length / 2:g} '
                f'{-(height if turn % 180 == 0 else width) / 2 + middle - _THICK * 0.43:g})">{woven}</g>'
            )
    parts += [_corner(x, y) for x in (middle, width - middle) for y in (middle, height - middle)]
    return _svg(f"0 0 {width:g} {height:g}", "".join(parts))


def ground() -> str:
    """Return the pale woven ground behind the text of a testamur: three rings about an open middle."""
    rings = (
        _stroke(rosette(84, 14, 60, 5, pieces=4), GROUND, 0.3)
        + _stroke(rosette(62, 8, 48, 4, pieces=4), GROUND, 0.3)
        + _stroke(rosette(47, 5, 36, 3, pieces=4), GROUND, 0.3)
    )
    return _svg("-100 -100 200 200", rings)


def rule() -> str:
    """Return a swelled rule: a line that is full in its middle, with a lozenge, and runs out to both sides."""
    swell = "M0 5C40 4.5 70 4.2 92 4.2L92 5.8C70 5.8 40 5.5 0 5ZM200 5C160 4.5 130 4.2 108 4.2L108 5.8C130 5.8 160 5.5 200 5Z"
    lozenge = "M96 5L100 1.4L104 5L100 8.6Z"
    return _svg("0 0 200 10", f'<path d="{swell}{lozenge}" fill="{GOLD}"/>')


def _sprig() -> str:
    """Return the wattle in the chief of the example's shield: a bough with balls of blossom."""
    balls = ((-20, -27, 3.3), (-13, -31.5, 3.7), (-5.2, -28, 3.3), (3.2, -32, 3.8), (11, -28.2, 3.3), (19, -31.6, 3.5))
    circles = "".join(f'<circle cx="{x}" cy="{y}" r="{r}"/>' for x, y, r in balls)
    bough = '<path d="M-27-22C-14-26 8-27 27-22" fill="none" stroke="#e2bd62" stroke-width="1"/>'
    leaves = '<path d="M-24-23C-21-19-17-18-13-20C-16-23-20-24-24-23ZM24-23C21-19 17-18 13-20C16-23 20-24 24-23Z"/>'
    return f'<g fill="{BLOSSOM}">{circles}{leaves}</g>{bough}'


def _book() -> str:
    """Return the open book in the base of the shield."""
    leaves = "M0 19C-6 15-13 15-19 16.6V31C-13 29.4-6 29.6 0 33.4C6 29.6 13 29.4 19 31V16.6C13 15 6 15 0 19Z"
    lines = "".join(
        f"M{side * 3.4:g} {22 + down:g}C{side * 7.5:g} {20 + down:g} {side * 11.5:g} {19.6 + down:g} {side * 16:g} {20.6 + down:g}"
        for side in (-1, 1)
        for down in (0, 3.4, 6.8)
    )
    return f'<path d="{leaves}" fill="{PAPER}"/><path d="{lines}M0 19V33.4" fill="none" stroke="{INK}" stroke-width="0.8"/>'


def crest(scale: float = 1.0) -> str:
    """Return the example provider's crest: a shield with a ridge of three peaks under wattle, over an open book."""
    shield = "M-34-42H34V4C34 26 19 40 0 49C-19 40-34 26-34 4Z"
    inner = "M-31-39H31V4C31 24 17.5 37 0 45.4C-17.5 37-31 24-31 4Z"
    ridge = "M-31 9L-17-9L-9 0L2-16L13 0L19-7L31 9V4.4L19-12L13-5.5L2-21.6L-9-5.5L-17-14L-31 4.4Z"
    return (
        f'<g transform="scale({scale:g})"><path d="{shield}" fill="{INK}"/>'
        f'<path d="{inner}" fill="none" stroke="{BLOSSOM}" stroke-width="1"/>'
        f'<path d="{ridge}" fill="{BLOSSOM}"/>{_sprig()}{_book()}</g>'
    )


def seal() -> str:
    """Return the example provider's seal: woven rings with a scalloped rim about its crest."""
    points = ((95.5 + 3.5 * (step % 2), math.pi * step / 60) for step in range(120))
    rim = "M" + "L".join(f"{radius * math.cos(turn):.2f} {radius * math.sin(turn):.2f}" for radius, turn in points)
    woven = _stroke(rosette(79, 12, 40, 6, pieces=4), GOLD, 0.5) + _stroke(rosette(60, 5, 48, 3, pieces=4), GOLD, 0.4)
    circles = "".join(
        f'<circle r="{radius}" fill="none" stroke="{GOLD}" stroke-width="{weight}"/>'
        for radius, weight in ((92.5, 1.1), (66, 0.6), (53.5, 1.1), (51, 0.4))
    )
    return _svg(
        "-100 -100 200 200",
        f'<path d="{rim}Z" fill="{PAPER}" stroke="{GOLD}" stroke-width="0.9"/>{woven}{circles}{crest(0.8)}',
    )


def watermark() -> str:
    """Return the example provider's unique watermark: its crest in the palest tone inside two woven rings."""
    woven = _stroke(rosette(80, 14, 52, 5, pieces=4), GROUND, 0.3) + _stroke(
        rosette(60, 6, 44, 3, pieces=4), GROUND, 0.3
    )
    pale = crest(0.95).replace(INK, GROUND).replace(BLOSSOM, PAPER)
    return _svg("-100 -100 200 200", woven + pale)


def signature(strokes: str) -> str:
    """Return a made-up signature."""
    drawn = f'<path d="{strokes}" fill="none" stroke="{INK}" stroke-width="1.5" stroke-linecap="round" stroke-linejoin="round"/>'
    return _svg("0 0 150 44", drawn)


_FIRST_HAND: Final = (
    "M6 33C12 20 20 7 25 8C30 9 20 30 17 37C24 22 33 6 38 9C43 12 32 29 33 34C34 38 41 30 45 25C47 22 52 22 50 27C48 33 43 "
    "34 44 30C45 25 53 24 55 26C56 29 55 33 58 31C62 27 64 24 67 25C69 27 65 33 69 31C75 28 77 18 82 9C85 4 88 6 85 12C80 22 "
    "76 33 80 33C85 33 89 25 92 25C95 26 91 33 95 32C101 30 101 25 106 25C109 26 104 33 109 32C120 30 128 24 146 22"
)
_SECOND_HAND: Final = (
    "M8 14C20 5 33 6 30 15C27 24 14 30 12 36C10 41 22 37 30 30C36 25 39 22 42 24C44 26 39 33 43 32C48 31 50 24 54 24C57 25 53 "
    "32 57 31C64 29 68 12 74 8C78 6 77 13 73 20C69 28 66 38 69 36C74 32 77 25 82 24C86 24 81 32 86 31C92 29 94 24 98 25C100 "
    "26 98 31 102 30C112 27 122 29 138 17"
)


def drawings() -> dict[str, str]:
    """Return every file of this folder by its name."""
    return {
        "frame-portrait.svg": frame(*PORTRAIT),
        "frame-landscape.svg": frame(*reversed(PORTRAIT)),
        "ground.svg": ground(),
        "rule.svg": rule(),
        "example-crest.svg": _svg("-36 -44 72 95", crest()),
        "example-seal.svg": seal(),
        "example-watermark.svg": watermark(),
        "example-signature.svg": signature(_FIRST_HAND),
        "example-signature-2.svg": signature(_SECOND_HAND),
    }


if __name__ == "__main__":
    for name, drawing in drawings().items():
        Path(__file__).with_name(name).write_text(drawing)
