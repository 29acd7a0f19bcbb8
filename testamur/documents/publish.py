"""Publish a document: render, guard, seal, keep, record (issue 2, items 5 and 6). What was kept is what is served, for ever."""

import hashlib
from collections.abc import Collection
from datetime import datetime

from django.conf import settings
from django.db import transaction

from testamur.documents import actions, queries
from testamur.documents.archival import check_archival
from testamur.documents.extract import TEMPLATE, ExtractInput, content_of, render_extract
from testamur.documents.guard import check_extract
from testamur.documents.models import DocumentStatus, IssuedDocument
from testamur.documents.render import recipe
from testamur.documents.seal import Seal, ensure_seal
from testamur.documents.sign import sign_document
from testamur.kernel.canonical import canonical_bytes
from testamur.kernel.errors import Conflict, NotAllowed
from testamur.kernel.periods import retained_until

KIND = "extract"
_PDF = "application/pdf"
_JSON = "application/json"
_RETENTION_YEARS = 30


def publish(extract: ExtractInput, *, by: int, at: datetime, identifiers: Collection[str] = ()) -> queries.Issued:
    """Issue one certified extract: from now on its number and hash answer, and its bytes never change.

    `by` is the account that acts; `identifiers` are the person's own national identifiers, which must not appear anywhere.
    Publishing the same content under the same number again changes nothing and answers the same. Refuses (NotAllowed) what the
    guards find, MissingGlyph for a character that cannot be drawn, Conflict for other content under a number in use.
    """
    content = canonical_bytes({"content": content_of(extract), "recipe": recipe(TEMPLATE)})
    before = IssuedDocument.objects.filter(pk=extract.number).first()
    if before is not None:
        return _again(before, content)

    rendered = render_extract(extract)
    findings = (*check_extract(extract, rendered, identifiers=identifiers), *check_archival(rendered))
    if findings:
        raise NotAllowed(
            "The extract was not sealed: " + " ".join(f"{f.message}." for f in findings), findings=findings
        )
    sealed = sign_document(rendered, organisation_seal(), at=at)

    with transaction.atomic():
        until = retained_until(extract.issued_on, years=_RETENTION_YEARS)
        file = actions.keep_file([sealed], media_type=_PDF, kind=KIND, at=at, delete_after=until)
        kept = actions.keep_file([content], media_type=_JSON, kind=f"{KIND}-content", at=at, delete_after=until)
        document = IssuedDocument.objects.create(
            number=extract.number,
            kind=KIND,
            sha256=bytes.fromhex(file.sha256),
            size=file.size,
            issued_on=extract.issued_on,
            issued_at=at,
            issued_by=by,
            content_sha256=bytes.fromhex(kept.sha256),
        )
        DocumentStatus.objects.create(
            document=document, status=DocumentStatus.Status.CURRENT, since=at, reason="issued"
        )

    return queries.issued(extract.number)


def organisation_seal() -> Seal:
    """Return the seal of this site's organisation; raises NotFound where there is none and none may be made."""
    return ensure_seal(settings.KEYS_DIR, organisation=settings.REGISTER_NAME, create=settings.CREATE_KEYS)


def _again(document: IssuedDocument, content: bytes) -> queries.Issued:
    """Answer a repeated call with what was issued; raises Conflict where the content differs."""
    if bytes(document.content_sha256) != hashlib.sha256(content).digest():
        raise Conflict("This number was already given to a document with other content.")
    return queries.issued(document.number)
