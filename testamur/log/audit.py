"""The audit: recompute every leaf hash, tile, root and signature from the database and name the first row that differs.

The walk goes once through the leaves in the order of the tree and compares whatever the log has stored of them. Since each
checkpoint's root is recomputed over the leaves below its size, roots that all agree are also consistent with one another.
What the log cannot know by itself is checked in claims.py: the record's own rows, and access events.
"""

from collections.abc import Callable, Iterable, Sequence

from django.conf import settings

from testamur.log import claims, keys, notes, tree
from testamur.log.claims import Check, Faults, RecomputedLeaf
from testamur.log.commitment import LEAF_BYTES, is_leaf
from testamur.log.models import Checkpoint
from testamur.log.stored import LevelTiles, consistency_proof, rows, snapshot
from testamur.log.tiles import TileAddress, TreeEdge

_AT_ONCE = 128
_LEVELS = 8

Progress = Callable[[str, int], None]


def verify_everything(
    recomputed: Iterable[RecomputedLeaf] | None = None, *, held: str | None = None, progress: Progress | None = None
) -> list[Check]:
    """Recompute the whole log and return one Check for each thing that was compared.

    `recomputed` gives every leaf of the record as computed from its rows (see claims.py); without it the record is not
    compared. `held` is a signed checkpoint kept elsewhere, which the log must continue: only that shows a log that was
    rewritten by somebody with its key. `progress` hears what is being read and how much. Raises NotFound where the file of
    trusted keys cannot be read.
    """
    trusted = keys.trusted_keys(settings.KEYS_DIR)
    tell = progress or (lambda _what, _count: None)
    with snapshot():
        walk = _Walk(tell)
        walk.run()
        checks = [_signatures(trusted), *walk.checks(), claims.digests()]
        if held is not None:
            checks.append(_continues(held, trusted))
        if recomputed is not None:
            checks.append(claims.record(recomputed, lambda count: tell("record", count)))
    return checks


def _signatures(trusted: Sequence[notes.VerifierKey]) -> Check:
    """Check that each checkpoint is a note that the log signed, over the size and root of its row."""
    faults, count, last = Faults(), 0, 0
    while found := rows(
        "SELECT size, root, note FROM log_checkpoint WHERE size > %s ORDER BY size LIMIT %s", last, _AT_ONCE
    ):
        for size, root, note in found:
            signed = notes.verify_checkpoint(note, trusted)
            if signed is None:
                faults.add(f"log_checkpoint size={size}: its note is not signed by a key of this log")
            elif (signed.size, signed.root) != (size, root):
                faults.add(f"log_checkpoint size={size}: the note that was signed names another size or root")
        count, last = count + len(found), found[-1][0]
    return faults.check("signatures", f"{count} checkpoints are signed by this log")


def _continues(held: str, trusted: Sequence[notes.VerifierKey]) -> Check:
    """Check that the log continues a checkpoint that was kept elsewhere."""
    faults = Faults()
    old = notes.verify_checkpoint(held, trusted)
    latest = Checkpoint.objects.order_by("-size").first()
    if old is None:
        faults.add("the checkpoint held elsewhere is not signed by a key of this log")
    elif latest is None or old.size > latest.size:
        faults.add(f"log_checkpoint: the log once had {old.size} leaves and has fewer now")
    elif old.size:
        try:
            proof = consistency_proof(old.size, latest.size)
        except ValueError:
            proof = []
        if not tree.verify_consistency(old.size, latest.size, old.root, bytes(latest.root), proof):
            faults.add(
                f"log_checkpoint size={latest.size}: does not continue the tree of {old.size} leaves held elsewhere"
            )
    return faults.check("held checkpoint", "the log continues the checkpoint held elsewhere")


