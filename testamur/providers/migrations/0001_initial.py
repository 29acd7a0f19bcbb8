"""The tables of providers, registrations and regulators, with two permanent histories."""

import django.contrib.postgres.constraints
import django.contrib.postgres.fields
import django.contrib.postgres.fields.ranges
import django.contrib.postgres.indexes
import django.db.models.deletion
from django.contrib.postgres.operations import BtreeGistExtension, TrigramExtension
from django.db import migrations, models

from testamur.kernel.sql import protect_permanent


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('accounts', '0001_initial'),
    ]

    operations = [
        BtreeGistExtension(),
        TrigramExtension(),
        migrations.CreateModel(
            name='Provider',
            fields=[
                ('id', models.AutoField(primary_key=True, serialize=False)),
                ('abn', models.CharField(blank=True, db_index=True, max_length=11, null=True)),
                ('zone', models.CharField(default='Australia/Sydney', max_length=40)),
                ('contact_email', models.EmailField(blank=True, max_length=254)),
                ('contact_phone', models.CharField(blank=True, max_length=40)),
                ('contact_url', models.URLField(blank=True)),
                ('contact_address', models.CharField(blank=True, max_length=240)),
                ('note', models.TextField(blank=True)),
                ('registered_by', models.UUIDField()),
                ('registered_at', models.DateTimeField()),
                ('organisation', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, to='accounts.organisation')),
                ('predecessor', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='later_record', to='providers.provider')),
            ],
        ),
        migrations.CreateModel(
            name='ProviderChange',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('what', models.CharField(max_length=40)),
                ('before', models.JSONField(default=dict)),
                ('after', models.JSONField(default=dict)),
                ('by', models.UUIDField()),
                ('at', models.DateTimeField()),
                ('provider', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='changes', to='providers.provider')),
            ],
            options={
                'ordering': ['provider', 'id'],
            },
        ),
        migrations.CreateModel(
            name='ProviderCode',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('rto', 'RTO code'), ('teqsa', 'TEQSA provider id'), ('cricos', 'CRICOS provider code')], max_length=6)),
                ('value', models.CharField(max_length=10)),
                ('matched', models.CharField(max_length=10)),
                ('provider', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='codes', to='providers.provider')),
            ],
            options={
                'ordering': ['provider', 'kind', 'value'],
            },
        ),
        migrations.CreateModel(
            name='ProviderName',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('legal', 'Legal name'), ('trading', 'Trading name'), ('former', 'Former name')], max_length=8)),
                ('name', models.CharField(max_length=200)),
                ('folded', models.CharField(max_length=200)),
                ('used_from', models.DateField(blank=True, null=True)),
                ('used_until', models.DateField(blank=True, null=True)),
                ('provider', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='names', to='providers.provider')),
            ],
            options={
                'ordering': ['provider', 'kind', 'id'],
            },
        ),
        migrations.CreateModel(
            name='Registration',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('sector', models.CharField(choices=[('vet', 'Vocational education and training'), ('he', 'Higher education')], max_length=3)),
                ('number', models.CharField(blank=True, max_length=20)),
                ('registered_from', models.DateField()),
                ('registered_until', models.DateField(blank=True, null=True)),
                ('state', models.CharField(max_length=12)),
                ('state_since', models.DateField()),
                ('records_accepted_by_successor', models.BooleanField(default=False)),
                ('provider', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='registrations', to='providers.provider')),
                ('successor', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='taken_over', to='providers.provider')),
            ],
            options={
                'ordering': ['provider', 'registered_from', 'id'],
            },
        ),
        migrations.CreateModel(
            name='ClosureCase',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('opened_by', models.UUIDField()),
                ('opened_at', models.DateTimeField()),
                ('trigger_date', models.DateField()),
                ('due_date', models.DateField()),
                ('coverage_note', models.TextField(blank=True)),
                ('coverage_signed_by', models.UUIDField(blank=True, null=True)),
                ('coverage_signed_at', models.DateTimeField(blank=True, null=True)),
                ('closed_at', models.DateTimeField(blank=True, null=True)),
                ('registration', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='closure', to='providers.registration')),
            ],
        ),
        migrations.CreateModel(
            name='RegistrationMove',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('from_state', models.CharField(max_length=12)),
                ('to_state', models.CharField(max_length=12)),
                ('effective_date', models.DateField()),
                ('authority', models.CharField(max_length=240)),
                ('reason', models.TextField(blank=True)),
                ('by', models.UUIDField()),
                ('at', models.DateTimeField()),
                ('registration', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='moves', to='providers.registration')),
            ],
            options={
                'ordering': ['registration', 'id'],
            },
        ),
        migrations.CreateModel(
            name='RegulatorProfile',
            fields=[
                ('code', models.CharField(max_length=8, primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=120)),
                ('sectors', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=3), size=None)),
                ('place', models.CharField(max_length=60)),
                ('law_set', models.CharField(max_length=40)),
                ('may_issue_credentials_for_closed_provider', models.BooleanField()),
                ('extract_title', models.CharField(max_length=120)),
                ('certification_wording_set', models.CharField(max_length=40)),
                ('retention_years', models.PositiveSmallIntegerField()),
                ('record_submission_mode', models.CharField(max_length=20)),
                ('acceptance', models.CharField(choices=[('automatic', 'automatic'), ('supervisor', 'supervisor')], max_length=10)),
                ('employer_verification_allowed', models.BooleanField()),
                ('public_decisions', models.BooleanField()),
                ('identity_scan_retention_days', models.PositiveSmallIntegerField(default=0)),
                ('serves_closed_records_here', models.BooleanField()),
                ('contact_name', models.CharField(max_length=120)),
                ('contact_email', models.EmailField(blank=True, max_length=254)),
                ('contact_phone', models.CharField(blank=True, max_length=40)),
                ('contact_url', models.URLField(blank=True)),
                ('basis', models.TextField()),
                ('for_students', models.TextField()),
                ('for_employers', models.TextField()),
                ('source', models.TextField()),
                ('organisation', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, to='accounts.organisation')),
            ],
            options={
                'ordering': ['code'],
            },
        ),
        migrations.AddField(
            model_name='registration',
            name='regulator',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='registrations', to='providers.regulatorprofile'),
        ),
        migrations.AddConstraint(
            model_name='provider',
            constraint=models.UniqueConstraint(condition=models.Q(('predecessor__isnull', True)), fields=('abn',), name='provider_abn_once'),
        ),
        migrations.AddConstraint(
            model_name='provider',
            constraint=models.CheckConstraint(condition=models.Q(('abn__isnull', True), ('abn__regex', '^\\d{11}$'), _connector='OR'), name='provider_abn_digits'),
        ),
        migrations.AddConstraint(
            model_name='providercode',
            constraint=models.UniqueConstraint(fields=('kind', 'matched'), name='provider_code_once'),
        ),
        migrations.AddConstraint(
            model_name='providercode',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('kind', 'rto'), ('value__regex', '^\\d{4,5}$')), models.Q(('kind', 'teqsa'), ('value__regex', '^PRV\\d{5}$')), models.Q(('kind', 'cricos'), ('value__regex', '^\\d{5}[A-Z]$')), _connector='OR'), name='provider_code_pattern'),
        ),
        migrations.AddIndex(
            model_name='providername',
            index=django.contrib.postgres.indexes.GinIndex(django.contrib.postgres.indexes.OpClass(models.F('folded'), name='gin_trgm_ops'), name='provider_name_trigrams'),
        ),
        migrations.AddConstraint(
            model_name='providername',
            constraint=models.CheckConstraint(condition=models.Q(('folded', ''), _negated=True), name='provider_name_not_empty'),
        ),
        migrations.AddConstraint(
            model_name='providername',
            constraint=models.CheckConstraint(condition=models.Q(('used_from__isnull', True), ('used_until__isnull', True), ('used_from__lt', models.F('used_until')), _connector='OR'), name='provider_name_period'),
        ),
        migrations.AddConstraint(
            model_name='providername',
            constraint=models.UniqueConstraint(condition=models.Q(('kind', 'legal'), ('used_until__isnull', True)), fields=('provider',), name='provider_one_legal_name_now'),
        ),
        migrations.AddConstraint(
            model_name='providername',
            constraint=models.UniqueConstraint(condition=models.Q(('used_until__isnull', True)), fields=('provider', 'kind', 'name'), name='provider_name_once'),
        ),
        migrations.AddConstraint(
            model_name='closurecase',
            constraint=models.CheckConstraint(condition=models.Q(('due_date__gte', models.F('trigger_date'))), name='closure_due_after_trigger'),
        ),
        migrations.AddConstraint(
            model_name='closurecase',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('coverage_signed_at__isnull', True), ('coverage_signed_by__isnull', True)), models.Q(('coverage_signed_at__isnull', False), ('coverage_signed_by__isnull', False)), _connector='OR'), name='closure_signed_whole'),
        ),
        migrations.AddConstraint(
            model_name='closurecase',
            constraint=models.CheckConstraint(condition=models.Q(('closed_at__isnull', True), ('coverage_signed_at__isnull', False), _connector='OR'), name='closure_closed_when_signed'),
        ),
        migrations.AddConstraint(
            model_name='registration',
            constraint=models.CheckConstraint(condition=models.Q(('registered_until__isnull', True), ('registered_from__lt', models.F('registered_until')), _connector='OR'), name='registration_period'),
        ),
        migrations.AddConstraint(
            model_name='registration',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['applicant', 'registered', 'suspended', 'ceasing', 'ceased', 'merged', 'lapsed', 'cancelled', 'archived'])), name='registration_state_known'),
        ),
        migrations.AddConstraint(
            model_name='registration',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'merged'), _negated=True), ('successor__isnull', False), _connector='OR'), name='registration_merged_has_successor'),
        ),
        migrations.AddConstraint(
            model_name='registration',
            constraint=models.CheckConstraint(condition=models.Q(('successor__isnull', True), models.Q(('successor', models.F('provider')), _negated=True), _connector='OR'), name='registration_successor_is_another'),
        ),
        migrations.AddConstraint(
            model_name='registration',
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(expressions=[(models.F('provider'), '='), (models.F('regulator'), '='), (models.F('sector'), '='), (models.Func('registered_from', 'registered_until', function='daterange', output_field=django.contrib.postgres.fields.ranges.DateRangeField()), '&&')], name='registration_no_overlap'),
        ),
        protect_permanent('providers_registrationmove'),
        protect_permanent('providers_providerchange'),
    ]
