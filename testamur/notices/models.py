"""Which text a person was shown, and the mail that waits or went out (PRV-01, TEQ-08).

Nothing here is permanent: a notice shown goes with its account, and a mail forgets its variables once it is sent.
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
