"""Every import contract catches its planted fault (`./tm check` runs them on the tree itself)."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.source import PACKAGE, PROJECT

LINT = "from importlinter.cli import lint_imports_command; lint_imports_command()"
AUDIENCES = ("public", "student", "provider", "secretariat")
PLANTED = {
    "kernel/planted.py": ("from testamur.log import tree", "testamur.kernel.planted -> testamur.log.tree"),
    "students/planted.py": (
        "from testamur.providers import queries",
        "testamur.students.planted -> testamur.providers.queries",
    ),
    "web/public/planted.py": (
        "from testamur.web.student import planted",
        "testamur.web.public.planted -> testamur.web.student.planted",
    ),
    "web/student/planted.py": ("", ""),
    "log/rules.py": ("import django", "testamur.log.rules -> django"),
    "log/states.py": ("import psycopg", "testamur.log.states -> psycopg"),
    "extracts/rules.py": (
        "from testamur.register import queries",
        "testamur.extracts.rules -> testamur.register.queries",
    ),
    "web/planted.py": ("from testamur.accounts import models", "testamur.web.planted -> testamur.accounts.models"),
    "submissions/planted.py": (
        "from testamur.register import bulk",
        "testamur.submissions.planted -> testamur.register.bulk",
    ),
    "documents/queries.py": (
        "from testamur.documents import actions",
        "testamur.documents.queries -> testamur.documents.actions",
    ),
}


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """Return a copy of the package's sources, in which the audiences' packages exist."""
    target = tmp_path / "testamur"
    shutil.copytree(
        PACKAGE, target, ignore=lambda _, names: [name for name in names if "." in name and name[-3:] != ".py"]
    )
    for audience in AUDIENCES:
        folder = target / "web" / audience
        folder.mkdir(exist_ok=True)
        (folder / "__init__.py").touch()
    return target


def lint(package: Path) -> tuple[int, str]:
    """Run every contract on a copy of the package."""
    command = [sys.executable, "-c", LINT, "--no-logo", "--no-cache", "--config", str(PROJECT / ".importlinter")]
    answer = subprocess.run(
        command, cwd=package.parent, env={"PYTHONPATH": str(package.parent)}, capture_output=True, text=True
    )
    return answer.returncode, " ".join(answer.stdout.split())


def test_every_contract_catches_its_planted_fault(copy: Path):
    for name, (line, _) in PLANTED.items():
        (copy / name).write_text(f"{line}\n")
    code, output = lint(copy)
    assert code == 1
    found = [expected for _, expected in PLANTED.values() if expected not in output]
    assert not found, "\n".join(found)
    assert "0 kept" in output


def test_a_package_without_a_floor_is_caught(copy: Path):
    (copy / "roomless").mkdir()
    (copy / "roomless" / "__init__.py").touch()
    code, output = lint(copy)
    assert code == 1
    assert "roomless" in output
