"""The sweep for a closing provider's records with its chase log, and rehearsals of a closure (REG-08, CQR-18).

A sweep and its steps are the secretariat's: the provider reads its own and writes none. Steps are permanent. A rehearsal is the
provider's own and goes when the next is made; its rows name students by number only.
"""

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from testamur.regulation.states import RECORD_SWEEP


class RecordSweep(models.Model):
    """The records of one registration's whole period are asked for, chased and logged, because it ends."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    registration = models.OneToOneField("providers.Registration", on_delete=models.PROTECT, related_name="+")
    provider_id = models.IntegerField()
    state = models.CharField(max_length=20, default=RECORD_SWEEP.initial)
    reason = models.TextField(blank=True)
    opened_at = models.DateTimeField()
    closed_by = models.UUIDField(null=True)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(state__in=RECORD_SWEEP.states), name="sweep_state_is_known"),
            models.CheckConstraint(
                condition=Q(state="opened", closed_by__isnull=True, closed_at__isnull=True)
                | ~Q(state="opened") & Q(closed_by__isnull=False, closed_at__isnull=False),
                name="closed_sweep_says_who_and_when",
            ),
            models.CheckConstraint(
                condition=~Q(state="closed_incomplete") | ~Q(reason=""), name="incomplete_sweep_says_why"
            ),
        ]

    def __str__(self) -> str:
        """Name the sweep by its registration."""
        return f"sweep of registration {self.registration_id} ({self.state})"


class SweepStep(models.Model):
    """One line of the chase log: what was asked, answered, said or decided, by whom and when. Permanent.

    `by` is None for the register's own steps. `asked` lists the periods that were unanswered then, `mails` the mails that went
    out, and `offset_days` which reminder it was.
    """

    class Kind(models.TextChoices):
        """What happened."""

        OPENED = "opened"
        ASKED = "asked"
        REMINDED = "reminded"
        REPLIED = "replied"
        CALLED = "called"
        NOTED = "noted"
        COMPLETED = "completed"
        CLOSED_INCOMPLETE = "closed_incomplete"
        REOPENED = "reopened"

    sweep = models.ForeignKey(RecordSweep, on_delete=models.PROTECT, related_name="steps")
    provider_id = models.IntegerField()
    kind = models.CharField(max_length=20, choices=Kind.choices)
    by = models.UUIDField(null=True)
    at = models.DateTimeField()
    step_date = models.DateField()
    text = models.TextField(blank=True)
    asked = models.JSONField(default=list)
    mails = ArrayField(models.UUIDField(), default=list)
    offset_days = models.SmallIntegerField(null=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["sweep", "offset_days"], name="sweep_is_reminded_once"),
            models.UniqueConstraint(fields=["sweep"], condition=Q(kind="opened"), name="sweep_is_opened_once"),
        ]

    def __str__(self) -> str:
        """Say what happened."""
        return f"{self.kind} on {self.step_date}"


class Rehearsal(models.Model):
    """What would happen to a provider's students if it closed tonight; the last one made, and whether another is asked for."""

    provider_id = models.IntegerField(primary_key=True)
    asked_by = models.UUIDField(null=True)
    asked_at = models.DateTimeField(null=True)
    made_at = models.DateTimeField(null=True)
    students = models.IntegerField(default=0)
    failing = models.IntegerField(default=0)
    by_hand = models.IntegerField(default=0)
    reasons = models.JSONField(default=dict)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(failing__lte=models.F("students"), by_hand__lte=models.F("students")),
                name="rehearsal_counts_within_students",
            ),
        ]

    def __str__(self) -> str:
        """Name the provider."""
        return f"rehearsal of provider {self.provider_id}"


class RehearsalRow(models.Model):
    """One student who could not be served, by number: why, and in which line of which lodged file they stand."""

    provider_id = models.IntegerField()
    student_id = models.BigIntegerField()
    reasons = ArrayField(models.CharField(max_length=8))
    part = models.CharField(max_length=40, blank=True)
    line = models.IntegerField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["provider_id", "student_id"], name="rehearsal_row_once")]

    def __str__(self) -> str:
        """Name the student by number only."""
        return f"student {self.student_id}"
