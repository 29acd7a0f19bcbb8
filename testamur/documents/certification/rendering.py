"""Certification documents as archival PDF: the one door that commands, previews and issuance use."""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from typing import Any, Final

from testamur.documents.certification.assets import Asset
from testamur.documents.certification.content import content_of
from testamur.documents.certification.inputs import Certification, kind_of
from testamur.documents.render import render
from testamur.kernel.canonical import Json, canonical_json

DATA_NAME: Final = "document-data.json"
CREDENTIAL_NAME: Final = "credential.json"
DATA_FORMAT: Final = "testamur-document/1"


def render_certification(
    document: Certification,
    *,
    nrt_logo: Asset | None = None,
    credential: str | None = None,
    template: str | None = None,
    preview: bool = False,
) -> bytes:
    """Return the unsigned PDF of a document; the same input gives the same bytes.

    `nrt_logo` is what read_nrt_logo gave; without it, a testamur or statement shows a marked empty place. `credential` is the
    JSON text of the document's credential, attached beside the document's own data. `template` is the text of an approved
    template, by default the shipped one of the kind; `preview` prints the word across the page. Raises MissingGlyph for a
    name that the fonts cannot set (a HOLD), NotFound where no wording was in force, RenderingFailed, UnfitTemplate.
    """
    content = whole_content(document, nrt_logo=nrt_logo, credential=credential, preview=preview)
    return render(kind_of(document), content, day=document.issue.issued_on, source=template)


def whole_content(
    document: Certification, *, nrt_logo: Asset | None = None, credential: str | None = None, preview: bool = False
) -> dict[str, Json]:
    """Return all that the template is given; kept beside an issued document, it lets a rebuild be checked."""
    attachments: list[Json] = [
        {
            "name": DATA_NAME,
            "text": canonical_json(data_of(document)),
            "relationship": "data",
            "description": "What this document says, as data",
        }
    ]
    if credential is not None:
        attachments.append(
            {
                "name": CREDENTIAL_NAME,
                "text": credential,
                "relationship": "alternative",
                "description": "The same achievement as a verifiable credential",
            }
        )
    return {**content_of(document, nrt_logo=nrt_logo), "attachments": attachments, "preview": preview}


def data_of(document: Certification) -> dict[str, Json]:
    """Return the document's own data, as attached to it: its input, pictures by their SHA-256."""
    return {"format": DATA_FORMAT, "kind": kind_of(document), "data": _plain(document)}


def _plain(value: Any) -> Json:
    """Return an input as plain JSON."""
    if isinstance(value, Asset):
        return {"sha256": value.sha256}
    if is_dataclass(value) and not isinstance(value, type):
        return {one.name: _plain(getattr(value, one.name)) for one in fields(value)}
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    if isinstance(value, Mapping):
        return {str(key): _plain(one) for key, one in value.items()}
    plain: Json = value
    return plain
