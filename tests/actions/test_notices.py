"""The outbox: in the action's transaction, once each, again after a failure, and never with anything personal (TEQ-08)."""

import smtplib
from collections.abc import Sequence
from datetime import timedelta
from email.message import Message
from typing import Any

import pytest
from django.core import mail
from django.core.mail.backends.base import BaseEmailBackend
from django.db import IntegrityError, transaction

from testamur.kernel.errors import NotFound
from testamur.notices import actions, queries
from testamur.notices.models import NoticeShown, OutgoingMail
from tests import build

pytestmark = pytest.mark.django_db
NOW = build.NOW
LINK = {"link": "http://localhost:8000/student/"}


class FailingServer(BaseEmailBackend):
    """A mail server that answers what a test has planted."""

    error: Exception | None = None
    tries = 0

    def send_messages(self, email_messages: Sequence[Any]) -> int:
        type(self).tries += 1
        if self.error:
            raise self.error
        return len(email_messages)


@pytest.fixture
def server(settings: Any) -> type[FailingServer]:
    settings.EMAIL_BACKEND = f"{__name__}.FailingServer"
    FailingServer.error, FailingServer.tries = None, 0
    return FailingServer


def queue(address: str = "sam@example.org", template: str = "records_ready") -> OutgoingMail:
    return OutgoingMail.objects.get(id=actions.queue_mail(template, address=address, context=LINK, at=NOW))


def test_a_mail_goes_out_once_and_forgets_its_link() -> None:
    queued = queue()
    assert queries.waiting_mails() == 1
    assert actions.send_pending(at=NOW) == 1
    assert actions.send_pending(at=NOW + timedelta(days=1)) == 0
    (sent,) = mail.outbox
    assert sent.subject == "Your records are ready"
    assert LINK["link"] in sent.body
    assert "holds no results and no attachment" in sent.body
    assert sent.attachments == []
    message: Message = sent.message()
    assert message["Message-ID"].startswith(f"<{queued.id}@")
    queued.refresh_from_db()
    assert (queued.context, queued.sent_at, queries.waiting_mails()) == ({}, NOW, 0)


def test_a_mail_of_an_action_that_failed_is_never_sent() -> None:
    savepoint = transaction.savepoint()
    queue()
    transaction.savepoint_rollback(savepoint)
    assert actions.send_pending(at=NOW) == 0


def test_a_server_that_is_down_is_tried_again_later_and_the_others_wait(server: type[FailingServer]) -> None:
    first, second = queue(), queue("kim@example.org")
    server.error = ConnectionRefusedError("sam@example.org not reachable")
    assert actions.send_pending(at=NOW) == 0
    assert server.tries == 1, "a server that is down is not asked for each mail"
    first.refresh_from_db()
    assert (first.attempts, first.last_error) == (1, "ConnectionRefusedError")
    assert first.next_attempt_at == NOW + timedelta(minutes=1)
    server.error = None
    assert actions.send_pending(at=NOW + timedelta(seconds=30)) == 1
    assert actions.send_pending(at=NOW + timedelta(minutes=1)) == 1
    second.refresh_from_db()
    assert second.sent_at is not None


def test_an_address_that_the_server_refuses_for_good_is_given_up_at_once(server: type[FailingServer]) -> None:
    refused, other = queue(), queue("kim@example.org")
    server.error = smtplib.SMTPRecipientsRefused({"sam@example.org": (550, b"no such user sam@example.org")})
    actions.send_pending(at=NOW)
    refused.refresh_from_db()
    other.refresh_from_db()
    assert refused.given_up_at == NOW
    assert refused.context == {}
    assert refused.last_error == "SMTPRecipientsRefused 550"
    assert "sam" not in refused.last_error
    assert server.tries == 2


def test_a_full_mailbox_is_tried_again_and_given_up_after_the_last_wait(server: type[FailingServer]) -> None:
    queued = queue()
    server.error = smtplib.SMTPRecipientsRefused({"sam@example.org": (452, b"full")})
    moment = NOW
    for _ in range(8):
        actions.send_pending(at=moment)
        queued.refresh_from_db()
        moment = queued.next_attempt_at
    assert queued.attempts == 8
    assert queued.given_up_at is not None
    assert actions.send_pending(at=moment + timedelta(days=30)) == 0
    assert server.tries == 8


def test_the_database_keeps_no_link_of_a_sent_mail() -> None:
    queued = queue()
    with pytest.raises(IntegrityError), transaction.atomic():
        OutgoingMail.objects.filter(id=queued.id).update(sent_at=NOW)


def test_a_course_name_does_not_get_into_a_mail() -> None:
    course = "Bachelor of Nursing"
    for context in (
        {**LINK, "course": course},
        {"link": course},
        {"link": f"http://localhost:8000/student/?course={course}"},
        {},
    ):
        with pytest.raises(ValueError, match="mail records_ready"):
            actions.queue_mail("records_ready", address="sam@example.org", context=context, at=NOW)
    assert not OutgoingMail.objects.exists()


def test_a_notice_is_noted_once_a_version() -> None:
    person = build.student_account()
    assert actions.record_shown(account_id=person.id, notice="terms", at=NOW) == "1"
    assert actions.record_shown(account_id=person.id, notice="terms", at=NOW + timedelta(days=1)) == "1"
    assert NoticeShown.objects.get(account_id=person.id, notice="terms").at == NOW
    with pytest.raises(NotFound):
        actions.record_shown(account_id=person.id, notice="no-such-notice", at=NOW)


def test_forgetting_an_account_removes_its_notices_and_mail_only() -> None:
    person, other = build.student_account(), build.student_account()
    for each in (person, other):
        actions.queue_mail("records_ready", address=each.email, context=LINK, at=NOW, account_id=each.id)
    actions.forget_account(person.id)
    assert queries.shown_to(person.id) == {}
    assert queries.shown_to(other.id) != {}
    assert list(OutgoingMail.objects.values_list("account_id", flat=True)) == [other.id]
