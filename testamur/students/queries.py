"""Reads of students and persons. Frozen dataclasses leave this package; keys leave it for proofs only."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from testamur.kernel.errors import NotFound
from testamur.kernel.periods import PartialDate, Precision
from testamur.students import rules, sealing
from testamur.students.models import Contact, Erasure, Identifier, Particulars, Person, PersonLink, Student, StudentKey


@dataclass(frozen=True, slots=True)
class StudentCard:
    """Who a provider says a student is, as they said it last."""

    student_id: int
    provider_id: int
    local_id: str
    title: str
    printed_name: str
    family_name: str
    given_name: str
    other_names: str
    single_name: bool
    birth: PartialDate
    gender: str
    former_names: tuple[str, ...]


def student_keys(student_ids: Iterable[int]) -> dict[int, bytes]:
    """Return the keys of students; erased students have none."""
    rows = StudentKey.objects.filter(student_id__in=set(student_ids)).values_list("student_id", "key")
    return {student_id: bytes(key) for student_id, key in rows}


def erased_students() -> list[int]:
    """Return the students on the ledger of erasures."""
    return list(Erasure.objects.values_list("student_id", flat=True))


def cards(student_ids: Iterable[int]) -> list[StudentCard]:
    """Return the cards of students, in the order of their numbers; erased students have none."""
    wanted = sorted(set(student_ids))
    students = Student.objects.in_bulk(wanted)
    said: dict[int, list[Particulars]] = {}
    for row in Particulars.objects.filter(student_id__in=wanted).order_by("student_id", "seq"):
        said.setdefault(row.student_id, []).append(row)
    return [_card(students[number], said[number]) for number in wanted if number in students and number in said]


def contacts(student_ids: Iterable[int]) -> dict[int, Mapping[str, str]]:
    """Return the contact details of students as their provider lodged them last; who has none is not in it (PRV-02)."""
    rows = Contact.objects.filter(student_id__in=set(student_ids)).values_list("student_id", "details")
    return {student_id: {name: str(value) for name, value in details.items()} for student_id, details in rows}


def card(student_id: int) -> StudentCard:
    """Return one student's card; raises NotFound."""
    found = cards([student_id])
    if not found:
        raise NotFound("There is no such student, or none that you may see.")
    return found[0]


def _name(row: Particulars) -> str:
    """Return the printed name of one row of particulars."""
    return rules.printed_name(
        given=row.given_name, others=row.other_names, family=row.family_name, single=row.single_name
    )


def _card(student: Student, said: Sequence[Particulars]) -> StudentCard:
    """Put a card together from all versions of the particulars."""
    last = said[-1]
    current = _name(last)
    former = tuple(dict.fromkeys(name for name in map(_name, said[:-1]) if name != current))
    birth = PartialDate(last.birth_earliest, last.birth_latest, Precision(last.birth_precision), last.birth_placeholder)
    return StudentCard(
        student_id=student.pk,
        provider_id=student.provider_id,
        local_id=student.local_id,
        title=last.title,
        printed_name=current,
        family_name=last.family_name,
        given_name=last.given_name,
        other_names=last.other_names,
        single_name=last.single_name,
        birth=birth,
        gender=last.gender,
        former_names=former,
    )


def person_of_account(account_id: UUID) -> UUID | None:
    """Return the person whom an account is confirmed to be, or None."""
    return Person.objects.filter(account_id=account_id).values_list("pk", flat=True).first()


def students_of_person(person_id: UUID) -> list[int]:
    """Return the students whom a person is confirmed to be."""
    links = PersonLink.objects.filter(person_id=person_id, state=PersonLink.State.CONFIRMED)
    return list(links.order_by("student_id").values_list("student_id", flat=True))


def candidates(provider_id: int, *, family_name: str) -> list[StudentCard]:
    """Return the students of a provider whose family name, current or former, folds to the same; for matching (TEQ-07).

    A student's single name stands as family name, so it is found too.
    """
    folded = rules.fold_name(family_name)
    rows = Particulars.objects.filter(provider_id=provider_id, folded_family=folded)
    return cards(rows.values_list("student_id", flat=True).distinct())


def protected_identifiers(student_ids: Iterable[int], *, key: bytes) -> list[str]:
    """Return the identifiers of students in the clear, so that a document can be searched for them before it is sealed (USI-05).

    `key` is sealing.identifier_key's. Needs the register scope; nobody is shown these.
    """
    rows = Identifier.objects.filter(student_id__in=set(student_ids))
    return [sealing.open_identifier(key, bytes(row.sealed), student_id=row.student_id, kind=row.kind) for row in rows]
