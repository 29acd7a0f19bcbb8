"""Systems that act for an organisation, and their keys."""

import django.contrib.postgres.fields
import django.db.models.deletion
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0002_shared_counters'),
    ]

    operations = [
        migrations.CreateModel(
            name='System',
            fields=[
                ('account', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='system', serialize=False, to=settings.AUTH_USER_MODEL)),
                ('name', models.CharField(max_length=80)),
                ('made_by', models.UUIDField()),
                ('made_at', models.DateTimeField()),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='systems', to='accounts.organisation')),
            ],
        ),
        migrations.CreateModel(
            name='SystemKey',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('prefix', models.CharField(max_length=12, unique=True)),
                ('secret_hash', models.BinaryField(max_length=32)),
                ('scopes', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=40), size=None)),
                ('made_by', models.UUIDField()),
                ('made_at', models.DateTimeField()),
                ('expires_at', models.DateTimeField()),
                ('last_used_at', models.DateTimeField(blank=True, null=True)),
                ('revoked_at', models.DateTimeField(blank=True, null=True)),
                ('revoked_by', models.UUIDField(blank=True, null=True)),
                ('system', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='keys', to='accounts.system')),
            ],
        ),
        migrations.AddConstraint(
            model_name='system',
            constraint=models.UniqueConstraint(fields=('organisation', 'name'), name='system_is_named_once_in_an_organisation'),
        ),
        migrations.AddConstraint(
            model_name='system',
            constraint=models.CheckConstraint(condition=models.Q(('name', ''), _negated=True), name='system_has_a_name'),
        ),
        migrations.AddConstraint(
            model_name='systemkey',
            constraint=models.CheckConstraint(condition=models.Q(('scopes__contained_by', ['submissions:read', 'submissions:write', 'submissions:declare', 'students:read', 'provider:read']), ('scopes__len__gt', 0)), name='system_key_scopes_are_known'),
        ),
        migrations.AddConstraint(
            model_name='systemkey',
            constraint=models.CheckConstraint(condition=models.Q(('expires_at__gt', models.F('made_at'))), name='system_key_ends_after_it_begins'),
        ),
        migrations.AddConstraint(
            model_name='systemkey',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('revoked_at__isnull', True), ('revoked_by__isnull', True)), models.Q(('revoked_at__isnull', False), ('revoked_by__isnull', False)), _connector='OR'), name='system_key_revoked_says_by_whom'),
        ),
    ]
