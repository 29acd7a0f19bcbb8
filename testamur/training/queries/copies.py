"""Copies of the national register: which are loaded, how old the youngest is, what each changed, which wait for a decision."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from testamur.kernel.errors import NotFound
from testamur.training import states
from testamur.training.models import ProductVersion, ProposedCopy, ScopeStatement, Snapshot, WatchedReview


@dataclass(frozen=True, slots=True)
class SnapshotLine:
    """A copy that was loaded: when it was taken and loaded, by whom, its files' hashes, and how much it changed."""

    id: int
    taken_on: date
    source: str
    synthetic: bool
    digest: str
    files: Mapping[str, str]
    counts: Mapping[str, int]
    changes: Mapping[str, int]
    loaded_by: UUID
    loaded_at: datetime


@dataclass(frozen=True, slots=True)
class ProposalLine:
    """A copy that was sent, what it would change, and what became of it."""

    id: UUID
    state: str
    taken_on: date
    source: str
    sha256: str
    counts: Mapping[str, int]
    added: tuple[str, ...]
    changed: tuple[tuple[str, tuple[str, ...]], ...]
    unlisted: tuple[str, ...]
    scopes: tuple[str, ...]
    proposed_by: UUID
    proposed_at: datetime
    decided_by: UUID | None
    decided_at: datetime | None
    reason: str
    snapshot_id: int | None


@dataclass(frozen=True, slots=True)
class ReviewLine:
    """An announced review of a training package on the watch list."""

    id: int
    package_code: str
    title: str
    announced_date: date
    expected_date: date | None
    note: str
    source: str
    added_by: UUID
    withdrawn_reason: str


def snapshots() -> list[SnapshotLine]:
    """Return the copies that are loaded, the youngest first."""
    return [_snapshot(row) for row in Snapshot.objects.order_by("-taken_on", "-id")]


def youngest_snapshot() -> SnapshotLine | None:
    """Return the youngest copy; None where none is loaded."""
    row = Snapshot.objects.order_by("-taken_on", "-id").first()
    return _snapshot(row) if row else None


def snapshot(snapshot_id: int) -> SnapshotLine:
    """Return one copy; raises NotFound."""
    row = Snapshot.objects.filter(pk=snapshot_id).first()
    if row is None:
        raise NotFound("There is no such copy.")
    return _snapshot(row)


def snapshot_age(on: date) -> int | None:
    """Return how many days old the youngest copy is; None where none is loaded (TRN-09)."""
    day = Snapshot.objects.order_by("-taken_on", "-id").values_list("taken_on", flat=True).first()
    return None if day is None else max(0, (on - day).days)


def changed_products(snapshot_id: int) -> tuple[str, ...]:
    """Return the codes of the products that a copy added, changed or listed no more, sorted."""
    rows = ProductVersion.objects.filter(snapshot=snapshot_id).order_by("code")
    return tuple(rows.values_list("code", flat=True))


def changed_scopes(snapshot_id: int) -> tuple[str, ...]:
    """Return the codes of the providers whose scope a copy changed, sorted."""
    rows = ScopeStatement.objects.filter(snapshot=snapshot_id).order_by("provider_code")
    return tuple(rows.values_list("provider_code", flat=True))


def proposals(*, waiting: bool = False) -> list[ProposalLine]:
    """Return the copies that were sent, the latest first; with `waiting` only those that nobody decided on."""
    rows = ProposedCopy.objects.defer("content")
    return [_proposal(row) for row in (rows.filter(state=states.PROPOSED) if waiting else rows)[:50]]


def proposal(proposal_id: UUID) -> ProposalLine:
    """Return one copy that was sent; raises NotFound."""
    row = ProposedCopy.objects.defer("content").filter(pk=proposal_id).first()
    if row is None:
        raise NotFound("There is no such copy.")
    return _proposal(row)


def watched_reviews(*, withdrawn: bool = False) -> list[ReviewLine]:
    """Return the watch list, the latest announcement first; with `withdrawn` those taken off it too."""
    rows = WatchedReview.objects.all() if withdrawn else WatchedReview.objects.filter(withdrawn_at=None)
    return [ReviewLine(**{name: getattr(row, name) for name in ReviewLine.__dataclass_fields__}) for row in rows]


def _snapshot(row: Snapshot) -> SnapshotLine:
    """Return a copy as a plain value."""
    return SnapshotLine(**{name: getattr(row, name) for name in SnapshotLine.__dataclass_fields__})


def _proposal(row: ProposedCopy) -> ProposalLine:
    """Return a proposal as a plain value."""
    found = row.differences
    return ProposalLine(
        id=row.pk,
        state=row.state,
        taken_on=row.taken_on,
        source=row.source,
        sha256=row.sha256,
        counts=found["counts"],
        added=tuple(found["added"]),
        changed=tuple((code, tuple(parts)) for code, parts in found["changed"]),
        unlisted=tuple(found["unlisted"]),
        scopes=tuple(found["scopes"]),
        proposed_by=row.proposed_by,
        proposed_at=row.proposed_at,
        decided_by=row.decided_by,
        decided_at=row.decided_at,
        reason=row.reason,
        snapshot_id=row.snapshot_id,
    )
