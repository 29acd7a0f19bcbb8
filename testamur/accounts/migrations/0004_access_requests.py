"""Requests for access to a provider (CQR-19), and why a system's key was revoked."""


import django.db.models.deletion
import django.db.models.functions.text
import uuid
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0003_systems'),
    ]

    operations = [
        migrations.AddField(
            model_name='systemkey',
            name='revoke_reason',
            field=models.CharField(blank=True, max_length=300),
        ),
        migrations.CreateModel(
            name='AccessRequest',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('token_hash', models.BinaryField(max_length=32, unique=True)),
                ('role', models.CharField(choices=[('auditor', 'auditor'), ('provider_administrator', 'provider_administrator'), ('provider_data_officer', 'provider_data_officer'), ('secretariat_officer', 'secretariat_officer'), ('supervisor', 'supervisor')], max_length=40)),
                ('name', models.CharField(max_length=200)),
                ('email', models.EmailField(max_length=254)),
                ('reason', models.TextField(max_length=1000)),
                ('state', models.CharField(default='requested', max_length=20)),
                ('requested_at', models.DateTimeField()),
                ('mailed_at', models.DateTimeField()),
                ('mails', models.PositiveSmallIntegerField(default=0)),
                ('confirmed_at', models.DateTimeField(blank=True, null=True)),
                ('proposed_at', models.DateTimeField(blank=True, null=True)),
                ('proposed_by', models.UUIDField(blank=True, null=True)),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('ended_by', models.UUIDField(blank=True, null=True)),
                ('note', models.CharField(blank=True, max_length=500)),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='access_requests', to='accounts.organisation')),
            ],
            options={
                'constraints': [models.UniqueConstraint(condition=models.Q(('state__in', ('requested', 'email_confirmed', 'proposed'))), fields=('organisation', 'email', 'role'), name='access_request_is_open_once'), models.CheckConstraint(condition=models.Q(('email', django.db.models.functions.text.Lower('email'))), name='access_request_email_is_lower_case'), models.CheckConstraint(condition=models.Q(('role__in', ['provider_administrator', 'provider_data_officer'])), name='access_request_role_is_a_providers'), models.CheckConstraint(condition=models.Q(models.Q(('ended_at__isnull', True), ('state__in', ('requested', 'email_confirmed', 'proposed'))), models.Q(('ended_at__isnull', False), ('state__in', ['approved', 'declined', 'expired', 'withdrawn'])), _connector='OR'), name='access_request_ended_says_when'), models.CheckConstraint(condition=models.Q(('state__in', ('requested', 'expired', 'withdrawn')), ('confirmed_at__isnull', False), _connector='OR'), name='access_request_is_decided_once_confirmed'), models.CheckConstraint(condition=models.Q(models.Q(('state', 'proposed'), _negated=True), models.Q(('proposed_at__isnull', False), ('proposed_by__isnull', False)), _connector='OR'), name='access_request_proposed_says_by_whom')],
            },
        ),
    ]
