"""Made-up students of many providers, some of them one person, and the truth about which: what linkage is measured on.

A person's first record is nearly as it should be; each further record, at another provider, is what years and other hands
make of it: marriages (with or without the former name known), moves, short forms, slips of the keyboard, given and family
name in each other's place, day and month exchanged, dates known to the year only, placeholders. Twins, brothers and sisters and
namesakes stand among them. The same seed gives the same students.
"""

import random
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final

import polars as pl

from testamur.service.synthetic.linkage_names import Pool, pools, short_form
from testamur.students.linkage.frame import RAW

PEOPLE_SHARE: Final = 0.7  # of 200,000 students 140,000 are different people
_PROVIDERS: Final = 400
_FIRST_BIRTH: Final = date(1955, 1, 1)
_BIRTH_DAYS: Final = 50 * 365
_POSTCODES: Final = 2_600
_ALPHABET: Final = "abcdefghijklmnopqrstuvwxyz"
_MAIL: Final = ("mail.example", "post.example", "inbox.example", "student.example")


@dataclass(frozen=True, slots=True)
class Human:
    """Who somebody is at one time of their life."""

    person: int
    woman: bool
    given: str
    others: str
    family: str
    maiden: str
    born: date
    postcode: str
    email: str
    number: str


@dataclass(frozen=True, slots=True)
class Population:
    """Students as providers lodged them (frame.RAW), and the person of each."""

    students: pl.DataFrame
    truth: dict[int, int]

    def true_pairs(self) -> set[tuple[int, int]]:
        """Return every pair of students (lower number first) who are one person at different providers."""
        by_person: dict[int, list[int]] = {}
        for student, person in self.truth.items():
            by_person.setdefault(person, []).append(student)
        return {
            (one, other)
            for group in by_person.values()
            for one in group
            for other in group
            if one < other
        }  # fmt: skip


