"""Writes of webhooks: an address is added or stopped, a change is announced, messages are sent, repeated and forgotten.

A message is written in the transaction of the change that it tells, so neither goes without the other. It is sent at
least once: a worker that dies after the answer sends it again under the same `webhook-id`. Who may add, stop and repeat is
the page's rule (Permission.MANAGE_SYSTEMS): accounts stand above this package.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID, uuid4

from django.conf import settings
from django.db import transaction

from testamur.kernel import jobs, tenancy
from testamur.kernel.errors import Conflict, NotAllowed, NotFound
from testamur.notices import posting, signing
from testamur.notices.models import Webhook, WebhookDelivery

SEND_JOB: Final = "send_webhooks"
MOST_WEBHOOKS: Final = 5
TEST_EVENT: Final = "webhook.test"
_WAITS: Final = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 240, 720, 1440))
_LEASE: Final = timedelta(minutes=2)  # how long one worker has a message before another may try
_KEPT: Final = timedelta(days=90)
_EVENT: Final = re.compile(r"[a-z]+\.[a-z_]+")
_PLAIN: Final = re.compile(r"[A-Za-z0-9 _:/.\-\[\]]{0,300}")  # numbers, states and addresses of ours; no sentence


@dataclass(frozen=True, slots=True)
class MadeWebhook:
    """A webhook that was made, and its secret to be shown once."""

    id: UUID
    secret: str


@dataclass(frozen=True, slots=True)
class _Claimed:
    """A message that this worker has for a while, and everything that sending it takes."""

    id: UUID
    webhook_id: UUID
    url: str
    secret: str
    event_id: UUID
    body: str
    attempts: int


@transaction.atomic
def add_webhook(provider_id: int, *, url: str, by: UUID, at: datetime) -> MadeWebhook:
    """A further address of a provider is told of changes from now on, each message signed with the secret returned.

    Runs on behalf of the provider. Refuses an address that is not https or not public, a sixth one, and (Conflict) one
    that is told already.
    """
    if fault := posting.fault_of(url, here=_here()):
        raise NotAllowed(fault)
    told = Webhook.objects.select_for_update().filter(provider_id=provider_id, stopped_at__isnull=True)
    urls = list(told.values_list("url", flat=True))
    if url in urls:
        raise Conflict("This address is told already. Stop it first if you want a new secret.")
    if len(urls) >= MOST_WEBHOOKS:
        raise NotAllowed(f"At most {MOST_WEBHOOKS} addresses are told. Stop one of them first.")

    secret = signing.new_secret()
    row = Webhook.objects.create(
        provider_id=provider_id, url=url, secret=signing.sealed(secret), made_by=by, made_at=at
    )
    return MadeWebhook(row.id, secret)


@transaction.atomic
def stop_webhook(webhook_id: UUID, *, by: UUID, at: datetime) -> None:
    """An address is told nothing more; what waited for it is given up. Stopping a stopped one changes nothing."""
    row = Webhook.objects.select_for_update().filter(pk=webhook_id).first()
    if row is None:
        raise NotFound("There is no such webhook, or none that you may see.")
    if row.stopped_at is not None:
        return

    row.stopped_at, row.stopped_by = at, by
    row.save(update_fields=["stopped_at", "stopped_by"])
    waiting = WebhookDelivery.objects.filter(webhook=row, delivered_at__isnull=True, given_up_at__isnull=True)
    waiting.update(given_up_at=at, last_error="stopped")


def announce(provider_id: int, event: str, data: Mapping[str, str], *, at: datetime) -> None:
    """Every address of a provider will be told of an event, in the caller's transaction; nothing happens where none is.

    Refuses (ValueError) values that are more than numbers, states and addresses of ours: a message names nobody.
    """
    if not _EVENT.fullmatch(event) or not all(_PLAIN.fullmatch(value) for value in data.values()):
        raise ValueError("a webhook's message holds an event and plain values only")
    told = list(Webhook.objects.filter(provider_id=provider_id, stopped_at__isnull=True))
    if not told:
        return
    event_id = uuid4()
    body = _body(event, data, at)
    for row in told:
        _write(row, event_id, event, body, at=at)
    jobs.wake(SEND_JOB)


@transaction.atomic
def send_test(webhook_id: UUID, *, at: datetime) -> UUID:
    """One address is sent a message about nothing, signed as every other; returns the message.

    Runs on behalf of the provider. Refuses (Conflict) an address that is stopped, and one whose last test still waits.
    """
    row = Webhook.objects.select_for_update().filter(pk=webhook_id).first()
    if row is None:
        raise NotFound("There is no such webhook, or none that you may see.")
    if row.stopped_at is not None:
        raise Conflict("This address is told nothing any more. Add it again first.")
    waiting = WebhookDelivery.objects.filter(
        webhook=row, event=TEST_EVENT, delivered_at__isnull=True, given_up_at__isnull=True
    )
    if waiting.exists():
        raise Conflict("A test message is still being sent. Look again in a minute.")
    event_id = uuid4()
    written = _write(row, event_id, TEST_EVENT, _body(TEST_EVENT, {"webhook_id": str(row.id)}, at), at=at)
    jobs.wake(SEND_JOB)
    return written.id


@transaction.atomic
def send_again(delivery_id: UUID, *, webhook_id: UUID, at: datetime) -> UUID:
    """A message is sent once more under its own event id, so that a receiver that has it knows it; returns the new message.

    Refuses (Conflict) an address that is stopped, and a message that still waits. Raises NotFound for another provider's.
    """
    found = WebhookDelivery.objects.filter(pk=delivery_id, webhook_id=webhook_id).select_related("webhook").first()
    if found is None:
        raise NotFound("There is no such message, or none that you may see.")
    if found.webhook.stopped_at is not None:
        raise Conflict("This address is told nothing any more. Add it again first.")
    waiting = WebhookDelivery.objects.filter(
        webhook=found.webhook, event_id=found.event_id, delivered_at__isnull=True, given_up_at__isnull=True
    )
    if waiting.exists():
        raise Conflict("This message is still being sent. Look again in a minute.")

    row = _write(found.webhook, found.event_id, found.event, found.body, at=at, repeated=True)
    jobs.wake(SEND_JOB)
    return row.id


def send_due(*, at: datetime, limit: int = 50) -> int:
    """Send the messages that are due and return how many were taken. The worker's action.

    No transaction is open while the other side answers. An address that failed waits for its next turn with everything
    that it is to be told, so one that is slow or gone does not hold up the others.
    """
    taken, failed = 0, set[UUID]()
    for _ in range(limit):
        claimed = _claim(at, failed)
        if claimed is None:
            break
        headers = signing.headers_of(
            signing.opened(claimed.secret), event_id=claimed.event_id, body=claimed.body, at=at
        )
        posted = posting.post(claimed.url, claimed.body, headers, here=_here())
        _note(claimed, posted, at)
        taken += posted.taken
        if not posted.taken:
            failed.add(claimed.webhook_id)
    return taken


def forget_deliveries(*, at: datetime) -> int:
    """Messages older than ninety days are gone; returns how many. Daily."""
    with tenancy.for_register():
        gone, _ = WebhookDelivery.objects.filter(queued_at__lt=at - _KEPT).delete()
    return gone


def _here() -> bool:
    """Say whether this machine's own addresses may be told: in a demo, for trying it out."""
    return bool(settings.DEMO or settings.DEBUG)


