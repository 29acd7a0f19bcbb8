"""Tables of providers, their names, codes and registrations, and of the regulators that register them (TEQ-R1…R3).

Registers of providers are public data: there is no row-level security here, and no person's data either. Nothing is
ever removed: names and codes are dated, moves and changes stand in permanent tables.
"""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, DateRangeField, RangeOperators
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import F, Func, Q


class RegulatorProfile(models.Model):
    """One regulator and what its law lets this register do for it (rulebook 0); ships as data/regulators.toml."""

    code = models.CharField(primary_key=True, max_length=8)
    name = models.CharField(max_length=120)
    organisation = models.OneToOneField("accounts.Organisation", null=True, blank=True, on_delete=models.PROTECT)
    sectors = ArrayField(models.CharField(max_length=3))
    place = models.CharField(max_length=60)
    law_set = models.CharField(max_length=40)
    may_issue_credentials_for_closed_provider = models.BooleanField()
    extract_title = models.CharField(max_length=120)
    certification_wording_set = models.CharField(max_length=40)
    retention_years = models.PositiveSmallIntegerField()
    record_submission_mode = models.CharField(max_length=20)
    acceptance = models.CharField(max_length=10, choices=[("automatic", "automatic"), ("supervisor", "supervisor")])
    employer_verification_allowed = models.BooleanField()
    public_decisions = models.BooleanField()
    identity_scan_retention_days = models.PositiveSmallIntegerField(default=0)
    serves_closed_records_here = models.BooleanField()
    contact_name = models.CharField(max_length=120)
    contact_email = models.EmailField(blank=True)
    contact_phone = models.CharField(max_length=40, blank=True)
    contact_url = models.URLField(blank=True)
    basis = models.TextField()
    for_students = models.TextField()
    for_employers = models.TextField()
    source = models.TextField()

    class Meta:
        ordering = ["code"]

    def __str__(self) -> str:
        return f"{self.name} ({self.code})"


class Provider(models.Model):
    """A provider of tertiary education, whether it still operates or not. Its names and codes stand beside it."""

    id = models.AutoField(primary_key=True)  # row-level security compares it as ::integer
    organisation = models.OneToOneField("accounts.Organisation", on_delete=models.PROTECT)
    predecessor = models.OneToOneField(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="later_record"
    )
    abn = models.CharField(max_length=11, null=True, blank=True, db_index=True)
    zone = models.CharField(max_length=40, default="Australia/Sydney")
    contact_email = models.EmailField(blank=True)
    contact_phone = models.CharField(max_length=40, blank=True)
    contact_url = models.URLField(blank=True)
    contact_address = models.CharField(max_length=240, blank=True)
    note = models.TextField(blank=True)
    registered_by = models.UUIDField()
    registered_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["abn"], condition=Q(predecessor__isnull=True), name="provider_abn_once"),
            models.CheckConstraint(
                name="provider_abn_digits", condition=Q(abn__isnull=True) | Q(abn__regex=r"^\d{11}$")
            ),
        ]

    def __str__(self) -> str:
        return f"provider {self.pk}"


