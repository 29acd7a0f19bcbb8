"""What the register holds of some students of one provider, as the writers of exports take it. Never an identifier (USI-02)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from testamur.register import queries as register_queries
from testamur.register.queries import RecordedVersion
from testamur.students import queries as students_queries
from testamur.students.queries import StudentCard

_STUDENT = "STUDENT"


@dataclass(frozen=True, slots=True)
class HeldStudent:
    """One student as the provider said it last, and the current records that one format (or every vocational one) lodged.

    `commenced` is the day or month as the register holds it, empty where none was said. Records stand in the order in which
    they were first lodged, which is how a file that comes again is compared with them.
    """

    card: StudentCard
    contact: Mapping[str, str]
    commenced: str
    records: tuple[RecordedVersion, ...]

    def of(self, kind: str) -> list[RecordedVersion]:
        """Return the records of a kind: COURSE_RESULT, UNIT_RESULT, CERTIFICATE."""
        return [record for record in self.records if record.kind.name == kind]


def held_students(student_ids: Sequence[int], formats: frozenset[str]) -> list[HeldStudent]:
    """Return students with their current records of some formats, by number; erased ones are not there.

    Runs on the provider's behalf.
    """
    cards = students_queries.cards(student_ids)
    contacts = students_queries.contacts(student_ids)
    by_student: dict[int, list[RecordedVersion]] = {}
    for version in register_queries.current_versions(student_ids, headers=False):
        by_student.setdefault(version.student_id, []).append(version)
    found = []
    for card in cards:
        versions = sorted(by_student.get(card.student_id, ()), key=lambda version: version.record)
        own = next((version.facts for version in versions if version.kind.name == _STUDENT), {})
        records = tuple(one for one in versions if one.format in formats and one.kind.name != _STUDENT)
        commenced = str(own.get("commenced") or "")
        found.append(HeldStudent(card, contacts.get(card.student_id, {}), commenced, records))
    return found


def in_parts(student_ids: Sequence[int], size: int) -> Iterator[Sequence[int]]:
    """Yield students so many at a time."""
    return (student_ids[at : at + size] for at in range(0, len(student_ids), size))


def day_of(facts: Mapping[str, Any], name: str) -> date | None:
    """Return a date among the facts of a record; None where it has none."""
    text = facts.get(name)
    return date.fromisoformat(str(text)) if text else None


def code_of(named: tuple[str, str] | None) -> str | None:
    """Return the code of a course or unit; None where there is none."""
    return named[0] or None if named else None


def title_of(named: tuple[str, str] | None) -> str | None:
    """Return the title of a course or unit; None where there is none."""
    return named[1] or None if named else None


def code_and_title(named: tuple[str, str] | None) -> tuple[str, str]:
    """Return code and title of a course or unit, empty where there is none."""
    return named or ("", "")
