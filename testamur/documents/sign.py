"""Seal a rendered document: PAdES B-B or, with a time-stamp, B-T; an invisible certification signature that permits no change."""

import io
from datetime import datetime
from typing import Any, Final

from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.fields import MDPPerm, SigFieldSpec, SigSeedSubFilter
from pyhanko.sign.signers.pdf_signer import PdfSignatureMetadata, PdfSigner, PdfSigningSession
from pyhanko.sign.timestamps import TimeStamper

from testamur.documents.seal import Seal

FIELD_NAME: Final = "RegisterSeal"
_RESERVED_BYTES: Final = 6144  # hex digits; room for the signature now and for nothing else
_RESERVED_WITH_STAMP: Final = 24_576  # a service may send three certificates with its stamp


class _DatedWriter(IncrementalPdfFileWriter):
    """A writer that leaves the document's dates alone: the signature carries its own, and none is read off the clock."""

    def _update_meta(self) -> None:
        """Keep metadata as rendered."""


class _DatedSigner(PdfSigner):
    """A signer whose signing time is an argument."""

    def __init__(self, at: datetime, *args: Any, **settings: Any) -> None:
        """Remember the moment of signing."""
        super().__init__(*args, **settings)
        self._at = at

    def init_signing_session(self, *args: Any, **settings: Any) -> PdfSigningSession:
        """Open a session at the given moment."""
        session = super().init_signing_session(*args, **settings)
        session.system_time = self._at
        return session


def sign_document(pdf: bytes, seal: Seal, *, at: datetime, stamper: TimeStamper | None = None) -> bytes:
    """Return the sealed document; the rendered bytes stay as its untouched beginning. `at` needs a time zone.

    `stamper` adds the time-stamp of level B-T; raises StampRefused or pyHanko's TimestampRequestError where it gives none.
    A newline goes after the rendered bytes: without one the first appended object stands on the last line of the
    original, which PDF/A clause 6.1.9 forbids.
    """
    if at.tzinfo is None:
        message = "the moment of signing needs a time zone"
        raise ValueError(message)
    ended = pdf if pdf.endswith(b"\n") else pdf + b"\n"
    metadata = PdfSignatureMetadata(
        field_name=FIELD_NAME,
        md_algorithm="sha256",
        name=seal.organisation,
        certify=True,
        docmdp_permissions=MDPPerm.NO_CHANGES,
        subfilter=SigSeedSubFilter.PADES,
    )
    signer = _DatedSigner(at, metadata, seal.signer, timestamper=stamper, new_field_spec=SigFieldSpec(FIELD_NAME))
    reserved = _RESERVED_WITH_STAMP if stamper else _RESERVED_BYTES
    signed: io.BytesIO = signer.sign_pdf(_DatedWriter(io.BytesIO(ended)), bytes_reserved=reserved)
    return signed.getvalue()