class ProviderName(models.Model):
    """A legal, trading or former name and the half-open period in which it was used."""

    class Kind(models.TextChoices):
        """Where a name comes from."""

        LEGAL = "legal", "Legal name"
        TRADING = "trading", "Trading name"
        FORMER = "former", "Former name"

    provider = models.ForeignKey(Provider, on_delete=models.PROTECT, related_name="names")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    name = models.CharField(max_length=200)
    folded = models.CharField(max_length=200)
    used_from = models.DateField(null=True, blank=True)
    used_until = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["provider", "kind", "id"]
        indexes = [
            GinIndex(OpClass(F("folded"), name="gin_trgm_ops"), name="provider_name_trigrams"),
        ]
        constraints = [
            models.CheckConstraint(name="provider_name_not_empty", condition=~Q(folded="")),
            models.CheckConstraint(
                name="provider_name_period",
                condition=Q(used_from__isnull=True) | Q(used_until__isnull=True) | Q(used_from__lt=F("used_until")),
            ),
            models.UniqueConstraint(
                fields=["provider"],
                condition=Q(kind="legal", used_until__isnull=True),
                name="provider_one_legal_name_now",
            ),
            models.UniqueConstraint(
                fields=["provider", "kind", "name"], condition=Q(used_until__isnull=True), name="provider_name_once"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class ProviderCode(models.Model):
    """A code under which a regulator knows the provider. `matched` is the RTO code without leading zeros."""

    class Kind(models.TextChoices):
        """Whose code it is."""

        RTO = "rto", "RTO code"
        TEQSA = "teqsa", "TEQSA provider id"
        CRICOS = "cricos", "CRICOS provider code"

    provider = models.ForeignKey(Provider, on_delete=models.PROTECT, related_name="codes")
    kind = models.CharField(max_length=6, choices=Kind.choices)
    value = models.CharField(max_length=10)
    matched = models.CharField(max_length=10)

    class Meta:
        ordering = ["provider", "kind", "value"]
        constraints = [
            models.UniqueConstraint(fields=["kind", "matched"], name="provider_code_once"),
            models.CheckConstraint(
                name="provider_code_pattern",
                condition=Q(kind="rto", value__regex=r"^\d{4,5}$")
                | Q(kind="teqsa", value__regex=r"^PRV\d{5}$")
                | Q(kind="cricos", value__regex=r"^\d{5}[A-Z]$"),
            ),
        ]

    def __str__(self) -> str:
        return self.value


class Registration(models.Model):
    """One provider's registration with one regulator in one sector, with its own states (rulebook F.1)."""

    class Sector(models.TextChoices):
        """What a provider teaches under the registration."""

        VET = "vet", "Vocational education and training"
        HE = "he", "Higher education"

    provider = models.ForeignKey(Provider, on_delete=models.PROTECT, related_name="registrations")
    regulator = models.ForeignKey(RegulatorProfile, on_delete=models.PROTECT, related_name="registrations")
    sector = models.CharField(max_length=3, choices=Sector.choices)
    number = models.CharField(max_length=20, blank=True)
    registered_from = models.DateField()
    registered_until = models.DateField(null=True, blank=True)
    state = models.CharField(max_length=12)
    state_since = models.DateField()
    successor = models.ForeignKey(Provider, null=True, blank=True, on_delete=models.PROTECT, related_name="taken_over")
    records_accepted_by_successor = models.BooleanField(default=False)

    class Meta:
        ordering = ["provider", "registered_from", "id"]
        constraints = [
            models.CheckConstraint(
                name="registration_period",
                condition=Q(registered_until__isnull=True) | Q(registered_from__lt=F("registered_until")),
            ),
            models.CheckConstraint(
                name="registration_state_known",
                condition=Q(
                    state__in=[
                        "applicant",
                        "registered",
                        "suspended",
                        "ceasing",
                        "ceased",
                        "merged",
                        "lapsed",
                        "cancelled",
                        "archived",
                    ]
                ),
            ),
            models.CheckConstraint(
                name="registration_merged_has_successor", condition=~Q(state="merged") | Q(successor__isnull=False)
            ),
            models.CheckConstraint(
                name="registration_successor_is_another",
                condition=Q(successor__isnull=True) | ~Q(successor=F("provider")),
            ),
            ExclusionConstraint(
                name="registration_no_overlap",
                expressions=[
                    (F("provider"), RangeOperators.EQUAL),
                    (F("regulator"), RangeOperators.EQUAL),
                    (F("sector"), RangeOperators.EQUAL),
                    (
                        Func(
                            "registered_from", "registered_until", function="daterange", output_field=DateRangeField()
                        ),
                        RangeOperators.OVERLAPS,
                    ),
                ],
            ),
        ]

    def __str__(self) -> str:
        return f"registration {self.pk} with {self.regulator_id}"


class RegistrationMove(models.Model):
    """One move of a registration from state to state, by whom and on what authority. Permanent."""

    registration = models.ForeignKey(Registration, on_delete=models.PROTECT, related_name="moves")
    from_state = models.CharField(max_length=12)
    to_state = models.CharField(max_length=12)
    effective_date = models.DateField()
    authority = models.CharField(max_length=240)
    reason = models.TextField(blank=True)
    by = models.UUIDField()
    at = models.DateTimeField()

    class Meta:
        ordering = ["registration", "id"]

    def __str__(self) -> str:
        return f"{self.from_state} to {self.to_state}"


class ProviderChange(models.Model):
    """One change to what the register says about a provider, before and after. Permanent."""

    provider = models.ForeignKey(Provider, on_delete=models.PROTECT, related_name="changes")
    what = models.CharField(max_length=40)
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)
    by = models.UUIDField()
    at = models.DateTimeField()

    class Meta:
        ordering = ["provider", "id"]

    def __str__(self) -> str:
        return self.what


class ClosureCase(models.Model):
    """The sweep for a closing provider's records (REG-08, CQR-18); it closes with a signed coverage map."""

    registration = models.OneToOneField(Registration, on_delete=models.PROTECT, related_name="closure")
    opened_by = models.UUIDField()
    opened_at = models.DateTimeField()
    trigger_date = models.DateField()
    due_date = models.DateField()
    coverage_note = models.TextField(blank=True)
    coverage_signed_by = models.UUIDField(null=True, blank=True)
    coverage_signed_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(name="closure_due_after_trigger", condition=Q(due_date__gte=F("trigger_date"))),
            models.CheckConstraint(
                name="closure_signed_whole",
                condition=Q(coverage_signed_by__isnull=True, coverage_signed_at__isnull=True)
                | Q(coverage_signed_by__isnull=False, coverage_signed_at__isnull=False),
            ),
            models.CheckConstraint(
                name="closure_closed_when_signed",
                condition=Q(closed_at__isnull=True) | Q(coverage_signed_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"closure of registration {self.registration_id}"
