"""Ask the USI Registry about numbers that wait, up to 500 a call, so that whatever goes wrong in a call loses none of them.

A batch is claimed in one transaction, asked about outside any, and stored in another. A claim lapses by itself: a worker that
dies leaves its numbers to the next. An answer is stored only where the number is still the one that was asked about.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from testamur.kernel import tenancy
from testamur.kernel.periods import Precision
from testamur.students import queries as students_queries
from testamur.students import sealing
from testamur.students.models import Identifier, IdentifierCheck
from testamur.students.states import IDENTIFIER
from testamur.students.usi import rules
from testamur.students.usi.registry import (
    MOST_IN_A_CALL,
    Answer,
    BulkQuestion,
    BulkVerifyUSI,
    InvalidRequest,
    NotAuthorised,
    Question,
    Registry,
    RegistryError,
    TimedOut,
    Unavailable,
)

KIND: Final = "usi"
_LEASE: Final = timedelta(minutes=15)


@dataclass(frozen=True, slots=True, repr=False)
class Claimed:
    """A number that is being asked about: whose, which value, how often it was asked, and the question."""

    student_id: int
    provider_id: int
    sealed: bytes
    attempts: int
    asked_by: UUID | None
    question: Question | None
    not_asked: tuple[str, str] | None = None


@dataclass(slots=True)
class Told:
    """What became of one number: an outcome, or None where no answer came, with the reason and the Registry's flags."""

    outcome: str | None
    reason: str = ""
    answer: Answer | None = None
    error_code: int | None = None


@dataclass(slots=True)
class Tally:
    """How many numbers a run asked about, and what became of them."""

    asked: int = 0
    outcomes: dict[str, int] = field(default_factory=dict)

    def count(self, outcome: str) -> None:
        """Count one."""
        self.asked += 1
        self.outcomes[outcome] = self.outcomes.get(outcome, 0) + 1


def verify_waiting(registry: Registry, *, at: datetime, provider_id: int | None = None) -> Tally:
    """Ask about every number that is due, of one provider or of all; stops for now where the Registry does not answer."""
    tally = Tally()
    while batch := _claim(at, provider_id):
        asked = [one for one in batch if one.question]
        told = _ask(registry, asked) if asked else []
        refused = [Told(*one.not_asked) for one in batch if one.not_asked]
        left_out = [one for one in batch if one.not_asked]
        _store([*asked, *left_out], [*told, *refused], answered_by=registry.name, at=at, tally=tally)
        if told and all(one.outcome is None for one in told):
            break
    return tally


def due(at: datetime, provider_id: int | None = None) -> Q:
    """Return the condition that a number waits and may be asked about now."""
    waits = Q(kind=KIND, state="pending") & (Q(due_at__isnull=True) | Q(due_at__lte=at))
    return waits if provider_id is None else waits & Q(provider_id=provider_id)


def _claim(at: datetime, provider_id: int | None) -> list[Claimed]:
    """Take up to 500 numbers that are due, for as long as a call may take; nobody else takes them meanwhile."""
    with tenancy.for_register():
        rows = list(
            Identifier.objects.filter(due(at, provider_id))
            .order_by("student_id")
            .select_for_update(skip_locked=True)[:MOST_IN_A_CALL]
        )
        if not rows:
            return []
        numbers = [row.student_id for row in rows]
        Identifier.objects.filter(kind=KIND, student_id__in=numbers).update(due_at=at + _LEASE)
        key = sealing.identifier_key(settings.KEYS_DIR, create=settings.CREATE_KEYS)
        cards = {card.student_id: card for card in students_queries.cards(numbers)}
        return [_claimed(row, cards.get(row.student_id), key) for row in rows]


def _claimed(row: Identifier, card: students_queries.StudentCard | None, key: bytes) -> Claimed:
    """Put a question together, or say why there is none."""
    number = sealing.open_identifier(key, bytes(row.sealed), student_id=row.student_id, kind=row.kind)
    said = _said(card)
    why = rules.why_not_asked(number, said)
    question = rules.question_of(number, said) if why is None else None
    return Claimed(row.student_id, row.provider_id, bytes(row.sealed), row.attempts + 1, row.asked_by, question, why)


