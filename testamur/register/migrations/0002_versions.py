"""The table of versions, partitioned by the year of sealing, and what the database itself refuses.

A partition is written by COPY on all columns but provider_id, whose default is the transaction's own provider; it cannot be
read directly. Reading goes through the parent, where row-level security applies.
"""

from django.db import migrations

from testamur.kernel.sql import PROVIDER_SETTING, REGISTER_SCOPE, owned_by_provider, protect_permanent

VERSIONS = f"""
CREATE TABLE register_version (
    record_id uuid NOT NULL,
    seq integer NOT NULL CHECK (seq >= 1),
    sealed_year smallint NOT NULL,
    provider_id integer NOT NULL DEFAULT {PROVIDER_SETTING},
    student_id bigint NOT NULL,
    kind smallint NOT NULL,
    course_id integer,
    unit_id integer,
    source_id bigint NOT NULL,
    line integer,
    valid_date date,
    leaf_batch bigint NOT NULL,
    leaf_position smallint NOT NULL,
    previous bytea,
    commitment bytea NOT NULL CHECK (octet_length(commitment) = 32),
    facts text NOT NULL,
    CHECK ((seq = 1) = (previous IS NULL)),
    PRIMARY KEY (record_id, seq, sealed_year)
) PARTITION BY LIST (sealed_year);
CREATE INDEX versions_of_student ON register_version (student_id);
CREATE INDEX versions_of_source ON register_version USING brin (source_id);
ALTER TABLE register_version ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON register_version FOR SELECT USING (
    provider_id = {PROVIDER_SETTING} OR {REGISTER_SCOPE} OR student_id = ANY (testamur_own_students()));
CREATE TRIGGER permanent BEFORE UPDATE OR DELETE OR TRUNCATE ON register_version
    FOR EACH STATEMENT EXECUTE FUNCTION testamur_refuse_change();
REVOKE ALL ON register_version FROM testamur_app;
GRANT SELECT ON register_version TO testamur_app;
"""

OPEN_YEAR = """
CREATE FUNCTION register_open_year(year integer) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
DECLARE
    part text := format('register_version_%s', year);
BEGIN
    IF year NOT BETWEEN 2000 AND 2200 THEN
        RAISE EXCEPTION 'no partition for the year %', year;
    END IF;
    PERFORM pg_advisory_xact_lock(hashtext('register_open_year'));
    IF to_regclass('public.' || part) IS NOT NULL THEN
        RETURN;
    END IF;
    EXECUTE format('CREATE TABLE %I PARTITION OF register_version FOR VALUES IN (%s)', part, year);
    EXECUTE format('CREATE TRIGGER permanent BEFORE UPDATE OR DELETE OR TRUNCATE ON %I
        FOR EACH STATEMENT EXECUTE FUNCTION testamur_refuse_change()', part);
    EXECUTE format('REVOKE ALL ON %I FROM testamur_app', part);
    EXECUTE format('GRANT INSERT (record_id, seq, sealed_year, student_id, kind, course_id, unit_id, source_id, line,
        valid_date, leaf_batch, leaf_position, previous, commitment, facts) ON %I TO testamur_app', part);
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("register", "0001_initial"), ("students", "0002_security")]
    operations = [
        protect_permanent("register_source"),
        protect_permanent("register_offering"),
        protect_permanent("register_holding"),
        owned_by_provider("register_source", read_by_students=True),
        owned_by_provider("register_offering", read_by_students=True),
        migrations.RunSQL(VERSIONS, "DROP TABLE register_version;"),
        migrations.RunSQL(OPEN_YEAR, "DROP FUNCTION register_open_year(integer);"),
    ]
