"""Write the database into a file by pg_dump, while it runs, and bring one back by pg_restore, all or nothing."""

import os
import shutil
import subprocess
from pathlib import Path

from testamur.kernel.errors import Conflict
from testamur.service import database
from testamur.service.postgres import DatabaseUnavailable


def program(name: str) -> str:
    """Return the path of one of PostgreSQL's programs: the cluster's own, or the system's for a server."""
    if not os.environ.get("DATABASE_URL"):
        database.ensure()
        return str(database.embedded().program_folder / name)
    found = shutil.which(name)
    if found is None:
        raise DatabaseUnavailable(f"{name} is not installed. Install the package postgresql-client.")
    return found


def dump(file: Path, *, snapshot: str | None = None) -> None:
    """Write a dump that only this user can read, of a snapshot or of now; never over a file that is there."""
    command = [program("pg_dump"), "--format=custom", f"--file={file}"]
    if snapshot:
        command.append(f"--snapshot={snapshot}")
    address = database.administrator()
    try:
        os.close(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    except FileExistsError as error:
        raise Conflict(f"{file} is there already. Name a new file; a dump never goes over another.") from error
    if subprocess.run([*command, address]).returncode != 0:
        file.unlink()
        raise DatabaseUnavailable("The dump failed and its file is removed; pg_dump's lines above say why.")


def require_empty() -> None:
    """Raise DatabaseUnavailable where the database has tables."""
    if database.has_tables(database.administrator()):
        raise DatabaseUnavailable(
            "The database has tables already. Restore into a new one: set TESTAMUR_VAR or use a new server."
        )


def restore(file: Path) -> None:
    """Bring a dump back in one transaction; raises DatabaseUnavailable where there are tables, or the dump is damaged."""
    require_empty()
    address = database.administrator()
    command = [program("pg_restore"), "--exit-on-error", "--single-transaction", f"--dbname={address}", str(file)]
    if subprocess.run(command).returncode != 0:
        raise DatabaseUnavailable("The restore failed and changed nothing; pg_restore's lines above say why.")
