"""Webhooks by key: addresses that are told of changes, what became of each message, and sending one again (issue 3)."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from ninja import Path, Router, Schema, Status
from pydantic import Field

from testamur.accounts import actions as accounts_actions
from testamur.accounts.roles import Scope
from testamur.notices import posting, telling, webhooks
from testamur.notices.webhooks import DeliveryFacts, WebhookFacts
from testamur.web.provider.api import given
from testamur.web.provider.api.door import MachineRequest, needs

router = Router(tags=["Webhooks"])
_MANAGE = needs(Scope.MANAGE_WEBHOOKS)
WebhookId = Annotated[UUID, Path(description="An address of yours, by its id.")]
DeliveryId = Annotated[UUID, Path(description="A message to it, by its id.")]


class AddressGiven(given.Given):
    """Where messages go: https, reached from the Internet."""

    url: str = Field(
        min_length=1,
        max_length=posting.LONGEST_URL,
        pattern=r"^[!-~]+$",
        examples=["https://systems.example.edu.au/testamur"],
    )


class WebhookOut(Schema):
    """One address. `waiting` messages are still tried, `failed` ones were given up."""

    id: UUID
    url: str
    made_at: datetime
    stopped_at: datetime | None
    waiting: int
    failed: int


class WebhookMade(Schema):
    """A new address, and the secret of its signatures: this answer is the only one that shows it."""

    id: UUID
    secret: str


class MessageOut(Schema):
    """One message: its text, how often it was tried, and what was answered."""

    id: UUID
    event_id: UUID
    event: str
    body: str
    queued_at: datetime
    next_attempt_at: datetime | None = Field(description="Null once it has arrived or was given up.")
    attempts: int
    answered: int | None
    last_error: str
    delivered_at: datetime | None
    given_up_at: datetime | None
    repeated: bool

    @staticmethod
    def resolve_next_attempt_at(message: DeliveryFacts) -> datetime | None:
        """Return when it is tried next."""
        return None if message.delivered_at or message.given_up_at else message.next_attempt_at


class SentOut(Schema):
    """The message that is on its way."""

    id: UUID


@router.get("/webhooks", response=list[WebhookOut], **_MANAGE)
def list_webhooks(request: MachineRequest) -> list[WebhookFacts]:
    """List your addresses, those in use first."""
    return webhooks.webhooks_of(request.machine.provider_id)


@router.post("/webhooks", response={201: WebhookMade}, **_MANAGE)
def add_webhook(request: MachineRequest, body: AddressGiven) -> Status[telling.MadeWebhook]:
    """Add an address that is told of every change from now on, and read its secret once. Your administrators are told."""
    machine = request.machine
    return Status(
        201,
        accounts_actions.add_webhook(
            machine.organisation_id, machine.provider_id, url=body.url, by=machine.by, at=machine.now
        ),
    )


@router.get("/webhooks/{uuid:webhook_id}", response=WebhookOut, **_MANAGE)
def read_webhook(request: MachineRequest, webhook_id: WebhookId) -> WebhookFacts:
    """Read one address."""
    return webhooks.webhook(webhook_id)


@router.post("/webhooks/{uuid:webhook_id}/stop", response=WebhookOut, **_MANAGE)
def stop_webhook(request: MachineRequest, webhook_id: WebhookId) -> WebhookFacts:
    """Tell an address nothing more; what waited for it is given up."""
    telling.stop_webhook(webhook_id, by=request.machine.by, at=request.machine.now)
    return webhooks.webhook(webhook_id)


@router.post("/webhooks/{uuid:webhook_id}/test", response={202: SentOut}, **_MANAGE)
def test_webhook(request: MachineRequest, webhook_id: WebhookId) -> Status[dict[str, UUID]]:
    """Send a message about nothing, to see whether it arrives and is recognised."""
    return Status(202, {"id": telling.send_test(webhook_id, at=request.machine.now)})


@router.get("/webhooks/{uuid:webhook_id}/messages", response=list[MessageOut], **_MANAGE)
def list_messages(request: MachineRequest, webhook_id: WebhookId) -> list[DeliveryFacts]:
    """List the latest hundred messages to an address, the newest first."""
    return webhooks.deliveries_of(webhooks.webhook(webhook_id).id)


@router.post("/webhooks/{uuid:webhook_id}/messages/{uuid:delivery_id}/again", response={202: SentOut}, **_MANAGE)
def send_again(request: MachineRequest, webhook_id: WebhookId, delivery_id: DeliveryId) -> Status[dict[str, UUID]]:
    """Send a message once more under its own webhook-id, signed anew."""
    sent = telling.send_again(delivery_id, webhook_id=webhook_id, at=request.machine.now)
    return Status(202, {"id": sent})
