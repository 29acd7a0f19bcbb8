"""Proposed joins read inside a case: by an officer, with an access event for both students, and by the person themself (TEQ-07).

An officer sees both records side by side; the person sees the other provider and its years only. Each look is written down
before anything is shown, and both students' persons can read it (CQR-07, TEQ-09).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import transaction

from testamur.accounts.roles import Permission
from testamur.extracts import queries
from testamur.extracts.actions import writing
from testamur.kernel import tenancy
from testamur.kernel.errors import NotAllowed, NotFound
from testamur.register import queries as register_queries
from testamur.students import queries as students_queries
from testamur.students.linkage import actions as linkage_actions
from testamur.students.linkage import queries as linkage_queries
from testamur.students.linkage.queries import JoinFacts
from testamur.students.queries import StudentCard

MATCHED: Final = "matched_student"  # the role under which a person is shown that another record may be theirs
_YEARS: Final = ("year", "completed_year", "commenced", "started", "ended", "completed")


@dataclass(frozen=True, slots=True)
class Side:
    """One student of a pair: who the provider says they are, and what they studied when. No card: erased by law."""

    student_id: int
    provider_id: int
    card: StudentCard | None
    years: tuple[int, ...]
    courses: tuple[str, ...]
    usi: str


@dataclass(frozen=True, slots=True)
class JoinCase:
    """What an officer sees of a proposed join."""

    join: JoinFacts
    sides: tuple[Side, Side]


@dataclass(frozen=True, slots=True)
class OwnJoin:
    """What a person is told of another record that may be theirs: the provider and the years, nothing else."""

    number: str
    provider_id: int
    years: tuple[int, ...]
    answer: str


@transaction.atomic
def open_join(number: str, *, by: UUID, at: datetime) -> JoinCase:
    """An officer, supervisor or auditor reads a proposed join; both students' persons can read that they did.

    Refuses a pair about whoever opens it (F.2).
    """
    role = writing.role_of(by, at, Permission.READ_APPLICATION)
    with tenancy.for_register():
        if linkage_queries.is_about(number, by):
            raise NotAllowed("One of these records is about you. Ask another officer to look at the pair.")
        join = linkage_queries.join(number)
        for student, provider in ((join.low, join.low_provider), (join.high, join.high_provider)):
            about = writing.About(student=student, provider=provider, case=number)
            writing.record_read("viewed", "identity", about, by=by, role=role.value, at=at)
        cards = {card.student_id: card for card in students_queries.cards([join.low, join.high])}
        studied = _studied([join.low, join.high])
        usis = linkage_queries.usi_states([join.low, join.high])
        low, high = (
            Side(student, provider, cards.get(student), *studied[student], usis.get(student, ""))
            for student, provider in ((join.low, join.low_provider), (join.high, join.high_provider))
        )
        return JoinCase(join, (low, high))


def _studied(students: Sequence[int]) -> dict[int, tuple[tuple[int, ...], tuple[str, ...]]]:
    """Return the years and the courses of each of some students; needs the register scope."""
    years: dict[int, set[int]] = {student: set() for student in students}
    courses: dict[int, dict[str, None]] = {student: {} for student in students}
    for version in register_queries.current_versions(students):
        years[version.student_id] |= years_in(version.facts)
        if version.course:
            courses[version.student_id][" ".join(version.course).strip()] = None
    return {student: (tuple(sorted(years[student])), tuple(courses[student])) for student in students}


def years_in(facts: Mapping[str, object]) -> set[int]:
    """Return the years of which one record speaks: as such, or as those of its days; a day of issue where it is all there is."""
    for names in (_YEARS, ("issued",)):
        said = (str(facts.get(name) or "")[:4] for name in names)
        if found := {int(year) for year in said if year.isascii() and year.isdigit()}:
            return found
    return set()


@transaction.atomic
def read_own_joins(*, by: UUID, at: datetime) -> list[OwnJoin]:
    """A person whose identity is confirmed is shown which other records may be theirs; nothing to anybody else.

    The person of the other record, once known, can read that somebody was shown it.
    """
    person_id = students_queries.person_of_account(by)
    if person_id is None:
        return []
    with tenancy.for_person(person_id):
        if queries.identity_standing(person_id, on=writing.day_of(at)) != "verified":
            return []
    with tenancy.for_register():
        found = linkage_queries.waiting_about(person_id)
        studied = _studied([other for _, other in found])
        shown = []
        for join, other in found:
            provider = join.high_provider if other == join.high else join.low_provider
            about = writing.About(student=other, provider=provider, case=join.number)
            writing.record_read("searched", "identity", about, by=by, role=MATCHED, at=at)
            shown.append(OwnJoin(join.number, provider, studied[other][0], join.answer))
        return shown


@transaction.atomic
def answer_own_join(number: str, answer: str, *, by: UUID, at: datetime) -> None:
    """A person whose identity is confirmed has said whether another record is theirs too; nothing is joined by it."""
    person_id = writing.person_of(by)
    with tenancy.for_person(person_id):
        if queries.identity_standing(person_id, on=writing.day_of(at)) != "verified":
            raise NotFound("There is nothing to answer before your identity is confirmed.")
    if answer not in {"mine", "not_mine"}:
        raise NotAllowed("Say whether the other records are yours: yes or no.")
    linkage_actions.answer_join(number, "mine" if answer == "mine" else "not_mine", by=by, at=at)
