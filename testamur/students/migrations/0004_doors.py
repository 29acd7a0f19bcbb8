"""Doors for COPY into the tables of students that a file of a million rows writes (docs/decisions/0015)."""

from django.db import migrations

from testamur.kernel.sql import entered_by_copy, owned_by_provider

PARTICULARS = (
    "student_id", "seq", "title", "family_name", "given_name", "other_names", "single_name", "folded_family",
    "folded_given", "birth_earliest", "birth_latest", "birth_precision", "birth_placeholder", "gender",
)  # fmt: skip


class Migration(migrations.Migration):
    dependencies = [("students", "0003_personlink_undone_reason")]
    operations = [
        entered_by_copy("students_student", key="id", columns=("id", "local_id", "since_source")),
        owned_by_provider("students_student", student_column="id"),
        entered_by_copy("students_studentkey", key="student_id", columns=("student_id", "key")),
        owned_by_provider("students_studentkey"),
        entered_by_copy("students_particulars", key="student_id", columns=PARTICULARS),
        owned_by_provider("students_particulars", student_column="student_id"),
        entered_by_copy("students_contact", key="student_id", columns=("student_id", "details")),
        owned_by_provider("students_contact", student_column="student_id"),
    ]
