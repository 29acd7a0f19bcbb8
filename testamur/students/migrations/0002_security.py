"""Row-level security of a provider's students, and the function that says which students a signed-in person is."""

from django.db import migrations

from testamur.kernel.sql import REGISTER_SCOPE, owned_by_provider, protect_permanent

OWN_STUDENTS = """
CREATE FUNCTION testamur_own_students() RETURNS bigint[] LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = public, pg_temp AS $$
    SELECT coalesce(array_agg(student_id), '{}') FROM students_personlink
    WHERE state = 'confirmed' AND person_id = nullif(current_setting('testamur.person_id', true), '')::uuid
$$;
CREATE FUNCTION testamur_own_providers() RETURNS integer[] LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = public, pg_temp AS $$
    SELECT coalesce(array_agg(DISTINCT provider_id), '{}') FROM students_personlink
    WHERE state = 'confirmed' AND person_id = nullif(current_setting('testamur.person_id', true), '')::uuid
$$;
"""

LINKS = f"""
ALTER TABLE students_personlink ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON students_personlink FOR SELECT USING (
    {REGISTER_SCOPE} OR person_id = nullif(current_setting('testamur.person_id', true), '')::uuid);
CREATE POLICY written ON students_personlink FOR INSERT WITH CHECK ({REGISTER_SCOPE});
CREATE POLICY changed ON students_personlink FOR UPDATE USING ({REGISTER_SCOPE}) WITH CHECK ({REGISTER_SCOPE});
"""


class Migration(migrations.Migration):
    dependencies = [("students", "0001_initial")]
    operations = [
        migrations.RunSQL(OWN_STUDENTS, "DROP FUNCTION testamur_own_students(); DROP FUNCTION testamur_own_providers();"),
        owned_by_provider("students_student", student_column="id"),
        owned_by_provider("students_studentkey"),
        owned_by_provider("students_particulars", student_column="student_id"),
        owned_by_provider("students_contact", student_column="student_id"),
        owned_by_provider("students_identifier"),
        migrations.RunSQL(LINKS, "ALTER TABLE students_personlink DISABLE ROW LEVEL SECURITY;"),
        protect_permanent("students_erasure"),
    ]
