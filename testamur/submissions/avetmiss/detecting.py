"""Which release and which state's form a file has: told by what stands where and by lengths, never by who sent it.

An organisation's identifier says nothing: sets of several organisations are sent together, padded with zeros or not.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from testamur.submissions.avetmiss.layout import NatLayout, Place, Tail

_SHORTEST = 8
_DAY = re.compile(r"(?:0[1-9]|[12][0-9]|3[01])(?:0[1-9]|1[0-2])(?:19|20)[0-9]{2}")
_BIRTH = re.compile(r"(?:[0-3@][0-9@])(?:[01@][0-9@])(?:(?:19|20)[0-9]{2}|@{4})")
_FIGURES = re.compile(r"[0-9]{4}")
_FLAG = re.compile(r"[YN]")
_YEAR_AND_FLAG = re.compile(r"(?:19|20)[0-9]{2}[YN]")
_FIELD = re.compile(r"[0-9]{6}| {6}")


@dataclass(frozen=True, slots=True)
class OtherRelease:
    """Another release that a file looks like, and the sign by which it is told."""

    release: str
    sign: str


def _share(lines: Sequence[str], *fields: tuple[int, int, re.Pattern[str]]) -> float:
    """Return the share of lines in which every field (first position, last position, pattern) fits."""
    fitting = sum(all(pattern.fullmatch(line[start - 1 : end]) for start, end, pattern in fields) for line in lines)
    return fitting / len(lines) if lines else 0.0


def other_release(kind: str, lines: Sequence[str]) -> OtherRelease | None:
    """Return the release that a file looks like, if it is not 8.0 (dates, flags and lengths decide)."""
    if not lines:
        return None
    longest = max(len(line) for line in lines)
    if kind == "NAT00120":
        new = _share(lines, (53, 60, _DAY), (61, 68, _DAY))
        old = _share(lines, (43, 50, _DAY), (51, 58, _DAY))
        sign = "The dates stand ten positions earlier: no training organisation identifier comes first."
        which = "release 7.0" if longest >= 102 else "release 6 or 7.0"  # 7.0 without blanks at its ends is as short
    elif kind == "NAT00060":
        new = _share(lines, (113, 118, _FIELD), (119, 119, _FLAG))
        old = _share(lines, (114, 119, _FIELD), (120, 120, _FLAG))
        sign, which = "A subject flag stands at position 1, before the subject identifier.", "release 6 or 7.0"
    elif kind == "NAT00080":
        new = _share(lines, (74, 81, _BIRTH))
        old = _share(lines, (78, 85, _BIRTH), (73, 76, re.compile(r"[0-9@]{4}| {4}")))
        sign = "The year of the highest school level stands before the date of birth."
        which = "release 7.0" if longest > 154 else "release 6"
    elif kind == "NAT00130":
        new = _share(lines, (31, 38, re.compile(r"[0-9]{8}")))
        old = _share(lines, (31, 35, _YEAR_AND_FLAG), (36, 38, re.compile(" *")))
        sign, which = "The completion is given as a year, not as a date.", "release 6 or 7.0"
    else:
        return None
    return OtherRelease(which, sign) if old > 0.5 and old > new else None


def names_fields(line: str, layout: NatLayout) -> bool:
    """Say whether a line holds names of its layout's fields in place of a record: two of them, whole or cut, and no number."""
    plain = " ".join(line.lower().replace("_", " ").split())
    names = {place.name.replace("_", " ")[: max(place.length, _SHORTEST)].strip() for place in layout.places}
    found = sum(name in plain for name in names if len(name) >= _SHORTEST)
    return found >= 2 and not _FIGURES.search(line)


def fits_layout(kind: str, lines: Sequence[str]) -> bool:
    """Say whether a file can be of its kind at all: in tables with separators or pictures nothing stands in place."""
    if not lines:
        return True
    joined = "".join(lines[:50])
    strange = sum(sign < " " and sign not in "\t\0" for sign in joined)
    separated = sum(line.count("\t") > 3 or line.count(",") > 8 for line in lines[:50])
    if strange > len(joined) // 10 or separated > len(lines[:50]) // 2:
        return False
    least = {"NAT00120": (53, 60, _DAY), "NAT00130": (31, 38, re.compile(r"[0-9@ ]{1,8}"))}.get(kind)
    return least is None or len(lines) < 5 or _share(lines, least) > 0


def _plausible(line: str, places: Sequence[Place]) -> bool:
    """Say whether the fields of a tail hold what they may hold, or nothing; one that is not free text holds something."""
    filled = False
    for place in places:
        cell = line[place.start - 1 : place.end].strip()
        if not cell or (place.type == "D" and cell == "0" * place.length):
            continue
        filled = filled or place.type != "A" or bool(place.codes or place.pattern)
        if place.codes and cell not in place.codes:
            return False
        if place.type == "D" and not _DAY.fullmatch(cell):
            return False
        if place.type == "N" and not re.fullmatch(r"[0-9]+", cell):
            return False
        if place.pattern and not re.fullmatch(place.pattern, cell):
            return False
    return filled


def _votes(layout: NatLayout, lines: Sequence[str]) -> Counter[str]:
    """Return how many lines speak for each state's form."""
    votes: Counter[str] = Counter()
    for line in lines:
        if len(line) in layout.known or len(line) <= layout.national:
            continue
        for state, tail in layout.tails.items():
            votes[state] += _weight(line, tail, layout)
    return votes


def _weight(line: str, tail: Tail, layout: NatLayout) -> int:
    """Return how much a line speaks for a state's form: its exact length with fitting fields, or fitting fields alone."""
    if len(line) in tail.lengths:
        free = all(place.type == "A" and not (place.codes or place.pattern) for place in tail.places)
        return 3 if free or not line[tail.after :].strip() or _plausible(line, tail.places) else 0
    if not tail.after < len(line) < tail.lengths[-1] or tail.after < layout.known[-1]:
        return 0
    return int(_plausible(line, tail.places))


def state_of(samples: Mapping[str, tuple[NatLayout, Sequence[str]]]) -> str | None:
    """Return the state in whose form a set is written, or None for the national or authority form."""
    votes: Counter[str] = Counter()
    for layout, lines in samples.values():
        votes.update(_votes(layout, lines))
    best = [state for state, count in votes.most_common(1) if count]
    return best[0] if best else None
