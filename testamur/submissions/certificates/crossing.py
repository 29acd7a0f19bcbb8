"""Rules that need more than one certificate of a file: a number that stands twice, and one student with two particulars."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_PARTICULARS = ("birth", "name", "gender")


@dataclass(frozen=True, slots=True)
class Key:
    """What a certificate is compared by: its row, number, everything it says, and its student's particulars."""

    row: int
    number: str
    content: int
    student: str
    birth: str
    name: str
    gender: str


@dataclass(frozen=True, slots=True)
class Crossed:
    """A rule across rows that applies: its kind, the row, and the row that it is compared with."""

    kind: str
    row: int
    other: int


def same_numbers(keys: Sequence[Key]) -> Iterator[Crossed]:
    """Yield certificates whose number stands twice: `same_row` for repeats, `same_number` for every row that contradicts."""
    groups: dict[str, list[Key]] = {}
    for key in keys:
        groups.setdefault(key.number, []).append(key)
    for group in groups.values():
        first: dict[int, Key] = {}
        for key in group:
            first.setdefault(key.content, key)
        if len(first) > 1:
            for key in group:
                other = group[0] if key.content != group[0].content else next(iter(list(first.values())[1:]))
                yield Crossed("same_number", key.row, other.row)
        else:
            yield from (Crossed("same_row", key.row, group[0].row) for key in group[1:])


def contradictions(keys: Sequence[Key]) -> Iterator[Crossed]:
    """Yield rows of a student whose birth date, name or gender is another than in the student's first row."""
    first: dict[str, Key] = {}
    for key in keys:
        known = first.setdefault(key.student, key)
        for name in _PARTICULARS:
            mine, theirs = getattr(key, name), getattr(known, name)
            if mine and theirs and mine != theirs:
                yield Crossed(f"other_{name}", key.row, known.row)
