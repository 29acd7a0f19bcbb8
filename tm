#!/usr/bin/env python3
"""Testamur from a bare machine: make the virtual environment, install what is locked, run the command.

    ./tm demo        a working register with made-up people, on a local address
    ./tm test        the whole suite             ./tm check    style, types, contracts, docs
    ./tm bench NAME  a measurement               ./tm lock     lock the requirements anew

Everything else goes to the product's own command line: ./tm --help. Needs Python 3.11 and pip, nothing else: no venv
package, no make, no root. Proxy, certificate and index settings of pip and of the environment are used as they are.
"""

import contextlib
import hashlib
import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parent
VENV = PROJECT / ".venv"
PYTHON = VENV / "bin" / "python"
TOOLS = PROJECT / ".tools"
UV = TOOLS / "bin" / "uv"
STAMP = VENV / "installed"
REQUIREMENTS = PROJECT / "requirements"
DEVELOPER_COMMANDS = {"test", "check", "bench"}
GIBIBYTE = 1024**3


class Stop(Exception):
    """Something is missing; the message says what, and what to do."""


def check_machine():
    """Refuse a machine on which the installation cannot end well."""
    if sys.version_info < (3, 11):  # noqa: UP036 - this file is what an older Python gets to see
        raise Stop(f"Python 3.11 or newer is needed; this is {platform.python_version()}. Run it with a newer python3.")
    if sys.maxsize < 2**32:
        raise Stop("A 64-bit Python is needed; this one has 32 bits.")
    if os.name != "posix":
        raise Stop("Linux or macOS is needed. On Windows use the Subsystem for Linux.")
    if not os.access(PROJECT, os.W_OK):
        raise Stop(f"{PROJECT} is not writable for you. Copy the project to a folder of your own.")
    free = shutil.disk_usage(PROJECT).free
    if free < 2 * GIBIBYTE:
        raise Stop(f"2 GiB of free disk are needed in {PROJECT}; there are {free / GIBIBYTE:.1f}. Free some space.")


def lock_file(name):
    """Return the path of a lock file."""
    return REQUIREMENTS / f"{name}.lock"


def fingerprint(name):
    """Return what the stamp says once a lock file is installed for this Python."""
    digest = hashlib.sha256(lock_file(name).read_bytes()).hexdigest()
    return f"{name} {digest} {platform.python_version()} {sys.implementation.cache_tag} {platform.machine()}"


def is_installed(wanted):
    """Say whether the environment holds a lock file's packages; the developer's hold the runtime's too."""
    try:
        stamp = STAMP.read_text(encoding="utf-8")
    except OSError:
        return False
    return PYTHON.exists() and stamp in {fingerprint(wanted), fingerprint("development")}


@contextlib.contextmanager
def only_one():
    """Let one installation of this checkout run at a time."""
    import fcntl

    TOOLS.mkdir(exist_ok=True)
    with open(TOOLS / "lock", "a", encoding="utf-8") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def run(*command, environment=None, quiet=False):
    """Run a command; return whether it ended well."""
    shown = subprocess.DEVNULL if quiet else None
    words = [str(part) for part in command]
    try:
        return subprocess.run(words, env=environment, stdout=shown, stderr=shown, check=False).returncode == 0
    except OSError:
        return False


def venv_works():
    """Say whether the environment runs, and under the Python that runs this."""
    told = f"import sys; sys.exit(sys.version_info[:3] != {tuple(sys.version_info[:3])!r})"
    return PYTHON.exists() and run(PYTHON, "-c", told, quiet=True)


def make_venv():
    """Make an empty virtual environment under another name and rename it when it is whole."""
    new = PROJECT / ".venv.new"
    for leftover in (new, VENV):
        shutil.rmtree(leftover, ignore_errors=True)
    # Without pip inside: a bare Debian has no ensurepip, and pip outside can install into it.
    if not run(sys.executable, "-m", "venv", "--without-pip", new):
        raise Stop("python3 -m venv failed; the lines above say why.")
    new.rename(VENV)


def pip(*arguments, environment=None, quiet=False):
    """Run the pip of the Python that runs this."""
    options = ["--disable-pip-version-check", "--no-input", "-q"]
    return run(sys.executable, "-m", "pip", *arguments, *options, environment=environment, quiet=quiet)


