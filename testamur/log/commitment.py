"""What the log holds of a record: a commitment that says nothing and can be opened by whoever holds its row key.

The format is fixed for ever and described in docs/formats/leaf.md. A proof hands out row keys; the student key, from
which they derive, never leaves the register. Erasing the student key closes every leaf of that student.
"""

import hmac
from dataclasses import dataclass
from enum import IntEnum
from typing import Final
from uuid import UUID

KEY_BYTES: Final = 32
COMMITMENT_BYTES: Final = 32
LEAF_BYTES: Final = 34
BATCH_LEAVES: Final = 1024  # the most leaves that one batch holds
_VERSION: Final = 1
_DOMAIN: Final = b"testamur/record/v1\n"


class LeafKind(IntEnum):
    """The second byte of a leaf: an event of the register, or one of the log itself."""

    RECORD = 0
    POLICY = 1


@dataclass(frozen=True, slots=True, order=True)
class LeafPlace:
    """Where a writer put a leaf: the batch, and the position in it from 0. The sealer assigns the index later."""

    batch: int
    position: int


def row_key(student_key: bytes, record_id: UUID, version: int) -> bytes:
    """Return the 32-byte key of one version of one record, derived from the student's 32-byte key.

    Raises ValueError for a student key of another length and OverflowError for a version outside 0…2^32-1.
    """
    if len(student_key) != KEY_BYTES:
        message = f"a student key has {KEY_BYTES} bytes, this one has {len(student_key)}"
        raise ValueError(message)
    return hmac.digest(student_key, record_id.bytes + version.to_bytes(4, "big"), "sha256")


def commitment(row_key: bytes, header: str, facts: str) -> bytes:
    """Return the 32 bytes that bind a row key to a header and facts, both canonical JSON.

    Raises ValueError where either holds a raw newline, which canonical JSON never does: the newline separates the two.
    """
    if "\n" in header or "\n" in facts:
        message = "header and facts are canonical JSON on one line each"
        raise ValueError(message)
    return hmac.digest(row_key, _DOMAIN + header.encode() + b"\n" + facts.encode(), "sha256")


def leaf(commitment: bytes, kind: int = LeafKind.RECORD) -> bytes:
    """Return the 34 bytes that enter the tree: version 1, kind, commitment. Raises ValueError for any other shape."""
    if len(commitment) != COMMITMENT_BYTES:
        message = f"a commitment has {COMMITMENT_BYTES} bytes, this one has {len(commitment)}"
        raise ValueError(message)
    return bytes((_VERSION, LeafKind(kind))) + commitment


def is_leaf(value: bytes) -> bool:
    """Say whether bytes have the shape of a leaf: 34 of them, version 1, a kind that is known."""
    return len(value) == LEAF_BYTES and value[0] == _VERSION and value[1] in set(LeafKind)
