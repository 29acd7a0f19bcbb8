"""A dump comes back whole, into an empty database only, and is nobody else's to read."""

import os
import stat
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from testamur.service import database, processes
from testamur.service.postgres import EmbeddedPostgres

Run = Callable[..., tuple[int, str]]


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Run]:
    """Return what runs a command of the site whose folder is named first."""

    def command(site: str, *words: str) -> tuple[int, str]:
        inherited = {key: value for key, value in processes.child_environment().items() if "DATABASE" not in key}
        answer = subprocess.run(
            [*processes.CLI, *words],
            env=inherited | {"TESTAMUR_VAR": str(tmp_path / site)},
            capture_output=True,
            text=True,
        )
        return answer.returncode, answer.stdout + answer.stderr

    yield command
    for site in ("old", "new"):
        EmbeddedPostgres(tmp_path / site / "pg").destroy()


def _address(tmp_path: Path, site: str) -> str:
    superuser = EmbeddedPostgres(tmp_path / site / "pg").ensure()
    return database.with_database(superuser, database.DATABASE)


def _contents(address: str) -> tuple[object, ...]:
    """Return what must come back: rows, policies, triggers, and what the application's role may do."""
    with psycopg.connect(address) as connection:
        return tuple(
            connection.execute(query).fetchall()
            for query in (
                "select session_key from django_session order by 1",
                "select tablename, policyname, qual from pg_policies order by 1, 2",
                "select tgname from pg_trigger where not tgisinternal order by 1",
                "select relname, relowner::regrole::text, relrowsecurity, relforcerowsecurity,"
                " coalesce(relacl, acldefault('r', relowner))::text"
                " from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') order by 1",
                "select attrelid::regclass::text, attname, attacl::text from pg_attribute"
                " where attacl is not null order by 1, 2",
                "select adrelid::regclass::text, attname, pg_get_expr(adbin, adrelid) from pg_attrdef"
                " join pg_attribute on attrelid = adrelid and attnum = adnum order by 1, 2",
            )
        )


@pytest.mark.slow
def test_a_dump_comes_back_whole(run: Run, tmp_path: Path):
    assert run("old", "db", "migrate")[0] == 0
    with psycopg.connect(_address(tmp_path, "old")) as connection:
        connection.execute("insert into django_session values ('planted', '', now())")
    file = tmp_path / "register.dump"
    code, output = run("old", "db", "dump", str(file))
    assert (code, stat.S_IMODE(file.stat().st_mode)) == (0, 0o600), output
    code, output = run("old", "db", "dump", str(file))
    assert (code, output) == (1, f"{file} is there already. Name a new file; a dump never goes over another.\n")

    code, output = run("new", "db", "restore", str(file))
    assert code == 0, output
    there, here = _contents(_address(tmp_path, "old")), _contents(_address(tmp_path, "new"))
    assert here == there
    assert all(there)
    assert run("new", "db", "status")[0] == 0

    code, output = run("new", "db", "restore", str(file))
    assert code == 1
    assert "has tables already" in output


@pytest.mark.slow
def test_a_damaged_dump_changes_nothing(run: Run, tmp_path: Path):
    damaged = tmp_path / "damaged.dump"
    damaged.write_bytes(b"PGDMP" + os.urandom(500))
    code, output = run("new", "db", "restore", str(damaged))
    assert code == 1
    assert "changed nothing" in output
    assert not database.has_tables(_address(tmp_path, "new"))
    assert run("new", "db", "restore", str(tmp_path / "missing"))[0] == 2
