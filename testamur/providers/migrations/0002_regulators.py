"""Put the regulator profiles of data/regulators.toml into their table."""

import tomllib
from pathlib import Path

from django.db import migrations

DATA = Path(__file__).resolve().parents[1] / "data" / "regulators.toml"


def load(apps, schema_editor):
    profile = apps.get_model("providers", "RegulatorProfile")
    known = {field.name for field in profile._meta.get_fields()}
    for code, facts in tomllib.loads(DATA.read_text("utf-8")).items():
        values = {name: value for name, value in facts.items() if name in known}
        profile.objects.using(schema_editor.connection.alias).update_or_create(code=code, defaults=values)


class Migration(migrations.Migration):
    dependencies = [("providers", "0001_initial")]
    operations = [migrations.RunPython(load, migrations.RunPython.noop)]
