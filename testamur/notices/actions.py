"""Records which notice a person was shown, queues mail with the data it is about, and sends it."""

import smtplib
from collections.abc import Mapping
from datetime import datetime, timedelta
from email.utils import parseaddr
from typing import Final
from uuid import UUID

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction

from testamur.kernel import jobs
from testamur.notices import queries
from testamur.notices.models import NoticeShown, OutgoingMail
from testamur.notices.wording import check_mail, rendered_mail

SEND_JOB: Final = "send_mail"
_WAITS: Final = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 240, 720, 1440))


def record_shown(*, account_id: UUID, notice: str, at: datetime) -> str:
    """Note that an account was shown the version of a notice that holds now; return that version (PRV-01).

    Showing the same version again changes nothing. Raises NotFound for an unknown notice.
    """
    held = queries.text(notice, at.date())
    NoticeShown.objects.get_or_create(
        account_id=account_id, notice=held.name, version=held.version, defaults={"at": at}
    )
    return held.version


def queue_mail(
    template: str, *, address: str, context: Mapping[str, str], at: datetime, account_id: UUID | None = None
) -> UUID:
    """Put a mail into the outbox, in the caller's transaction, and wake the sender; return the mail's id.

    Refuses (ValueError) an unknown template, a variable that the template does not list, and a value of another form
    than its variable allows: a mail holds no result, no course, no name and no attachment (TEQ-08).
    """
    check_mail(template, context)
    mail = OutgoingMail.objects.create(
        account_id=account_id,
        address=address,
        template=template,
        context=dict(context),
        queued_at=at,
        next_attempt_at=at,
    )
    jobs.wake(SEND_JOB)
    return mail.id


def forget_account(account_id: UUID) -> None:
    """Remove what this package holds about an account: notices shown and mail, sent or not (TEQ-04 purge)."""
    NoticeShown.objects.filter(account_id=account_id).delete()
    OutgoingMail.objects.filter(account_id=account_id).delete()


def send_pending(*, at: datetime, limit: int = 100) -> int:
    """Send the mails that are due and return how many went out.

    Each mail is locked, sent and marked in its own transaction, so two senders never send the same one. Only a crash
    between the server's answer and our commit can repeat a mail; its Message-ID is then the same.
    """
    sent = 0
    connection = get_connection()
    for _ in range(limit):
        with transaction.atomic():
            mail = (
                OutgoingMail.objects.select_for_update(skip_locked=True)
                .filter(sent_at__isnull=True, given_up_at__isnull=True, next_attempt_at__lte=at)
                .order_by("next_attempt_at", "queued_at")
                .first()
            )
            error = _try(mail, connection, at) if mail else None
        if mail is None or _concerns_server(error):
            break
        sent += error is None
    connection.close()
    return sent


def _message(mail: OutgoingMail, connection: BaseEmailBackend) -> EmailMessage:
    """Return the mail as it travels: plain text, no attachment."""
    always = {"register_name": settings.REGISTER_NAME, "public_url": settings.PUBLIC_URL}
    subject, body = rendered_mail(mail.template, mail.context, always)
    domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2]
    headers = {"Message-ID": f"<{mail.id}@{domain}>", "Auto-Submitted": "auto-generated"}
    return EmailMessage(subject, body, to=[mail.address], headers=headers, connection=connection)


def _try(mail: OutgoingMail, connection: BaseEmailBackend, at: datetime) -> Exception | None:
    """Send one mail; note success, the next attempt, or that we gave up. Errors are kept without the address."""
    mail.attempts += 1
    failed: Exception | None = None
    try:
        _message(mail, connection).send()
        mail.sent_at, mail.context, mail.last_error = at, {}, ""
    except (smtplib.SMTPException, OSError) as error:
        failed = error
        mail.last_error = _named(error)
        if _is_final(error) or mail.attempts > len(_WAITS):
            mail.given_up_at, mail.context = at, {}
        else:
            mail.next_attempt_at = at + _WAITS[mail.attempts - 1]
    mail.save()
    return failed


def _concerns_server(error: Exception | None) -> bool:
    """Say whether an error concerns the server and not this one mail, so that the others wait as well."""
    return error is not None and not isinstance(error, smtplib.SMTPRecipientsRefused | smtplib.SMTPDataError)


def _codes(error: Exception) -> list[int]:
    """Return the SMTP reply codes inside an error."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return [code for code, _ in error.recipients.values()]
    return [error.smtp_code] if isinstance(error, smtplib.SMTPResponseException) else []


def _is_final(error: Exception) -> bool:
    """Say whether the server refused this recipient or message for good (5xx); a refused log-in may be mended."""
    codes = _codes(error)
    return bool(codes) and all(code >= 500 for code in codes) and not isinstance(error, smtplib.SMTPAuthenticationError)


def _named(error: Exception) -> str:
    """Return an error's kind and codes; its text may hold the address."""
    return " ".join([type(error).__name__, *map(str, _codes(error))])
