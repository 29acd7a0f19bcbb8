"""Makes students of two providers who may be one person, and their proposal, by the real actions."""

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import polars as pl
from django.db import connection

from testamur.extracts import actions as extracts_actions
from testamur.extracts import queries as extracts_queries
from testamur.extracts.actions import Details
from testamur.kernel import tenancy
from testamur.kernel.canonical import canonical_bytes
from testamur.log import actions as log_actions
from testamur.log import queries as log_queries
from testamur.register import queries as register_queries
from testamur.students import bulk as students_bulk
from testamur.students.linkage import actions as linkage_actions
from testamur.students.linkage import leaves
from testamur.students.models import JoinProposal, PersonLink, Student
from tests import applying, build, recording
from tests.build import NOW, Person

FAMILY = "Achterberg"
EMAIL = "grace.achterberg@example.org"
WHY = "The provider's letter of 2014 names both numbers"  # what an officer writes down


@dataclass(frozen=True)
class Pair:
    """Two students, of a closed and of another provider, and the number of the proposal about them."""

    one: int
    other: int
    providers: tuple[build.Provider, build.Provider]
    number: str


def lodged(
    folder: Path, provider: build.Provider, code: str = "S1", *, email: str = "", at: datetime = NOW, **said: Any
) -> int:
    """Record one student of a provider, with a course and a unit, and return their number."""
    rows = [recording.student(code, **{"family": FAMILY, **said})]
    results = [recording.course(code), recording.unit(code, "ICT501")]
    recording.record(recording.bundle(folder, provider.id, records=rows, results=results), at=at)
    with tenancy.for_provider(provider.id), connection.cursor() as cursor:
        student = Student.objects.get(provider_id=provider.id, local_id=code)
        if email:
            details = canonical_bytes({"email": email, "postcode": "4573"}).decode()
            frame = pl.DataFrame({"student_id": [student.pk], "details": [details]})
            students_bulk.write_contacts(cursor, provider.id, frame)
    return student.pk


def again(folder: Path, provider: build.Provider, code: str = "S1", **said: Any) -> None:
    """Lodge a student's record again, with something else in it."""
    rows = [recording.student(code, **{"family": FAMILY, **said})]
    recording.record(recording.bundle(folder, provider.id, records=rows))


def pair(folder: Path, *, exact: bool = True, **other: Any) -> Pair:
    """Make the two and propose them; where not exact, they share names and birth date and nothing more."""
    first = build.provider(closed=True, name="Example Institute of Design")
    second = build.provider(closed=True, name="Example College of Letters")
    email = EMAIL if exact else ""
    one = lodged(folder, first, email=email)
    two = lodged(folder, second, "T-7", email=email, **other)
    linkage_actions.propose_joins(at=NOW)
    return Pair(one, two, (first, second), number_of(one, two))


def number_of(one: int, two: int) -> str:
    """Return the number of the last proposal about two students."""
    low, high = sorted((one, two))
    with tenancy.for_register():
        return JoinProposal.objects.filter(low=low, high=high).latest("pk").number


def join(number: str) -> JoinProposal:
    """Return a proposal's row."""
    with tenancy.for_register():
        return JoinProposal.objects.get(number=number)


def applicant_of(made: Pair, staff: applying.Secretariat) -> Person:
    """Make a student whose identity is confirmed and who has had the first of the two confirmed by an application."""
    person = applying.identified(staff, Details(FAMILY, "Grace", date(1990, 2, 9)))
    number = applying.applied(person, made.providers[0])
    assert extracts_actions.confirm_match(number, by=staff.officer.id, at=NOW) is not None
    return person


def persons(*students: int) -> list[object]:
    """Return the person of each student, None where there is none."""
    with tenancy.for_register():
        held = dict(
            PersonLink.objects.filter(student_id__in=students, state="confirmed").values_list("student_id", "person_id")
        )
    return [held.get(student) for student in students]


def leaf_faults() -> str:
    """Return what the audit says of links and joins, nothing where it has no fault."""
    log_actions.seal(at=NOW)
    with tenancy.for_register():
        with connection.cursor() as cursor:
            cursor.execute("CLOSE ALL")  # the audit reads by a cursor of its transaction, and a test is one transaction
        recomputed = [
            *register_queries.recomputed_leaves(),
            *extracts_queries.recomputed_leaves(),
            *leaves.recomputed_leaves(),
        ]
        checks = log_queries.verify_everything(recomputed)
    (record,) = [check for check in checks if check.name == "record"]
    return "" if record.ok else record.detail
