"""A provider can never read another provider's data: asked of the database itself, as the application's role."""

from pathlib import Path
from uuid import uuid4

import pytest
from django.db import DatabaseError, connection, transaction

from testamur.kernel import tenancy
from testamur.register.models import Version
from testamur.students.models import Person, PersonLink, Student
from tests import build, recording

pytestmark = pytest.mark.django_db

OWNED = [
    "students_student",
    "students_studentkey",
    "students_particulars",
    "register_version",
    "register_source",
    "register_offering",
]


@pytest.fixture
def two_providers(tmp_path: Path) -> tuple[int, int]:
    pair = build.provider().id, build.provider().id
    for provider in pair:
        recording.record(
            recording.bundle(
                tmp_path, provider, records=[recording.student("A-1")], results=[recording.unit("A-1", "ITC101")]
            )
        )
    return pair


def _seen(table: str) -> set[int]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT DISTINCT provider_id FROM {table}")
        return {provider for (provider,) in cursor.fetchall()}


def test_the_application_is_not_above_the_rules() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolname, rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user")
        assert cursor.fetchone() == ("testamur_app", False, False)


@pytest.mark.parametrize("table", OWNED)
def test_only_the_provider_set_is_seen(two_providers: tuple[int, int], table: str) -> None:
    one, other = two_providers
    with tenancy.for_provider(one):
        assert _seen(table) == {one}
    with tenancy.for_provider(other):
        assert _seen(table) == {other}


@pytest.mark.parametrize("table", OWNED)
def test_with_no_provider_set_nothing_is_seen(two_providers: tuple[int, int], table: str) -> None:
    assert _seen(table) == set()


@pytest.mark.parametrize("table", OWNED)
def test_with_another_provider_set_nothing_of_these_is_seen(two_providers: tuple[int, int], table: str) -> None:
    with tenancy.for_provider(2**30):
        assert _seen(table) == set()


def test_the_setting_ends_with_its_block(two_providers: tuple[int, int]) -> None:
    with tenancy.for_provider(two_providers[0]):
        with tenancy.for_provider(two_providers[1]):
            assert _seen("students_student") == {two_providers[1]}
        assert _seen("students_student") == {two_providers[0]}
    assert _seen("students_student") == set()


DOORS = [
    "register_version_2026",
    "students_student_rows",
    "students_studentkey_rows",
    "students_particulars_rows",
    "students_contact_rows",
]


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("statement", ["SELECT count(*) FROM {}", "DELETE FROM {}", "UPDATE {} SET provider_id = 1"])
def test_a_door_lets_nothing_be_read_changed_or_removed(
    two_providers: tuple[int, int], door: str, statement: str
) -> None:
    with (
        pytest.raises(DatabaseError, match="permission denied"),
        tenancy.for_provider(two_providers[0]),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement.format(door))


def test_every_door_is_in_this_list(two_providers: tuple[int, int]) -> None:
    """Tables that the application may write and that no policy guards, though their rows are a provider's."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'provider_id'"
            " WHERE c.relkind IN ('r', 'p') AND c.relispartition AND NOT c.relrowsecurity"
            " AND has_any_column_privilege('testamur_app', c.oid, 'INSERT')"
        )
        assert {name for (name,) in cursor.fetchall()} == set(DOORS)


def test_a_door_writes_for_the_provider_of_the_transaction_and_for_nobody_without_one() -> None:
    write = "INSERT INTO students_student_rows (id, local_id, since_source) VALUES (-1, 'X', 1)"
    with tenancy.for_provider(77), connection.cursor() as cursor:
        cursor.execute(write)
        assert _seen("students_student") == {77}
    for nobody in (transaction.atomic, tenancy.for_register):
        with pytest.raises(DatabaseError, match=r"provider_id|integer"), nobody(), connection.cursor() as cursor:
            cursor.execute(write)


def test_a_door_does_not_let_a_provider_be_named() -> None:
    with (
        pytest.raises(DatabaseError, match="permission denied"),
        tenancy.for_provider(77),
        connection.cursor() as cursor,
    ):
        cursor.execute(
            "INSERT INTO students_student_rows (id, provider_id, local_id, since_source) VALUES (-1, 78, 'X', 1)"
        )


def test_a_row_cannot_be_written_for_another_provider(two_providers: tuple[int, int]) -> None:
    one, other = two_providers
    with pytest.raises(DatabaseError, match="row-level security"), tenancy.for_provider(one):
        Student.objects.create(provider_id=other, local_id="X", since_source=1)


def test_a_version_cannot_name_its_provider_at_all(two_providers: tuple[int, int]) -> None:
    with (
        pytest.raises(DatabaseError, match="permission denied"),
        tenancy.for_provider(two_providers[0]),
        connection.cursor() as cursor,
    ):
        cursor.execute(
            "INSERT INTO register_version_2026 (record_id, seq, sealed_year, provider_id, student_id, kind, source_id,"
            " leaf_batch, leaf_position, commitment, facts) VALUES (gen_random_uuid(), 1, 2026, %s, 1, 1, 1, 1, 1,"
            " sha256('x'), '{}')",
            [two_providers[1]],
        )


def test_a_person_sees_their_own_students_and_no_others(two_providers: tuple[int, int]) -> None:
    one, _ = two_providers
    with tenancy.for_register():
        mine = Student.objects.get(provider_id=one).pk
        person = Person.objects.create(known_since=recording.AT)
        PersonLink.objects.create(
            person=person, student_id=mine, provider_id=one, state="confirmed", reason="test", made_at=recording.AT
        )
    with tenancy.for_person(person.pk):
        assert _seen("register_version") == {one}
        assert _seen("register_offering") == {one}
        assert set(Version.objects.values_list("student_id", flat=True)) == {mine}
        assert _seen("students_studentkey") == set()
    with tenancy.for_person(uuid4()):
        assert _seen("register_version") == set()


def test_a_setting_of_the_session_would_leak_and_ours_does_not(two_providers: tuple[int, int]) -> None:
    """The planted fault: the same read after a session-level setting shows another provider's rows."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('testamur.provider_id', %s, false)", [str(two_providers[0])])
        assert _seen("students_student") == {two_providers[0]}
        cursor.execute("SELECT set_config('testamur.provider_id', '', false)")
    with tenancy.for_provider(two_providers[0]):
        pass
    assert _seen("students_student") == set()
