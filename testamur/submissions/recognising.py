"""Which formats some files look like, by their names and first bytes, so that a wrong choice is named with the likelier one.

A format that is named here says only that it would find something of its own; whether the files are right is for its check.
"""

import zipfile
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, BinaryIO, Final

from testamur.submissions.avetmiss.naming import kind_of
from testamur.submissions.bundles import DAMAGED, BundleFile
from testamur.submissions.certificates import spreadsheet
from testamur.submissions.certificates.checking import named_columns
from testamur.submissions.cqr.reading import version_of
from testamur.submissions.formats import FileFormat
from testamur.submissions.naming import name_of

_HEAD: Final = 4096
_MOST_ENTRIES: Final = 200
_ENOUGH: Final = 4
_NOWHERE: Final = Path("nowhere")


@dataclass(frozen=True, slots=True)
class Looked:
    """One file as far as it was looked at: its name, and how its text begins."""

    name: str
    head: str


def formats_like(files: Iterable[tuple[str, BinaryIO | Path]]) -> frozenset[str]:
    """Return the names of the formats that would find something of their own among files, given by name and bytes.

    Streams are left where they were. Archives are looked into, never unpacked.
    """
    return frozenset(name for sent, source in files for file in _look(sent, source) for name in _formats_of(file))


def none_here(form: FileFormat, files: Iterable[tuple[str, BinaryIO | Path]], offered: Collection[FileFormat]) -> str:
    """Return the answer to files among which a format finds none, naming the one offered format that they look like."""
    looks = formats_like(files)
    like = [other for other in offered if other.name in looks and other is not form]
    if len(like) != 1:
        return form.none_here
    return f"{form.none_here} These files look like “{like[0].title}” ({like[0].name})."


def _formats_of(file: Looked) -> Iterator[str]:
    """Yield the formats that one file looks like."""
    named = BundleFile(file.name, _NOWHERE, 0)
    lines = file.head.splitlines()
    first = lines[0] if lines else ""
    is_nat = kind_of(named)[0] is not None
    if is_nat:
        yield "avetmiss8"
    if version_of(first.strip().strip('"')) is not None:
        yield "cqr2"
    if file.name.lower().endswith(spreadsheet.SUFFIXES) or named_columns(first) >= _ENOUGH:
        yield "certificates"
    teqsa = name_of(named)
    if (teqsa.kind in ("studentrecords", "studentresults") or teqsa.student_code) and not is_nat:
        yield "teqsa"


def _look(name: str, source: BinaryIO | Path) -> list[Looked]:
    """Look at one file, or at what an archive holds; what cannot be opened has no text."""
    if name.lower().endswith(spreadsheet.SUFFIXES):
        return [Looked(name, "")]
    with _opened(source) as stream:
        head = stream.read(_HEAD)
        if not head.startswith(b"PK\x03\x04"):
            return [Looked(name, _text(head))]
        stream.seek(0)
        try:
            with zipfile.ZipFile(stream) as archive:
                return [_entry(archive, entry) for entry in archive.infolist()[:_MOST_ENTRIES] if not entry.is_dir()]
        except DAMAGED:
            return []


def _entry(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> Looked:
    """Look at the beginning of one file of an archive."""
    try:
        with archive.open(entry) as stream:
            return Looked(entry.filename, _text(stream.read(_HEAD)))
    except DAMAGED:
        return Looked(entry.filename, "")


def _text(head: bytes) -> str:
    """Return the first bytes of a file as text."""
    wide = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}.get(head[:2])
    return head.decode(wide or "utf-8", "replace").lstrip("\ufeff")


@contextmanager
def _opened(source: BinaryIO | Path) -> Iterator[IO[bytes]]:
    """Open a file by its path, or read a stream and put it back to where it was."""
    if isinstance(source, Path):
        with source.open("rb") as stream:
            yield stream
        return
    before = source.tell()
    source.seek(0)
    try:
        yield source
    finally:
        source.seek(before)
