"""Submissions, their files, fixes of single cells, and what each step did. All of it belongs to one provider.

Findings are not rows: a million-row file may have as many, and they hold cells. They lie beside the upload as Parquet and go
with it; `counts` keeps what the pages and the history need.
"""

import uuid

from django.db import models
from django.db.models import Q

from testamur.submissions.states import DOUBT, LODGED_EXPORT, NIL_RETURN, SUBMISSION


class Submission(models.Model):
    """Files of one format, on their way from a provider into the record.

    `number` is its public number, printed on the receipt. `checked_run` names the folder with what the last check found; it
    goes whenever a file arrives or leaves, because the findings are then about other files. `held` counts the rows with errors
    that a person chose to hold back, and says which later submissions sealed them; no row of them is in it. `form_state` and
    `collection_year` are what somebody chose in place of what NAT files tell; "" and null leave it to the files.
    `confirmation` is the sentence that the declarer ticked where the files name another organisation only (D05).
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    number = models.CharField(max_length=13, unique=True)
    provider_id = models.IntegerField()
    format = models.CharField(max_length=20)
    profile = models.CharField(max_length=10)
    encoding = models.CharField(max_length=10, blank=True)
    replace_all = models.BooleanField(default=False)
    form_state = models.CharField(max_length=3, blank=True, default="", db_default="")
    collection_year = models.SmallIntegerField(null=True)
    form_chosen_by = models.UUIDField(null=True)
    form_chosen_at = models.DateTimeField(null=True)
    state = models.CharField(max_length=12, default=SUBMISSION.initial)
    opened_by = models.UUIDField()
    opened_at = models.DateTimeField()
    checked_at = models.DateTimeField(null=True)
    checked_run = models.UUIDField(null=True)
    rule_version = models.CharField(max_length=40, blank=True)
    counts = models.JSONField(default=dict)
    held = models.JSONField(default=dict)
    declared_by = models.UUIDField(null=True)
    declared_at = models.DateTimeField(null=True)
    declaration = models.CharField(max_length=60, blank=True)
    confirmation = models.CharField(max_length=500, blank=True, default="", db_default="")
    accepted_by = models.UUIDField(null=True)
    accepted_at = models.DateTimeField(null=True)
    sealed_at = models.DateTimeField(null=True)
    sealed_date = models.DateField(null=True)
    outcome = models.JSONField(default=dict)
    originals_deleted_at = models.DateTimeField(null=True)
    superseded_by = models.UUIDField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(state__in=SUBMISSION.states), name="submission_state_is_known"),
            models.CheckConstraint(
                condition=Q(declared_by__isnull=True) | ~Q(declared_by=models.F("opened_by")),
                name="submission_is_declared_by_another",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["submitted", "accepted", "sealed", "superseded"])
                | Q(declared_by__isnull=False, declared_at__isnull=False) & ~Q(declaration=""),
                name="declared_submission_says_who_when_and_what",
            ),
            models.CheckConstraint(
                condition=Q(form_state="", collection_year__isnull=True)
                | Q(form_chosen_by__isnull=False, form_chosen_at__isnull=False),
                name="chosen_form_says_who_and_when",
            ),
        ]
        indexes = [models.Index(fields=["provider_id", "-opened_at"], name="submissions_of_provider")]

    def __str__(self) -> str:
        """Name the submission by number."""
        return f"submission {self.id} ({self.state})"


class SubmittedFile(models.Model):
    """One file as it arrived: its name, hash and size; the bytes lie under uploads until 30 days after sealing."""

    submission = models.ForeignKey(Submission, on_delete=models.PROTECT, related_name="files")
    provider_id = models.IntegerField()
    name = models.CharField(max_length=255)
    sha256 = models.BinaryField()
    size = models.BigIntegerField()
    received_by = models.UUIDField()
    received_at = models.DateTimeField()
    current = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["submission", "name"], condition=Q(current=True), name="one_current_file_of_a_name"
            )
        ]

    def __str__(self) -> str:
        """Name the file by number: names may hold a student's code."""
        return f"file {self.pk} of submission {self.submission_id}"


