"""Access events: written once, kept for their time, shown to whom they are about, digested once a day."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import psycopg
import pytest
from django.db import transaction
from django.db.utils import DatabaseError, OperationalError

from testamur.kernel.errors import Conflict
from testamur.log import actions, queries
from testamur.log.models import AccessAction, AccessDigest, AccessEvent, AccessPurpose
from tests.actions.log_world import AT, committing

DAY = date(2026, 7, 1)
ANA, BEN = UUID(int=1), UUID(int=2)


def seen(**facts: Any) -> int:
    given = {
        "by": UUID(int=9),
        "role": "secretariat_officer",
        "action": AccessAction.VIEWED,
        "purpose": AccessPurpose.EXTRACT,
        "at": AT,
        "on": DAY,
        "case": "APP-1",
    }
    return actions.record_access(**{**given, **facts})


@pytest.mark.django_db
def test_an_event_says_who_did_what_why_and_until_when_it_is_kept() -> None:
    number = seen(person=ANA, student=5, provider=3)
    (event,) = queries.access_events(person=ANA)
    assert (event.id, event.account, event.role, event.action, event.purpose, event.case) == (
        number,
        UUID(int=9),
        "secretariat_officer",
        "viewed",
        "extract",
        "APP-1",
    )
    assert (event.at, event.event_date, event.kept_until) == (AT, DAY, date(2028, 7, 1))
    assert (event.person, event.student, event.provider) == (ANA, 5, 3)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("on", "action", "until"),
    [
        (DAY, AccessAction.EXPORTED, date(2056, 7, 1)),
        (date(2028, 2, 29), AccessAction.DOWNLOADED, date(2030, 3, 1)),
        (date(2028, 2, 29), AccessAction.EXPORTED, date(2058, 3, 1)),
    ],
)
def test_exports_are_kept_thirty_years_the_rest_two(on: date, action: AccessAction, until: date) -> None:
    seen(person=ANA, on=on, action=action)
    assert queries.access_events(person=ANA)[0].kept_until == until


@pytest.mark.django_db
def test_a_person_sees_what_is_about_them_and_their_students_newest_first() -> None:
    first, second = seen(person=ANA), seen(student=5)
    seen(person=BEN)
    seen(student=6)
    third = seen(person=ANA, student=5)
    found = [event.id for event in queries.access_events(person=ANA, students=[5])]
    assert found == [third, second, first]
    assert [event.id for event in queries.access_events(person=ANA)] == [third, first]
    assert [event.id for event in queries.access_events(students=[5])] == [third, second]
    assert [event.id for event in queries.access_events(person=ANA, students=[5], limit=1, before=third)] == [second]


@pytest.mark.django_db
def test_nobody_named_nobody_shown() -> None:
    seen(person=ANA)
    seen()
    assert queries.access_events() == []


@pytest.mark.django_db
@pytest.mark.parametrize("wrong", [{"action": "peeked"}, {"purpose": "marketing"}])
def test_other_acts_and_purposes_are_refused(wrong: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"peeked|marketing"):
        seen(**wrong)


@pytest.mark.django_db
@pytest.mark.parametrize("column", ["action", "purpose", "role"])
def test_the_database_too_refuses_what_is_not_on_the_list(column: str) -> None:
    facts = {
        "at": AT,
        "event_date": DAY,
        "role": "auditor",
        "action": "viewed",
        "purpose": "audit",
        "kept_until": date(2028, 7, 1),
    }
    AccessEvent.objects.create(**facts)
    with pytest.raises(DatabaseError), transaction.atomic():
        AccessEvent.objects.create(**facts | {column: ""})
    with pytest.raises(DatabaseError), transaction.atomic():
        AccessEvent.objects.create(**facts | {"kept_until": DAY})


@pytest.mark.parametrize("role", ["app", "owner"])
def test_events_never_change_and_go_only_when_their_time_is_up(committed_db: Any, role: str) -> None:
    kept, expired = seen(person=ANA), seen(person=ANA, on=date(2020, 1, 1))
    refused = ["UPDATE log_accessevent SET role = 'x'", "TRUNCATE log_accessevent", "DELETE FROM log_accessevent"]
    with committing(getattr(committed_db, role)) as session:
        for statement in refused:
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                session.execute(statement.encode())
            session.rollback()
        assert session.execute("DELETE FROM log_accessevent WHERE id = %s", [expired]).rowcount == 1
    assert [event.id for event in queries.access_events(person=ANA)] == [kept]
    assert actions.delete_expired_access_events() == 0


@pytest.mark.django_db
def test_a_day_is_digested_once_and_in_order() -> None:
    assert actions.digest_access_day(DAY, at=AT) is None
    first = seen(person=ANA)
    place = actions.digest_access_day(DAY, at=AT)
    assert place is not None
    seen(person=BEN)
    assert actions.digest_access_day(DAY, at=AT) == place
    with pytest.raises(Conflict, match="digested in order"):
        actions.digest_access_day(date(2026, 6, 30), at=AT)
    assert actions.digest_access_day(date(2026, 7, 2), at=AT) not in (None, place)
    assert actions.digest_access_day(date(2026, 7, 3), at=AT) is None
    assert list(AccessDigest.objects.order_by("day").values_list("after_id", "through_id")) == [
        (0, first),
        (first, first + 1),
    ]
    leaf = queries.leaf_at(place)
    assert leaf is not None
    assert leaf[:2] == b"\x01\x01"


def test_a_digest_waits_for_readers_at_work_and_gives_up_politely(committed_db: Any) -> None:
    insert = (
        "INSERT INTO log_accessevent (at, event_date, role, action, purpose, kept_until) "
        "VALUES (now(), '2026-07-01', 'auditor', 'viewed', 'audit', '2028-07-01')"
    )
    with committing(committed_db.app) as reader:
        reader.execute(insert)
        seen(person=ANA)
        with pytest.raises(OperationalError, match="lock timeout"):
            actions.digest_access_day(DAY, at=AT)
        reader.commit()
    assert actions.digest_access_day(DAY, at=AT) is not None
    digest = AccessDigest.objects.get()
    assert len(bytes(digest.entries)) == 2 * 44


@pytest.mark.django_db
def test_closing_a_day_digests_yesterday_and_lets_expired_events_go(settings: Any) -> None:
    """14:30 UTC is past midnight in Sydney: yesterday there is the UTC day itself."""
    settings.TIME_ZONE = "Australia/Sydney"
    kept, _ = seen(person=ANA), seen(person=ANA, on=date(2020, 1, 1))
    for _ in range(2):
        actions.close_access_day(at=datetime(2026, 7, 1, 14, 30, tzinfo=UTC))
    assert AccessDigest.objects.get().day == DAY
    assert len(bytes(AccessDigest.objects.get().entries)) == 2 * 44
    assert [event.id for event in queries.access_events(person=ANA)] == [kept]
