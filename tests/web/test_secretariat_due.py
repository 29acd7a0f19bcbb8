"""The secretariat sees what is overdue, what comes due, and who was reminded; the Work page counts the overdue."""

from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from testamur.accounts.roles import Role
from testamur.submissions.actions import reminding
from testamur.submissions.queries import due
from testamur.web.secretariat.due import overdue_kind
from tests import build

pytestmark = pytest.mark.django_db

AUGUST = datetime(2026, 8, 3, 2, 0, tzinfo=UTC)


def test_overdue_periods_stand_in_the_queue_with_their_reminders() -> None:
    provider = build.provider(sector="vet", name="Planted College Pty Ltd")
    build.member(Role.PROVIDER_DATA_OFFICER, provider.organisation_id)
    assert reminding.remind_returns(at=AUGUST) == 1
    (found,) = due.periods_wanted(at=AUGUST)
    (sent,) = due.reminders_sent()[due.place_of(found)]
    assert (sent.offset, sent.on, sent.people) == (1, AUGUST.date(), 1)

    browser = build.signed_in(build.member(Role.SECRETARIAT_OFFICER))
    page = browser.get(reverse("secretariat:due")).content.decode()
    assert page.count("Planted College Pty Ltd") == len(due.periods_wanted(at=timezone.now()))
    assert "3 August 2026" in page
    assert "1 person" in page
    assert reverse("secretariat:due") in browser.get(reverse("secretariat:home")).content.decode()


def test_a_period_waits_from_its_due_day_on() -> None:
    build.provider(sector="vet")
    found = overdue_kind(AUGUST)
    assert (found.count, found.longest) == (1, timedelta(days=3))
    assert overdue_kind(build.NOW).count == 0
