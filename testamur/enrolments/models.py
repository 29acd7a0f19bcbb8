"""A provider's working data about its students in training, from which entitlement to a document is computed (rulebook A.1).

None of it is the permanent record: that is written at issue or by a submission only. Nothing here names a student; names,
contacts and identifiers stand in the tables of students. Every change keeps what stood there before in EnrolmentChange, with
who, when and why. Every row carries its provider, and what a student may read of their own carries the student.
"""

import uuid

from django.db import models
from django.db.models import F, Q

from testamur.enrolments import rules
from testamur.enrolments.states import ENROLMENT


class Enrolment(models.Model):
    """A student's undertaking of one training product or course at one provider; product as it stood on the day.

    The day of completion is computed from the outcomes (rules.completed_on) and stands here while the state says completed.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    provider_id = models.IntegerField()
    student_id = models.BigIntegerField()
    sector = models.CharField(max_length=3)
    product_code = models.CharField(max_length=20)
    product_kind = models.CharField(max_length=20)
    product_title = models.CharField(max_length=255)
    product_release = models.CharField(max_length=20, blank=True)
    stream = models.CharField(max_length=120, blank=True)
    delivery_site = models.CharField(max_length=120, blank=True)
    third_party = models.CharField(max_length=120, blank=True)
    enrolled_on = models.DateField()
    commenced_on = models.DateField(null=True)
    expected_until = models.DateField(null=True)
    completed_on = models.DateField(null=True)
    state = models.CharField(max_length=12, default=ENROLMENT.initial)
    state_since = models.DateTimeField()
    entered_by = models.UUIDField()
    entered_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(state__in=list(ENROLMENT.states)), name="enrolment_state_is_known"),
            models.CheckConstraint(condition=Q(sector__in=rules.SECTORS), name="enrolment_sector_is_known"),
            models.CheckConstraint(condition=Q(product_kind__in=rules.KINDS), name="enrolment_kind_is_known"),
            models.CheckConstraint(
                condition=Q(completed_on__isnull=False, state="completed")
                | (Q(completed_on__isnull=True) & ~Q(state="completed")),
                name="enrolment_completed_has_its_day",
            ),
            models.UniqueConstraint(
                fields=["provider_id", "student_id", "product_code", "enrolled_on"], name="enrolment_once"
            ),
        ]
        indexes = [
            models.Index(fields=["provider_id", "state", "-enrolled_on"], name="enrolments_by_state"),
            models.Index(fields=["student_id"], name="enrolments_of_student"),
        ]

    def __str__(self) -> str:
        """Name the enrolment by number and product."""
        return f"enrolment {self.id} in {self.product_code}"


class TrainingContract(models.Model):
    """An apprenticeship or traineeship contract of an enrolment: number, State or Territory, term, and when it was cancelled."""

    id = models.BigAutoField(primary_key=True)
    enrolment = models.ForeignKey(Enrolment, on_delete=models.PROTECT, related_name="contracts")
    provider_id = models.IntegerField()
    student_id = models.BigIntegerField()
    number = models.CharField(max_length=40)
    jurisdiction = models.CharField(max_length=3)
    contract_from = models.DateField()
    contract_until = models.DateField(null=True)
    cancelled_on = models.DateField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["enrolment", "number"], name="contract_once_per_enrolment"),
            models.CheckConstraint(
                condition=Q(jurisdiction__in=rules.JURISDICTIONS), name="contract_jurisdiction_is_known"
            ),
            models.CheckConstraint(
                condition=Q(contract_until__isnull=True) | Q(contract_until__gte=F("contract_from")),
                name="contract_ends_after_it_begins",
            ),
        ]

    def __str__(self) -> str:
        """Name the contract by its number."""
        return f"training contract {self.number}"


class Evidence(models.Model):
    """An assessment file, an RPL portfolio or a sighted source of credit transfer: hash, size and kind; the bytes lie sealed.

    `kept_as` is the SHA-256 of the sealed bytes in the vault, empty once they are purged; `sha256` is the file's own and stays.
    Until when it is kept is computed (rules.evidence_kept_until, REG-04) from the enrolment and `other_duty_until`.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    enrolment = models.ForeignKey(Enrolment, on_delete=models.PROTECT, related_name="evidence")
    provider_id = models.IntegerField()
    unit_code = models.CharField(max_length=20, blank=True)
    kind = models.CharField(max_length=20)
    label = models.CharField(max_length=120)
    media_type = models.CharField(max_length=100)
    size = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    kept_as = models.CharField(max_length=64, blank=True)
    other_duty_until = models.DateField(null=True)
    other_duty = models.CharField(max_length=200, blank=True)
    added_by = models.UUIDField()
    added_at = models.DateTimeField()
    purged_by = models.UUIDField(null=True)
    purged_at = models.DateTimeField(null=True)
    kept_until = models.DateField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=rules.EVIDENCE_KINDS), name="evidence_kind_is_known"),
            models.CheckConstraint(
                condition=Q(purged_at__isnull=True, purged_by__isnull=True, kept_until__isnull=True)
                | Q(purged_at__isnull=False, purged_by__isnull=False, kept_until__isnull=False, kept_as=""),
                name="evidence_purged_says_who_when_and_due",
            ),
        ]

    def __str__(self) -> str:
        """Name the evidence by its hash."""
        return f"{self.kind} {self.sha256[:16]}"


