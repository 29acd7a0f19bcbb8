"""Start, stop, migrate, copy and look at the database.

`db prepare` makes roles, grants and extensions on a server; the embedded database is prepared by itself. `db dump` writes
the whole database into one file for its owner only; `db restore` brings it back into an empty one.
"""

import argparse
import errno
import json
import os
from pathlib import Path

from testamur.service import cli, database, dumps
from testamur.service.postgres import DatabaseUnavailable


def add(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `db` and its verbs."""
    parser = subparsers.add_parser("db", help=__doc__.partition("\n")[0], description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    for name, run, text in (
        ("start", start, "start the database where it is down"),
        ("stop", stop, "stop the embedded database"),
        ("status", status, "say whether it is up, migrated, and whether row-level security binds the application"),
        ("migrate", migrate, "bring the tables up to date as the owner's role"),
        ("prepare", prepare, "make roles, grants and extensions on the server that --as names"),
        ("dump", dump, "write the whole database into a file, while it runs"),
        ("restore", restore, "bring a dump back into a database without tables"),
        ("url", url, "print the address"),
        ("psql", psql, "open psql"),
    ):
        verb = verbs.add_parser(name, help=text)
        verb.set_defaults(run=run)
        if name == "status":
            verb.add_argument("--json", action="store_true", help="print JSON")
        if name == "prepare":
            verb.add_argument("--as", dest="superuser", required=True, metavar="URL", help="address of a superuser")
        if name in {"dump", "restore"}:
            verb.add_argument("file", type=Path)
        if name in {"url", "psql"}:
            verb.add_argument("--owner", action="store_true", help="as the owner's role, not the application's")


def start(options: argparse.Namespace) -> int:
    """Start and prepare the database."""
    database.ensure()
    print("The database is up.")
    return 0


def stop(options: argparse.Namespace) -> int:
    """Stop the embedded database; a server of one's own is not ours to stop."""
    if os.environ.get("DATABASE_URL"):
        raise DatabaseUnavailable("DATABASE_URL names a server. Stop it by its own means.")
    print("The database is stopped." if database.embedded().stop() else "The database was not running.")
    return 0


def migrate(options: argparse.Namespace) -> int:
    """Run every migration as the owner's role."""
    cli.start_django()
    from django.core.management import call_command
    from django.db import connections

    # A migration that waits behind a long read would make every later read wait behind it.
    with connections["owner"].cursor() as cursor:
        cursor.execute("set lock_timeout = '10s'; set statement_timeout = '30min'")
    call_command("migrate", database="owner", interactive=False, verbosity=1)
    return 0


def prepare(options: argparse.Namespace) -> int:
    """Prepare a server's database for DATABASE_URL and DATABASE_OWNER_URL."""
    database.prepare(options.superuser)
    print(
        f"Database {database.DATABASE} is ready. Give the roles {database.OWNER} and {database.APP} a way to sign in."
    )
    return 0


def url(options: argparse.Namespace) -> int:
    """Print the address of one role."""
    addresses = database.ensure()
    print(addresses.owner if options.owner else addresses.app)
    return 0


def psql(options: argparse.Namespace) -> int:
    """Replace this process with psql."""
    addresses = database.ensure()
    client = dumps.program("psql")
    os.execv(client, [client, addresses.owner if options.owner else addresses.app])  # noqa: S606 - it takes our place


def dump(options: argparse.Namespace) -> int:
    """Write a dump that only this user can read; never over a file that is there."""
    dumps.dump(options.file)
    print(f"The database is in {options.file}. Keep the keys folder and the documents folder with it.")
    return 0


def restore(options: argparse.Namespace) -> int:
    """Bring a dump back, all or nothing; refuse where there are tables already."""
    if not options.file.is_file():
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(options.file))
    dumps.restore(options.file)
    print("The database is back. Run ./tm db status, then ./tm log verify.")
    return 0


def status(options: argparse.Namespace) -> int:
    """Print what was checked; exit 1 where a check fails."""
    checks = database.checks()
    ok = all(check["ok"] for check in checks)
    if options.json:
        print(json.dumps({"ok": ok, "checks": checks}))
    else:
        for check in checks:
            print(f"{'ok    ' if check['ok'] else 'FAILED'}  {check['name']}: {check['detail']}")
    return 0 if ok else 1
