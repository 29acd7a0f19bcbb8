"""Reads of applications, identity checks, matches and extracts. Rows of a person need that person's scope or the register's."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from testamur.documents.proofs import sidecar_extra
from testamur.extracts import rules, states
from testamur.extracts.models import (
    Applicant,
    CaseNote,
    Extract,
    IdentityCheck,
    RecordRequest,
    RequestMatch,
)
from testamur.extracts.rules import Claim, FieldCompared, Name
from testamur.kernel import tenancy
from testamur.kernel.canonical import Json, canonical_json
from testamur.kernel.errors import NotFound
from testamur.log import queries as log_queries
from testamur.log.commitment import LeafPlace, commitment, leaf
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


# A person's own -------------------------------------------------------------------------------------------------------


def find_applicant(person_id: UUID) -> ApplicantFacts | None:
    """Return who a person says they are, or None while they have not."""
    row = Applicant.objects.filter(person_id=person_id).first()
    return _applicant(row) if row else None


def applicant(person_id: UUID) -> ApplicantFacts:
    """Return who a person says they are; raises NotFound."""
    found = find_applicant(person_id)
    if found is None:
        raise NotFound("There are no details of this person yet.")
    return found


def claim_of(person_id: UUID, request: RequestFacts) -> Claim:
    """Return what is compared with the records: the person's details with what a request says."""
    told = applicant(person_id)
    return Claim(told.names, told.birth_date, request.attended_from, request.attended_until, request.courses)


def identity_checks(person_id: UUID) -> list[IdentityFacts]:
    """Return a person's identity checks, the newest first."""
    rows = IdentityCheck.objects.filter(person_id=person_id).order_by("-named_at", "-changed_at")
    return [_identity(row) for row in rows]


def current_identity(person_id: UUID, *, on: date) -> IdentityFacts | None:
    """Return the check that counts on a day: one that passed and has not lapsed, else the open one, else None."""
    checks = identity_checks(person_id)
    passed = [one for one in checks if one.state == "passed" and one.valid_until and on < one.valid_until]
    waiting = [one for one in checks if one.state in {"named", "pending", "assisted", "proposed"}]
    return next(iter(passed + waiting), None)


def identity_standing(person_id: UUID, *, on: date) -> str:
    """Return none, pending, assisted or verified: the fact that the ruleset `extract` asks for."""
    check = current_identity(person_id, on=on)
    words = {"passed": "verified", "pending": "pending", "assisted": "assisted", "proposed": "assisted"}
    return words.get(check.state, "none") if check else "none"


def requests_of(person_id: UUID) -> list[RequestFacts]:
    """Return a person's applications, the newest first."""
    return _requests(RecordRequest.objects.filter(person_id=person_id).order_by("-started_at", "-number"))


def request(number: str) -> RequestFacts:
    """Return one application; raises NotFound where there is none that this transaction may see."""
    found = _requests(RecordRequest.objects.filter(number=number))
    if not found:
        raise NotFound("There is no such application, or none that you may see.")
    return found[0]


def extracts_of(person_id: UUID) -> list[ExtractFacts]:
    """Return a person's extracts, the newest first."""
    return [_extract(row) for row in Extract.objects.filter(person_id=person_id).order_by("-issued_at", "-number")]


def extract(number: str) -> ExtractFacts:
    """Return one extract; raises NotFound where there is none that this transaction may see."""
    row = Extract.objects.filter(number=number).first()
    if row is None:
        raise NotFound("There is no such extract, or none that you may see.")
    return _extract(row)


# The secretariat's ---------------------------------------------------------------------------------------------------


def requests_waiting(*, state: str = "") -> list[Waiting]:
    """Return applications, the longest waiting first: those of one state, or all that are open or locked. Nothing personal."""
    wanted = [state] if state else [*states.OPEN, "locked"]
    with tenancy.for_register():
        rows = list(RecordRequest.objects.filter(state__in=wanted).order_by("state_since", "number"))
        names = providers_queries.legal_names([row.provider_id for row in rows])
    return [Waiting(row.number, names[row.provider_id], row.state, row.started_at, row.state_since) for row in rows]


def counts_by_state() -> dict[str, int]:
    """Return how many applications are in each state."""
    with tenancy.for_register():
        return dict(Counter(RecordRequest.objects.values_list("state", flat=True)))


def identities_waiting() -> list[IdentityWaiting]:
    """Return the identity checks on which somebody must decide, the longest waiting first. Nothing personal."""
    with tenancy.for_register():
        rows = list(
            IdentityCheck.objects.filter(state__in=["pending", "assisted", "proposed"]).order_by("changed_at", "number")
        )
    return [IdentityWaiting(r.number, r.get_kind_display(), r.state, r.changed_at, r.proposed_by) for r in rows]