class UnitOutcome(models.Model):
    """How one unit of an enrolment goes or went; what stood here before is in EnrolmentChange."""

    id = models.BigAutoField(primary_key=True)
    enrolment = models.ForeignKey(Enrolment, on_delete=models.PROTECT, related_name="outcomes")
    provider_id = models.IntegerField()
    student_id = models.BigIntegerField()
    unit_code = models.CharField(max_length=20)
    unit_title = models.CharField(max_length=255)
    outcome = models.CharField(max_length=16)
    method = models.CharField(max_length=16)
    decided_on = models.DateField(null=True)
    assessor = models.CharField(max_length=120, blank=True)
    started_on = models.DateField(null=True)
    ended_on = models.DateField(null=True)
    delivered_in = models.CharField(max_length=3, blank=True)
    assessed_in = models.CharField(max_length=3, blank=True)
    mark = models.CharField(max_length=10, blank=True)
    grade = models.CharField(max_length=10, blank=True)
    evidence = models.ForeignKey(Evidence, on_delete=models.PROTECT, null=True, related_name="+")
    changed_by = models.UUIDField()
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["enrolment", "unit_code"], name="unit_once_per_enrolment"),
            models.CheckConstraint(condition=Q(outcome__in=rules.OUTCOMES), name="unitoutcome_outcome_is_known"),
            models.CheckConstraint(condition=Q(method__in=rules.METHODS), name="unitoutcome_method_is_known"),
            models.CheckConstraint(
                condition=~Q(outcome__in=rules.DECISIVE) | Q(decided_on__isnull=False),
                name="unitoutcome_decided_has_its_day",
            ),
        ]

    def __str__(self) -> str:
        """Name the unit and its outcome."""
        return f"{self.unit_code}: {self.outcome}"


class Exit(models.Model):
    """The student left an enrolment: on which day and why. One stands at a time; a correction keeps the one before as a change."""

    enrolment = models.OneToOneField(Enrolment, on_delete=models.PROTECT, primary_key=True, related_name="left")
    provider_id = models.IntegerField()
    student_id = models.BigIntegerField()
    exited_on = models.DateField()
    reason = models.CharField(max_length=20)
    note = models.CharField(max_length=400, blank=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(reason__in=rules.EXIT_REASONS), name="exit_reason_is_known")]

    def __str__(self) -> str:
        """Say when and why."""
        return f"{self.reason} on {self.exited_on}"


class FeeEntry(models.Model):
    """One entry of an enrolment's fee agreement; permanent, and put right by a counter-entry with a negative amount.

    Amounts are cents. Balance and the day on which it was cleared are computed (rules.fee_standing, AQF-05).
    """

    id = models.BigAutoField(primary_key=True)
    enrolment = models.ForeignKey(Enrolment, on_delete=models.PROTECT, related_name="fees")
    provider_id = models.IntegerField()
    student_id = models.BigIntegerField()
    kind = models.CharField(max_length=8)
    cents = models.BigIntegerField()
    entry_date = models.DateField()
    reference = models.CharField(max_length=60)
    entered_by = models.UUIDField()
    entered_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=rules.FEE_KINDS), name="feeentry_kind_is_known"),
            models.CheckConstraint(condition=~Q(cents=0), name="feeentry_is_not_nothing"),
            models.UniqueConstraint(fields=["enrolment", "kind", "reference"], name="feeentry_reference_once"),
        ]

    def __str__(self) -> str:
        """Name the entry by number and kind."""
        return f"fee entry {self.pk}: {self.kind}"


class IdentityAttestation(models.Model):
    """The attestation that the enrolled person did the assessment (AQF-06): how and when it was checked, by whom, whose word.

    Permanent; one that was wrong is withdrawn by a change and counts no more.
    """

    id = models.BigAutoField(primary_key=True)
    enrolment = models.ForeignKey(Enrolment, on_delete=models.PROTECT, related_name="attestations")
    provider_id = models.IntegerField()
    check_kind = models.CharField(max_length=20)
    checked_on = models.DateField()
    assessor = models.CharField(max_length=120)
    officer = models.UUIDField()
    attested_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(check_kind__in=rules.IDENTITY_CHECKS), name="attestation_kind_is_known"),
        ]

    def __str__(self) -> str:
        """Name the attestation by its kind."""
        return f"identity attested by {self.check_kind} on {self.checked_on}"


class TimelyDate(models.Model):
    """The provider's own day by which a student in a superseded product finishes and is issued, with reasons (TRN-03)."""

    id = models.BigAutoField(primary_key=True)
    enrolment = models.ForeignKey(Enrolment, on_delete=models.PROTECT, related_name="timely_dates")
    provider_id = models.IntegerField()
    timely_date = models.DateField()
    reasons = models.TextField()
    set_by = models.UUIDField()
    set_at = models.DateTimeField()

    def __str__(self) -> str:
        """Say the day."""
        return f"timely until {self.timely_date}"


class EnrolmentChange(models.Model):
    """One thing that somebody did to an enrolment: before, after, who, when and why. Permanent, and complete."""

    id = models.BigAutoField(primary_key=True)
    enrolment = models.ForeignKey(Enrolment, on_delete=models.PROTECT, related_name="changes")
    provider_id = models.IntegerField()
    verb = models.CharField(max_length=20)
    about = models.CharField(max_length=80, blank=True)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)
    reason = models.CharField(max_length=400, blank=True)
    by = models.UUIDField()
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["enrolment", "-id"], name="changes_of_enrolment")]

    def __str__(self) -> str:
        """Name the change by number and verb."""
        return f"change {self.pk}: {self.verb}"