class CellFix(models.Model):
    """One cell corrected on the page, laid over the file at every check; the file itself stays as it arrived.

    `file`, `sha256` and `row` name the provider's own file and the row in it; a fix of a file that was replaced by other
    bytes is laid over nothing. `rule` is the finding that it answers. The value goes with the originals.
    """

    submission = models.ForeignKey(Submission, on_delete=models.PROTECT, related_name="fixes")
    provider_id = models.IntegerField()
    file = models.CharField(max_length=255)
    sha256 = models.BinaryField()
    row = models.IntegerField()
    column = models.CharField(max_length=60)
    rule = models.CharField(max_length=10, blank=True)
    value = models.TextField(blank=True)
    fixed_by = models.UUIDField()
    fixed_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["submission", "fixed_at"], name="fixes_of_submission")]
        constraints = [
            models.UniqueConstraint(fields=["submission", "sha256", "row", "column"], name="one_fix_of_a_cell")
        ]

    def __str__(self) -> str:
        """Name the place, never the value."""
        return f"row {self.row}, {self.column}"


class SubmissionStep(models.Model):
    """What happened to a submission, who did it and when. Append-only."""

    submission = models.ForeignKey(Submission, on_delete=models.PROTECT, related_name="steps")
    provider_id = models.IntegerField()
    verb = models.CharField(max_length=20)
    to_state = models.CharField(max_length=12)
    by = models.UUIDField(null=True)
    at = models.DateTimeField()
    note = models.CharField(max_length=300, blank=True)

    class Meta:
        indexes = [models.Index(fields=["submission", "at"], name="steps_of_submission")]

    def __str__(self) -> str:
        """Say what happened."""
        return f"{self.verb} → {self.to_state}"


class NilReturn(models.Model):
    """A provider says that it has nothing to lodge for one window: filed by one person, declared by another (CQR-01).

    It holds who and when and nothing about a student. A declared one has a leaf in the log over `salt` and these facts;
    lodging later supersedes it, and what it said stays.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    number = models.CharField(max_length=13, unique=True)
    provider_id = models.IntegerField()
    regulator = models.CharField(max_length=8)
    sector = models.CharField(max_length=3)
    period_from = models.DateField()
    period_until = models.DateField()
    state = models.CharField(max_length=12, default=NIL_RETURN.initial)
    filed_by = models.UUIDField()
    filed_at = models.DateTimeField()
    declared_by = models.UUIDField(null=True)
    declared_at = models.DateTimeField(null=True)
    declared_date = models.DateField(null=True)
    declaration = models.CharField(max_length=60, blank=True)
    salt = models.BinaryField(null=True)
    leaf_batch = models.BigIntegerField(null=True)
    leaf_position = models.SmallIntegerField(null=True)
    withdrawn_by = models.UUIDField(null=True)
    withdrawn_at = models.DateTimeField(null=True)
    superseded_by = models.UUIDField(null=True)
    superseded_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(state__in=NIL_RETURN.states), name="nilreturn_state_is_known"),
            models.CheckConstraint(
                condition=Q(period_from__lt=models.F("period_until")), name="nilreturn_covers_some_time"
            ),
            models.CheckConstraint(
                condition=Q(declared_by__isnull=True) | ~Q(declared_by=models.F("filed_by")),
                name="nilreturn_is_declared_by_another",
            ),
            models.CheckConstraint(
                condition=~Q(state="declared")
                | Q(declared_by__isnull=False, declared_at__isnull=False, leaf_batch__isnull=False)
                & ~Q(declaration=""),
                name="declared_nilreturn_says_who_when_and_has_a_leaf",
            ),
            models.UniqueConstraint(
                fields=["provider_id", "regulator", "sector", "period_from"],
                condition=Q(state__in=["filed", "declared"]),
                name="one_nilreturn_stands_for_a_window",
            ),
        ]

    def __str__(self) -> str:
        """Name it by number."""
        return f"nil return {self.number} ({self.state})"


class ReturnReminder(models.Model):
    """A provider's people were told once that a window is due in 30 or 7 days, or was due yesterday. Append-only."""

    provider_id = models.IntegerField()
    regulator = models.CharField(max_length=8)
    sector = models.CharField(max_length=3)
    period_from = models.DateField()
    offset_days = models.SmallIntegerField()
    people = models.SmallIntegerField()
    reminded_on = models.DateField()
    reminded_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["provider_id", "regulator", "sector", "period_from", "offset_days"],
                name="reminder_is_sent_once",
            )
        ]

    def __str__(self) -> str:
        """Say which reminder it is."""
        return f"reminder {self.offset_days:+d} of provider {self.provider_id}"


