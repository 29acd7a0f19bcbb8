"""Whoever lodges NAT files may choose the state's form and the collection year; who did so, and when, is kept with it."""

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("submissions", "0006_doubts")]
    operations = [
        migrations.AddField(
            "submission", "form_state", models.CharField(blank=True, db_default="", default="", max_length=3)
        ),
        migrations.AddField("submission", "collection_year", models.SmallIntegerField(null=True)),
        migrations.AddField("submission", "form_chosen_by", models.UUIDField(null=True)),
        migrations.AddField("submission", "form_chosen_at", models.DateTimeField(null=True)),
        migrations.AddConstraint(
            "submission",
            models.CheckConstraint(
                condition=Q(form_state="", collection_year__isnull=True)
                | Q(form_chosen_by__isnull=False, form_chosen_at__isnull=False),
                name="chosen_form_says_who_and_when",
            ),
        ),
    ]
