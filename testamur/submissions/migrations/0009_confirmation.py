"""Where files name another organisation only, the sentence that the declarer confirmed is kept with the declaration."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("submissions", "0008_lodged_exports")]
    operations = [
        migrations.AddField(
            "submission", "confirmation", models.CharField(blank=True, db_default="", default="", max_length=500)
        ),
    ]
