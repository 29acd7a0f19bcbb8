"""Seal protected identifiers of students: AES-256-GCM under the register's own key, each bound to its student (PRV-08).

A sealed identifier is one byte for the key's generation, 12 random bytes, and the ciphertext with its tag. Student and kind
are authenticated with it, so that one student's identifier cannot be put in another's row. Neither key nor value is ever
written to a log.
"""

import os
import secrets
from contextlib import suppress
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from testamur.kernel.errors import NotFound, Refusal

KEY_FILE: Final = "identifiers.key"
_GENERATION: Final = b"\x01"
_NONCE_BYTES: Final = 12
_DOMAIN: Final = "testamur/identifier/v1"


class Unsealable(Refusal):
    """A sealed identifier that does not open: of another student, of another key, or altered."""


def identifier_key(directory: Path, *, create: bool) -> bytes:
    """Return the 32 bytes of the key, made now where the file is missing and `create` says so; raises NotFound."""
    path = directory / KEY_FILE
    if not path.exists():
        if not create:
            message = (
                f"The key {path.name} is missing. Restore it from the key backup; for a new register, start once with "
                "TESTAMUR_CREATE_KEYS=1."
            )
            raise NotFound(message)
        _make(path)
    key = bytes.fromhex(path.read_text().strip()) if path.stat().st_size == 2 * 32 + 1 else b""
    if len(key) != 32:
        raise NotFound(f"{path.name} holds no key of 32 bytes. Restore it from the key backup.")
    return key


def _make(path: Path) -> None:
    """Write a new key whole or not at all, and never over another."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    new = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as handle:
        handle.write(secrets.token_hex(32) + "\n")
        handle.flush()
        os.fsync(handle.fileno())
    with suppress(FileExistsError):
        os.link(new, path)
    new.unlink()


def seal_identifier(key: bytes, value: str, *, student_id: int, kind: str) -> bytes:
    """Return an identifier as it is kept."""
    nonce = os.urandom(_NONCE_BYTES)
    return _GENERATION + nonce + AESGCM(key).encrypt(nonce, value.encode(), _bound_to(student_id, kind))


def open_identifier(key: bytes, sealed: bytes, *, student_id: int, kind: str) -> str:
    """Return an identifier; raises Unsealable for bytes that were not sealed with this key for this student and kind."""
    nonce, ciphertext = sealed[1 : 1 + _NONCE_BYTES], sealed[1 + _NONCE_BYTES :]
    try:
        if sealed[:1] != _GENERATION:
            raise InvalidTag
        return AESGCM(key).decrypt(nonce, ciphertext, _bound_to(student_id, kind)).decode()
    except (InvalidTag, ValueError):
        raise Unsealable("A protected identifier cannot be opened. Restore the key from the key backup.") from None


def _bound_to(student_id: int, kind: str) -> bytes:
    """Return what is authenticated with an identifier."""
    return f"{_DOMAIN}\n{student_id}\n{kind}".encode()
