"""What a backup folder holds, and whether it is whole. No database here; commands/backup.py brings that in.

    database.dump      pg_dump in the custom format, of one snapshot
    documents/         the vault, each file under its own SHA-256
    uploads/           what providers lodged and what is kept of it; never a picture of an identity document
    keys/              public keys and certificates; private keys only where asked for
    manifest.json      every file's SHA-256 and size, each table's rows and the log's tree head in that snapshot
    manifest.sha256    the manifest's own SHA-256, as `sha256sum -c` reads it; written last

A folder without its last file is an unfinished backup and is refused as such.
"""

import hashlib
import json
import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

from testamur.kernel.errors import Conflict, Refusal

FORMAT: Final = "testamur-backup/1"
DUMP: Final = "database.dump"
DOCUMENTS, UPLOADS, KEYS = "documents", "uploads", "keys"
MANIFEST: Final = "manifest.json"
MANIFEST_DIGEST: Final = "manifest.sha256"
_PUBLIC_FILES = {"log-keys.txt"}
# The vault's unfinished files, pictures of identity documents and prepared exports: the latter two are deleted within days or
# hours, so no copy is made.
LEFT_OUT: Final = frozenset({"incoming", "identity", "exports"})
_DRAFT = ".copying"
_CHUNK = 1 << 20

Check = dict[str, object]


class Unreadable(Refusal):
    """The folder is no finished backup, or its manifest cannot be read."""


@dataclass(frozen=True, slots=True)
class FileEntry:
    """One file of a backup: its SHA-256 in hex and its size in bytes."""

    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup says of itself. `files` and `keys` are keyed by the path inside the folder; `rows` by table.

    `keys` lists every key file of the site, also those that stayed behind; `tree_size` and `tree_root` are those of the log's
    newest checkpoint in the snapshot (0 and "" before the first).
    """

    made_at: str
    tree_size: int
    tree_root: str
    rows: dict[str, int]
    files: dict[str, FileEntry]
    keys: dict[str, str]
    format: str = field(default=FORMAT)

    def written(self) -> bytes:
        """Return the manifest's bytes."""
        return (json.dumps(asdict(self), indent=1, sort_keys=True) + "\n").encode()


def check(name: str, faults: Iterable[str], good: str) -> Check:
    """Return {"name", "ok", "detail"}: the first fault and how many more, or what was found good."""
    found = list(faults)
    more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
    return {"name": name, "ok": not found, "detail": f"{found[0]}{more}" if found else good}


def is_private(path: Path) -> bool:
    """Say whether a file of the keys folder stays out of a backup unless asked for: all but public keys and certificates."""
    return path.name not in _PUBLIC_FILES and not path.read_bytes().startswith(b"-----BEGIN CERTIFICATE-----")


def files_in(folder: Path, *, leave_out: frozenset[str] = frozenset()) -> Iterator[Path]:
    """Yield every regular file below a folder, in order, without links and without some of its own folders."""
    for here, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not (name in leave_out and Path(here) == folder))
        for name in sorted(names):
            path = Path(here, name)
            if path.is_file() and not path.is_symlink():
                yield path


def entry_of(path: Path) -> FileEntry:
    """Read a file and return its hash and size."""
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as file:
        while piece := file.read(_CHUNK):
            digest.update(piece)
            size += len(piece)
    return FileEntry(digest.hexdigest(), size)


def copy_file(source: Path, target: Path) -> FileEntry:
    """Copy one file, flushed to the disk, for this user only; return what was copied."""
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_name(f".{target.name}{_DRAFT}")
    digest, size = hashlib.sha256(), 0
    with source.open("rb") as reading, draft.open("xb") as writing:
        draft.chmod(0o600)
        while piece := reading.read(_CHUNK):
            digest.update(piece)
            size += len(piece)
            writing.write(piece)
        writing.flush()
        os.fsync(writing.fileno())
    draft.chmod(stat.S_IMODE(source.stat().st_mode) & 0o700)
    draft.rename(target)
    return FileEntry(digest.hexdigest(), size)


def copy_folder(source: Path, target: Path, label: str) -> dict[str, FileEntry]:
    """Copy every file below a folder; return them by `label`/path. Files that vanish meanwhile were temporary."""
    copied = {}
    for path in files_in(source, leave_out=LEFT_OUT):
        name = path.relative_to(source)
        with suppress(FileNotFoundError):
            copied[f"{label}/{name.as_posix()}"] = copy_file(path, target / name)
    return copied


