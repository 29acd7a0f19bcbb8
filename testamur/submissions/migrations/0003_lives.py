"""What a submission needs on its way: its public number, the run of its last check, and where a fixed cell stands."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("submissions", "0002_security")]
    operations = [
        migrations.AddField(
            "submission", "number", models.CharField(max_length=13, unique=True, default=""), preserve_default=False
        ),
        migrations.AddField("submission", "checked_run", models.UUIDField(null=True)),
        migrations.AddField("submission", "superseded_by", models.UUIDField(null=True)),
        migrations.AddField("cellfix", "sha256", models.BinaryField(default=b""), preserve_default=False),
        migrations.AddField("cellfix", "rule", models.CharField(blank=True, max_length=10, default=""), preserve_default=False),
        migrations.AddConstraint(
            "cellfix",
            models.UniqueConstraint(fields=["submission", "sha256", "row", "column"], name="one_fix_of_a_cell"),
        ),
    ]
