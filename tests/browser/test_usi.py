"""The pages about USIs in a browser: axe, light and dark, 1280 and 320 pixels, and the list opened with the keyboard alone."""

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Browser, expect

from testamur.accounts.roles import Role
from testamur.students import actions as students_actions
from testamur.students.usi import actions as usi_actions
from testamur.students.usi import fake
from tests import build
from tests import verifying as world
from tests.browser.reading import elsewhere, faults_of
from tests.browser.test_secretariat_work import window

pytestmark = pytest.mark.browser

NUMBERS = list(fake.PEOPLE)


def verified_world() -> dict[str, str]:
    """Make a provider with USIs in every state; return the sessions of its officer, a supervisor and a student."""
    lodging = world.lodging(NUMBERS, given_name="Grayce")
    usi_actions.verify_usis(at=timezone.now())
    student = world.student_of(lodging.provider.id, "Nguyen")
    account = build.student_account()
    person = students_actions.ensure_person(account.id, at=build.NOW)
    students_actions.link_student(person, student, reason="Exact match", by=build.OPERATOR, at=build.NOW)
    people = {"officer": lodging.officer, "supervisor": build.member(Role.SUPERVISOR), "student": account}
    sessions = {name: build.signed_in(one).cookies["sessionid"].value for name, one in people.items()}
    return sessions | {"provider": str(lodging.provider.id)}


def test_the_pages_about_usis_are_clean_and_a_number_is_opened_by_keyboard(
    live_site: str, browser: Browser, monkeypatch: pytest.MonkeyPatch, settings: object
) -> None:
    world.use(monkeypatch, settings, fake.FakeRegistry(unreadable=fake.UNREADABLE))
    made = elsewhere(verified_world)
    faults: list[str] = []

    page = window(browser, live_site, made["officer"]).new_page()
    page.goto(reverse("provider:identifiers"))
    expect(page.get_by_role("alert")).to_contain_text("made up")
    expect(page.get_by_role("button", name="Verify again all that need work (4)")).to_be_visible()
    faults += faults_of(page)

    page = window(browser, live_site, made["student"]).new_page()
    page.goto(reverse("student:identifiers"))
    page.get_by_role("button", name="Show the number").press("Enter")
    expect(page.get_by_text(NUMBERS[0])).to_be_visible()
    faults += faults_of(page)

    page = window(browser, live_site, made["supervisor"]).new_page()
    page.goto(reverse("secretariat:identifiers", args=[made["provider"]]))
    faults += faults_of(page)
    page.get_by_label("Case").fill("CMP-2026-014")
    page.get_by_label("Student number").press("Enter")
    page.get_by_role("link", name="S1001").press("Enter")
    page.get_by_label("Case").fill("CMP-2026-014")
    page.get_by_role("button", name="Show the number").press("Enter")
    expect(page.locator(".govuk-error-summary")).to_contain_text("Why you must see the number")
    faults += faults_of(page)
    page.get_by_label("Why you must see the number").fill("The student says that it is another person's.")
    page.get_by_role("button", name="Show the number").press("Enter")
    expect(page.get_by_text(NUMBERS[0])).to_be_visible()
    assert NUMBERS[0] not in page.url
    faults += faults_of(page)
    assert faults == []
