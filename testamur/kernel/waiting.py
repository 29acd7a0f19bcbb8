"""How long rows of a table have waited, counted in the database: however many wait, one statement answers with a few numbers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Min, Q, QuerySet


@dataclass(frozen=True, slots=True)
class Waited:
    """How many of a group have waited how long: one count for each stretch of time, and the longest wait of all."""

    group: str
    counts: tuple[int, ...]
    longest: timedelta


def waited(
    rows: QuerySet[Any], since: str, ages: Sequence[timedelta], *, at: datetime, group: str = ""
) -> list[Waited]:
    """Return how long rows have waited at a moment, each group of a column apart, or all as one group without a name.

    `since` names the column with the moment from which a row waits. `ages` are the ends of the stretches but the last, rising:
    a row that has waited just that long counts in the next. Groups without rows are left out.
    """
    younger = {f"within_{place}": Count("pk", filter=Q(**{f"{since}__gt": at - age})) for place, age in enumerate(ages)}
    counted = {**younger, "waiting": Count("pk"), "first": Min(since)}
    plain = rows.order_by()
    lines = plain.values(group).annotate(**counted) if group else [plain.aggregate(**counted)]
    found = []
    for line in lines:
        if not line["waiting"]:
            continue
        reached = [*(line[name] for name in younger), line["waiting"]]
        counts = tuple(upto - before for before, upto in zip([0, *reached], reached, strict=False))
        found.append(Waited(str(line[group]) if group else "", counts, at - line["first"]))
    return found
