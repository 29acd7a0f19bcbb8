"""Row-level security of working data about students in training, and what of it is never altered.

A student reads their own enrolments, units, contracts, exits and fees. Evidence, attestations and the history are the
provider's staff's (F.2). Changes, entries of fees and timely dates refuse UPDATE, DELETE and TRUNCATE.
"""

from django.db import migrations

from testamur.kernel.sql import owned_by_provider, protect_permanent

READ_BY_STUDENT = ("enrolment", "trainingcontract", "unitoutcome", "exit", "feeentry")
STAFF_ONLY = ("evidence", "identityattestation", "timelydate", "enrolmentchange")
NEVER_ALTERED = ("feeentry", "timelydate", "enrolmentchange")


class Migration(migrations.Migration):
    dependencies = [("enrolments", "0001_initial"), ("students", "0002_security")]
    operations = [
        *(owned_by_provider(f"enrolments_{table}", student_column="student_id") for table in READ_BY_STUDENT),
        *(owned_by_provider(f"enrolments_{table}") for table in STAFF_ONLY),
        *(protect_permanent(f"enrolments_{table}") for table in NEVER_ALTERED),
    ]
