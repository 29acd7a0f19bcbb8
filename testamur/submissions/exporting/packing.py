"""An export as one zip, made while it is read: the main file as it is written, then the smaller ones, then what is not in it.

What stands beside the main file waits in a folder that the caller gives and removes. Names of files hold no personal data.
"""

import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from testamur.submissions.exporting.reading import HeldStudent

_PIECE = 1 << 20
README = "READ ME.txt"


@dataclass(frozen=True, slots=True)
class Organisation:
    """Whose export it is: the provider's name, its code with its regulator (RTO number or TEQSA id), and the local day."""

    name: str
    code: str
    on: str


class Writer(Protocol):
    """Writes one export: the main file piece by piece, and what stands beside it once every student was given."""

    main: str

    def head(self) -> bytes:
        """Return how the main file begins."""

    def students(self, students: list[HeldStudent]) -> bytes:
        """Return some students' part of the main file."""

    def rest(self) -> Iterator[tuple[str, Path]]:
        """Yield the other files by name, and where they lie."""

    def close(self) -> None:
        """Close what is open."""


class _Outbox(io.RawIOBase):
    """Takes what a zip writes and hands it on; it cannot go back, so the zip never asks it to."""

    def __init__(self) -> None:
        super().__init__()
        self.waiting = bytearray()

    def writable(self) -> bool:
        """Say that it takes bytes."""
        return True

    def write(self, data: object) -> int:
        """Take bytes."""
        piece = bytes(data)  # type: ignore[call-overload]
        self.waiting += piece
        return len(piece)

    def taken(self) -> bytes:
        """Return what was written since the last call."""
        piece = bytes(self.waiting)
        self.waiting.clear()
        return piece


def packed(writer: Writer, parts: Iterator[list[HeldStudent]], *, about: str, at: datetime) -> Iterator[bytes]:
    """Yield the bytes of the zip; `about` says what is in it and what is not. The writer is closed at the end."""
    out = _Outbox()
    try:
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            with archive.open(_named(writer.main, at), "w", force_zip64=True) as member:
                member.write(writer.head())
                for students in parts:
                    member.write(writer.students(students))
                    yield out.taken()
            for name, content in writer.rest():
                with archive.open(_named(name, at), "w", force_zip64=True) as member, content.open("rb") as stream:
                    while piece := stream.read(_PIECE):
                        member.write(piece)
                        yield out.taken()
            archive.writestr(_named(README, at), about)
        yield out.taken()
    finally:
        writer.close()


def _named(name: str, at: datetime) -> zipfile.ZipInfo:
    """Return an entry of the archive, dated by the export's own moment."""
    entry = zipfile.ZipInfo(name, at.timetuple()[:6])
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = 0o600 << 16
    return entry
