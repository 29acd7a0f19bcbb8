"""What the database itself enforces: permanence and who sees a row. Used by migrations only.

Three settings, local to a transaction, say on whose behalf it runs: `testamur.provider_id` (a provider's staff),
`testamur.person_id` (a student reading their own records) and `testamur.scope` = `register` (the secretariat inside a
case, and the worker). With none of them a provider-owned table answers nothing.
"""

from django.db.migrations import RunSQL

_REFUSE = """
CREATE OR REPLACE FUNCTION testamur_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'table % is permanent: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'insufficient_privilege';
END $$;
"""

OWN_PROVIDER = "current_setting('testamur.provider_id')::integer"
PROVIDER_SETTING = "nullif(current_setting('testamur.provider_id', true), '')::integer"
_DOOR = """
DO $$
DECLARE
    keys text;
    counter text := pg_get_serial_sequence('{table}', '{key}');
BEGIN
    SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY k.place) INTO keys
    FROM pg_index i, unnest(i.indkey::smallint[]) WITH ORDINALITY k (number, place), pg_attribute a
    WHERE i.indrelid = '{table}'::regclass AND i.indisprimary AND a.attrelid = i.indrelid AND a.attnum = k.number;
    ALTER TABLE {table} RENAME TO {rows};
    ALTER TABLE {rows} DISABLE ROW LEVEL SECURITY;
    DROP POLICY IF EXISTS seen ON {rows};
    DROP POLICY IF EXISTS written ON {rows};
    DROP POLICY IF EXISTS changed ON {rows};
    DROP POLICY IF EXISTS removed ON {rows};
    IF counter IS NOT NULL THEN
        ALTER TABLE {rows} ALTER {key} DROP IDENTITY;
        EXECUTE format('CREATE SEQUENCE %s', counter);
        EXECUTE format('SELECT setval(%L, coalesce(max({key}), 0) + 1, false) FROM {rows}', counter);
    END IF;
    CREATE TABLE {table} (LIKE {rows}) PARTITION BY RANGE ({key});
    EXECUTE format('ALTER TABLE {table} ADD PRIMARY KEY (%s)', keys);
    ALTER TABLE {table} ATTACH PARTITION {rows} FOR VALUES FROM (MINVALUE) TO (MAXVALUE);
    IF counter IS NOT NULL THEN
        EXECUTE format('ALTER TABLE {table} ALTER {key} SET DEFAULT nextval(%L)', counter);
        EXECUTE format('ALTER SEQUENCE %s OWNED BY {table}.{key}', counter);
    END IF;
END $$;
ALTER TABLE {rows} ALTER provider_id SET DEFAULT {provider};
REVOKE ALL ON {rows} FROM testamur_app;
GRANT INSERT ({columns}) ON {rows} TO testamur_app;
"""
REGISTER_SCOPE = "current_setting('testamur.scope', true) = 'register'"


def protect_permanent(table: str) -> RunSQL:
    """Make a table refuse UPDATE, DELETE and TRUNCATE, by trigger and by grant."""
    return RunSQL(
        sql=(
            f"{_REFUSE}"
            f"CREATE TRIGGER permanent BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION testamur_refuse_change();"
            f"REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM testamur_app;"
        ),
        reverse_sql=f"DROP TRIGGER permanent ON {table};",
    )


def owned_by_provider(
    table: str, *, column: str = "provider_id", student_column: str | None = None, read_by_students: bool = False
) -> RunSQL:
    """Turn on row-level security: a row is seen and written on behalf of its provider or inside the register scope only.

    With `student_column` the row is also seen (not written) by the person whom that student is linked to; with
    `read_by_students` by every person who is a student of the provider.
    """
    mine = f"{column} = {PROVIDER_SETTING} OR {REGISTER_SCOPE}"
    own = f" OR {student_column} = ANY (testamur_own_students())" if student_column else ""
    own += f" OR {column} = ANY (testamur_own_providers())" if read_by_students else ""
    return RunSQL(
        sql=(
            f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;"
            f"CREATE POLICY seen ON {table} FOR SELECT USING ({mine}{own});"
            f"CREATE POLICY written ON {table} FOR INSERT WITH CHECK ({mine});"
            f"CREATE POLICY changed ON {table} FOR UPDATE USING ({mine}) WITH CHECK ({mine});"
            f"CREATE POLICY removed ON {table} FOR DELETE USING ({mine});"
        ),
        reverse_sql=(
            f"DROP POLICY seen ON {table}; DROP POLICY written ON {table}; DROP POLICY changed ON {table};"
            f"DROP POLICY removed ON {table}; ALTER TABLE {table} DISABLE ROW LEVEL SECURITY;"
        ),
    )


def entered_by_copy(table: str, *, key: str, columns: tuple[str, ...]) -> RunSQL:
    """Give a table a door for COPY, which row-level security shuts: its rows move to a sole partition, `<table>_rows`.

    The application may write these columns of the partition and nothing else; provider_id is not among them and is the
    transaction's own by default, without which a row is refused. Reading, changing and removing go through the table, which
    needs `owned_by_provider` afterwards; the partition keeps the table's checks and further indexes. `key` is the first column
    of the primary key; where it numbers itself, its sequence goes on.
    """
    return RunSQL(
        sql=_DOOR.format(table=table, rows=f"{table}_rows", key=key, provider=OWN_PROVIDER, columns=", ".join(columns)),
        reverse_sql=RunSQL.noop,
    )