def _said(card: students_queries.StudentCard | None) -> rules.Said:
    """Return what is held of who a student is, as far as the Registry compares it."""
    if card is None:
        return rules.Said()
    whole = card.birth.precision is Precision.DAY and not card.birth.placeholder
    return rules.Said(card.given_name, card.family_name, card.single_name, card.birth.earliest if whole else None)


def _ask(registry: Registry, batch: Sequence[Claimed]) -> list[Told]:
    """Ask about a batch in one call; where the Registry refuses the call as invalid, halve it until the culprit is alone."""
    asked = [BulkQuestion(place, one.question) for place, one in enumerate(batch, start=1) if one.question]
    try:
        lines = registry.bulk_verify(BulkVerifyUSI(registry.org_code, tuple(asked)))
    except TimedOut:
        return [Told(None, "timed_out") for _ in batch]
    except Unavailable as error:
        return [Told(None, "unavailable", error_code=error.code) for _ in batch]
    except InvalidRequest as error:
        if len(batch) == 1:
            return [Told("failed", "refused", error_code=error.code)]
        half = len(batch) // 2
        return _ask(registry, batch[:half]) + _ask(registry, batch[half:])
    except RegistryError as error:
        reason = "not_authorised" if isinstance(error, NotAuthorised) else "refused"
        return [Told("failed", reason, error_code=error.code) for _ in batch]
    sorted_lines = rules.sorted_answers(asked, lines)
    return [_told(one, *sorted_lines[place]) for place, one in enumerate(batch, start=1)]


def _told(one: Claimed, answer: Answer | None, reason: str) -> Told:
    """Return what an answer makes of a number."""
    if answer is None or one.question is None:
        return Told(None, reason)
    return Told(rules.outcome_of(one.question, answer), answer=answer)


@transaction.atomic
def _store(batch: Sequence[Claimed], told: Sequence[Told], *, answered_by: str, at: datetime, tally: Tally) -> None:
    """Keep each answer with its event, where the number is still pending and still the one that was asked about."""
    with tenancy.for_register():
        numbers = [one.student_id for one in batch]
        rows = Identifier.objects.select_for_update().filter(kind=KIND, student_id__in=numbers)
        held = {row.student_id: row for row in rows}
        changed, events = [], []
        for one, said in zip(batch, told, strict=True):
            row = held.get(one.student_id)
            if row is None or row.state != "pending" or bytes(row.sealed) != one.sealed:
                continue
            events.append(_apply(row, one, said, answered_by=answered_by, at=at))
            changed.append(row)
            tally.count(events[-1].outcome)
        _save(changed)
        IdentifierCheck.objects.bulk_create(events)


def _save(changed: Sequence[Identifier]) -> None:
    """Save rows by one statement for each way in which they changed; a batch has few."""
    alike: dict[tuple[str, int, datetime | None, str], list[int]] = {}
    for row in changed:
        alike.setdefault((row.state, row.attempts, row.due_at, row.answered_by), []).append(row.student_id)
    for (state, attempts, due_at, answered_by), numbers in alike.items():
        rows = Identifier.objects.filter(kind=KIND, student_id__in=numbers)
        rows.update(state=state, attempts=attempts, due_at=due_at, answered_by=answered_by)


def _apply(row: Identifier, one: Claimed, said: Told, *, answered_by: str, at: datetime) -> IdentifierCheck:
    """Move a number as it was told, and return the event; without an answer it waits longer each time, then counts as failed."""
    outcome, row.attempts = said.outcome, one.attempts
    row.due_at = rules.due_after(one.attempts, at) if outcome is None else None
    if outcome is None and row.due_at is None:
        outcome = "failed"
    row.state = IDENTIFIER.move(row.state, rules.verb_of(outcome) if outcome else "wait")
    row.answered_by = answered_by if said.answer else ""
    flags = said.answer.flags if said.answer else {}
    matched = {name: None if flag is None else flag == "Match" for name, flag in flags.items()}
    return IdentifierCheck(
        provider_id=one.provider_id,
        student_id=one.student_id,
        kind=KIND,
        outcome=outcome or "unanswered",
        reason=said.reason,
        answered_by=row.answered_by,
        first_matched=matched.get("first_name"),
        family_matched=matched.get("family_name"),
        single_matched=matched.get("single_name"),
        birth_matched=matched.get("birth_date"),
        error_code=said.error_code,
        attempt=one.attempts,
        by=one.asked_by,
        at=at,
    )
