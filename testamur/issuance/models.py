"""Tables of issuing: who may, by which template, what was prepared, issued, copied, replaced and cancelled.

Facts in them are pseudonymous; the name on a document stands in IssuedName, which erasure deletes, and in the kept content. Acts,
moves and copies are permanent: what somebody did is never altered, the next thing is done besides.
"""

import uuid

from django.db import models
from django.db.models import Q

from testamur.issuance import rules
from testamur.issuance.states import CERTIFICATION, TEMPLATE


class SigningAuthority(models.Model):
    """A written authority of a provider: to prepare, to approve or to sign, from a day on. Permanent; ended, never edited.

    `kinds` names the kinds of document, none: all. A signatory needs no account; name, position and the picture of the signature
    are printed as they stand here.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    provider_id = models.IntegerField()
    power = models.CharField(max_length=8)
    account = models.UUIDField(null=True)
    kinds = models.JSONField(default=list)
    authority_from = models.DateField()
    authority_until = models.DateField(null=True)
    instrument = models.CharField(max_length=200)
    printed_name = models.CharField(max_length=120, blank=True)
    position = models.CharField(max_length=120, blank=True)
    signature_sha256 = models.CharField(max_length=64, blank=True)
    granted_by = models.UUIDField()
    granted_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(power__in=rules.POWERS), name="authority_power_is_known"),
            models.CheckConstraint(
                condition=Q(power="sign", signature_sha256__regex="^[0-9a-f]{64}$") & ~Q(printed_name="")
                | Q(account__isnull=False) & ~Q(power="sign"),
                name="authority_is_somebodys",
            ),
            models.CheckConstraint(
                condition=Q(authority_until__isnull=True) | Q(authority_until__gte=models.F("authority_from")),
                name="authority_ends_after_it_begins",
            ),
        ]

    def __str__(self) -> str:
        """Name the authority."""
        return f"authority to {self.power} {self.id}"


class AuthorityAct(models.Model):
    """A second person confirmed an authority, or somebody ended it on a day; each once. Permanent."""

    authority = models.ForeignKey(SigningAuthority, on_delete=models.PROTECT, related_name="acts")
    provider_id = models.IntegerField()
    verb = models.CharField(max_length=8)
    ended_on = models.DateField(null=True)
    reason = models.CharField(max_length=400, blank=True)
    by = models.UUIDField()
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["authority", "verb"], name="authorityact_once"),
            models.CheckConstraint(
                condition=Q(verb="confirm", ended_on__isnull=True) | Q(verb="end", ended_on__isnull=False),
                name="authorityact_is_known",
            ),
        ]

    def __str__(self) -> str:
        """Name the act."""
        return f"{self.verb} of authority {self.authority_id}"


class Template(models.Model):
    """One version of a provider's template of a kind, by the hashes of its source and pictures, which never change (AQF-13)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    provider_id = models.IntegerField()
    kind = models.CharField(max_length=24)
    version = models.PositiveIntegerField()
    source_sha256 = models.CharField(max_length=64)
    logo_sha256 = models.CharField(max_length=64)
    device_kind = models.CharField(max_length=20)
    device_sha256 = models.CharField(max_length=64)
    state = models.CharField(max_length=10, default=TEMPLATE.initial)
    proposed_by = models.UUIDField()
    proposed_at = models.DateTimeField()
    decided_by = models.UUIDField(null=True)
    decided_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["provider_id", "kind", "version"], name="template_version_once"),
            models.CheckConstraint(condition=Q(state__in=list(TEMPLATE.states)), name="template_state_is_known"),
            models.CheckConstraint(condition=Q(kind__in=rules.KINDS), name="template_kind_is_known"),
            models.CheckConstraint(
                condition=~Q(state="approved") | Q(decided_by__isnull=False) & ~Q(decided_by=models.F("proposed_by")),
                name="template_approved_by_another",
            ),
        ]

    def __str__(self) -> str:
        """Name the version."""
        return f"template {self.kind} {self.version}"


