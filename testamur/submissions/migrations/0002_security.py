"""Row-level security of a provider's submissions; steps are append-only."""

from django.db import migrations

from testamur.kernel.sql import owned_by_provider, protect_permanent


class Migration(migrations.Migration):
    dependencies = [("submissions", "0001_initial")]
    operations = [
        owned_by_provider("submissions_submission"),
        owned_by_provider("submissions_submittedfile"),
        owned_by_provider("submissions_cellfix"),
        owned_by_provider("submissions_submissionstep"),
        protect_permanent("submissions_submissionstep"),
    ]