def _body(event: str, data: Mapping[str, str], at: datetime) -> str:
    """Return a message's text: what happened, when, and plain values about it."""
    moment = at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    return json.dumps({"type": event, "timestamp": moment, "data": dict(data)}, separators=(",", ":"))


def _write(
    row: Webhook, event_id: UUID, event: str, body: str, *, at: datetime, repeated: bool = False
) -> WebhookDelivery:
    """Put one message for one address into the outbox."""
    return WebhookDelivery.objects.create(
        webhook=row,
        provider_id=row.provider_id,
        event_id=event_id,
        event=event,
        body=body,
        queued_at=at,
        next_attempt_at=at,
        repeated=repeated,
    )


def _claim(at: datetime, failed: set[UUID]) -> _Claimed | None:
    """Take the message that has waited longest, for as long as the lease; None where nothing is due."""
    with tenancy.for_register():
        row = (
            WebhookDelivery.objects.select_for_update(skip_locked=True, of=("self",))
            .select_related("webhook")
            .filter(delivered_at__isnull=True, given_up_at__isnull=True, next_attempt_at__lte=at)
            .exclude(webhook__in=failed)
            .order_by("next_attempt_at", "queued_at", "id")
            .first()
        )
        if row is None:
            return None
        row.attempts, row.tried_at, row.next_attempt_at = row.attempts + 1, at, at + _LEASE
        row.save(update_fields=["attempts", "tried_at", "next_attempt_at"])
        told = row.webhook
        return _Claimed(row.id, told.id, told.url, told.secret, row.event_id, row.body, row.attempts)


def _note(claimed: _Claimed, posted: posting.Posted, at: datetime) -> None:
    """Keep what was answered, and when the message is tried next; after the last wait it is given up."""
    with tenancy.for_register():
        row = WebhookDelivery.objects.select_for_update().filter(pk=claimed.id, given_up_at__isnull=True).first()
        if row is None:
            return
        row.answered, row.last_error = posted.status, posted.trouble
        if posted.taken:
            row.delivered_at = at
        elif claimed.attempts > len(_WAITS):
            row.given_up_at = at
        else:
            row.next_attempt_at = at + _WAITS[claimed.attempts - 1]
        row.save()
