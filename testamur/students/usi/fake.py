"""A made-up USI Registry inside this process, for the demo and the tests: it knows nineteen public test numbers and nobody else.

The numbers stand in public test code and belong to no one; the people are invented. It compares as the Registry does and
answers Valid, Invalid, Deactivated, partial matches, errors and time-outs. Every page that shows an answer of it says so.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from testamur.students.usi.registry import (
    Answer,
    BulkAnswer,
    BulkVerifyUSI,
    Match,
    Question,
    TimedOut,
    USIStatus,
    VerifyUSI,
    error_of,
)

NAME: Final = "fake"
ORG_CODE: Final = "FAKE01"
NOT_AUTHORISED_ORG: Final = "NOAUTH"
CLOSED_ORG: Final = "CLOSED"


@dataclass(frozen=True, slots=True)
class FakePerson:
    """An invented person behind a public test number."""

    birth_date: date
    first_name: str = ""
    family_name: str = ""
    single_name: str = ""
    status: USIStatus = USIStatus.VALID


PEOPLE: Final[Mapping[str, FakePerson]] = {
    "PCVA64XU3D": FakePerson(date(1996, 8, 27), "Grace", "Nguyen"),
    "ZTCP6RPU6M": FakePerson(date(1988, 2, 29), "Oskar", "Lindqvist"),
    "KLP2ZP6NCW": FakePerson(date(1979, 11, 3), "Mirela", "Horvat"),
    "G2RN4G89SD": FakePerson(date(2001, 1, 31), "Tavita", "Leota"),
    "SYWQ7D4YBT": FakePerson(date(1990, 6, 14), "Rosheen", "O'Dowd"),
    "CVPZXK7N9H": FakePerson(date(1985, 4, 9), "Anh", "Pham"),
    "QBK9UZYQNJ": FakePerson(date(1999, 12, 24), single_name="Suharti"),
    "W2NBT2FW66": FakePerson(date(1968, 7, 17), "Desmond", "Whitcombe", status=USIStatus.DEACTIVATED),
    "TSXEDK8HVP": FakePerson(date(1994, 3, 5), "Noor", "Rahimi"),
    "XNY5NV9WG9": FakePerson(date(1992, 10, 20), "Ewan", "Kilbride"),
    "HQ9HHNJC3J": FakePerson(date(1983, 5, 30), "Leilani", "Makoa"),
    "22A99SQAP5": FakePerson(date(2000, 9, 1), "Jarrah", "Tindale"),
    "22AR5X7BUG": FakePerson(date(1975, 1, 12), "Bettina", "Krause", status=USIStatus.DEACTIVATED),
    "BNGH7C75FN": FakePerson(date(1997, 6, 6), "Samir", "Haddad"),
    "BP6LKB3C7X": FakePerson(date(1989, 8, 8), single_name="Thiruvalluvan"),
    "DG6K5YHPP3": FakePerson(date(1993, 2, 18), "Ingrid", "Mossvale"),
    "PDGGW5XLXW": FakePerson(date(1981, 12, 2), "Paolo", "Ferrante"),
    "RVJ5DM8LXJ": FakePerson(date(1998, 4, 27), "Kirra", "Dunmore"),
    "U6Q8JN6UD9": FakePerson(date(1987, 9, 15), "Wei", "Zhang"),
}
# In the demo these two show what goes wrong: a call with the first times out once, the second makes any call invalid.
SLOW_ONCE: Final = frozenset({"U6Q8JN6UD9"})
UNREADABLE: Final = frozenset({"RVJ5DM8LXJ"})


def _same(held: str, sent: str) -> Match:
    """Compare two names without capitals and without doubled spaces."""
    return Match.MATCH if held.casefold().split() == sent.casefold().split() else Match.NO_MATCH


class FakeRegistry:
    """Answers from a table of invented people.

    `faults` are raised by the next calls, one each (None: answer); `disorder` changes the lines of each bulk answer: their
    order, doubles, gaps. `slow_once` and `unreadable` are numbers that trouble the call that they stand in. `calls` counts.
    """

    name = NAME

    def __init__(
        self,
        people: Mapping[str, FakePerson] = PEOPLE,
        *,
        faults: Iterable[Exception | None] = (),
        disorder: Callable[[Sequence[BulkAnswer]], Sequence[BulkAnswer]] = tuple,
        slow_once: Iterable[str] = (),
        unreadable: Iterable[str] = (),
        org_code: str = ORG_CODE,
    ) -> None:
        self.org_code = org_code
        self.calls: list[int] = []
        self._people = people
        self._faults: Iterator[Exception | None] = iter(faults)
        self._disorder = disorder
        self._slow = set(slow_once)
        self._unreadable = frozenset(unreadable)

    def verify(self, request: VerifyUSI) -> Answer:
        """Answer about one number."""
        self._receive(request.org_code, [request.question])
        return self._answer(request.question)

    def bulk_verify(self, request: BulkVerifyUSI) -> tuple[BulkAnswer, ...]:
        """Answer about each record of a call."""
        self._receive(request.org_code, [one.question for one in request.records])
        lines = [BulkAnswer(one.record_id, one.question.usi, self._answer(one.question)) for one in request.records]
        return tuple(self._disorder(lines))

    def _receive(self, org_code: str, questions: Sequence[Question]) -> None:
        """Take a call in, or raise what is wrong with it."""
        self.calls.append(len(questions))
        if fault := next(self._faults, None):
            raise fault
        if org_code == CLOSED_ORG:
            raise error_of(1001, "Service unavailable")
        if org_code == NOT_AUTHORISED_ORG:
            raise error_of(2002, "Organisation not authorised")
        asked = {one.usi for one in questions}
        if late := asked & self._slow:
            self._slow -= late
            raise TimedOut
        if asked & self._unreadable:
            raise error_of(1002, "Validation failed")

    def _answer(self, question: Question) -> Answer:
        """Compare a question with the invented person of its number."""
        person = self._people.get(question.usi)
        if person is None:
            return Answer(USIStatus.INVALID)
        if person.status is not USIStatus.VALID:
            return Answer(person.status)
        birth = Match.MATCH if person.birth_date == question.birth_date else Match.NO_MATCH
        if question.single_name:
            return Answer(person.status, single_name=_same(person.single_name, question.single_name), birth_date=birth)
        return Answer(
            person.status,
            first_name=_same(person.first_name, question.first_name),
            family_name=_same(person.family_name, question.family_name),
            birth_date=birth,
        )
