"""On whose behalf a transaction reads and writes. The settings are local to the transaction, never to the session.

A session-level setting survives in a pooled connection and shows the next request another provider's rows; therefore
`set_config(…, true)` only, and a nested call puts back what was there.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from django.db import connection, transaction


def _set(name: str, value: str) -> str:
    """Set one transaction-local setting and return what it was."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(current_setting(%s, true), '')", [name])
        (before,) = cursor.fetchone()
        cursor.execute("SELECT set_config(%s, %s, true)", [name, value])
    return str(before)


@contextmanager
def _local(**settings: str) -> Iterator[None]:
    """Run inside a transaction with settings that end with it."""
    with transaction.atomic():
        before = {name: _set(f"testamur.{name}", value) for name, value in settings.items()}
        yield
        for name, value in before.items():
            _set(f"testamur.{name}", value)


@contextmanager
def for_provider(provider_id: int) -> Iterator[None]:
    """Read and write one provider's rows only."""
    with _local(provider_id=str(provider_id), person_id="", scope=""):
        yield


@contextmanager
def for_person(person_id: UUID) -> Iterator[None]:
    """Read the rows of the students who are this person, and nothing else."""
    with _local(provider_id="", person_id=str(person_id), scope=""):
        yield


@contextmanager
def for_register() -> Iterator[None]:
    """Read and write across providers: the secretariat inside a case, the worker, and audits."""
    with _local(provider_id="", person_id="", scope="register"):
        yield
