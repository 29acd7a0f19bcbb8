"""Provider staff look up their own students in the register; every look is an access event that the person can see.

Issue 2, item 7; rulebook F.2 (person and results: own provider only). Runs on behalf of the provider, so that another provider's
students do not exist here.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

import polars as pl
from django.db import connection, transaction

from testamur.accounts.roles import Permission
from testamur.documents import queries as documents_queries
from testamur.kernel.errors import NotFound
from testamur.log import actions as log_actions
from testamur.providers import queries as providers_queries
from testamur.register import queries as register_queries
from testamur.register.queries import RecordedVersion
from testamur.students import bulk as students_bulk
from testamur.students import queries as students_queries
from testamur.students.queries import StudentCard
from testamur.submissions.actions import writing

MOST_FOUND = 20


@dataclass(frozen=True, slots=True)
class Looker:
    """Who looks: the provider on whose behalf, the account, its role."""

    provider_id: int
    by: UUID
    role: str


@dataclass(frozen=True, slots=True)
class StudentRecord:
    """One student and the current version of everything that the register holds of them."""

    card: StudentCard
    versions: tuple[RecordedVersion, ...]


@transaction.atomic
def search_students(typed: str, *, looker: Looker, at: datetime) -> list[StudentCard]:
    """The provider's students with this number or family name were found, and each of them is told so.

    For the provider's staff who may read persons. At most MOST_FOUND are returned: a name that finds more needs the number.
    """
    writing.refuse_without(Permission.READ_PERSON, looker.provider_id, by=looker.by, at=at)
    with connection.cursor() as cursor:
        known = students_bulk.known_students(cursor, looker.provider_id)
    by_number = known.filter(pl.col("local_id") == typed.strip().upper())["student_id"].to_list()
    found = students_queries.cards(by_number) or students_queries.candidates(looker.provider_id, family_name=typed)

    for card in found[:MOST_FOUND]:
        _record(looker, card.student_id, "SEARCHED", at)
    return found[:MOST_FOUND]


@transaction.atomic
def look_at_student(student_id: int, *, looker: Looker, at: datetime) -> StudentRecord:
    """A student's record was shown to the provider's staff, and the person is told so. Raises NotFound for another's student."""
    writing.refuse_without(Permission.READ_RESULTS, looker.provider_id, by=looker.by, at=at)
    card = students_queries.card(student_id)
    if card.provider_id != looker.provider_id:
        raise NotFound("There is no such student, or none that you may see.")

    _record(looker, student_id, "VIEWED", at)
    return StudentRecord(card, tuple(register_queries.current_versions([student_id])))


@transaction.atomic
def hand_out_document(student_id: int, sha256: str, *, looker: Looker, at: datetime) -> tuple[str, Iterator[bytes]]:
    """A PDF that the provider lodged was handed out as it came in: its name and its bytes. Raises NotFound."""
    record = look_at_student(student_id, looker=looker, at=at)
    facts = next((one.facts for one in record.versions if one.facts.get("sha256") == sha256), None)
    if facts is None:
        raise NotFound("The register holds no such document of this student.")

    _record(looker, student_id, "DOWNLOADED", at)
    number = f" {facts['n']}" if int(facts.get("n") or 1) > 1 else ""
    return f"{facts['document']}{number}.pdf", documents_queries.file_pieces(sha256)


def _record(looker: Looker, student_id: int, action: str, at: datetime) -> None:
    """Write one access event."""
    zone = ZoneInfo(providers_queries.provider(looker.provider_id).zone)
    log_actions.record_access(
        by=looker.by,
        role=looker.role,
        action=log_actions.AccessAction[action],
        purpose=log_actions.AccessPurpose.SUBMISSION,
        at=at,
        on=at.astimezone(zone).date(),
        student=student_id,
        provider=looker.provider_id,
    )