def identity_check(number: str) -> IdentityFacts:
    """Return one identity check; raises NotFound where there is none that this transaction may see."""
    row = IdentityCheck.objects.filter(number=number).first()
    if row is None:
        raise NotFound("There is no such identity check, or none that you may see.")
    return _identity(row)


def matches_of(number: str) -> list[MatchFacts]:
    """Return the students compared in a case, the proposed first. Needs the register scope."""
    order = {"confirmed": 0, "proposed": 1, "found": 2, "rejected": 3}
    rows = sorted(
        RequestMatch.objects.filter(request_id=number), key=lambda row: (order[row.state], not row.exact, row.pk)
    )
    return [
        MatchFacts(
            id=row.pk,
            student_id=row.student_id,
            exact=row.exact,
            fields=tuple(FieldCompared(**field) for field in row.facts),
            state=row.state,
            proposed_by=row.proposed_by,
            reason=row.reason,
            decided_by=row.decided_by,
            link_id=row.link_id,
        )
        for row in rows
    ]


def notes_of(*, request: str | None = None, identity_check: str | None = None) -> list[NoteFacts]:
    """Return the notes of a case, oldest first. Needs the register scope."""
    rows = CaseNote.objects.filter(request_id=request, identity_check_id=identity_check).order_by("id")
    return [NoteFacts(row.by, row.at, row.text) for row in rows]


# Proof and audit -----------------------------------------------------------------------------------------------------


def own_proof(number: str) -> str | None:
    """Return the sidecar `<number>.tlog-proof` of an extract, None while its leaf waits to be sealed; raises NotFound.

    Anyone who holds the extract may have it: it says nothing that the file does not (docs/formats/record-proofs.md).
    """
    with tenancy.for_register():
        row = Extract.objects.filter(number=number).first()
    if row is None:
        raise NotFound("The register has issued no extract under this number.")
    index = log_queries.index_of(LeafPlace(row.leaf_batch, row.leaf_position))
    header, facts = leaf_values(row)
    extra = sidecar_extra(header, facts, bytes(row.leaf_key))
    return None if index is None else log_queries.tlog_proof(index, extra=extra)


def leaf_values(row: Extract) -> tuple[dict[str, Json], dict[str, Json]]:
    """Return what the leaf of an extract's issue commits to: header and facts."""
    header: dict[str, Json] = {"kind": "extract", "number": row.number}
    facts: dict[str, Json] = {"number": row.number, "sha256": row.sha256}
    return header, facts


def recomputed_leaves() -> Iterator[tuple[int, int, bytes, str]]:
    """Recompute the leaf of every extract's issue from its row: (batch, position, leaf, label). Needs the register scope."""
    for row in Extract.objects.order_by("leaf_batch", "leaf_position").iterator():
        header, facts = leaf_values(row)
        entry = leaf(commitment(bytes(row.leaf_key), canonical_json(header), canonical_json(facts)))
        yield row.leaf_batch, row.leaf_position, entry, f"extracts_extract {row.number}"


# Rows to values ------------------------------------------------------------------------------------------------------


def _applicant(row: Applicant) -> ApplicantFacts:
    """Return a row's facts."""
    present = Name(row.family_name, row.given_name, row.other_names)
    former = tuple(Name(family, given) for family, given in row.former_names)
    return ApplicantFacts(
        row.person_id, row.account_id, (present, *former), row.single_name, row.birth_date, row.changed_at
    )


def _identity(row: IdentityCheck) -> IdentityFacts:
    """Return a row's facts; the name of the picture's file stays inside."""
    same = {name: getattr(row, name) for name in IdentityFacts.__dataclass_fields__ if hasattr(row, name)}
    return IdentityFacts(
        **{**same, "kind_words": row.get_kind_display(), "has_scan": bool(row.scan), "facts": tuple(row.facts)}
    )


def _requests(rows: Any) -> list[RequestFacts]:
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


def _extract(row: Extract) -> ExtractFacts:
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


def idle_requests(on: date) -> list[str]:
    """Return the open applications that wait for the applicant and have not moved for 30 days. Needs the register scope."""
    waiting = ("started", *states.WAITING_FOR_IDENTITY, "identity_verified")
    rows = RecordRequest.objects.filter(state__in=waiting, state_since__date__lt=rules.idle_since(on))
    return list(rows.values_list("number", flat=True))
