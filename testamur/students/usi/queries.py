"""Reads of identifiers: the one way to use a number (USI-02), how many stand in which state, and what a page may show (USI-07)."""

import hmac
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db.models import Count

from testamur.students import sealing
from testamur.students.models import Identifier, IdentifierCheck, IdentifierReveal, Student
from testamur.students.states import IDENTIFIER
from testamur.students.usi import rules
from testamur.students.usi.verifying import KIND, due


@dataclass(frozen=True, slots=True)
class Counts:
    """How many numbers of a provider stand in each state, and whether any answer came from the made-up Registry."""

    by_state: dict[str, int]
    by_fake: bool

    @property
    def total(self) -> int:
        """Return how many numbers are held."""
        return sum(self.by_state.values())

    @property
    def needs_work(self) -> int:
        """Return of how many somebody has to do something."""
        return sum(self.by_state[state] for state in rules.NEEDS_WORK)


@dataclass(frozen=True, slots=True)
class Line:
    """One student's number as a page shows it: masked, with its state, why, which fields differ, and since when."""

    student_id: int
    provider_id: int
    local_id: str
    state: str
    masked: str
    reason: str
    differs: tuple[str, ...]
    since: datetime | None
    due_at: datetime | None
    answered_by: str


@dataclass(frozen=True, slots=True)
class Event:
    """One event of a number's verification."""

    outcome: str
    reason: str
    differs: tuple[str, ...]
    answered_by: str
    error_code: int | None
    by: UUID | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Shown:
    """A number was shown in the clear: in which role, why, when."""

    student_id: int
    role: str
    purpose: str
    case: str
    at: datetime


def usable_usis(student_ids: Iterable[int]) -> dict[int, str]:
    """Return the numbers of students that may be used, in the clear; everything that uses a USI asks here and nowhere else.

    USI-02: a number that is not verified is not in the answer, nor is one that the made-up Registry verified once the site
    no longer runs on it. Needs the register's or the provider's scope.
    """
    rows = Identifier.objects.filter(student_id__in=set(student_ids), kind=KIND, state=rules.VERIFIED)
    return dict(_opened(rows.exclude(answered_by="").iterator()))


def usable_usi(student_id: int) -> str | None:
    """Return one student's number where it may be used, None where it may not (USI-02)."""
    return usable_usis([student_id]).get(student_id)


def comparing_tokens(*, secret: bytes, provider_ids: Sequence[int] | None = None) -> Iterator[tuple[int, bytes]]:
    """Yield (student, token) of every number that may be used: equal tokens are equal numbers, within one run.

    `secret` is 32 random bytes that the caller makes for one run and keeps nowhere; so no number leaves this package and no
    token can be looked up later. Needs the register's scope.
    """
    rows = Identifier.objects.filter(kind=KIND, state=rules.VERIFIED).exclude(answered_by="").order_by("student_id")
    if provider_ids is not None:
        rows = rows.filter(provider_id__in=provider_ids)
    for student_id, number in _opened(rows.iterator(chunk_size=2_000)):
        yield student_id, hmac.digest(secret, number.encode(), "sha256")


def _opened(rows: Iterable[Identifier]) -> Iterator[tuple[int, str]]:
    """Yield the numbers that may be used, in the clear."""
    key = sealing.identifier_key(settings.KEYS_DIR, create=settings.CREATE_KEYS)
    for row in rows:
        if rules.may_be_used(row.state, answered_by=row.answered_by, setting=settings.USI_REGISTRY):
            yield row.student_id, _clear(row, key)


def _clear(row: Identifier, key: bytes) -> str:
    """Return a row's number in the clear."""
    return sealing.open_identifier(key, bytes(row.sealed), student_id=row.student_id, kind=row.kind)


def state_counts(provider_id: int) -> Counts:
    """Return how many numbers of a provider stand in each state, in the order of the states."""
    found: Counter[str] = Counter()
    by_fake = False
    rows = Identifier.objects.filter(provider_id=provider_id, kind=KIND).values("state", "answered_by")
    for row in rows.annotate(count=Count("student_id")).order_by("state"):
        found[row["state"]] += row["count"]
        by_fake = by_fake or row["answered_by"] == "fake"
    return Counts({state: found[state] for state in IDENTIFIER.states}, by_fake)


