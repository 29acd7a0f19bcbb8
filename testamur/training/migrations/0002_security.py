"""Copies, versions and what hangs on them refuse change; addresses of calendars are their provider's own."""

from django.db import migrations

from testamur.kernel.sql import owned_by_provider, protect_permanent

PERMANENT = [
    "training_snapshot",
    "training_productversion",
    "training_productstatus",
    "training_productrelease",
    "training_packaginggroup",
    "training_packagedunit",
    "training_supersession",
    "training_scopestatement",
    "training_scopeitem",
]


class Migration(migrations.Migration):
    dependencies = [("training", "0001_initial")]
    operations = [
        *[protect_permanent(table) for table in PERMANENT],
        owned_by_provider("training_calendarfeed"),
    ]
