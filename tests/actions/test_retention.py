"""What the daily jobs remove, and what they leave."""

from datetime import date, timedelta
from io import BytesIO

import pytest
from django.contrib.sessions.models import Session
from django.db import transaction

from testamur.accounts import actions as accounts_actions
from testamur.accounts.models import IdempotencyKey
from testamur.documents import actions as documents_actions
from testamur.documents import queries as documents_queries
from tests.build import NOW

pytestmark = pytest.mark.django_db


def test_ended_sessions_and_old_answers_go() -> None:
    for key, ends in (("ended", NOW - timedelta(minutes=1)), ("running", NOW + timedelta(hours=1))):
        Session.objects.create(session_key=key, session_data="", expire_date=ends)
    for key, at in (("old", NOW - timedelta(days=31)), ("new", NOW - timedelta(days=29))):
        with transaction.atomic():
            accounts_actions.once(account_id=None, key=key, purpose="test", digest="d", at=at)
    assert accounts_actions.forget_spent(at=NOW) == (1, 1)
    assert [row.session_key for row in Session.objects.all()] == ["running"]
    assert [row.key for row in IdempotencyKey.objects.all()] == ["new"]


def test_files_go_the_day_after_their_last() -> None:
    def keep(content: bytes, last: date | None) -> str:
        kept = documents_actions.keep_file(
            BytesIO(content), media_type="text/plain", kind="test", at=NOW, delete_after=last
        )
        return kept.sha256

    due, today, ever = keep(b"a", date(2026, 6, 30)), keep(b"b", date(2026, 7, 1)), keep(b"c", None)
    assert documents_actions.remove_expired(at=NOW) == 1
    assert documents_queries.find_file(due) is None
    assert documents_queries.find_file(today)
    assert documents_queries.find_file(ever)
