"""A key may be used to manage webhooks."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0004_access_requests'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='systemkey',
            name='system_key_scopes_are_known',
        ),
        migrations.AddConstraint(
            model_name='systemkey',
            constraint=models.CheckConstraint(condition=models.Q(('scopes__contained_by', ['submissions:read', 'submissions:write', 'submissions:declare', 'students:read', 'provider:read', 'webhooks:manage']), ('scopes__len__gt', 0)), name='system_key_scopes_are_known'),
        ),
    ]
