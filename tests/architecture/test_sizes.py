"""Files are read in a sitting and functions at a glance; and none has one of the names that hide what it holds."""

import ast

from tests.architecture.source import PROJECT, functions, place, python_files

LONGEST_FILE = 400
LONGEST_FUNCTION = 40
HIDING = {"services", "utils", "util", "helpers", "managers", "mixins", "signals", "admin", "serializers", "common"}


def oversized(name: str, text: str) -> list[str]:
    """Return what is too long in a file."""
    found = []
    lines = len(text.splitlines())
    if lines > LONGEST_FILE:
        found.append(f"{name} has {lines} lines")
    for function in functions(ast.parse(text)):
        length = (function.end_lineno or function.lineno) - function.lineno + 1
        if length > LONGEST_FUNCTION:
            found.append(f"{name}: {function.name} has {length} lines")
    return found


def test_no_file_and_no_function_is_too_long():
    files = [*python_files("testamur", "tests"), PROJECT / "tm"]
    found = [line for path in files for line in oversized(place(path), path.read_text(encoding="utf-8"))]
    assert not found, "\n".join(found)


def test_no_file_hides_what_it_holds_behind_its_name():
    found = [place(path) for path in python_files("testamur") if path.stem in HIDING]
    assert not found, "\n".join(found)


def test_a_planted_long_function_and_a_planted_long_file_are_caught():
    function = "def long():\n" + "    pass\n" * 40
    assert oversized("planted.py", function) == ["planted.py: long has 41 lines"]
    assert oversized("planted.py", "x = 1\n" * 401) == ["planted.py has 401 lines"]
    assert oversized("planted.py", "def fits():\n" + "    pass\n" * 39) == []
