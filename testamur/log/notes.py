"""Checkpoints as signed notes. Pure.

C2SP signed-note v1.0.0 (text, blank line, signature lines), tlog-checkpoint v1.0.0 (origin, size, root) and the ML-DSA-44
signature of tlog-cosignature. The log signs twice: with Ed25519 (type 1, over the text), which every client can check, and
with ML-DSA-44 (type 6, over a structure with name, time, origin, size and root), which stays good after quantum computers.

Reading takes anything and answers None for what is no good note. As signed-note demands, signatures of unknown keys are
ignored, which is what lets a key be changed; a bad signature by a known key spoils the note.
"""

import base64
import binascii
import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey, MLDSA44PublicKey

from testamur.log.tree import HASH_BYTES

ED25519: Final = 0x01
ML_DSA_44: Final = 0x06
_PUBLIC_BYTES: Final = {ED25519: 32, ML_DSA_44: 1312}
_DASH: Final = "\u2014 "
_LONGEST_NOTE: Final = 1_000_000  # characters
_MOST_SIGNATURES: Final = 128  # the specification asks for at least 16
_SUBTREE_LABEL: Final = b"subtree/v1\n\x00"
_TIME_BYTES: Final = 8
_SIZE_LIMIT: Final = 2**64


@dataclass(frozen=True, slots=True)
class NoteSignature:
    """One signature line: whose name, the 4-byte key id, and the bytes of the signature."""

    name: str
    key_id: bytes
    payload: bytes


@dataclass(frozen=True, slots=True)
class Note:
    """A note as written: its text with the final newline, and its signatures, none of them checked yet."""

    text: str
    signatures: tuple[NoteSignature, ...]


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The body of a checkpoint: whose log, how many leaves, and the root over them."""

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """Return the note text that is signed."""
        return "".join(f"{line}\n" for line in (self.origin, self.size, encoded(self.root), *self.extensions))


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """A public key with its name, as a verifier is configured with it."""

    name: str
    algorithm: int
    public: bytes

    @property
    def key_id(self) -> bytes:
        """Return the 4 bytes that mark this key's signatures."""
        return hashlib.sha256(self.name.encode() + b"\n" + bytes((self.algorithm,)) + self.public).digest()[:4]

    @property
    def text(self) -> str:
        """Return the key as one line of text: name, key id, and type with key in base 64, joined by plus signs."""
        return f"{self.name}+{self.key_id.hex()}+{encoded(bytes((self.algorithm,)) + self.public)}"


@dataclass(frozen=True, slots=True)
class Signer:
    """The private keys of one log; its name in signatures is its origin."""

    origin: str
    ed25519: Ed25519PrivateKey
    ml_dsa: MLDSA44PrivateKey

    @property
    def verifier_keys(self) -> tuple[VerifierKey, ...]:
        """Return the public halves, Ed25519 first."""
        return (
            VerifierKey(self.origin, ED25519, self.ed25519.public_key().public_bytes_raw()),
            VerifierKey(self.origin, ML_DSA_44, self.ml_dsa.public_key().public_bytes_raw()),
        )


def encoded(data: bytes) -> str:
    """Return standard base 64 with padding, the only one that notes use."""
    return base64.b64encode(data).decode()


def decoded(text: str) -> bytes | None:
    """Return the bytes of standard base 64, or None where it is not the one written form of any bytes."""
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return data if encoded(data) == text else None


def _good_name(name: str) -> bool:
    """Say whether a key name is allowed: not empty, no space of any kind, no plus, no control character."""
    return bool(name) and not any(c.isspace() or c == "+" or c < " " for c in name)


def _signature_in(line: str) -> NoteSignature | None:
    """Return the signature on one line without its newline, or None."""
    name, space, blob = line.removeprefix(_DASH).partition(" ")
    data = decoded(blob)
    if not line.startswith(_DASH) or not space or not _good_name(name) or data is None or len(data) < 5:
        return None
    return NoteSignature(name, data[:4], data[4:])


def _plain_text(data: object) -> str | None:
    """Return a note's characters, or None for other types, bad UTF-8, control characters or too long a note."""
    try:
        text = data.decode() if isinstance(data, bytes) else data
        if not isinstance(text, str) or len(text) > _LONGEST_NOTE:
            return None
        text.encode()
    except UnicodeError:
        return None
    return None if any(c < " " and c != "\n" for c in text) else text


def parse_note(data: object) -> Note | None:
    """Return the parts of a signed note (str or UTF-8 bytes), or None where it is not one. Checks no signature."""
    whole = _plain_text(data)
    if whole is None or not whole.endswith("\n"):
        return None
    at = whole.rfind("\n\n")
    lines = whole[at + 2 :].split("\n")[:-1]
    if at < 0 or not 0 < len(lines) <= _MOST_SIGNATURES:
        return None
    signatures = [_signature_in(line) for line in lines]
    good = tuple(signature for signature in signatures if signature is not None)
    return Note(whole[: at + 1], good) if len(good) == len(lines) else None


