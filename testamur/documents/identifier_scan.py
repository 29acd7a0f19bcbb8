"""The scan before the seal: a student's national identifier may stand nowhere in an artefact (USI-05, CS 12(1)(a)). Pure.

It looks for the one identifier that must not be there, in any case, any width of characters, and whatever stands between its
letters and digits that is neither: in the bytes of the file, in every stream once unpacked, in every text object and key, in the
text that readers see, in metadata, in attachments and what these pack in base64, in what the QR code says, and in the file's name.
"""

import base64
import binascii
import re
import unicodedata
import zlib
from collections.abc import Collection, Iterator, Mapping
from io import BytesIO
from typing import Final
from urllib.parse import unquote_to_bytes

import pikepdf

from testamur.documents.reading import body_text
from testamur.kernel.verdict import Finding, Severity

_RULE: Final = "USI-05"
_SOURCE: Final = "USI-05; CS 12(1)(a)"
_UNREADABLE: Final = "unreadable"
_FILE: Final = "the bytes of the file"
_STREAM: Final = "a stream of the file"
_DRAWN: Final = (_FILE, _STREAM)
_SKIPPED: Final = bytes(byte for byte in range(256) if not (byte < 0x80 and chr(byte).isalnum()))
_PACKED: Final = re.compile(rb"[A-Za-z0-9+/_-]{12,}={0,2}")
_HEX: Final = re.compile(rb"(?:[0-9A-Fa-f]{2}){10,}")
_DEEPEST: Final = 3


def scan_for_identifiers(
    pdf: bytes,
    identifiers: Collection[str],
    *,
    file_name: str,
    payloads: Mapping[str, str | bytes] | None = None,
) -> tuple[Finding, ...]:
    """Return a finding for every place where one of a student's identifiers stands; an empty tuple lets it be sealed.

    `payloads` are further texts that go with the artefact, by the name of their place: what its QR code says, its
    credential, the text of its mail. Findings name the place and never the identifier. What cannot be read is a finding too.
    """
    needles = [_pressed(one) for one in identifiers if _pressed(one)]
    if not needles:
        return ()
    places: dict[str, None] = {}
    for place, found in _places(pdf, file_name, payloads or {}):
        if place not in places and (place.startswith(_UNREADABLE) or _holds(found, needles, place)):
            places[place] = None
    return tuple(_finding(place) for place in places)


def _pressed(found: str | bytes) -> bytes:
    """Return the letters and digits alone, in one case: of text, and of bytes with one or two of them a character."""
    data = unicodedata.normalize("NFKC", found).encode() if isinstance(found, str) else found
    return data.upper().translate(None, _SKIPPED)


def _finding(place: str) -> Finding:
    """Return the fault of one place."""
    message = (
        f"The file cannot be read ({place})"
        if place.startswith(_UNREADABLE)
        else f"A student identifier stands in {place}"
    )
    fix = "Leave the number out. Where it is the provider's own student number, issue the document without it."
    return Finding(_RULE, message, _SOURCE, Severity.ERROR, "BLOCK", column=place, fix=fix)


def _places(pdf: bytes, file_name: str, payloads: Mapping[str, str | bytes]) -> Iterator[tuple[str, str | bytes]]:
    """Yield every place of an artefact with what stands there."""
    yield "the file name", file_name
    yield from payloads.items()
    yield _FILE, pdf
    try:
        yield "the text of its pages", body_text(pdf)
        yield from _inside(pdf)
    except Exception as error:  # a hostile or damaged file may make a parser raise anything
        yield f"{_UNREADABLE}: {type(error).__name__}", b""


def _inside(pdf: bytes) -> Iterator[tuple[str, str | bytes]]:
    """Yield metadata, attachments, and every object of a PDF."""
    with pikepdf.open(BytesIO(pdf)) as document:
        for key, value in document.docinfo.items():
            yield "its metadata", f"{key} {value}"
        if "/Metadata" in document.Root:
            yield "its metadata", document.Root.Metadata.read_bytes()
        for name, attachment in document.attachments.items():
            yield "the name of an attachment", f"{name} {attachment.filename} {attachment.description}"
            yield "an attachment", attachment.get_file().read_bytes()
        for item in document.objects:
            if isinstance(item, pikepdf.Stream):
                yield _STREAM, _unpacked(item)
            yield from (("a text object of the file", text) for text in _texts(item, 0))


def _unpacked(item: pikepdf.Object) -> bytes:
    """Return a stream's content as far as its filters can be undone."""
    try:
        return bytes(item.read_bytes())
    except pikepdf.PdfError:
        return bytes(item.read_raw_bytes())


def _texts(item: object, depth: int) -> Iterator[str]:
    """Yield the keys, names and texts of one object; references are other objects and come by themselves."""
    if isinstance(item, pikepdf.String | pikepdf.Name):
        yield str(item)
    elif isinstance(item, pikepdf.Array) and depth < _DEEPEST * 4:
        for inner in item:
            if not getattr(inner, "is_indirect", False):
                yield from _texts(inner, depth + 1)
    elif isinstance(item, pikepdf.Dictionary | pikepdf.Stream) and depth < _DEEPEST * 4:
        for key, inner in item.items():
            yield key
            if not getattr(inner, "is_indirect", False):
                yield from _texts(inner, depth + 1)


def _holds(found: str | bytes, needles: Collection[bytes], place: str, depth: int = 0) -> bool:
    """Say whether an identifier stands in something, as it is or packed in base64, hexadecimal, percent signs or deflate.

    The file itself and the streams of its pages and fonts are not unpacked so: what can be packed there is an attachment.
    """
    pressed = _pressed(found)
    if any(needle in pressed for needle in needles):
        return True
    if depth == _DEEPEST or place in _DRAWN:
        return False
    data = found.encode() if isinstance(found, str) else found
    return any(_holds(inner, needles, place, depth + 1) for inner in _unwrapped(data))


def _unwrapped(data: bytes) -> Iterator[bytes]:
    """Yield what is packed in some bytes; only where they read as text, because the streams of a PDF come unpacked."""
    if b"%" in data and not data.startswith(b"%PDF"):
        plain = unquote_to_bytes(data)
        if plain != data:
            yield plain
    if b"\x00" in data:
        return
    for run in _PACKED.findall(data):
        yield from _from_base64(run)
    for run in _HEX.findall(data):
        yield bytes.fromhex(run.decode())


def _from_base64(run: bytes) -> Iterator[bytes]:
    """Yield what a run may say in base64 or its form for addresses, from each of four starts, and inflated."""
    usual = run.replace(b"-", b"+").replace(b"_", b"/").rstrip(b"=")
    for start in range(4):
        part = usual[start:]
        part = part[: len(part) - (1 if len(part) % 4 == 1 else 0)]
        try:
            decoded = base64.b64decode(part + b"=" * (-len(part) % 4))
        except (binascii.Error, ValueError):
            continue
        yield decoded
        if decoded[:1] in (b"\x78", b"\x1f"):
            try:
                yield zlib.decompressobj(zlib.MAX_WBITS | 32).decompress(decoded, 1 << 20)
            except zlib.error:
                continue
