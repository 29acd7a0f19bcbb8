"""Which text a person was shown, the mail that waits or went out (PRV-01, TEQ-08), and what providers' systems are told.

Nothing here is permanent: a notice shown goes with its account, a mail forgets its variables once it is sent, and a
webhook's deliveries go after ninety days.
"""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q


class NoticeShown(models.Model):
    """An account was shown one version of a text; the first time counts."""

    account = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    notice = models.CharField(max_length=60)
    version = models.CharField(max_length=20)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "notice", "version"], name="notice_is_shown_once_a_version"),
        ]

    def __str__(self) -> str:
        """Return the text's name and version."""
        return f"{self.notice} {self.version}"


class OutgoingMail(models.Model):
    """One message: written in the action's transaction, sent later, exactly once as far as SMTP allows.

    `context` holds the variables that the mail's template declares and is emptied when the mail is sent or given up,
    because a confirmation link is a secret for as long as it lives.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    address = models.EmailField(max_length=254)
    template = models.CharField(max_length=60)
    context = models.JSONField(default=dict)
    queued_at = models.DateTimeField()
    next_attempt_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    last_error = models.CharField(max_length=200, blank=True)
    sent_at = models.DateTimeField(null=True)
    given_up_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(sent_at__isnull=True) | Q(given_up_at__isnull=True), name="mail_is_sent_or_given_up"
            ),
            models.CheckConstraint(
                condition=Q(sent_at__isnull=True, given_up_at__isnull=True) | Q(context={}),
                name="mail_forgets_its_variables",
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_attempt_at"],
                condition=Q(sent_at__isnull=True, given_up_at__isnull=True),
                name="mail_waiting",
            ),
        ]

    def __str__(self) -> str:
        """Return the template and the moment; never the address."""
        return f"{self.template} {self.queued_at:%Y-%m-%dT%H:%MZ}"


class Webhook(models.Model):
    """An address of a provider's system that is told of changes. `secret` is encrypted; with it each message is signed."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    provider_id = models.IntegerField()
    url = models.CharField(max_length=500)
    secret = models.TextField()
    made_by = models.UUIDField()
    made_at = models.DateTimeField()
    stopped_at = models.DateTimeField(null=True)
    stopped_by = models.UUIDField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["provider_id", "url"],
                condition=Q(stopped_at__isnull=True),
                name="webhook_is_told_once",
            ),
        ]

    def __str__(self) -> str:
        """Return the id: an address may hold a token."""
        return str(self.id)


class WebhookDelivery(models.Model):
    """One message to one address: written in the transaction of the change, sent later, and kept with what was answered.

    `event_id` names the event, the same for every address and every repetition; `body` is the text that is signed.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    webhook = models.ForeignKey(Webhook, on_delete=models.PROTECT, related_name="deliveries")
    provider_id = models.IntegerField()
    event_id = models.UUIDField()
    event = models.CharField(max_length=60)
    body = models.TextField()
    queued_at = models.DateTimeField()
    next_attempt_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    tried_at = models.DateTimeField(null=True)
    answered = models.PositiveSmallIntegerField(null=True)
    last_error = models.CharField(max_length=200, blank=True)
    delivered_at = models.DateTimeField(null=True)
    given_up_at = models.DateTimeField(null=True)
    repeated = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(delivered_at__isnull=True) | Q(given_up_at__isnull=True),
                name="webhook_delivery_is_done_or_given_up",
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_attempt_at"],
                condition=Q(delivered_at__isnull=True, given_up_at__isnull=True),
                name="webhook_deliveries_waiting",
            ),
            models.Index(fields=["webhook", "-queued_at"], name="deliveries_of_webhook"),
        ]

    def __str__(self) -> str:
        """Return the event and the moment."""
        return f"{self.event} {self.queued_at:%Y-%m-%dT%H:%MZ}"
