"""A number is seen in the clear with a purpose, a reason and a case, and the person reads who did (USI-07, F.2)."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from testamur.accounts.roles import Role
from testamur.kernel import tenancy
from testamur.kernel.errors import NotAllowed, NotFound
from testamur.log import queries as log_queries
from testamur.students import actions as students_actions
from testamur.students.models import IdentifierReveal
from testamur.students.usi import actions as usi_actions
from testamur.students.usi import queries as usi_queries
from testamur.students.usi.actions import Why
from tests import build
from tests import verifying as world
from tests.build import NOW, OPERATOR

pytestmark = pytest.mark.django_db

NUMBER = "PCVA64XU3D"
ON = NOW.date()
WHY = Why("complaint", "The student says that the number is another person's.", "CMP-2026-014")


@pytest.fixture
def student_id() -> int:
    return world.student_of(world.lodging([NUMBER, "ZTCP6RPU6M"]).provider.id, "Nguyen")


@pytest.fixture
def supervisor() -> build.Person:
    return build.member(Role.SUPERVISOR)


def shown(student_id: int, by: Any, why: Why = WHY) -> str:
    return usi_actions.reveal(student_id, why, by=by.id, at=NOW, on=ON)


def test_a_supervisor_sees_it_and_the_person_reads_who_and_why(student_id: int, supervisor: build.Person) -> None:
    assert shown(student_id, supervisor) == NUMBER
    person = students_actions.ensure_person(build.student_account().id, at=NOW)
    students_actions.link_student(person, student_id, reason="Exact match", by=OPERATOR, at=NOW)
    with tenancy.for_person(person):
        (event,) = log_queries.access_events(students=[student_id])
        (reveal,) = usi_queries.reveals_of([student_id])
    assert (event.role, event.action, event.purpose, event.case, event.account) == (
        "supervisor", "revealed", "complaint", "CMP-2026-014", supervisor.id,
    )  # fmt: skip
    assert (reveal.role, reveal.purpose, reveal.case, reveal.at) == ("supervisor", "complaint", "CMP-2026-014", NOW)


@pytest.mark.parametrize(
    "why",
    [
        Why("curiosity", WHY.reason, WHY.case),
        Why("own_record", WHY.reason, WHY.case),
        Why("audit", WHY.reason, WHY.case),
        Why("complaint", "", WHY.case),
        Why("complaint", "         x", WHY.case),
        Why("complaint", WHY.reason, " "),
    ],
)
def test_without_purpose_reason_or_case_nothing_is_shown_nor_written(
    student_id: int, supervisor: build.Person, why: Why
) -> None:
    with pytest.raises(NotAllowed):
        shown(student_id, supervisor, why)
    with tenancy.for_register():
        assert usi_queries.reveals_of([student_id]) == []
    assert log_queries.access_events(students=[student_id]) == []


@pytest.mark.parametrize("role", [role for role in Role if role not in (Role.SUPERVISOR, Role.STUDENT)])
def test_no_other_role_sees_it(student_id: int, role: Role) -> None:
    with pytest.raises(NotAllowed, match="role"):
        shown(student_id, build.member(role))


def test_a_student_sees_their_own_and_nobody_elses(student_id: int) -> None:
    account = build.student_account()
    person = students_actions.ensure_person(account.id, at=NOW)
    own: dict[str, Any] = {"person_id": person, "by": account.id, "at": NOW, "on": ON}
    with tenancy.for_person(person), pytest.raises(NotFound):
        usi_actions.reveal_own(student_id, **own)
    students_actions.link_student(person, student_id, reason="Exact match", by=OPERATOR, at=NOW)
    with tenancy.for_person(person):
        assert usi_actions.reveal_own(student_id, **own) == NUMBER
        with pytest.raises(NotFound):
            usi_actions.reveal_own(student_id + 1, **own)


def test_what_was_seen_is_not_kept_and_who_saw_is_until_its_time(student_id: int, supervisor: build.Person) -> None:
    shown(student_id, supervisor)
    with tenancy.for_register():
        assert NUMBER not in str(list(IdentifierReveal.objects.values()))
        assert usi_actions.purge_reveals(at=NOW) == 0
        for statement in ("UPDATE students_identifierreveal SET reason = 'x'", "DELETE FROM students_identifierreveal"):
            with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(statement)
        assert len(usi_queries.reveals_of([student_id])) == 1


def test_reveals_whose_time_is_up_go(student_id: int, supervisor: build.Person) -> None:
    past = NOW - timedelta(days=3 * 366)
    with tenancy.for_register():
        shown(student_id, supervisor)
        row = IdentifierReveal.objects.get()
        row.pk, row.shown_date, row.kept_until = None, past.date(), (past + timedelta(days=730)).date()
        row.save(force_insert=True)
    assert usi_actions.purge_reveals(at=NOW) == 1
    with tenancy.for_register():
        assert len(usi_queries.reveals_of([student_id])) == 1


def test_a_provider_does_not_read_whom_the_secretariat_showed_it_to(student_id: int, supervisor: build.Person) -> None:
    shown(student_id, supervisor)
    with tenancy.for_register():
        provider = IdentifierReveal.objects.get().provider_id
    with tenancy.for_provider(provider):
        assert usi_queries.reveals_of([student_id]) == []
