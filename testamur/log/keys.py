"""The log's signing keys: two PEM files that only their owner reads, and one public file that says what to trust.

`log-ed25519.pem` and `log-ml-dsa-44.pem` sign checkpoints. `log-keys.txt` holds one verifier key a line (C2SP signed-note);
`#` begins a comment. An audit trusts the keys of that file, so a key that has been replaced stays there, and a checkpoint
that somebody signed with a key of their own is found.
"""

import logging
import os
from contextlib import suppress
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from testamur.kernel.errors import NotFound
from testamur.log.notes import Signer, VerifierKey, parse_verifier_key

ED25519_FILE: Final = "log-ed25519.pem"
ML_DSA_FILE: Final = "log-ml-dsa-44.pem"
TRUSTED_FILE: Final = "log-keys.txt"

logger = logging.getLogger(__name__)


def ensure_log_key(directory: Path, *, origin: str, create: bool) -> Signer:
    """Return the log's signer from its two key files, made now where they are missing and `create` says so.

    Raises NotFound where a file is missing and may not be made, or holds no such key. Where `log-keys.txt` is there, keys
    were made before, and a missing one is lost, not new.
    """
    made_before = (directory / TRUSTED_FILE).exists()  # looked at first: another process may be making them now
    paths = directory / ED25519_FILE, directory / ML_DSA_FILE
    missing = [path for path in paths if not path.exists()]
    if missing and (made_before or not create):
        message = (
            f"The log's signing key {missing[0]} is missing. Restore it from the key backup; for a new register, start "
            "once with TESTAMUR_CREATE_KEYS=1."
        )
        raise NotFound(message)
    if missing:
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        _write_once(paths[0], _pem(Ed25519PrivateKey.generate()))
        _write_once(paths[1], _pem(MLDSA44PrivateKey.generate()))
        logger.warning("NEW LOG KEYS were made in %s. Back them up now: no other key continues this log.", directory)
    signer = Signer(origin, *_loaded(*paths))
    if not (directory / TRUSTED_FILE).exists():
        _write_once(directory / TRUSTED_FILE, published(signer.verifier_keys).encode(), mode=0o644)
    return signer


def trusted_keys(directory: Path) -> tuple[VerifierKey, ...]:
    """Return the verifier keys that an audit trusts; raises NotFound where the file is missing, empty or damaged."""
    path = directory / TRUSTED_FILE
    try:
        lines = path.read_text().splitlines()
    except (OSError, UnicodeError):
        lines = []
    keys = [parse_verifier_key(line.strip()) for line in lines if line.strip() and not line.lstrip().startswith("#")]
    good = tuple(key for key in keys if key is not None)
    if not good or len(good) < len(keys):
        message = f"{path} holds no readable verifier keys of the log. Restore it from the key backup."
        raise NotFound(message)
    return good


def published(keys: tuple[VerifierKey, ...]) -> str:
    """Return verifier keys as a text file, one a line."""
    return "".join(f"{key.text}\n" for key in keys)


def policy(keys: tuple[VerifierKey, ...]) -> str:
    """Return the trust policy of this log (C2SP tlog-policy): these keys, no witnesses yet."""
    return "".join(f"log {key.text}\n" for key in keys) + "quorum none\n"


def _pem(key: Ed25519PrivateKey | MLDSA44PrivateKey) -> bytes:
    """Return a private key as unencrypted PKCS #8."""
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _write_once(path: Path, content: bytes, *, mode: int = 0o600) -> None:
    """Write a file whole or not at all, and never over another: of two first starts at once, one wins for both."""
    new = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with os.fdopen(descriptor, "wb") as handle:
        handle.write(content)
        handle.flush()
        os.fsync(handle.fileno())
    with suppress(FileExistsError):
        os.link(new, path)
    new.unlink()


def _loaded(ed25519: Path, ml_dsa: Path) -> tuple[Ed25519PrivateKey, MLDSA44PrivateKey]:
    """Return both private keys; raises NotFound where a file holds no key of its kind."""
    found: list[object] = []
    for path in (ed25519, ml_dsa):
        if path.stat().st_mode & 0o077:
            logger.warning("%s can be read by others. Give it mode 0600.", path)
        try:
            found.append(load_pem_private_key(path.read_bytes(), password=None))
        except (ValueError, TypeError):
            found.append(None)
    first, second = found
    if not isinstance(first, Ed25519PrivateKey) or not isinstance(second, MLDSA44PrivateKey):
        message = (
            f"{ed25519.parent} holds a log key of another kind, or a damaged one. Restore both from the key backup."
        )
        raise NotFound(message)
    return first, second
