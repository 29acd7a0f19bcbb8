"""Exports of what a provider has lodged, each its provider's own: prepared by the worker and held for some hours."""

import uuid

from django.db import migrations, models
from django.db.models import Q

from testamur.kernel.sql import owned_by_provider

STATES = ("asked", "prepared", "failed", "removed")


class Migration(migrations.Migration):
    dependencies = [("submissions", "0007_chosen_form")]
    operations = [
        migrations.CreateModel(
            name="LodgedExport",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("provider_id", models.IntegerField()),
                ("kind", models.CharField(max_length=20)),
                ("state", models.CharField(db_default="asked", default="asked", max_length=12)),
                ("asked_by", models.UUIDField()),
                ("asked_at", models.DateTimeField()),
                ("woken_at", models.DateTimeField()),
                ("name", models.CharField(blank=True, db_default="", default="", max_length=60)),
                ("students", models.IntegerField(db_default=0, default=0)),
                ("size", models.BigIntegerField(db_default=0, default=0)),
                ("sha256", models.BinaryField(null=True)),
                ("prepared_at", models.DateTimeField(null=True)),
                ("held_until", models.DateTimeField(null=True)),
                ("problem", models.CharField(blank=True, db_default="", default="", max_length=300)),
                ("ended_at", models.DateTimeField(null=True)),
            ],
            options={
                "indexes": [models.Index(fields=["provider_id", "-asked_at"], name="exports_of_provider")],
                "constraints": [
                    models.CheckConstraint(condition=Q(state__in=STATES), name="export_state_is_known"),
                    models.CheckConstraint(
                        condition=~Q(state="prepared")
                        | Q(prepared_at__isnull=False, held_until__isnull=False, sha256__isnull=False),
                        name="prepared_export_says_what_and_until_when",
                    ),
                    models.UniqueConstraint(
                        condition=Q(state="asked"),
                        fields=("provider_id", "kind"),
                        name="one_export_of_a_kind_under_way",
                    ),
                ],
            },
        ),
        owned_by_provider("submissions_lodgedexport"),
    ]
