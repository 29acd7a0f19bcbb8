"""One running demo for all browser tests of a process: web, worker and mail sink as children, over a database of its own."""

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from testamur.service import database
from testamur.service.processes import CLI, child_environment
from tests import databases
from tests.browser.reading import DemoSite, Readers

# Playwright's own loop runs in this thread, and Django takes that for asynchronous code, which there is none of.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

STUDENTS = 40
_PATIENCE = 120.0
_STOP_PATIENCE = 40.0


@pytest.fixture(scope="session")
def demo_site(
    django_db_setup: None,
    test_server: databases.Server,
    template_database: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[DemoSite]:
    """Start the demo with a small world and return its address; stop it with the run."""
    folder = tmp_path_factory.mktemp("demo")
    with databases.own_copy(test_server, template_database, "demo") as addresses:
        environment = child_environment(
            {
                "TESTAMUR_VAR": str(folder),
                database.APP_VARIABLE: addresses.app,
                database.OWNER_VARIABLE: addresses.owner,
            }
        )
        command = [*CLI, "demo", "--port", "0", "--students", str(STUDENTS)]
        with (folder / "said").open("wb") as said:
            child = subprocess.Popen(command, stdout=said, stderr=said, env=environment, start_new_session=True)
        try:
            yield DemoSite(_address(child, folder / "said"), folder)
        finally:
            child.send_signal(signal.SIGINT)
            try:
                child.wait(_STOP_PATIENCE)
            except subprocess.TimeoutExpired:
                os.killpg(child.pid, signal.SIGKILL)
                child.wait()


def _address(child: "subprocess.Popen[bytes]", said: Path) -> str:
    """Wait until the demo says where it answers."""
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline and child.poll() is None:
        for line in said.read_text(encoding="utf-8").splitlines():
            if "answers at" in line and "Ctrl-C stops" in said.read_text(encoding="utf-8"):
                return line.split()[-1]
        time.sleep(0.2)
    pytest.fail(f"The demo did not start: {said.read_text(encoding='utf-8')[-3000:]}")


@pytest.fixture
def readers(browser: Browser, demo_site: DemoSite) -> Iterator[Readers]:
    """Give windows of the demo to its people; anything unexpected on a console fails the test."""
    made = Readers(browser, demo_site)
    yield made
    made.close()
    assert made.said == []


@pytest.fixture(scope="session")
def browser_context_args() -> dict[str, Any]:
    """Give every window of pytest-playwright's own fixtures the language of the register."""
    return {"locale": "en-AU"}
