"""Addresses of providers' systems that are told of changes, and every message to them; each seen by its provider only."""

import django.db.models.deletion
import uuid
from django.db import migrations, models

from testamur.kernel.sql import owned_by_provider


class Migration(migrations.Migration):

    dependencies = [
        ('notices', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Webhook',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('provider_id', models.IntegerField()),
                ('url', models.CharField(max_length=500)),
                ('secret', models.TextField()),
                ('made_by', models.UUIDField()),
                ('made_at', models.DateTimeField()),
                ('stopped_at', models.DateTimeField(null=True)),
                ('stopped_by', models.UUIDField(null=True)),
            ],
            options={
                'constraints': [models.UniqueConstraint(condition=models.Q(('stopped_at__isnull', True)), fields=('provider_id', 'url'), name='webhook_is_told_once')],
            },
        ),
        migrations.CreateModel(
            name='WebhookDelivery',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('provider_id', models.IntegerField()),
                ('event_id', models.UUIDField()),
                ('event', models.CharField(max_length=60)),
                ('body', models.TextField()),
                ('queued_at', models.DateTimeField()),
                ('next_attempt_at', models.DateTimeField()),
                ('attempts', models.PositiveSmallIntegerField(default=0)),
                ('tried_at', models.DateTimeField(null=True)),
                ('answered', models.PositiveSmallIntegerField(null=True)),
                ('last_error', models.CharField(blank=True, max_length=200)),
                ('delivered_at', models.DateTimeField(null=True)),
                ('given_up_at', models.DateTimeField(null=True)),
                ('repeated', models.BooleanField(default=False)),
                ('webhook', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='deliveries', to='notices.webhook')),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('delivered_at__isnull', True), ('given_up_at__isnull', True)), fields=['next_attempt_at'], name='webhook_deliveries_waiting'), models.Index(fields=['webhook', '-queued_at'], name='deliveries_of_webhook')],
                'constraints': [models.CheckConstraint(condition=models.Q(('delivered_at__isnull', True), ('given_up_at__isnull', True), _connector='OR'), name='webhook_delivery_is_done_or_given_up')],
            },
        ),
        owned_by_provider("notices_webhook"),
        owned_by_provider("notices_webhookdelivery"),
    ]
