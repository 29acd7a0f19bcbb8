"""One way to use a USI: nothing but the guarded query hands one out, and nothing else opens what is sealed (USI-02).

Two named exceptions look at numbers without using them: the search of a document before it is signed (USI-05), and the asking
of the USI Registry itself. A reveal is for eyes, with its own event.
"""

import ast
from collections.abc import Iterator

import pytest

from tests.architecture.source import place, python_files

_OPENERS = {"open_identifier", "protected_identifiers"}
_MAY_OPEN = {
    "testamur/students/sealing.py",  # where it is defined
    "testamur/students/queries.py",  # protected_identifiers
    "testamur/extracts/actions/certifying.py",  # USI-05: the search before signing
    "testamur/issuance/actions/issuing.py",  # USI-05: the search before signing
    "testamur/students/usi/queries.py",
    "testamur/students/usi/verifying.py",
    "testamur/students/usi/actions.py",  # reveals
}
_MAY_READ_ROWS = {
    "testamur/students/queries.py",
    "testamur/students/erasing.py",
    "testamur/students/usi/queries.py",
    "testamur/students/usi/verifying.py",
    "testamur/students/usi/actions.py",
}


def uses(name: str, tree: ast.Module) -> Iterator[str]:
    """Yield where a file opens a sealed identifier or reads the rows that hold them without being one of those named."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.expr):
            continue
        called = node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
        if called in _OPENERS and name not in _MAY_OPEN:
            yield f"{name}:{node.lineno} {called}"
        rows_of = getattr(node.value, "id", "") if isinstance(node, ast.Attribute) and called == "objects" else ""
        if rows_of == "Identifier" and name not in _MAY_READ_ROWS:
            yield f"{name}:{node.lineno} reads identifiers"
        text = node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""
        if "from students_identifier " in f"{text} ".lower() and name not in _MAY_READ_ROWS:
            yield f"{name}:{node.lineno} reads identifiers in SQL"


def test_nothing_but_the_guarded_query_uses_a_number() -> None:
    found = [
        fault
        for file in python_files("testamur")
        for fault in uses(place(file), ast.parse(file.read_text(encoding="utf-8")))
    ]
    assert found == []


@pytest.mark.parametrize(
    "planted",
    [
        "number = sealing.open_identifier(key, row.sealed, student_id=1, kind='usi')",
        "numbers = students_queries.protected_identifiers(students, key=key)",
        "rows = Identifier.objects.filter(kind='usi')",
        "cursor.execute('SELECT sealed FROM students_identifier WHERE kind = %s')",
    ],
)
def test_a_planted_use_of_an_unverified_number_is_caught(planted: str) -> None:
    assert len(list(uses("testamur/register/actions.py", ast.parse(planted)))) == 1


def test_the_guarded_query_is_free_to_use() -> None:
    assert list(uses("testamur/register/actions.py", ast.parse("usi_queries.usable_usis(students)"))) == []
