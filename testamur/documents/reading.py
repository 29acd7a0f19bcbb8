"""Take a PDF of our own apart into plain texts and facts, for the guards that judge it before it is sealed."""

from collections.abc import Mapping
from io import BytesIO

import pikepdf
import pypdfium2

from testamur.documents.rules import BODY


def text_parts(pdf: bytes, file_name: str) -> Mapping[str, str]:
    """Return every text that an outsider can read: body, links, metadata, attachments with their names, file name."""
    parts = {"file name": file_name, BODY: body_text(pdf)}
    with pikepdf.open(BytesIO(pdf)) as document:
        for key, value in document.docinfo.items():
            parts[f"metadata {key}"] = str(value)
        if "/Metadata" in document.Root:
            parts["metadata XMP"] = document.Root.Metadata.read_bytes().decode("utf-8", "replace")
        for name, attachment in document.attachments.items():
            parts["attachment name"] = f"{parts.get('attachment name', '')} {name}".strip()
            parts[f"attachment {name}"] = attachment.get_file().read_bytes().decode("utf-8", "replace")
        for page in document.pages:
            for annotation in page.get("/Annots", []):
                if "/A" in annotation and "/URI" in annotation.A:
                    parts["link"] = f"{parts.get('link', '')} {annotation.A.URI}".strip()
    return parts


def body_text(pdf: bytes) -> str:
    """Return the text of all pages."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        pages = []
        for page in document:
            text = page.get_textpage()
            pages.append(text.get_text_range())
            text.close()
            page.close()
        return "\n".join(pages)
    finally:
        document.close()


def page_count(pdf: bytes) -> int:
    """Return how many pages a document has."""
    with pikepdf.open(BytesIO(pdf)) as document:
        return len(document.pages)
