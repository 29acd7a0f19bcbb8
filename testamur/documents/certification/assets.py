"""Pictures that a provider or deployer brings: logo, seal, watermark, signature, and the Nationally Recognised Training logo.

SVG is taken as it is when it holds nothing active and nothing from outside; PNG is wrapped in an SVG of its own size, so
that a template gets one form of picture and cannot stretch it. The scheme's logo is never drawn here: its file comes from the
deployer and counts only while its SHA-256 stands in the deployer's list (LOGO-01).
"""

import base64
import hashlib
import re
import struct
import zlib
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from xml.etree import ElementTree

from testamur.kernel.errors import Refusal

LARGEST: Final = 1_048_576  # bytes; a logo is a drawing, not a poster
_ART: Final = Path(__file__).parents[1] / "art" / "certification"
_SHIPPED: Final = "shipped:"
_PNG: Final = b"\x89PNG\r\n\x1a\n"
_MOST_PIXELS: Final = 16_000_000
_ALLOWED: Final = frozenset(
    ("svg", "g", "defs", "title", "desc", "path", "rect", "circle", "ellipse", "line", "polyline", "polygon", "use")
) | {"clipPath", "mask", "linearGradient", "radialGradient", "stop", "pattern", "symbol", "style"}
_REFERENCE: Final = re.compile(r"url\(\s*['\"]?(?!#)|@import|javascript:", re.IGNORECASE)
_DECLARED: Final = re.compile(rb"<!\s*(DOCTYPE|ENTITY)|<\?xml-stylesheet", re.IGNORECASE)


class UnfitAsset(Refusal):
    """A picture that may not be used; the message says which rule it breaks."""


@dataclass(frozen=True, slots=True)
class Asset:
    """One checked picture: SVG text, SHA-256 of the file as brought, and width over height."""

    svg: str
    sha256: str
    ratio: float


def read_asset(data: bytes) -> Asset:
    """Return a picture that is fit to be printed; raises UnfitAsset naming what is wrong with it."""
    if len(data) > LARGEST:
        raise UnfitAsset(f"The picture has {len(data)} bytes; {LARGEST} are allowed. Save a simpler drawing.")
    digest = hashlib.sha256(data).hexdigest()
    if data.startswith(_PNG):
        width, height = _png_size(data)
        return Asset(_wrapped(data, width, height), digest, width / height)
    svg = _checked_svg(data)
    return Asset(svg, digest, _ratio(svg))


def shipped(name: str) -> Asset:
    """Return a picture of the made-up provider that comes with the product; raises UnfitAsset where there is none."""
    path = _ART / f"example-{name}.svg"
    if not re.fullmatch(r"[a-z0-9-]+", name) or not path.is_file():
        raise UnfitAsset(f"No picture named {_SHIPPED}{name[:40]} comes with the product.")
    return read_asset(path.read_bytes())


def load_asset(reference: str, folder: Path) -> Asset:
    """Return the picture that a text names: `shipped:<name>`, or a file inside `folder`; raises UnfitAsset."""
    if reference.startswith(_SHIPPED):
        return shipped(reference.removeprefix(_SHIPPED))
    path = (folder / reference).resolve()
    if not path.is_relative_to(folder.resolve()):
        raise UnfitAsset("The picture lies outside the folder of the data. Put it beside the data.")
    try:
        return read_asset(path.read_bytes())
    except OSError as error:
        raise UnfitAsset(f"The picture cannot be read ({type(error).__name__}).") from None


def read_nrt_logo(data: bytes, allowed: Collection[str]) -> Asset:
    """Return the Nationally Recognised Training logo; refuses any file whose SHA-256 the deployer did not list (LOGO-01)."""
    digest = hashlib.sha256(data).hexdigest()
    if digest not in {one.strip().lower() for one in allowed}:
        raise UnfitAsset(
            "LOGO-01: the file of the Nationally Recognised Training logo is not one that the regulator supplied: its SHA-256 "
            f"starts with {digest[:16]} and stands in no list. Use the file as supplied, unaltered."
        )
    return read_asset(data)


