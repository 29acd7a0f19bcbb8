"""Addresses at which a calendar program fetches a provider's transition days: made, shown again, and revoked."""

from datetime import datetime
from typing import Final
from uuid import UUID, uuid4

from testamur.kernel.errors import Conflict, NotFound
from testamur.training.models import CalendarFeed

FEEDS_MOST: Final = 20


def make_feed(provider_id: int, *, by: UUID, at: datetime) -> UUID:
    """Make an address for a provider and return its id; at most twenty are in use at once. Needs the provider's scope."""
    if CalendarFeed.objects.filter(provider_id=provider_id, revoked_at=None).count() >= FEEDS_MOST:
        raise Conflict("Twenty calendar addresses are in use. Revoke one that nobody needs, then make another.")
    return CalendarFeed.objects.create(id=uuid4(), provider_id=provider_id, made_by=by, made_at=at).pk


def revoke_feed(feed_id: UUID, *, by: UUID, at: datetime) -> None:
    """Revoke an address: from now on it answers nothing. Needs the provider's scope."""
    if not CalendarFeed.objects.filter(pk=feed_id).exists():
        raise NotFound("There is no such calendar address.")
    CalendarFeed.objects.filter(pk=feed_id, revoked_at=None).update(revoked_by=by, revoked_at=at)