class _Walk:
    """One pass over the leaves in the order of the tree."""

    def __init__(self, tell: Progress) -> None:
        """Begin with an empty tree."""
        self._tell = tell
        self._edge = TreeEdge()
        self._stored = [LevelTiles(level) for level in range(_LEVELS)]
        self._expected: dict[int, tuple[int, int]] = {}
        self._batches, self._tiles, self._roots = Faults(), Faults(), Faults()
        self._tile_count = 0
        self._checkpoints = rows("SELECT size, root FROM log_checkpoint ORDER BY size DESC")
        self._checkpoint_count = len(self._checkpoints)

    def run(self) -> None:
        """Walk to the end, or to the first place after which nothing can be recomputed."""
        self._check_waiting()
        whole = self._walk_leaves()
        for faults in () if whole else (self._tiles, self._roots):
            faults.add(f"not recomputed beyond index {self._edge.size}: {self._batches.first}")
        if not whole:
            return
        for size, _ in self._checkpoints[::-1]:
            self._roots.add(f"log_checkpoint size={size}: only {self._edge.size} leaves have a place")
        for level in self._stored:
            while tile := level.peek():
                level.skip()
                self._tiles.add(f"log_tile {level.level}/{tile[0]}/{tile[1]}: belongs to no checkpoint")

    def checks(self) -> list[Check]:
        """Return what was found."""
        return [
            self._batches.check("leaves", f"{self._edge.size} leaves have one place each, without a gap"),
            self._tiles.check("tiles", f"{self._tile_count} tiles hold the hashes of the leaves"),
            self._roots.check(
                "roots", f"{self._checkpoint_count} roots are those of the leaves, each continuing the last"
            ),
        ]

    def _check_waiting(self) -> None:
        """Check that each batch either has a place or waits for one."""
        for (batch,) in rows(
            "SELECT batch.id FROM log_leafbatch AS batch LEFT JOIN log_sequencedbatch AS placed ON placed.batch_id = id "
            "LEFT JOIN log_waitingbatch AS waiting ON waiting.batch_id = id "
            "WHERE (placed.batch_id IS NULL) = (waiting.batch_id IS NULL) ORDER BY id LIMIT 1"
        ):
            self._batches.add(f"log_leafbatch id={batch}: has no place and does not wait for one, or has both")

    def _walk_leaves(self) -> bool:
        """Recompute the tree leaf by leaf; say whether the end was reached."""
        last = -1
        while found := rows(
            "SELECT placed.batch_id, first_index, leaf_count, leaves FROM log_sequencedbatch AS placed "
            "LEFT JOIN log_leafbatch AS batch ON batch.id = placed.batch_id "
            "WHERE first_index > %s ORDER BY first_index LIMIT %s",
            last,
            _AT_ONCE,
        ):
            for batch, first, count, leaves in found:
                if fault := self._fault_of(first, count, leaves):
                    self._batches.add(fault.format(batch=batch))
                    return False
                self._add(tree.leaf_hashes(leaves, LEAF_BYTES))
            last = found[-1][1]
            self._tell("leaves", self._edge.size)
        return True

    def _fault_of(self, first: int, count: int | None, leaves: bytes | None) -> str | None:
        """Return why the tree cannot go on with this batch."""
        if first != self._edge.size:
            return (
                f"log_sequencedbatch batch_id={{batch}}: begins at index {first}, the tree goes on at {self._edge.size}"
            )
        if leaves is None or count is None:
            return "log_sequencedbatch batch_id={batch}: log_leafbatch id={batch} is missing"
        if len(leaves) != count * LEAF_BYTES:
            return f"log_leafbatch id={{batch}}: holds {len(leaves)} bytes for {count} leaves"
        for position in range(count):
            if not is_leaf(leaves[position * LEAF_BYTES : (position + 1) * LEAF_BYTES]):
                return f"log_leafbatch id={{batch}} position {position}: is not a leaf"
        return None

    def _add(self, hashes: list[bytes]) -> None:
        """Grow the tree, stopping at each checkpoint on the way."""
        while hashes:
            if not self._checkpoints:
                self._roots.add(f"log_checkpoint: none covers the leaves from index {self._edge.size}")
            room = self._checkpoints[-1][0] - self._edge.size if self._checkpoints else len(hashes)
            for address, row in self._edge.add(hashes[:room]):
                self._compare(address, row)
            hashes = hashes[room:]
            if self._checkpoints and self._checkpoints[-1][0] == self._edge.size:
                self._at_checkpoint(*self._checkpoints.pop())

    def _at_checkpoint(self, size: int, root: bytes) -> None:
        """Compare a checkpoint's root and partial tiles."""
        if self._edge.root() != root:
            self._roots.add(f"log_checkpoint size={size}: its root is not that of the first {size} leaves")
        for address, row in self._edge.partial():
            self._compare(address, row)

    def _compare(self, address: TileAddress, hashes: list[bytes]) -> None:
        """Compare one tile with what is stored; each is asked for once, in the order of its level."""
        key = address.index, address.width
        if self._expected.get(address.level) == key:
            return
        self._expected[address.level] = key
        stored = self._stored[address.level]
        name = f"log_tile {address.level}/{address.index}/{address.width}"
        while (tile := stored.peek()) and tile[:2] < key:
            stored.skip()
            self._tiles.add(f"log_tile {address.level}/{tile[0]}/{tile[1]}: belongs to no checkpoint")
        if tile is None or tile[:2] != key:
            self._tiles.add(f"{name}: is missing")
            return
        stored.skip()
        self._tile_count += 1
        if tile[2] != b"".join(hashes):
            self._tiles.add(f"{name}: {self._difference(address, hashes, tile[2])}")

    @staticmethod
    def _difference(address: TileAddress, hashes: list[bytes], stored: bytes) -> str:
        """Return which hash of a tile differs, and for a leaf where that leaf stands."""
        at = next(n for n, value in enumerate(hashes) if stored[n * 32 : n * 32 + 32] != value)
        if address.level:
            return f"hash {at} is not the root of the tile below"
        index = address.index * 256 + at
        ((batch, first),) = rows(
            "SELECT batch_id, first_index FROM log_sequencedbatch WHERE first_index <= %s "
            "ORDER BY first_index DESC LIMIT 1",
            index,
        )
        return f"hash {at} is not that of leaf {index}, log_leafbatch id={batch} position {index - first}"
