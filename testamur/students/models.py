"""Students of one provider, what that provider said about who they are, and the persons whom they turn out to be.

Everything here can be deleted: the permanent record holds a student's number only, and commits to these rows by a
keyed hash. Deleting a student's key makes their leaves unopenable for ever (trust: erasure). Tables that a file of a
million rows writes carry no foreign keys; register.bulk is their only writer and the audit finds orphans.
"""

import uuid

from django.db import models

from testamur.accounts.models import Account
from testamur.students.states import IDENTIFIER, JOIN
from testamur.students.usi.models import IdentifierCheck as IdentifierCheck
from testamur.students.usi.models import IdentifierReveal as IdentifierReveal


class Person(models.Model):
    """A human being: the students joined by links, and at most one account confirmed to be theirs."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.OneToOneField(Account, on_delete=models.PROTECT, null=True, related_name="person")
    known_since = models.DateTimeField()

    def __str__(self) -> str:
        """Name the person by number only."""
        return f"person {self.id}"


class Student(models.Model):
    """One provider's student: the provider's own number for them."""

    id = models.BigAutoField(primary_key=True)
    provider_id = models.IntegerField()
    local_id = models.CharField(max_length=20)
    since_source = models.BigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["provider_id", "local_id"], name="student_once_per_provider")]

    def __str__(self) -> str:
        """Name the student by number only."""
        return f"student {self.pk}"


class StudentKey(models.Model):
    """The 32 random bytes under which a student's leaves are committed. Deleting it is erasure."""

    student_id = models.BigIntegerField(primary_key=True)
    provider_id = models.IntegerField()
    key = models.BinaryField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.expressions.RawSQL("octet_length(key) = 32", [], output_field=models.BooleanField()),
                name="student_key_is_32_bytes",
            )
        ]

    def __str__(self) -> str:
        """Never show the key."""
        return f"key of student {self.student_id}"


class Particulars(models.Model):
    """What a provider said about who a student is: names, birth date, gender; one row a version of the student's record.

    `single_name` marks people with one name (it stands in `family_name`). `folded_*` are the matching forms that
    rules.fold_name makes. Birth dates are partial dates; a placeholder is kept and never matched on.
    """

    student_id = models.BigIntegerField()
    seq = models.IntegerField()
    provider_id = models.IntegerField()
    title = models.CharField(max_length=40, blank=True)
    family_name = models.CharField(max_length=120)
    given_name = models.CharField(max_length=120, blank=True)
    other_names = models.CharField(max_length=120, blank=True)
    single_name = models.BooleanField(default=False)
    folded_family = models.CharField(max_length=120)
    folded_given = models.CharField(max_length=240, blank=True)
    birth_earliest = models.DateField(null=True)
    birth_latest = models.DateField(null=True)
    birth_precision = models.CharField(max_length=8)
    birth_placeholder = models.BooleanField(default=False)
    gender = models.CharField(max_length=1, blank=True)
    pk = models.CompositePrimaryKey("student_id", "seq")

    class Meta:
        indexes = [models.Index(fields=["provider_id", "folded_family"], name="particulars_by_family_name")]

    def __str__(self) -> str:
        """Name the row by number only."""
        return f"particulars of student {self.student_id}, version {self.seq}"


class Contact(models.Model):
    """Address, phone and e-mail as the provider lodged them; never part of the permanent record, hidden by default (PRV-02)."""

    student_id = models.BigIntegerField(primary_key=True)
    provider_id = models.IntegerField()
    details = models.JSONField()

    def __str__(self) -> str:
        """Name the row by number only."""
        return f"contact of student {self.student_id}"


class Identifier(models.Model):
    """A protected identifier of a student, encrypted; today the USI (USI-02: no use before verification).

    Another `sealed` value is pending again whoever wrote it: a trigger sees to that. While pending, `due_at` is when the USI
    Registry is asked next (null: now); `asked_by` is who asked for the verification, null for the worker after a sealing.
    """

    student_id = models.BigIntegerField()
    kind = models.CharField(max_length=8)
    provider_id = models.IntegerField()
    state = models.CharField(max_length=12, default="pending")
    sealed = models.BinaryField()
    attempts = models.SmallIntegerField(default=0, db_default=0)
    due_at = models.DateTimeField(null=True)
    asked_by = models.UUIDField(null=True)
    answered_by = models.CharField(max_length=8, blank=True, default="", db_default="")
    pk = models.CompositePrimaryKey("student_id", "kind")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=list(IDENTIFIER.states)), name="identifier_state_is_known"
            ),
            models.CheckConstraint(
                condition=~models.Q(state="verified") | ~models.Q(answered_by=""),
                name="verified_identifier_says_who_answered",
            ),
        ]
        indexes = [models.Index(fields=["provider_id", "state"], name="identifiers_by_state")]

    def __str__(self) -> str:
        """Never show the value."""
        return f"{self.kind} of student {self.student_id}"


class PersonLink(models.Model):
    """The statement that a student is a person; made by an officer or by an exact match an officer need not see; reversible.

    `join` is the join by which a student came to the person; null where the case of an application confirmed it by itself.
    """

    class State(models.TextChoices):
        """A link is proposed, confirmed or undone."""

        PROPOSED = "proposed"
        CONFIRMED = "confirmed"
        UNDONE = "undone"

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="links")
    student_id = models.BigIntegerField()
    provider_id = models.IntegerField()
    state = models.CharField(max_length=10, choices=State.choices)
    reason = models.TextField()
    made_by = models.UUIDField(null=True)
    made_at = models.DateTimeField()
    undone_by = models.UUIDField(null=True)
    undone_at = models.DateTimeField(null=True)
    undone_reason = models.TextField(blank=True)
    join = models.ForeignKey("JoinProposal", on_delete=models.PROTECT, null=True, related_name="links")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["student_id"], condition=models.Q(state="confirmed"), name="student_is_one_person"
            ),
            models.CheckConstraint(
                condition=models.Q(state="undone", undone_by__isnull=False, undone_at__isnull=False)
                | (~models.Q(state="undone") & models.Q(undone_by__isnull=True, undone_at__isnull=True)),
                name="undone_link_says_who_and_when",
            ),
        ]
        indexes = [models.Index(fields=["person", "state"], name="links_of_person")]

    def __str__(self) -> str:
        """Name the link by numbers only."""
        return f"student {self.student_id} is person {self.person_id} ({self.state})"


