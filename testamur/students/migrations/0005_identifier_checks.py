"""Verification of identifiers: its events, the clear views of a number, and a number that is another waits again (USI-02)."""

from django.db import migrations, models

from testamur.kernel.sql import REGISTER_SCOPE, owned_by_provider, protect_permanent

# Whoever writes another value, by whatever way, it waits for verification: a state never outlives the value it is about.
RENEWED = """
CREATE FUNCTION testamur_identifier_is_renewed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.state := 'pending';
    NEW.attempts := 0;
    NEW.due_at := NULL;
    NEW.asked_by := NULL;
    NEW.answered_by := '';
    RETURN NEW;
END $$;
CREATE TRIGGER entered BEFORE INSERT ON students_identifier
    FOR EACH ROW EXECUTE FUNCTION testamur_identifier_is_renewed();
CREATE TRIGGER renewed BEFORE UPDATE OF sealed ON students_identifier
    FOR EACH ROW WHEN (NEW.sealed IS DISTINCT FROM OLD.sealed) EXECUTE FUNCTION testamur_identifier_is_renewed();
"""
NOT_RENEWED = """
DROP TRIGGER entered ON students_identifier;
DROP TRIGGER renewed ON students_identifier;
DROP FUNCTION testamur_identifier_is_renewed();
"""

# Kept like access events; a provider does not read whom the secretariat showed a number to, the person does.
REVEALS = f"""
CREATE FUNCTION testamur_reveal_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' AND OLD.kept_until < current_date THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION 'table students_identifierreveal keeps its rows until their time is up: % refused', TG_OP
        USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER kept BEFORE UPDATE OR DELETE ON students_identifierreveal
    FOR EACH ROW EXECUTE FUNCTION testamur_reveal_is_kept();
CREATE TRIGGER kept_whole BEFORE TRUNCATE ON students_identifierreveal
    FOR EACH STATEMENT EXECUTE FUNCTION testamur_refuse_change();
REVOKE UPDATE, TRUNCATE ON students_identifierreveal FROM testamur_app;
ALTER TABLE students_identifierreveal ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON students_identifierreveal FOR SELECT USING (
    {REGISTER_SCOPE} OR student_id = ANY (testamur_own_students()));
CREATE POLICY written ON students_identifierreveal FOR INSERT WITH CHECK ({REGISTER_SCOPE});
CREATE POLICY removed ON students_identifierreveal FOR DELETE USING ({REGISTER_SCOPE});
"""
REVEALS_OPEN = """
DROP POLICY seen ON students_identifierreveal; DROP POLICY written ON students_identifierreveal;
DROP POLICY removed ON students_identifierreveal;
ALTER TABLE students_identifierreveal DISABLE ROW LEVEL SECURITY;
DROP TRIGGER kept ON students_identifierreveal; DROP TRIGGER kept_whole ON students_identifierreveal;
DROP FUNCTION testamur_reveal_is_kept();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('students', '0004_doors'),
    ]

    operations = [
        migrations.CreateModel(
            name='IdentifierCheck',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('provider_id', models.IntegerField()),
                ('student_id', models.BigIntegerField()),
                ('kind', models.CharField(max_length=8)),
                ('outcome', models.CharField(max_length=12)),
                ('reason', models.CharField(blank=True, max_length=16)),
                ('answered_by', models.CharField(blank=True, max_length=8)),
                ('first_matched', models.BooleanField(null=True)),
                ('family_matched', models.BooleanField(null=True)),
                ('single_matched', models.BooleanField(null=True)),
                ('birth_matched', models.BooleanField(null=True)),
                ('error_code', models.IntegerField(null=True)),
                ('attempt', models.SmallIntegerField(default=0)),
                ('by', models.UUIDField(null=True)),
                ('at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='IdentifierReveal',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('provider_id', models.IntegerField()),
                ('student_id', models.BigIntegerField()),
                ('kind', models.CharField(max_length=8)),
                ('account', models.UUIDField()),
                ('role', models.CharField(max_length=40)),
                ('purpose', models.CharField(max_length=20)),
                ('reason', models.TextField(blank=True)),
                ('case', models.CharField(blank=True, max_length=60)),
                ('access_event', models.BigIntegerField()),
                ('at', models.DateTimeField()),
                ('shown_date', models.DateField()),
                ('kept_until', models.DateField()),
            ],
        ),
        migrations.AddField(
            model_name='identifier',
            name='answered_by',
            field=models.CharField(blank=True, db_default='', default='', max_length=8),
        ),
        migrations.AddField(
            model_name='identifier',
            name='asked_by',
            field=models.UUIDField(null=True),
        ),
        migrations.AddField(
            model_name='identifier',
            name='attempts',
            field=models.SmallIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name='identifier',
            name='due_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddIndex(
            model_name='identifier',
            index=models.Index(fields=['provider_id', 'state'], name='identifiers_by_state'),
        ),
        migrations.AddConstraint(
            model_name='identifier',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['pending', 'verified', 'mismatch', 'invalid', 'deactivated', 'failed', 'exempt'])), name='identifier_state_is_known'),
        ),
        migrations.AddConstraint(
            model_name='identifier',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'verified'), _negated=True), models.Q(('answered_by', ''), _negated=True), _connector='OR'), name='verified_identifier_says_who_answered'),
        ),
        migrations.AddIndex(
            model_name='identifiercheck',
            index=models.Index(fields=['student_id', '-id'], name='checks_of_student'),
        ),
        migrations.AddConstraint(
            model_name='identifiercheck',
            constraint=models.CheckConstraint(condition=models.Q(('outcome__in', ('asked', 'verified', 'mismatch', 'invalid', 'deactivated', 'failed', 'exempt', 'unanswered'))), name='identifiercheck_outcome_is_known'),
        ),
        migrations.AddConstraint(
            model_name='identifiercheck',
            constraint=models.CheckConstraint(condition=models.Q(('reason__in', ['', 'contradicted', 'exemption', 'no_birth_date', 'no_name', 'not_authorised', 'omitted', 'refused', 'shape', 'timed_out', 'unavailable'])), name='identifiercheck_reason_is_known'),
        ),
        migrations.AddConstraint(
            model_name='identifiercheck',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('outcome__in', ['verified', 'mismatch', 'deactivated']), _negated=True), models.Q(('answered_by', ''), _negated=True), _connector='OR'), name='identifiercheck_says_who_answered'),
        ),
        migrations.AddIndex(
            model_name='identifierreveal',
            index=models.Index(fields=['student_id', '-id'], name='reveals_of_student'),
        ),
        migrations.AddConstraint(
            model_name='identifierreveal',
            constraint=models.CheckConstraint(condition=models.Q(('purpose', 'own_record'), models.Q(models.Q(('reason', ''), _negated=True), models.Q(('case', ''), _negated=True)), _connector='OR'), name='identifierreveal_says_why_and_in_which_case'),
        ),
        migrations.AddConstraint(
            model_name='identifierreveal',
            constraint=models.CheckConstraint(condition=models.Q(('kept_until__gt', models.F('shown_date'))), name='identifierreveal_is_kept'),
        ),
        migrations.RunSQL(RENEWED, NOT_RENEWED),
        owned_by_provider("students_identifiercheck", student_column="student_id"),
        protect_permanent("students_identifiercheck"),
        migrations.RunSQL(REVEALS, REVEALS_OPEN),
    ]
