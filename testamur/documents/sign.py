"""Seal a rendered document: PAdES B-B, an invisible certification signature that permits no change (issue 2, item 5)."""

import io
from datetime import datetime
from typing import Any, Final

from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.fields import MDPPerm, SigFieldSpec, SigSeedSubFilter
from pyhanko.sign.signers.pdf_signer import PdfSignatureMetadata, PdfSigner, PdfSigningSession

from testamur.documents.seal import Seal

FIELD_NAME: Final = "RegisterSeal"
_RESERVED_BYTES: Final = 6144  # hex digits; room for the signature now and for nothing else


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


def sign_document(pdf: bytes, seal: Seal, *, at: datetime) -> bytes:
    """Return the sealed document; the rendered bytes stay as its untouched beginning. `at` needs a time zone.

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
    signer = _DatedSigner(at, metadata, seal.signer, new_field_spec=SigFieldSpec(FIELD_NAME))
    signed: io.BytesIO = signer.sign_pdf(_DatedWriter(io.BytesIO(ended)), bytes_reserved=_RESERVED_BYTES)
    return signed.getvalue()
