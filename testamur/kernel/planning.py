"""How a statement over a whole provider is planned just after a load, when the database has no statistics of the new rows yet."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def whole_tables(cursor: Any) -> Iterator[None]:
    """Join whole tables by hash or merge, never row by row, until the block ends; runs inside a transaction.

    A provider whose rows were just loaded looks empty to the planner, and a join row by row over 200,000 students then takes
    hours instead of seconds.
    """
    cursor.execute("SET LOCAL enable_nestloop = off")
    yield
    cursor.execute("SET LOCAL enable_nestloop = on")