def _png_size(data: bytes) -> tuple[int, int]:
    """Return a PNG's width and height; raises UnfitAsset for a broken or giant one, and for an animated one."""
    kinds = []
    at = len(_PNG)
    while at + 12 <= len(data):
        length, kind = struct.unpack(">I4s", data[at : at + 8])
        body, end = data[at + 8 : at + 8 + length], at + 12 + length
        if end > len(data) or struct.unpack(">I", data[end - 4 : end])[0] != zlib.crc32(kind + body):
            raise UnfitAsset("The PNG picture is damaged.")
        kinds.append(kind)
        at = end
    if not kinds or kinds[0] != b"IHDR" or kinds[-1] != b"IEND" or at != len(data) or b"acTL" in kinds:
        raise UnfitAsset("The PNG picture is damaged or animated.")
    width, height = struct.unpack(">II", data[16:24])
    if not width or not height or width * height > _MOST_PIXELS:
        raise UnfitAsset(f"The PNG picture has {width} × {height} pixels; {_MOST_PIXELS} are allowed in all.")
    return int(width), int(height)


def _wrapped(data: bytes, width: int, height: int) -> str:
    """Return a PNG as an SVG that shows it in its own proportions."""
    text = base64.b64encode(data).decode()
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 {width} {height}">'
        f'<image width="{width}" height="{height}" xlink:href="data:image/png;base64,{text}"/></svg>'
    )


def _checked_svg(data: bytes) -> str:
    """Return an SVG's text; raises UnfitAsset for scripts, events, outside references, fonts and unknown elements."""
    if _DECLARED.search(data):
        raise UnfitAsset("The SVG picture declares a document type, an entity or a style sheet. Save it as plain SVG.")
    try:
        text = data.decode("utf-8")
        root = ElementTree.fromstring(text)  # noqa: S314 - declarations were refused above, so nothing can expand
    except (UnicodeDecodeError, ElementTree.ParseError):
        raise UnfitAsset("The picture is neither PNG nor readable SVG.") from None
    for element in _drawn(root):
        name = str(element.tag).rpartition("}")[2]
        if name not in _ALLOWED:
            raise UnfitAsset(
                f"The SVG picture holds an element “{name[:40]}” that is not allowed. Save it as plain shapes, text as outlines."
            )
        for key, value in element.attrib.items():
            bare = key.rpartition("}")[2].lower()
            outside = bare in {"href", "src"} and not value.startswith("#")
            if bare.startswith("on") or outside or _REFERENCE.search(value):
                raise UnfitAsset("The SVG picture refers to something outside, or acts. Save it as plain shapes.")
        if _REFERENCE.search(element.text or ""):
            raise UnfitAsset("The SVG picture refers to something outside. Save it as plain shapes.")
    if str(root.tag).rpartition("}")[2] != "svg":
        raise UnfitAsset("The picture is neither PNG nor readable SVG.")
    return text


def _drawn(element: ElementTree.Element) -> Iterator[ElementTree.Element]:
    """Yield every element but what stands inside `metadata`, which no reader draws."""
    yield element
    for child in element:
        if str(child.tag).rpartition("}")[2] != "metadata":
            yield from _drawn(child)


def _ratio(svg: str) -> float:
    """Return width over height of an SVG; raises UnfitAsset where it names no size."""
    root = ElementTree.fromstring(svg)  # noqa: S314 - checked before
    box = [float(part) for part in re.findall(r"-?\d+(?:\.\d+)?(?:e-?\d+)?", root.get("viewBox", ""))]
    if len(box) == 4 and box[2] > 0 and box[3] > 0:
        return box[2] / box[3]
    sides = [re.match(r"\d+(?:\.\d+)?", root.get(side, "")) for side in ("width", "height")]
    if all(sides) and all(float(side[0]) > 0 for side in sides if side):
        width, height = (float(side[0]) for side in sides if side)
        return width / height
    raise UnfitAsset("The SVG picture names no size. Give it a viewBox.")