class _Maker:
    """Draws people and what becomes of their records."""

    def __init__(self, seed: int) -> None:
        self.source = random.Random(seed)  # noqa: S311 - made-up people that must be the same for every run
        self.surnames, self.women, self.men = pools(random.Random(1))  # noqa: S311 - one country for every seed
        self.postcodes = Pool([f"{800 + 3 * place:04d}" for place in range(_POSTCODES)], shift=400)

    def human(self, person: int, model: Human | None = None) -> Human:
        """Return a new person; with a model, a brother, sister or twin of theirs."""
        source, woman = self.source, self.source.random() < 0.52
        given = (self.women if woman else self.men).draw(source)
        others = (self.women if woman else self.men).draw(source) if source.random() < 0.7 else ""
        family = model.maiden if model else self.surnames.draw(source)
        born = _FIRST_BIRTH + timedelta(days=source.randrange(_BIRTH_DAYS))
        if model:
            born = model.born if source.random() < 0.25 else model.born + timedelta(days=source.randrange(400, 3_000))
        postcode = model.postcode if model and source.random() < 0.7 else self.postcodes.draw(source)
        email = self.address(given, family)
        return Human(person, woman, given, others, family, family, born, postcode, email, f"V{person:09d}")

    def address(self, given: str, family: str) -> str:
        """Return an e-mail address."""
        local = self.source.choice((f"{given}.{family}", f"{given[0]}{family}", f"{family}{given[:3]}"))
        return f"{local}{self.source.randrange(1, 2_000)}@{self.source.choice(_MAIL)}"

    def later(self, human: Human) -> tuple[Human, bool]:
        """Return the person some years on; the second value says whether the new provider knows the former name."""
        source, changed, knows = self.source, human, False
        if human.woman and source.random() < 0.15:
            changed = replace(changed, family=self.surnames.draw(source))
            knows = source.random() < 0.35
        if source.random() < 0.40:
            changed = replace(changed, postcode=self.postcodes.draw(source))
        if source.random() < 0.45:
            changed = replace(changed, email=self.address(changed.given, changed.family))
        return changed, knows

    def typo(self, word: str) -> str:
        """Return a word with one slip: a letter left out, doubled, replaced, or two in the wrong order."""
        if len(word) < 3:
            return word
        at, kind = self.source.randrange(1, len(word) - 1), self.source.randrange(4)
        if kind == 0:
            return word[:at] + word[at + 1 :]
        if kind == 1:
            return word[:at] + word[at] + word[at:]
        if kind == 2:
            return word[:at] + self.source.choice(_ALPHABET) + word[at + 1 :]
        return word[:at] + word[at + 1] + word[at] + word[at + 2 :]

    def row(self, student: int, human: Human, former: list[str], *, copied: bool) -> dict[str, object]:
        """Return a student's row as a provider keeps it; `copied` marks the records of later years, which have more faults."""
        source, more = self.source, 1.0 if copied else 0.15
        given, others, family = human.given, human.others, human.family
        if source.random() < 0.10 * more:
            given = short_form(given, source)
        if source.random() < 0.06 * more:
            given = self.typo(given)
        if source.random() < 0.08 * more:
            family = self.typo(family)
        if source.random() < 0.25:
            others = "" if source.random() < 0.6 else others[:1]
        if source.random() < 0.05 * more:
            given, family, others = family, given, others
        return {
            "student_id": student,
            "family_name": family.title(),
            "given_names": f"{given} {others}".strip().title(),
            "former_names": former,
            **self.birth(human.born, more),
            "postcode": human.postcode if source.random() < 0.93 else None,
            "email": human.email if source.random() < 0.6 else None,
            "verified": human.number if source.random() < 0.2 else None,
        }

    def birth(self, born: date, more: float) -> dict[str, object]:
        """Return a birth date with what goes wrong with dates: exchanged, mistyped, known in part, or a placeholder."""
        source, chance = self.source, self.source.random()
        if chance < 0.03 * more and born.day <= 12:
            born = born.replace(month=born.day, day=born.month)
        elif chance < 0.05 * more:
            born = self.mistyped(born)
        first, last, precision, placeholder = born, born, "day", False
        known = source.random()
        if known < 0.010 * more:
            first, last, precision = born.replace(month=1, day=1), born.replace(month=12, day=31), "year"
        elif known < 0.018 * more:
            first, precision = born.replace(day=1), "month"
            last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
        elif known < 0.026 * more:
            first = last = date(1901, 1, 1)
            placeholder = source.random() < 0.5  # some senders do not say so: the date itself is known for one
        return {"birth_earliest": first, "birth_latest": last, "birth_precision": precision,
                "birth_placeholder": placeholder}  # fmt: skip

    def mistyped(self, born: date) -> date:
        """Return a date one of whose figures is another."""
        which = self.source.randrange(3)
        if which == 0:
            return born.replace(year=born.year + self.source.choice((-10, -1, 1, 10)), day=min(born.day, 28))
        if which == 1:
            return born.replace(month=self.source.randrange(1, 13), day=min(born.day, 28))
        return born.replace(day=self.source.randrange(1, 29))


def population(students: int, *, seed: int) -> Population:
    """Return so many made-up students, at least 10, of whom seven in ten are different people."""
    maker = _Maker(seed)
    people: list[Human] = []
    for person in range(int(students * PEOPLE_SHARE)):
        relative = people[-1] if people and maker.source.random() < 0.06 else None
        people.append(maker.human(person, relative))
    rows: list[dict[str, object]] = []
    truth: dict[int, int] = {}
    places: dict[int, set[int]] = {}
    for human in people:
        _add(maker, rows, truth, places, human, [], copied=False)
    while len(rows) < students:
        person = maker.source.randrange(len(people))
        changed, knows = maker.later(people[person])
        former = [people[person].family.title()] if knows else []
        _add(maker, rows, truth, places, changed, former, copied=True)
        people[person] = changed
    frame = pl.DataFrame(rows, schema=RAW, orient="row")
    return Population(frame, truth)


def _add(
    maker: _Maker,
    rows: list[dict[str, object]],
    truth: dict[int, int],
    places: dict[int, set[int]],
    human: Human,
    former: list[str],
    *,
    copied: bool,
) -> None:
    """Add a record of a person at a provider where they have none."""
    attended = places.setdefault(human.person, set())
    provider = maker.source.randrange(_PROVIDERS)
    while provider in attended:
        provider = maker.source.randrange(_PROVIDERS)
    attended.add(provider)
    student = len(rows) + 1
    rows.append({**maker.row(student, human, former, copied=copied), "provider_id": provider + 1})
    truth[student] = human.person
