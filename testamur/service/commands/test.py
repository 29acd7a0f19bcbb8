"""Run the tests: all of them, or with --fast those that need neither a browser nor a minute.

Paths and options for pytest follow after `--`: `./tm test -- tests/rules -k periods`.
"""

import argparse
import os
import subprocess
import sys

from testamur.service import database

# A test run stands on its own database and folders, whatever the shell it is started from says.
_NOT_PASSED_ON = ("DATABASE_URL", "DATABASE_OWNER_URL", database.APP_VARIABLE, database.OWNER_VARIABLE, "TESTAMUR_VAR")


def add(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `test`."""
    parser = subparsers.add_parser("test", help=__doc__.partition("\n")[0], description=__doc__)
    parser.add_argument("--fast", action="store_true", help="leave out the browser's and the slow tests")
    parser.add_argument("--browser", action="store_true", help="fail where there is no Chromium, rather than skip")
    parser.add_argument("--workers", type=int, default=min(os.cpu_count() or 1, 4), help="processes; default: cores")
    parser.add_argument("arguments", nargs="*", metavar="-- …", help="for pytest")
    parser.set_defaults(run=run)


def command(options: argparse.Namespace) -> list[str]:
    """Return the command that runs the tests."""
    words = [sys.executable, "-m", "pytest", "-q"]
    if options.workers > 1:
        # Whoever is idle takes over tests of the other, so the few long ones do not queue behind each other.
        words += ["-n", str(options.workers), "--dist", "worksteal"]
    if options.fast:
        words += ["-m", "not browser and not slow"]
    return [*words, *options.arguments]


def run(options: argparse.Namespace) -> int:
    """Run pytest and pass its exit code on."""
    environment = {key: value for key, value in os.environ.items() if key not in _NOT_PASSED_ON}
    if options.browser:
        environment["TESTAMUR_BROWSER_REQUIRED"] = "1"
    return subprocess.run(command(options), cwd=database.project_folder(), env=environment).returncode
