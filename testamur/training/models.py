"""Tables of the national register's training products and scopes, one dated copy after another (formats 5.2, 5.3).

All of it is public data: no person's data, no row-level security. A copy adds versions of what changed since the copy before
and touches nothing else; versions and what hangs on them are permanent, so that what the register said on a day stays
answerable. `Product` alone is rewritten: it is the index to the youngest version of each code.
"""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import F, Q

KINDS = ["qualification", "skill-set", "unit", "accredited-course", "short-course", "module", "he-course"]
STATUSES = ["current", "superseded", "expired", "removed", "deleted"]


class Snapshot(models.Model):
    """One dated copy of the national register that was loaded, with the hash of each file. Permanent."""

    taken_on = models.DateField()
    source = models.CharField(max_length=240)
    synthetic = models.BooleanField()
    digest = models.CharField(max_length=64, unique=True)
    files = models.JSONField()
    counts = models.JSONField()
    changes = models.JSONField()
    loaded_by = models.UUIDField()
    loaded_at = models.DateTimeField()

    class Meta:
        ordering = ["taken_on", "id"]

    def __str__(self) -> str:
        return f"copy of {self.taken_on}"


class ProductVersion(models.Model):
    """What one copy says about a product, where that differs from the copy before; `listed` false: it is in it no more."""

    snapshot = models.ForeignKey(Snapshot, on_delete=models.PROTECT, related_name="versions")
    code = models.CharField(max_length=30)
    listed = models.BooleanField()
    kind = models.CharField(max_length=20)
    title = models.CharField(max_length=240)
    parent_code = models.CharField(max_length=30, blank=True)
    parent_title = models.CharField(max_length=240, blank=True)
    descriptor = models.CharField(max_length=240, blank=True)
    sector = models.CharField(max_length=3)
    streams = ArrayField(models.CharField(max_length=120))
    digest = models.CharField(max_length=200)

    class Meta:
        ordering = ["code", "snapshot"]
        constraints = [
            models.UniqueConstraint(fields=["code", "snapshot"], name="product_version_once"),
            models.CheckConstraint(name="product_version_kind", condition=Q(kind__in=KINDS)),
            models.CheckConstraint(name="product_version_sector", condition=Q(sector__in=["vet", "he"])),
        ]

    def __str__(self) -> str:
        return self.code


class ProductStatus(models.Model):
    """A half-open period in which a product has a status, with the reason. Permanent."""

    version = models.ForeignKey(ProductVersion, on_delete=models.PROTECT, related_name="statuses")
    status = models.CharField(max_length=12)
    valid_from = models.DateField()
    valid_until = models.DateField(null=True, blank=True)
    reason = models.CharField(max_length=240, blank=True)

    class Meta:
        ordering = ["version", "valid_from"]
        constraints = [
            models.CheckConstraint(name="product_status_known", condition=Q(status__in=STATUSES)),
            models.CheckConstraint(
                name="product_status_period",
                condition=Q(valid_until__isnull=True) | Q(valid_from__lt=F("valid_until")),
            ),
        ]

    def __str__(self) -> str:
        return self.status


class ProductRelease(models.Model):
    """A release of a product. Where it is packaged, how many units its rules ask for altogether. Permanent."""

    version = models.ForeignKey(ProductVersion, on_delete=models.PROTECT, related_name="releases")
    number = models.CharField(max_length=12)
    released_date = models.DateField()
    units_required = models.PositiveSmallIntegerField(null=True, blank=True)

    class Meta:
        ordering = ["version", "released_date", "number"]
        constraints = [models.UniqueConstraint(fields=["version", "number"], name="product_release_once")]

    def __str__(self) -> str:
        return f"release {self.number}"


class PackagingGroup(models.Model):
    """A group of a release's packaging rules: all of its core, so many of an elective group, or units from elsewhere. Permanent."""

    version = models.ForeignKey(ProductVersion, on_delete=models.PROTECT, related_name="groups")
    release = models.CharField(max_length=12)
    group = models.CharField(max_length=12)
    title = models.CharField(max_length=120)
    kind = models.CharField(max_length=10)
    choose_least = models.PositiveSmallIntegerField()
    choose_most = models.PositiveSmallIntegerField(null=True, blank=True)

    class Meta:
        ordering = ["version", "release", "id"]
        constraints = [
            models.UniqueConstraint(fields=["version", "release", "group"], name="packaging_group_once"),
            models.CheckConstraint(
                name="packaging_group_kind", condition=Q(kind__in=["core", "elective", "elsewhere"])
            ),
        ]

    def __str__(self) -> str:
        return self.title


class PackagedUnit(models.Model):
    """A unit or module that stands in a group of a release; it may belong to another training package. Permanent."""

    version = models.ForeignKey(ProductVersion, on_delete=models.PROTECT, related_name="packaged")
    release = models.CharField(max_length=12)
    group = models.CharField(max_length=12)
    unit_code = models.CharField(max_length=30, db_index=True)

    class Meta:
        ordering = ["version", "release", "group", "unit_code"]
        constraints = [
            models.UniqueConstraint(fields=["version", "release", "unit_code"], name="packaged_unit_once"),
        ]

    def __str__(self) -> str:
        return self.unit_code


class Supersession(models.Model):
    """What replaces a product since which day, and whether it is equivalent (MappingInformation). Permanent."""

    version = models.ForeignKey(ProductVersion, on_delete=models.PROTECT, related_name="replacements")
    to_code = models.CharField(max_length=30, db_index=True)
    equivalent = models.BooleanField()
    replaced_date = models.DateField()
    note = models.CharField(max_length=400, blank=True)

    class Meta:
        ordering = ["version", "replaced_date", "to_code"]

    def __str__(self) -> str:
        return f"to {self.to_code}"


