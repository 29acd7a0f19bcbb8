"""The pages of a closure: the secretariat's case and what is done in it, the provider's side, the map, the answer that cites it."""

from datetime import date, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from testamur.accounts.roles import Role
from testamur.kernel import tenancy
from testamur.register import actions as register_actions
from testamur.regulation.actions import chasing
from testamur.regulation.queries import sweeps
from testamur.submissions.queries import due
from testamur.submissions.years import Standing
from testamur.web.closure_parts import wanted_table
from tests import applying, build, providing, recording
from tests.closing import DUE, NOTICE, Closing

pytestmark = pytest.mark.django_db


@pytest.fixture
def closing() -> Closing:
    made = Closing()
    chasing.chase_closures(at=NOTICE)
    return made


def page_of(browser: Client, closing: Closing) -> str:
    return browser.get(reverse("secretariat:closure", args=[closing.sweep().id])).content.decode()


def post(browser: Client, closing: Closing, verb: str, **typed: str) -> str:
    """Do one thing in the case and return the page that follows."""
    address = reverse("secretariat:closure_act", args=[closing.sweep().id, verb])
    return browser.post(address, typed, follow=True).content.decode()


def test_an_officer_works_the_case(closing: Closing) -> None:
    browser = build.signed_in(closing.staff)
    first = page_of(browser, closing)
    for said in ("July to December 2025", "January to June 2026", "30 April 2026", "Records asked for", "2 people"):
        assert said in first
    assert "It is in the chase log" in post(
        browser, closing, "contact", kind="called", day_0="1", day_1="2", day_2="2026", text="They send it on Friday."
    )
    assert "They send it on Friday." in page_of(browser, closing)
    assert "give the day" in post(browser, closing, "contact", kind="called", text="no day")
    assert "asked again" in post(browser, closing, "ask")
    assert "has not ended" in post(browser, closing, "complete")
    assert browser.post(reverse("secretariat:closure_act", args=[closing.sweep().id, "burn"])).status_code == 404


def test_a_supervisor_closes_and_reopens_what_is_overdue(closing: Closing) -> None:
    closing.ended()
    browser = build.signed_in(closing.supervisor)
    assert "Overdue" in page_of(browser, closing)
    (line,) = wanted_table(closing.sweep()).rows  # what was never received stands once, however many periods it is
    assert (line[0], line[1]) == ("July 2025 to June 2026", "2")
    assert "Close as incomplete" not in page_of(build.signed_in(closing.staff), closing)
    assert "Write down why" in post(browser, closing, "close", reason=" ")
    assert "closed as incomplete" in post(browser, closing, "close", reason="Records burnt.")
    assert "Records burnt." in page_of(browser, closing)
    assert "open again" in post(browser, closing, "reopen", reason="A backup was found.")
    assert "A backup was found." in page_of(browser, closing)


def test_an_auditor_reads_the_case_and_changes_nothing(closing: Closing) -> None:
    browser = build.signed_in(build.member(Role.AUDITOR))
    shown = page_of(browser, closing)
    assert "Chase log" in shown
    assert '<form method="post" action="/secretariat' not in shown
    address = reverse("secretariat:closure_act", args=[closing.sweep().id, "ask"])
    assert browser.post(address).status_code == 403


def test_work_counts_the_overdue_and_leads_to_the_case(closing: Closing) -> None:
    closing.ended()
    shown = build.signed_in(closing.staff).get(reverse("secretariat:home")).content.decode()
    assert reverse("secretariat:closure", args=[closing.sweep().id]) in shown
    assert "Closure records overdue" in shown
    (one,) = sweeps.sweeps_open(at=timezone.now())
    assert one.overdue_days == (timezone.localdate() - DUE.date()).days
    provider = build.signed_in(closing.staff).get(reverse("secretariat:provider", args=[closing.provider.id]))
    assert "Closure case" in provider.content.decode()


def test_the_provider_sees_what_is_asked_and_no_note_of_an_officer(closing: Closing) -> None:
    chasing.note_contact(
        closing.sweep().id, kind="noted", text="They seem short of staff.", contact_date=date(2026, 2, 1),
        by=closing.staff.id, at=NOTICE + timedelta(hours=1),
    )  # fmt: skip
    browser = build.signed_in(closing.officer)
    home = browser.get(reverse("provider:home")).content.decode()
    assert "due by 30 April 2026" in home
    assert reverse("provider:closure") in home
    shown = browser.get(reverse("provider:closure")).content.decode()
    assert "July to December 2025" in shown
    assert "Records asked for" in shown
    assert "short of staff" not in shown
    other = build.signed_in(build.member(Role.PROVIDER_DATA_OFFICER, build.provider().organisation_id))
    assert "No closure case is open" in other.get(reverse("provider:closure")).content.decode()


def test_a_closed_provider_finds_every_period_that_is_asked_for_and_files_nil_returns_there(closing: Closing) -> None:
    closing.ended()
    browser = build.signed_in(closing.officer)
    sweep = closing.sweep()
    listed = browser.get(reverse("provider:returns")).content.decode()
    for window in sweep.coverage.windows:
        assert window.label in listed
        assert reverse("provider:nil", args=[sweep.registration.id, window.since.isoformat()]) in listed
    assert "Overdue" in listed
    assert "not asked for while you operate" not in listed
    told = due.periods_of(closing.provider.id, at=timezone.now())
    assert {one.closure_due for one in told if one.standing is Standing.NOT_ASKED} == {sweep.registration.asked_by}


def test_an_answer_without_a_record_cites_the_map(tmp_path) -> None:
    provider = build.provider(name="Planted College Pty Ltd", closed=True)
    made = recording.bundle(tmp_path, provider.id, records=[recording.student("S1")], results=[recording.course("S1")])
    years = (date(2015, 1, 1), date(2017, 1, 1))
    register_actions.record_submission(made, by=recording.DECLARER, at=recording.AT, on=recording.ON, period=years)
    person = applying.applicant()
    number = applying.applied(person, provider, attended_from=2019, attended_until=2019)
    shown = build.signed_in(person).get(reverse("student:request", args=[number])).content.decode()
    for said in (
        "NOT_HELD", "Planted College Pty Ltd lodged records of 2015 to 2016 only.",
        "Nothing was ever received for 2019.", "nothing about whether you studied there",
    ):  # fmt: skip
        assert said in shown
    officer = build.signed_in(build.member(Role.SECRETARIAT_OFFICER))
    case = officer.get(reverse("secretariat:request", args=[number])).content.decode()
    assert "Nothing was ever received for 2019." in case
    assert "NOT_HELD" in case


def test_an_operating_providers_map_stands_on_its_page_of_periods() -> None:
    made = providing.operating(sector="vet", since=date(2025, 7, 1))
    browser = build.signed_in(build.member(Role.PROVIDER_DATA_OFFICER, made.organisation_id))
    shown = browser.get(reverse("provider:returns")).content.decode()
    assert "What is held, and what was never received" in shown
    with tenancy.for_register():
        assert not sweeps.sweeps_of(made.id, at=timezone.now())
