"""Two at once: a repeated request waits for the first, and two senders never send the same mail."""

import threading
from collections.abc import Callable
from contextlib import closing
from typing import Any

import pytest
from django.core import mail
from django.db import connection, transaction

from testamur.accounts import actions
from testamur.notices import actions as notices_actions
from testamur.notices.models import OutgoingMail
from tests import build

pytestmark = pytest.mark.usefixtures("committed_db")
REQUEST: dict[str, Any] = {"account_id": None, "key": "k", "purpose": "apply", "digest": "d", "at": build.NOW}


def in_thread(work: Callable[[], object], answers: list[object]) -> threading.Thread:
    """Run work with a connection of its own and keep its answer."""

    def run() -> None:
        with closing(connection):
            answers.append(work())

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def waits_for_a_lock() -> bool:
    """Say whether some session waits for another one's transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
        return bool(cursor.fetchone()[0])


def test_a_repeated_request_waits_for_the_first_and_gets_its_answer() -> None:
    answers: list[object] = []

    def second() -> object:
        with transaction.atomic():
            return actions.once(**REQUEST)

    with transaction.atomic():
        assert actions.once(**REQUEST) is None
        thread = in_thread(second, answers)
        while not waits_for_a_lock():
            thread.join(0.01)
        actions.remember_once(account_id=None, key="k", purpose="apply", result="7KQ2")
    thread.join()
    assert answers == ["7KQ2"]


def test_a_repeated_request_does_the_work_where_the_first_failed() -> None:
    answers: list[object] = []

    def second() -> object:
        with transaction.atomic():
            return actions.once(**REQUEST)

    with transaction.atomic():
        assert actions.once(**REQUEST) is None
        thread = in_thread(second, answers)
        while not waits_for_a_lock():
            thread.join(0.01)
        transaction.set_rollback(True)
    thread.join()
    assert answers == [None]


def test_a_mail_that_one_sender_holds_is_left_by_the_other() -> None:
    for number in range(2):
        notices_actions.queue_mail(
            "records_ready",
            address=f"sam{number}@example.org",
            context={"link": "http://localhost:8000/student/"},
            at=build.NOW,
        )
    answers: list[object] = []
    with transaction.atomic():
        held = OutgoingMail.objects.select_for_update().order_by("queued_at")[0]
        in_thread(lambda: notices_actions.send_pending(at=build.NOW), answers).join()
    assert answers == [1]
    assert held.address not in [message.to[0] for message in mail.outbox]
    assert notices_actions.send_pending(at=build.NOW) == 1
    assert sorted(message.to[0] for message in mail.outbox) == ["sam0@example.org", "sam1@example.org"]
