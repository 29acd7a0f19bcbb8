"""The source files as the architecture tests read them."""

import ast
import subprocess
from collections.abc import Iterator
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
PACKAGE = PROJECT / "testamur"


def tracked() -> list[Path]:
    """Return every file that git keeps; without git, every file outside hidden folders and var."""
    answer = subprocess.run(["git", "ls-files", "-z"], cwd=PROJECT, capture_output=True, text=True)
    if answer.returncode == 0:
        return [PROJECT / name for name in answer.stdout.split("\0") if name and (PROJECT / name).is_file()]
    files = (path for path in PROJECT.rglob("*") if path.is_file())
    return [
        path
        for path in files
        if not any(part.startswith(".") or part == "var" for part in path.relative_to(PROJECT).parts)
    ]


def python_files(*folders: str) -> list[Path]:
    """Return the Python files under folders of the project, migrations left out."""
    found = (path for folder in folders for path in (PROJECT / folder).rglob("*.py"))
    return sorted(path for path in found if "migrations" not in path.parts)


def functions(tree: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Yield every function of a file, methods and inner ones too."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def place(path: Path) -> str:
    """Return a path as people name it."""
    return str(path.relative_to(PROJECT)) if path.is_relative_to(PROJECT) else path.name
