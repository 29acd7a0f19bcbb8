"""Open what a provider sends (a folder, a zip, files) as one Bundle of regular files, whatever the sender put in.

Archives are judged twice: by their central directory before anything is read, and by the bytes that really come out
while they are unpacked. Files are unpacked under numbers, never under their own names. Nothing is ever inflated past the
limits, so a bomb costs at most the allowed bytes. Faults become problems (kinds of layouts/<format>/bundle.toml), not
exceptions; only a PATH that does not exist raises.
"""

import errno
import lzma
import os
import shutil
import stat
import struct
import tempfile
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from types import TracebackType
from typing import NoReturn

_CHUNK = 1 << 20
_ARCHIVES = (".zip", ".7z", ".rar", ".gz", ".tgz", ".tar", ".bz2", ".xz", ".zst")
_WORKBOOKS = (".xlsx", ".xlsm", ".ods")  # zip archives by their bytes, single files by what they are
_ZIP_SIGNATURES = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
_SYSTEM_FOLDERS = {"__MACOSX"}
DAMAGED = (
    zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error, EOFError, NotImplementedError, RuntimeError, ValueError,
    LookupError, OSError,
)  # fmt: skip


class Unreadable(Exception):
    """PATH is missing, or is nothing that can be opened as files or an archive. The command ends with exit code 2."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What an archive may hold: bytes of all files and of one, the number of files, and bytes out for one byte in."""

    total_bytes: int = 8 << 30
    file_bytes: int = 4 << 30
    entries: int = 1_000_000
    ratio: int = 200
    ratio_from: int = 8 << 20


@dataclass(frozen=True, slots=True)
class BundleFile:
    """One regular file: its name inside the bundle (with `/`), where its bytes lie, and its size."""

    name: str
    path: Path
    size: int

    @property
    def basename(self) -> str:
        """Return the last part of the name."""
        return self.name.rsplit("/", 1)[-1]


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong with a file as a whole before anything was read from it."""

    kind: str
    file: str


@dataclass
class Bundle(AbstractContextManager["Bundle"]):
    """The files of one submission, sorted by name, and what was wrong with their wrapping.

    Use it as a context manager: leaving it removes whatever was unpacked.
    """

    files: list[BundleFile] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    unpacked: Path | None = None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Remove the folder of unpacked files."""
        self.close()

    def close(self) -> None:
        """Remove the folder of unpacked files; safe to call twice."""
        if self.unpacked is not None:
            shutil.rmtree(self.unpacked, ignore_errors=True)
            self.unpacked = None


class _Refused(Exception):
    """An archive is refused; `kind` is the case of bundle.toml."""

    def __init__(self, kind: str) -> None:
        super().__init__(kind)
        self.kind = kind


def open_bundle(paths: Sequence[Path], *, limits: Limits | None = None, workdir: Path | None = None) -> Bundle:
    """Open a folder, a zip, or several files as one bundle.

    `workdir` is where an archive is unpacked (a fresh folder in it; default: the system's). Raises Unreadable where a
    path does not exist or an only path named .zip is no archive at all.
    """
    bundle = Bundle()
    try:
        for path in paths:
            _add(bundle, path, limits or Limits(), workdir)
    except BaseException:
        bundle.close()
        raise
    bundle.files.sort(key=lambda file: file.name)
    return bundle


def _add(bundle: Bundle, path: Path, limits: Limits, workdir: Path | None) -> None:
    """Add what one PATH holds."""
    if not path.exists():
        raise Unreadable(f"{path.name or path}: there is no such file or folder.")
    if path.is_dir():
        for file, link in _walk(path):
            _add_found(bundle, file, link)
    elif not path.is_file():
        raise Unreadable(f"{path.name}: neither a file nor a folder.")
    elif _is_zip(path) and path.suffix.lower() not in _WORKBOOKS:
        _add_archive(bundle, path, limits, workdir)
    elif path.suffix.lower() == ".zip":
        raise Unreadable(f"{path.name}: this is not a zip archive.")
    else:
        bundle.files.append(BundleFile(_clean(path.name), path, path.stat().st_size))


def _add_found(bundle: Bundle, file: BundleFile, link: bool) -> None:
    """Add one file of a folder; links and archives are named and left closed."""
    if link:
        bundle.problems.append(Problem("stray", file.name))
        return
    bundle.files.append(file)
    if file.name.lower().endswith(_ARCHIVES) and _in_the_way(file.name):
        bundle.problems.append(Problem("nested", file.name))


def _in_the_way(name: str) -> bool:
    """Say whether a path belongs to the provider's files rather than to a desktop's own folders."""
    return not _SYSTEM_FOLDERS.intersection(name.split("/"))


def _walk(folder: Path) -> Iterator[tuple[BundleFile, bool]]:
    """Yield every regular file below a folder and whether it is a link; links are never followed.

    A folder that cannot be listed raises its OSError: files that nobody could see are not passed over in silence.
    """
    for root, folders, names in os.walk(folder, followlinks=False, onerror=_raise):
        folders.sort()
        for name in sorted([*names, *(inner for inner in folders if (Path(root) / inner).is_symlink())]):
            path = Path(root) / name
            inside = _clean(path.relative_to(folder).as_posix())
            if path.is_symlink():
                yield BundleFile(inside, path, 0), True
            elif path.is_file():
                yield BundleFile(inside, path, path.stat().st_size), False


