"""A notice of ceasing opens a case, asks for the whole registration, is chased by the clock, and ends complete or with a reason."""

from datetime import date, timedelta
from uuid import UUID

import pytest
from django.db import DatabaseError, connection, transaction

from testamur.accounts.roles import Role
from testamur.kernel import tenancy
from testamur.kernel.errors import Conflict, NotAllowed, NotFound
from testamur.notices import actions as notices_actions
from testamur.notices.models import OutgoingMail
from testamur.providers import actions as providers_actions
from testamur.regulation.actions import chasing
from testamur.regulation.models import RecordSweep, SweepStep
from testamur.regulation.queries import sweeps
from tests import build, providing
from tests.closing import DUE, ENDS, NOTICE, Closing

pytestmark = pytest.mark.django_db


@pytest.fixture
def closing() -> Closing:
    return Closing()


def test_the_notice_wakes_the_worker() -> None:
    Closing()
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'chase_closures'")
        assert cursor.fetchone() == (1,)


def test_the_whole_registration_is_asked_for_once(closing: Closing) -> None:
    assert chasing.chase_closures(at=NOTICE) == 2
    assert chasing.chase_closures(at=NOTICE) == 0
    assert closing.kinds() == ["opened", "asked"]
    one = closing.sweep()
    assert one.registration.asked_by == DUE.date()
    assert [window.label for window in one.coverage.waiting] == ["July to December 2025", "January to June 2026"]
    asked = one.steps[-1]
    assert (asked.asked, asked.mails.total, asked.mails.waiting) == (2, 2, 2)
    mails = OutgoingMail.objects.filter(template="closure_asked")
    assert {mail.context["due_on"] for mail in mails} == {"30 April 2026"}
    notices_actions.send_pending(at=NOTICE + timedelta(minutes=1))
    assert closing.sweep().steps[-1].mails.sent == 2


def test_reminders_go_out_on_their_days_and_once(closing: Closing) -> None:
    chasing.chase_closures(at=NOTICE)
    for days in range(-10, 17):
        chasing.chase_closures(at=DUE + timedelta(days=days))
        chasing.chase_closures(at=DUE + timedelta(days=days, hours=1))
    steps = [step for step in closing.sweep().steps if step.kind == "reminded"]
    assert [step.offset for step in steps] == [-7, 0, 7, 14]
    assert [step.on for step in steps] == [DUE.date() + timedelta(days=step.offset or 0) for step in steps]


def test_whoever_joins_a_provider_without_people_is_asked_then() -> None:
    closing = Closing(people=False)
    assert chasing.chase_closures(at=NOTICE) == 1
    assert closing.kinds() == ["opened"]
    build.member(Role.PROVIDER_DATA_OFFICER, closing.provider.organisation_id, at=NOTICE)
    assert chasing.chase_closures(at=NOTICE) == 1
    assert closing.kinds() == ["opened", "asked"]


def test_an_operating_provider_has_no_case() -> None:
    providing.operating(sector="vet")
    assert chasing.chase_closures(at=NOTICE) == 0
    assert not RecordSweep.objects.exists()


def test_a_case_is_complete_once_every_period_is_answered(closing: Closing) -> None:
    chasing.chase_closures(at=NOTICE)
    number = closing.sweep().id
    with pytest.raises(NotAllowed, match="has not ended"):
        chasing.complete_sweep(number, by=closing.staff.id, at=NOTICE)
    closing.ended()
    with pytest.raises(NotAllowed, match="2 periods are not answered"):
        chasing.complete_sweep(number, by=closing.staff.id, at=DUE)
    later = DUE  # the second window runs until July, and the registration ended in March
    with pytest.raises(NotAllowed, match="Close it first"):
        chasing.archive_registration(
            closing.registration, effective_date=DUE.date(), authority="Decision 2", by=closing.supervisor.id, at=DUE,
            on=DUE.date(),
        )  # fmt: skip
    for first in (date(2025, 7, 1), date(2026, 1, 1)):
        closing.nil(first, at=later)
    chasing.complete_sweep(number, by=closing.staff.id, at=later)
    assert closing.sweep(at=later).state == "completed"
    assert chasing.chase_closures(at=later) == 0
    with pytest.raises(Conflict):
        chasing.complete_sweep(number, by=closing.staff.id, at=later)
    providers_actions.sign_coverage(closing.registration, note="Nil returns.", by=closing.supervisor.id, at=later)
    chasing.archive_registration(
        closing.registration, effective_date=DUE.date(), authority="Decision 2", by=closing.supervisor.id, at=DUE,
        on=DUE.date(),
    )  # fmt: skip
    assert closing.sweep(at=later).registration.closed


