"""Read a text file once, in pieces: its hash, its encoding, and the first place where something is wrong with it.

A file is UTF-8 (with or without a mark at its start); or wholly Windows-1252; or refused. A file that holds both
valid UTF-8 sequences and bytes that are none is mixed: reading it as Windows-1252 would quietly spoil names for ever,
so it is refused whatever the sender says.
"""

import codecs
import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Literal

Encoding = Literal["utf-8", "cp1252"]

_CHUNK = 1 << 20
_UNDEFINED = re.compile(rb"[\x81\x8d\x8f\x90\x9d]")
# Leads 0xC7-0xCB are left out: Ç, È, É, Ê, Ë before a typographic sign are common in Windows-1252 capitals.
_SEQUENCE = re.compile(
    rb"[\xc2-\xc6\xcc-\xdf][\x80-\xbf]|[\xe1-\xef][\x80-\xbf]{2}|\xe0[\xa0-\xbf][\x80-\xbf]|[\xf0-\xf4][\x80-\xbf]{3}"
)
_WIDE_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_BE)


@dataclass(frozen=True, slots=True)
class Scan:
    """What one pass over a file found.

    `encoding` is None where the file cannot be read as text; `problem` then names the case of bundle.toml (also
    `cp1252`, a warning, where Windows-1252 was assumed). `line` and `other` are physical lines, the first is 1.
    `newline` is the byte that ends lines; `end` the offset behind the last byte that
    is not a line end; `start` the offset behind a UTF-8 mark.
    """

    sha256: str
    size: int
    encoding: Encoding | None
    problem: str | None = None
    line: int | None = None
    other: int | None = None
    newline: bytes = b"\n"
    end: int = 0
    start: int = 0


@dataclass
class _Pass:
    """What the first pass gathers."""

    size: int = 0
    feeds: bool = False
    returns: bool = False
    nul_at: int | None = None
    bad_at: int | None = None
    end: int = 0
    head: bytes = b""


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file as hexadecimal digits."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def scan(path: Path, confirmed: Encoding | None = None) -> Scan:
    """Scan a file. `confirmed` is the encoding that the sender confirmed for files that are not UTF-8."""
    digest = hashlib.sha256()
    found = _Pass()
    with path.open("rb") as stream:
        _first_pass(stream, digest, found)
        sha, start = digest.hexdigest(), 3 if found.head.startswith(codecs.BOM_UTF8) else 0
        newline = b"\r" if found.returns and not found.feeds else b"\n"

        def answer(
            encoding: Encoding | None, problem: str | None = None, line: int | None = None, other: int | None = None
        ) -> Scan:
            return Scan(sha, found.size, encoding, problem, line, other, newline, max(found.end, start), start)

        if found.head.startswith(_WIDE_MARKS):
            return answer(None, "utf16")
        if found.nul_at is not None:
            return answer(None, "nul", _line_at(stream, found.nul_at))
        if found.bad_at is None:
            return answer("utf-8")
        bad_line = _line_at(stream, found.bad_at)
        if confirmed == "utf-8":
            return answer(None, "not_utf8", bad_line)
        return answer(*_judge_bytes(stream, bad_line, confirmed))


def _line_at(stream: BinaryIO, offset: int) -> int:
    """Return the physical line, from 1, that holds the byte at an offset."""
    stream.seek(0)
    line, left = 1, offset
    while left > 0 and (chunk := stream.read(min(_CHUNK, left))):
        line += chunk.count(b"\n")
        left -= len(chunk)
    return line


def _first_pass(stream: BinaryIO, digest: "hashlib._Hash", found: _Pass) -> None:
    """Hash the file, look for NUL bytes, and decode whatever is not plain ASCII."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    clean = True
    while chunk := stream.read(_CHUNK):
        digest.update(chunk)
        found.head = found.head or chunk[:4]
        if found.nul_at is None and b"\0" in chunk:
            found.nul_at = found.size + chunk.index(b"\0")
        if found.bad_at is None and not (clean and chunk.isascii()):
            try:
                decoder.decode(chunk)
                clean = not decoder.getstate()[0]
            except UnicodeDecodeError as error:
                found.bad_at = found.size + error.start - (len(error.object) - len(chunk))
        found.feeds = found.feeds or b"\n" in chunk
        found.returns = found.returns or b"\r" in chunk
        stripped = len(chunk.rstrip(b"\r\n"))
        found.end = found.size + stripped if stripped else found.end
        found.size += len(chunk)
    if found.bad_at is None and not clean:
        found.bad_at = found.size - 1


def _judge_bytes(
    stream: BinaryIO, bad_line: int, confirmed: Encoding | None
) -> tuple[Encoding | None, str | None, int | None, int | None]:
    """Tell Windows-1252 from a mixture: encoding, problem, line that is not UTF-8, line that is."""
    stream.seek(0)
    first_sequence = first_undefined = None
    line, carry = 1, b""
    while chunk := stream.read(_CHUNK):
        block = carry + chunk
        cut = max(block.rfind(b"\n") + 1, block.rfind(b"\r") + 1) or len(block)
        block, carry = block[:cut], block[cut:]
        line, first_sequence, first_undefined = _look(block, line, first_sequence, first_undefined)
    _, first_sequence, first_undefined = _look(carry, line, first_sequence, first_undefined)
    if first_sequence is not None:
        return None, "mixed", bad_line, first_sequence
    if first_undefined is not None:
        return None, "undecodable", first_undefined, None
    return "cp1252", None if confirmed == "cp1252" else "cp1252", bad_line, None


def _look(block: bytes, line: int, sequence: int | None, undefined: int | None) -> tuple[int, int | None, int | None]:
    """Look for the first UTF-8 sequence and the first byte that Windows-1252 does not define in whole lines."""
    body = block[3:] if line == 1 and block.startswith(codecs.BOM_UTF8) else block
    offset = len(block) - len(body)
    if sequence is None and (match := _SEQUENCE.search(body)):
        sequence = line + block.count(b"\n", 0, match.start() + offset)
    if undefined is None and (match := _UNDEFINED.search(body)):
        undefined = line + block.count(b"\n", 0, match.start() + offset)
    return line + block.count(b"\n"), sequence, undefined
