"""Tiles and entry bundles as C2SP tlog-tiles serves them. Pure.

A tile holds up to 256 hashes of one level; level 0 are leaf hashes, each hash of level n+1 is the root over a full tile of
level n. Only the rightmost tile of a level is partial. Tiles and bundles never change once a checkpoint covers them.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from testamur.log.tree import HASH_BYTES, complete_root, node_hash

WIDTH: Final = 256
_HEIGHT: Final = 8
_LONGEST_ENTRY: Final = 65_535

Fetch = Callable[[int, int], bytes]


@dataclass(frozen=True, slots=True, order=True)
class TileAddress:
    """Which tile: its level, its index on that level, and how many hashes it holds (256 when full)."""

    level: int
    index: int
    width: int = WIDTH


def _numbered(index: int, width: int) -> str:
    """Return an index in path elements of three digits, all but the last marked x, and the mark of a partial tile."""
    parts = [f"{index % 1000:03d}"]
    while index >= 1000:
        index //= 1000
        parts.insert(0, f"x{index % 1000:03d}")
    return "/".join(parts) + ("" if width == WIDTH else f".p/{width}")


def tile_path(address: TileAddress) -> str:
    """Return where a tile is served: `tile/0/x001/234`, `tile/1/000.p/17`."""
    return f"tile/{address.level}/{_numbered(address.index, address.width)}"


def entries_path(index: int, width: int = WIDTH) -> str:
    """Return where a bundle of entries is served: `tile/entries/x001/234`."""
    return f"tile/entries/{_numbered(index, width)}"


def entry_bundle(entries: Iterable[bytes]) -> bytes:
    """Return entries one after another, each behind its length in two bytes. Raises ValueError for too long an entry."""
    parts: list[bytes] = []
    for entry in entries:
        if len(entry) > _LONGEST_ENTRY:
            message = f"an entry has at most {_LONGEST_ENTRY} bytes, this one has {len(entry)}"
            raise ValueError(message)
        parts += (len(entry).to_bytes(2, "big"), entry)
    return b"".join(parts)


def entries_in(bundle: bytes) -> list[bytes] | None:
    """Return the entries of a bundle, or None where it ends in the middle of one."""
    entries: list[bytes] = []
    at = 0
    while at < len(bundle):
        end = at + 2 + int.from_bytes(bundle[at : at + 2], "big")
        if end > len(bundle) or at + 2 > len(bundle):
            return None
        entries.append(bundle[at + 2 : end])
        at = end
    return entries


def hashes_in(data: bytes) -> list[bytes]:
    """Return the hashes of a tile; raises ValueError where they do not divide evenly."""
    if len(data) % HASH_BYTES:
        message = f"{len(data)} bytes are not a whole number of hashes"
        raise ValueError(message)
    return [data[at : at + HASH_BYTES] for at in range(0, len(data), HASH_BYTES)]


def partial_tiles(size: int) -> Iterator[TileAddress]:
    """Yield the partial tiles of a tree of `size` leaves, lowest level first."""
    level, count = 0, size
    while count:
        if count % WIDTH:
            yield TileAddress(level, count // WIDTH, count % WIDTH)
        level, count = level + 1, count // WIDTH


def tiles_on_path(index: int, size: int) -> set[TileAddress]:
    """Return the tiles, at their width in a tree of `size` leaves, from which every proof at `index` can be built."""
    tiles = set(partial_tiles(size))
    level, count, node = 0, size, index
    while count:
        tile = node // WIDTH
        if tile < count // WIDTH:
            tiles.add(TileAddress(level, tile))
        level, count, node = level + 1, count // WIDTH, tile
    return tiles


class TileReader:
    """Reads the hash of any complete subtree out of tiles; an instance is a tree.Reader and remembers what it computed.

    `fetch(level, index)` returns a tile's bytes, at least as wide as the tree needs. Raises ValueError where a tile is
    too short for what is asked of it.
    """

    def __init__(self, fetch: Fetch) -> None:
        """Keep the source of tiles."""
        self._fetch = fetch
        self._nodes: dict[tuple[int, int], bytes] = {}
        self._tiles: dict[tuple[int, int], bytes] = {}

    def __call__(self, level: int, index: int) -> bytes:
        """Return the hash of the complete subtree of 2**level leaves that begins at leaf index * 2**level."""
        key = level, index
        if key not in self._nodes:
            if level % _HEIGHT:
                self._nodes[key] = node_hash(self(level - 1, index * 2), self(level - 1, index * 2 + 1))
            else:
                self._nodes[key] = self._hash_at(level // _HEIGHT, index)
        return self._nodes[key]

    def _hash_at(self, level: int, index: int) -> bytes:
        """Return one hash as a tile holds it."""
        tile, at = divmod(index, WIDTH)
        if (level, tile) not in self._tiles:
            self._tiles[level, tile] = self._fetch(level, tile)
        found = self._tiles[level, tile][at * HASH_BYTES : (at + 1) * HASH_BYTES]
        if len(found) != HASH_BYTES:
            message = f"tile {tile_path(TileAddress(level, tile))} holds no hash {at}"
            raise ValueError(message)
        return found


class TreeEdge:
    """The right edge of a growing tree: the hashes of each level's rightmost tile while it is not full.

    `add` takes leaf hashes and yields every tile that becomes full, each exactly once and lowest level first. Memory is
    one tile per level.
    """

    def __init__(self, size: int = 0, edge: Iterable[list[bytes]] = ()) -> None:
        """Continue a tree of `size` leaves from the hashes of its partial tiles, level 0 first."""
        self.size = size
        self.levels: list[list[bytes]] = [list(hashes) for hashes in edge]

    def add(self, hashes: list[bytes]) -> Iterator[tuple[TileAddress, list[bytes]]]:
        """Take leaf hashes in order; yield the tiles that are full now."""
        at = 0
        while at < len(hashes):
            if not self.levels:
                self.levels.append([])
            row = self.levels[0]
            taken = hashes[at : at + WIDTH - len(row)]
            row += taken
            at, self.size = at + len(taken), self.size + len(taken)
            if len(row) == WIDTH:
                yield from self._carry()

    def _carry(self) -> Iterator[tuple[TileAddress, list[bytes]]]:
        """Empty every full level into the one above."""
        level, count = 0, self.size
        while level < len(self.levels) and len(self.levels[level]) == WIDTH:
            row = self.levels[level]
            count //= WIDTH
            yield TileAddress(level, count - 1), row
            if level + 1 == len(self.levels):
                self.levels.append([])
            self.levels[level + 1].append(complete_root(row))
            self.levels[level] = []
            level += 1

    def partial(self) -> Iterator[tuple[TileAddress, list[bytes]]]:
        """Yield the partial tiles as they stand now."""
        for address in partial_tiles(self.size):
            yield address, self.levels[address.level]

    def root(self) -> bytes:
        """Return the root over everything added; the tree must not be empty."""
        total: bytes | None = None
        for row in self.levels:
            at = len(row)
            while at:
                step = at & -at
                part = complete_root(row[at - step : at])
                total = part if total is None else node_hash(part, total)
                at -= step
        if total is None:
            message = "an empty tree has no edge"
            raise ValueError(message)
        return total
