"""What the log answers: where a leaf stands, its proof, the checkpoints, and who looked at a person's records."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection
from django.db.models import Q, Sum

from testamur.log import tiles, tree
from testamur.log.access import RecordedAccess
from testamur.log.audit import verify_everything as verify_everything
from testamur.log.commitment import LEAF_BYTES, LeafPlace
from testamur.log.models import AccessEvent, Checkpoint, LeafBatch, WaitingBatch
from testamur.log.proofs import ProofFile
from testamur.log.stored import consistency_proof as consistency_proof
from testamur.log.stored import tile_reader


@dataclass(frozen=True, slots=True)
class SealedCheckpoint:
    """A checkpoint as it was signed: `note` is the signed note, `root` the 32 bytes over `size` leaves."""

    size: int
    root: bytes
    note: str
    sealed_at: datetime


@dataclass(frozen=True, slots=True)
class Proof:
    """Proves leaf `index` in the tree of `size` leaves with `root`, which the checkpoint `note` signs."""

    index: int
    size: int
    hashes: tuple[bytes, ...]
    root: bytes
    note: str


def _sealed(row: Checkpoint | None) -> SealedCheckpoint | None:
    """Return a checkpoint's row as it crosses the package's edge."""
    return SealedCheckpoint(row.size, bytes(row.root), row.note, row.sealed_at) if row else None


def latest_checkpoint() -> SealedCheckpoint | None:
    """Return the newest checkpoint, None while the log is empty."""
    return _sealed(Checkpoint.objects.order_by("-size").first())


def checkpoint_at(size: int) -> SealedCheckpoint | None:
    """Return the checkpoint of exactly so many leaves, None where none was signed."""
    return _sealed(Checkpoint.objects.filter(size=size).first())


def checkpoint_covering(index: int) -> SealedCheckpoint | None:
    """Return the first checkpoint that covers a leaf, None while none does."""
    return _sealed(Checkpoint.objects.filter(size__gt=index).order_by("size").first())


def waiting_leaves() -> int:
    """Return how many committed leaves no checkpoint covers yet."""
    waiting = LeafBatch.objects.filter(pk__in=WaitingBatch.objects.values("batch_id"))
    return int(waiting.aggregate(total=Sum("leaf_count"))["total"] or 0)


def indexes_of(places: Iterable[LeafPlace]) -> dict[LeafPlace, int]:
    """Return the tree's index of every place that is sealed; the others are left out."""
    wanted = list(places)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT batch_id, first_index, leaf_count FROM log_sequencedbatch JOIN log_leafbatch ON id = batch_id "
            "WHERE batch_id = ANY(%s)",
            [list({place.batch for place in wanted})],
        )
        found = {batch: (first, count) for batch, first, count in cursor.fetchall()}
    return {
        place: found[place.batch][0] + place.position
        for place in wanted
        if place.batch in found and 0 <= place.position < found[place.batch][1]
    }


def index_of(place: LeafPlace) -> int | None:
    """Return the tree's index of a leaf, None while it waits to be sealed or where there is no such leaf."""
    return indexes_of([place]).get(place)


def leaf_at(place: LeafPlace) -> bytes | None:
    """Return a leaf's 34 bytes, None where there is no such leaf."""
    leaves = LeafBatch.objects.filter(pk=place.batch).values_list("leaves", flat=True).first()
    found = bytes(leaves or b"")[place.position * LEAF_BYTES : (place.position + 1) * LEAF_BYTES]
    return found if place.position >= 0 and len(found) == LEAF_BYTES else None


def proofs_at(indexes: Collection[int], checkpoint: SealedCheckpoint) -> dict[int, Proof]:
    """Return the proofs of many leaves under one checkpoint, sharing every tile; indexes beyond it are left out."""
    covered = [index for index in indexes if 0 <= index < checkpoint.size]
    if not covered:
        return {}
    read = tile_reader({tile for index in covered for tile in tiles.tiles_on_path(index, checkpoint.size)})
    size, root, note = checkpoint.size, checkpoint.root, checkpoint.note
    return {index: Proof(index, size, tuple(tree.inclusion_proof(index, size, read)), root, note) for index in covered}


def proofs_of(places: Collection[LeafPlace], *, size: int | None = None) -> dict[LeafPlace, Proof]:
    """Return the proofs of many leaves under one checkpoint, the newest by default; what it does not cover is left out.

    `size` names a checkpoint that was signed. Three statements, however many leaves.
    """
    checkpoint = latest_checkpoint() if size is None else checkpoint_at(size)
    if checkpoint is None:
        return {}
    indexes = indexes_of(places)
    proofs = proofs_at(set(indexes.values()), checkpoint)
    return {place: proofs[index] for place, index in indexes.items() if index in proofs}


def proof_of(place: LeafPlace, *, size: int | None = None) -> Proof | None:
    """Return the proof of one leaf under the newest checkpoint, or the one of `size` leaves; None while not covered."""
    return proofs_of([place], size=size).get(place)


def tlog_proof(index: int, *, size: int | None = None, extra: bytes | None = None) -> str | None:
    """Return the text of a .tlog-proof file for a leaf (C2SP tlog-proof), None where no such checkpoint covers it."""
    checkpoint = latest_checkpoint() if size is None else checkpoint_at(size)
    proof = proofs_at([index], checkpoint).get(index) if checkpoint else None
    return ProofFile(proof.index, proof.hashes, proof.note, extra).text if proof else None


def access_events(
    *, person: UUID | None = None, students: Sequence[int] = (), limit: int = 50, before: int | None = None
) -> list[RecordedAccess]:
    """Return the access events about a person or any of their students, newest first, at most `limit`.

    `before` is the number of the last event of the page before. Nobody named: no events.
    """
    about = Q(pk__in=[])
    if person is not None:
        about |= Q(person=person)
    if students:
        about |= Q(student__in=students)
    events = AccessEvent.objects.filter(about).order_by("-id")
    if before is not None:
        events = events.filter(id__lt=before)
    return [RecordedAccess.of(row) for row in events[:limit]]
