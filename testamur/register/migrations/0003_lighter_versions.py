"""Versions without an index that nobody asks, with one check in the place of three, and a provider that costs less to know."""

from django.db import migrations

from testamur.kernel.sql import OWN_PROVIDER

LIGHTER = f"""
DROP INDEX versions_of_source;
ALTER TABLE register_version DROP CONSTRAINT register_version_check, DROP CONSTRAINT register_version_seq_check,
    DROP CONSTRAINT register_version_commitment_check;
ALTER TABLE register_version ADD CONSTRAINT version_is_whole
    CHECK (seq >= 1 AND (seq = 1) = (previous IS NULL) AND octet_length(commitment) = 32);
DO $$
DECLARE
    part regclass;
BEGIN
    FOR part IN SELECT inhrelid::regclass FROM pg_inherits WHERE inhparent = 'register_version'::regclass LOOP
        EXECUTE format('ALTER TABLE %s ALTER provider_id SET DEFAULT %s', part, $d${OWN_PROVIDER}$d$);
    END LOOP;
END $$;
ALTER TABLE register_version ALTER provider_id SET DEFAULT {OWN_PROVIDER};
"""


class Migration(migrations.Migration):
    dependencies = [("register", "0002_versions")]
    operations = [migrations.RunSQL(LIGHTER, migrations.RunSQL.noop)]
