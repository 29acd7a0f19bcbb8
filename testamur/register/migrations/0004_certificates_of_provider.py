"""The certificates of one provider are found without reading everybody's, for the rule on numbers that stand twice (D01)."""

from django.db import migrations

INDEX = "CREATE INDEX certificates_of_provider ON register_version (provider_id) WHERE kind = 5;"


class Migration(migrations.Migration):
    dependencies = [("register", "0003_lighter_versions")]
    operations = [migrations.RunSQL(INDEX, "DROP INDEX certificates_of_provider;")]
