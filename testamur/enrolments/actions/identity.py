"""Attest that the enrolled person is the one who was assessed (rulebook AQF-06)."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from testamur.accounts.roles import Permission
from testamur.enrolments.actions import writing
from testamur.enrolments.models import IdentityAttestation
from testamur.enrolments.said import AttestationSaid, check_attestation
from testamur.kernel.errors import NotAllowed, NotFound


@transaction.atomic
def attest_identity(enrolment_id: UUID, said: AttestationSaid, *, by: UUID, at: datetime) -> bool:
    """It is attested that the enrolled person did the assessment; returns whether that is new. For data officers.

    Only the kind of check, its day and whose word it is are kept: no document of identity is.
    """
    enrolment = writing.to_change(enrolment_id, Permission.CHANGE_ENROLMENT, by=by, at=at)
    writing.refuse_findings(check_attestation(said, today=writing.local_day(enrolment.provider_id, at)))
    alike = IdentityAttestation.objects.filter(
        enrolment=enrolment,
        check_kind=said.check_kind,
        checked_on=said.checked_on,
        assessor=said.assessor,
        withdrawn_at__isnull=True,
    )
    if alike.exists():
        return False
    row = IdentityAttestation.objects.create(
        enrolment=enrolment,
        provider_id=enrolment.provider_id,
        check_kind=said.check_kind,
        checked_on=said.checked_on,
        assessor=said.assessor,
        officer=by,
        attested_at=at,
    )
    after = {"check": said.check_kind, "checked_on": said.checked_on, "assessor": said.assessor}
    writing.changed(enrolment, "attest", about=str(row.pk), after=after, by=by, at=at).save()
    return True


@transaction.atomic
def withdraw_attestation(attestation_id: int, *, reason: str, by: UUID, at: datetime) -> None:
    """An attestation counts no more; it stays to be read with the reason. For data officers. Done twice it changes nothing."""
    row = IdentityAttestation.objects.select_for_update().filter(pk=attestation_id).first()
    if row is None:
        raise NotFound("There is no such attestation, or none that you may see.")
    enrolment = writing.to_change(row.enrolment_id, Permission.CHANGE_ENROLMENT, by=by, at=at)
    if not reason.strip():
        raise NotAllowed("Say why the attestation is withdrawn. The reason is kept.")
    if row.withdrawn_at:
        return
    row.withdrawn_at = at
    row.save(update_fields=["withdrawn_at"])
    before = {"check": row.check_kind, "checked_on": row.checked_on}
    writing.changed(enrolment, "withdraw", about=str(row.pk), before=before, reason=reason, by=by, at=at).save()
