"""Propose, approve, decline and retire a template version: hashes locked, four eyes, every required item seen (AQF-13)."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Max

from testamur.accounts.roles import Permission
from testamur.documents import actions as documents_actions
from testamur.documents.certification.assets import read_asset
from testamur.documents.certification.check import check_template
from testamur.documents.publish import scheme_logo
from testamur.documents.render import FOLDER
from testamur.issuance import rules
from testamur.issuance.actions import writing
from testamur.issuance.models import Template
from testamur.issuance.states import TEMPLATE
from testamur.kernel.errors import NotAllowed, NotFound, refuse_unless

DEVICES = ("seal", "corporate-identifier", "watermark")


@dataclass(frozen=True, slots=True)
class TemplateSaid:
    """A template as it is proposed: its kind, the provider's pictures, and its Typst source, empty for the shipped one."""

    kind: str
    logo: bytes
    device_kind: str
    device: bytes
    source: str = ""


def propose_template(said: TemplateSaid, provider_id: int, *, by: UUID, at: datetime) -> UUID:
    """A template version is proposed, kept under its hashes. For administrators.

    Refuses pictures that may not be used, and a source on which a required item cannot appear or a forbidden one does; the
    findings name each item (CS 11, LOGO-01).
    """
    writing.refuse_without(Permission.MANAGE_ISSUING, provider_id, by=by, at=at)
    if said.kind not in rules.KINDS or said.device_kind not in DEVICES:
        raise NotAllowed("Choose the kind of document, and a seal, corporate identifier or watermark.")
    logo, device = read_asset(said.logo), read_asset(said.device)
    source = said.source or (FOLDER / "templates" / f"{said.kind}.typ").read_text(encoding="utf-8")
    findings = check_template(said.kind, source, nrt_logo=scheme_logo())
    if findings:
        words = " ".join(dict.fromkeys(f"{one.message.rstrip('.')}." for one in findings))
        raise NotAllowed(f"The template was not taken. {words}", findings=findings)
    with transaction.atomic():
        for content, media_type in ((said.logo, "image/*"), (said.device, "image/*")):
            documents_actions.keep_file([content], media_type=media_type, kind="template-art", at=at)
        kept = documents_actions.keep_file([source.encode()], media_type="text/plain", kind="template", at=at)
        earlier = Template.objects.filter(provider_id=provider_id, kind=said.kind)
        row = Template.objects.create(
            provider_id=provider_id,
            kind=said.kind,
            version=(earlier.aggregate(last=Max("version"))["last"] or 0) + 1,
            source_sha256=kept.sha256,
            logo_sha256=logo.sha256,
            device_kind=said.device_kind,
            device_sha256=device.sha256,
            proposed_by=by,
            proposed_at=at,
        )
    return row.id


def approve_template(template_id: UUID, *, by: UUID, at: datetime) -> None:
    """A second person approved a version: documents of its kind are rendered by it from now on. Refuses who proposed it."""
    _decide(template_id, "approve", by=by, at=at)


def decline_template(template_id: UUID, *, by: UUID, at: datetime) -> None:
    """A second person declined a version; it never renders a document."""
    _decide(template_id, "decline", by=by, at=at)


@transaction.atomic
def _decide(template_id: UUID, verb: str, *, by: UUID, at: datetime) -> None:
    """Decide on a proposed version."""
    row = _locked(template_id)
    writing.refuse_without(Permission.CONFIRM_ISSUING, row.provider_id, by=by, at=at)
    refuse_unless(rules.may_decide(proposed_by_decider=by == row.proposed_by, what="template"))
    row.state = TEMPLATE.move(row.state, verb)
    row.decided_by, row.decided_at = by, at
    row.save(update_fields=["state", "decided_by", "decided_at"])


@transaction.atomic
def retire_template(template_id: UUID, *, by: UUID, at: datetime) -> None:
    """An approved version renders no new document. For administrators."""
    row = _locked(template_id)
    writing.refuse_without(Permission.MANAGE_ISSUING, row.provider_id, by=by, at=at)
    row.state = TEMPLATE.move(row.state, "retire")
    row.save(update_fields=["state"])


def _locked(template_id: UUID) -> Template:
    """Return a version under lock; raises NotFound."""
    row = Template.objects.select_for_update().filter(pk=template_id).first()
    if row is None:
        raise NotFound("There is no such template, or none that you may see.")
    return row
