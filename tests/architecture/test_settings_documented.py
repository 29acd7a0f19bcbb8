"""Every variable that the product reads from its environment is explained in docs/operating.md, and none that it does not."""

import ast
import re
from collections.abc import Iterator

from tests.architecture.source import PACKAGE, PROJECT

PAGE = PROJECT / "docs" / "operating.md"
_OURS = re.compile(r"(TESTAMUR|DATABASE)_[A-Z_]+")
_READERS = {"get", "getenv", "setdefault", "_flag"}
_ENVIRONMENTS = {"environ", "environment"}
# Named in the code, read by nobody: told to our own children or to Django.
_NOT_READ = {"DJANGO_SETTINGS_MODULE"}


def _constant(node: ast.expr) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def _is_environment(node: ast.expr) -> bool:
    name = node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")
    return name in _ENVIRONMENTS


def read_in(source: str) -> Iterator[str]:
    """Yield each variable that a file reads: by name from the environment, or as a constant of our own form."""
    for node in ast.walk(ast.parse(source)):
        name = None
        if isinstance(node, ast.Call) and node.args:
            function = node.func
            of_environment = isinstance(function, ast.Attribute) and (
                _is_environment(function.value) or function.attr == "getenv"
            )
            if of_environment or getattr(function, "id", "") in _READERS - {"get"}:
                name = _constant(node.args[0])
        elif isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load) and _is_environment(node.value):
            name = _constant(node.slice)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and _OURS.fullmatch(node.value):
            name = node.value
        if name and name.isupper() and name not in _NOT_READ:
            yield name


def read() -> set[str]:
    """Return every variable that the product and its bootstrap read, WSGI's own left out."""
    files = [file for file in PACKAGE.rglob("*.py") if file.name != "wsgi.py"]
    return {name for file in [*files, PROJECT / "tm"] for name in read_in(file.read_text(encoding="utf-8"))}


def documented(page: str) -> set[str]:
    """Return the variables that stand as `NAME` in a table's first column."""
    return {
        name
        for line in page.splitlines()
        if line.startswith("| `")
        for name in re.findall(r"`([A-Z_]+)`", line.split("|")[1])
    }


def test_every_variable_is_documented_and_no_other() -> None:
    assert {"TESTAMUR_SECRET_KEY", "DATABASE_URL", "TESTAMUR_DATABASE_POOL"} <= read()
    assert read() ^ documented(PAGE.read_text(encoding="utf-8")) == set()


def test_planted_reads_are_found() -> None:
    planted = """
import os
a = os.environ.get("ALPHA")
b = os.environ["BRAVO"]
c = _flag("CHARLIE")
d = os.getenv("DELTA", "1")
e = environment.get("ECHO")
NAME = "TESTAMUR_FOXTROT"
g = os.environ.get(NAME)
text = "no TESTAMUR_GOLF here"
other = mapping.get("HOTEL")
"""
    assert set(read_in(planted)) == {"ALPHA", "BRAVO", "CHARLIE", "DELTA", "ECHO", "TESTAMUR_FOXTROT"}


def test_an_undocumented_variable_is_missed_on_the_page() -> None:
    page = PAGE.read_text(encoding="utf-8")
    kept = "\n".join(line for line in page.splitlines() if not line.startswith("| `TESTAMUR_HOSTS`"))
    assert documented(page) - documented(kept) == {"TESTAMUR_HOSTS"}
