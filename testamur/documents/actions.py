"""Writes of the documents package: keep a file, remove one, and say what became of an issued document."""

from collections.abc import Iterable
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction

from testamur.documents import queries, vault
from testamur.documents.models import DocumentStatus, StoredFile
from testamur.kernel.errors import Conflict


def keep_file(
    pieces: Iterable[bytes], *, media_type: str, kind: str, at: datetime, delete_after: date | None = None
) -> queries.KeptFile:
    """Keep a file's bytes in the vault and its row in the database; the same bytes twice are kept once.

    A later day of deletion prolongs an earlier one, and None (for ever) prolongs any.
    """
    kept = vault.put(settings.DOCUMENTS_DIR, pieces)

    with transaction.atomic():
        row, created = StoredFile.objects.select_for_update().get_or_create(
            sha256=kept.sha256,
            defaults={
                "size": kept.size,
                "media_type": media_type,
                "kind": kind,
                "stored_at": at,
                "delete_after": delete_after,
            },
        )
        if not created and row.delete_after and (delete_after is None or delete_after > row.delete_after):
            row.delete_after = delete_after
            row.save(update_fields=["delete_after"])

    return queries.KeptFile(kept.sha256.hex(), row.size, row.media_type, row.kind, row.delete_after)


def remove_file(sha256: str) -> bool:
    """Remove a kept file and its row (retention, erasure); number, hash and status of an issued document stay."""
    digest = bytes.fromhex(sha256)
    with transaction.atomic():
        removed, _ = StoredFile.objects.filter(pk=digest).delete()
        transaction.on_commit(lambda: vault.remove(settings.DOCUMENTS_DIR, digest))
    return bool(removed)


def remove_expired(*, at: datetime) -> int:
    """Files whose time of keeping is over are gone; number, hash and status of issued documents stay. Daily; returns how many.

    The day is that of the site's own calendar.
    """
    on = at.astimezone(ZoneInfo(settings.TIME_ZONE)).date()
    due = StoredFile.objects.filter(delete_after__lt=on).values_list("sha256", flat=True)
    return sum(remove_file(bytes(digest).hex()) for digest in list(due))


def record_status(
    number: str, *, status: str, reason: str, at: datetime, superseded_by: str | None = None
) -> queries.Issued:
    """Record that an issued document is superseded or withdrawn; it stays findable for ever with that status.

    Refuses (Conflict) to change a withdrawn document, to make one current again, and a successor that is the document
    itself; raises NotFound where either number was never issued.
    """
    document = queries.issued(number)
    successor = queries.issued(superseded_by) if superseded_by else None

    if document.status == DocumentStatus.Status.WITHDRAWN or status == DocumentStatus.Status.CURRENT:
        raise Conflict(f"The document is {document.status} and cannot become {status}.")
    if successor and (successor.number == document.number or status != DocumentStatus.Status.SUPERSEDED):
        raise Conflict("Only a superseded document has a successor, and it is another document.")

    DocumentStatus.objects.create(
        document_id=document.number,
        status=DocumentStatus.Status(status),
        since=at,
        reason=reason,
        superseded_by_id=successor.number if successor else None,
    )

    return queries.issued(number)
