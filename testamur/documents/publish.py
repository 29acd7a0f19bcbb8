"""Publish a document: render, guard, seal, keep, record (issue 2, items 5 and 6; issue 4). What was kept is served, for ever.

One door for every kind: an extract and a certification document differ in what renders them and what guards them, nothing else.
"""

import hashlib
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from django.conf import settings
from django.db import transaction
from pyhanko.sign.timestamps import TimeStamper

from testamur.documents import actions, queries
from testamur.documents.archival import check_archival
from testamur.documents.certification.assets import Asset, read_nrt_logo
from testamur.documents.certification.check import check_content
from testamur.documents.certification.inputs import Certification, kind_of
from testamur.documents.certification.rendering import data_of, render_certification, whole_content
from testamur.documents.extract import TEMPLATE, ExtractInput, content_of, render_extract
from testamur.documents.guard import check_extract
from testamur.documents.identifier_scan import scan_for_identifiers
from testamur.documents.models import DocumentStatus, IssuedDocument
from testamur.documents.render import recipe
from testamur.documents.seal import Seal, ensure_seal
from testamur.documents.sign import sign_document
from testamur.documents.stamp import ensure_stamper
from testamur.kernel.canonical import canonical_bytes
from testamur.kernel.errors import Conflict, NotAllowed
from testamur.kernel.periods import retained_until
from testamur.kernel.verdict import Finding

KIND = "extract"
_PDF = "application/pdf"
_JSON = "application/json"
_RETENTION_YEARS = 30
_WHAT: Final = {KIND: "extract"}


@dataclass(frozen=True, slots=True)
class _Draft:
    """One document to be published: its content for a rebuild, how it is rendered, and what looks at the rendered bytes.

    `kept_from` begins the years for which its bytes are kept: the day of issue, or that of a reissue (REG-03).
    """

    number: str
    kind: str
    issued_on: date
    kept_from: date
    content: bytes
    render: Callable[[], bytes]
    guard: Callable[[bytes], tuple[Finding, ...]]
    stamped: bool = False


def publish(extract: ExtractInput, *, by: int, at: datetime, identifiers: Collection[str] = ()) -> queries.Issued:
    """Issue one certified extract: from now on its number and hash answer, and its bytes never change.

    `by` is the account that acts; `identifiers` are the person's own national identifiers, which must not appear anywhere.
    Publishing the same content under the same number again changes nothing and answers the same. Refuses (NotAllowed) what the
    guards find, MissingGlyph for a character that cannot be drawn, Conflict for other content under a number in use.
    """
    draft = _Draft(
        extract.number,
        KIND,
        extract.issued_on,
        extract.issued_on,
        canonical_bytes({"content": content_of(extract), "recipe": recipe(TEMPLATE)}),
        lambda: render_extract(extract),
        lambda rendered: check_extract(extract, rendered, identifiers=identifiers),
    )
    return _publish(draft, by=by, at=at)


def publish_certification(
    document: Certification, *, source: str | None, by: int, at: datetime, identifiers: Collection[str] = ()
) -> queries.Issued:
    """Issue one certification document under its number, rendered by an approved template; see `publish`.

    `source` is the text of that template, None for the shipped one of the kind. Refuses (NotAllowed) a document on which an
    item of its kind is missing or forbidden (AQF-13, LOGO-01), and one in which an identifier of the person stands (USI-05);
    StampRefused where the time-stamping service gives no stamp, and then nothing was issued.
    """
    kind, issue, logo = kind_of(document), document.issue, scheme_logo()
    kept = {"content": whole_content(document, nrt_logo=logo), "data": data_of(document), "recipe": recipe(kind)}
    if source is not None:
        kept["template"] = hashlib.sha256(source.encode()).hexdigest()

    def guard(rendered: bytes) -> tuple[Finding, ...]:
        seen = check_content(document, rendered, nrt_logo=logo, allow_place=settings.DEMO)
        payloads = {"the address in its QR code": issue.verify_url, "the document number": issue.document_number}
        return (
            *seen,
            *scan_for_identifiers(rendered, identifiers, file_name=f"{issue.number}.pdf", payloads=payloads),
        )

    draft = _Draft(
        issue.number,
        kind,
        issue.issued_on,
        max(issue.issued_on, at.date()),
        canonical_bytes(kept),
        lambda: render_certification(document, nrt_logo=logo, template=source),
        guard,
        stamped=True,
    )
    return _publish(draft, by=by, at=at)


def scheme_logo() -> Asset | None:
    """Return the deployer's file of the Nationally Recognised Training logo, None where the settings name none (LOGO-01)."""
    if settings.NRT_LOGO is None:
        return None
    return read_nrt_logo(settings.NRT_LOGO.read_bytes(), settings.NRT_LOGO_SHA256)


def _publish(draft: _Draft, *, by: int, at: datetime) -> queries.Issued:
    """Render, guard, seal, keep and record one document; the same again changes nothing."""
    before = IssuedDocument.objects.filter(pk=draft.number).first()
    if before is not None:
        return _again(before, draft.content)

    rendered = draft.render()
    findings = (*draft.guard(rendered), *check_archival(rendered))
    if findings:
        what = _WHAT.get(draft.kind, "document")
        raise NotAllowed(
            f"The {what} was not sealed: " + " ".join(f"{f.message.rstrip('.')}." for f in findings), findings=findings
        )
    stamper = organisation_stamper(at=at) if draft.stamped else None
    sealed = sign_document(rendered, organisation_seal(), at=at, stamper=stamper)

    with transaction.atomic():
        until = retained_until(draft.kept_from, years=_RETENTION_YEARS)
        file = actions.keep_file([sealed], media_type=_PDF, kind=draft.kind, at=at, delete_after=until)
        kept = actions.keep_file(
            [draft.content], media_type=_JSON, kind=f"{draft.kind}-content", at=at, delete_after=until
        )
        document = IssuedDocument.objects.create(
            number=draft.number,
            kind=draft.kind,
            sha256=bytes.fromhex(file.sha256),
            size=file.size,
            issued_on=draft.issued_on,
            issued_at=at,
            issued_by=by,
            content_sha256=bytes.fromhex(kept.sha256),
        )
        DocumentStatus.objects.create(
            document=document, status=DocumentStatus.Status.CURRENT, since=at, reason="issued"
        )

    return queries.issued(draft.number)


def organisation_seal() -> Seal:
    """Return the seal of this site's organisation; raises NotFound where there is none and none may be made."""
    return ensure_seal(settings.KEYS_DIR, organisation=settings.REGISTER_NAME, create=settings.CREATE_KEYS)


def organisation_stamper(*, at: datetime) -> TimeStamper:
    """Return what time-stamps this site's seals (PAdES B-T): the service of the settings, or in development a key of its own.

    Raises NotFound where there is neither.
    """
    return ensure_stamper(
        settings.KEYS_DIR,
        organisation=settings.REGISTER_NAME,
        create=settings.CREATE_KEYS,
        clock=lambda: at,
        address=settings.TIME_STAMP_URL,
    )


def _again(document: IssuedDocument, content: bytes) -> queries.Issued:
    """Answer a repeated call with what was issued; raises Conflict where the content differs."""
    if bytes(document.content_sha256) != hashlib.sha256(content).digest():
        raise Conflict("This number was already given to a document with other content.")
    return queries.issued(document.number)
