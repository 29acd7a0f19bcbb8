"""Where prepared exports lie until they are fetched or their hours are over: UPLOADS_DIR/exports, for the site's own user only.

    <id>/export.zip         the archive, under this name only once it is whole
    <id>/students.parquet   the numbers of the students who are in it, each of whom is told of every download
    <id>/progress.json      how far the worker is
    <id>/draft/             what a worker at work has written; what a killed one left, the next one removes
    work-…/                 the same for an export that is sent while it is made

No backup holds any of it: a copy would outlive the hours for which an export is kept.
"""

import hashlib
import shutil
import tempfile
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Final
from uuid import UUID

import polars as pl
from django.conf import settings

from testamur.submissions.storage import KeptBytes, flush_file, flush_folder

FOLDER: Final = "exports"  # left out of backups by this name
_STUDENTS: Final = "students.parquet"
_OWNER_ONLY: Final = 0o600


@dataclass(frozen=True, slots=True)
class Place:
    """The folder of one prepared export."""

    root: Path

    @property
    def archive(self) -> Path:
        """Return where the whole archive lies."""
        return self.root / "export.zip"

    @property
    def progress(self) -> Path:
        """Return the file that says how far the worker is."""
        return self.root / "progress.json"

    def new_draft(self) -> Path:
        """Return an empty folder for a worker; what an earlier one left behind goes."""
        draft = self.root / "draft"
        shutil.rmtree(draft, ignore_errors=True)
        return _private(draft)

    def keep(self, pieces: Iterable[bytes], students: Sequence[int], draft: Path) -> KeptBytes:
        """Write the archive and who is in it, durably and whole; return the archive's SHA-256 and size."""
        digest, size, whole = hashlib.sha256(), 0, draft / "whole"
        with whole.open("wb") as target:
            for piece in pieces:
                digest.update(piece)
                size += len(piece)
                target.write(piece)
        numbers = draft / _STUDENTS
        pl.DataFrame({"student_id": pl.Series(students, dtype=pl.Int64)}).write_parquet(numbers)
        for path, name in ((numbers, _STUDENTS), (whole, self.archive.name)):
            path.chmod(_OWNER_ONLY)
            flush_file(path)
            path.rename(self.root / name)
        flush_folder(self.root)
        return KeptBytes(digest.hexdigest(), size)

    def remove_draft(self) -> None:
        """Remove what a worker no longer needs."""
        shutil.rmtree(self.root / "draft", ignore_errors=True)
        self.progress.unlink(missing_ok=True)

    def students(self) -> list[int]:
        """Return the numbers of the students in the archive; raises FileNotFoundError where it is gone."""
        return pl.read_parquet(self.root / _STUDENTS)["student_id"].to_list()

    def open(self) -> BinaryIO:
        """Open the archive, which stays readable should it be removed meanwhile; raises FileNotFoundError."""
        return self.archive.open("rb")

    def remove(self) -> None:
        """Remove everything; nothing happens where there is nothing."""
        shutil.rmtree(self.root, ignore_errors=True)


def place_of(export_id: UUID) -> Place:
    """Return the folder of a prepared export; it is made when something is first written there."""
    return Place(_shelf() / str(export_id))


@contextmanager
def workplace() -> Iterator[Path]:
    """Have a folder for as long as an export is sent while it is made."""
    with tempfile.TemporaryDirectory(prefix="work-", dir=_private(_shelf())) as folder:
        yield Path(folder)


def sweep(known: Collection[str], *, before: datetime) -> None:
    """Remove the folders of no known export and of killed processes, last changed before a moment."""
    for path in _shelf().iterdir() if _shelf().is_dir() else ():
        with suppress(FileNotFoundError):  # gone meanwhile, with whoever wrote there
            if path.name not in known and path.stat().st_mtime < before.timestamp():
                shutil.rmtree(path)


def _private(folder: Path) -> Path:
    """Return a folder, made now where it is missing with those above it, for this user only."""
    for place in (*reversed(folder.parents), folder):
        place.mkdir(exist_ok=True, mode=0o700)
    return folder


def _shelf() -> Path:
    """Return the folder of all exports."""
    return Path(settings.UPLOADS_DIR) / FOLDER
