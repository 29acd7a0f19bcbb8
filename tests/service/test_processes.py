"""The site's processes stop together: on leaving, on Ctrl-C, when one ends, and when the parent is killed outright."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
from django.db import connection

from testamur.service import database, processes
from testamur.service.postgres import EmbeddedPostgres

PROJECT = Path(__file__).resolve().parents[2]
SLEEPER = [sys.executable, "-c", "import time; time.sleep(600)"]
STUBBORN = [
    sys.executable,
    "-c",
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(600)",
]


def _runs(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


def _wait_until(holds: Callable[[], bool], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            pytest.fail(f"did not come true within {seconds} seconds")
        time.sleep(0.05)


def test_leaving_stops_every_child(tmp_path: Path):
    with processes.Site(tmp_path) as site:
        pids = [site.start(name, SLEEPER) for name in ("one", "two")]
        assert all(map(_runs, pids))
    assert not any(map(_runs, pids))


def test_a_child_that_does_not_listen_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(processes, "_STOP_PATIENCE", 0.3)
    with processes.Site(tmp_path) as site:
        pid = site.start("stubborn", STUBBORN)
        _wait_until(lambda: "deaf" in (tmp_path / "stubborn.log").read_text())
    assert not _runs(pid)


def test_when_one_ends_the_others_stop_and_it_is_named(tmp_path: Path):
    ending = [sys.executable, "-c", "import sys; print('planted end'); sys.exit(3)"]
    pids = []

    def run() -> None:
        with processes.Site(tmp_path) as site:
            pids.append(site.start("long", SLEEPER))
            site.start("short", ending)
            site.watch()

    with pytest.raises(processes.SiteStopped, match="The process short ended with code 3"):
        run()
    assert not _runs(pids[0])
    assert "planted end" in (tmp_path / "short.log").read_text()


def test_a_site_that_never_answers_is_given_up(tmp_path: Path):
    with processes.listening_socket(0) as bound, processes.Site(tmp_path) as site:
        site.start("long", SLEEPER)
        port = bound.getsockname()[1]
        bound.close()
        with pytest.raises(processes.SiteStopped, match="did not answer"):
            site.wait_for(f"http://127.0.0.1:{port}/", patience=0.3)


def test_a_taken_port_gives_a_free_one():
    with processes.listening_socket(0) as taken:
        wanted = taken.getsockname()[1]
        with processes.listening_socket(wanted) as other:
            assert other.getsockname()[1] != wanted


PARENT = """
import sys
from pathlib import Path
from testamur.service import processes
try:
    with processes.Site(Path(sys.argv[1])) as site:
        print(*[site.start(name, [sys.executable, "-c", "import time; time.sleep(600)"]) for name in "ab"], flush=True)
        site.watch()
except KeyboardInterrupt:
    sys.exit(130)
"""


@pytest.mark.parametrize(
    ("sent", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 130), (signal.SIGKILL, -signal.SIGKILL)]
)
def test_no_child_outlives_its_parent(tmp_path: Path, sent: signal.Signals, code: int):
    parent = subprocess.Popen([sys.executable, "-c", PARENT, str(tmp_path)], cwd=PROJECT, stdout=subprocess.PIPE)
    assert parent.stdout is not None
    pids = [int(word) for word in parent.stdout.readline().split()]
    assert len(pids) == 2
    assert all(map(_runs, pids))
    parent.send_signal(sent)
    parent.communicate()
    assert parent.returncode == code
    _wait_until(lambda: not any(map(_runs, pids)))


GUARDED = """
import sys, time
from testamur.service import processes
with processes.guarded_database():
    print("up", flush=True)
    sys.stdin.read()
"""


@pytest.mark.slow
@pytest.mark.parametrize("ending", ["leave", "kill", "leave while another uses it"])
def test_the_database_stops_with_its_last_user(tmp_path: Path, ending: str):
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("TESTAMUR_", "DATABASE_"))}
    environment["TESTAMUR_VAR"] = str(tmp_path)
    embedded = EmbeddedPostgres(tmp_path / "pg")
    parent = subprocess.Popen(
        [sys.executable, "-c", GUARDED], cwd=PROJECT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    try:
        assert parent.stdout is not None
        assert parent.stdout.readline() == b"up\n"
        handle = embedded.use() if "another" in ending else None
        if ending == "kill":
            parent.kill()
        parent.communicate()
        if handle:
            assert embedded.answers()
            handle.close()
            assert embedded.stop_if_unused()
        _wait_until(lambda: not (embedded.data / "postmaster.pid").exists())
    finally:
        embedded.destroy()


@pytest.mark.slow
def test_the_web_server_answers_at_health_and_stops(committed_db: database.Addresses, tmp_path: Path):
    with processes.Site(tmp_path) as site:
        port = site.start_web(0, processes=1)
        site.wait_for(f"http://127.0.0.1:{port}/health")
    with psycopg.connect(committed_db.app) as admin:
        names = admin.execute("select count(*) from pg_stat_activity where datname = current_database()").fetchone()
    assert names == (1,)


def test_health_says_when_the_database_does_not_answer(
    committed_db: database.Addresses, monkeypatch: pytest.MonkeyPatch
):
    from testamur.service import wsgi

    said: list[str] = []

    def ask() -> bytes:
        return b"".join(wsgi.application({"PATH_INFO": "/health"}, lambda status, headers: said.append(status)))  # type: ignore[arg-type]

    assert ask() == b"ok\n"
    connection.close()
    monkeypatch.setitem(connection.settings_dict, "NAME", "planted_missing")
    assert b"does not answer" in ask()
    assert said == ["200 OK", "503 Service Unavailable"]
    connection.close()
