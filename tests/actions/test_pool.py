"""A connection goes back to the pool and serves somebody else: nothing of the first provider may come with it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection

from testamur.kernel import tenancy
from testamur.service.database import Addresses
from testamur.students.models import Student
from tests import build, recording


def _seen() -> set[int]:
    return set(Student.objects.values_list("provider_id", flat=True))


@pytest.fixture
def pool_of_one(committed_db: Addresses) -> Iterator[None]:
    """Let Django take its connection from a pool that holds a single one."""
    options = connection.settings_dict["OPTIONS"]
    connection.close()
    options["pool"] = {"min_size": 1, "max_size": 1, "timeout": 5}
    try:
        yield
    finally:
        connection.close()
        connection.close_pool()
        options.pop("pool")


def _backend() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return int(cursor.fetchone()[0])


@pytest.mark.parametrize("leaking", [False, True])
def test_a_pooled_connection_forgets_whom_it_served(pool_of_one: None, tmp_path: Path, leaking: bool) -> None:
    """The next user of the same connection sees nothing; with a session-level setting, the planted fault, it would."""
    provider = build.provider().id
    recording.record(recording.bundle(tmp_path, provider, records=[recording.student("A-1")]))
    with tenancy.for_provider(provider):
        assert _seen() == {provider}
    if leaking:
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('testamur.provider_id', %s, false)", [str(provider)])
    first = _backend()
    connection.close()  # back to the pool
    assert _seen() == ({provider} if leaking else set())
    assert _backend() == first
