"""Back up the whole site, check a backup, restore one, and try all of it in a drill.

`backup make` copies database, documents, uploads and public keys into a new folder while the site runs; `backup restore` brings
them back into an empty site and then audits what came back; `backup drill` does both beside the running site. A backup holds
personal data and the students' keys: keep it encrypted, and no longer than docs/privacy.md says. `backup erasures` writes the
ledger of erasures into a file to be kept apart; a restore replays it, so that no backup undoes an erasure.
"""

import argparse
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from testamur.kernel.errors import Conflict
from testamur.service import backup, cli, database, dumps, processes
from testamur.service.postgres import EmbeddedPostgres

_TABLES = (
    """select relname from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace order by relname"""
)
_NEWEST_CHECKPOINT = "select size, encode(root, 'hex') from log_checkpoint order by size desc limit 1"
_KEPT_FILES = "select encode(sha256, 'hex') from documents_storedfile order by sha256"
_FOLDERS = {backup.DOCUMENTS: "TESTAMUR_DOCUMENTS", backup.UPLOADS: "TESTAMUR_UPLOADS", backup.KEYS: "TESTAMUR_KEYS"}


def add(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `backup` and its verbs."""
    parser = subparsers.add_parser("backup", help=__doc__.partition("\n")[0], description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    for name, run, text in (
        ("make", make, "copy the whole site into a new folder, while it runs"),
        ("check", check, "read a backup again and compare every file with its manifest"),
        ("restore", restore, "bring a backup back into a site without tables, then audit it"),
        ("erasures", erasures, "write the ledger of erasures into a file, for `restore --erasures`"),
        ("drill", drill, "back up, restore beside the running site, audit, and remove both"),
    ):
        verb = verbs.add_parser(name, help=text)
        verb.set_defaults(run=run)
        if name == "erasures":
            verb.set_defaults(django=True)
            verb.add_argument("file", type=Path, metavar="FILE")
            continue
        verb.add_argument("--json", action="store_true", help="print JSON")
        if name != "drill":
            verb.add_argument("folder", type=Path, metavar="DIR")
        if name == "make":
            verb.add_argument("--with-keys", action="store_true", help="private keys too: whoever has them can sign")
        if name in {"check", "restore"}:
            verb.add_argument("--digest", metavar="HEX", help="the manifest's SHA-256 that `backup make` printed")
        if name == "restore":
            verb.add_argument("--erasures", type=Path, metavar="FILE", help="the newest ledger of erasures, to replay")


def make(options: argparse.Namespace) -> int:
    """Write a backup; exit 1 where the site itself lacks a file that it should hold."""
    os.umask(0o077)
    digest, checks = _made(options.folder, with_keys=options.with_keys)
    if not options.json:
        print(f"The backup is in {options.folder}. Its manifest has the SHA-256 {digest}: keep that elsewhere.")
    return _show(checks, as_json=options.json, more={"digest": digest})


def check(options: argparse.Namespace) -> int:
    """Compare a backup with its manifest; exit 2 where it has none that can be read."""
    try:
        checks = [backup.check_files(options.folder, backup.manifest_of(options.folder, digest=options.digest))]
    except backup.Unreadable as refusal:
        _show([backup.check("manifest", [refusal.message], "")], as_json=options.json)
        return 2
    return _show(checks, as_json=options.json)


def restore(options: argparse.Namespace) -> int:
    """Bring a whole backup back; refuse, changing nothing, a damaged backup and a site that is not empty."""
    os.umask(0o077)
    try:
        manifest = backup.manifest_of(options.folder, digest=options.digest)
    except backup.Unreadable as refusal:
        _show([backup.check("manifest", [refusal.message], "")], as_json=options.json)
        return 2
    whole = backup.check_files(options.folder, manifest)
    if not whole["ok"]:
        return _show([whole], as_json=options.json)
    ledger = options.erasures.read_text() if options.erasures else ""
    dumps.require_empty()
    if options.erasures:
        _refuse_no_ledger(ledger)
    places = _places()
    backup.refuse_other_keys(manifest, places[backup.KEYS])
    for label in (backup.DOCUMENTS, backup.UPLOADS):
        backup.put_back(options.folder, manifest, label, places[label])
    keys = backup.put_keys_back(options.folder, manifest, places[backup.KEYS])
    dumps.restore(options.folder / backup.DUMP)
    checks = [whole, keys, *_checks_after(manifest)]
    if options.erasures:
        checks.append(_replayed(ledger))
    return _show([*checks, *_log_checks()], as_json=options.json)


def _refuse_no_ledger(text: str) -> None:
    """Refuse, before anything changes, a file that is no ledger of erasures."""
    cli.start_django()
    from testamur.students.ledger import read_ledger

    read_ledger(text)


def _replayed(ledger: str) -> backup.Check:
    """Erase again whoever was erased after the backup was taken."""
    from testamur.students.ledger import replay_ledger

    count = replay_ledger(ledger, at=datetime.now(UTC))
    return backup.check("erasures", [], f"{count} erased again; the ledger is replayed")


def erasures(options: argparse.Namespace) -> int:
    """Write the ledger of erasures into a file for this user only, in the place of an older one."""
    from testamur.students.ledger import written_ledger

    os.umask(0o077)
    new = options.file.with_name(f".{options.file.name}.new")
    new.write_text(written_ledger())
    new.replace(options.file)
    print(f"The ledger of erasures is in {options.file}. Keep it apart from the backups.")
    return 0


def drill(options: argparse.Namespace) -> int:
    """Take a backup, restore it into a site of its own with a database of its own, audit that, and remove both."""
    os.umask(0o077)
    room = Path(tempfile.mkdtemp(prefix="drill-", dir=database.var_folder()))
    try:
        _, checks = _made(room / "backup", with_keys=False)
        answer = subprocess.run(
            [*processes.CLI, "backup", "restore", str(room / "backup"), "--json"],
            env=_drill_environment(room / "site"),
            stdout=subprocess.PIPE,
            text=True,
        )
        checks += _read_checks(answer.stdout, "restore")
    finally:
        EmbeddedPostgres(room / "site" / "pg").destroy()
        shutil.rmtree(room)
    return _show(checks, as_json=options.json)


def _drill_environment(site: Path) -> dict[str, str]:
    """Return the environment of a site with folders and a database of its own, and with the keys of this one."""
    places = _places()
    inherited = {
        name: value
        for name, value in processes.child_environment().items()
        if "DATABASE" not in name and name not in _FOLDERS.values()
    }
    return inherited | {"TESTAMUR_VAR": str(site), "TESTAMUR_KEYS": str(places[backup.KEYS])}


def _places() -> dict[str, Path]:
    """Return where this site keeps documents, uploads and keys."""
    from testamur.service import settings

    return {
        backup.DOCUMENTS: settings.DOCUMENTS_DIR,
        backup.UPLOADS: settings.UPLOADS_DIR,
        backup.KEYS: settings.KEYS_DIR,
    }


def _made(folder: Path, *, with_keys: bool) -> tuple[str, list[backup.Check]]:
    """Write a backup, or nothing; return its manifest's digest, and whether the vault held every file of the database."""
    database.require_tables(database.ensure())
    try:
        folder.mkdir(parents=True)
    except FileExistsError as error:
        raise Conflict(f"{folder} is there already. Name a new folder; a backup never goes over another.") from error
    try:
        return _filled(folder, with_keys=with_keys)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def _filled(folder: Path, *, with_keys: bool) -> tuple[str, list[backup.Check]]:
    """Fill a new folder, the database first: a file is kept before its row is, so a later copy holds every row's file."""
    places = _places()
    with _snapshot() as (connection, snapshot):
        dumps.dump(folder / backup.DUMP, snapshot=snapshot)
        rows, head, kept = _rows(connection), _tree_head(connection), _column(connection, _KEPT_FILES)
    files = {backup.DUMP: backup.entry_of(folder / backup.DUMP)}
    for label in (backup.DOCUMENTS, backup.UPLOADS):
        files |= backup.copy_folder(places[label], folder / label, label)
    keys = {}
    for path in backup.files_in(places[backup.KEYS]):
        name = f"{backup.KEYS}/{path.relative_to(places[backup.KEYS]).as_posix()}"
        keys[name] = backup.entry_of(path).sha256
        if with_keys or not backup.is_private(path):
            files[name] = backup.copy_file(path, folder / name)
    made_at = datetime.now(UTC).isoformat(timespec="seconds")
    digest = backup.finish(folder, backup.Manifest(made_at, head[0], head[1], rows, files, keys))
    return digest, [_vault_check("vault", kept, files)]


@contextmanager
def _snapshot() -> Iterator[tuple[psycopg.Connection, str]]:
    """Hold one snapshot of the database, and give its name, so that the dump and what is counted are of one moment."""
    with psycopg.connect(database.administrator()) as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        connection.read_only = True
        yield connection, _column(connection, "select pg_export_snapshot()")[0]


def _column(connection: psycopg.Connection, query: str) -> list[Any]:
    """Return the first column of a query's rows."""
    return [row[0] for row in connection.execute(sql.SQL(query)).fetchall()]


def _rows(connection: psycopg.Connection) -> dict[str, int]:
    """Return how many rows each table holds."""
    counted = {}
    for table in _column(connection, _TABLES):
        row = connection.execute(sql.SQL("select count(*) from {}").format(sql.Identifier(table))).fetchone()
        counted[table] = int(row[0]) if row else 0
    return counted


def _tree_head(connection: psycopg.Connection) -> tuple[int, str]:
    """Return size and root of the log's newest checkpoint, 0 and "" before the first."""
    row = connection.execute(_NEWEST_CHECKPOINT).fetchone()
    return (int(row[0]), str(row[1])) if row else (0, "")


def _vault_check(name: str, kept: list[str], files: dict[str, backup.FileEntry]) -> backup.Check:
    """Say whether every kept file of the database was copied, and under its own hash."""
    faults = []
    for sha256 in kept:
        entry = files.get(f"{backup.DOCUMENTS}/sha256/{sha256[:2]}/{sha256[2:4]}/{sha256}")
        if entry is None or entry.sha256 != sha256:
            faults.append(f"the kept file {sha256[:16]}… {'is missing' if entry is None else 'has changed'}")
    return backup.check(name, faults, f"{len(kept)} kept files are there, each under its own hash")


def _checks_after(manifest: backup.Manifest) -> list[backup.Check]:
    """Compare the restored database with the manifest."""
    with psycopg.connect(database.administrator()) as connection:
        rows, head, kept = _rows(connection), _tree_head(connection), _column(connection, _KEPT_FILES)
    tables = sorted(rows.keys() | manifest.rows.keys())
    differing = [table for table in tables if rows.get(table) != manifest.rows.get(table)]
    faults = [f"{t}: {rows.get(t)} rows, the manifest says {manifest.rows.get(t)}" for t in differing]
    same = head == (manifest.tree_size, manifest.tree_root)
    return [
        backup.check("rows", faults, f"{sum(rows.values())} rows in {len(rows)} tables are back"),
        backup.check("tree head", [] if same else ["the newest checkpoint is not the manifest's"], f"{head[0]} leaves"),
        _vault_check("vault after restore", kept, manifest.files),
    ]


def _log_checks() -> list[backup.Check]:
    """Audit the restored log and record by the command that auditors use."""
    command = [*processes.CLI, "log", "verify", "--json"]
    answer = subprocess.run(command, env=processes.child_environment(), stdout=subprocess.PIPE, text=True)
    return _read_checks(answer.stdout, "log")


def _read_checks(written: str, label: str) -> list[backup.Check]:
    """Return the checks that a command printed, its name before theirs; silence is a fault."""
    try:
        return [one | {"name": f"{label}: {one['name']}"} for one in json.loads(written)["checks"]]
    except (ValueError, KeyError, TypeError):
        return [backup.check(label, ["it gave no answer; its lines above say why"], "")]


def _show(checks: list[backup.Check], *, as_json: bool, more: dict[str, str] | None = None) -> int:
    """Print checks; return 0 where all hold, else 1."""
    ok = all(one["ok"] for one in checks)
    if as_json:
        print(json.dumps({"ok": ok, "checks": checks, **(more or {})}))
    else:
        for one in checks:
            print(f"{'ok    ' if one['ok'] else 'FAILED'}  {one['name']}: {one['detail']}")
    return 0 if ok else 1
