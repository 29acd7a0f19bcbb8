"""What crosses the edge of this package, as frozen values, and how they are read from rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from testamur.extracts import states
from testamur.extracts.models import Applicant, Extract, IdentityCheck, RecordRequest
from testamur.extracts.rules import FieldCompared, Name
from testamur.providers import queries as providers_queries


@dataclass(frozen=True, slots=True)
class ApplicantFacts:
    """Who a person says they are: the present name first, then former ones."""

    person_id: UUID
    account_id: UUID
    names: tuple[Name, ...]
    single_name: bool
    birth_date: date
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class IdentityFacts:
    """One identity check; `facts` are the two independent facts of the assisted way."""

    number: str
    person_id: UUID
    kind: str
    kind_words: str
    state: str
    named_at: datetime
    supplied_at: datetime | None
    has_scan: bool
    scan_type: str
    why_assisted: str
    facts: tuple[str, ...]
    level: str
    proposed_by: UUID | None
    decided_by: UUID | None
    decided_at: datetime | None
    valid_until: date | None
    reason: str


@dataclass(frozen=True, slots=True)
class Move:
    """One step of a request: to which state, when, and whether a person did it."""

    to_state: str
    at: datetime
    by: UUID | None


@dataclass(frozen=True, slots=True)
class RequestFacts:
    """One application. `decision` is the last verdict: ruleset, version, outcome, findings."""

    number: str
    person_id: UUID
    provider_id: int
    provider_name: str
    sector: str
    attended_from: int
    attended_until: int
    courses: str
    state: str
    started_at: datetime
    state_since: datetime
    decision: dict[str, Any]
    moves: tuple[Move, ...]

    @property
    def open(self) -> bool:
        """Say whether the application still waits for an answer."""
        return self.state in states.OPEN


@dataclass(frozen=True, slots=True)
class MatchFacts:
    """A student who may be the applicant, compared field by field."""

    id: int
    student_id: int
    exact: bool
    fields: tuple[FieldCompared, ...]
    state: str
    proposed_by: UUID | None
    reason: str
    decided_by: UUID | None
    link_id: int | None


@dataclass(frozen=True, slots=True)
class NoteFacts:
    """One note of a case."""

    by: UUID | None
    at: datetime
    text: str


@dataclass(frozen=True, slots=True)
class ExtractFacts:
    """One certified extract; `superseded_by` is the number of a newer one."""

    number: str
    request_number: str
    person_id: UUID
    provider_id: int
    issued_at: datetime
    sha256: str
    tree_size: int
    superseded_by: str | None


@dataclass(frozen=True, slots=True)
class Waiting:
    """One line of the secretariat's queue: nothing in it is about a person."""

    number: str
    provider_name: str
    state: str
    started_at: datetime
    state_since: datetime


@dataclass(frozen=True, slots=True)
class IdentityWaiting:
    """One line of the list of identity checks: nothing in it is about a person."""

    number: str
    kind_words: str
    state: str
    since: datetime
    proposed_by: UUID | None


@dataclass(frozen=True, slots=True)
class LockedApplicant:
    """A locked account and the cases of its person: nothing in it is about a person."""

    account_id: UUID
    locked_at: datetime
    cases: tuple[str, ...]


def applicant_facts(row: Applicant) -> ApplicantFacts:
    """Return a row's facts."""
    present = Name(row.family_name, row.given_name, row.other_names)
    former = tuple(Name(family, given) for family, given in row.former_names)
    return ApplicantFacts(
        row.person_id, row.account_id, (present, *former), row.single_name, row.birth_date, row.changed_at
    )


def identity_facts(row: IdentityCheck) -> IdentityFacts:
    """Return a row's facts; the name of the picture's file stays inside."""
    same = {name: getattr(row, name) for name in IdentityFacts.__dataclass_fields__ if hasattr(row, name)}
    return IdentityFacts(
        **{**same, "kind_words": row.get_kind_display(), "has_scan": bool(row.scan), "facts": tuple(row.facts)}
    )


def request_facts(rows: Any) -> list[RequestFacts]:
    """Return the facts of some requests with their moves and their providers' names."""
    found: Sequence[RecordRequest] = list(rows.prefetch_related("moves"))
    names = providers_queries.legal_names([row.provider_id for row in found])
    same = [name for name in RequestFacts.__dataclass_fields__ if name not in {"provider_name", "moves"}]
    return [
        RequestFacts(
            **{name: getattr(row, name) for name in same},
            provider_name=names[row.provider_id],
            moves=tuple(Move(m.to_state, m.at, m.by) for m in sorted(row.moves.all(), key=lambda m: m.pk)),
        )
        for row in found
    ]


def extract_facts(row: Extract) -> ExtractFacts:
    """Return a row's facts."""
    return ExtractFacts(
        number=row.number,
        request_number=row.request_id,
        person_id=row.person_id,
        provider_id=row.provider_id,
        issued_at=row.issued_at,
        sha256=row.sha256,
        tree_size=row.tree_size,
        superseded_by=row.superseded_by_id,
    )
