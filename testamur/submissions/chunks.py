"""A file that arrives in pieces: a folder in the submission's own, gone with it, and gone when nobody goes on for a day.

    uploads/<id>/about.json   name, size and SHA-256 as the sender said them, who began it and when
    uploads/<id>/bytes        what has arrived, from the first byte without a gap; its size is how far the upload is
    uploads/<id>/received     stands once the submission holds the file, in place of the bytes

Pieces are only ever added at the end. A process that dies while it writes one leaves a beginning of it, which is as good:
the sender asks how far the upload is and goes on there. The SHA-256 of the whole decides at the end.
"""

import fcntl
import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final
from uuid import UUID

from django.conf import settings

from testamur.kernel.errors import Conflict
from testamur.submissions.storage import Room

IDLE: Final = timedelta(days=1)
_FOLDER: Final = "uploads"
_PIECE: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Upload:
    """One file on its way: what the sender said of it, how many bytes have arrived, whether the submission holds it.

    `size` and `have` in bytes, `sha256` in hex.
    """

    id: UUID
    name: str
    size: int
    sha256: str
    begun_by: UUID
    begun_at: datetime
    have: int
    received: bool

    @property
    def whole(self) -> bool:
        """Say whether every byte has arrived."""
        return self.have == self.size


def begin(room: Room, upload: Upload) -> None:
    """Make the folder of an upload."""
    folder = _folder(room, upload.id)
    folder.mkdir(parents=True, exist_ok=False, mode=0o700)
    about = {
        "name": upload.name,
        "size": upload.size,
        "sha256": upload.sha256,
        "begun_by": str(upload.begun_by),
        "begun_at": upload.begun_at.isoformat(),
    }
    (folder / "bytes").touch(mode=0o600)
    draft = folder / "about.draft"
    draft.write_text(json.dumps(about), encoding="utf-8")
    draft.chmod(0o600)
    draft.rename(folder / "about.json")


def find_upload(room: Room, upload_id: UUID) -> Upload | None:
    """Return an upload and how far it is, None where there is none."""
    folder = _folder(room, upload_id)
    try:
        about = json.loads((folder / "about.json").read_text(encoding="utf-8"))
        received = (folder / "received").exists()
        have = int(about["size"]) if received else (folder / "bytes").stat().st_size
    except (FileNotFoundError, NotADirectoryError):
        return None
    return Upload(
        id=upload_id,
        name=about["name"],
        size=about["size"],
        sha256=about["sha256"],
        begun_by=UUID(about["begun_by"]),
        begun_at=datetime.fromisoformat(about["begun_at"]),
        have=have,
        received=received,
    )


def uploads_in(room: Room) -> list[Upload]:
    """Return the uploads of a submission, the oldest first."""
    folder = room.root / _FOLDER
    names = [entry.name for entry in folder.iterdir()] if folder.is_dir() else []
    found = [one for name in names if (one := find_upload(room, UUID(name))) is not None]
    return sorted(found, key=lambda one: (one.begun_at, str(one.id)))


@contextmanager
def one_at_a_time(room: Room, upload_id: UUID) -> Iterator[None]:
    """Have an upload to oneself; raises Conflict where another request writes to it, and where it is gone."""
    try:
        descriptor = os.open(_folder(room, upload_id) / "about.json", os.O_RDONLY)
    except FileNotFoundError as gone:
        raise Conflict("This upload is gone. Begin it again.") from gone
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError as busy:
        raise Conflict("Another request is writing to this upload. Ask how far it is and go on there.") from busy
    finally:
        os.close(descriptor)


def bytes_of(room: Room, upload_id: UUID) -> Path:
    """Return the file of what has arrived."""
    return _folder(room, upload_id) / "bytes"


def holds(room: Room, upload: Upload, first: int, piece: bytes) -> bool:
    """Say whether these very bytes stand at a place already; of a file that was received nothing can be compared."""
    if upload.received:
        return True
    with bytes_of(room, upload.id).open("rb") as stream:
        stream.seek(first)
        return stream.read(len(piece)) == piece


def add(room: Room, upload_id: UUID, piece: bytes) -> None:
    """Add a piece at the end."""
    with bytes_of(room, upload_id).open("ab") as stream:
        stream.write(piece)


def digest_of(room: Room, upload_id: UUID) -> str:
    """Return the SHA-256, in hex, of what has arrived."""
    digest = hashlib.sha256()
    with bytes_of(room, upload_id).open("rb") as stream:
        while piece := stream.read(_PIECE):
            digest.update(piece)
    return digest.hexdigest()


def empty(room: Room, upload_id: UUID) -> None:
    """Forget what has arrived, so that the upload begins again at its first byte."""
    os.truncate(bytes_of(room, upload_id), 0)


def mark_received(room: Room, upload_id: UUID) -> None:
    """Note that the submission holds the file, and let the bytes go: they lie under their hash now."""
    folder = _folder(room, upload_id)
    (folder / "received").touch(mode=0o600)
    bytes_of(room, upload_id).unlink(missing_ok=True)


def forget(room: Room, upload_id: UUID) -> None:
    """Remove an upload; nothing happens where there is none."""
    shutil.rmtree(_folder(room, upload_id), ignore_errors=True)


def forget_idle(*, at: datetime) -> int:
    """Remove the uploads of every submission to which nothing was added for a day; returns how many."""
    oldest, gone = (at - IDLE).timestamp(), 0
    for folder in Path(settings.UPLOADS_DIR).glob(f"*/{_FOLDER}/*"):
        with suppress(FileNotFoundError):  # removed meanwhile, by its sender or with its submission
            if max(path.stat().st_mtime for path in (folder, *folder.iterdir())) < oldest:
                shutil.rmtree(folder, ignore_errors=True)
                gone += 1
    return gone


def _folder(room: Room, upload_id: UUID) -> Path:
    """Return the folder of an upload."""
    return room.root / _FOLDER / str(upload_id)
