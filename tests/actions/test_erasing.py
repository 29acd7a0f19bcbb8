"""Erasure: who a student is goes, what the log proves stays, and a restore cannot undo it."""

from pathlib import Path

import pytest
from django.db import DatabaseError, connection, transaction

from testamur.kernel import tenancy
from testamur.kernel.errors import NotAllowed, NotFound
from testamur.log import actions as log_actions
from testamur.log import queries as log_queries
from testamur.register import queries as register_queries
from testamur.students import erasing
from testamur.students import queries as students_queries
from testamur.students.models import Erasure, Student
from tests import build, recording

pytestmark = pytest.mark.django_db
DECIDED = {"by": recording.OFFICER, "approved_by": recording.DECLARER, "at": recording.AT}


@pytest.fixture
def student(tmp_path: Path) -> int:
    provider = build.provider().id
    rows = [recording.student("A-1", family="Wunungmurra")]
    recording.record(recording.bundle(tmp_path, provider, records=rows, results=[recording.unit("A-1", "ITC101")]))
    with tenancy.for_register():
        return Student.objects.get(provider_id=provider).pk


def _named(text: str) -> int:
    tables = ("students_particulars", "students_contact", "students_identifier", "register_version")
    with tenancy.for_register(), connection.cursor() as cursor:
        found = 0
        for table in tables:
            cursor.execute(f"SELECT count(*) FROM {table} t WHERE t::text ILIKE %s", [f"%{text}%"])
            found += cursor.fetchone()[0]
        return found


def test_the_name_is_gone_and_the_versions_stay(student: int) -> None:
    assert _named("Wunungmurra") == 1
    erasing.erase_student(student, basis="Court order", **DECIDED)
    assert _named("Wunungmurra") == 0
    with tenancy.for_register():
        assert students_queries.cards([student]) == []
        assert students_queries.student_keys([student]) == {}
        assert len(register_queries.current_versions([student])) == 2


def test_the_log_still_verifies_and_says_erased(student: int) -> None:
    with tenancy.for_register():
        places = [version.place for version in register_queries.current_versions([student])]
    before = [log_queries.leaf_at(place) for place in places]
    erasing.erase_student(student, basis="Court order", **DECIDED)
    assert [log_queries.leaf_at(place) for place in places] == before
    log_actions.seal(at=recording.AT)
    with tenancy.for_register():
        checks = log_queries.verify_everything(register_queries.recomputed_leaves())
    (record,) = [check for check in checks if check.name == "record"]
    assert record.ok
    assert "2 of them erased" in record.detail


def test_it_takes_two_people_a_basis_and_a_student(student: int) -> None:
    with pytest.raises(NotAllowed, match="approved by another"):
        erasing.erase_student(student, basis="x", by=recording.OFFICER, approved_by=recording.OFFICER, at=recording.AT)
    with pytest.raises(NotAllowed, match="basis in law"):
        erasing.erase_student(student, basis=" ", **DECIDED)
    with pytest.raises(NotFound):
        erasing.erase_student(student + 1000, basis="x", **DECIDED)


def test_again_it_changes_nothing(student: int) -> None:
    erasing.erase_student(student, basis="Court order", **DECIDED)
    erasing.erase_student(student, basis="Other words", **DECIDED)
    assert Erasure.objects.get(pk=student).basis == "Court order"


def test_the_ledger_is_replayed_after_a_restore(student: int) -> None:
    kept = Erasure(
        student_id=student, basis="Court order", by=recording.OFFICER, approved_by=recording.DECLARER, at=recording.AT
    )
    assert _named("Wunungmurra") == 1
    assert erasing.replay_erasures([kept], at=recording.AT) == 1
    assert _named("Wunungmurra") == 0
    assert erasing.replay_erasures([kept], at=recording.AT) == 0


def test_the_ledger_cannot_be_changed(student: int) -> None:
    erasing.erase_student(student, basis="Court order", **DECIDED)
    with pytest.raises(DatabaseError, match=r"permission denied|is permanent"), transaction.atomic():
        Erasure.objects.filter(pk=student).delete()