class JoinProposal(models.Model):
    """Two students of different providers who may be one person, and what people decided: no particulars, levels by name only.

    `low` < `high` are students. `low_seen` and `high_seen` are keyed hashes of what was compared, by which a change shows. A
    pair stands open or joined once; what was declined, undone or went stale stays beside it. `chosen_*` is who said why
    the two are one person where a supervisor must approve; `answer` is what the person themself said, which joins nobody.
    """

    number = models.CharField(max_length=13, unique=True)
    low = models.BigIntegerField()
    high = models.BigIntegerField()
    low_provider = models.IntegerField()
    high_provider = models.IntegerField()
    probability = models.FloatField()
    weight = models.FloatField()
    levels = models.JSONField()
    grounds = models.CharField(max_length=12)
    exact = models.BooleanField()
    model_version = models.CharField(max_length=20)
    low_seen = models.BinaryField()
    high_seen = models.BinaryField()
    proposed_at = models.DateTimeField()
    state = models.CharField(max_length=10, default=JOIN.initial)
    state_since = models.DateTimeField()
    chosen_by = models.UUIDField(null=True)
    chosen_reason = models.TextField(blank=True)
    decided_by = models.UUIDField(null=True)
    decided_at = models.DateTimeField(null=True)
    reason = models.TextField(blank=True)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    undone_by = models.UUIDField(null=True)
    undone_at = models.DateTimeField(null=True)
    undone_reason = models.TextField(blank=True)
    answer = models.CharField(max_length=8, blank=True, choices=[("mine", "mine"), ("not_mine", "not mine")])
    answered_by = models.UUIDField(null=True)
    answered_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(state__in=list(JOIN.states)), name="join_state_is_known"),
            models.CheckConstraint(condition=models.Q(low__lt=models.F("high")), name="join_low_before_high"),
            models.CheckConstraint(
                condition=~models.Q(low_provider=models.F("high_provider")), name="join_of_two_providers"
            ),
            models.UniqueConstraint(
                fields=["low", "high"],
                condition=models.Q(state__in=["proposed", "endorsed", "confirmed"]),
                name="pair_stands_once",
            ),
            models.CheckConstraint(
                condition=~models.Q(state__in=["confirmed", "undone"])
                | models.Q(decided_by__isnull=False, decided_at__isnull=False, person__isnull=False),
                name="join_says_who_when_and_under_whom",
            ),
            models.CheckConstraint(
                condition=~models.Q(state__in=["confirmed", "undone"])
                | models.Q(exact=True)
                | (models.Q(chosen_by__isnull=False) & ~models.Q(chosen_by=models.F("decided_by"))),
                name="join_not_exact_needs_two_people",
            ),
            models.CheckConstraint(
                condition=~models.Q(state="undone") | models.Q(undone_by__isnull=False, undone_at__isnull=False),
                name="undone_join_says_who_and_when",
            ),
        ]
        indexes = [
            models.Index(fields=["state", "proposed_at"], name="joins_by_state"),
            models.Index(fields=["low"], name="joins_of_low"),
            models.Index(fields=["high"], name="joins_of_high"),
        ]

    def __str__(self) -> str:
        """Name the proposal by number."""
        return f"join {self.number} ({self.state})"


class LinkLeaf(models.Model):
    """Where the log keeps that a link or a join was made or undone, and the salt that opens its leaf. Permanent."""

    id = models.BigAutoField(primary_key=True)
    link = models.ForeignKey(PersonLink, on_delete=models.PROTECT, null=True, related_name="leaves")
    join = models.ForeignKey(JoinProposal, on_delete=models.PROTECT, null=True, related_name="leaves")
    event = models.CharField(max_length=6, choices=[("made", "made"), ("undone", "undone")])
    salt = models.BinaryField()
    batch = models.BigIntegerField()
    position = models.SmallIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["link", "event"], name="link_leaf_once"),
            models.UniqueConstraint(fields=["join", "event"], name="join_leaf_once"),
            models.CheckConstraint(
                condition=models.Q(link__isnull=True, join__isnull=False)
                | models.Q(link__isnull=False, join__isnull=True),
                name="linkleaf_of_one_thing",
            ),
            models.CheckConstraint(condition=models.Q(event__in=["made", "undone"]), name="linkleaf_event_is_known"),
        ]

    def __str__(self) -> str:
        """Name what the leaf is about."""
        return f"leaf of {'link' if self.link_id else 'join'} {self.link_id or self.join_id} ({self.event})"


class Erasure(models.Model):
    """The ledger of erasures, replayed after every restore so that no backup undoes one."""

    student_id = models.BigIntegerField(primary_key=True)
    basis = models.TextField()
    by = models.UUIDField()
    approved_by = models.UUIDField()
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~models.Q(by=models.F("approved_by")), name="erasure_needs_two_people")
        ]

    def __str__(self) -> str:
        """Name the erasure by number only."""
        return f"erasure of student {self.student_id}"
