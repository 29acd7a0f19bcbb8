"""Run the site's processes as one: started together, watched, and stopped together, whatever ends first.

Children get a session of their own, so Ctrl-C reaches this process only, which then stops them in order. Where this
process is killed outright, the kernel kills the children, and a guard that waits on a pipe stops the embedded database
unless another process uses it.
"""

import contextlib
import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

from testamur.kernel.errors import Refusal
from testamur.service import database

_PR_SET_PDEATHSIG = 1
_STOP_PATIENCE = 15.0  # seconds between asking a child to stop and killing it
CLI = [sys.executable, "-P", "-m", "testamur.service.cli"]


class SiteStopped(Refusal):
    """A process of the site ended by itself or never became healthy; the message says which and where its log is."""


def child_environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the environment for a child: ours, with the package on its path wherever it is started."""
    paths = [str(database.project_folder()), os.environ.get("PYTHONPATH", "")]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths)), **(extra or {})}


def listening_socket(port: int) -> socket.socket:
    """Return a socket bound to this machine only: at the wanted port, or at a free one where that is taken."""
    for candidate in (port, 0):
        bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            bound.bind(("127.0.0.1", candidate))
        except OSError:
            bound.close()
        else:
            bound.listen(128)
            return bound
    raise SiteStopped("No port on this machine is free.")


def _die_with_parent() -> Callable[[], None]:
    """Return what a child does before it becomes its program: ask the kernel to be killed with its parent."""
    prctl = getattr(ctypes.CDLL(None), "prctl", None)
    parent = os.getpid()

    def prepare() -> None:
        if prctl is not None:
            prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(1)

    return prepare


@dataclass
class Site:
    """The processes of one site. Use it as a context: leaving it stops every child.

    `logs` is the folder for the children's output, one file each; `environment` is added to theirs.
    """

    logs: Path
    environment: dict[str, str] = field(default_factory=dict)
    _children: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    _asked_to_stop: bool = False

    def __enter__(self) -> "Site":
        """Answer Ctrl-C and SIGTERM by leaving the context."""
        self._before = {number: signal.signal(number, self._on_signal) for number in (signal.SIGTERM, signal.SIGINT)}
        self.logs.mkdir(parents=True, exist_ok=True)
        return self

    def __exit__(self, *_: object) -> None:
        """Stop every child."""
        self.stop()
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        """Interrupt whatever runs, once; a second Ctrl-C while stopping changes nothing."""
        if not self._asked_to_stop:
            self._asked_to_stop = True
            raise KeyboardInterrupt

    def start(self, name: str, command: Sequence[str], *, sockets: Sequence[socket.socket] = ()) -> int:
        """Start a child under a name and return its process id. It inherits the sockets given, and no other."""
        log = os.open(self.logs / f"{name}.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            child = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=child_environment(self.environment),
                start_new_session=True,
                pass_fds=[one.fileno() for one in sockets],
                preexec_fn=_die_with_parent(),
            )
        finally:
            os.close(log)
        self._children[name] = child
        return child.pid

    def start_web(self, port: int, *, processes: int = 2, threads: int = 4) -> int:
        """Start the web server at a port, or at a free one where that is taken; return the port."""
        with listening_socket(port) as bound:
            number: int = bound.getsockname()[1]
            bind = ["--bind", f"fd://{bound.fileno()}", "--workers", str(processes), "--threads", str(threads)]
            options = ["--graceful-timeout", "10", "--timeout", "300", "--no-control-socket"]
            gunicorn = [sys.executable, "-P", "-m", "gunicorn", "testamur.service.wsgi:application"]
            self.start("web", [*gunicorn, *bind, *options], sockets=[bound])
        return number

    def start_worker(self) -> None:
        """Start the processes that run background jobs: short ones, and large submissions beside them."""
        for name, lane in (("worker", "quick"), ("worker-large", "large")):
            self.start(name, [*CLI, "serve", "worker", "--lane", lane])

    def start_mail_sink(self, folder: Path) -> int:
        """Start the local mail sink at a free port, tell the children started after it, and return the port."""
        with listening_socket(0) as bound:
            number: int = bound.getsockname()[1]
            self.start("mail", [*CLI, "serve", "mail", str(folder), "--fd", str(bound.fileno())], sockets=[bound])
        self.environment["TESTAMUR_SMTP_HOST"] = "127.0.0.1"
        self.environment["TESTAMUR_SMTP_PORT"] = str(number)
        self.environment["TESTAMUR_MAIL_SINK"] = str(folder)
        return number

    def wait_for(self, url: str, *, patience: float = 60.0) -> None:
        """Wait until an address answers 200; raise SiteStopped where a child ends first or patience does."""
        deadline = time.monotonic() + patience
        while time.monotonic() < deadline:
            self._refuse_ended()
            with contextlib.suppress(urllib.error.URLError, OSError), urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310 - an address of our own
                if answer.status == 200:
                    return
            time.sleep(0.1)
        raise SiteStopped(f"{url} did not answer within {patience:.0f} seconds. The logs in {self.logs} say why.")

    def watch(self) -> None:
        """Wait until Ctrl-C or SIGTERM (KeyboardInterrupt), or until a child ends (SiteStopped)."""
        while True:
            self._refuse_ended()
            time.sleep(0.2)

    def _refuse_ended(self) -> None:
        """Raise SiteStopped where a child is no longer there."""
        for name, child in self._children.items():
            if (code := child.poll()) is not None:
                where = self.logs / f"{name}.log"
                raise SiteStopped(f"The process {name} ended with code {code}; the others are stopped. See {where}.")

    def stop(self) -> None:
        """Ask every child to stop, last started first; kill those that do not within the time they are given."""
        self._asked_to_stop = True
        for child in reversed(self._children.values()):
            with contextlib.suppress(ProcessLookupError):
                child.terminate()
        deadline = time.monotonic() + _STOP_PATIENCE
        for child in self._children.values():
            try:
                child.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(child.pid, signal.SIGKILL)
                child.wait()
        self._children.clear()


@contextlib.contextmanager
def guarded_database() -> Iterator[database.Addresses]:
    """Bring the database up; when this process ends, however it ends, the embedded one stops unless others use it."""
    reading, writing = os.pipe()
    addresses = database.ensure()
    guard = subprocess.Popen([*CLI, "serve", "guard"], stdin=reading, env=child_environment(), start_new_session=True)
    os.close(reading)
    try:
        yield addresses
    finally:
        database.let_go()
        os.close(writing)
        guard.wait()


def guard() -> None:
    """Wait until the other end of the pipe closes, then stop the embedded database if nobody uses it."""
    sys.stdin.buffer.read()
    if not os.environ.get("DATABASE_URL"):
        database.embedded().stop_if_unused()
