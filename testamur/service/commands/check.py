"""Style, types, import contracts, docs and migrations: every check, every failure, one exit code."""

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from testamur.service import cli, database

_PYTHON = [sys.executable, "-m"]
_CLI = [*_PYTHON, "testamur.service.cli"]
# import-linter's module does nothing when run with -m, and says so with exit code 0.
_CONTRACTS = [sys.executable, "-c", "from importlinter.cli import lint_imports_command; lint_imports_command()"]


@dataclass(frozen=True, slots=True)
class Check:
    """One check: its name, its command, and what to do about a failure."""

    name: str
    command: tuple[str, ...]
    remedy: str


@dataclass(frozen=True, slots=True)
class Result:
    """What a check said."""

    check: Check
    ok: bool
    output: str


CHECKS = (
    Check("style", (*_PYTHON, "ruff", "check", ".", "tm"), "ruff check --fix mends most"),
    Check("format", (*_PYTHON, "ruff", "format", "--check", ".", "tm"), "ruff format . tm"),
    Check("types", (*_PYTHON, "mypy", "--strict"), "annotate what it names"),
    Check("contracts", (*_CONTRACTS, "--no-logo"), "CONTRIBUTING.md, The floors"),
    Check("docs", (*_CLI, "docs", "--check"), "./tm docs"),
    Check(
        "migrations",
        (*_PYTHON, "django", "makemigrations", "--check", "--dry-run", "--skip-checks"),
        "write the missing migration",
    ),
)


def add(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `check`."""
    parser = subparsers.add_parser("check", help=__doc__, description=__doc__)
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--only", choices=[check.name for check in CHECKS], action="append", help="this check only")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Run every check and show every failure; exit 1 where there is one."""
    return report([check for check in CHECKS if not options.only or check.name in options.only], as_json=options.json)


def report(checks: Sequence[Check], *, as_json: bool = False) -> int:
    """Run checks two at a time and print all that they say; return 0 where all hold, else 1."""
    with ThreadPoolExecutor(max_workers=2) as pool:
        results = list(pool.map(_result, checks))
    ok = all(result.ok for result in results)
    if as_json:
        shown = [{"name": result.check.name, "ok": result.ok, "detail": result.output} for result in results]
        print(json.dumps({"ok": ok, "checks": shown}))
        return 0 if ok else 1
    for result in results:
        if not result.ok:
            print(f"── {result.check.name} " + "─" * (76 - len(result.check.name)))
            print(result.output)
            print(f"→ {result.check.remedy}\n")
    for result in results:
        print(f"{'ok    ' if result.ok else 'FAILED'}  {result.check.name}")
    return 0 if ok else 1


def _result(check: Check) -> Result:
    """Run one check in the project's folder."""
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": cli.SETTINGS}
    folder = database.project_folder()
    try:
        answer = subprocess.run(
            check.command, cwd=folder, env=environment, capture_output=True, text=True, errors="replace"
        )
    except OSError as error:
        return Result(check, ok=False, output=f"{check.command[0]} cannot be run: {error.strerror}")
    return Result(check, ok=answer.returncode == 0, output=(answer.stdout + answer.stderr).strip())
