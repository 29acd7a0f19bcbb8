"""A document's input as kept beside it, and back: what a reissue in another name is made from, field by field (REI-01, REI-02)."""

import json
from dataclasses import replace
from datetime import date
from typing import Any

from testamur.documents import queries as documents_queries
from testamur.documents.certification.assets import Asset, read_asset
from testamur.documents.certification.inputs import Certification, Reissue
from testamur.documents.certification.reading import read_document


def picture(sha256: str) -> Asset:
    """Return a kept picture by its hash; raises NotFound or vault.Damaged."""
    return read_asset(b"".join(documents_queries.file_pieces(sha256)))


def stored_input(number: str) -> Certification:
    """Return the input of an issued document from its kept content; raises NotFound."""
    kept = json.loads(b"".join(documents_queries.content_pieces(number)))
    data = kept["data"]
    return read_document(data["kind"], json.dumps(_referred(data["data"])), picture)


def in_another_name(
    document: Certification, *, name: str, number: str, own_number: str, verify_url: str, on: date
) -> Certification:
    """Return a document that alters the name alone: every other field is that of the original; a small line says so (REI-02)."""
    issue = replace(
        document.issue,
        holder=name,
        number=number,
        document_number=own_number,
        verify_url=verify_url,
        reissued=Reissue(on),
    )
    return replace(document, issue=issue)


def _referred(value: Any) -> Any:
    """Return kept data with each picture as a reference to its hash."""
    if isinstance(value, dict):
        if set(value) == {"sha256"}:
            return value["sha256"]
        return {key: _referred(one) for key, one in value.items()}
    return [_referred(one) for one in value] if isinstance(value, list) else value
