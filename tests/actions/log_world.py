"""What the tests of the log share: leaves whose content is known, and the ways in which an owner could cheat."""

from datetime import UTC, datetime
from typing import Any

import psycopg
from django.db import transaction
from psycopg import sql

from testamur.log import actions
from testamur.log.claims import Check
from testamur.log.commitment import LeafPlace, leaf
from tests.vectors.log import generate

AT = datetime(2026, 7, 1, 2, 3, 4, tzinfo=UTC)
PERMANENT = ["log_leafbatch", "log_sequencedbatch", "log_tile", "log_checkpoint", "log_accessdigest"]


def leaves(count: int, *, since: int = 0) -> list[bytes]:
    """Leaves that follow from their numbers."""
    return [leaf(generate.sha256(f"leaf {number}".encode())) for number in range(since, since + count)]


def append(count: int, *, since: int = 0) -> list[LeafPlace]:
    """Append and commit."""
    with transaction.atomic():
        return actions.append(leaves(count, since=since))


def committing(address: str) -> psycopg.Connection[Any]:
    """A session of its own."""
    return psycopg.connect(address)


def owner_does(address: Any, *statements: str) -> None:
    """Change permanent tables as their owner can: switch triggers off and foreign keys away, then the triggers on."""
    with committing(address.owner) as session:
        switch(session, "DISABLE")
        for statement in statements:
            assert session.execute(statement.encode()).rowcount != 0, f"changes nothing: {statement}"
        switch(session, "ENABLE")


def switch(session: psycopg.Connection[Any], state: str) -> None:
    """Switch the triggers of permanence, and of access events, off or on."""
    for table in PERMANENT:
        statement = sql.SQL("ALTER TABLE {} " + state + " TRIGGER permanent")
        session.execute(statement.format(sql.Identifier(table)))
    session.execute(f"ALTER TABLE log_accessevent {state} TRIGGER kept".encode())
    if state == "DISABLE":
        keys = session.execute(
            "SELECT conrelid::regclass::text, conname FROM pg_constraint "
            "WHERE contype = 'f' AND confrelid = 'log_leafbatch'::regclass"
        ).fetchall()
        for table, name in keys:
            session.execute(
                sql.SQL("ALTER TABLE {} DROP CONSTRAINT {}").format(sql.Identifier(table), sql.Identifier(name))
            )


def flip(column: str, byte: int) -> str:
    """SQL for a column of bytes with one byte inverted."""
    return f"set_byte({column}, {byte}, 255 - get_byte({column}, {byte}))"


def failed(checks: list[Check]) -> dict[str, str]:
    """The checks that failed, by name, with what they told."""
    return {check.name: check.detail for check in checks if not check.ok}
