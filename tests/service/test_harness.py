"""The harness holds what conftest.py promises, each promise shown on a planted fault."""

import os
import shutil
import socket
import subprocess
import sys
import warnings
from pathlib import Path

import psycopg
import pytest
from django.contrib.auth.hashers import Argon2PasswordHasher, check_password, make_password
from django.db import ProgrammingError, connection, connections, transaction

from testamur.service import database
from tests import databases

PROJECT = Path(__file__).resolve().parents[2]


def _who(alias: str) -> str:
    with connections[alias].cursor() as cursor:
        cursor.execute("select current_user")
        return str(cursor.fetchone()[0])


@pytest.mark.django_db(databases=["default", "owner"])
def test_default_is_the_application_and_owner_the_owner():
    assert _who("default") == database.APP
    assert _who("owner") == database.OWNER


@pytest.mark.django_db
def test_the_application_can_make_no_table():
    with pytest.raises(ProgrammingError, match="permission denied"), connection.cursor() as cursor:
        cursor.execute("create table planted (id int)")


@pytest.mark.django_db
@pytest.mark.parametrize("round_", [1, 2])
def test_a_row_of_one_test_is_gone_in_the_next(round_: int):
    with connection.cursor() as cursor:
        cursor.execute("select count(*) from django_session where session_key = 'planted'")
        assert cursor.fetchone() == (0,)
        cursor.execute("insert into django_session values ('planted', '', now())")


def test_a_commit_is_real_in_a_database_of_its_own(committed_db: database.Addresses):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("insert into django_session values ('planted', '', now())")
    assert os.environ[database.APP_VARIABLE] == committed_db.app
    with psycopg.connect(committed_db.app) as outsider:
        assert outsider.execute("select count(*) from django_session").fetchone() == (1,)


def test_the_next_committed_database_is_fresh(committed_db: database.Addresses, test_server: databases.Server):
    with connection.cursor() as cursor:
        cursor.execute("select current_database(), (select count(*) from django_session)")
        name, count = cursor.fetchone()
    assert count == 0
    assert name in test_server.names(f"run_{os.getpid()}_")


def test_no_connection_leaves_this_machine():
    with socket.socket() as outside, pytest.raises((UserWarning, RuntimeError), match="tried to use socket"):
        outside.connect(("192.0.2.1", 80))


def test_connections_to_this_machine_work():
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as client:
        assert client.getpeername() == server.getsockname()


def test_a_warning_is_an_error():
    with pytest.raises(DeprecationWarning, match="planted"):
        warnings.warn("planted", DeprecationWarning, stacklevel=1)


FLUSHING = """
import pytest
@pytest.mark.django_db(transaction=True)
def test_marked(): pass
def test_with_fixture(live_server): pass
"""
FAULTY = """
import warnings
from django.db import connection
def test_warning(): warnings.warn("planted")
def test_database(): connection.cursor()
"""
UNKNOWN_MARKER = """
import pytest
@pytest.mark.unheard_of
def test_x(): pass
"""
IN_BROWSER = """
import pytest
@pytest.mark.browser
def test_x(): pass
"""


def _run_planted(text: str, **variables: str) -> tuple[int, str]:
    """Run one planted test file under this project's own configuration; return exit code and output."""
    folder = PROJECT / "tests" / "service" / f"planted_{os.getpid()}"
    folder.mkdir()
    try:
        (folder / "test_planted.py").write_text(text)
        answer = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", str(folder)],
            cwd=PROJECT,
            env=os.environ | variables,
            capture_output=True,
            text=True,
        )
        return answer.returncode, answer.stdout + answer.stderr
    finally:
        shutil.rmtree(folder)


def test_only_tests_hash_passwords_at_the_least_cost():
    from testamur.service import settings

    assert settings.PASSWORD_HASHERS == ["django.contrib.auth.hashers.Argon2PasswordHasher"]
    quick, real = make_password("x"), Argon2PasswordHasher().encode("x", "s" * 22)
    assert "m=8,t=1,p=1" in quick
    assert "m=102400,t=2,p=8" in real
    assert check_password("x", quick)


def test_a_test_that_would_flush_is_refused():
    code, output = _run_planted(FLUSHING)
    assert code != 0
    assert "use the fixture committed_db" in output
    assert "test_marked" in output
    assert "test_with_fixture" in output


def test_a_warning_or_an_undeclared_use_of_the_database_fails_a_test():
    code, output = _run_planted(FAULTY)
    assert code != 0
    assert "UserWarning: planted" in output
    assert "Database access not allowed" in output


def test_a_marker_nobody_declared_fails_the_run():
    code, output = _run_planted(UNKNOWN_MARKER)
    assert code != 0
    assert "unheard_of" in output


@pytest.mark.parametrize(
    ("machine", "lacking", "install"),
    [
        ({"TESTAMUR_CHROMIUM": "", "PATH": "/nonexistent"}, "there is no Chromium", "chromium"),
        (
            {"TESTAMUR_CHROMIUM": "/bin/true", "PLAYWRIGHT_NODEJS_PATH": "/bin/false"},
            "Playwright's driver",
            "libatomic1",
        ),
    ],
)
def test_browser_tests_that_cannot_run_are_skipped_loudly_or_fail_on_demand(machine, lacking, install):
    code, output = _run_planted(IN_BROWSER, TESTAMUR_BROWSER_REQUIRED="0", **machine)
    assert code == 0
    assert "1 BROWSER TESTS DID NOT RUN" in output
    assert f"apt-get install -y {install}" in output
    code, output = _run_planted(IN_BROWSER, TESTAMUR_BROWSER_REQUIRED="1", **machine)
    assert code != 0
    assert f"demanded, and {lacking}" in output