class Certification(models.Model):
    """One certification document, from its preparation on. Which one may be prepared is computed and has no row.

    `facts`, `verdict` and `units` are what was decided on, pseudonymous. `replaces` is the document in whose place it stands.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    provider_id = models.IntegerField()
    student_id = models.BigIntegerField()
    enrolment_id = models.UUIDField()
    kind = models.CharField(max_length=24)
    sector = models.CharField(max_length=3)
    product_code = models.CharField(max_length=20)
    product_title = models.CharField(max_length=255)
    product_release = models.CharField(max_length=20, blank=True)
    number = models.CharField(max_length=13, unique=True)
    own_number = models.CharField(max_length=40, blank=True)
    state = models.CharField(max_length=24, default=CERTIFICATION.initial)
    state_since = models.DateTimeField()
    facts = models.JSONField()
    verdict = models.JSONField()
    ruleset_version = models.CharField(max_length=10)
    units = models.JSONField(default=list)
    referred_reason = models.CharField(max_length=400, blank=True)
    due_on = models.DateField(null=True)
    template = models.ForeignKey(Template, on_delete=models.PROTECT, related_name="+")
    signatory = models.ForeignKey(SigningAuthority, on_delete=models.PROTECT, related_name="+")
    prepared_by = models.UUIDField()
    prepared_at = models.DateTimeField()
    approved_by = models.UUIDField(null=True)
    approved_at = models.DateTimeField(null=True)
    issued_on = models.DateField(null=True)
    completed_on = models.DateField(null=True)
    sha256 = models.CharField(max_length=64, blank=True)
    replaces = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="replaced_by")
    replacing = models.CharField(max_length=12, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=list(CERTIFICATION.states)), name="certification_state_is_known"
            ),
            models.CheckConstraint(condition=Q(kind__in=rules.KINDS), name="certification_kind_is_known"),
            models.CheckConstraint(
                condition=Q(state__in=["prepared", "discarded"])
                | Q(approved_by__isnull=False, issued_on__isnull=False) & ~Q(approved_by=models.F("prepared_by")),
                name="certification_approved_by_another",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["prepared", "approved", "discarded"]) | Q(sha256__regex="^[0-9a-f]{64}$"),
                name="certification_issued_has_its_bytes",
            ),
            models.CheckConstraint(
                condition=Q(replaces__isnull=True, replacing="")
                | Q(replaces__isnull=False, replacing__in=rules.REPLACING),
                name="certification_says_why_it_replaces",
            ),
            models.UniqueConstraint(
                fields=["enrolment_id", "kind"],
                condition=Q(state__in=["prepared", "approved"]),
                name="certification_prepared_once",
            ),
            models.UniqueConstraint(
                fields=["enrolment_id", "kind"],
                condition=Q(state__in=["issued", "cancellation_proposed"]),
                name="certification_holds_once",
            ),
        ]
        indexes = [
            models.Index(fields=["provider_id", "state", "-issued_on"], name="certifications_by_state"),
            models.Index(fields=["student_id"], name="certifications_of_student"),
        ]

    def __str__(self) -> str:
        """Name the document by kind and number."""
        return f"{self.kind} {self.number}"


class IssuedName(models.Model):
    """The name that stands on a document; erasure deletes it."""

    certification = models.OneToOneField(
        Certification, on_delete=models.PROTECT, primary_key=True, related_name="issued_name"
    )
    provider_id = models.IntegerField()
    student_id = models.BigIntegerField()
    name = models.CharField(max_length=255)

    def __str__(self) -> str:
        """Name the row by its document."""
        return f"name on {self.certification_id}"


class CertificationMove(models.Model):
    """One thing that was done with a document: from which state to which, by whom, when, why. Permanent."""

    id = models.BigAutoField(primary_key=True)
    certification = models.ForeignKey(Certification, on_delete=models.PROTECT, related_name="moves")
    provider_id = models.IntegerField()
    student_id = models.BigIntegerField()
    verb = models.CharField(max_length=24)
    from_state = models.CharField(max_length=24, blank=True)
    to_state = models.CharField(max_length=24)
    reason = models.CharField(max_length=400, blank=True)
    details = models.JSONField(default=dict)
    by = models.UUIDField()
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["certification", "id"], name="moves_of_certification")]

    def __str__(self) -> str:
        """Name the move by number and verb."""
        return f"move {self.pk}: {self.verb}"


class Reissue(models.Model):
    """A further copy of the stored bytes was given out: which copy, why, on what evidence (REI-01). Permanent."""

    id = models.BigAutoField(primary_key=True)
    certification = models.ForeignKey(Certification, on_delete=models.PROTECT, related_name="copies")
    provider_id = models.IntegerField()
    student_id = models.BigIntegerField()
    kind = models.CharField(max_length=12)
    copy_number = models.PositiveIntegerField()
    evidence = models.CharField(max_length=200)
    reissued_on = models.DateField()
    by = models.UUIDField()
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["certification", "copy_number"], name="reissue_copy_once"),
            models.CheckConstraint(condition=Q(kind__in=rules.COPIES), name="reissue_kind_is_known"),
        ]

    def __str__(self) -> str:
        """Name the copy."""
        return f"copy {self.copy_number} of {self.certification_id}"