def _raise(error: OSError) -> NoReturn:
    """Raise what os.walk would keep to itself."""
    raise error


def _clean(name: str) -> str:
    """Return a name that can be printed and written as JSON, whatever bytes the file system held."""
    plain = name.encode("utf-8", "replace").decode("utf-8")
    return "".join(sign if sign.isprintable() else "\ufffd" for sign in plain)


def _is_zip(path: Path) -> bool:
    """Say whether a file begins as a zip archive does."""
    with path.open("rb") as stream:
        return stream.read(4) in _ZIP_SIGNATURES


def _add_archive(bundle: Bundle, path: Path, limits: Limits, workdir: Path | None) -> None:
    """Unpack an archive into the bundle, or add it closed together with the reason why."""
    target = Path(tempfile.mkdtemp(prefix="bundle-", dir=workdir))
    try:
        files = _unpack(path, target, limits)
    except _Refused as refused:
        shutil.rmtree(target, ignore_errors=True)
        name = _clean(path.name)
        bundle.files.append(BundleFile(name, path, path.stat().st_size))
        bundle.problems.append(Problem(refused.kind, name))
        return
    if bundle.unpacked is not None:
        shutil.rmtree(target, ignore_errors=True)
        raise Unreadable("Give one archive at a time.")
    bundle.unpacked = target
    for file in files:
        _add_found(bundle, file, link=False)


def _unpack(path: Path, target: Path, limits: Limits) -> list[BundleFile]:
    """Unpack every file of an archive under numbers into a folder; raise _Refused for any fault."""
    try:
        with zipfile.ZipFile(path) as archive:
            entries = [entry for entry in archive.infolist() if not entry.is_dir()]
            _judge_directory(archive.infolist(), path.stat().st_size, limits)
            left = limits.total_bytes
            files = []
            for number, entry in enumerate(entries):
                size = _unpack_one(archive, entry, target / f"{number:07d}", min(left, limits.file_bytes), limits)
                left -= size
                files.append(BundleFile(_clean(entry.filename), target / f"{number:07d}", size))
            return files
    except _Refused:
        raise
    except DAMAGED as error:
        if is_machines_own(error):
            raise
        raise _Refused("zip_damaged") from None


def is_machines_own(error: Exception) -> bool:
    """Say whether an error while an archive is read is the machine's trouble (no space, no right) and not the archive's.

    A directory that sends the reader to a place before the file's start is answered with EINVAL: the archive's fault.
    """
    return isinstance(error, OSError) and error.errno not in (None, errno.EINVAL)


def _judge_directory(entries: list[zipfile.ZipInfo], packed: int, limits: Limits) -> None:
    """Refuse an archive for what its own directory says; nothing has been unpacked yet."""
    files = [entry for entry in entries if not entry.is_dir()]
    names = [entry.filename for entry in files]
    if len(entries) > limits.entries or len(set(names)) != len(names):
        raise _Refused("zip_entries")
    if any(_unsafe_path(entry) for entry in entries):
        raise _Refused("zip_path")
    if any(_is_special(entry) for entry in entries):
        raise _Refused("zip_link")
    if any(entry.flag_bits & 0x1 for entry in files):
        raise _Refused("zip_encrypted")
    if any(name.lower().endswith(_ARCHIVES) and _in_the_way(name) for name in names):
        raise _Refused("nested")
    if any(entry.compress_size > entry.file_size * 1.01 + 1024 for entry in files):
        raise _Refused("zip_damaged")  # more is packed than the directory says will come out
    total = sum(entry.file_size for entry in files)
    if total > limits.total_bytes or any(entry.file_size > limits.file_bytes for entry in files):
        raise _Refused("zip_bomb")
    if total > limits.ratio_from and total > packed * limits.ratio:
        raise _Refused("zip_bomb")


def _unsafe_path(entry: zipfile.ZipInfo) -> bool:
    """Say whether an entry's path is absolute, leads upward, is empty, or means different things to different readers."""
    name = entry.orig_filename
    path = PurePosixPath(name)
    drive = len(name) > 1 and name[1] == ":"
    return not name.strip("/") or path.is_absolute() or ".." in path.parts or "\\" in name or "\0" in name or drive


def _is_special(entry: zipfile.ZipInfo) -> bool:
    """Say whether an entry is a symbolic link, a device or a pipe."""
    kind = stat.S_IFMT(entry.external_attr >> 16)
    return kind not in (0, stat.S_IFREG, stat.S_IFDIR)


def _unpack_one(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, target: Path, allowed: int, limits: Limits) -> int:
    """Write one entry and return its size; refuse as soon as more comes out than is allowed or than was put in."""
    size = 0
    by_ratio = max(limits.ratio_from, entry.compress_size * limits.ratio)
    with archive.open(entry) as source, target.open("wb") as out:
        while chunk := source.read(_CHUNK):
            size += len(chunk)
            if size > allowed or size > by_ratio:
                raise _Refused("zip_bomb")
            out.write(chunk)
    return size
