"""Row-level security: a provider reads its own sweep and writes none of it; a rehearsal is its own. Steps are permanent."""

from django.db import migrations

from testamur.kernel.sql import PROVIDER_SETTING, REGISTER_SCOPE, owned_by_provider, protect_permanent


def _read_by_provider(table: str) -> migrations.RunSQL:
    """Let a provider see its own rows; the register scope alone writes them."""
    return migrations.RunSQL(
        sql=(
            f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;"
            f"CREATE POLICY seen ON {table} FOR SELECT USING (provider_id = {PROVIDER_SETTING} OR {REGISTER_SCOPE});"
            f"CREATE POLICY written ON {table} FOR INSERT WITH CHECK ({REGISTER_SCOPE});"
            f"CREATE POLICY changed ON {table} FOR UPDATE USING ({REGISTER_SCOPE}) WITH CHECK ({REGISTER_SCOPE});"
            f"CREATE POLICY removed ON {table} FOR DELETE USING ({REGISTER_SCOPE});"
        ),
        reverse_sql=(
            f"DROP POLICY seen ON {table}; DROP POLICY written ON {table}; DROP POLICY changed ON {table};"
            f"DROP POLICY removed ON {table}; ALTER TABLE {table} DISABLE ROW LEVEL SECURITY;"
        ),
    )


class Migration(migrations.Migration):
    dependencies = [("regulation", "0001_initial"), ("students", "0002_security")]
    operations = [
        _read_by_provider("regulation_recordsweep"),
        _read_by_provider("regulation_sweepstep"),
        protect_permanent("regulation_sweepstep"),
        owned_by_provider("regulation_rehearsal"),
        owned_by_provider("regulation_rehearsalrow"),
    ]
