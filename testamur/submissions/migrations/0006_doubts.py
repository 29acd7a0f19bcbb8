"""Doubtful records, each its provider's own: rows that were sealed though they duplicate another or cannot be."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q

from testamur.kernel.sql import owned_by_provider

STATES = ("open", "asked", "answered", "explained", "corrected", "accepted", "superseded")


class Migration(migrations.Migration):
    dependencies = [("submissions", "0005_held")]
    operations = [
        migrations.CreateModel(
            name="DoubtfulRecord",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("provider_id", models.IntegerField()),
                ("rule", models.CharField(max_length=4)),
                ("kind", models.CharField(max_length=20)),
                ("file", models.CharField(max_length=255)),
                ("row", models.IntegerField()),
                ("student_id", models.BigIntegerField(null=True)),
                ("state", models.CharField(db_default="open", default="open", max_length=12)),
                ("found_at", models.DateTimeField()),
                ("question", models.CharField(blank=True, db_default="", default="", max_length=1000)),
                ("asked_by", models.UUIDField(null=True)),
                ("asked_at", models.DateTimeField(null=True)),
                ("answer", models.CharField(blank=True, db_default="", default="", max_length=1000)),
                ("answered_by", models.UUIDField(null=True)),
                ("answered_at", models.DateTimeField(null=True)),
                ("reason", models.CharField(blank=True, db_default="", default="", max_length=1000)),
                ("decided_by", models.UUIDField(null=True)),
                ("decided_at", models.DateTimeField(null=True)),
                (
                    "submission",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="doubts",
                        to="submissions.submission",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=Q(state__in=["open", "asked", "answered"]),
                        fields=["rule", "found_at"],
                        name="doubts_waiting",
                    ),
                    models.Index(fields=["provider_id", "state"], name="doubts_of_provider"),
                ],
                "constraints": [
                    models.CheckConstraint(condition=Q(state__in=STATES), name="doubt_state_is_known"),
                    models.UniqueConstraint(
                        fields=("submission", "kind", "file", "row"), name="one_doubt_of_a_kind_and_row"
                    ),
                    models.CheckConstraint(
                        condition=~Q(state__in=["explained", "corrected", "accepted"])
                        | Q(decided_by__isnull=False, decided_at__isnull=False) & ~Q(reason=""),
                        name="decided_doubt_says_who_when_and_why",
                    ),
                ],
            },
        ),
        owned_by_provider("submissions_doubtfulrecord"),
    ]
