"""Reads of issued documents: what anyone may know by number or hash, and the bytes themselves (issue 2, items 5 and 6)."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import islice

from django.conf import settings
from django.db.models import QuerySet

from testamur.documents import vault
from testamur.documents.models import DocumentStatus, IssuedDocument, StoredFile
from testamur.kernel.errors import NotFound
from testamur.kernel.identifiers import parse_public_number

_AT_ONCE = 2_000


@dataclass(frozen=True, slots=True)
class Issued:
    """What anyone may know of an issued document: nothing here is about a person. `sha256` is hex."""

    number: str
    kind: str
    status: str
    issued_on: date
    sha256: str
    size: int
    superseded_by: str | None = None


@dataclass(frozen=True, slots=True)
class KeptFile:
    """What the register knows of a kept file; `sha256` is hex."""

    sha256: str
    size: int
    media_type: str
    kind: str
    delete_after: date | None


def find_issued(number: str) -> Issued | None:
    """Return the document of a number as a person may type it, or None."""
    parsed = parse_public_number(number)
    return _first(IssuedDocument.objects.filter(pk=parsed)) if parsed else None


def issued(number: str) -> Issued:
    """Return the document of a number; raises NotFound."""
    found = find_issued(number)
    if found is None:
        raise NotFound("The register has issued no document under this number.")
    return found


def find_by_hash(sha256: bytes | str) -> Issued | None:
    """Return the issued document whose file has a SHA-256 (32 bytes or 64 hex digits), or None."""
    digest = _digest(sha256)
    return _first(IssuedDocument.objects.filter(sha256=digest)) if digest else None


def issued_numbers(kind: str) -> Iterator[list[str]]:
    """Yield the numbers of all issued documents of a kind, some thousands at a time."""
    rows = IssuedDocument.objects.filter(kind=kind).order_by("pk").values_list("pk", flat=True).iterator(_AT_ONCE)
    while part := list(islice(rows, _AT_ONCE)):
        yield part


def hashes_of(numbers: Iterable[str]) -> dict[str, str]:
    """Return the SHA-256 (hex) of the issued documents of some numbers by number; unknown numbers are left out."""
    rows = IssuedDocument.objects.filter(pk__in=list(numbers)).values_list("pk", "sha256")
    return {number: bytes(digest).hex() for number, digest in rows}


def find_file(sha256: bytes | str) -> KeptFile | None:
    """Return what is known of a kept file, or None."""
    digest = _digest(sha256)
    row = StoredFile.objects.filter(pk=digest).first() if digest else None
    if row is None:
        return None
    return KeptFile(bytes(row.sha256).hex(), row.size, row.media_type, row.kind, row.delete_after)


def file_pieces(sha256: bytes | str) -> Iterator[bytes]:
    """Return the bytes of a kept file in pieces, hashed again before the first is handed out.

    Raises NotFound where it is not kept, vault.Damaged where its bytes have changed.
    """
    digest = _digest(sha256)
    if digest is None or not StoredFile.objects.filter(pk=digest).exists():
        raise NotFound("The register keeps no such file.")
    return vault.read(settings.DOCUMENTS_DIR, digest)


def issued_bytes(number: str) -> bytes:
    """Return the bytes of an issued document, exactly as issued; raises NotFound or vault.Damaged."""
    return b"".join(file_pieces(issued(number).sha256))


def content_pieces(number: str) -> Iterator[bytes]:
    """Return the kept content of an issued document in pieces: what it was rendered from. Raises NotFound or vault.Damaged."""
    document = IssuedDocument.objects.filter(pk=number).first()
    if document is None:
        raise NotFound("The register has issued no document under this number.")
    return file_pieces(bytes(document.content_sha256))


def _digest(sha256: bytes | str) -> bytes | None:
    """Return a hash as 32 bytes, or None where it is none."""
    try:
        digest = bytes.fromhex(sha256) if isinstance(sha256, str) else bytes(sha256)
    except ValueError:
        return None
    return digest if len(digest) == 32 else None


def _first(documents: QuerySet[IssuedDocument]) -> Issued | None:
    """Return the one document of a queryset with its latest status."""
    document = documents.first()
    if document is None:
        return None
    latest = DocumentStatus.objects.filter(document=document).order_by("-id").first()
    return Issued(
        number=document.number,
        kind=document.kind,
        status=latest.status if latest else DocumentStatus.Status.CURRENT,
        issued_on=document.issued_on,
        sha256=bytes(document.sha256).hex(),
        size=document.size,
        superseded_by=latest.superseded_by_id if latest else None,
    )
