"""A document's own proof as its page shows it: the checkpoint, the path to the root, and the file to take away.

Everything shown is read from the `.tlog-proof` file that the page offers, and only once that file leads to the root of a
checkpoint that our log signed. What does not is not shown.
"""

import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from testamur.extracts import queries as extracts_queries
from testamur.kernel.canonical import canonical_json
from testamur.kernel.errors import NotFound
from testamur.log.commitment import commitment, leaf
from testamur.log.keys import trusted_keys
from testamur.log.notes import Checkpoint, VerifierKey
from testamur.log.proofs import ProofFile, parse_proof_file, verify_proof_file
from testamur.log.tree import leaf_hash, node_hash
from testamur.web.pictures import Figure, ProofStep, proof_path


@dataclass(frozen=True, slots=True)
class ShownProof:
    """A proof that holds: the place of its leaf, the checkpoint it is under, and its picture."""

    index: int
    checkpoint: Checkpoint
    note: str
    figure: Figure

    @property
    def place(self) -> int:
        """Return which entry of the log this is, counted from 1."""
        return self.index + 1


def proof_text(number: str) -> str | None:
    """Return the `.tlog-proof` file of a document, None where there is none or its leaf waits for a checkpoint."""
    try:
        return extracts_queries.own_proof(number)
    except NotFound:
        return None


def shown_proof(text: str) -> ShownProof | None:
    """Return what a page shows of a proof file, None where our log has not signed that its leaf is in it."""
    proof = parse_proof_file(text)
    entry = _leaf_in(proof.extra) if proof and proof.extra else None
    checkpoint = verify_proof_file(text, entry, _keys())
    if proof is None or entry is None or checkpoint is None:
        return None
    foot = leaf_hash(entry)
    figure = proof_path(
        foot.hex(),
        path_of(proof, foot, size=checkpoint.size),
        index=proof.index,
        size=checkpoint.size,
        title="Where this document stands in the log",
        lead=f"Entry {proof.index + 1:,} of {checkpoint.size:,}. Each hash joined with the one beside it gives the one above.",
    )
    return ShownProof(proof.index, checkpoint, proof.note, figure)


def path_of(proof: ProofFile, foot: bytes, *, size: int) -> Sequence[ProofStep]:
    """Return the steps from a leaf's hash to the root of `size` leaves (RFC 9162, 2.1.3.2) for a proof that holds."""
    node, last, here = proof.index, size - 1, foot
    steps = []
    for sibling in proof.hashes:
        at_left = bool(node & 1) or node == last
        here = node_hash(sibling, here) if at_left else node_hash(here, sibling)
        steps.append(ProofStep("left" if at_left else "right", sibling.hex(), here.hex()))
        while at_left and node and not node & 1:
            node, last = node >> 1, last >> 1
        node, last = node >> 1, last >> 1
    return steps


def _keys() -> tuple[VerifierKey, ...]:
    """Return the keys of our log, none where this machine has none."""
    try:
        return trusted_keys(settings.KEYS_DIR)
    except NotFound:
        return ()


def _leaf_in(extra: bytes) -> bytes | None:
    """Return the leaf that a proof file's `extra` opens (docs/formats/record-proofs.md), None where it opens none."""
    try:
        opened: Any = json.loads(extra)
        header, facts = canonical_json(opened["record"]), canonical_json(opened["facts"])
        return leaf(commitment(binascii.unhexlify(opened["row_key"]), header, facts))
    except (KeyError, TypeError, ValueError, RecursionError):
        return None
