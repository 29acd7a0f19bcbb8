"""Proofs that travel with a document: the attachment record-proofs.json and the sidecar `<number>.tlog-proof`. Pure.

Both are described in docs/formats/record-proofs.md. Reading takes any bytes and answers with a Check; nothing raises.
"""

import binascii
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from testamur.kernel.canonical import Json, canonical_bytes, canonical_json
from testamur.log.commitment import commitment, leaf
from testamur.log.notes import VerifierKey, decoded, encoded, parse_verifier_key, verify_checkpoint
from testamur.log.proofs import parse_proof_file, verify_proof_file
from testamur.log.tree import leaf_hash, verify_inclusion

VERSION: Final = 1
LEAF_FORMAT: Final = "testamur/record/v1"
_LONGEST: Final = 16 * 1024 * 1024  # bytes
_MOST_RECORDS: Final = 20_000
_HEX_KEY: Final = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that a verifier looked at: its name, whether it holds, and what was seen."""

    name: str
    ok: bool
    detail: str


@dataclass(frozen=True, slots=True)
class ProvenRecord:
    """One record version with what opens its leaf and leads to the checkpoint's root.

    `header` and `facts` are the values whose canonical JSON was committed to; `row_key` has 32 bytes.
    """

    header: Mapping[str, Json]
    facts: Mapping[str, Json]
    row_key: bytes
    index: int
    hashes: tuple[bytes, ...]


def attachment(
    number: str, *, origin: str, checkpoint: str, log_keys: Sequence[str], records: Iterable[ProvenRecord]
) -> dict[str, Json]:
    """Return the value of record-proofs.json for one document; `log_keys` are the log's verifier keys as text lines."""
    return {
        "version": VERSION,
        "number": number,
        "origin": origin,
        "checkpoint": checkpoint,
        "log_keys": list(log_keys),
        "leaf_format": LEAF_FORMAT,
        "records": [
            {
                "record": record.header,
                "facts": record.facts,
                "row_key": record.row_key.hex(),
                "index": record.index,
                "proof": [encoded(value) for value in record.hashes],
            }
            for record in records
        ],
    }


def sidecar_extra(header: Mapping[str, Json], facts: Mapping[str, Json], row_key: bytes) -> bytes:
    """Return the `extra` data of a document's own proof: what recomputes its leaf; facts hold `sha256` of the file."""
    return canonical_bytes({"record": header, "facts": facts, "row_key": row_key.hex()})


def parse_attachment(data: bytes) -> dict[str, Any] | None:
    """Return the value of an attachment, or None where it is not one of this version."""
    value = _json(data)
    if not isinstance(value, dict) or value.get("version") != VERSION or value.get("leaf_format") != LEAF_FORMAT:
        return None
    texts = (value.get("number"), value.get("origin"), value.get("checkpoint"))
    records, keys = value.get("records"), value.get("log_keys")
    if not all(isinstance(text, str) for text in texts) or not isinstance(records, list):
        return None
    if len(records) > _MOST_RECORDS or not isinstance(keys, list) or len(keys) > 16:
        return None
    return value


def keys_in(value: Mapping[str, Any]) -> list[VerifierKey]:
    """Return the log keys that an attachment names; they are worth what the seal on the document is worth."""
    return [key for key in map(parse_verifier_key, value["log_keys"]) if key is not None]


def check_records(value: Mapping[str, Any] | None, keys: Sequence[VerifierKey]) -> Check:
    """Check every record of an attachment: leaf recomputed, inclusion up to the root, checkpoint signed by the log."""
    name = "record proofs"
    if value is None:
        return Check(name, False, "the file holds no readable record-proofs.json")
    checkpoint = verify_checkpoint(value["checkpoint"], keys, origin=value["origin"])
    if checkpoint is None:
        return Check(name, False, "the checkpoint is not signed by a known key of the log it names")
    if not value["records"]:
        return Check(name, True, "the document shows no sealed record")
    for position, record in enumerate(value["records"], start=1):
        entry = _leaf_of(record)
        proof = _hashes(record) if entry else None
        shown = entry is not None and verify_inclusion(
            leaf_hash(entry), record.get("index"), checkpoint.size, proof, checkpoint.root
        )
        if not shown:
            return Check(
                name, False, f"record {position} is not in the log at the checkpoint of {checkpoint.size} entries"
            )
    count = len(value["records"])
    return Check(name, True, f"{count} records are in the log {checkpoint.origin} at {checkpoint.size} entries")


def check_own(data: bytes, sha256: str, keys: Sequence[VerifierKey], *, number: str | None) -> Check:
    """Check a document's own proof: its leaf commits to this file's SHA-256 (hex) and stands in the log."""
    name = "own proof"
    proof = parse_proof_file(data)
    opened = _json(proof.extra) if proof and proof.extra else None
    entry = _leaf_of(opened)
    if entry is None or not isinstance(opened, dict):
        return Check(name, False, "the proof file is unreadable or does not open a leaf")
    facts = opened["facts"]
    if facts.get("sha256") != sha256:
        return Check(name, False, "the proof belongs to a file with another SHA-256")
    if number is not None and facts.get("number") != number:
        return Check(name, False, "the proof belongs to another number")
    checkpoint = verify_proof_file(data, entry, keys)
    if checkpoint is None:
        return Check(name, False, "the leaf is not in the log, or no known key of the log signed the checkpoint")
    return Check(name, True, f"the file itself is in the log {checkpoint.origin} at {checkpoint.size} entries")


def _json(data: bytes) -> Any:
    """Return what some bytes hold as JSON, or None; numbers with a fraction and deep nesting count as nothing."""
    if len(data) > _LONGEST:
        return None
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        return None


def _leaf_of(record: Any) -> bytes | None:
    """Return the 34 bytes that a record's header, facts and row key give, or None where they give none."""
    if not isinstance(record, dict):
        return None
    header, facts, row_key = record.get("record"), record.get("facts"), record.get("row_key")
    if not isinstance(header, dict) or not isinstance(facts, dict) or not isinstance(row_key, str):
        return None
    if not _HEX_KEY.fullmatch(row_key):
        return None
    try:
        return leaf(commitment(binascii.unhexlify(row_key), canonical_json(header), canonical_json(facts)))
    except (TypeError, ValueError, RecursionError):
        return None


def _hashes(record: Mapping[str, Any]) -> list[bytes] | None:
    """Return the hashes of an inclusion proof, or None where one of them is no base 64."""
    proof = record.get("proof")
    if not isinstance(proof, list) or not all(isinstance(text, str) for text in proof):
        return None
    found = [decoded(text) for text in proof]
    return [value for value in found if value is not None] if None not in found else None
