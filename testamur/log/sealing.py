"""The sealer's machine: from waiting batches to places, tiles and the edge of the next checkpoint. Called by actions.seal.

It reads the right edge of the tree only, and refuses to build on an edge that does not give the root last signed: a log
must never sign a checkpoint that is inconsistent with an earlier one (C2SP tlog-checkpoint).
"""

from collections.abc import Iterable, Sequence
from typing import Any, Final

import psycopg
from django.db import connection

from testamur.kernel.errors import Conflict
from testamur.log.commitment import LEAF_BYTES
from testamur.log.models import Checkpoint, SequencedBatch, Tile, WaitingBatch
from testamur.log.notes import VerifierKey, verify_checkpoint
from testamur.log.stored import binary_cursor
from testamur.log.tiles import TileAddress, TreeEdge, hashes_in, partial_tiles
from testamur.log.tree import leaf_hashes

_LOCK: Final = 7_350_241_900_116_102  # the advisory lock that makes the sealer one
_BATCHES_AT_ONCE: Final = 128  # 4.5 MB of leaves
_DAMAGED: Final = "The log is not sealed: {problem}. Run `testamur log verify`, and restore the log before going on."


def take_turn() -> None:
    """Wait until no other sealer is at work; the turn ends with the transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])


def waiting_batches() -> list[int]:
    """Return the committed batches that have no place yet, in the order of their numbers."""
    return list(WaitingBatch.objects.order_by("batch_id").values_list("batch_id", flat=True))


def current_edge(keys: Sequence[VerifierKey], *, origin: str) -> TreeEdge:
    """Return the tree's right edge as the last checkpoint signed it; raises Conflict where it does not fit that root."""
    last = Checkpoint.objects.order_by("-size").first()
    end = SequencedBatch.objects.order_by("-first_index").values_list("first_index", "batch__leaf_count").first()
    if (sum(end) if end else 0) != (last.size if last else 0):
        raise Conflict(_DAMAGED.format(problem="its last place does not end where its last checkpoint does"))
    if last is None:
        return TreeEdge()
    edge = TreeEdge(last.size, _edge_hashes(last.size))
    signed = verify_checkpoint(last.note, keys)
    if signed is None or (signed.origin, signed.size, signed.root) != (origin, last.size, bytes(last.root)):
        raise Conflict(_DAMAGED.format(problem=f"the checkpoint of {last.size} leaves is not one that this log signed"))
    if edge.root() != signed.root:
        raise Conflict(_DAMAGED.format(problem=f"the tiles at its edge do not give the root of {last.size} leaves"))
    return edge


def _edge_hashes(size: int) -> list[list[bytes]]:
    """Return the hashes of the partial tiles, level by level, empty where a level is even."""
    levels: list[list[bytes]] = []
    for address in partial_tiles(size):
        tile = Tile.objects.filter(level=address.level, index=address.index, width=address.width).first()
        if tile is None:
            raise Conflict(_DAMAGED.format(problem=f"tile {address.level}/{address.index}/{address.width} is missing"))
        levels += [[] for _ in range(address.level - len(levels))]
        levels.append(hashes_in(bytes(tile.hashes)))
    return levels


def sequence(edge: TreeEdge, batches: Sequence[int]) -> None:
    """Give batches their places after the edge and write every tile that becomes full."""
    with binary_cursor() as cursor:
        for at in range(0, len(batches), _BATCHES_AT_ONCE):
            wanted = list(batches[at : at + _BATCHES_AT_ONCE])
            cursor.execute("SELECT id, leaves FROM log_leafbatch WHERE id = ANY(%s) ORDER BY id", [wanted])
            places: list[tuple[int, int]] = []
            full: list[tuple[TileAddress, list[bytes]]] = []
            for batch, leaves in cursor.fetchall():
                places.append((batch, edge.size))
                full += edge.add(leaf_hashes(leaves, LEAF_BYTES))
            if len(places) != len(wanted):
                raise Conflict(_DAMAGED.format(problem="a batch that waits does not exist"))
            with cursor.copy("COPY log_sequencedbatch (batch_id, first_index) FROM STDIN (FORMAT BINARY)") as copy:
                copy.set_types(["int8", "int8"])
                for place in places:
                    copy.write_row(place)
            _copy_tiles(cursor, full)


def _copy_tiles(cursor: psycopg.Cursor[Any], tiles: Iterable[tuple[TileAddress, list[bytes]]]) -> None:
    """Write tiles that are new."""
    with cursor.copy("COPY log_tile (level, index, width, hashes) FROM STDIN (FORMAT BINARY)") as copy:
        copy.set_types(["int2", "int8", "int2", "bytea"])
        for address, hashes in tiles:
            copy.write_row((address.level, address.index, address.width, b"".join(hashes)))


def write_partial_tiles(edge: TreeEdge) -> None:
    """Write the partial tiles of a checkpoint; on upper levels an earlier checkpoint may have left the same one."""
    rows = [
        Tile(level=address.level, index=address.index, width=address.width, hashes=b"".join(hashes))
        for address, hashes in edge.partial()
    ]
    Tile.objects.bulk_create(rows, ignore_conflicts=True)
