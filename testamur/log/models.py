"""The append-only transparency log, and who looked at whose records. No foreign key leaves this package.

A writer inserts batches of leaves in its own transaction; a trigger notes each as waiting. The one sealer gives waiting
batches their place in the tree, writes tiles and a signed checkpoint, in one later transaction. Batches, places, tiles and
checkpoints are permanent: leaf rows are never updated, and only the note of what waits is ever deleted. Access events
(settled 1) go when their time is up and not before; the daily digest of them is permanent.
"""

from django.db import models
from django.db.models import F, Func, IntegerField, Q
from django.db.models.lookups import Exact

from testamur.log.commitment import BATCH_LEAVES, LEAF_BYTES
from testamur.log.tiles import WIDTH
from testamur.log.tree import HASH_BYTES


def _has_bytes(column: str, count: object) -> Exact:
    """Return the condition that a column of bytes has exactly so many."""
    return Exact(Func(F(column), function="octet_length", output_field=IntegerField()), count)


class AccessAction(models.TextChoices):
    """What was done with a person's record."""

    VIEWED = "viewed", "viewed"
    REVEALED = "revealed", "national identifier shown in the clear"
    SEARCHED = "searched", "found by search"
    CREATED = "created", "certified in a document"
    DOWNLOADED = "downloaded", "downloaded"
    EXPORTED = "exported", "exported"


class AccessPurpose(models.TextChoices):
    """Why (PRV-04: no access without a purpose; CQR-17: no other purposes than these)."""

    OWN_RECORD = "own_record", "reading one's own record"
    IDENTITY = "identity", "confirming who somebody is"
    EXTRACT = "extract", "answering a request for an extract"
    SUBMISSION = "submission", "checking or correcting lodged files"
    ISSUANCE = "issuance", "issuing certification documents"
    CORRECTION = "correction", "correcting a record"
    COMPLAINT = "complaint", "answering a complaint"
    VERIFICATION = "verification", "answering an enquiry with consent"
    LAWFUL_REQUEST = "lawful_request", "a request that the law obliges to answer"
    AUDIT = "audit", "auditing the register"


class LeafBatch(models.Model):
    """Up to 1,024 leaves of 34 bytes, one after another, in the order in which their writer numbered them."""

    id = models.BigAutoField(primary_key=True)
    leaf_count = models.SmallIntegerField()
    leaves = models.BinaryField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(leaf_count__range=(1, BATCH_LEAVES)), name="leafbatch_is_not_too_long"),
            models.CheckConstraint(
                condition=_has_bytes("leaves", F("leaf_count") * LEAF_BYTES), name="leafbatch_holds_whole_leaves"
            ),
        ]

    def __str__(self) -> str:
        """Name the batch by number."""
        return f"leaf batch {self.pk}"


class WaitingBatch(models.Model):
    """A batch that no checkpoint covers yet; written by a trigger, deleted by the sealer."""

    batch = models.OneToOneField(LeafBatch, on_delete=models.PROTECT, primary_key=True, related_name="+")

    def __str__(self) -> str:
        """Name what waits."""
        return f"leaf batch {self.pk} waits"


class SequencedBatch(models.Model):
    """The place of a batch in the tree: the index of its first leaf."""

    batch = models.OneToOneField(LeafBatch, on_delete=models.PROTECT, primary_key=True, related_name="+")
    first_index = models.BigIntegerField(unique=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(first_index__gte=0), name="sequencedbatch_from_zero")]

    def __str__(self) -> str:
        """Name batch and place."""
        return f"leaf batch {self.pk} begins at index {self.first_index}"


class Tile(models.Model):
    """Hashes of one level of the tree: 256 of them, or fewer at the right edge of a published checkpoint."""

    pk = models.CompositePrimaryKey("level", "index", "width")
    level = models.SmallIntegerField()
    index = models.BigIntegerField()
    width = models.SmallIntegerField()
    hashes = models.BinaryField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(level__range=(0, 7), index__gte=0, width__range=(1, WIDTH)), name="tile_has_an_address"
            ),
            models.CheckConstraint(
                condition=_has_bytes("hashes", F("width") * HASH_BYTES), name="tile_holds_whole_hashes"
            ),
        ]

    def __str__(self) -> str:
        """Name the tile by level, index and width."""
        return f"tile {self.level}/{self.index}/{self.width}"


class Checkpoint(models.Model):
    """What the log has signed: so many leaves, this root."""

    size = models.BigIntegerField(primary_key=True)
    root = models.BinaryField()
    note = models.TextField()
    sealed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(size__gte=1), name="checkpoint_is_not_empty"),
            models.CheckConstraint(condition=_has_bytes("root", HASH_BYTES), name="checkpoint_root_is_a_hash"),
        ]

    def __str__(self) -> str:
        """Name the checkpoint by its size."""
        return f"checkpoint of {self.size} leaves"


class AccessEvent(models.Model):
    """Somebody read somebody's record: who, in what role, what, why, in which case. Never what was read."""

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField()
    event_date = models.DateField()
    account = models.UUIDField(null=True)
    role = models.CharField(max_length=40)
    person = models.UUIDField(null=True)
    student = models.BigIntegerField(null=True)
    provider = models.IntegerField(null=True)
    action = models.CharField(max_length=20, choices=AccessAction.choices)
    purpose = models.CharField(max_length=20, choices=AccessPurpose.choices)
    case = models.CharField(max_length=60, null=True)
    kept_until = models.DateField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(action__in=AccessAction.values), name="accessevent_action_is_known"),
            models.CheckConstraint(condition=Q(purpose__in=AccessPurpose.values), name="accessevent_purpose_is_known"),
            models.CheckConstraint(condition=~Q(role=""), name="accessevent_has_a_role"),
            models.CheckConstraint(condition=Q(kept_until__gt=F("event_date")), name="accessevent_is_kept"),
        ]
        indexes = [
            models.Index(fields=["person", "-id"], condition=Q(person__isnull=False), name="accessevent_of_person"),
            models.Index(fields=["student", "-id"], condition=Q(student__isnull=False), name="accessevent_of_student"),
            models.Index(fields=["kept_until"], name="accessevent_to_delete"),
        ]

    def __str__(self) -> str:
        """Name the event by number."""
        return f"access event {self.pk}"


class AccessDigest(models.Model):
    """What a day's access events were, so that none can vanish before its time: docs/formats/access-digest.md."""

    day = models.DateField(primary_key=True)
    after_id = models.BigIntegerField()
    through_id = models.BigIntegerField(unique=True)
    salt = models.BinaryField()
    entries = models.BinaryField()
    batch = models.BigIntegerField()
    position = models.SmallIntegerField()
    made_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(through_id__gt=F("after_id")), name="accessdigest_covers_something"),
            models.CheckConstraint(condition=_has_bytes("salt", HASH_BYTES), name="accessdigest_salt_is_long"),
        ]

    def __str__(self) -> str:
        """Name the digest by its day."""
        return f"access digest of {self.day.isoformat()}"