def pip_settings():
    """Return pip's own index settings as uv reads them, where uv has none of its own."""
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "config", "list"]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    names = {"index-url": "UV_DEFAULT_INDEX", "extra-index-url": "UV_INDEX", "find-links": "UV_FIND_LINKS"}
    found = {}
    for line in answer.stdout.splitlines():
        key, _, value = line.partition("=")
        name = names.get(key.rpartition(".")[2])
        if name and value:
            found[name] = " ".join(value.strip("'\"").replace("\\n", " ").split())
    if "UV_FIND_LINKS" in found:
        found["UV_FIND_LINKS"] = found["UV_FIND_LINKS"].replace(" ", ",")
    certificates = os.environ.get("PIP_CERT") or os.environ.get("REQUESTS_CA_BUNDLE")
    if certificates:
        found["SSL_CERT_FILE"] = certificates
    # pip looks at all its indexes, uv at the first that knows the name; every file is checked against its hash.
    return {"UV_INDEX_STRATEGY": "unsafe-best-match", "UV_NO_PROGRESS": "1"} | found | dict(os.environ)


def get_uv():
    """Fetch the locked uv into .tools with pip, where it is not there yet; return whether it can be used."""
    wanted = lock_file("tools").read_text(encoding="utf-8")
    stamp = TOOLS / "installed"
    if not (UV.exists() and stamp.exists() and stamp.read_text(encoding="utf-8") == wanted):
        # Nothing of the system's is touched, but Debian 13's pip wants to hear it.
        environment = os.environ | {"PIP_BREAK_SYSTEM_PACKAGES": "1", "PIP_ROOT_USER_ACTION": "ignore"}
        arguments = ["install", "--upgrade", "--target", TOOLS, "--require-hashes", "-r", lock_file("tools")]
        if not pip(*arguments, environment=environment, quiet=True):
            return False
        stamp.write_text(wanted, encoding="utf-8")
    return run(UV, "--version", quiet=True)


def install(name):
    """Install a lock file's packages: with uv in seconds, else with pip."""
    print(f"Installing what requirements/{name}.lock names …", file=sys.stderr, flush=True)
    if not run(sys.executable, "-m", "pip", "--version", quiet=True):
        raise Stop("pip is missing. Install it: apt-get install -y python3-pip")
    locked = lock_file(name)
    sync = [UV, "pip", "sync", "-q", "--require-hashes", "--python", PYTHON, locked]
    if get_uv() and run(*sync, environment=pip_settings(), quiet=True):
        return
    print("uv could not do it; pip does, which takes about a minute …", file=sys.stderr, flush=True)
    if not pip("--python", PYTHON, "install", "--require-hashes", "-r", locked):
        raise Stop("The packages could not be installed; pip's lines above say why. Check network, proxy and index.")


def ensure(wanted):
    """Make sure that the environment holds the wanted packages."""
    if is_installed(wanted):
        return
    check_machine()
    with only_one():
        if is_installed(wanted):
            return
        if not venv_works():
            make_venv()
        # Never take away the developer's packages only because a command needs fewer.
        has_more = STAMP.exists() and STAMP.read_text(encoding="utf-8").startswith("development")
        name = "development" if has_more else wanted
        STAMP.unlink(missing_ok=True)
        install(name)
        STAMP.write_text(fingerprint(name), encoding="utf-8")


def lock(arguments):
    """Lock the requirements anew; versions stay where nothing asks for another, unless --upgrade is given."""
    check_machine()
    with only_one():
        if not get_uv():
            raise Stop("uv could not be fetched, and locking needs it. Check network, proxy and index.")
        options = ["-q", "--generate-hashes", "--no-header", "--no-emit-index-url", "--no-emit-find-links"]
        for name in ("runtime", "development", "tools"):
            source, target = REQUIREMENTS / f"{name}.in", lock_file(name)
            compiling = [UV, "pip", "compile", *options, "--python-version", "3.11", *arguments, source, "-o", target]
            if not run(*compiling, environment=pip_settings()):
                raise Stop(f"{source.name} could not be locked; the lines above say why.")
            if "://" in target.read_text(encoding="utf-8"):
                raise Stop(f"{target.name} names an address. A lock file names no registry: check {source.name}.")
    print("Locked. Run ./tm test before you commit it.")
    return 0


def forward(arguments):
    """Become the product's own command line."""
    paths = [str(PROJECT), os.environ.get("PYTHONPATH", "")]
    os.environ["PYTHONPATH"] = os.pathsep.join(path for path in paths if path)
    sys.stdout.flush()
    os.execv(PYTHON, [str(PYTHON), "-P", "-m", "testamur.service.cli", *arguments])


def main(arguments):
    """Prepare the environment for a command and hand over to it."""
    if arguments[:1] == ["lock"]:
        return lock(arguments[1:])
    ensure("development" if arguments[:1] and arguments[0] in DEVELOPER_COMMANDS else "runtime")
    return forward(arguments)


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except Stop as stop:
        print(f"tm: {stop}", file=sys.stderr)
        sys.exit(1)
    except OSError as error:
        print(f"tm: {error}", file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
