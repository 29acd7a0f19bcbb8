"""Bytes kept under their own SHA-256: `<root>/sha256/aa/bb/<64 hex digits>`.

What is put in is written whole or not at all (temporary file, fsync, rename), and what is read is hashed again first, so that
a changed byte is a refusal and never an answer. A name is always 64 hex digits and links are not followed, so that nothing
outside the root is ever opened.
"""

import hashlib
import os
import secrets
from collections.abc import Iterable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from testamur.kernel.errors import NotFound, Refusal

_CHUNK: Final = 1 << 20
_INCOMING: Final = "incoming"
_FOLDER_FLAGS: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW
_FILE_FLAGS: Final = os.O_RDONLY | os.O_NOFOLLOW


class Damaged(Refusal):
    """The bytes under a hash are no longer the ones that were kept."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What was put in: its SHA-256 (32 bytes) and its size in bytes."""

    sha256: bytes
    size: int


def chunks_of(source: BinaryIO) -> Iterator[bytes]:
    """Yield an open file in pieces of one MiB."""
    while piece := source.read(_CHUNK):
        yield piece


def put(root: Path, pieces: Iterable[bytes]) -> Kept:
    """Keep the bytes of some pieces and return their hash and size; the same bytes twice are kept once.

    A damaged file under the same hash is replaced by the good bytes.
    """
    incoming = root / _INCOMING
    incoming.mkdir(parents=True, exist_ok=True)
    draft = incoming / secrets.token_hex(16)
    digest, size = hashlib.sha256(), 0
    try:
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o440)
        with os.fdopen(descriptor, "wb") as file:
            for piece in pieces:
                digest.update(piece)
                size += len(piece)
                file.write(piece)
            file.flush()
            os.fsync(file.fileno())
        kept = Kept(digest.digest(), size)
        _move_in(root, draft, kept.sha256)
    finally:
        with suppress(FileNotFoundError):
            draft.unlink()
    return kept


def put_bytes(root: Path, data: bytes) -> Kept:
    """Keep some bytes."""
    return put(root, (data,))


def read(root: Path, sha256: bytes) -> Iterator[bytes]:
    """Return the kept bytes in pieces, after all of them were hashed again; raises NotFound or Damaged at once."""
    descriptor = _open(root, sha256)
    try:
        _check(descriptor, sha256)
    except BaseException:
        os.close(descriptor)
        raise
    return _pieces(descriptor)


def read_bytes(root: Path, sha256: bytes) -> bytes:
    """Return the kept bytes; raises NotFound or Damaged."""
    data = b"".join(read(root, sha256))
    if hashlib.sha256(data).digest() != sha256:
        raise _damaged(sha256)
    return data


def holds(root: Path, sha256: bytes) -> bool:
    """Say whether something lies under a hash; it is not read."""
    try:
        os.close(_open(root, sha256))
    except NotFound:
        return False
    return True


def remove(root: Path, sha256: bytes) -> bool:
    """Remove the bytes of a hash for good (retention, erasure); False where there were none."""
    try:
        with _folder(root, sha256) as folder:
            os.unlink(sha256.hex(), dir_fd=folder.descriptor)
            os.fsync(folder.descriptor)
    except (NotFound, FileNotFoundError):
        return False
    return True


@dataclass(frozen=True, slots=True)
class _Folder:
    """An open folder inside the root."""

    descriptor: int

    def close(self) -> None:
        os.close(self.descriptor)

    def __enter__(self) -> "_Folder":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _names(sha256: bytes) -> tuple[str, str, str]:
    """Return the folder names of a hash; raises ValueError for anything but 32 bytes."""
    if not isinstance(sha256, bytes) or len(sha256) != 32:
        message = "a hash is 32 bytes"
        raise ValueError(message)
    name = sha256.hex()
    return "sha256", name[:2], name[2:4]


def _folder(root: Path, sha256: bytes) -> _Folder:
    """Open the folder of a hash step by step without following a link; raises NotFound where there is none."""
    descriptor = -1
    try:
        descriptor = os.open(root, os.O_RDONLY | os.O_DIRECTORY)
        for name in _names(sha256):
            inner = os.open(name, _FOLDER_FLAGS, dir_fd=descriptor)
            os.close(descriptor)
            descriptor = inner
    except OSError:
        if descriptor >= 0:
            os.close(descriptor)
        raise _missing(sha256) from None
    return _Folder(descriptor)


def _open(root: Path, sha256: bytes) -> int:
    """Open the file of a hash for reading; raises NotFound."""
    with _folder(root, sha256) as folder:
        try:
            return os.open(sha256.hex(), _FILE_FLAGS, dir_fd=folder.descriptor)
        except OSError:
            raise _missing(sha256) from None


def _check(descriptor: int, sha256: bytes) -> None:
    """Hash an open file and go back to its start; raises Damaged."""
    digest = hashlib.sha256()
    while piece := os.read(descriptor, _CHUNK):
        digest.update(piece)
    if digest.digest() != sha256:
        raise _damaged(sha256)
    os.lseek(descriptor, 0, os.SEEK_SET)


def _pieces(descriptor: int) -> Iterator[bytes]:
    """Yield an open file in pieces and close it."""
    with closing(os.fdopen(descriptor, "rb")) as file:
        yield from chunks_of(file)


def _move_in(root: Path, draft: Path, sha256: bytes) -> None:
    """Give a finished draft its name, and make folder entries as durable as the bytes."""
    folder = root.joinpath(*_names(sha256))
    folder.mkdir(parents=True, exist_ok=True)
    with _folder(root, sha256) as target:
        os.rename(draft, sha256.hex(), dst_dir_fd=target.descriptor)
    for path in (folder, folder.parent, folder.parent.parent, root):
        with _Folder(os.open(path, os.O_RDONLY | os.O_DIRECTORY)) as opened:
            os.fsync(opened.descriptor)


def _missing(sha256: bytes) -> NotFound:
    """Return the refusal for a hash under which nothing lies."""
    return NotFound(f"No kept file has the hash that starts with {sha256.hex()[:16]}.")


def _damaged(sha256: bytes) -> Damaged:
    """Return the refusal for bytes that changed."""
    return Damaged(
        f"The kept file whose hash starts with {sha256.hex()[:16]} has changed and is not served. Restore it from a backup."
    )
