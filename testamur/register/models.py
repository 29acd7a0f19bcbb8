"""The permanent record: sources, offerings, versions, holdings. No update and no delete; the database refuses them.

A record is a row of achievement (or of enrolment, or a lodged document) under a random id; every change of it is a new
version under the next sequence number, holding the commitment before it. Rows are pseudonymous: a student's number, what was
studied, the result, dates. `facts` is canonical JSON, exactly the text that the leaf commits to.

Version is partitioned by the year in which rows were sealed. Its partitions are written by COPY on columns that do not
include `provider_id`: that column's default is the transaction's own provider, so a load cannot write for another.
"""

from django.db import models


class Source(models.Model):
    """Where versions come from: one file of one sealed submission, who asserted and who declared it, under which rules."""

    id = models.BigAutoField(primary_key=True)
    provider_id = models.IntegerField()
    submission = models.UUIDField()
    format = models.CharField(max_length=20)
    part = models.CharField(max_length=40)
    file_sha256 = models.BinaryField()
    rule_version = models.CharField(max_length=40)
    asserted_by = models.UUIDField()
    declared_by = models.UUIDField()
    recorded_at = models.DateTimeField()
    recorded_date = models.DateField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["submission", "part", "file_sha256"], name="source_once_per_submission"),
            models.CheckConstraint(
                condition=~models.Q(asserted_by=models.F("declared_by")), name="source_declared_by_another"
            ),
        ]

    def __str__(self) -> str:
        """Name the source by number."""
        return f"source {self.pk}: {self.format} {self.part}"


class Offering(models.Model):
    """A course or unit as one provider calls it; it stands once, however many results name it."""

    class Kind(models.TextChoices):
        """What was studied."""

        COURSE = "course"
        UNIT = "unit"

    id = models.AutoField(primary_key=True)
    provider_id = models.IntegerField()
    kind = models.CharField(max_length=6, choices=Kind.choices)
    code = models.CharField(max_length=20, blank=True)
    title = models.CharField(max_length=255, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["provider_id", "kind", "code", "title"], name="offering_once_per_provider")
        ]

    def __str__(self) -> str:
        """Show code and title."""
        return f"{self.code} {self.title}"


class RecordKind(models.IntegerChoices):
    """What a record is about."""

    STUDENT = 1, "student"
    COURSE_RESULT = 2, "course result"
    UNIT_RESULT = 3, "unit result"
    LODGED_DOCUMENT = 4, "lodged document"
    CERTIFICATE = 5, "certificate"


class Version(models.Model):
    """One version of one record. The rows of a record form a chain by `previous`."""

    pk = models.CompositePrimaryKey("record_id", "seq")
    record_id = models.UUIDField()
    seq = models.IntegerField()
    sealed_year = models.SmallIntegerField()
    provider_id = models.IntegerField()
    student_id = models.BigIntegerField()
    kind = models.SmallIntegerField(choices=RecordKind.choices)
    course_id = models.IntegerField(null=True)
    unit_id = models.IntegerField(null=True)
    source_id = models.BigIntegerField()
    line = models.IntegerField(null=True)
    valid_date = models.DateField(null=True)
    leaf_batch = models.BigIntegerField()
    leaf_position = models.SmallIntegerField()
    previous = models.BinaryField(null=True)
    commitment = models.BinaryField()
    facts = models.TextField()

    class Meta:
        managed = False
        db_table = "register_version"

    def __str__(self) -> str:
        """Name the version by record and number."""
        return f"record {self.record_id}, version {self.seq}"


class Holding(models.Model):
    """What the register holds of a provider: which period, in which format, by which sealed submission (coverage)."""

    provider_id = models.IntegerField()
    format = models.CharField(max_length=20)
    submission = models.UUIDField()
    period_from = models.DateField(null=True)
    period_until = models.DateField(null=True)
    students = models.IntegerField()
    records = models.IntegerField()
    sealed_date = models.DateField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["submission"], name="holding_once_per_submission")]
        indexes = [models.Index(fields=["provider_id"], name="holdings_of_provider")]

    def __str__(self) -> str:
        """Name the holding by provider and format."""
        return f"{self.format} of provider {self.provider_id}: {self.records} records"
