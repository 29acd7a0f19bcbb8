"""What every test stands on: its own database, its own folders, no network, and Chromium where there is one.

* `db` (or the marker django_db): the application's role, rolled back after the test. The owner's role too with
  `django_db(databases=["default", "owner"])`.
* `committed_db`: a database of its own, for tests that commit (browser, worker, killed processes). Its addresses stand
  in the environment too, so commands started by the test use it.
* `live_site`: the site served over it on a local port.
"""

import asyncio
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright._impl._driver import compute_driver_executable
from pytest_django import DjangoDbBlocker
from pytest_django.live_server_helper import LiveServer

from testamur.service import connections as site_connections
from testamur.service import database
from tests import databases

_CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome")
_NO_BROWSER = "no browser: "
_CHROMIUM_ARGUMENTS = [
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
_FLUSHES = (
    "Permanent tables refuse TRUNCATE, so nothing can be flushed: use the fixture committed_db (or live_site) "
    "instead of transaction=True, transactional_db or live_server."
)


# Network and browser --------------------------------------------------------------------------------------------


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Let tests reach this machine only."""
    config.option.allow_hosts = config.option.allow_hosts or "127.0.0.1,::1,localhost"
    config.option.allow_unix_socket = True


def chromium() -> str | None:
    """Return the path of Chromium, None where there is none."""
    named = os.environ.get("TESTAMUR_CHROMIUM")
    return named or next((path for name in _CHROMIUM_NAMES if (path := shutil.which(name))), None)


def no_browser() -> str | None:
    """Say what the browser's tests lack, and what installs it; None where they can run."""
    if not chromium():
        return "there is no Chromium. Install it: apt-get install -y chromium"
    driver, _ = compute_driver_executable()
    if subprocess.run([driver, "--version"], capture_output=True, check=False).returncode:
        return "Playwright's driver does not start. Install what it is linked with: apt-get install -y libatomic1"
    return None


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Name long values by their argument and place: a random key in a test's name differs in each of xdist's workers."""
    return argname if isinstance(val, str | bytes) and len(val) > 40 else None


def _flushes(item: pytest.Item) -> bool:
    """Say whether a test would make Django flush the database."""
    marker = item.get_closest_marker("django_db")
    asks = bool(marker and (marker.kwargs.get("transaction") or (marker.args and marker.args[0])))
    return asks or bool({"transactional_db", "live_server"} & set(getattr(item, "fixturenames", ())))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Refuse tests that flush; without Chromium skip the browser's tests, or fail where they were demanded."""
    if flushing := [item.nodeid for item in items if _flushes(item)]:
        raise pytest.UsageError("\n".join([_FLUSHES, *flushing]))
    browser_items = [item for item in items if item.get_closest_marker("browser")]
    if not browser_items or (lacking := no_browser()) is None:
        return
    if os.environ.get("TESTAMUR_BROWSER_REQUIRED") == "1":
        raise pytest.UsageError(f"The browser's tests are demanded, and {lacking}")
    for item in browser_items:
        item.add_marker(pytest.mark.skip(reason=f"{_NO_BROWSER}{lacking}"))


def _beside_the_browsers_loop(item: pytest.Item) -> Iterator[None]:
    """Hide the event loop that pytest-playwright leaves running in this thread from tests that start loops of their own."""
    held = None if item.get_closest_marker("browser") else asyncio._get_running_loop()
    if held is not None:
        asyncio._set_running_loop(None)
    try:
        yield
    finally:
        if held is not None:
            asyncio._set_running_loop(held)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> Iterator[None]:
    """Set a test up as if no browser had been driven in this process."""
    yield from _beside_the_browsers_loop(item)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    """Run a test as if no browser had been driven in this process."""
    yield from _beside_the_browsers_loop(item)


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Say loudly, once, that the browser's tests did not run."""
    skipped = [str(report.longrepr) for report in terminalreporter.stats.get("skipped", [])]
    if reasons := [text.partition(_NO_BROWSER)[2].rstrip("')") for text in skipped if _NO_BROWSER in text]:
        line = f"{len(reasons)} BROWSER TESTS DID NOT RUN: {reasons[0]}"
        terminalreporter.write_line(line, red=True, bold=True)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """Start the machine's own Chromium, quiet towards the network."""
    arguments = [*browser_type_launch_args.get("args", []), *_CHROMIUM_ARGUMENTS]
    return {**browser_type_launch_args, "executable_path": chromium(), "args": arguments}


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Stop the database with the last run that used it; a worker of xdist leaves that to its controller."""
    if not hasattr(session.config, "workerinput"):
        databases.stop()


# Databases ------------------------------------------------------------------------------------------------------


def _point_at(addresses: database.Addresses) -> None:
    """Make both of Django's connections, in every thread and child process, use these addresses."""
    from django.db import connections

    connections.close_all()
    addresses.export()
    for alias, wanted in site_connections.database_settings(os.environ).items():
        connections.settings[alias].update(wanted)


def _migrate(addresses: database.Addresses) -> None:
    """Run every migration as the owner's role."""
    from django.core.management import call_command
    from django.db import connections

    _point_at(addresses)
    call_command("migrate", database="owner", interactive=False, verbosity=0)
    connections.close_all()


@pytest.fixture(scope="session")
def test_server(django_test_environment: None) -> databases.Server:
    """Return the running PostgreSQL for tests."""
    return databases.start()


@pytest.fixture(scope="session")
def template_database(test_server: databases.Server, django_db_blocker: DjangoDbBlocker) -> str:
    """Return the name of the migrated template."""
    with django_db_blocker.unblock():
        return databases.template(test_server, _migrate)


@pytest.fixture(scope="session")
def django_db_setup(
    test_server: databases.Server, template_database: str, django_db_blocker: DjangoDbBlocker
) -> Iterator[None]:
    """Give this process its own copy of the template, in place of pytest-django's own making."""
    with databases.own_copy(test_server, template_database, "shared") as addresses, django_db_blocker.unblock():
        _point_at(addresses)
        with django_db_blocker.block():
            yield
        from django.db import connections

        connections.close_all()


@pytest.fixture
def committed_db(
    django_db_setup: None, test_server: databases.Server, template_database: str, django_db_blocker: DjangoDbBlocker
) -> Iterator[database.Addresses]:
    """Give the test a fresh database in which commits are real; it is dropped afterwards."""
    shared = database.Addresses(os.environ[database.APP_VARIABLE], os.environ[database.OWNER_VARIABLE])
    with databases.own_copy(test_server, template_database, "committed") as addresses, django_db_blocker.unblock():
        _point_at(addresses)
        try:
            yield addresses
        finally:
            _point_at(shared)


@pytest.fixture
def live_site(committed_db: database.Addresses) -> Iterator[str]:
    """Serve the site over `committed_db` and return its address."""
    server = LiveServer("localhost")
    server._live_server_modified_settings.enable()
    try:
        yield server.url
    finally:
        server.stop()
        server._live_server_modified_settings.disable()


# Folders --------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def test_keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder in which keys are made once a run."""
    return tmp_path_factory.mktemp("keys")


@pytest.fixture(autouse=True)
def own_settings(settings: Any, tmp_path_factory: pytest.TempPathFactory, test_keys: Path) -> None:
    """Keep every file that a test makes out of the checkout, and its passwords quick to hash."""
    settings.PASSWORD_HASHERS = ["tests.hashing.QuickArgon2"]
    folder = tmp_path_factory.mktemp("var")
    settings.KEYS_DIR = test_keys
    settings.CREATE_KEYS = True
    for name in ("DOCUMENTS_DIR", "UPLOADS_DIR", "STATIC_ROOT"):
        path = folder / name.lower()
        path.mkdir()
        setattr(settings, name, path)
    settings.FILE_UPLOAD_TEMP_DIR = str(settings.UPLOADS_DIR)
