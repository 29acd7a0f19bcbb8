"""A provider rehearses its closure: the worker looks through every student, and the failing ones are kept until the next time.

The list names the provider's own students, so every one of whom a line is shown or handed out is told so (F.2).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

import polars as pl
from django.db import connection, transaction

from testamur.accounts.roles import Permission
from testamur.kernel import jobs, tenancy
from testamur.kernel.planning import whole_tables
from testamur.log import actions as log_actions
from testamur.providers import queries as providers_queries
from testamur.register import servable
from testamur.regulation import rehearsing
from testamur.regulation.models import Rehearsal, RehearsalRow
from testamur.students import matchable
from testamur.submissions import years
from testamur.submissions.actions import writing
from testamur.submissions.actions.looking import Looker

JOB: Final = "rehearse_closure"
_INSERT: Final = """
INSERT INTO regulation_rehearsalrow (provider_id, student_id, reasons, part, line)
SELECT %s, student, string_to_array(reasons, ','), part, line
FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::integer[]) AS t (student, reasons, part, line)
"""


@dataclass(frozen=True, slots=True)
class FailingStudent:
    """One student who could not be served: the provider's own number, why, and where the row stood that was lodged."""

    student_id: int
    local_id: str
    reasons: tuple[str, ...]
    part: str
    line: int | None


@transaction.atomic
def ask_rehearsal(provider_id: int, *, by: UUID, at: datetime) -> None:
    """The worker rehearses the provider's closure; asked while it is at work, nothing more happens. For the provider's staff."""
    writing.refuse_without(Permission.READ_PERSON, provider_id, by=by, at=at)
    row, _ = Rehearsal.objects.select_for_update().get_or_create(provider_id=provider_id)
    if row.asked_at is not None:
        return
    row.asked_by, row.asked_at = by, at
    row.save()
    jobs.wake(JOB, lock=f"{JOB} {provider_id}", provider_id=provider_id)


def rehearse_closure(provider_id: int | str, *, at: datetime) -> rehearsing.Rehearsed:
    """What would happen to a provider's students tonight is known and kept. The worker's action; run again, it looks again."""
    number = int(provider_id)
    with tenancy.for_provider(number), connection.cursor() as cursor:
        with whole_tables(cursor):
            people, held = matchable.matchable(cursor, number), servable.servable(cursor, number)
        found = rehearsing.rehearsed(people, held)
        Rehearsal.objects.select_for_update().get_or_create(provider_id=number)
        RehearsalRow.objects.filter(provider_id=number).delete()
        _keep(cursor, number, found.failing)
        Rehearsal.objects.filter(provider_id=number).update(
            asked_by=None,
            asked_at=None,
            made_at=at,
            students=found.students,
            failing=len(found.failing),
            by_hand=found.by_hand,
            reasons=dict(found.reasons),
        )
    return found


@transaction.atomic
def show_failing(
    looker: Looker, *, at: datetime, reason: str = "", first: int = 0, most: int | None = None
) -> list[FailingStudent]:
    """The students who could not be served were shown, and each of them is told so; `most=None` hands out all of them.

    For the provider's staff who may read persons.
    """
    writing.refuse_without(Permission.READ_PERSON, looker.provider_id, by=looker.by, at=at)
    rows = RehearsalRow.objects.filter(provider_id=looker.provider_id)
    rows = rows.filter(reasons__contains=[reason]) if reason else rows
    chosen = rows.order_by("pk")[first : None if most is None else first + most]
    with connection.cursor() as cursor:
        known = matchable.numbers(cursor, looker.provider_id, [row.student_id for row in chosen])
    found = [
        FailingStudent(row.student_id, known[row.student_id], tuple(row.reasons), row.part, row.line)
        for row in chosen
        if row.student_id in known
    ]
    _tell(looker, [one.student_id for one in found], exported=most is None, at=at)
    return found


def _keep(cursor: object, provider_id: int, failing: pl.DataFrame) -> None:
    """Keep the failing students, in the order of the lodged file."""
    columns = [
        failing["student_id"].to_list(),
        failing["reasons"].list.join(",").to_list(),
        failing["part"].fill_null("").to_list(),
        failing["line"].to_list(),
    ]
    cursor.execute(_INSERT, [provider_id, *columns])  # type: ignore[attr-defined]


def _tell(looker: Looker, students: Sequence[int], *, exported: bool, at: datetime) -> None:
    """Leave an access event for each student."""
    zone = providers_queries.provider(looker.provider_id).zone
    action = log_actions.AccessAction.EXPORTED if exported else log_actions.AccessAction.VIEWED
    log_actions.record_accesses(
        students,
        by=looker.by,
        role=looker.role,
        action=action,
        purpose=log_actions.AccessPurpose.SUBMISSION,
        at=at,
        on=years.local_day(at, zone),
        provider=looker.provider_id,
    )
