"""A database that fails at any one statement of a sealing leaves nothing of it; the next try succeeds whole.

The loop fails the first statement, then the second, and so on, until the action gets through. COPY does not pass the wrapper
of statements, so its tables are failed in tests of their own.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError, connection, transaction

from testamur.kernel import tenancy
from testamur.register import bulk, loading
from tests import build, recording

pytestmark = pytest.mark.django_db
_MANY = 200  # more statements than any sealing has


class FailingStatement:
    """Lets a number of statements through and then fails one, as a lost connection or a full disk would."""

    def __init__(self, number: int) -> None:
        self.left = number
        self.failed = ""

    def __call__(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        self.left -= 1
        if self.left == 0:
            self.failed = str(sql)
            raise OperationalError("planted: the database is gone")
        return execute(sql, params, many, context)


def _contents() -> dict[str, int]:
    """Return how many rows each table holds, as the register sees them."""
    with tenancy.for_register(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND NOT relispartition"
            " AND relnamespace = 'public'::regnamespace AND has_table_privilege(oid, 'SELECT') ORDER BY 1"
        )
        tables = [name for (name,) in cursor.fetchall()]
        counted = {}
        for table in tables:
            cursor.execute(f"SELECT count(*) FROM {table}")
            counted[table] = cursor.fetchone()[0]
    return counted


def _grown(before: dict[str, int]) -> dict[str, int]:
    """Return the tables that hold more rows, or fewer, than before."""
    return {table: found - before[table] for table, found in _contents().items() if found != before[table]}


@pytest.fixture
def made(tmp_path: Path) -> bulk.Bundle:
    return recording.bundle(
        tmp_path,
        build.provider().id,
        records=[recording.student("A-1"), recording.student("A-2")],
        results=[recording.unit("A-1", "ITC101"), recording.course("A-2")],
        documents=[("A-1", "testamurs", 1, "cd" * 32, 553)],
    )


def _failing_at(number: int, made: bulk.Bundle) -> tuple[FailingStatement, loading.Counts | None]:
    """Record a bundle while one statement fails; return the failure and what was recorded."""
    failing = FailingStatement(number)
    try:
        with transaction.atomic(), connection.execute_wrapper(failing):
            return failing, recording.record(made)
    except OperationalError:
        return failing, None


def test_whichever_statement_fails_nothing_is_left(made: bulk.Bundle) -> None:
    before, failed, counts = _contents(), [], None
    for number in count(1):
        failing, counts = _failing_at(number, made)
        if counts is not None:
            break
        assert failing.failed, f"something else failed at statement {number}"
        assert _grown(before) == {}, f"statement {number} left something: {failing.failed[:80]}"
        failed.append(failing.failed)
        assert number < _MANY
    assert len(failed) > 15
    assert [
        table
        for table in ("register_source", "register_offering", "register_holding")
        if not any(f"INTO {table}" in sql.replace('"', "") for sql in failed)
    ] == []
    assert counts is not None
    grown = _grown(before)
    assert (counts.new, grown["register_version"], grown["students_student"], grown["register_holding"]) == (5, 5, 2, 1)
    assert grown["log_leafbatch"] == grown["log_waitingbatch"] > 0


@pytest.mark.parametrize(
    "table",
    [
        "register_version_2026",
        "log_leafbatch",
        "students_student_rows",
        "students_studentkey_rows",
        "students_particulars_rows",
    ],
)
def test_a_copy_that_breaks_off_leaves_nothing(made: bulk.Bundle, table: str, monkeypatch: pytest.MonkeyPatch) -> None:
    before = _contents()
    real = type(connection.cursor()).__getattr__

    def breaking(self: Any, name: str) -> Any:
        found = real(self, name)
        if name != "copy":
            return found

        @contextmanager
        def copy(statement: str, *arguments: Any) -> Iterator[Any]:
            with found(statement, *arguments) as inner:
                yield inner
                if f"COPY {table} " in statement:
                    raise OperationalError("planted: the database is gone after the last row")

        return copy

    monkeypatch.setattr(type(connection.cursor()), "__getattr__", breaking)
    with pytest.raises(OperationalError, match="planted"), transaction.atomic():
        recording.record(made)
    monkeypatch.undo()
    assert _grown(before) == {}
    assert recording.record(made).new == 5


def test_a_door_that_commits_half_way_is_caught(made: bulk.Bundle) -> None:
    """The planted fault: an action that writes outside the transaction that fails."""
    before = _contents()
    with tenancy.for_provider(made.provider_id):
        bulk._record_sources(made, at=recording.AT, on=recording.ON)
    failing, counts = _failing_at(3, made)
    assert (bool(failing.failed), counts) == (True, None)
    assert _grown(before) == {"register_source": 3}
