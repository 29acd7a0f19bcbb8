"""Row-level security: a row is its person's and the register scope's; officers' rows are the register scope's alone.

A person's own transaction can neither confirm its own identity nor declare its own records found: the policies say so.
"""

from django.db import migrations

from testamur.kernel.sql import REGISTER_SCOPE

_MINE = "person_id = nullif(current_setting('testamur.person_id', true), '')::uuid"
_OWN_IDENTITY = f"{_MINE} AND state IN ('named', 'pending', 'assisted', 'expired')"
_OWN_REQUEST = f"{_MINE} AND state NOT IN ('found', 'ready', 'no_match')"


def _owned_by_person(table: str, *, own_writes: str | None = None) -> migrations.RunSQL:
    """Protect a table; `own_writes` is what the person's own transactions may write, nothing by default."""
    writes = f"{REGISTER_SCOPE} OR ({own_writes})" if own_writes else REGISTER_SCOPE
    return _protected(table, f"{REGISTER_SCOPE} OR {_MINE}", writes)


def _protected(table: str, seen: str, written: str) -> migrations.RunSQL:
    """Return the policies of one table."""
    return migrations.RunSQL(
        sql=(
            f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;"
            f"CREATE POLICY seen ON {table} FOR SELECT USING ({seen});"
            f"CREATE POLICY written ON {table} FOR INSERT WITH CHECK ({written});"
            f"CREATE POLICY changed ON {table} FOR UPDATE USING ({seen}) WITH CHECK ({written});"
            f"CREATE POLICY removed ON {table} FOR DELETE USING ({REGISTER_SCOPE});"
        ),
        reverse_sql=(
            f"DROP POLICY seen ON {table}; DROP POLICY written ON {table}; DROP POLICY changed ON {table};"
            f"DROP POLICY removed ON {table}; ALTER TABLE {table} DISABLE ROW LEVEL SECURITY;"
        ),
    )


class Migration(migrations.Migration):
    dependencies = [("extracts", "0001_initial")]
    operations = [
        _owned_by_person("extracts_applicant", own_writes=_MINE),
        _owned_by_person("extracts_identitycheck", own_writes=_OWN_IDENTITY),
        _owned_by_person("extracts_recordrequest", own_writes=_OWN_REQUEST),
        _owned_by_person("extracts_requestmove", own_writes=_MINE),
        _owned_by_person("extracts_extract"),
        _protected("extracts_requestmatch", REGISTER_SCOPE, REGISTER_SCOPE),
        _protected("extracts_casenote", REGISTER_SCOPE, REGISTER_SCOPE),
    ]
