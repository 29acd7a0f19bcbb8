"""RFC 9162 Merkle tree hashing with SHA-256: roots, inclusion proofs, consistency proofs, and their verification. Pure.

Building reads hashes through a `Reader`: `read(level, index)` gives the hash of the complete subtree of 2**level leaves
that begins at leaf `index * 2**level`. Verifying takes anything at all and answers True or False, never an exception.
"""

import hashlib
from collections.abc import Callable, Sequence
from typing import Final, TypeGuard

HASH_BYTES: Final = 32
_SIZE_LIMIT: Final = 2**64  # sizes and indexes are 64-bit numbers in every published form of the tree
_LONGEST_PROOF: Final = 65  # a consistency proof in the tallest tree of 64-bit sizes
_LEAF_PREFIX: Final = b"\x00"
_NODE_PREFIX: Final = b"\x01"
EMPTY_ROOT: Final = hashlib.sha256(b"").digest()

Reader = Callable[[int, int], bytes]


def leaf_hash(data: bytes) -> bytes:
    """Return the hash of one leaf (RFC 9162, 2.1.1)."""
    return hashlib.sha256(_LEAF_PREFIX + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of an inner node (RFC 9162, 2.1.1)."""
    return hashlib.sha256(_NODE_PREFIX + left + right).digest()


def leaf_hashes(leaves: bytes, width: int) -> list[bytes]:
    """Return the leaf hashes of leaves of `width` bytes that stand one after another."""
    sha256 = hashlib.sha256
    return [sha256(_LEAF_PREFIX + leaves[at : at + width]).digest() for at in range(0, len(leaves), width)]


def complete_root(hashes: Sequence[bytes]) -> bytes:
    """Return the root over a power of two of hashes, quickly; raises ValueError for any other number."""
    if not hashes or len(hashes) & (len(hashes) - 1):
        message = f"{len(hashes)} hashes are not a complete subtree"
        raise ValueError(message)
    sha256 = hashlib.sha256
    row = hashes
    while len(row) > 1:
        row = [sha256(_NODE_PREFIX + row[at] + row[at + 1]).digest() for at in range(0, len(row), 2)]
    return row[0]


def root_of(hashes: Sequence[bytes]) -> bytes:
    """Return the root over any number of leaf hashes (RFC 9162, 2.1.1)."""
    return root(len(hashes), lambda level, index: complete_root(hashes[index << level : (index + 1) << level]))


def _span_root(start: int, end: int, read: Reader) -> bytes:
    """Return the root over leaves start…end-1, where start is a multiple of every complete subtree inside."""
    parts: list[bytes] = []
    while start < end:
        level = (end - start).bit_length() - 1
        parts.append(read(level, start >> level))
        start += 1 << level
    total = parts.pop()
    while parts:
        total = node_hash(parts.pop(), total)
    return total


def root(size: int, read: Reader) -> bytes:
    """Return the root of the tree over the first `size` leaves."""
    return _span_root(0, size, read) if size else EMPTY_ROOT


def _upward(node: int, last: int, level: int, size: int, read: Reader) -> list[bytes]:
    """Return the siblings met on the way from a node to the root of the tree of `size` leaves, lowest first.

    `last` is the index of the last, perhaps incomplete, node on the same level.
    """
    siblings: list[bytes] = []
    while last:
        if node & 1:
            siblings.append(read(level, node - 1))
        elif node < last:
            start, end = (node + 1) << level, (node + 2) << level
            siblings.append(read(level, node + 1) if end <= size else _span_root(start, size, read))
        node, last, level = node >> 1, last >> 1, level + 1
    return siblings


def inclusion_proof(index: int, size: int, read: Reader) -> list[bytes]:
    """Return the hashes that prove leaf `index` in the tree of `size` leaves (RFC 9162, 2.1.3.1).

    Raises ValueError unless 0 <= index < size.
    """
    if not 0 <= index < size:
        message = f"leaf {index} is not in a tree of {size} leaves"
        raise ValueError(message)
    return _upward(index, size - 1, 0, size, read)


def consistency_proof(size1: int, size2: int, read: Reader) -> list[bytes]:
    """Return the hashes that prove the tree of size1 a beginning of the tree of size2 (RFC 9162, 2.1.4.1).

    Equal sizes have the empty proof. Raises ValueError unless 0 < size1 <= size2.
    """
    if not 0 < size1 <= size2:
        message = f"no consistency proof leads from {size1} leaves to {size2}"
        raise ValueError(message)
    if size1 == size2:
        return []
    level = (size1 & -size1).bit_length() - 1
    node, last = (size1 - 1) >> level, (size2 - 1) >> level
    seed = [read(level, node)] if node else []
    return seed + _upward(node, last, level, size2, read)


def _is_number(value: object) -> TypeGuard[int]:
    """Say whether a value is a plain 64-bit natural number; True and False are not numbers here."""
    return type(value) is int and 0 <= value < _SIZE_LIMIT


def _is_hash(value: object) -> TypeGuard[bytes]:
    """Say whether a value is plain bytes of a hash's length; subclasses could compare as they please."""
    return type(value) is bytes and len(value) == HASH_BYTES


def _hashes_in(proof: object) -> list[bytes] | None:
    """Return a proof as a list of its own, or None where it is not a list or tuple of hashes, or longer than any is."""
    if (type(proof) is not list and type(proof) is not tuple) or len(proof) > _LONGEST_PROOF:
        return None
    hashes = list(proof)
    return hashes if all(_is_hash(value) for value in hashes) else None


def _climb(node: int, last: int, hashes: list[bytes], old: bytes, new: bytes) -> tuple[bytes, bytes] | None:
    """Fold a proof upward from a node: `new` with every sibling, `old` with the left ones only.

    Returns both roots, or None where the proof is longer or shorter than the way.
    """
    for sibling in hashes:
        if not last:
            return None
        if node & 1 or node == last:
            old, new = node_hash(sibling, old), node_hash(sibling, new)
            while node and not node & 1:
                node, last = node >> 1, last >> 1
        else:
            new = node_hash(new, sibling)
        node, last = node >> 1, last >> 1
    return None if last else (old, new)


def verify_inclusion(leaf_hash: object, index: object, size: object, proof: object, root: object) -> bool:
    """Say whether `proof` shows the leaf hash at `index` of the tree of `size` leaves with this root.

    Hashes are bytes, index and size plain ints below 2**64, the proof a list or tuple (RFC 9162, 2.1.3.2). Anything
    else, and any proof too long, too short or wrong, is False; nothing raises.
    """
    hashes = _hashes_in(proof)
    if hashes is None or not (_is_number(index) and _is_number(size) and index < size):
        return False
    if not (_is_hash(leaf_hash) and _is_hash(root)):
        return False
    climbed = _climb(index, size - 1, hashes, leaf_hash, leaf_hash)
    return climbed is not None and climbed[1] == root


def verify_consistency(size1: object, size2: object, root1: object, root2: object, proof: object) -> bool:
    """Say whether `proof` shows the tree of size1 with root1 to be a beginning of the tree of size2 with root2.

    RFC 9162, 2.1.4.2, which asks 0 < size1 < size2. Beyond it, and as other implementations answer: equal sizes hold
    with equal roots and the empty proof, zero included; nothing is proved from zero to more. Roots of equal sizes are
    compared as bytes and not measured. Anything else is False; nothing raises.
    """
    hashes = _hashes_in(proof)
    if hashes is None or not (_is_number(size1) and _is_number(size2)):
        return False
    if size1 == size2:
        return type(root1) is bytes and type(root2) is bytes and root1 == root2 and not hashes
    if not (0 < size1 < size2 and _is_hash(root1) and _is_hash(root2)):
        return False
    level = (size1 & -size1).bit_length() - 1
    node, last = (size1 - 1) >> level, (size2 - 1) >> level
    if node and not hashes:
        return False
    seed, rest = (hashes[0], hashes[1:]) if node else (root1, hashes)
    return _climb(node, last, rest, seed, seed) == (root1, root2)
