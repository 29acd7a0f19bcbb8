"""The demo as a newcomer starts it: one command, a second start without loading, Ctrl-C that leaves nothing, --check."""

import json
import os
import signal
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from testamur.accounts.roles import Role
from testamur.service import database
from testamur.service.commands import demo
from testamur.service.processes import CLI, child_environment
from tests import build

_PATIENCE = 150.0
_ADDRESSES = ("DATABASE_URL", "DATABASE_OWNER_URL", database.APP_VARIABLE, database.OWNER_VARIABLE)


def environment(folder: Path) -> dict[str, str]:
    """Return the environment of a demo that has a folder of its own, and its own database in it."""
    ours = child_environment({"TESTAMUR_VAR": str(folder)})
    return {key: value for key, value in ours.items() if key not in _ADDRESSES}


def descendants(folder: Path) -> list[int]:
    """Return the processes that run with a folder as TESTAMUR_VAR, by their environment."""
    mark = f"TESTAMUR_VAR={folder}".encode()
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                if any(line.startswith(mark) for line in (entry / "environ").read_bytes().split(b"\0")):
                    found.append(int(entry.name))
            except OSError:
                continue
    return found


class Running:
    """A demo that runs as a child; `said` is what it has printed so far."""

    def __init__(self, folder: Path, *words: str) -> None:
        self.folder = folder
        self.output = folder / f"said-{time.monotonic_ns()}"
        with self.output.open("wb") as stream:
            command = [*CLI, "demo", "--students", "6", *words]
            self.child = subprocess.Popen(
                command, stdout=stream, stderr=stream, env=environment(folder), start_new_session=True
            )

    @property
    def said(self) -> str:
        return self.output.read_text(encoding="utf-8")

    def address(self) -> str:
        """Wait for the address."""
        deadline = time.monotonic() + _PATIENCE
        while time.monotonic() < deadline and self.child.poll() is None:
            if "Ctrl-C stops everything" in self.said:
                return next(line.split()[-1] for line in self.said.splitlines() if "answers at  " in line)
            time.sleep(0.1)
        raise AssertionError(self.said[-3000:])

    def interrupt(self) -> int:
        """Press Ctrl-C and return the exit code."""
        self.child.send_signal(signal.SIGINT)
        return self.child.wait(60)


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """Return a folder for a demo; its database is destroyed afterwards."""
    yield tmp_path
    for number in descendants(tmp_path):
        os.kill(number, signal.SIGKILL)
    database.EmbeddedPostgres(tmp_path / "pg").destroy()


@pytest.mark.slow
def test_the_demo_starts_twice_and_stops_without_a_trace(folder: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        first = Running(folder, "--port", str(port))
        address = first.address()
    assert f"Port {port} is taken" in first.said
    assert address != f"http://localhost:{port}"
    with urllib.request.urlopen(f"{address}/demo/", timeout=30) as page:
        assert b"ines.moreau@harbourlight.example.org" in page.read()
    refused = subprocess.run([*CLI, "demo", "--fresh"], env=environment(folder), capture_output=True, text=True)
    assert refused.returncode == 1
    assert "A demo is running" in refused.stderr
    assert first.interrupt() == 0
    assert descendants(folder) == []

    second = Running(folder, "--port", "0")
    second.address()
    assert "people and providers" not in second.said
    assert second.interrupt() == 0
    assert descendants(folder) == []

    anew = Running(folder, "--port", "0", "--fresh")
    anew.address()
    assert "people and providers" in anew.said
    assert anew.interrupt() == 0
    assert descendants(folder) == []


@pytest.mark.slow
def test_the_check_drives_the_whole_journey_and_leaves_nothing(folder: Path) -> None:
    command = [*CLI, "demo", "--check", "--students", "6"]
    answer = subprocess.run(command, env=environment(folder), capture_output=True, text=True, timeout=400)
    told = json.loads(answer.stdout)
    assert [check for check in told["checks"] if not check["ok"]] == []
    assert (answer.returncode, told["ok"]) == (0, True)
    assert len(told["checks"]) == 20
    assert descendants(folder) == []
    assert list(folder.glob("check-*")) == []


def holds_demo(address: str) -> bool:
    """Say what --fresh would be told about a database."""
    return demo._holds_demo(address)


def test_fresh_spares_data_that_is_not_the_demos(committed_db: database.Addresses) -> None:
    assert holds_demo(committed_db.owner)  # nobody is in it
    build.member(Role.AUDITOR)
    assert not holds_demo(committed_db.owner)
    with psycopg.connect(committed_db.owner) as connection:
        connection.execute("drop schema public cascade")
        connection.execute("create schema public")
    assert holds_demo(committed_db.owner)  # no tables


def test_the_introduction_names_every_role_once() -> None:
    text = demo.introduction("http://localhost:8000")
    for role in ("Student, verified", "Provider data officer", "Provider administrator", "Secretariat officer",
                 "Supervisor", "Auditor", "Student, vocational", "Provider data officer, Wattlebird",
                 "Provider administrator, Boobook"):  # fmt: skip
        assert text.count(f"\n  {role}  ") == 1
    assert "http://localhost:8000/demo/" in text
