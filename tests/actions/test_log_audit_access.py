"""The audit finds every way in which the owner of the database could cheat with access events."""

from datetime import date
from typing import Any
from uuid import UUID

import pytest
from django.db import transaction

from testamur.log import actions, queries
from testamur.log.models import AccessAction, AccessPurpose
from testamur.log.queries import verify_everything
from tests.actions.log_world import AT, failed, flip, owner_does

PERSON = UUID(int=7)
DAY = date(2026, 7, 1)


def seen(number: int = 1, *, on: date = DAY, action: AccessAction = AccessAction.VIEWED) -> list[int]:
    with transaction.atomic():
        return [
            actions.record_access(
                by=UUID(int=1), role="auditor", action=action, purpose=AccessPurpose.AUDIT, at=AT, on=on, person=PERSON
            )
            for _ in range(number)
        ]


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("UPDATE log_accessevent SET purpose = 'extract' WHERE id = 2", "log_accessevent id=2: was changed"),
        ("DELETE FROM log_accessevent WHERE id = 2", "log_accessevent id=2: is gone before 2028-07-01"),
        (
            "INSERT INTO log_accessevent SELECT 4, at, event_date, account, role, person, student, provider, action, purpose, "
            '"case", kept_until FROM log_accessevent WHERE id = 1',
            "log_accessevent id=4: was added",
        ),
        (
            f"UPDATE log_accessdigest SET entries = {flip('entries', 20)}",
            "log_accessdigest day=2026-07-01: is not what",
        ),
        ("UPDATE log_accessdigest SET after_id = 1", "log_accessdigest day=2026-07-01: follows event 1"),
        ("DELETE FROM log_accessdigest WHERE day = '2026-07-01'", "log_accessdigest day=2026-07-02: follows event 5"),
    ],
)
def test_tampering_with_access_events_is_found(committed_db: Any, statement: str, told: str) -> None:
    seen(3)
    with transaction.atomic():  # number 4 is drawn and never committed
        seen(1)
        transaction.set_rollback(True)
    seen(1)
    actions.digest_access_day(DAY, at=AT)
    seen(2, on=date(2026, 7, 2))
    actions.digest_access_day(date(2026, 7, 2), at=AT)
    assert failed(verify_everything()) == {}
    owner_does(committed_db, statement)
    assert told in failed(verify_everything())["access events"]


def test_events_whose_time_is_up_go_and_the_rest_stays_checkable(committed_db: Any) -> None:
    old = date(2020, 2, 29)
    seen(2, on=old)
    kept = seen(1, on=old, action=AccessAction.EXPORTED)
    place = actions.digest_access_day(old, at=AT)
    assert actions.delete_expired_access_events() == 2
    assert [event.id for event in queries.access_events(person=PERSON)] == kept
    actions.seal(at=AT)
    assert place is not None
    assert failed(verify_everything()) == {}
    owner_does(committed_db, "DELETE FROM log_accessevent")
    assert f"id={kept[0]}: is gone before 2050-03-01" in failed(verify_everything())["access events"]
