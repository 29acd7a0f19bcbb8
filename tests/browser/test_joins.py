"""Proposed joins in a browser: axe, light and dark, 1280 and 320 pixels; a pair is joined with the keyboard alone."""

import re
from pathlib import Path

import pytest
from django.urls import reverse
from playwright.sync_api import Browser, expect

from testamur.students.linkage import actions as linkage_actions
from tests import applying, build, joining
from tests.browser.reading import elsewhere, faults_of
from tests.browser.test_secretariat_work import window
from tests.joining import WHY

pytestmark = pytest.mark.browser


def joined_world(folder: Path) -> dict[str, str]:
    """Make two pairs that wait and a student who is asked; return sessions and the numbers of the proposals."""
    staff = applying.secretariat()
    exact = joining.pair(folder)
    third = joining.lodged(folder, build.provider(name="Example School of Music"), "U1", given="Gracie Anne")
    linkage_actions.propose_joins(at=build.NOW)
    student = joining.applicant_of(exact, staff)
    people = {"officer": staff.officer, "supervisor": staff.supervisor, "student": student}
    sessions = {name: build.signed_in(one).cookies["sessionid"].value for name, one in people.items()}
    return sessions | {"exact": exact.number, "inexact": joining.number_of(exact.one, third)}


def test_the_pages_of_joins_are_clean_and_a_pair_is_joined_by_keyboard(
    live_site: str, browser: Browser, tmp_path: Path
) -> None:
    made = elsewhere(lambda: joined_world(tmp_path))
    faults: list[str] = []

    page = window(browser, live_site, made["student"]).new_page()
    page.goto(reverse("student:joins"))
    expect(page.get_by_role("heading", name="Example College of Letters")).to_be_visible()
    faults += faults_of(page)
    page.get_by_role("button", name=re.compile("Yes, mine.*College of Letters")).press("Enter")
    expect(page.get_by_text("You said: mine")).to_be_visible()
    faults += faults_of(page)

    page = window(browser, live_site, made["officer"]).new_page()
    page.goto(reverse("secretariat:joins"))
    faults += faults_of(page)
    page.goto(reverse("secretariat:join", args=[made["inexact"]]))
    expect(page.get_by_role("button", name="Give it to a supervisor")).to_be_visible()
    faults += faults_of(page)

    page.goto(reverse("secretariat:join", args=[made["exact"]]))
    page.get_by_label("Reason").first.fill(WHY)
    page.get_by_role("button", name="Join the two").press("Enter")
    expect(page.get_by_text("The two are joined")).to_be_visible()

    page = window(browser, live_site, made["supervisor"]).new_page()
    page.goto(reverse("secretariat:join", args=[made["exact"]]))
    page.locator("summary", has_text="The join was wrong").press("Enter")
    expect(page.get_by_role("button", name="Undo the join")).to_be_visible()
    faults += faults_of(page)
    assert faults == []
