"""A table for what every web process must count together: tries at a password, and codes that were used already.

Django's database cache reads and writes it; a counter that lived in one process would let the others be tried. The table
is not logged, because nothing in it needs to survive a crash.
"""

from django.db import migrations

CREATE = """
CREATE UNLOGGED TABLE accounts_counter (
    cache_key varchar(255) PRIMARY KEY,
    value text NOT NULL,
    expires timestamp with time zone NOT NULL
);
CREATE INDEX accounts_counter_expires ON accounts_counter (expires);
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial")]
    operations = [migrations.RunSQL(CREATE, "DROP TABLE accounts_counter")]
