"""The log's tables, permanent but for what waits and for access events whose time is up."""

import django.db.models.deletion
import django.db.models.expressions
import django.db.models.lookups
from django.db import migrations, models

from testamur.kernel.sql import protect_permanent

# Hashes do not compress: keep long values out of line and as they are.
_STORAGE = "; ".join(
    f"ALTER TABLE {table} ALTER COLUMN {column} SET STORAGE EXTERNAL"
    for table, column in (("log_leafbatch", "leaves"), ("log_tile", "hashes"), ("log_accessdigest", "entries"))
)

# A batch waits from the moment its writer commits, whatever its number, and whoever wrote it by whatever statement.
_WAIT = """
CREATE FUNCTION testamur_log_batch_waits() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO log_waitingbatch (batch_id) VALUES (NEW.id);
    RETURN NULL;
END $$;
CREATE TRIGGER waits AFTER INSERT ON log_leafbatch FOR EACH ROW EXECUTE FUNCTION testamur_log_batch_waits();
"""

# Access events never change; they go when their time is up, and not a day before.
_KEEP = """
CREATE FUNCTION testamur_access_event_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' AND OLD.kept_until < current_date THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION 'table log_accessevent keeps its rows until their time is up: % refused', TG_OP
        USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER kept BEFORE UPDATE OR DELETE ON log_accessevent
    FOR EACH ROW EXECUTE FUNCTION testamur_access_event_is_kept();
CREATE TRIGGER kept_whole BEFORE TRUNCATE ON log_accessevent
    FOR EACH STATEMENT EXECUTE FUNCTION testamur_refuse_change();
REVOKE UPDATE, TRUNCATE ON log_accessevent FROM testamur_app;
"""


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='LeafBatch',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('leaf_count', models.SmallIntegerField()),
                ('leaves', models.BinaryField()),
            ],
        ),
        migrations.CreateModel(
            name='Tile',
            fields=[
                ('pk', models.CompositePrimaryKey('level', 'index', 'width', blank=True, editable=False, primary_key=True, serialize=False)),
                ('level', models.SmallIntegerField()),
                ('index', models.BigIntegerField()),
                ('width', models.SmallIntegerField()),
                ('hashes', models.BinaryField()),
            ],
        ),
        migrations.CreateModel(
            name='AccessDigest',
            fields=[
                ('day', models.DateField(primary_key=True, serialize=False)),
                ('after_id', models.BigIntegerField()),
                ('through_id', models.BigIntegerField(unique=True)),
                ('salt', models.BinaryField()),
                ('entries', models.BinaryField()),
                ('batch', models.BigIntegerField()),
                ('position', models.SmallIntegerField()),
                ('made_at', models.DateTimeField()),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('through_id__gt', models.F('after_id'))), name='accessdigest_covers_something'), models.CheckConstraint(condition=django.db.models.lookups.Exact(models.Func(models.F('salt'), function='octet_length', output_field=models.IntegerField()), 32), name='accessdigest_salt_is_long')],
            },
        ),
        migrations.CreateModel(
            name='AccessEvent',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('at', models.DateTimeField()),
                ('event_date', models.DateField()),
                ('account', models.UUIDField(null=True)),
                ('role', models.CharField(max_length=40)),
                ('person', models.UUIDField(null=True)),
                ('student', models.BigIntegerField(null=True)),
                ('provider', models.IntegerField(null=True)),
                ('action', models.CharField(choices=[('viewed', 'viewed'), ('searched', 'found by search'), ('created', 'certified in a document'), ('downloaded', 'downloaded'), ('exported', 'exported')], max_length=20)),
                ('purpose', models.CharField(choices=[('own_record', "reading one's own record"), ('identity', 'confirming who somebody is'), ('extract', 'answering a request for an extract'), ('submission', 'checking or correcting lodged files'), ('correction', 'correcting a record'), ('complaint', 'answering a complaint'), ('verification', 'answering an enquiry with consent'), ('lawful_request', 'a request that the law obliges to answer'), ('audit', 'auditing the register')], max_length=20)),
                ('case', models.CharField(max_length=60, null=True)),
                ('kept_until', models.DateField()),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('person__isnull', False)), fields=['person', '-id'], name='accessevent_of_person'), models.Index(condition=models.Q(('student__isnull', False)), fields=['student', '-id'], name='accessevent_of_student'), models.Index(fields=['kept_until'], name='accessevent_to_delete')],
                'constraints': [models.CheckConstraint(condition=models.Q(('action__in', ['viewed', 'searched', 'created', 'downloaded', 'exported'])), name='accessevent_action_is_known'), models.CheckConstraint(condition=models.Q(('purpose__in', ['own_record', 'identity', 'extract', 'submission', 'correction', 'complaint', 'verification', 'lawful_request', 'audit'])), name='accessevent_purpose_is_known'), models.CheckConstraint(condition=models.Q(('role', ''), _negated=True), name='accessevent_has_a_role'), models.CheckConstraint(condition=models.Q(('kept_until__gt', models.F('event_date'))), name='accessevent_is_kept')],
            },
        ),
        migrations.CreateModel(
            name='Checkpoint',
            fields=[
                ('size', models.BigIntegerField(primary_key=True, serialize=False)),
                ('root', models.BinaryField()),
                ('note', models.TextField()),
                ('sealed_at', models.DateTimeField()),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('size__gte', 1)), name='checkpoint_is_not_empty'), models.CheckConstraint(condition=django.db.models.lookups.Exact(models.Func(models.F('root'), function='octet_length', output_field=models.IntegerField()), 32), name='checkpoint_root_is_a_hash')],
            },
        ),
        migrations.CreateModel(
            name='SequencedBatch',
            fields=[
                ('batch', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='+', serialize=False, to='log.leafbatch')),
                ('first_index', models.BigIntegerField(unique=True)),
            ],
        ),
        migrations.CreateModel(
            name='WaitingBatch',
            fields=[
                ('batch', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='+', serialize=False, to='log.leafbatch')),
            ],
        ),
        migrations.AddConstraint(
            model_name='leafbatch',
            constraint=models.CheckConstraint(condition=models.Q(('leaf_count__range', (1, 1024))), name='leafbatch_is_not_too_long'),
        ),
        migrations.AddConstraint(
            model_name='leafbatch',
            constraint=models.CheckConstraint(condition=django.db.models.lookups.Exact(models.Func(models.F('leaves'), function='octet_length', output_field=models.IntegerField()), django.db.models.expressions.CombinedExpression(models.F('leaf_count'), '*', models.Value(34))), name='leafbatch_holds_whole_leaves'),
        ),
        migrations.AddConstraint(
            model_name='tile',
            constraint=models.CheckConstraint(condition=models.Q(('index__gte', 0), ('level__range', (0, 7)), ('width__range', (1, 256))), name='tile_has_an_address'),
        ),
        migrations.AddConstraint(
            model_name='tile',
            constraint=models.CheckConstraint(condition=django.db.models.lookups.Exact(models.Func(models.F('hashes'), function='octet_length', output_field=models.IntegerField()), django.db.models.expressions.CombinedExpression(models.F('width'), '*', models.Value(32))), name='tile_holds_whole_hashes'),
        ),
        migrations.AddConstraint(
            model_name='sequencedbatch',
            constraint=models.CheckConstraint(condition=models.Q(('first_index__gte', 0)), name='sequencedbatch_from_zero'),
        ),
        migrations.RunSQL(_STORAGE, migrations.RunSQL.noop),
        migrations.RunSQL(_WAIT, "DROP TRIGGER waits ON log_leafbatch; DROP FUNCTION testamur_log_batch_waits()"),
        *(
            protect_permanent(f"log_{table}")
            for table in ("leafbatch", "sequencedbatch", "tile", "checkpoint", "accessdigest")
        ),
        migrations.RunSQL(
            _KEEP,
            "DROP TRIGGER kept ON log_accessevent; DROP TRIGGER kept_whole ON log_accessevent; "
            "DROP FUNCTION testamur_access_event_is_kept()",
        ),
    ]
