"""Bytes of assessment evidence, sealed before they go to the vault: AES-256-GCM, each bound to its own piece of evidence.

Two pieces with the same content lie under two hashes, so that one can go when its time is over and the other stays. The key is
derived from the register's identifier key, which its own backup keeps (PRV-08).
"""

import hmac
import os
from typing import Final
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

from testamur.kernel.errors import Refusal
from testamur.students.sealing import identifier_key

_DOMAIN: Final = b"testamur/evidence/v1"
_NONCE_BYTES: Final = 12


class Unopenable(Refusal):
    """Sealed evidence that does not open: altered, of another piece, or under another key."""


def _cipher() -> AESGCM:
    """Return the cipher under the key of evidence."""
    return AESGCM(hmac.digest(identifier_key(settings.KEYS_DIR, create=settings.CREATE_KEYS), _DOMAIN, "sha256"))


def seal(content: bytes, evidence_id: UUID) -> bytes:
    """Return a file's bytes as they are kept for one piece of evidence."""
    nonce = os.urandom(_NONCE_BYTES)
    return nonce + _cipher().encrypt(nonce, content, evidence_id.bytes)


def opened(sealed: bytes, evidence_id: UUID) -> bytes:
    """Return the file of one piece of evidence; raises Unopenable."""
    try:
        return _cipher().decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], evidence_id.bytes)
    except (InvalidTag, ValueError):
        raise Unopenable("This evidence cannot be opened. Restore the key from the key backup.") from None