def finish(folder: Path, manifest: Manifest) -> str:
    """Write the manifest and, last, its digest; return the digest in hex."""
    written = manifest.written()
    digest = hashlib.sha256(written).hexdigest()
    for name, content in ((MANIFEST, written), (MANIFEST_DIGEST, f"{digest}  {MANIFEST}\n".encode())):
        with (folder / name).open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    return digest


def manifest_of(folder: Path, *, digest: str | None = None) -> Manifest:
    """Return a finished backup's manifest; raises Unreadable where it is missing, altered or of another format.

    `digest` is the manifest's SHA-256 as it was printed when the backup was made, where that was kept elsewhere.
    """
    try:
        written = (folder / MANIFEST).read_bytes()
        kept = (folder / MANIFEST_DIGEST).read_text().split()[0]
    except (OSError, UnicodeError, IndexError):
        raise Unreadable(f"{folder} is no finished backup: {MANIFEST} or {MANIFEST_DIGEST} is missing.") from None
    found = hashlib.sha256(written).hexdigest()
    if found != kept or found != (digest or kept):
        raise Unreadable(f"{folder / MANIFEST} has changed since the backup was made. Take another backup.")
    try:
        read: dict[str, Any] = json.loads(written)
        if read["format"] != FORMAT:
            raise Unreadable(f"{folder} is a backup of the format {read['format']!r}; this version reads {FORMAT!r}.")
        files = {name: FileEntry(**entry) for name, entry in read.pop("files").items()}
        return Manifest(files=files, **read)
    except (ValueError, TypeError, KeyError, AttributeError):
        raise Unreadable(f"{folder / MANIFEST} is no manifest of a backup.") from None


def check_files(folder: Path, manifest: Manifest) -> Check:
    """Read every file of a backup again and compare it with the manifest; a file that the manifest lacks is a fault too."""
    found = {path.relative_to(folder).as_posix(): path for path in files_in(folder)}
    faults = [f"{name} is missing" for name in sorted(manifest.files.keys() - found.keys())]
    strangers = found.keys() - manifest.files.keys() - {MANIFEST, MANIFEST_DIGEST}
    faults += [f"{name} is not in the manifest" for name in sorted(strangers)]
    faults += [
        f"{name} has changed"
        for name, entry in sorted(manifest.files.items())
        if name in found and entry_of(found[name]) != entry
    ]
    if DUMP not in manifest.files:
        faults.append(f"{DUMP} is not in the manifest")
    return check("files", faults, f"{len(manifest.files)} files are as they were copied")


def put_back(folder: Path, manifest: Manifest, label: str, target: Path) -> None:
    """Copy one part of a checked backup to where the site keeps it; a file that is there already, the same, stays.

    Raises Conflict, before anything is written, where the target holds a file that the backup lacks or has otherwise.
    """
    wanted = {
        name.removeprefix(f"{label}/"): entry for name, entry in manifest.files.items() if name.startswith(f"{label}/")
    }
    there = {path.relative_to(target).as_posix(): path for path in files_in(target, leave_out=LEFT_OUT)}
    for name in [name for name, path in there.items() if path.name.startswith(".") and path.name.endswith(_DRAFT)]:
        there.pop(name).unlink()  # of a restore that was killed
    for name, path in there.items():
        if wanted.get(name) != entry_of(path):
            raise Conflict(f"{target} already holds {name}, which is not the backup's. Restore into an empty folder.")
    target.mkdir(parents=True, exist_ok=True)
    for name, entry in wanted.items():
        if name not in there and copy_file(folder / label / name, target / name) != entry:
            raise Unreadable(f"{label}/{name} changed while it was copied. Check the disk, and restore again.")


def refuse_other_keys(manifest: Manifest, target: Path) -> None:
    """Raise Conflict where the keys folder holds a key of the same name that is another one."""
    for name, sha256 in manifest.keys.items():
        path = target / name.removeprefix(f"{KEYS}/")
        if path.is_file() and entry_of(path).sha256 != sha256:
            raise Conflict(f"{path} is another key than the backup's. Set TESTAMUR_KEYS to the right folder.")


def put_keys_back(folder: Path, manifest: Manifest, target: Path) -> Check:
    """Copy the keys that are in the backup and not in place; say which of the site's keys are still missing."""
    missing = []
    for name in sorted(manifest.keys):
        path = target / name.removeprefix(f"{KEYS}/")
        if not path.is_file() and name in manifest.files:
            copy_file(folder / name, path)
        elif not path.is_file():
            missing.append(f"{path.name} is missing: bring it from the key backup into {path.parent}")
    return check("keys", missing, f"{len(manifest.keys)} key files are in place")
