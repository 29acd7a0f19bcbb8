"""Write the log as a folder of static files in the layout of C2SP tlog-tiles, so that anyone can audit it without us.

    checkpoint                  the newest signed checkpoint, written last
    tile/<level>/<index>        hashes; tile/entries/<index> the leaves themselves; .p/<width> where not full
    log-keys.txt, log-policy    the verifier keys, one a line, and the trust policy (C2SP tlog-policy)

Each file is written beside its place, flushed to disk and renamed, so a reader never sees half of one. Files never change:
running again adds what is new, and a folder that holds anything else is refused.
"""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from django.conf import settings

from testamur.kernel.errors import Conflict, NotFound
from testamur.log import keys, notes, queries, tree
from testamur.log.commitment import LEAF_BYTES
from testamur.log.queries import SealedCheckpoint
from testamur.log.stored import LevelTiles, rows, snapshot
from testamur.log.tiles import WIDTH, TileAddress, entries_path, entry_bundle, tile_path

_BATCHES_AT_ONCE = 128
_LEVELS = 8


def export(directory: Path) -> SealedCheckpoint:
    """Write everything that the newest checkpoint covers into a folder and return that checkpoint.

    Raises NotFound while the log is empty, and Conflict where the folder holds files of another log or damaged ones, or a
    checkpoint that this log does not continue; nothing is overwritten then.
    """
    trusted = keys.trusted_keys(settings.KEYS_DIR)
    with snapshot():
        checkpoint = queries.latest_checkpoint()
        if checkpoint is None:
            raise NotFound("There is no checkpoint to export. Seal the log first: testamur log seal.")
        _refuse_another_log(directory / "checkpoint", checkpoint, trusted)
        widths: dict[int, list[int]] = {}
        for address, hashes in _tiles(checkpoint.size):
            _write(directory / tile_path(address), hashes)
            if address.level == 0 and address.width < WIDTH:
                widths.setdefault(address.index, []).append(address.width)
        for index, entries in _bundles(checkpoint.size):
            for width in [WIDTH] if len(entries) == WIDTH else widths.get(index, []):
                _write(directory / entries_path(index, width), entry_bundle(entries[:width]))
    _write(directory / keys.TRUSTED_FILE, keys.published(trusted).encode(), replace=True)
    _write(directory / "log-policy", keys.policy(trusted).encode(), replace=True)
    _write(directory / "checkpoint", checkpoint.note.encode(), replace=True)
    return checkpoint


def _refuse_another_log(path: Path, checkpoint: SealedCheckpoint, trusted: Sequence[notes.VerifierKey]) -> None:
    """Raise Conflict unless the checkpoint lying there, if any, is one that this log continues."""
    if not path.exists():
        return
    held = notes.verify_checkpoint(path.read_bytes(), trusted)
    if held is not None and 0 < held.size <= checkpoint.size:
        proof = queries.consistency_proof(held.size, checkpoint.size)
        if tree.verify_consistency(held.size, checkpoint.size, held.root, checkpoint.root, proof):
            return
    message = f"{path} is not a checkpoint that this log continues. Export into an empty folder and compare the two."
    raise Conflict(message)


def _tiles(size: int) -> Iterator[tuple[TileAddress, bytes]]:
    """Yield every tile that is served: the full ones, and partial ones where there is no full one yet."""
    for level in range(_LEVELS):
        stored, partial = LevelTiles(level), list[tuple[TileAddress, bytes]]()
        full = size // WIDTH ** (level + 1)
        while tile := stored.peek():
            stored.skip()
            address = TileAddress(level, tile[0], tile[1])
            if address.width == WIDTH:
                yield address, tile[2]
            elif address.index >= full:
                partial.append((address, tile[2]))
        yield from partial


def _bundles(size: int) -> Iterator[tuple[int, list[bytes]]]:
    """Yield the leaves 256 at a time in the order of the tree, the last ones fewer."""
    held: list[bytes] = []
    index, last = 0, -1
    while found := rows(
        "SELECT first_index, leaves FROM log_sequencedbatch JOIN log_leafbatch ON id = batch_id "
        "WHERE first_index > %s AND first_index < %s ORDER BY first_index LIMIT %s",
        last,
        size,
        _BATCHES_AT_ONCE,
    ):
        for _, leaves in found:
            held += [leaves[at : at + LEAF_BYTES] for at in range(0, len(leaves), LEAF_BYTES)]
            while len(held) >= WIDTH:
                yield index, held[:WIDTH]
                index, held = index + 1, held[WIDTH:]
        last = found[-1][0]
    if held:
        yield index, held


def _write(path: Path, content: bytes, *, replace: bool = False) -> None:
    """Write a file whole or not at all; raise Conflict where it exists with another content and may not change."""
    if path.exists() and path.read_bytes() == content:
        return
    if path.exists() and not replace:
        message = f"{path} differs from this log. Export into an empty folder and compare the two."
        raise Conflict(message)
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(f".{path.name}.new")
    with new.open("wb") as handle:
        handle.write(content)
        handle.flush()
        os.fsync(handle.fileno())
    new.rename(path)
