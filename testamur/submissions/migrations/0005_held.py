"""Rows with errors may be held while the good ones go on; the submission counts them."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("submissions", "0004_returns")]
    operations = [migrations.AddField("submission", "held", models.JSONField(default=dict))]
