"""Which text holds on a day, which texts an account was shown, and how much mail waits."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from email.utils import parseaddr
from functools import cache
from string import Template
from uuid import UUID

from django.conf import settings

from testamur.kernel.errors import NotFound
from testamur.notices.models import NoticeShown, OutgoingMail
from testamur.notices.wording import TEXTS, NoticeText, read_text


@cache
def _all_texts() -> tuple[NoticeText, ...]:
    """Read every text once; texts change with a release, never while the product runs."""
    return tuple(read_text(path) for path in sorted(TEXTS.glob("*/*.md")))


def _filled(found: NoticeText) -> NoticeText:
    """Put the register's own name and address into a text."""
    values = {
        "register_name": settings.REGISTER_NAME,
        "public_url": settings.PUBLIC_URL,
        "contact_email": parseaddr(settings.DEFAULT_FROM_EMAIL)[1],
    }
    return replace(found, markdown=Template(found.markdown).substitute(values))


def names() -> tuple[str, ...]:
    """Return the names of all texts."""
    return tuple(sorted({text.name for text in _all_texts()}))


def text(name: str, on: date) -> NoticeText:
    """Return the version of a text that holds on a day; raises NotFound."""
    held = [found for found in _all_texts() if found.name == name and found.effective_from <= on]
    if not held:
        raise NotFound("There is no such text, or it does not hold yet on that day.")
    return _filled(max(held, key=lambda found: found.effective_from))


def version(name: str, number: str) -> NoticeText:
    """Return one version of a text, old or new; raises NotFound."""
    found = next((one for one in _all_texts() if one.name == name and one.version == number), None)
    if found is None:
        raise NotFound("There is no such version of this text.")
    return _filled(found)


def versions(name: str) -> tuple[NoticeText, ...]:
    """Return all versions of a text, newest first; empty where there is none."""
    found = [_filled(one) for one in _all_texts() if one.name == name]
    return tuple(sorted(found, key=lambda one: one.effective_from, reverse=True))


def shown_to(account_id: UUID) -> Mapping[str, tuple[str, datetime]]:
    """Return, by notice name, the latest version that an account was shown and when."""
    rows = NoticeShown.objects.filter(account_id=account_id).order_by("at")
    return {row.notice: (row.version, row.at) for row in rows}


@dataclass(frozen=True, slots=True)
class MailsSent:
    """What became of some mails; those whose account was forgotten since are not counted."""

    sent: int
    waiting: int
    given_up: int

    @property
    def total(self) -> int:
        """Return how many there are."""
        return self.sent + self.waiting + self.given_up


def mails_sent(mail_ids: Iterable[UUID]) -> MailsSent:
    """Return how many of some mails went out, wait, or were given up."""
    wanted = list(mail_ids)
    if not wanted:
        return MailsSent(0, 0, 0)
    rows = list(OutgoingMail.objects.filter(pk__in=wanted).values_list("sent_at", "given_up_at"))
    sent = sum(sent_at is not None for sent_at, _ in rows)
    given_up = sum(given_up_at is not None for _, given_up_at in rows)
    return MailsSent(sent, len(rows) - sent - given_up, given_up)


def waiting_mails() -> int:
    """Return how many mails are neither sent nor given up."""
    return OutgoingMail.objects.filter(sent_at__isnull=True, given_up_at__isnull=True).count()
