"""Joins of students, and a leaf in the log for every link and join that is made or undone."""

import secrets

import django.db.models.deletion
from django.db import migrations, models

from testamur.kernel.sql import REGISTER_SCOPE, protect_permanent

# A person reads that a proposal about their own students stands; nobody deletes one. Leaves are the register's alone.
JOINS = f"""
ALTER TABLE students_joinproposal ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON students_joinproposal FOR SELECT USING (
    {REGISTER_SCOPE} OR low = ANY (testamur_own_students()) OR high = ANY (testamur_own_students()));
CREATE POLICY written ON students_joinproposal FOR INSERT WITH CHECK ({REGISTER_SCOPE});
CREATE POLICY changed ON students_joinproposal FOR UPDATE USING ({REGISTER_SCOPE}) WITH CHECK ({REGISTER_SCOPE});
ALTER TABLE students_linkleaf ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON students_linkleaf FOR SELECT USING ({REGISTER_SCOPE});
CREATE POLICY written ON students_linkleaf FOR INSERT WITH CHECK ({REGISTER_SCOPE});
"""
OPEN = """
DROP POLICY seen ON students_joinproposal; DROP POLICY written ON students_joinproposal;
DROP POLICY changed ON students_joinproposal; ALTER TABLE students_joinproposal DISABLE ROW LEVEL SECURITY;
DROP POLICY seen ON students_linkleaf; DROP POLICY written ON students_linkleaf;
ALTER TABLE students_linkleaf DISABLE ROW LEVEL SECURITY;
"""


def add_leaves(apps, schema_editor):
    """Give the links that were made before links had leaves a leaf each, which says what their rows say now."""
    from testamur.students.linkage.leaves import leaf_of_link

    PersonLink, LinkLeaf = apps.get_model("students", "PersonLink"), apps.get_model("students", "LinkLeaf")
    alias = schema_editor.connection.alias  # the other connection would wait for this one's locks for ever
    for link in PersonLink.objects.using(alias).exclude(state="proposed").order_by("pk").iterator():
        undone = ["undone"] if link.state == "undone" else []
        for event in ["made", *undone]:
            salt = secrets.token_bytes(32)
            kept = leaf_of_link(link, event, salt)
            batch = apps.get_model("log", "LeafBatch").objects.using(alias).create(leaf_count=1, leaves=kept)
            LinkLeaf.objects.using(alias).create(link=link, event=event, salt=salt, batch=batch.pk, position=0)


