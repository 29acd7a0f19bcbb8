"""The queue of doubtful records in a browser: axe, light and dark, 1280 and 320 pixels, worked with the keyboard alone."""

import pytest
from django.urls import reverse
from playwright.sync_api import Browser, expect

from testamur.accounts.roles import Role
from tests import build
from tests.browser.reading import elsewhere, faults_of
from tests.browser.test_secretariat_work import window
from tests.web.test_doubts import doubtful

pytestmark = pytest.mark.browser


def doubtful_world() -> dict[str, str]:
    """Make one doubtful record; return its number and the sessions of an officer and of the provider."""
    lodging, card = doubtful()
    people = {"officer": build.member(Role.SECRETARIAT_OFFICER), "provider": lodging.officer}
    sessions = {name: build.signed_in(one).cookies["sessionid"].value for name, one in people.items()}
    return sessions | {"doubt": str(card.id)}


def test_a_doubtful_record_is_asked_about_answered_and_decided_by_keyboard(live_site: str, browser: Browser) -> None:
    made = elsewhere(doubtful_world)
    faults: list[str] = []

    officer = window(browser, live_site, made["officer"]).new_page()
    officer.goto(reverse("secretariat:doubts"))
    faults += faults_of(officer)
    officer.get_by_role("link", name="The same certificate number").first.press("Enter")
    faults += faults_of(officer)
    officer.get_by_role("button", name="Open the student").press("Enter")
    expect(officer.get_by_text("Lee Okafor")).to_be_visible()
    faults += faults_of(officer)
    officer.get_by_label("Question to the provider").fill("Which student bears it?")
    officer.get_by_role("button", name="Ask").press("Enter")

    provider = window(browser, live_site, made["provider"]).new_page()
    provider.goto(reverse("provider:questions"))
    faults += faults_of(provider)
    provider.get_by_role("link", name="The same certificate number").press("Enter")
    faults += faults_of(provider)
    provider.get_by_label("Your answer").fill("Both, by a fault of the printer.")
    provider.get_by_role("button", name="Answer").press("Enter")
    expect(provider.get_by_role("heading", name="Questions of the regulator")).to_be_visible()

    officer.goto(reverse("secretariat:doubt", args=[made["doubt"]]))
    officer.get_by_label("Explained").check()
    officer.get_by_role("button", name="Decide").press("Enter")
    expect(officer.locator(".govuk-error-summary")).to_contain_text("Say why")
    faults += faults_of(officer)
    officer.get_by_label("Explained").check()
    officer.get_by_label("Reason").fill("A fault of the printer.")
    officer.get_by_role("button", name="Decide").press("Enter")
    expect(officer.get_by_text("No record waits.")).to_be_visible()
    faults += faults_of(officer)
    assert faults == []
