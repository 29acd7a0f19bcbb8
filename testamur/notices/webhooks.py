"""Which addresses of a provider's systems are told of changes, and what became of each message to them."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from testamur.kernel.errors import NotFound
from testamur.notices.models import Webhook, WebhookDelivery


@dataclass(frozen=True, slots=True)
class WebhookFacts:
    """One address; `waiting` and `failed` count its messages that are still tried, and those that were given up."""

    id: UUID
    url: str
    made_by: UUID
    made_at: datetime
    stopped_at: datetime | None
    waiting: int
    failed: int


@dataclass(frozen=True, slots=True)
class DeliveryFacts:
    """One message: when it was written and tried, what was answered, and whether somebody had it sent again."""

    id: UUID
    event_id: UUID
    event: str
    body: str
    queued_at: datetime
    next_attempt_at: datetime
    attempts: int
    answered: int | None
    last_error: str
    delivered_at: datetime | None
    given_up_at: datetime | None
    repeated: bool


def webhooks_of(provider_id: int) -> list[WebhookFacts]:
    """Return a provider's addresses, those in use first, the newest first."""
    rows = Webhook.objects.filter(provider_id=provider_id).order_by("-made_at")
    return sorted((_facts(row) for row in rows), key=lambda one: one.stopped_at is not None)


def webhook(webhook_id: UUID) -> WebhookFacts:
    """Return one address; raises NotFound, also for another provider's."""
    row = Webhook.objects.filter(pk=webhook_id).first()
    if row is None:
        raise NotFound("There is no such webhook, or none that you may see.")
    return _facts(row)


def deliveries_of(webhook_id: UUID, *, limit: int = 100) -> list[DeliveryFacts]:
    """Return an address's latest messages, the newest first."""
    rows = WebhookDelivery.objects.filter(webhook_id=webhook_id).order_by("-queued_at", "-id")[:limit]
    return [_delivery(row) for row in rows]


def delivery(delivery_id: UUID, *, webhook_id: UUID) -> DeliveryFacts:
    """Return one message to an address; raises NotFound, also for another provider's."""
    row = WebhookDelivery.objects.filter(pk=delivery_id, webhook_id=webhook_id).first()
    if row is None:
        raise NotFound("There is no such message, or none that you may see. Messages are kept for 90 days.")
    return _delivery(row)


def _delivery(row: WebhookDelivery) -> DeliveryFacts:
    """Return one message's facts."""
    return DeliveryFacts(
        id=row.id,
        event_id=row.event_id,
        event=row.event,
        body=row.body,
        queued_at=row.queued_at,
        next_attempt_at=row.next_attempt_at,
        attempts=row.attempts,
        answered=row.answered,
        last_error=row.last_error,
        delivered_at=row.delivered_at,
        given_up_at=row.given_up_at,
        repeated=row.repeated,
    )


def _facts(row: Webhook) -> WebhookFacts:
    """Return one address's facts."""
    sent = WebhookDelivery.objects.filter(webhook=row, delivered_at__isnull=True)
    return WebhookFacts(
        id=row.id,
        url=row.url,
        made_by=row.made_by,
        made_at=row.made_at,
        stopped_at=row.stopped_at,
        waiting=sent.filter(given_up_at__isnull=True).count(),
        failed=sent.filter(given_up_at__isnull=False).count(),
    )