class Product(models.Model):
    """Where a code's youngest version is found, by code and by words of its title; rewritten by each copy."""

    code = models.CharField(primary_key=True, max_length=30)
    version = models.OneToOneField(ProductVersion, on_delete=models.PROTECT, related_name="product")
    kind = models.CharField(max_length=20)
    title = models.CharField(max_length=240)
    sought = models.CharField(max_length=280)
    first_released = models.DateField(null=True, blank=True)
    listed = models.BooleanField()

    class Meta:
        ordering = ["code"]
        indexes = [
            GinIndex(OpClass(F("sought"), name="gin_trgm_ops"), name="product_trigrams"),
            models.Index(OpClass(F("code"), name="varchar_pattern_ops"), name="product_code_prefix"),
        ]

    def __str__(self) -> str:
        return self.code


class ScopeStatement(models.Model):
    """The scope of one provider as a copy says it, where that differs from the copy before. Permanent.

    The provider stands under the code of its regulator, an RTO code without leading zeros or a TEQSA provider id.
    """

    snapshot = models.ForeignKey(Snapshot, on_delete=models.PROTECT, related_name="scopes")
    provider_code = models.CharField(max_length=10)
    digest = models.CharField(max_length=64)

    class Meta:
        ordering = ["provider_code", "snapshot"]
        constraints = [models.UniqueConstraint(fields=["provider_code", "snapshot"], name="scope_statement_once")]

    def __str__(self) -> str:
        return self.provider_code


class ScopeItem(models.Model):
    """A product that a provider may deliver and issue in a half-open period, with conditions. Permanent."""

    statement = models.ForeignKey(ScopeStatement, on_delete=models.PROTECT, related_name="items")
    code = models.CharField(max_length=30)
    valid_from = models.DateField()
    valid_until = models.DateField(null=True, blank=True)
    extent = models.CharField(max_length=20)
    implicit = models.BooleanField()
    refused = models.BooleanField()
    conditions = models.CharField(max_length=400, blank=True)

    class Meta:
        ordering = ["statement", "code", "valid_from"]
        indexes = [models.Index(fields=["code"], name="scope_item_code")]
        constraints = [
            models.CheckConstraint(
                name="scope_item_period", condition=Q(valid_until__isnull=True) | Q(valid_from__lt=F("valid_until"))
            ),
        ]

    def __str__(self) -> str:
        return self.code


class ProposedCopy(models.Model):
    """A dated copy that somebody sent and checked, waiting for a second person; its bytes go once that is decided."""

    id = models.UUIDField(primary_key=True)
    state = models.CharField(max_length=10)
    taken_on = models.DateField()
    source = models.CharField(max_length=240)
    sha256 = models.CharField(max_length=64)
    content = models.BinaryField(null=True)
    differences = models.JSONField()
    proposed_by = models.UUIDField()
    proposed_at = models.DateTimeField()
    decided_by = models.UUIDField(null=True, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(max_length=400, blank=True)
    snapshot = models.OneToOneField(Snapshot, null=True, blank=True, on_delete=models.PROTECT, related_name="proposal")

    class Meta:
        ordering = ["-proposed_at"]
        constraints = [
            models.CheckConstraint(
                name="proposed_copy_state",
                condition=Q(state__in=["proposed", "approved", "loaded", "refused", "withdrawn", "failed"]),
            ),
            models.CheckConstraint(
                name="proposed_copy_second_person",
                condition=Q(state__in=["proposed", "withdrawn"])
                | (Q(decided_by__isnull=False) & ~Q(decided_by=F("proposed_by"))),
            ),
        ]

    def __str__(self) -> str:
        return f"copy of {self.taken_on}, {self.state}"


class WatchedReview(models.Model):
    """An announced review of a training package, for the watch list; withdrawn with a reason, never removed."""

    package_code = models.CharField(max_length=30)
    title = models.CharField(max_length=240)
    announced_date = models.DateField()
    expected_date = models.DateField(null=True, blank=True)
    note = models.CharField(max_length=400)
    source = models.CharField(max_length=240)
    added_by = models.UUIDField()
    added_at = models.DateTimeField()
    withdrawn_by = models.UUIDField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_reason = models.CharField(max_length=400, blank=True)

    class Meta:
        ordering = ["-announced_date", "package_code"]
        constraints = [
            models.CheckConstraint(
                name="watched_review_withdrawn_whole",
                condition=Q(withdrawn_by__isnull=True, withdrawn_at__isnull=True, withdrawn_reason="")
                | (Q(withdrawn_by__isnull=False, withdrawn_at__isnull=False) & ~Q(withdrawn_reason="")),
            ),
        ]

    def __str__(self) -> str:
        return self.package_code


class CalendarFeed(models.Model):
    """An address at which a calendar program fetches a provider's transition days, until it is revoked.

    The address is this row's id, signed with the site's key: nothing secret is stored, and nothing in it says whose it is.
    """

    id = models.UUIDField(primary_key=True)
    provider_id = models.IntegerField()
    made_by = models.UUIDField()
    made_at = models.DateTimeField()
    revoked_by = models.UUIDField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["provider_id", "made_at"]
        indexes = [models.Index(fields=["provider_id"], name="calendar_feed_of_provider")]

    def __str__(self) -> str:
        return f"feed {self.pk}"
