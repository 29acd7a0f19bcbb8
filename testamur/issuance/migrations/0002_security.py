"""Row-level security of issuing, and what of it is never altered.

A student reads their own documents, what was done with them, and the copies given out. Authorities and templates are the
provider's. Authorities, acts, moves and copies refuse UPDATE, DELETE and TRUNCATE.
"""

from django.db import migrations

from testamur.kernel.sql import owned_by_provider, protect_permanent

READ_BY_STUDENT = ("certification", "issuedname", "certificationmove", "reissue")
STAFF_ONLY = ("signingauthority", "authorityact", "template")
NEVER_ALTERED = ("signingauthority", "authorityact", "certificationmove", "reissue")


class Migration(migrations.Migration):
    dependencies = [("issuance", "0001_initial"), ("students", "0002_security")]
    operations = [
        *(owned_by_provider(f"issuance_{table}", student_column="student_id") for table in READ_BY_STUDENT),
        *(owned_by_provider(f"issuance_{table}") for table in STAFF_ONLY),
        *(protect_permanent(f"issuance_{table}") for table in NEVER_ALTERED),
    ]
