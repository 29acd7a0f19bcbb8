"""Tables of kept files and issued documents. Bytes lie in the vault; a number, its hash and its status stay for ever."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Length
from django.db.models.lookups import Exact


class StoredFile(models.Model):
    """One file in the vault under its SHA-256; its row and bytes go on `delete_after` (settled retention periods)."""

    sha256 = models.BinaryField(primary_key=True, max_length=32)
    size = models.PositiveBigIntegerField()
    media_type = models.CharField(max_length=100)
    kind = models.CharField(max_length=40)
    stored_at = models.DateTimeField()
    delete_after = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=Exact(Length("sha256"), 32), name="stored_file_hash_is_sha256")]

    def __str__(self) -> str:
        return f"{self.kind} {bytes(self.sha256).hex()[:16]}"


class IssuedDocument(models.Model):
    """A document that the register issued: permanent, and nothing in it is about a person.

    `content_sha256` names the rendered content and recipe in the vault, for a later rebuild; `issued_by` is the account.
    """

    number = models.CharField(primary_key=True, max_length=13)
    kind = models.CharField(max_length=40)
    sha256 = models.BinaryField(max_length=32, unique=True)
    size = models.PositiveBigIntegerField()
    issued_on = models.DateField()
    issued_at = models.DateTimeField()
    issued_by = models.BigIntegerField()
    content_sha256 = models.BinaryField(max_length=32)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(number__regex=r"^[0-9A-HJKMNP-TV-Z]{13}$"), name="document_number_form")
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.number}"


class DocumentStatus(models.Model):
    """What became of an issued document, event by event: permanent; the latest one stands."""

    class Status(models.TextChoices):
        """The closed list of what a document can be."""

        CURRENT = "current"
        SUPERSEDED = "superseded"
        WITHDRAWN = "withdrawn"

    document = models.ForeignKey(IssuedDocument, on_delete=models.PROTECT, related_name="statuses")
    status = models.CharField(max_length=12, choices=Status.choices)
    since = models.DateTimeField()
    reason = models.CharField(max_length=40)
    superseded_by = models.ForeignKey(
        IssuedDocument, null=True, blank=True, on_delete=models.PROTECT, related_name="supersedes"
    )

    class Meta:
        ordering = ["id"]
        verbose_name_plural = "document statuses"
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=["current", "superseded", "withdrawn"]), name="document_status_known"
            ),
            models.CheckConstraint(
                condition=Q(superseded_by__isnull=True) | Q(status="superseded"), name="document_status_successor"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.document_id} {self.status}"
