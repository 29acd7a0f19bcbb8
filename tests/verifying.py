"""Students with a USI for tests: lodged and sealed by the real actions, and asked about of a Registry of the test's own."""

from collections.abc import Iterable
from typing import Any

import pytest

from testamur.kernel import tenancy
from testamur.students import queries as students_queries
from testamur.students.models import Identifier, IdentifierCheck
from testamur.students.usi import actions as usi_actions
from testamur.students.usi import fake
from testamur.students.usi.registry import Registry
from tests import lodged


def rows(people: Iterable[str]) -> list[dict[str, str]]:
    """Return cells of the invented people behind public numbers, S1001 the first."""
    made = []
    for number, usi in enumerate(people, start=1):
        person = fake.PEOPLE[usi]
        cells = {"usi": usi, "birth_date": f"{person.birth_date:%d/%m/%Y}"}
        cells |= {"given_name": person.first_name or "9999", "surname": person.family_name or person.single_name}
        made.append(lodged.student(number, **cells))
    return made


def files(students: list[dict[str, str]]) -> dict[str, bytes]:
    """Return a submission of these students with one unit each."""
    results = [{**lodged.unit(), "student_code": one["student_code"]} for one in students]
    return {
        lodged.RECORDS: lodged.csv_of("studentrecords", students),
        lodged.RESULTS: lodged.csv_of("studentresults", results),
    }


def lodging(people: Iterable[str], **changed: str) -> lodged.Lodging:
    """Return a provider whose students, these people, are sealed; `changed` cells are the first student's."""
    students = rows(people)
    students[0] |= changed
    made = lodged.Lodging()
    made.sealed(files(students))
    return made


def states(provider_id: int) -> list[str]:
    """Return the states of a provider's numbers, by student."""
    with tenancy.for_provider(provider_id):
        return list(Identifier.objects.order_by("student_id").values_list("state", flat=True))


def events(provider_id: int) -> list[tuple[str, str]]:
    """Return outcome and reason of every event, in order."""
    with tenancy.for_provider(provider_id):
        return list(IdentifierCheck.objects.order_by("id").values_list("outcome", "reason"))


def student_of(provider_id: int, family_name: str) -> int:
    """Return a student by the family name."""
    with tenancy.for_provider(provider_id):
        (card,) = students_queries.candidates(provider_id, family_name=family_name)
    return card.student_id


def use(monkeypatch: pytest.MonkeyPatch, settings: Any, registry: Registry) -> None:
    """Let the site ask this Registry."""
    settings.USI_REGISTRY = "fake"
    monkeypatch.setattr(usi_actions, "_fake", lambda: registry)
