"""A proof as one text file that is checked offline: C2SP tlog-proof (file ending `.tlog-proof`). Pure.

The file holds the leaf's index, the inclusion proof, and the signed checkpoint. Whoever checks it brings the leaf's bytes and
the log's public keys. Optional `extra` data travels unauthenticated; a checker may use it only to recompute the leaf.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from testamur.log.notes import Checkpoint, VerifierKey, decoded, encoded, verify_checkpoint
from testamur.log.tree import HASH_BYTES, leaf_hash, verify_inclusion

_FIRST_LINE: Final = "c2sp.org/tlog-proof@v1"
_LONGEST: Final = 2_000_000  # characters
_MOST_HASHES: Final = 64


@dataclass(frozen=True, slots=True)
class ProofFile:
    """What a .tlog-proof file says; nothing in it is checked yet."""

    index: int
    hashes: tuple[bytes, ...]
    note: str
    extra: bytes | None = None

    @property
    def text(self) -> str:
        """Return the file's text."""
        extra = [] if self.extra is None else [f"extra {encoded(self.extra)}"]
        lines = [_FIRST_LINE, *extra, f"index {self.index}", *(encoded(value) for value in self.hashes)]
        return "\n".join(lines) + "\n\n" + self.note


def _number_in(line: str) -> int | None:
    """Return the index on its line, or None where it is not written as the format demands."""
    digits = line.removeprefix("index ")
    plain = line.startswith("index ") and digits.isascii() and digits.isdigit() and len(digits) <= 20
    return int(digits) if plain and str(int(digits)) == digits else None


def parse_proof_file(data: object) -> ProofFile | None:
    """Return what a .tlog-proof file says (str or UTF-8 bytes), or None where it is not one."""
    try:
        text = data.decode() if isinstance(data, bytes) else data
    except UnicodeError:
        return None
    if not isinstance(text, str) or len(text) > _LONGEST:
        return None
    head, _, note = text.partition("\n\n")
    lines = head.split("\n")
    if lines.pop(0) != _FIRST_LINE or not lines or not note:
        return None
    extra = decoded(lines.pop(0).removeprefix("extra ")) if lines[0].startswith("extra ") else b""
    has_extra = head.split("\n")[1].startswith("extra ")
    index = _number_in(lines.pop(0)) if lines else None
    hashes = [decoded(line) for line in lines]
    good = tuple(value for value in hashes if value is not None and len(value) == HASH_BYTES)
    if index is None or extra is None or len(good) != len(hashes) or len(good) > _MOST_HASHES:
        return None
    return ProofFile(index, good, note, extra if has_extra else None)


def verify_proof_file(
    data: object, leaf: object, keys: Sequence[VerifierKey], *, origin: str | None = None
) -> Checkpoint | None:
    """Return the checkpoint under which a file proves the leaf's bytes to be in the log, or None; nothing raises."""
    proof = parse_proof_file(data)
    checkpoint = verify_checkpoint(proof.note, keys, origin=origin) if proof else None
    if proof is None or checkpoint is None or not isinstance(leaf, bytes):
        return None
    shown = verify_inclusion(leaf_hash(leaf), proof.index, checkpoint.size, proof.hashes, checkpoint.root)
    return checkpoint if shown else None
