"""A state machine as SVG: every state a column, every move an arrow from column to column, read from top to bottom.

Arrows that would touch take different lines, so no label ever covers another. Sizes are in pixels; the drawing follows
the reader's light or dark setting.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

from testamur.kernel.states import Machine

_GAP: Final = 14
_HEAD_TOP: Final = 12
_HEAD_LINE: Final = 16
_LINE: Final = 34
_LETTER: Final = 7.3
_MARGIN: Final = 16
_LOOP: Final = 26

_STYLE: Final = """
    svg { background: #fbfaf7; font: 13px/1.2 "Public Sans", Arial, sans-serif; }
    text { fill: #14231c; text-anchor: middle; }
    .verb { font-size: 12px; paint-order: stroke; stroke: #fbfaf7; stroke-width: 5px; stroke-linejoin: round; }
    .state { fill: #ffffff; stroke: #1f5a43; stroke-width: 1.5; }
    .first { stroke-width: 3.5; }
    .final { stroke-dasharray: 5 3; }
    .life { stroke: #b9c4bd; stroke-width: 1; }
    .move { fill: none; stroke: #1f5a43; stroke-width: 1.6; }
    .head { fill: #1f5a43; }
    @media (prefers-color-scheme: dark) {
      svg { background: #121a16; }
      text { fill: #e8efe9; }
      .verb { stroke: #121a16; }
      .state { fill: #1c2822; stroke: #8fd0b2; }
      .life { stroke: #3f5248; }
      .move { stroke: #8fd0b2; }
      .head { fill: #8fd0b2; }
    }
"""


@dataclass(frozen=True, slots=True)
class _Column:
    """Where one state stands: its middle and width, and its name in lines."""

    state: str
    middle: float
    width: float
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Arrow:
    """One move: from where to where, its words, and the space that it takes from left to right."""

    start: float
    end: float
    verb: str

    @property
    def middle(self) -> float:
        """Return where the words stand."""
        return (self.start + self.end) / 2 if self.start != self.end else self.start + _LOOP + _width(self.verb) / 2

    @property
    def span(self) -> tuple[float, float]:
        """Return the leftmost and rightmost point."""
        half = _width(self.verb) / 2
        return min(self.start, self.end, self.middle - half), max(self.start, self.end, self.middle + half)


def drawing(title: str, machine: Machine) -> str:
    """Return the drawing of a machine as one SVG document; the same machine gives the same bytes."""
    columns = _columns(machine)
    rows = _rows(_arrows(machine, columns))
    head = _HEAD_TOP + _HEAD_LINE * max(len(column.lines) for column in columns) + 16
    height = head + _LINE * len(rows) + 24
    spans = [arrow.span for row in rows for arrow in row]
    left = min([0.0, *(span[0] - _MARGIN for span in spans)])
    right = max([columns[-1].middle + columns[-1].width / 2, *(span[1] for span in spans)]) + _MARGIN
    body = [
        *(_lifeline(column, head, height) for column in columns),
        *(_state(column, machine, head) for column in columns),
        *(_move(arrow, head + _LINE * (number + 1)) for number, row in enumerate(rows) for arrow in row),
    ]
    box = f"{left:.0f} 0 {right - left:.0f} {height}"
    opening = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{box}" width="{right - left:.0f}" role="img">'
    described = f"  <title>{escape(title)}</title>\n  <desc>{escape(_description(machine))}</desc>"
    return "\n".join([opening, described, f"  <style>{_STYLE}  </style>", *body, "</svg>"]) + "\n"


def _description(machine: Machine) -> str:
    """Return the drawing in words, for those who hear it."""
    return " ".join(
        f"From {_words(state)}: "
        + "; ".join(f"{_words(v)} leads to {_words(machine.move(state, v))}" for v in verbs)
        + "."
        for state in machine.states
        if (verbs := machine.verbs(state))
    )


def _columns(machine: Machine) -> list[_Column]:
    """Return a column for each state, from left to right."""
    columns, left = [], float(_MARGIN)
    for state in machine.states:
        lines = tuple(_words(state).split())
        width = max(84.0, _width(max(lines, key=len)) + 22)
        columns.append(_Column(state, left + width / 2, width, lines))
        left += width + _GAP
    return columns


def _arrows(machine: Machine, columns: Sequence[_Column]) -> list[_Arrow]:
    """Return an arrow for each move, in the order of the states."""
    at = {column.state: column.middle for column in columns}
    return [
        _Arrow(at[state], at[machine.move(state, verb)], _words(verb))
        for state in machine.states
        for verb in machine.verbs(state)
    ]


def _rows(arrows: Sequence[_Arrow]) -> list[list[_Arrow]]:
    """Return the arrows in lines: each in the first line where it touches no other."""
    rows: list[list[_Arrow]] = []
    for arrow in arrows:
        earliest = next((n for n, row in enumerate(rows) if all(_apart(arrow, other) for other in row)), len(rows))
        if earliest == len(rows):
            rows.append([])
        rows[earliest].append(arrow)
    return rows


def _apart(one: _Arrow, other: _Arrow) -> bool:
    """Say whether two arrows may share a line."""
    return one.span[1] + _GAP < other.span[0] or other.span[1] + _GAP < one.span[0]


def _lifeline(column: _Column, head: int, height: int) -> str:
    """Return the line below a state."""
    x = f"{column.middle:.1f}"
    return f'  <line class="life" x1="{x}" y1="{head}" x2="{x}" y2="{height - 10}"/>'


def _state(column: _Column, machine: Machine, head: int) -> str:
    """Return a state's box: thick for the first state, dashed for a final one."""
    kind = " first" if column.state == machine.initial else "" if machine.verbs(column.state) else " final"
    left = f"{column.middle - column.width / 2:.1f}"
    box = f'  <rect class="state{kind}" x="{left}" y="{_HEAD_TOP}" width="{column.width:.1f}" height="{head - _HEAD_TOP}" rx="6"/>'
    top = (_HEAD_TOP + head) / 2 - _HEAD_LINE * (len(column.lines) - 1) / 2 + 4.5
    texts = [
        f'  <text x="{column.middle:.1f}" y="{top + _HEAD_LINE * number:.1f}">{escape(line)}</text>'
        for number, line in enumerate(column.lines)
    ]
    return "\n".join([box, *texts])


def _move(arrow: _Arrow, y: int) -> str:
    """Return an arrow with its verb above it; a move back to the same state is a loop."""
    x1, x2 = f"{arrow.start:.1f}", f"{arrow.end:.1f}"
    text_y = y - 6
    if arrow.start == arrow.end:
        path, sign, text_y = f"M {x1} {y - 14} c {_LOOP} 0 {_LOOP} 14 0 14", -1, y - 3
    else:
        path, sign = f"M {x1} {y} H {x2}", 1 if arrow.end > arrow.start else -1
    tip = f"M {x2} {y} l {-9 * sign} -4.5 v 9 z"
    label = f'<text class="verb" x="{arrow.middle:.1f}" y="{text_y}">{escape(arrow.verb)}</text>'
    return f'  <path class="move" d="{path}"/><path class="head" d="{tip}"/>{label}'


def _width(text: str) -> float:
    """Return about how wide a text is."""
    return _LETTER * len(text)


def _words(name: str) -> str:
    """Return an identifier as words."""
    return str(name).replace("_", " ")
