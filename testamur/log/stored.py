"""Reads tiles out of PostgreSQL: those that proofs need, in one statement, or all of one level in order."""

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

import psycopg
from django.db import connection, transaction

from testamur.log import tiles, tree

_AT_ONCE: Final = 128


def binary_cursor() -> psycopg.Cursor[Any]:
    """Return a cursor on Django's connection that moves bytes as bytes, not as text twice as long."""
    connection.ensure_connection()
    cursor: psycopg.Cursor[Any] = psycopg.Cursor(connection.connection)
    cursor.format = psycopg.pq.Format.BINARY
    return cursor


@contextmanager
def snapshot() -> Iterator[None]:
    """Read one moment of the database throughout, unless the caller's transaction already decides what is seen."""
    nested = connection.in_atomic_block
    with transaction.atomic():
        if not nested:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield


def rows(statement: str, *arguments: object) -> list[tuple[Any, ...]]:
    """Return the rows of one statement, bytes as bytes."""
    with binary_cursor() as cursor:
        return cursor.execute(statement.encode(), arguments).fetchall()


def read_tiles(wanted: Collection[tiles.TileAddress]) -> Mapping[tuple[int, int], bytes]:
    """Return tiles by level and index in one statement, each at least as wide as wanted."""
    found = rows(
        "SELECT wanted.level, wanted.index, found.hashes "
        "FROM unnest(%s::smallint[], %s::bigint[], %s::smallint[]) AS wanted (level, index, width), "
        "LATERAL (SELECT hashes FROM log_tile AS tile WHERE tile.level = wanted.level "
        "AND tile.index = wanted.index AND tile.width >= wanted.width ORDER BY tile.width LIMIT 1) AS found",
        [tile.level for tile in wanted],
        [tile.index for tile in wanted],
        [tile.width for tile in wanted],
    )
    return {(level, index): hashes for level, index, hashes in found}


def tile_reader(wanted: Collection[tiles.TileAddress]) -> tree.Reader:
    """Return a reader over tiles fetched together; a missing tile reads as too short and raises ValueError."""
    found = read_tiles(wanted)
    return tiles.TileReader(lambda level, index: found.get((level, index), b""))


def consistency_proof(size1: int, size2: int) -> list[bytes]:
    """Return the hashes that prove one tree a beginning of another; raises ValueError unless 0 < size1 <= size2 <= log."""
    read = tile_reader(tiles.tiles_on_path(max(size1 - 1, 0), size2))
    return tree.consistency_proof(size1, size2, read)


@dataclass(slots=True)
class LevelTiles:
    """The stored tiles of one level in the order in which the tree makes them: by index, then by width."""

    level: int
    _held: list[tuple[int, int, bytes]] = field(default_factory=list)
    _last: tuple[int, int] = (-1, 0)
    _ended: bool = False

    def peek(self) -> tuple[int, int, bytes] | None:
        """Return the next tile as index, width and hashes, None after the last."""
        if not self._held and not self._ended:
            found = rows(
                "SELECT index, width, hashes FROM log_tile WHERE level = %s AND (index, width) > (%s, %s) "
                "ORDER BY index, width LIMIT %s",
                self.level,
                *self._last,
                _AT_ONCE,
            )
            self._held = [(index, width, hashes) for index, width, hashes in reversed(found)]
            self._ended = len(found) < _AT_ONCE
            self._last = self._held[0][:2] if self._held else self._last
        return self._held[-1] if self._held else None

    def skip(self) -> None:
        """Go on to the tile after the one that peek returned."""
        self._held.pop()
