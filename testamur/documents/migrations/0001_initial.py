"""Kept files, issued documents and what became of them; the last two are permanent."""

import django.db.models.deletion
import django.db.models.functions.text
import django.db.models.lookups
from django.db import migrations, models

from testamur.kernel.sql import protect_permanent


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='IssuedDocument',
            fields=[
                ('number', models.CharField(max_length=13, primary_key=True, serialize=False)),
                ('kind', models.CharField(max_length=40)),
                ('sha256', models.BinaryField(max_length=32, unique=True)),
                ('size', models.PositiveBigIntegerField()),
                ('issued_on', models.DateField()),
                ('issued_at', models.DateTimeField()),
                ('issued_by', models.BigIntegerField()),
                ('content_sha256', models.BinaryField(max_length=32)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('number__regex', '^[0-9A-HJKMNP-TV-Z]{13}$')), name='document_number_form')],
            },
        ),
        migrations.CreateModel(
            name='StoredFile',
            fields=[
                ('sha256', models.BinaryField(max_length=32, primary_key=True, serialize=False)),
                ('size', models.PositiveBigIntegerField()),
                ('media_type', models.CharField(max_length=100)),
                ('kind', models.CharField(max_length=40)),
                ('stored_at', models.DateTimeField()),
                ('delete_after', models.DateField(blank=True, null=True)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=django.db.models.lookups.Exact(django.db.models.functions.text.Length('sha256'), 32), name='stored_file_hash_is_sha256')],
            },
        ),
        migrations.CreateModel(
            name='DocumentStatus',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('status', models.CharField(choices=[('current', 'Current'), ('superseded', 'Superseded'), ('withdrawn', 'Withdrawn')], max_length=12)),
                ('since', models.DateTimeField()),
                ('reason', models.CharField(max_length=40)),
                ('document', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='statuses', to='documents.issueddocument')),
                ('superseded_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='supersedes', to='documents.issueddocument')),
            ],
            options={
                'verbose_name_plural': 'document statuses',
                'ordering': ['id'],
                'constraints': [models.CheckConstraint(condition=models.Q(('status__in', ['current', 'superseded', 'withdrawn'])), name='document_status_known'), models.CheckConstraint(condition=models.Q(('superseded_by__isnull', True), ('status', 'superseded'), _connector='OR'), name='document_status_successor')],
            },
        ),
        protect_permanent("documents_issueddocument"),
        protect_permanent("documents_documentstatus"),
    ]
