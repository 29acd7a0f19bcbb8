"""Nil returns and reminders of the submission year, each a provider's own; reminders are append-only."""
import uuid
from django.db import migrations, models

from testamur.kernel.sql import owned_by_provider, protect_permanent


class Migration(migrations.Migration):

    dependencies = [
        ('submissions', '0003_lives'),
    ]

    operations = [
        migrations.CreateModel(
            name='NilReturn',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('number', models.CharField(max_length=13, unique=True)),
                ('provider_id', models.IntegerField()),
                ('regulator', models.CharField(max_length=8)),
                ('sector', models.CharField(max_length=3)),
                ('period_from', models.DateField()),
                ('period_until', models.DateField()),
                ('state', models.CharField(default='filed', max_length=12)),
                ('filed_by', models.UUIDField()),
                ('filed_at', models.DateTimeField()),
                ('declared_by', models.UUIDField(null=True)),
                ('declared_at', models.DateTimeField(null=True)),
                ('declared_date', models.DateField(null=True)),
                ('declaration', models.CharField(blank=True, max_length=60)),
                ('salt', models.BinaryField(null=True)),
                ('leaf_batch', models.BigIntegerField(null=True)),
                ('leaf_position', models.SmallIntegerField(null=True)),
                ('withdrawn_by', models.UUIDField(null=True)),
                ('withdrawn_at', models.DateTimeField(null=True)),
                ('superseded_by', models.UUIDField(null=True)),
                ('superseded_at', models.DateTimeField(null=True)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('state__in', ('filed', 'declared', 'withdrawn', 'superseded'))), name='nilreturn_state_is_known'), models.CheckConstraint(condition=models.Q(('period_from__lt', models.F('period_until'))), name='nilreturn_covers_some_time'), models.CheckConstraint(condition=models.Q(('declared_by__isnull', True), models.Q(('declared_by', models.F('filed_by')), _negated=True), _connector='OR'), name='nilreturn_is_declared_by_another'), models.CheckConstraint(condition=models.Q(models.Q(('state', 'declared'), _negated=True), models.Q(('declared_at__isnull', False), ('declared_by__isnull', False), ('leaf_batch__isnull', False), models.Q(('declaration', ''), _negated=True)), _connector='OR'), name='declared_nilreturn_says_who_when_and_has_a_leaf'), models.UniqueConstraint(condition=models.Q(('state__in', ['filed', 'declared'])), fields=('provider_id', 'regulator', 'sector', 'period_from'), name='one_nilreturn_stands_for_a_window')],
            },
        ),
        migrations.CreateModel(
            name='ReturnReminder',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('provider_id', models.IntegerField()),
                ('regulator', models.CharField(max_length=8)),
                ('sector', models.CharField(max_length=3)),
                ('period_from', models.DateField()),
                ('offset_days', models.SmallIntegerField()),
                ('people', models.SmallIntegerField()),
                ('reminded_on', models.DateField()),
                ('reminded_at', models.DateTimeField()),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('provider_id', 'regulator', 'sector', 'period_from', 'offset_days'), name='reminder_is_sent_once')],
            },
        ),
        owned_by_provider("submissions_nilreturn"),
        owned_by_provider("submissions_returnreminder"),
        protect_permanent("submissions_returnreminder"),
    ]
