"""What a reader of a rendered document can see: text that is dark, large enough and on the page, and tagged pictures.

A text layer alone proves little: white, tiny or misplaced words stand in it too. What lies under another shape is not noticed.
"""

import ctypes
import math
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import Any, Final

import pikepdf
import pypdfium2
import pypdfium2.raw as pdfium

_LEAST_POINTS: Final = 5.0
_LEAST_CONTRAST: Final = 2.5  # to white paper, as WCAG counts it
_LEAST_OPACITY: Final = 128
_PAINTED: Final = (pdfium.FPDF_TEXTRENDERMODE_FILL, pdfium.FPDF_TEXTRENDERMODE_FILL_STROKE)
_BETWEEN: Final = re.compile(r"[\s\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]+")


@dataclass(frozen=True, slots=True)
class Figure:
    """One tagged picture: the words that stand for it, width and height in points, and whether it lies on its page."""

    alt: str
    width: float
    height: float
    on_page: bool


def squeezed(text: str) -> str:
    """Return a text without spaces, breaks and invisible characters, in one case and one form, so that wrapping hides nothing."""
    return _BETWEEN.sub("", unicodedata.normalize("NFKC", text)).casefold()


def visible_text(pdf: bytes) -> str:
    """Return the squeezed text of all pages that a reader can see, in the order of the file."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        return squeezed("".join(run for page in document for run in _runs(page)))
    finally:
        document.close()


def _runs(page: Any) -> Iterator[str]:
    """Yield the visible runs of text on one page."""
    text, width, height = page.get_textpage(), page.get_width(), page.get_height()
    try:
        for item in page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_TEXT], max_depth=6):
            left, bottom, right, top = item.get_bounds()
            inside = left >= -1 and bottom >= -1 and right <= width + 1 and top <= height + 1
            if inside and _readable(item):
                yield _text_of(item, text)
    finally:
        text.close()


def _readable(item: Any) -> bool:
    """Say whether a run is painted, large enough, and dark enough for white paper."""
    if pdfium.FPDFTextObj_GetTextRenderMode(item.raw) not in _PAINTED:
        return False
    size = ctypes.c_float()
    pdfium.FPDFTextObj_GetFontSize(item.raw, size)
    matrix = item.get_matrix()
    if size.value * math.hypot(matrix.c, matrix.d) < _LEAST_POINTS:
        return False
    red, green, blue, opacity = (ctypes.c_uint() for _ in range(4))
    pdfium.FPDFPageObj_GetFillColor(item.raw, red, green, blue, opacity)
    contrast = 1.05 / (_luminance(red.value, green.value, blue.value) + 0.05)
    return opacity.value >= _LEAST_OPACITY and contrast >= _LEAST_CONTRAST


def _luminance(*parts: int) -> float:
    """Return the relative luminance of a colour."""
    shares = (part / 255 for part in parts)
    linear = [share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4 for share in shares]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _text_of(item: Any, text: Any) -> str:
    """Return the characters of one run."""
    length = pdfium.FPDFTextObj_GetText(item.raw, text.raw, None, 0)
    buffer = (ctypes.c_ushort * (length // 2))()
    pdfium.FPDFTextObj_GetText(item.raw, text.raw, buffer, length)
    return bytes(buffer).decode("utf-16-le", "replace").rstrip("\0")


def figures(pdf: bytes) -> tuple[Figure, ...]:
    """Return every tagged picture of a document, in reading order."""
    with pikepdf.open(BytesIO(pdf)) as document:
        root = document.Root.get("/StructTreeRoot")
        return tuple(_figures(root)) if root is not None else ()


def _figures(node: Any, page: Any = None) -> Iterator[Figure]:
    """Yield the pictures under one node of the tags."""
    if isinstance(node, pikepdf.Array):
        for inner in node:
            yield from _figures(inner, page)
    elif isinstance(node, pikepdf.Dictionary):
        page = node.get("/Pg", page)
        if node.get("/S") == "/Figure" and "/K" in node:
            yield _figure(node, page)
        if "/K" in node:
            yield from _figures(node.K, page)


def _figure(node: Any, page: Any) -> Figure:
    """Return one picture with its box; without a box it lies nowhere."""
    attributes = node.get("/A", pikepdf.Array())
    listed = [*attributes] if isinstance(attributes, pikepdf.Array) else [attributes]
    box = next(([float(side) for side in one.BBox] for one in listed if "/BBox" in one), None)
    alt = str(node.get("/Alt", ""))
    if box is None:
        return Figure(alt, 0.0, 0.0, on_page=False)
    page = page if page is not None else _page_of(node.get("/K"))
    sheet = [float(side) for side in page.MediaBox] if page is not None else [0.0, 0.0, 0.0, 0.0]
    inside = box[0] >= sheet[0] - 1 and box[1] >= sheet[1] - 1 and box[2] <= sheet[2] + 1 and box[3] <= sheet[3] + 1
    return Figure(alt, box[2] - box[0], box[3] - box[1], on_page=inside)


def _page_of(node: Any) -> Any:
    """Return the page that marked content names, None where it names none."""
    if isinstance(node, pikepdf.Array):
        return next((found for inner in node if (found := _page_of(inner)) is not None), None)
    return node.get("/Pg") if isinstance(node, pikepdf.Dictionary) else None
