"""Accounts, organisations, memberships and invitations; security events are permanent."""

import django.db.models.deletion
import django.db.models.functions.text
import uuid
from django.conf import settings
from django.db import migrations, models

from testamur.kernel.sql import protect_permanent


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='SecurityEvent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('account_id', models.UUIDField(db_index=True)),
                ('by_account_id', models.UUIDField(null=True)),
                ('kind', models.CharField(max_length=40)),
                ('at', models.DateTimeField()),
                ('detail', models.CharField(blank=True, max_length=80)),
            ],
        ),
        migrations.CreateModel(
            name='Account',
            fields=[
                ('password', models.CharField(max_length=128, verbose_name='password')),
                ('last_login', models.DateTimeField(blank=True, null=True, verbose_name='last login')),
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('email', models.EmailField(max_length=254, unique=True, verbose_name='e-mail address')),
                ('name', models.CharField(blank=True, max_length=200)),
                ('is_active', models.BooleanField(default=True)),
                ('created_at', models.DateTimeField()),
                ('locked_at', models.DateTimeField(blank=True, null=True)),
                ('lock_reason', models.CharField(blank=True, max_length=60)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('email', django.db.models.functions.text.Lower('email'))), name='account_email_is_lower_case'), models.CheckConstraint(condition=models.Q(models.Q(('lock_reason', ''), ('locked_at__isnull', True)), models.Q(('is_active', False), ('locked_at__isnull', False), models.Q(('lock_reason', ''), _negated=True)), _connector='OR'), name='account_locked_is_inactive_with_reason')],
            },
        ),
        migrations.CreateModel(
            name='IdempotencyKey',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('account_id', models.UUIDField(null=True)),
                ('key', models.CharField(max_length=100)),
                ('purpose', models.CharField(max_length=60)),
                ('request_digest', models.CharField(max_length=64)),
                ('result_ref', models.TextField(blank=True)),
                ('at', models.DateTimeField()),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('account_id', 'key', 'purpose'), name='idempotency_key_is_used_once', nulls_distinct=False)],
            },
        ),
        migrations.CreateModel(
            name='Organisation',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('kind', models.CharField(choices=[('provider', 'provider'), ('regulator', 'regulator'), ('employer', 'employer'), ('funder', 'funder')], max_length=20)),
                ('name', models.CharField(max_length=300)),
                ('zone', models.CharField(default='Australia/Sydney', max_length=40)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('kind__in', ['provider', 'regulator', 'employer', 'funder'])), name='organisation_kind_is_known'), models.CheckConstraint(condition=models.Q(('name', ''), _negated=True), name='organisation_has_a_name')],
            },
        ),
        migrations.CreateModel(
            name='Membership',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('role', models.CharField(choices=[('auditor', 'auditor'), ('provider_administrator', 'provider_administrator'), ('provider_data_officer', 'provider_data_officer'), ('secretariat_officer', 'secretariat_officer'), ('supervisor', 'supervisor')], max_length=40)),
                ('member_from', models.DateField()),
                ('member_until', models.DateField(blank=True, null=True)),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='memberships', to=settings.AUTH_USER_MODEL)),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='memberships', to='accounts.organisation')),
            ],
            options={
                'constraints': [models.UniqueConstraint(condition=models.Q(('member_until__isnull', True)), fields=('account', 'organisation', 'role'), name='membership_is_held_once_at_a_time'), models.CheckConstraint(condition=models.Q(('member_until__isnull', True), ('member_until__gte', models.F('member_from')), _connector='OR'), name='membership_ends_after_it_begins'), models.CheckConstraint(condition=models.Q(('role__in', ['auditor', 'provider_administrator', 'provider_data_officer', 'secretariat_officer', 'supervisor'])), name='membership_role_is_known')],
            },
        ),
        migrations.CreateModel(
            name='Invitation',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('token_hash', models.BinaryField(max_length=32, unique=True)),
                ('email', models.EmailField(max_length=254)),
                ('name', models.CharField(max_length=200)),
                ('role', models.CharField(choices=[('auditor', 'auditor'), ('provider_administrator', 'provider_administrator'), ('provider_data_officer', 'provider_data_officer'), ('secretariat_officer', 'secretariat_officer'), ('supervisor', 'supervisor')], max_length=40)),
                ('invited_at', models.DateTimeField()),
                ('expires_at', models.DateTimeField()),
                ('accepted_at', models.DateTimeField(blank=True, null=True)),
                ('revoked_at', models.DateTimeField(blank=True, null=True)),
                ('invited_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='invitations', to='accounts.organisation')),
            ],
            options={
                'constraints': [models.UniqueConstraint(condition=models.Q(('accepted_at__isnull', True), ('revoked_at__isnull', True)), fields=('organisation', 'email', 'role'), name='invitation_is_open_once'), models.CheckConstraint(condition=models.Q(('email', django.db.models.functions.text.Lower('email'))), name='invitation_email_is_lower_case'), models.CheckConstraint(condition=models.Q(('role__in', ['auditor', 'provider_administrator', 'provider_data_officer', 'secretariat_officer', 'supervisor'])), name='invitation_role_is_known'), models.CheckConstraint(condition=models.Q(('accepted_at__isnull', True), ('revoked_at__isnull', True), _connector='OR'), name='invitation_is_accepted_or_revoked')],
            },
        ),
        protect_permanent("accounts_securityevent"),
    ]
