"""Codes of all providers that begin as somebody types are found, in their order, without reading the others (codes.py)."""

from django.db import migrations

INDEX = "CREATE INDEX offerings_by_code ON register_offering (kind, code text_pattern_ops, title, provider_id);"


class Migration(migrations.Migration):
    dependencies = [("register", "0004_certificates_of_provider")]
    operations = [migrations.RunSQL(INDEX, "DROP INDEX offerings_by_code;")]