class LodgedExport(models.Model):
    """What a provider has lodged in one format, to be fetched as one archive for some hours (exporting/shelf.py holds it).

    The row names no student and goes 30 days after its archive. `woken_at` is when the worker was last woken for it, `name` the
    archive's file name, `problem` why there is none.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    provider_id = models.IntegerField()
    kind = models.CharField(max_length=20)
    state = models.CharField(max_length=12, default=LODGED_EXPORT.initial, db_default=LODGED_EXPORT.initial)
    asked_by = models.UUIDField()
    asked_at = models.DateTimeField()
    woken_at = models.DateTimeField()
    name = models.CharField(max_length=60, blank=True, default="", db_default="")
    students = models.IntegerField(default=0, db_default=0)
    size = models.BigIntegerField(default=0, db_default=0)
    sha256 = models.BinaryField(null=True)
    prepared_at = models.DateTimeField(null=True)
    held_until = models.DateTimeField(null=True)
    problem = models.CharField(max_length=300, blank=True, default="", db_default="")
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(state__in=LODGED_EXPORT.states), name="export_state_is_known"),
            models.CheckConstraint(
                condition=~Q(state="prepared")
                | Q(prepared_at__isnull=False, held_until__isnull=False, sha256__isnull=False),
                name="prepared_export_says_what_and_until_when",
            ),
            models.UniqueConstraint(
                fields=["provider_id", "kind"], condition=Q(state="asked"), name="one_export_of_a_kind_under_way"
            ),
        ]
        indexes = [models.Index(fields=["provider_id", "-asked_at"], name="exports_of_provider")]

    def __str__(self) -> str:
        """Name it by number."""
        return f"export {self.id} ({self.state})"


class DoubtfulRecord(models.Model):
    """One sealed row that duplicates another or cannot be, for the regulator to clear up (D01 to D05).

    It names the rule, the file and row, and the student by number; nothing of the row is copied. Question and answer pass
    between regulator and provider on their pages.
    """

    id = models.BigAutoField(primary_key=True)
    provider_id = models.IntegerField()
    submission = models.ForeignKey(Submission, on_delete=models.PROTECT, related_name="doubts")
    rule = models.CharField(max_length=4)
    kind = models.CharField(max_length=20)
    file = models.CharField(max_length=255)
    row = models.IntegerField()
    student_id = models.BigIntegerField(null=True)
    state = models.CharField(max_length=12, default=DOUBT.initial, db_default=DOUBT.initial)
    found_at = models.DateTimeField()
    question = models.CharField(max_length=1000, blank=True, default="", db_default="")
    asked_by = models.UUIDField(null=True)
    asked_at = models.DateTimeField(null=True)
    answer = models.CharField(max_length=1000, blank=True, default="", db_default="")
    answered_by = models.UUIDField(null=True)
    answered_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=1000, blank=True, default="", db_default="")
    decided_by = models.UUIDField(null=True)
    decided_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(state__in=DOUBT.states), name="doubt_state_is_known"),
            models.UniqueConstraint(fields=["submission", "kind", "file", "row"], name="one_doubt_of_a_kind_and_row"),
            models.CheckConstraint(
                condition=~Q(state__in=["explained", "corrected", "accepted"])
                | Q(decided_by__isnull=False, decided_at__isnull=False) & ~Q(reason=""),
                name="decided_doubt_says_who_when_and_why",
            ),
        ]
        indexes = [
            models.Index(
                fields=["rule", "found_at"], condition=Q(state__in=["open", "asked", "answered"]), name="doubts_waiting"
            ),
            models.Index(fields=["provider_id", "state"], name="doubts_of_provider"),
        ]

    def __str__(self) -> str:
        """Name it by number and rule."""
        return f"doubt {self.pk} ({self.rule}, {self.state})"