def parse_verifier_key(text: object) -> VerifierKey | None:
    """Return the key that one line of text names, or None where it is none, of unknown type, or its id is wrong."""
    if not isinstance(text, str) or _plain_text(text) is None:
        return None
    name, _, rest = text.partition("+")
    key_id, _, blob = rest.partition("+")
    data = decoded(blob)
    if not _good_name(name) or not data or _PUBLIC_BYTES.get(data[0]) != len(data) - 1:
        return None
    key = VerifierKey(name, data[0], data[1:])
    return key if key.key_id.hex() == key_id else None


def parse_checkpoint(text: object) -> Checkpoint | None:
    """Return the body that a note's text holds, or None where it is not a checkpoint. Checks no signature."""
    if not isinstance(text, str) or not text.endswith("\n"):
        return None
    lines = text.split("\n")[:-1]
    if len(lines) < 3 or not all(lines):
        return None
    origin, size, root, *extensions = lines
    digits = size.isascii() and size.isdigit() and len(size) <= 20 and str(int(size)) == size
    data = decoded(root)
    if not digits or int(size) >= _SIZE_LIMIT or data is None or len(data) != HASH_BYTES:
        return None
    return Checkpoint(origin, int(size), data, tuple(extensions))


def _cosigned_message(name: str, seconds: bytes, checkpoint: Checkpoint) -> bytes | None:
    """Return what an ML-DSA-44 signature is over (tlog-cosignature), None where a name is too long for it."""
    parts = [name.encode(), checkpoint.origin.encode()]
    if not all(0 < len(part) < 256 for part in parts):
        return None
    cosigner, origin = (bytes((len(part),)) + part for part in parts)
    start, end = (0).to_bytes(8, "big"), checkpoint.size.to_bytes(8, "big")
    return _SUBTREE_LABEL + cosigner + seconds + origin + start + end + checkpoint.root


def _is_valid(signature: NoteSignature, key: VerifierKey, text: str) -> bool:
    """Say whether one signature by this key stands on this text."""
    try:
        if key.algorithm == ED25519:
            Ed25519PublicKey.from_public_bytes(key.public).verify(signature.payload, text.encode())
            return True
        checkpoint = parse_checkpoint(text)
        seconds, payload = signature.payload[:_TIME_BYTES], signature.payload[_TIME_BYTES:]
        message = _cosigned_message(key.name, seconds, checkpoint) if checkpoint else None
        if message is None or len(seconds) < _TIME_BYTES or seconds[0] & 0x80:
            return False
        MLDSA44PublicKey.from_public_bytes(key.public).verify(payload, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def verify_note(data: object, keys: Iterable[VerifierKey]) -> Note | None:
    """Return the note if a known key signed it and no known key's signature on it is bad; otherwise None."""
    note = parse_note(data)
    if note is None:
        return None
    known = {(key.name, key.key_id): key for key in keys}
    matched = [(line, known[line.name, line.key_id]) for line in note.signatures if (line.name, line.key_id) in known]
    return note if matched and all(_is_valid(line, key, note.text) for line, key in matched) else None


def verify_checkpoint(data: object, keys: Sequence[VerifierKey], *, origin: str | None = None) -> Checkpoint | None:
    """Return the checkpoint in a signed note, or None: no good note, no checkpoint, or another log's.

    The origin has to be the name of a known key, and `origin` where it is given.
    """
    note = verify_note(data, keys)
    checkpoint = parse_checkpoint(note.text) if note else None
    if checkpoint is None or checkpoint.origin not in {key.name for key in keys}:
        return None
    return checkpoint if origin in (None, checkpoint.origin) else None


def sign_checkpoint(signer: Signer, *, size: int, root: bytes, at: datetime) -> str:
    """Return the signed note for a tree of `size` leaves: Ed25519, then ML-DSA-44 with the moment of signing."""
    checkpoint = Checkpoint(signer.origin, size, root)
    seconds = int(at.timestamp()).to_bytes(_TIME_BYTES, "big")
    message = _cosigned_message(signer.origin, seconds, checkpoint)
    if message is None or not _good_name(signer.origin) or parse_checkpoint(checkpoint.text) != checkpoint:
        problem = f"{signer.origin!r} with {size} leaves and a root of {len(root)} bytes makes no checkpoint"
        raise ValueError(problem)
    payloads = signer.ed25519.sign(checkpoint.text.encode()), seconds + signer.ml_dsa.sign(message)
    lines = (
        f"{_DASH}{key.name} {encoded(key.key_id + payload)}\n"
        for key, payload in zip(signer.verifier_keys, payloads, strict=True)
    )
    return checkpoint.text + "\n" + "".join(lines)
