"""Names on documents of students who were erased by law go too; the document's number, hash and moves stay."""

from datetime import datetime

from django.db import transaction

from testamur.issuance.models import IssuedName
from testamur.kernel import tenancy
from testamur.students import queries as students_queries


@transaction.atomic
def forget_erased(*, at: datetime) -> int:
    """Names of erased students are deleted from what was prepared and issued; returns how many. Again it changes nothing.

    The register's own clock does this. The stored document itself stays for its 30 years (CS 10(b)); `at` is not looked at.
    """
    del at
    with tenancy.for_register():
        deleted, _ = IssuedName.objects.filter(student_id__in=students_queries.erased_students()).delete()
    return deleted
