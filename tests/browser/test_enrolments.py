"""Pages about students in training in a browser: clean at both widths and in both colours, and a class typed by keyboard."""

import pytest
from django.urls import reverse
from playwright.sync_api import Browser, expect

from testamur.enrolments import actions
from testamur.enrolments.said import ExitSaid, FeeSaid
from testamur.kernel import tenancy
from tests import build, enrolling
from tests.browser.reading import elsewhere, faults_of
from tests.browser.test_secretariat_work import window
from tests.enrolling import AT, PRODUCT, TODAY, outcome

pytestmark = pytest.mark.browser


def world() -> dict[str, str]:
    """Make a class of three; return the officer's session and the enrolment with most in it."""
    school = enrolling.school()
    rich = enrolling.enrolled(school, "S-1")
    enrolling.enrolled(school, "S-2")
    gone = enrolling.enrolled(school, "S-3")
    said = {"by": school.officer.id, "at": AT}
    enrolling.recorded(school, rich, outcome(method="rpl", delivered_in="zh"), outcome("BSBPEF301", "in-progress"))
    with tenancy.for_provider(school.id):
        actions.record_fee(rich, FeeSaid("agreed", 1250_00, TODAY, "A-1"), **said)  # type: ignore[arg-type]
        paper = actions.Arriving(b"%PDF-1.7", "assessment", "Written assessment", "BSBPEF301")
        actions.add_evidence(rich, paper, **said)  # type: ignore[arg-type]
        actions.record_exit(gone, ExitSaid(TODAY, "withdrew"), **said)  # type: ignore[arg-type]
    session = build.signed_in(school.officer).cookies["sessionid"].value
    return {"officer": session, "enrolment": str(rich)}


def test_the_pages_of_enrolments_are_clean_and_a_class_is_typed_by_keyboard(live_site: str, browser: Browser) -> None:
    made = elsewhere(world)
    page = window(browser, live_site, made["officer"]).new_page()
    faults: list[str] = []
    one = made["enrolment"]
    for name, args in (
        ("enrolments", []), ("enrol", []), ("load_enrolments", []), ("enrolment", [one]), ("enrolment_history", [one]),
        ("enrolment_outcomes", [one]), ("change_enrolment", [one, "evidence"]), ("enrolment_unit", [one, "BSBCRT311"]),
    ):  # fmt: skip
        page.goto(reverse(f"provider:{name}", args=args))
        faults += [f"{name}: {fault}" for fault in faults_of(page)]

    page.goto(f"{reverse('provider:class_grid')}?product={PRODUCT}&unit=BSBPEF301&title=Organise")
    faults += faults_of(page)
    page.get_by_label("Assessor of all").focus()
    page.keyboard.type("Lee Osei")
    page.keyboard.press("Tab")
    page.keyboard.type("1/6/2026")
    page.keyboard.press("Tab")  # the reason
    page.keyboard.press("Tab")  # the region that scrolls
    for _ in range(2):
        page.keyboard.press("Tab")
        page.keyboard.type("C")
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Outcomes recorded: 1 new, 1 changed.")).to_be_visible()
    assert faults == []
