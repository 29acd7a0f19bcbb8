"""Which students are one person: links made and undone, persons put together and taken apart, each with its leaf.

Everything here runs inside an action's transaction and the register scope. A link with a join came by that join; a link
without one is an anchor: the case of an application confirmed it by itself. Rows are locked in one order, students,
persons, links, so that two officers cannot put the same together at once.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Q

from testamur.kernel.errors import Conflict
from testamur.students.linkage import leaves, rules
from testamur.students.models import JoinProposal, Person, PersonLink, Student

CONFIRMED = PersonLink.State.CONFIRMED
_TAKEN = "This student is confirmed to be another person. Undo that link first, with its reason."
_TWO_ACCOUNTS = (
    "The two students are confirmed to be the persons of two accounts, and one person has one account. A supervisor finds out "
    "which account is whose, and undoes the match of the other in the case of its application."
)


@dataclass(frozen=True, slots=True)
class Said:
    """Why a link is made or undone, by whom, and when."""

    reason: str
    by: UUID
    at: datetime


def locked_students(numbers: Iterable[int]) -> dict[int, Student]:
    """Return students, locked until the transaction ends: two who link the same one take their turns."""
    rows = Student.objects.select_for_update().filter(pk__in=list(numbers)).order_by("pk")
    return {student.pk: student for student in rows}


def links_of(students: Iterable[int]) -> dict[int, PersonLink]:
    """Return the confirmed links of students, persons and links locked until the transaction ends."""
    wanted = list(students)
    held = PersonLink.objects.filter(student_id__in=wanted, state=CONFIRMED)
    persons = set(held.values_list("person_id", flat=True))
    list(Person.objects.select_for_update().filter(pk__in=persons).order_by("pk"))
    return {link.student_id: link for link in held.select_for_update().order_by("pk")}


def make_link(person_id: UUID, student: Student, said: Said, *, join: JoinProposal | None = None) -> PersonLink:
    """Say that a student is a person, with a leaf; refuses (Conflict) a student who is confirmed to be another."""
    try:
        with transaction.atomic():
            link = PersonLink.objects.create(
                person_id=person_id,
                student_id=student.pk,
                provider_id=student.provider_id,
                state=CONFIRMED,
                reason=said.reason,
                made_by=said.by,
                made_at=said.at,
                join=join,
            )
    except IntegrityError as taken:
        raise Conflict(_TAKEN) from taken
    leaves.keep_link(link, "made")
    return link


def end_link(link: PersonLink, said: Said) -> None:
    """Say that a student is not that person any more, with a leaf; the link stays as undone."""
    link.state, link.undone_by, link.undone_at = PersonLink.State.UNDONE, said.by, said.at
    link.undone_reason = said.reason
    link.save(update_fields=["state", "undone_by", "undone_at", "undone_reason"])
    leaves.keep_link(link, "undone")


def anchor(person_id: UUID, student: Student, said: Said) -> PersonLink:
    """A student is this person in their own right; whoever is joined to the student comes along.

    Refuses a student of a person with another account.
    """
    locked_students([student.pk])
    held = links_of([student.pk]).get(student.pk)
    if held is None:
        return make_link(person_id, student, said)
    if held.person_id == person_id and held.join_id is None:
        return held
    if held.person_id != person_id:
        if has_account(held.person_id) or not has_account(person_id):
            raise Conflict(_TAKEN)
        _bring_over(held.person_id, person_id, said)
        held = links_of([student.pk])[student.pk]
    end_link(held, said)
    return make_link(person_id, student, said)


def has_account(person_id: UUID) -> bool:
    """Say whether an account stands behind a person."""
    return Person.objects.filter(pk=person_id, account__isnull=False).exists()


def unite(join: JoinProposal, said: Said) -> UUID:
    """Put both students of a join under one person and return it.

    Where each has a person of their own, the one with an account stays; refuses (Conflict) two accounts.
    """
    students = locked_students([join.low, join.high])
    held = links_of([join.low, join.high])
    persons = list(dict.fromkeys(held[student].person_id for student in (join.low, join.high) if student in held))
    if len(persons) == 2:
        with_account = [person for person in persons if has_account(person)]
        if len(with_account) == 2:
            raise Conflict(_TWO_ACCOUNTS)
        stays = with_account[0] if with_account else persons[0]
        _bring_over(persons[1] if stays == persons[0] else persons[0], stays, said, join=join)
        return stays
    person_id = persons[0] if persons else Person.objects.create(known_since=said.at).pk
    for student in (join.low, join.high):
        if student not in held:
            make_link(person_id, students[student], said, join=join)
    return person_id


def _bring_over(source: UUID, target: UUID, said: Said, *, join: JoinProposal | None = None) -> None:
    """Link all students of one person to another instead; the old links stay as undone."""
    links = list(PersonLink.objects.select_for_update().filter(person_id=source, state=CONFIRMED).order_by("pk"))
    students = Student.objects.in_bulk([link.student_id for link in links])
    for link in links:
        end_link(link, said)
        make_link(target, students[link.student_id], said, join=link.join or join)


def joins_among(students: Collection[int]) -> list[JoinProposal]:
    """Return the confirmed joins between any of some students."""
    among = Q(low__in=students) & Q(high__in=students)
    return list(JoinProposal.objects.filter(among, state="confirmed").order_by("pk"))


def group_of(student_id: int, members: Collection[int]) -> frozenset[int]:
    """Return the students among some who hang together with one of them by joins."""
    edges = [(join.low, join.high) for join in joins_among(members)]
    return next(group for group in rules.groups(members, edges) if student_id in group)


def settle(person_id: UUID, said: Said) -> None:
    """After a join was undone: whoever nothing ties to the person any more leaves, together with those joined to them."""
    students = PersonLink.objects.filter(person_id=person_id, state=CONFIRMED).values_list("student_id", flat=True)
    held = links_of(list(students))
    edges = [(join.low, join.high) for join in joins_among(held)]
    anchors = [student for student, link in held.items() if link.join_id is None]
    settled = rules.settle(rules.groups(held, edges), anchors, account=has_account(person_id))
    for group in settled.leaving:
        leave(group, held, said)


def leave(group: Collection[int], held: dict[int, PersonLink], said: Said) -> None:
    """Take students away from their person; where they are several, they stay one person among themselves."""
    for student in sorted(group):
        if student in held:
            end_link(held[student], said)
    if len(group) > 1:
        person_id = Person.objects.create(known_since=said.at).pk
        joins = joins_among(group)
        for row in Student.objects.filter(pk__in=group).order_by("pk"):
            by_join = next(join for join in joins if row.pk in (join.low, join.high))
            make_link(person_id, row, said, join=by_join)