def counts_of_all() -> dict[int, dict[str, int]]:
    """Return how many numbers of each provider stand in each state. Needs the register's scope."""
    found: dict[int, dict[str, int]] = {}
    rows = Identifier.objects.filter(kind=KIND).values("provider_id", "state").annotate(count=Count("student_id"))
    for row in rows.order_by("provider_id"):
        counts = found.setdefault(row["provider_id"], dict.fromkeys(IDENTIFIER.states, 0))
        counts[row["state"]] = row["count"]
    return found


def waiting_now(at: datetime, provider_id: int | None = None) -> int:
    """Return how many numbers are due to be asked about."""
    return Identifier.objects.filter(due(at, provider_id)).count()


def lines(provider_id: int, *, states: Sequence[str] = rules.NEEDS_WORK, first: int = 0, limit: int = 25) -> list[Line]:
    """Return a provider's students whose numbers stand in some states, by student; masked. Whoever shows them writes events."""
    rows = Identifier.objects.filter(provider_id=provider_id, kind=KIND, state__in=states).order_by("student_id")
    return _lines(list(rows[first : first + limit]))


def line_of(student_id: int) -> Line | None:
    """Return one student's line, None where no number is held."""
    return next(iter(lines_of([student_id])), None)


def lines_of(student_ids: Iterable[int]) -> list[Line]:
    """Return the lines of students of whom a number is held."""
    rows = Identifier.objects.filter(student_id__in=set(student_ids), kind=KIND).order_by("student_id")
    return _lines(list(rows))


def student_by_local_id(provider_id: int, local_id: str) -> int | None:
    """Return the student of a provider's own number, None where there is none."""
    rows = Student.objects.filter(provider_id=provider_id, local_id=local_id.strip().upper())
    return rows.values_list("pk", flat=True).first()


def _lines(rows: Sequence[Identifier]) -> list[Line]:
    """Return rows as pages show them."""
    if not rows:
        return []
    key = sealing.identifier_key(settings.KEYS_DIR, create=settings.CREATE_KEYS)
    numbers = [row.student_id for row in rows]
    codes = dict(Student.objects.filter(pk__in=numbers).values_list("pk", "local_id"))
    latest = {
        one.student_id: one
        for one in IdentifierCheck.objects.filter(student_id__in=numbers, kind=KIND)
        .exclude(outcome="asked")
        .order_by("student_id", "-id")
        .distinct("student_id")
    }
    return [_line(row, codes.get(row.student_id, ""), latest.get(row.student_id), key) for row in rows]


def _line(row: Identifier, local_id: str, last: IdentifierCheck | None, key: bytes) -> Line:
    """Return one row; the last event says why, as long as it is about this state."""
    about = last if last and last.outcome == row.state else None
    return Line(
        row.student_id,
        row.provider_id,
        local_id,
        row.state,
        rules.masked(_clear(row, key)),
        about.reason if about else "",
        _differs(about) if about else (),
        about.at if about else None,
        row.due_at,
        row.answered_by,
    )


def _differs(check: IdentifierCheck) -> tuple[str, ...]:
    """Return in words which fields the Registry did not match."""
    flags = {
        "first name": check.first_matched,
        "family name": check.family_matched,
        "single name": check.single_matched,
        "date of birth": check.birth_matched,
    }
    return tuple(words for words, matched in flags.items() if matched is False)


def events_of(student_id: int, *, limit: int = 20) -> list[Event]:
    """Return the events of a student's number, the newest first."""
    rows = IdentifierCheck.objects.filter(student_id=student_id, kind=KIND).order_by("-id")[:limit]
    return [
        Event(row.outcome, row.reason, _differs(row), row.answered_by, row.error_code, row.by, row.at) for row in rows
    ]


def reveals_of(student_ids: Iterable[int]) -> list[Shown]:
    """Return when numbers of students were shown in the clear, the newest first; the person may read it of their own."""
    rows = IdentifierReveal.objects.filter(student_id__in=set(student_ids)).order_by("-id")
    return [Shown(row.student_id, row.role, row.purpose, row.case, row.at) for row in rows]
