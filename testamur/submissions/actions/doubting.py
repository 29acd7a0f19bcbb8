"""Doubtful records: queued for the regulator when their submission is sealed, asked about, answered, and decided on.

Issue 3, the submission year. The queue holds the place of a row and a student's number, never a cell. A question goes to the
provider's people as a mail that says only that there is one (TEQ-08).
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

import polars as pl
from django.conf import settings
from django.db import connection, transaction

from testamur.accounts import queries as accounts_queries
from testamur.accounts.roles import Permission, Role
from testamur.kernel import tenancy
from testamur.kernel.errors import NotFound, refuse_unless
from testamur.log import actions as log_actions
from testamur.notices import actions as notices_actions
from testamur.providers import queries as providers_queries
from testamur.register import queries as register_queries
from testamur.register.queries import RecordedVersion
from testamur.students import queries as students_queries
from testamur.students.queries import StudentCard
from testamur.submissions import deciding
from testamur.submissions.actions import writing
from testamur.submissions.doubts import DOUBTS
from testamur.submissions.models import DoubtfulRecord, Submission
from testamur.submissions.states import DOUBT
from testamur.submissions.states import DOUBTS_WAITING as WAITING

DECISIONS: Final = ("explain", "correct", "accept")
_ASKED: Final = "doubt_asked"
_WORKERS: Final = frozenset({Role.SECRETARIAT_OFFICER, Role.SUPERVISOR})
_QUEUE: Final = """
INSERT INTO submissions_doubtfulrecord (provider_id, submission_id, rule, kind, file, row, student_id, found_at)
SELECT %s, %s, d.rule, d.kind, d.file, d.row, s.id, %s
FROM unnest(%s::text[], %s::text[], %s::text[], %s::integer[], %s::text[]) d (rule, kind, file, row, code)
LEFT JOIN students_student s ON s.provider_id = %s AND s.local_id = d.code
ON CONFLICT DO NOTHING
"""


@dataclass(frozen=True, slots=True)
class Opened:
    """A doubtful record's student as an officer sees them in the case: who the provider says they are, and their records."""

    student: StudentCard | None
    versions: tuple[RecordedVersion, ...]


def queue_doubts(submission: Submission, run: Path, held: Collection[str], *, at: datetime) -> int:
    """What a check doubted and was sealed all the same waits for the regulator; returns how many rows.

    Rows of held students (`held`) were not sealed and are left out. Part of sealing, in its transaction.
    """
    path = run / DOUBTS
    if not path.is_file():
        return 0
    found = pl.read_parquet(path).filter(~pl.col("student_code").is_in(list(held)).fill_null(value=False))
    if found.is_empty():
        return 0
    columns = [found[name].to_list() for name in ("rule", "kind", "file", "row", "student_code")]
    with connection.cursor() as cursor:
        cursor.execute(_QUEUE, [submission.provider_id, submission.pk, at, *columns, submission.provider_id])
    return found.height


def close_superseded(submissions: Iterable[UUID], *, at: datetime) -> int:
    """The doubtful records of submissions that another replaced whole wait no longer; returns how many."""
    rows = DoubtfulRecord.objects.filter(submission__in=list(submissions), state__in=WAITING)
    return rows.update(state=DOUBT.move("open", "supersede"), decided_at=at)


@transaction.atomic
def open_doubt(doubt_id: int, *, by: UUID, role: str, at: datetime) -> Opened:
    """The student of a doubtful record was looked at in this case, and the access is written down for the person to read."""
    _refuse_unless_worker(by, at)
    with tenancy.for_register():
        doubt = _locked(doubt_id)
        if doubt.student_id is None:
            return Opened(None, ())
        zone = ZoneInfo(providers_queries.provider(doubt.provider_id).zone)
        log_actions.record_access(
            by=by,
            role=role,
            action=log_actions.AccessAction.VIEWED,
            purpose=log_actions.AccessPurpose.SUBMISSION,
            at=at,
            on=at.astimezone(zone).date(),
            student=doubt.student_id,
            provider=doubt.provider_id,
            case=f"doubt {doubt.pk}",
        )
        cards = students_queries.cards([doubt.student_id])
        versions = register_queries.current_versions([doubt.student_id])
        return Opened(cards[0] if cards else None, tuple(versions))


