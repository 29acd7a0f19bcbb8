"""Links between students and persons: reasoned, one person a student, reversible; and who may read through them."""

from pathlib import Path

import pytest

from testamur.kernel import tenancy
from testamur.kernel.errors import Conflict, NotAllowed, NotFound
from testamur.register import queries as register_queries
from testamur.students import actions as students_actions
from testamur.students import queries as students_queries
from testamur.students.models import PersonLink
from tests import applying, build
from tests.build import NOW, OPERATOR

pytestmark = pytest.mark.django_db


@pytest.fixture
def student_id(tmp_path: Path) -> int:
    provider = applying.closed_provider(tmp_path)
    with tenancy.for_register():
        (card,) = students_queries.candidates(provider.id, family_name="nguyen")
    return card.student_id


def person() -> tuple[build.Person, object]:
    account = build.student_account()
    return account, students_actions.ensure_person(account.id, at=NOW)


def test_one_account_is_one_person() -> None:
    account, made = person()
    assert students_actions.ensure_person(account.id, at=NOW) == made


def test_a_link_opens_the_record_and_undoing_shuts_it(student_id: int) -> None:
    account, _ = person()
    person_id = students_actions.ensure_person(account.id, at=NOW)
    with tenancy.for_person(person_id):
        assert register_queries.current_versions([student_id]) == []
    link = students_actions.link_student(person_id, student_id, reason="Exact match", by=OPERATOR, at=NOW)
    with tenancy.for_person(person_id):
        assert len(register_queries.current_versions([student_id])) == 4
    assert students_actions.link_student(person_id, student_id, reason="Again", by=OPERATOR, at=NOW) == link

    assert students_actions.undo_link(link, reason="Another person", by=OPERATOR, at=NOW) == person_id
    with tenancy.for_person(person_id):
        assert register_queries.current_versions([student_id]) == []
    with tenancy.for_register():
        undone = PersonLink.objects.get(pk=link)
    assert (undone.state, undone.undone_reason) == ("undone", "Another person")
    assert students_actions.undo_link(link, reason="Twice", by=OPERATOR, at=NOW) == person_id


def test_a_student_is_one_person_only(student_id: int) -> None:
    first = students_actions.ensure_person(build.student_account().id, at=NOW)
    second = students_actions.ensure_person(build.student_account().id, at=NOW)
    students_actions.link_student(first, student_id, reason="Exact match", by=OPERATOR, at=NOW)
    with pytest.raises(Conflict, match="another person"):
        students_actions.link_student(second, student_id, reason="Exact match", by=OPERATOR, at=NOW)
    with tenancy.for_person(second):
        assert students_queries.students_of_person(second) == []


def test_links_without_reason_student_or_person_are_refused(student_id: int) -> None:
    person_id = students_actions.ensure_person(build.student_account().id, at=NOW)
    with pytest.raises(NotAllowed):
        students_actions.link_student(person_id, student_id, reason="  ", by=OPERATOR, at=NOW)
    with pytest.raises(NotFound):
        students_actions.link_student(person_id, 10**12, reason="Exact match", by=OPERATOR, at=NOW)
    with pytest.raises(NotAllowed):
        students_actions.undo_link(1, reason="", by=OPERATOR, at=NOW)
    with pytest.raises(NotFound):
        students_actions.undo_link(10**12, reason="Another person", by=OPERATOR, at=NOW)


def test_a_person_cannot_link_themselves_in_their_own_transaction(student_id: int) -> None:
    from django.db import DatabaseError, transaction

    person_id = students_actions.ensure_person(build.student_account().id, at=NOW)
    with pytest.raises(DatabaseError), tenancy.for_person(person_id), transaction.atomic():
        PersonLink.objects.create(
            person_id=person_id, student_id=student_id, provider_id=1, state="confirmed", reason="Mine", made_at=NOW
        )