def test_a_supervisor_closes_what_will_never_come_with_a_reason(closing: Closing) -> None:
    chasing.chase_closures(at=NOTICE)
    number = closing.sweep().id
    closing.ended()
    with pytest.raises(NotAllowed, match="has not passed"):
        chasing.close_incomplete(number, reason="Records burnt.", by=closing.supervisor.id, at=DUE)
    late = DUE + timedelta(days=1)
    assert [one.overdue_days for one in sweeps.sweeps_open(at=late)] == [1]
    with pytest.raises(NotAllowed, match="secretariat staff"):
        chasing.close_incomplete(number, reason="Records burnt.", by=closing.staff.id, at=late)
    with pytest.raises(NotAllowed, match="Write down why"):
        chasing.close_incomplete(number, reason=" ", by=closing.supervisor.id, at=late)
    chasing.close_incomplete(number, reason="Records burnt.", by=closing.supervisor.id, at=late)
    one = closing.sweep(at=late)
    assert (one.state, one.reason, one.closed_by) == ("closed_incomplete", "Records burnt.", closing.supervisor.id)
    assert not sweeps.sweeps_open(at=late)
    chasing.reopen_sweep(number, reason="A backup was found.", by=closing.supervisor.id, at=late)
    assert closing.kinds()[-2:] == ["closed_incomplete", "reopened"]


def test_contacts_stand_in_the_log_and_the_same_one_twice_stands_once(closing: Closing) -> None:
    chasing.chase_closures(at=NOTICE)
    number = closing.sweep().id
    for _ in range(2):
        chasing.note_contact(
            number, kind="called", text="They send it on Friday.", contact_date=date(2026, 1, 31), by=closing.staff.id,
            at=NOTICE,
        )  # fmt: skip
    assert closing.kinds() == ["opened", "asked", "called"]
    assert closing.sweep().steps[-1].text == "On 31 January 2026: They send it on Friday."
    with pytest.raises(NotAllowed, match="has not come yet"):
        chasing.note_contact(
            number, kind="called", text="x", contact_date=date(2026, 2, 2), by=closing.staff.id, at=NOTICE
        )
    with pytest.raises(NotAllowed, match="Choose a reply"):
        chasing.note_contact(
            number, kind="completed", text="x", contact_date=NOTICE.date(), by=closing.staff.id, at=NOTICE
        )


def test_an_officer_asks_again_once_a_day(closing: Closing) -> None:
    chasing.chase_closures(at=NOTICE)
    number = closing.sweep().id
    for hours in (1, 2):
        chasing.ask_again(number, by=closing.staff.id, at=NOTICE + timedelta(hours=hours))
    assert closing.kinds() == ["opened", "asked", "asked"]
    chasing.ask_again(number, by=closing.staff.id, at=NOTICE + timedelta(days=1))
    assert closing.kinds().count("asked") == 3
    with pytest.raises(NotFound):
        chasing.ask_again(UUID(int=1), by=closing.staff.id, at=NOTICE)
    with pytest.raises(NotAllowed):
        chasing.ask_again(number, by=closing.officer.id, at=NOTICE)


def test_another_provider_sees_no_case_and_a_provider_writes_none(closing: Closing) -> None:
    chasing.chase_closures(at=NOTICE)
    other = build.provider()
    with tenancy.for_provider(other.id):
        assert not RecordSweep.objects.exists()
        assert not SweepStep.objects.exists()
    with tenancy.for_provider(closing.provider.id):
        assert RecordSweep.objects.update(state="opened") == 0
    with pytest.raises(DatabaseError), transaction.atomic(), tenancy.for_provider(closing.provider.id):
        SweepStep.objects.create(
            sweep_id=closing.sweep().id, provider_id=closing.provider.id, kind="noted", at=NOTICE, step_date=ENDS
        )


@pytest.mark.parametrize("planted", ["UPDATE regulation_sweepstep SET text = 'x'", "DELETE FROM regulation_sweepstep"])
def test_the_chase_log_refuses_change(closing: Closing, planted: str) -> None:
    chasing.chase_closures(at=NOTICE)
    with (
        pytest.raises(DatabaseError, match=r"permanent|denied"),
        transaction.atomic(),
        tenancy.for_register(),
        connection.cursor() as cursor,
    ):
        cursor.execute(planted)
