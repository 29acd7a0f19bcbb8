"""Pictures of identity documents while an officer decides: encrypted files of random names, deleted at the decision.

AES-256-GCM under a key derived from the register's identifier key, bound to the check's number; mode 0600 in
UPLOADS_DIR/identity. Nothing here goes to the vault, and no backup of documents holds one (PRV-08, PRV-09).
"""

import hmac
import os
import secrets
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

from testamur.kernel.errors import NotFound
from testamur.students.sealing import identifier_key

_NONCE_BYTES: Final = 12
_DAY_SECONDS: Final = 86_400
_DOMAIN: Final = b"testamur/identity-scan/v1"


def _folder() -> Path:
    """Return the folder of the pictures, made where it is missing."""
    folder = Path(settings.UPLOADS_DIR) / "identity"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


def _cipher() -> AESGCM:
    """Return the cipher under the key of the pictures."""
    return AESGCM(hmac.digest(identifier_key(settings.KEYS_DIR, create=settings.CREATE_KEYS), _DOMAIN, "sha256"))


def keep(content: bytes, *, check: str) -> str:
    """Encrypt a picture for one identity check and return the random name under which it lies."""
    name, nonce = secrets.token_hex(24), os.urandom(_NONCE_BYTES)
    descriptor = os.open(_folder() / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(nonce + _cipher().encrypt(nonce, content, check.encode()))
        file.flush()
        os.fsync(file.fileno())
    return name


def opened(name: str, *, check: str) -> bytes:
    """Return a picture; raises NotFound where it is gone, altered, or of another check."""
    with suppress(OSError, InvalidTag):
        sealed = (_folder() / name).read_bytes()
        return _cipher().decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], check.encode())
    raise NotFound("The picture is no longer kept.")


def remove(name: str) -> None:
    """Delete a picture; one that is gone already stays gone."""
    if name:
        (_folder() / name).unlink(missing_ok=True)


def older_than_a_day(at: datetime) -> set[str]:
    """Return the names of pictures that have lain for a day at a moment, for the purge of those that nothing names."""
    limit = at.timestamp() - _DAY_SECONDS
    return {path.name for path in _folder().iterdir() if path.is_file() and path.stat().st_mtime < limit}