class Migration(migrations.Migration):

    dependencies = [
        ('students', '0005_identifier_checks'),
        ('log', '0002_revealed'),
    ]

    operations = [
        migrations.CreateModel(
            name='JoinProposal',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.CharField(max_length=13, unique=True)),
                ('low', models.BigIntegerField()),
                ('high', models.BigIntegerField()),
                ('low_provider', models.IntegerField()),
                ('high_provider', models.IntegerField()),
                ('probability', models.FloatField()),
                ('weight', models.FloatField()),
                ('levels', models.JSONField()),
                ('grounds', models.CharField(max_length=12)),
                ('exact', models.BooleanField()),
                ('model_version', models.CharField(max_length=20)),
                ('low_seen', models.BinaryField()),
                ('high_seen', models.BinaryField()),
                ('proposed_at', models.DateTimeField()),
                ('state', models.CharField(default='proposed', max_length=10)),
                ('state_since', models.DateTimeField()),
                ('chosen_by', models.UUIDField(null=True)),
                ('chosen_reason', models.TextField(blank=True)),
                ('decided_by', models.UUIDField(null=True)),
                ('decided_at', models.DateTimeField(null=True)),
                ('reason', models.TextField(blank=True)),
                ('undone_by', models.UUIDField(null=True)),
                ('undone_at', models.DateTimeField(null=True)),
                ('undone_reason', models.TextField(blank=True)),
                ('answer', models.CharField(blank=True, choices=[('mine', 'mine'), ('not_mine', 'not mine')], max_length=8)),
                ('answered_by', models.UUIDField(null=True)),
                ('answered_at', models.DateTimeField(null=True)),
                ('person', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='students.person')),
            ],
        ),
        migrations.AddField(
            model_name='personlink',
            name='join',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='links', to='students.joinproposal'),
        ),
        migrations.CreateModel(
            name='LinkLeaf',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('event', models.CharField(choices=[('made', 'made'), ('undone', 'undone')], max_length=6)),
                ('salt', models.BinaryField()),
                ('batch', models.BigIntegerField()),
                ('position', models.SmallIntegerField()),
                ('join', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='leaves', to='students.joinproposal')),
                ('link', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='leaves', to='students.personlink')),
            ],
        ),
        migrations.AddIndex(
            model_name='joinproposal',
            index=models.Index(fields=['state', 'proposed_at'], name='joins_by_state'),
        ),
        migrations.AddIndex(
            model_name='joinproposal',
            index=models.Index(fields=['low'], name='joins_of_low'),
        ),
        migrations.AddIndex(
            model_name='joinproposal',
            index=models.Index(fields=['high'], name='joins_of_high'),
        ),
        migrations.AddConstraint(
            model_name='joinproposal',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['proposed', 'endorsed', 'confirmed', 'declined', 'stale', 'undone'])), name='join_state_is_known'),
        ),
        migrations.AddConstraint(
            model_name='joinproposal',
            constraint=models.CheckConstraint(condition=models.Q(('low__lt', models.F('high'))), name='join_low_before_high'),
        ),
        migrations.AddConstraint(
            model_name='joinproposal',
            constraint=models.CheckConstraint(condition=models.Q(('low_provider', models.F('high_provider')), _negated=True), name='join_of_two_providers'),
        ),
        migrations.AddConstraint(
            model_name='joinproposal',
            constraint=models.UniqueConstraint(condition=models.Q(('state__in', ['proposed', 'endorsed', 'confirmed'])), fields=('low', 'high'), name='pair_stands_once'),
        ),
        migrations.AddConstraint(
            model_name='joinproposal',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state__in', ['confirmed', 'undone']), _negated=True), models.Q(('decided_at__isnull', False), ('decided_by__isnull', False), ('person__isnull', False)), _connector='OR'), name='join_says_who_when_and_under_whom'),
        ),
        migrations.AddConstraint(
            model_name='joinproposal',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state__in', ['confirmed', 'undone']), _negated=True), ('exact', True), models.Q(('chosen_by__isnull', False), models.Q(('chosen_by', models.F('decided_by')), _negated=True)), _connector='OR'), name='join_not_exact_needs_two_people'),
        ),
        migrations.AddConstraint(
            model_name='joinproposal',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'undone'), _negated=True), models.Q(('undone_at__isnull', False), ('undone_by__isnull', False)), _connector='OR'), name='undone_join_says_who_and_when'),
        ),
        migrations.AddConstraint(
            model_name='linkleaf',
            constraint=models.UniqueConstraint(fields=('link', 'event'), name='link_leaf_once'),
        ),
        migrations.AddConstraint(
            model_name='linkleaf',
            constraint=models.UniqueConstraint(fields=('join', 'event'), name='join_leaf_once'),
        ),
        migrations.AddConstraint(
            model_name='linkleaf',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('join__isnull', False), ('link__isnull', True)), models.Q(('join__isnull', True), ('link__isnull', False)), _connector='OR'), name='linkleaf_of_one_thing'),
        ),
        migrations.AddConstraint(
            model_name='linkleaf',
            constraint=models.CheckConstraint(condition=models.Q(('event__in', ['made', 'undone'])), name='linkleaf_event_is_known'),
        ),
        migrations.RunSQL(JOINS, OPEN),
        protect_permanent("students_linkleaf"),
        migrations.RunPython(add_leaves, migrations.RunPython.noop),
    ]
