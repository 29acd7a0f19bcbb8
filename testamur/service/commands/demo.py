"""Show a working register with made-up people on a local address.

Makes the database, its tables and keys, loads the made-up world once, starts web, worker and a local mail sink, and prints
one log-in per role; Ctrl-C stops everything. With --check it does the same in a folder of its own on a free port, drives
the whole journey over HTTP, prints a JSON summary, stops, and answers 0 or 1.
"""

import argparse
import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import psycopg

from testamur.kernel.errors import Conflict
from testamur.service import cli, database, processes

_PORT = 8000
_FOLDERS = ("documents", "uploads", "mail", "keys")
_WORLD = "Secretariat of the demonstration register"


def add(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `demo`."""
    parser = subparsers.add_parser("demo", help=__doc__.partition("\n")[0], description=__doc__)
    parser.add_argument("--port", type=int, default=_PORT, help="port on this machine; a free one where it is taken")
    parser.add_argument("--fresh", action="store_true", help="throw the demo's data away and begin anew")
    parser.add_argument("--students", type=int, default=2_000, help="how many the closed provider had")
    parser.add_argument("--check", action="store_true", help="drive the whole journey over HTTP, then stop")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Run the demo until Ctrl-C, or check it."""
    return check(options.students) if options.check else show(options)


def show(options: argparse.Namespace) -> int:
    """Start the demo, print how to use it, and wait for Ctrl-C."""
    if options.fresh:
        start_anew()
    try:
        with running(options.port, students=options.students) as (site, address):
            if options.port and address != f"http://localhost:{options.port}":
                _say(f"Port {options.port} is taken, so the demo answers at another one.")
            print(introduction(address), flush=True)
            site.watch()
    except KeyboardInterrupt:
        _say("Stopped: web, worker, mail sink and database.")
    return 0


def check(students: int) -> int:
    """Run a demo of its own, drive the journey, print the summary; 0 where every step held."""
    database.var_folder().mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="check-", dir=database.var_folder()))
    for name in ("DATABASE_URL", "DATABASE_OWNER_URL", database.APP_VARIABLE, database.OWNER_VARIABLE):
        os.environ.pop(name, None)
    os.environ["TESTAMUR_VAR"] = str(folder)
    try:
        with running(0, students=students) as (_, address):
            from testamur.service import journey

            found = journey.drive(address, say=_say)
    finally:
        database.embedded().destroy()
        shutil.rmtree(folder, ignore_errors=True)
    ok = bool(found) and all(one["ok"] for one in found)
    print(json.dumps({"ok": ok, "checks": found}, ensure_ascii=False))
    return 0 if ok else 1


@contextmanager
def running(port: int, *, students: int) -> Iterator[tuple[processes.Site, str]]:
    """Run the demo while the context lasts; yields its processes and its address. Port 0 is a free one."""
    began = time.monotonic()
    folder = database.var_folder()
    with processes.guarded_database(), processes.Site(folder / "log") as site:
        with processes.listening_socket(port) as bound:
            number = bound.getsockname()[1]
        address = f"http://localhost:{number}"
        os.environ |= {"TESTAMUR_DEMO": "1", "TESTAMUR_CREATE_KEYS": "1", "TESTAMUR_PUBLIC_URL": address}
        prepare(folder, students=students)
        mail = folder / "mail"
        mail.mkdir(mode=0o700, exist_ok=True)
        site.start_mail_sink(mail)
        if site.start_web(number) != number:
            raise processes.SiteStopped(f"Port {number} was taken a moment ago. Start the demo again.")
        site.start_worker()
        site.wait_for(f"http://127.0.0.1:{number}/health")
        _say(f"Ready after {time.monotonic() - began:.0f} seconds.")
        yield site, address


def prepare(folder: Path, *, students: int) -> None:
    """Bring tables, keys and the world to where the demo begins; the second time there is next to nothing to do."""
    _say("tables")
    cli.load_django()
    from django.conf import settings
    from django.core.management import call_command
    from django.db import connections

    from testamur.documents import seal, stamp
    from testamur.log import keys
    from testamur.service import world

    call_command("migrate", database="owner", interactive=False, verbosity=0)
    for wanted in (settings.KEYS_DIR, settings.DOCUMENTS_DIR, settings.UPLOADS_DIR):
        Path(wanted).mkdir(mode=0o700, parents=True, exist_ok=True)
    keys.ensure_log_key(settings.KEYS_DIR, origin=settings.LOG_ORIGIN, create=True)
    seal.ensure_seal(settings.KEYS_DIR, organisation=settings.REGISTER_NAME, create=True)
    stamp.development_stamp(settings.KEYS_DIR, settings.REGISTER_NAME, create=True)
    if not world.is_loaded():
        with tempfile.TemporaryDirectory(prefix="world-", dir=folder) as work:
            world.load(Path(work), at=datetime.now(UTC), say=_say, students=students)
    connections.close_all()


def start_anew() -> None:
    """Throw away the demo's database and files; refuses to touch anything that is not a demo's, or that runs."""
    if os.environ.get("DATABASE_URL"):
        raise Conflict("--fresh throws away the embedded database only. Empty the one of DATABASE_URL yourself.")
    addresses = database.ensure()
    if database.has_tables(addresses.owner) and not _holds_demo(addresses.owner):
        raise Conflict(
            "This database is not the demo's, so --fresh leaves it alone. Set TESTAMUR_VAR to another folder."
        )
    for name in (database.APP_VARIABLE, database.OWNER_VARIABLE):
        os.environ.pop(name, None)
    database.let_go()
    if not database.embedded().stop_if_unused():
        raise Conflict("A demo is running on this data. Stop it with Ctrl-C where it was started, then try again.")
    database.embedded().destroy()
    for name in _FOLDERS:
        shutil.rmtree(database.var_folder() / name, ignore_errors=True)


def _holds_demo(address: str) -> bool:
    """Say whether a database holds the made-up world, or nobody at all."""
    with psycopg.connect(address, connect_timeout=10) as connection:
        if connection.execute("select to_regclass('accounts_organisation')").fetchone() == (None,):
            return True
        accounts = connection.execute("select count(*) from accounts_account").fetchone()
        world = connection.execute("select count(*) from accounts_organisation where name = %s", [_WORLD]).fetchone()
    return accounts == (0,) or world == (1,)


def introduction(address: str) -> str:
    """Return what a newcomer reads: the address, one log-in per role, and how to stop."""
    from testamur.service.world import people

    rows = [("Role", "Address", "Code now", "Secret of the second factor")]
    rows += [(one.title, one.email, one.code or "–", one.secret or "–") for one in people.EVERYBODY]
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    table = [
        "  ".join([*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[3]]) for row in rows
    ]
    table.insert(1, "─" * max(map(len, table)))
    return "\n".join(
        [
            "",
            f"  Testamur answers at   {address}",
            f"  Mail and log-ins at   {address}/demo/",
            f"  Password of everyone  {people.PASSWORD}",
            "",
            *(f"  {line}" for line in table),
            "",
            f"  Codes change every 30 seconds; {address}/demo/ shows the present ones.",
            "  Nobody here exists, no mail leaves this machine. Ctrl-C stops everything.",
            "",
        ]
    )


def _say(line: str) -> None:
    """Tell whoever watches what is being done."""
    print(f"demo: {line}", file=sys.stderr, flush=True)
