"""What was asked of the USI Registry and answered, and who saw a number in the clear. Neither table holds a number or a name.

Checks are permanent: they are the receipt that a number was verified before its use (USI-01, USI-02). Reveals go when their
time is up, like the access events that they belong to.
"""

from django.db import models
from django.db.models import F, Q

from testamur.students.usi.rules import REASONS

OUTCOMES = ("asked", "verified", "mismatch", "invalid", "deactivated", "failed", "exempt", "unanswered")


class IdentifierCheck(models.Model):
    """One event of a number's verification: somebody asked for it, the Registry answered, or it did not.

    Each `…_matched` is the Registry's flag for a field that was sent; null where it gave none. `answered_by` is the adapter's
    name, empty where nobody answered. `by` is who asked for this verification, null for the worker after a sealing.
    """

    id = models.BigAutoField(primary_key=True)
    provider_id = models.IntegerField()
    student_id = models.BigIntegerField()
    kind = models.CharField(max_length=8)
    outcome = models.CharField(max_length=12)
    reason = models.CharField(max_length=16, blank=True)
    answered_by = models.CharField(max_length=8, blank=True)
    first_matched = models.BooleanField(null=True)
    family_matched = models.BooleanField(null=True)
    single_matched = models.BooleanField(null=True)
    birth_matched = models.BooleanField(null=True)
    error_code = models.IntegerField(null=True)
    attempt = models.SmallIntegerField(default=0)
    by = models.UUIDField(null=True)
    at = models.DateTimeField()

    class Meta:
        app_label = "students"
        constraints = [
            models.CheckConstraint(condition=Q(outcome__in=OUTCOMES), name="identifiercheck_outcome_is_known"),
            models.CheckConstraint(condition=Q(reason__in=sorted(REASONS)), name="identifiercheck_reason_is_known"),
            models.CheckConstraint(
                condition=~Q(outcome__in=["verified", "mismatch", "deactivated"]) | ~Q(answered_by=""),
                name="identifiercheck_says_who_answered",
            ),
        ]
        indexes = [models.Index(fields=["student_id", "-id"], name="checks_of_student")]

    def __str__(self) -> str:
        """Name the event by numbers only."""
        return f"check {self.pk} of student {self.student_id}: {self.outcome}"


class IdentifierReveal(models.Model):
    """A number was shown in the clear: to whom, why, in which case. The person can read it; it is kept as the access event is."""

    id = models.BigAutoField(primary_key=True)
    provider_id = models.IntegerField()
    student_id = models.BigIntegerField()
    kind = models.CharField(max_length=8)
    account = models.UUIDField()
    role = models.CharField(max_length=40)
    purpose = models.CharField(max_length=20)
    reason = models.TextField(blank=True)
    case = models.CharField(max_length=60, blank=True)
    access_event = models.BigIntegerField()
    at = models.DateTimeField()
    shown_date = models.DateField()
    kept_until = models.DateField()

    class Meta:
        app_label = "students"
        constraints = [
            models.CheckConstraint(
                condition=Q(purpose="own_record") | (~Q(reason="") & ~Q(case="")),
                name="identifierreveal_says_why_and_in_which_case",
            ),
            models.CheckConstraint(condition=Q(kept_until__gt=F("shown_date")), name="identifierreveal_is_kept"),
        ]
        indexes = [models.Index(fields=["student_id", "-id"], name="reveals_of_student")]

    def __str__(self) -> str:
        """Name the reveal by numbers only."""
        return f"reveal {self.pk} of student {self.student_id}"