@transaction.atomic
def ask_provider(doubt_id: int, question: str, *, by: UUID, at: datetime) -> None:
    """The provider was asked about a doubtful record: its people read the question on their page and get a mail.

    For the secretariat. Refuses an empty question (SUB-12), and one that is decided already (Conflict).
    """
    question = question.strip()
    _refuse_unless_worker(by, at)
    refuse_unless(deciding.may_say(question))
    with tenancy.for_register():
        doubt = _locked(doubt_id)

        doubt.state = DOUBT.move(doubt.state, "ask")
        doubt.question, doubt.asked_by, doubt.asked_at = question, by, at
        doubt.answer, doubt.answered_by, doubt.answered_at = "", None, None
        doubt.save()
        _tell(doubt.provider_id, at=at)


@transaction.atomic
def answer_question(doubt_id: int, answer: str, *, by: UUID, at: datetime) -> None:
    """The provider has answered the question about a doubtful record; the regulator decides.

    For the provider's staff, on behalf of the provider. Refuses an empty answer (SUB-12).
    """
    answer = answer.strip()
    doubt = _locked(doubt_id)
    writing.refuse_without(Permission.READ_SUBMISSION, doubt.provider_id, by=by, at=at)
    refuse_unless(deciding.may_say(answer))

    doubt.state = DOUBT.move(doubt.state, "answer")
    doubt.answer, doubt.answered_by, doubt.answered_at = answer, by, at
    doubt.save()


@transaction.atomic
def decide_doubt(doubt_id: int, verb: str, reason: str, *, by: UUID, at: datetime) -> None:
    """A doubtful record is explained, corrected or accepted, with the reason; it waits no longer.

    For the secretariat. Refuses a decision without a reason (SUB-12), and one that was made already (Conflict).
    """
    reason = reason.strip()
    _refuse_unless_worker(by, at)
    refuse_unless(deciding.may_say(reason))
    with tenancy.for_register():
        _decide(_locked(doubt_id), verb, reason, by=by, at=at)


@transaction.atomic
def decide_alike(doubt_id: int, verb: str, reason: str, *, by: UUID, at: datetime) -> int:
    """Every waiting doubt of the same submission and kind is decided like this one; returns how many.

    For a fault that runs through a whole file. Refuses what decide_doubt refuses.
    """
    reason = reason.strip()
    _refuse_unless_worker(by, at)
    refuse_unless(deciding.may_say(reason))
    with tenancy.for_register():
        doubt = _locked(doubt_id)
        _decide(doubt, verb, reason, by=by, at=at)
        alike = DoubtfulRecord.objects.filter(submission=doubt.submission_id, kind=doubt.kind, state__in=WAITING)
        said = {"state": doubt.state, "reason": reason, "decided_by": by, "decided_at": at}
        return 1 + alike.update(**said)


def _decide(doubt: DoubtfulRecord, verb: str, reason: str, *, by: UUID, at: datetime) -> None:
    """Decide on one."""
    if verb not in DECISIONS:
        raise ValueError(f"{verb} is no decision on a doubtful record.")
    doubt.state = DOUBT.move(doubt.state, verb)
    doubt.reason, doubt.decided_by, doubt.decided_at = reason, by, at
    doubt.save()


def _locked(doubt_id: int) -> DoubtfulRecord:
    """Return a doubtful record under a lock; raises NotFound, also for another provider's."""
    found = DoubtfulRecord.objects.select_for_update().filter(pk=doubt_id).first()
    if found is None:
        raise NotFound("There is no such record in the queue, or none that you may see.")
    return found


def _refuse_unless_worker(by: UUID, at: datetime) -> None:
    """Refuse people who do not work for the secretariat."""
    held = accounts_queries.memberships_of(by, at)
    refuse_unless(deciding.may_act(any(one.role in _WORKERS for one in held)))


def _tell(provider_id: int, *, at: datetime) -> None:
    """Queue a mail to everybody who acts for the provider: there is a question."""
    organisation = providers_queries.provider(provider_id).organisation_id
    context = {"link": f"{settings.PUBLIC_URL}/provider/questions/"}
    for one in {held.account_id: held for held in accounts_queries.members_of(organisation, at)}.values():
        if accounts_queries.account(one.account_id).active:
            notices_actions.queue_mail(
                _ASKED, address=one.account_email, context=context, at=at, account_id=one.account_id
            )
