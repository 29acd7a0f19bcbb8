"""An access event tells a look at a record from a national identifier that was shown in the clear (USI-07)."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("log", "0001_initial"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="accessevent",
            name="accessevent_action_is_known",
        ),
        migrations.AlterField(
            model_name="accessevent",
            name="action",
            field=models.CharField(
                choices=[
                    ("viewed", "viewed"),
                    ("revealed", "national identifier shown in the clear"),
                    ("searched", "found by search"),
                    ("created", "certified in a document"),
                    ("downloaded", "downloaded"),
                    ("exported", "exported"),
                ],
                max_length=20,
            ),
        ),
        migrations.AddConstraint(
            model_name="accessevent",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("action__in", ["viewed", "revealed", "searched", "created", "downloaded", "exported"])
                ),
                name="accessevent_action_is_known",
            ),
        ),
    ]
