"""What PDF/A-3a and PDF/UA-1 ask of our own files, as far as it can be read off the file's objects. Pure.

Typst enforces the profile when it renders; this is a second look at the finished file, before it is sealed and after.
It is no full validator: docs/formats/archival-pdf.md says how to run one outside.
"""

import re
from collections.abc import Callable, Iterator
from io import BytesIO
from typing import Final

import pikepdf

from testamur.kernel.verdict import Finding, Severity

_ACTIVE: Final = ("/JavaScript", "/JS", "/Launch", "/AA", "/OpenAction", "/RichMedia", "/XFA")
_SOURCE: Final = "PDF/A-3 (ISO 19005-3), PDF/UA-1 (ISO 14289-1)"
_GLUED: Final = re.compile(rb"%%EOF(?![\r\n])(?=.)", re.DOTALL)
_FONT_FILES: Final = ("/FontFile", "/FontFile2", "/FontFile3")


def check_archival(pdf: bytes) -> tuple[Finding, ...]:
    """Return what keeps a file from being archival and accessible; an empty tuple is good. Never raises."""
    try:
        with pikepdf.open(BytesIO(pdf)) as document:
            faults = [message for check in _CHECKS for message in check(document)]
    except pikepdf.PasswordError:
        faults = ["It is encrypted."]
    except (pikepdf.PdfError, ValueError, KeyError, AttributeError, TypeError) as error:
        faults = [f"It cannot be read ({type(error).__name__})."]
    if _GLUED.search(pdf):
        faults.append("An appended object stands on the last line of an earlier revision.")
    return tuple(Finding("ARCHIVAL", fault, _SOURCE, Severity.ERROR, "BLOCK") for fault in faults)


def _metadata(document: pikepdf.Pdf) -> Iterator[str]:
    """Check the identification in XMP."""
    if "/Metadata" not in document.Root:
        yield "It has no XMP metadata."
        return
    with document.open_metadata(set_pikepdf_as_editor=False, update_docinfo=False) as xmp:
        if (xmp.get("pdfaid:part"), xmp.get("pdfaid:conformance")) != ("3", "A"):
            yield "XMP does not say PDF/A-3a."
        if xmp.get("{http://www.aiim.org/pdfua/ns/id/}part") != "1":
            yield "XMP does not say PDF/UA-1."
        if not xmp.get("dc:title"):
            yield "XMP has no title."


def _inside(root: pikepdf.Object, name: str, key: str) -> bool:
    """Say whether a dictionary of the catalog sets a key to true."""
    return name in root and bool(root[name].get(key, False))


def _catalog(document: pikepdf.Pdf) -> Iterator[str]:
    """Check output intent, tags, language and the title in the window."""
    root = document.Root
    if not any("/DestOutputProfile" in intent for intent in root.get("/OutputIntents", [])):
        yield "It has no output intent with a colour profile."
    if not _inside(root, "/MarkInfo", "/Marked") or "/StructTreeRoot" not in root:
        yield "It is not tagged."
    if not str(root.get("/Lang", "")):
        yield "It names no language."
    if not _inside(root, "/ViewerPreferences", "/DisplayDocTitle"):
        yield "Readers would show the file name in place of the title."


def _attachments(document: pikepdf.Pdf) -> Iterator[str]:
    """Check that each attached file says how it relates to the document and what it is."""
    listed = {item.objgen for item in document.Root.get("/AF", [])}
    for name, attachment in document.attachments.items():
        if "/AFRelationship" not in attachment.obj or attachment.obj.objgen not in listed:
            yield f"The attachment {name} has no relationship to the document."
        if "/Subtype" not in attachment.obj.EF.F:
            yield f"The attachment {name} has no media type."


def _pages(document: pikepdf.Pdf) -> Iterator[str]:
    """Check that pages with annotations are read in the order of their tags."""
    for number, page in enumerate(document.pages, start=1):
        if "/Annots" in page and page.get("/Tabs") != pikepdf.Name.S:
            yield f"Page {number} has annotations without a reading order."


def _objects(document: pikepdf.Pdf) -> Iterator[str]:
    """Check every object: fonts embedded, nothing active, no encryption."""
    if document.is_encrypted:
        yield "It is encrypted."
    for item in document.objects:
        if not isinstance(item, pikepdf.Dictionary | pikepdf.Stream):
            continue
        for key in _ACTIVE:
            if key in item or item.get("/S") == key:
                yield f"It carries an active part ({key[1:]})."
        if item.get("/Type") == "/Font" and not _embedded(item):
            yield f"The font {str(item.get('/BaseFont', '?'))[1:]} is not embedded."


def _embedded(font: pikepdf.Object) -> bool:
    """Say whether a font's outlines are in the file; a composite font is judged by its descendant."""
    if font.get("/Subtype") in ("/Type0", "/Type3"):
        return True
    return "/FontDescriptor" in font and any(key in font.FontDescriptor for key in _FONT_FILES)


_CHECKS: Final[tuple[Callable[[pikepdf.Pdf], Iterator[str]], ...]] = (
    _metadata,
    _catalog,
    _attachments,
    _pages,
    _objects,
)
