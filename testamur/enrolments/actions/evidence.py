"""Keep assessment files, RPL portfolios and sighted sources of credit transfer, and hand them out (rulebook AQF-02, REG-04)."""

import hashlib
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID, uuid4

from django.db import transaction

from testamur.accounts.roles import Permission, Role
from testamur.documents import actions as documents_actions
from testamur.documents import queries as documents_queries
from testamur.enrolments import rules, sealed
from testamur.enrolments.actions import writing
from testamur.enrolments.models import Enrolment, Evidence, UnitOutcome
from testamur.enrolments.said import wrong
from testamur.kernel.errors import NotFound
from testamur.kernel.verdict import Finding
from testamur.log import actions as log_actions

MOST_BYTES: Final = 50_000_000
KIND: Final = "assessment evidence"
_MEDIA: Final = {
    b"%PDF-": ("application/pdf", "pdf"),
    b"\x89PNG\r\n\x1a\n": ("image/png", "png"),
    b"\xff\xd8\xff": ("image/jpeg", "jpg"),
    b"PK\x03\x04": ("application/zip", "zip"),
}


@dataclass(frozen=True, slots=True)
class Arriving:
    """A file as it comes: its bytes, its kind (one of rules.EVIDENCE_KINDS), what it is called, and for which unit."""

    content: bytes
    kind: str
    label: str
    unit_code: str = ""
    other_duty_until: date | None = None
    other_duty: str = ""


def check_evidence(said: Arriving) -> list[Finding]:
    """Return what is wrong with a file as it comes. Pure."""
    found = []
    if said.kind not in rules.EVIDENCE_KINDS:
        found.append(wrong("kind", "E03", f"The kind is none of {', '.join(rules.EVIDENCE_KINDS)}."))
    if not said.label or len(said.label) > 120:
        found.append(wrong("label", "E01", "The file has no description, or one longer than 120 characters."))
    if not 0 < len(said.content) <= MOST_BYTES:
        found.append(wrong("file", "E02", f"The file is empty or larger than {MOST_BYTES // 1_000_000} MB."))
    if not _media(said.content):
        found.append(wrong("file", "E02", "The file is no PDF, PNG, JPEG or ZIP. Save it as one of these."))
    if (said.other_duty_until is None) != (not said.other_duty):
        message = "A longer duty needs both its day and what it stands on."
        found.append(wrong("other_duty", "E01", message, source="Compliance Standards 2025, section 10(c)"))
    return found


def _media(content: bytes) -> tuple[str, str] | None:
    """Return media type and ending of a file by its first bytes, None for another kind."""
    return next((kind for start, kind in _MEDIA.items() if content.startswith(start)), None)


@transaction.atomic
def add_evidence(enrolment_id: UUID, said: Arriving, *, by: UUID, at: datetime) -> UUID:
    """A file is kept as evidence of an enrolment, sealed, with its hash, size and kind; returns the piece of evidence.

    For data officers. A unit's outcome by RPL or credit transfer that refers to nothing yet refers to it. It is kept without a
    day until the student completes or leaves, then two years or a longer duty (REG-04). The same file twice is one piece.
    """
    enrolment = writing.to_change(enrolment_id, Permission.CHANGE_ENROLMENT, by=by, at=at)
    writing.refuse_findings(check_evidence(said))
    digest = hashlib.sha256(said.content).hexdigest()
    alike = Evidence.objects.filter(enrolment=enrolment, sha256=digest, kind=said.kind, unit_code=said.unit_code)
    if (held := alike.filter(purged_at__isnull=True).first()) is not None:
        return held.id

    row = _keep(enrolment, said, digest, by=by, at=at)
    _refer(enrolment, row)

    after = {"kind": row.kind, "sha256": digest, "size": row.size, "unit_code": row.unit_code, "label": row.label}
    writing.changed(enrolment, "evidence", about=row.unit_code, after=after, by=by, at=at).save()
    return row.id


def _keep(enrolment: Enrolment, said: Arriving, digest: str, *, by: UUID, at: datetime) -> Evidence:
    """Seal the bytes into the vault and write the row."""
    number = uuid4()
    kept = documents_actions.keep_file(
        [sealed.seal(said.content, number)], media_type="application/octet-stream", kind=KIND, at=at
    )
    media = _media(said.content)
    return Evidence.objects.create(
        id=number,
        enrolment=enrolment,
        provider_id=enrolment.provider_id,
        unit_code=said.unit_code,
        kind=said.kind,
        label=said.label,
        media_type=media[0] if media else "",
        size=len(said.content),
        sha256=digest,
        kept_as=kept.sha256,
        other_duty_until=said.other_duty_until,
        other_duty=said.other_duty,
        added_by=by,
        added_at=at,
    )


def _refer(enrolment: Enrolment, row: Evidence) -> None:
    """Let the unit's outcome refer to the evidence that its method needs, where it refers to none."""
    methods = [method for method, kind in rules.PROVES.items() if kind == row.kind]
    UnitOutcome.objects.filter(
        enrolment=enrolment, unit_code=row.unit_code, method__in=methods, evidence__isnull=True
    ).update(evidence=row)


@transaction.atomic
def hand_out_evidence(evidence_id: UUID, *, by: UUID, role: Role, at: datetime) -> tuple[str, str, bytes]:
    """A piece of evidence was handed out to staff of its provider, and the student is told so: name, media type, bytes.

    For those who may read evidence. The name says nothing about anybody. Raises NotFound where it is purged.
    """
    row = Evidence.objects.select_related("enrolment").filter(pk=evidence_id).first()
    if row is None or not row.kept_as:
        raise NotFound("There is no such evidence, none that you may see, or its time of keeping is over.")
    writing.refuse_without(Permission.READ_EVIDENCE, row.provider_id, by=by, at=at)
    log_actions.record_access(
        by=by,
        role=role.value,
        action=log_actions.AccessAction.DOWNLOADED,
        purpose=log_actions.AccessPurpose.SUBMISSION,
        at=at,
        on=writing.local_day(row.provider_id, at),
        student=row.enrolment.student_id,
        provider=row.provider_id,
    )
    content = sealed.opened(b"".join(documents_queries.file_pieces(row.kept_as)), row.id)
    ending = next((kind[1] for kind in _MEDIA.values() if kind[0] == row.media_type), "bin")
    return f"{row.kind}-{str(row.id)[:8]}.{ending}", row.media_type, content
