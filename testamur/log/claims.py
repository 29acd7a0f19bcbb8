"""What the log is compared with: the record, whose every version has one leaf, and the access events of each day.

The register hands in its leaves as it computes them from its own rows: batch, position, the 34 bytes (None where the key
was erased by law, so that nobody can compute them any more) and a label that names the row. A record that was changed,
added or taken away without a leaf shows here, and so does a leaf without a record.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Final

from django.db import connection

from testamur.log.access import RecordedAccess, digest_commitment, entries_in, sealed_hash
from testamur.log.commitment import LEAF_BYTES, LeafKind, leaf
from testamur.log.models import AccessDigest, AccessEvent, LeafBatch
from testamur.log.stored import rows

RecomputedLeaf = tuple[int, int, bytes | None, str]
_REMEMBERED: Final = 2_048  # batches, at most 70 MB
_TELL_EVERY: Final = 100_000
_NEEDS_RECORD: Final = bytes(kind == LeafKind.RECORD for kind in range(256))


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was compared: whether it agrees, and what was found or which row is the first that differs."""

    name: str
    ok: bool
    detail: str


class Faults:
    """Counts faults and keeps the first."""

    def __init__(self) -> None:
        """Begin without any."""
        self.first: str | None = None
        self._count = 0

    def add(self, fault: str) -> None:
        """Note one fault."""
        self.first = self.first or fault
        self._count += 1

    def check(self, name: str, good: str) -> Check:
        """Return the check, with `good` as its detail where there was no fault."""
        if self.first is None:
            return Check(name, True, good)
        more = f" (and {self._count - 1} more)" if self._count > 1 else ""
        return Check(name, False, self.first + more)


class _Batches:
    """Reads batches of leaves and remembers the last ones."""

    def __init__(self) -> None:
        """Remember nothing yet."""
        self._held: OrderedDict[int, bytes | None] = OrderedDict()

    def leaf(self, batch: int, position: int) -> bytes | None:
        """Return a leaf, None where there is none."""
        if batch in self._held:
            self._held.move_to_end(batch)
        else:
            found = rows("SELECT leaves FROM log_leafbatch WHERE id = %s", batch)
            self._held[batch] = found[0][0] if found else None
            if len(self._held) > _REMEMBERED:
                self._held.popitem(last=False)
        value = (self._held[batch] or b"")[position * LEAF_BYTES : (position + 1) * LEAF_BYTES]
        return value if position >= 0 and len(value) == LEAF_BYTES else None


def record(recomputed: Iterable[RecomputedLeaf], tell: Callable[[int], None]) -> Check:
    """Compare every leaf of kind 0 with the record: each recomputed leaf is in the log, each in the log once recomputed."""
    faults, batches, claimed = Faults(), _Batches(), dict[int, bytearray]()
    count = erased = 0
    for batch, position, expected, label in recomputed:
        stored = batches.leaf(batch, position)
        count, erased = count + 1, erased + (expected is None)
        if stored is None:
            faults.add(f"{label}: its leaf, log_leafbatch id={batch} position {position}, does not exist")
            continue
        if expected is not None and stored != expected:
            faults.add(f"{label}: is not what its leaf says, log_leafbatch id={batch} position {position}")
        marks = claimed.setdefault(batch, bytearray())
        marks.extend(bytes(max(0, position + 1 - len(marks))))
        if marks[position]:
            faults.add(f"{label}: shares its leaf, log_leafbatch id={batch} position {position}, with another row")
        marks[position] = 1
        if count % _TELL_EVERY == 0:
            tell(count)
    _find_unclaimed(claimed, faults)
    return faults.check("record", f"{count} record versions are what their leaves say, {erased} of them erased by law")


def _find_unclaimed(claimed: dict[int, bytearray], faults: Faults) -> None:
    """Note every leaf of the record that no row of the record has claimed."""
    for batch, leaves in LeafBatch.objects.order_by("pk").values_list("pk", "leaves").iterator(chunk_size=128):
        needed = bytes(leaves[1::LEAF_BYTES]).translate(_NEEDS_RECORD)
        marks = claimed.get(batch, bytearray())
        if needed != marks:
            marks.extend(bytes(len(needed) - len(marks)))
            for position, (need, mark) in enumerate(zip(needed, marks, strict=True)):
                if need and not mark:
                    faults.add(f"log_leafbatch id={batch} position {position}: the record has no row for this leaf")


def digests() -> Check:
    """Check each day's digest: its leaf, that digests follow on one another, and every event that is still kept."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_date")
        (today,) = cursor.fetchone()
    faults, batches, after, count = Faults(), _Batches(), 0, 0
    for digest in AccessDigest.objects.order_by("day").iterator():
        name = f"log_accessdigest day={digest.day.isoformat()}"
        if digest.after_id != after:
            faults.add(f"{name}: follows event {digest.after_id}, the digest before it ends with {after}")
        salt, entries = bytes(digest.salt), bytes(digest.entries)
        commitment = digest_commitment(
            salt, day=digest.day, after_id=digest.after_id, through_id=digest.through_id, entries=entries
        )
        if batches.leaf(digest.batch, digest.position) != leaf(commitment, LeafKind.POLICY):
            faults.add(f"{name}: is not what its leaf says, log_leafbatch id={digest.batch} position {digest.position}")
        else:
            _compare_events(digest, salt, entries, today, faults)
        after, count = digest.through_id, count + 1
    return faults.check("access events", f"{count} days of access events are what their leaves say")


def _compare_events(digest: AccessDigest, salt: bytes, entries: bytes, today: date, faults: Faults) -> None:
    """Compare the events that a digest covers with what it keeps of them."""
    covered = AccessEvent.objects.filter(id__gt=digest.after_id, id__lte=digest.through_id)
    events = {row.id: RecordedAccess.of(row) for row in covered.order_by("id").iterator()}
    for entry in entries_in(entries):
        event = events.pop(entry.id, None)
        if event is None and entry.kept_until >= today:
            faults.add(f"log_accessevent id={entry.id}: is gone before {entry.kept_until.isoformat()}")
        elif event is not None and sealed_hash(event, salt) != entry.sealed:
            faults.add(f"log_accessevent id={entry.id}: was changed after its day was digested")
    for number in events:
        faults.add(f"log_accessevent id={number}: was added after its day was digested")
