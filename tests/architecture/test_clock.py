"""Time is an argument: below web and service nobody reads the clock, in Python or in the database."""

import ast

import pytest

from tests.architecture.source import PACKAGE, place, python_files

READERS = {"now", "today", "utcnow", "localtime", "gmtime", "localdate"}
TIME_FUNCTIONS = {"time", "time_ns", "ctime"}
DATABASE_CLOCKS = {"Now", "TransactionNow"}
AUTOMATIC = {"auto_now", "auto_now_add"}


def _reads(node: ast.AST) -> bool:
    """Say whether a node reads a clock or lets a field do so."""
    if isinstance(node, ast.Attribute):
        from_time = isinstance(node.value, ast.Name) and node.value.id == "time" and node.attr in TIME_FUNCTIONS
        return from_time or node.attr in READERS | DATABASE_CLOCKS
    if isinstance(node, ast.ImportFrom):
        names = {alias.name for alias in node.names}
        return bool(
            names & (DATABASE_CLOCKS | {"now", "localdate"}) or (node.module == "time" and names & TIME_FUNCTIONS)
        )
    return isinstance(node, ast.keyword) and node.arg in AUTOMATIC


def clock_readers(name: str, text: str) -> list[str]:
    """Return each place in a file that reads the clock."""
    nodes = (node for node in ast.walk(ast.parse(text)) if _reads(node))
    return [f"{name}:{getattr(node, 'lineno', 0)}" for node in nodes]


def test_nobody_below_web_and_service_reads_the_clock():
    files = [path for path in python_files("testamur") if path.relative_to(PACKAGE).parts[0] not in {"web", "service"}]
    assert files
    found = [line for path in files for line in clock_readers(place(path), path.read_text(encoding="utf-8"))]
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    "fault",
    [
        "from datetime import datetime, UTC\nx = datetime.now(UTC)",
        "import datetime\nx = datetime.date.today()",
        "from django.utils import timezone\nx = f(default=timezone.now)",
        "import time\nx = time.time()",
        "from time import time_ns",
        "from django.db.models.functions import Now",
        "x = DateTimeField(auto_now_add=True)",
    ],
)
def test_a_planted_look_at_the_clock_is_caught(fault: str):
    assert clock_readers("planted.py", fault) != []


def test_measuring_a_span_is_no_look_at_the_clock():
    assert clock_readers("good.py", "import time\nx = time.monotonic()\ndef f(at): return at.time()") == []
