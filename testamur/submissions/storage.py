"""Where a submission's bytes lie: one folder each under UPLOADS_DIR, readable by the site's own user only.

    files/<sha256>      the provider's files as they arrived, each under its hash
    runs/<run>/         what one check found: findings, checked rows, the files that it read
    drafts/<run>/       the same while the check is at work; left over by a killed worker, removed by the next one
    uploads/<id>/       a file that arrives in pieces (chunks.py), until it is whole or nobody goes on
    kept/               after 30 days: the checked rows without contact and background details (settled 1)
    progress.json       how far the check or the sealing is

A file has its name only once it is whole: it is written beside, flushed to the disk and renamed.
"""

import hashlib
import os
import secrets
import shutil
import tempfile
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO
from uuid import UUID

from django.conf import settings

_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class KeptBytes:
    """What was kept: its SHA-256 in hex and its size in bytes."""

    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class Room:
    """The folder of one submission."""

    root: Path

    def file(self, sha256: str) -> Path:
        """Return where the provider's file of a hash lies."""
        return self.root / "files" / sha256

    def run(self, run: UUID) -> Path:
        """Return the folder of a finished check."""
        return self.root / "runs" / str(run)

    @property
    def kept(self) -> Path:
        """Return the folder of what stays for 30 years."""
        return self.root / "kept"

    @property
    def progress(self) -> Path:
        """Return the file that says how far the work is."""
        return self.root / "progress.json"

    def keep(self, source: BinaryIO) -> KeptBytes:
        """Write an open file under its hash, in pieces, whole or not at all."""
        incoming = _folder(self.root / "incoming")
        _folder(self.root / "files")
        draft = incoming / secrets.token_hex(16)
        digest, size = hashlib.sha256(), 0
        try:
            descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
            with os.fdopen(descriptor, "wb") as target:
                for piece in _pieces(source):
                    digest.update(piece)
                    size += len(piece)
                    target.write(piece)
                target.flush()
                os.fsync(target.fileno())
            kept = KeptBytes(digest.hexdigest(), size)
            draft.rename(self.file(kept.sha256))
            flush_folder(self.root / "files")
        finally:
            draft.unlink(missing_ok=True)
        return kept

    def new_draft(self, run: UUID) -> Path:
        """Return a fresh folder for a check at work; what an earlier one left behind goes."""
        drafts = _folder(self.root / "drafts")
        for left in drafts.iterdir():
            shutil.rmtree(left, ignore_errors=True)
        return _folder(drafts / str(run))

    def finish(self, draft: Path, run: UUID) -> None:
        """Give a finished check its place: every file flushed to the disk, then the folder renamed."""
        for path in draft.rglob("*"):
            if path.is_file():
                flush_file(path)
        target = _folder(self.root / "runs") / str(run)
        draft.rename(target)
        flush_folder(target.parent)

    def remove_other_runs(self, run: UUID | None) -> None:
        """Remove the folders of all checks but one."""
        runs = self.root / "runs"
        for folder in runs.iterdir() if runs.is_dir() else ():
            if folder.name != str(run):
                shutil.rmtree(folder, ignore_errors=True)

    def forget_files(self, sha256s: Iterable[str]) -> None:
        """Remove some of the provider's files."""
        for sha256 in sha256s:
            self.file(sha256).unlink(missing_ok=True)

    def remove_all_but_kept(self) -> None:
        """Remove everything except what stays for 30 years."""
        for entry in self.root.iterdir() if self.root.is_dir() else ():
            if entry != self.kept and entry.is_dir():
                shutil.rmtree(entry)
            elif entry.is_file():
                entry.unlink()

    def remove(self) -> None:
        """Remove the whole folder; nothing happens where there is none."""
        with suppress(FileNotFoundError):
            shutil.rmtree(self.root)


def left_behind(known: Collection[str], *, before: datetime) -> list[Path]:
    """Return folders named like a submission that is not known, and temporary uploads, last changed before a moment."""
    folder = Path(settings.UPLOADS_DIR)
    entries = folder.iterdir() if folder.is_dir() else ()
    return [
        path
        for path in entries
        if path.name not in known
        and (path.suffix == ".upload" if path.is_file() else _is_number(path.name))
        and path.stat().st_mtime < before.timestamp()
    ]


def _is_number(name: str) -> bool:
    """Say whether a folder's name is a submission's number."""
    try:
        return str(UUID(name)) == name
    except ValueError:
        return False


def room_of(submission_id: UUID) -> Room:
    """Return the folder of a submission; it is made when something is first kept in it."""
    return Room(Path(settings.UPLOADS_DIR) / str(submission_id))


@contextmanager
def workplace(room: Room) -> Iterator[Path]:
    """Have a folder inside a submission's own for as long as one unpacks into it."""
    work = Path(tempfile.mkdtemp(prefix="work-", dir=_folder(room.root / "drafts")))
    try:
        yield work
    finally:
        shutil.rmtree(work, ignore_errors=True)


def flush_file(path: Path) -> None:
    """Make a file's bytes durable."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def flush_folder(path: Path) -> None:
    """Make a folder's entries durable."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _folder(path: Path) -> Path:
    """Return a folder, made now where it is missing, for this user only."""
    for place in (path.parent, path):
        place.mkdir(parents=True, exist_ok=True, mode=0o700)
    return path


def _pieces(source: BinaryIO) -> Iterator[bytes]:
    """Yield an open file in pieces of one MiB, from its start."""
    source.seek(0)
    while piece := source.read(_CHUNK):
        yield piece
