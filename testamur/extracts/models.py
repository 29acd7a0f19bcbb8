"""Who applies for records, how their identity was confirmed, what they asked for, and the extracts that they were given.

Nothing here is the permanent record. Rows belong to one person: the database shows them to that person's transactions and
inside the register scope only (migration 0002). The number of an identity document is nowhere.
"""

from django.db import models
from django.db.models import F, Q

from testamur.accounts.models import Account
from testamur.providers.models import Provider
from testamur.students.models import Person, PersonLink


class Applicant(models.Model):
    """Who the person behind an account says they are; `former_names` holds pairs of family and given names."""

    person = models.OneToOneField(Person, on_delete=models.PROTECT, primary_key=True, related_name="+")
    account = models.OneToOneField(Account, on_delete=models.PROTECT, related_name="+")
    family_name = models.CharField(max_length=120)
    given_name = models.CharField(max_length=120, blank=True)
    other_names = models.CharField(max_length=120, blank=True)
    single_name = models.BooleanField(default=False)
    former_names = models.JSONField(default=list)
    birth_date = models.DateField()
    told_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    def __str__(self) -> str:
        """Name the applicant by number only."""
        return f"applicant {self.person_id}"


class IdentityCheck(models.Model):
    """One attempt to confirm who a person is; keeps the kind of document and the result, never its number (PRV-06)."""

    class Kind(models.TextChoices):
        """Which document was named; none stands for the assisted way."""

        LICENCE = "licence", "Australian driver licence"
        MEDICARE = "medicare", "Medicare card"
        PASSPORT = "passport", "Australian passport"
        VISA = "visa", "Australian visa"
        NONE = "none", "No usable document"

    number = models.CharField(primary_key=True, max_length=13)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    state = models.CharField(max_length=10)
    scan = models.CharField(max_length=64, blank=True)
    scan_type = models.CharField(max_length=40, blank=True)
    named_at = models.DateTimeField()
    supplied_at = models.DateTimeField(null=True)
    changed_at = models.DateTimeField()
    why_assisted = models.CharField(max_length=40, blank=True)
    facts = models.JSONField(default=list)
    level = models.CharField(max_length=10, blank=True)
    proposed_by = models.UUIDField(null=True)
    decided_by = models.UUIDField(null=True)
    decided_at = models.DateTimeField(null=True)
    valid_until = models.DateField(null=True)
    reason = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(state__in=["passed", "failed", "expired"]) | Q(scan=""),
                name="identity_scan_goes_at_decision",
            ),
            models.CheckConstraint(
                condition=~Q(state="passed")
                | Q(decided_by__isnull=False, decided_at__isnull=False, valid_until__isnull=False),
                name="identity_passed_by_somebody",
            ),
            models.CheckConstraint(
                condition=~Q(level="assisted") | (Q(proposed_by__isnull=False) & ~Q(proposed_by=F("decided_by"))),
                name="identity_assisted_by_two_people",
            ),
            models.UniqueConstraint(
                fields=["person"],
                condition=Q(state__in=["named", "pending", "assisted", "proposed"]),
                name="identity_checked_once_at_a_time",
            ),
        ]

    def __str__(self) -> str:
        """Name the check by number."""
        return f"identity check {self.number} ({self.state})"


class RecordRequest(models.Model):
    """A person asks for what one provider lodged about them; `number` is the case. `decision` is the last Verdict."""

    number = models.CharField(primary_key=True, max_length=13)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    provider = models.ForeignKey(Provider, on_delete=models.PROTECT, related_name="+")
    sector = models.CharField(max_length=3)
    attended_from = models.SmallIntegerField()
    attended_until = models.SmallIntegerField()
    courses = models.TextField(blank=True)
    state = models.CharField(max_length=20)
    started_at = models.DateTimeField()
    state_since = models.DateTimeField()
    decision = models.JSONField(default=dict)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(attended_until__gte=F("attended_from")), name="request_attended_until_after_from"
            )
        ]
        indexes = [
            models.Index(fields=["person", "-started_at"], name="requests_of_person"),
            models.Index(fields=["state", "state_since"], name="requests_by_state"),
        ]

    def __str__(self) -> str:
        """Name the request by number."""
        return f"request {self.number} ({self.state})"


class RequestMove(models.Model):
    """A request went from one state to another. `by` is null where the register itself moved it."""

    request = models.ForeignKey(RecordRequest, on_delete=models.PROTECT, related_name="moves")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    from_state = models.CharField(max_length=20, blank=True)
    to_state = models.CharField(max_length=20)
    by = models.UUIDField(null=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        """Name the move."""
        return f"{self.request_id}: {self.from_state} to {self.to_state}"


class RequestMatch(models.Model):
    """A student who may be the applicant: how far they agree, who chose, who approved. Officers see it, the applicant does not."""

    request = models.ForeignKey(RecordRequest, on_delete=models.PROTECT, related_name="matches")
    student_id = models.BigIntegerField()
    exact = models.BooleanField()
    facts = models.JSONField(default=list)
    state = models.CharField(
        max_length=10, choices=[(word, word) for word in ("found", "proposed", "confirmed", "rejected")]
    )
    found_at = models.DateTimeField()
    proposed_by = models.UUIDField(null=True)
    reason = models.TextField(blank=True)
    decided_by = models.UUIDField(null=True)
    decided_at = models.DateTimeField(null=True)
    link = models.ForeignKey(PersonLink, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["request"], condition=Q(state__in=["proposed"]), name="match_proposed_once"
            ),
            models.UniqueConstraint(fields=["request", "student_id"], name="match_found_once"),
            models.CheckConstraint(
                condition=~Q(state="confirmed")
                | Q(exact=True, decided_by__isnull=False)
                | (Q(proposed_by__isnull=False, decided_by__isnull=False) & ~Q(proposed_by=F("decided_by"))),
                name="match_not_exact_needs_two_people",
            ),
        ]

    def __str__(self) -> str:
        """Name the match by numbers."""
        return f"{self.request_id}: student {self.student_id} ({self.state})"


class CaseNote(models.Model):
    """What an officer wrote down in the case of a request or of an identity check; not shown to the applicant."""

    request = models.ForeignKey(RecordRequest, on_delete=models.PROTECT, null=True, related_name="notes")
    identity_check = models.ForeignKey(IdentityCheck, on_delete=models.PROTECT, null=True, related_name="notes")
    by = models.UUIDField(null=True)
    at = models.DateTimeField()
    text = models.TextField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(request__isnull=True, identity_check__isnull=False)
                | Q(request__isnull=False, identity_check__isnull=True),
                name="note_of_one_case",
            )
        ]

    def __str__(self) -> str:
        """Name the note by number."""
        return f"note {self.pk}"


class Extract(models.Model):
    """A certified extract and what it shows; the bytes are in the vault under the same number.

    `leaf_*` are the place and the key of the log leaf of its issue, which its sidecar proof opens.
    """

    number = models.CharField(primary_key=True, max_length=13)
    request = models.ForeignKey(RecordRequest, on_delete=models.PROTECT, related_name="extracts")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    provider = models.ForeignKey(Provider, on_delete=models.PROTECT, related_name="+")
    versions = models.JSONField()
    tree_size = models.BigIntegerField()
    sha256 = models.CharField(max_length=64)
    issued_at = models.DateTimeField()
    issued_by = models.UUIDField()
    superseded_by = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="+")
    leaf_batch = models.BigIntegerField()
    leaf_position = models.SmallIntegerField()
    leaf_key = models.BinaryField()

    def __str__(self) -> str:
        """Name the extract by number."""
        return f"extract {self.number}"
