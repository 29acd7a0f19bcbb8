"""Databases for tests: a private PostgreSQL, a migrated template for each state of the migrations, copies of it.

Permanent tables refuse TRUNCATE and DELETE, so nothing is ever flushed: a test either rolls back in its worker's copy,
or commits in a copy of its own that is dropped afterwards.
"""

import hashlib
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from testamur.service import database
from testamur.service.postgres import DatabaseUnavailable, EmbeddedPostgres

PROJECT = Path(__file__).resolve().parents[1]
# Nothing here outlives the run, so nothing waits for the disk.
SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "300",
    "shared_buffers": "128MB",
}
_TEMPLATE_LOCK = 7_350_241_900_116_102
_TEMPLATES_KEPT = 6
_uses: list[IO[str]] = []


def postgres() -> EmbeddedPostgres:
    """Return the cluster that all test runs of this checkout share."""
    return EmbeddedPostgres(PROJECT / "var" / "test-pg", SETTINGS)


def migration_state() -> str:
    """Return a name for what the migrations, and what they stand on, say now."""
    digest = hashlib.sha256()
    files = [
        *PROJECT.glob("testamur/*/migrations/**/*"),
        *PROJECT.glob("testamur/kernel/*.py"),
        PROJECT / "testamur" / "service" / "database.py",
        PROJECT / "requirements" / "runtime.lock",
    ]
    for file in sorted(files):
        if file.suffix != ".pyc" and file.is_file():
            digest.update(f"{file.relative_to(PROJECT)}\0".encode())
            digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()[:12]


@dataclass(frozen=True, slots=True)
class Server:
    """The running cluster, by its superuser's address."""

    superuser: str

    def execute(self, statement: str, **names: str) -> list[tuple[object, ...]]:
        """Run one statement outside any transaction, with names filled in as identifiers."""
        with psycopg.connect(self.superuser, autocommit=True) as connection:
            query = sql.SQL(statement).format(**{key: sql.Identifier(name) for key, name in names.items()})
            cursor = connection.execute(query)
            return cursor.fetchall() if cursor.description else []

    def addresses(self, name: str) -> database.Addresses:
        """Return both roles' addresses at a database."""
        app, owner = (make_conninfo(self.superuser, dbname=name, user=role) for role in (database.APP, database.OWNER))
        return database.Addresses(app=app, owner=owner)

    def copy(self, template: str, name: str) -> None:
        """Make a database from a template."""
        self.execute("create database {name} template {template} owner {owner}",
                     name=name, template=template, owner=database.OWNER)  # fmt: skip
        self.execute("revoke all on database {name} from public", name=name)
        self.execute("grant connect, temporary on database {name} to {app}", name=name, app=database.APP)

    def drop(self, name: str) -> None:
        """Drop a database and whoever is still connected to it."""
        self.execute("drop database if exists {name} with (force)", name=name)

    def names(self, prefix: str) -> list[str]:
        """Return the databases whose names begin so, oldest first."""
        found = self.execute("select datname from pg_database order by oid")
        return [str(row[0]) for row in found if str(row[0]).startswith(prefix)]


def start() -> Server:
    """Start the cluster; one that was damaged (it runs without fsync) is made anew."""
    cluster = postgres()
    try:
        _uses.append(cluster.use())
    except DatabaseUnavailable:
        cluster.destroy()
        _uses.append(cluster.use())
    return Server(cluster.ensure())


def stop() -> None:
    """Stop the cluster unless another run uses it."""
    while _uses:
        _uses.pop().close()
    postgres().stop_if_unused()


def template(server: Server, migrate: Callable[[database.Addresses], None]) -> str:
    """Return the template of the present migrations, made by `migrate` where there is none yet."""
    name = f"template_{migration_state()}"
    with psycopg.connect(server.superuser, autocommit=True) as connection:
        connection.execute("select pg_advisory_lock(%s)", [_TEMPLATE_LOCK])
        if name not in server.names("template_"):
            building = name.replace("template_", "building_")
            server.drop(building)
            database.prepare(server.superuser, building)
            migrate(server.addresses(building))
            server.execute("alter database {building} rename to {name}", building=building, name=name)
        _tidy(server, name)
    return name


def _tidy(server: Server, current: str) -> None:
    """Drop copies whose run is over, and all but the newest templates."""
    for name in server.names("run_"):
        with suppress(ProcessLookupError, PermissionError):
            os.kill(int(name.split("_")[1]), 0)
            continue
        server.drop(name)
    old = [name for name in server.names("template_") if name != current]
    for name in old[: -_TEMPLATES_KEPT or None]:
        with suppress(psycopg.errors.ObjectInUse):
            server.execute("drop database if exists {name}", name=name)


@contextmanager
def own_copy(server: Server, template_name: str, label: str) -> Iterator[database.Addresses]:
    """Give a copy of the template for as long as the context lasts."""
    name = f"run_{os.getpid()}_{label}"
    server.drop(name)
    server.copy(template_name, name)
    try:
        yield server.addresses(name)
    finally:
        server.drop(name)
