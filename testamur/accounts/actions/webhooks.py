"""A further address of a provider is told of changes, and all its administrators learn of it (docs/webhooks.md)."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from testamur.accounts.actions.events import tell_administrators
from testamur.notices import telling
from testamur.notices.telling import MadeWebhook


@transaction.atomic
def add_webhook(organisation_id: UUID, provider_id: int, *, url: str, by: UUID, at: datetime) -> MadeWebhook:
    """An address is told of changes from now on, and every administrator of the provider gets a notice of it.

    For an administrator, or a system whose key manages webhooks. Runs on behalf of the provider; refuses what
    telling.add_webhook refuses, and then nobody is told.
    """
    made = telling.add_webhook(provider_id, url=url, by=by, at=at)

    tell_administrators(organisation_id, "webhook_added", at)
    return made
