"""A certificate entered by hand with the keyboard alone: codes offered and taken, an error told and put right, checked in the end.

Every page on the way is looked at: axe clean in light and dark, no sideways scroll at 1280 and 320 pixels, a silent console.
"""

from collections.abc import Iterator
from uuid import UUID

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from testamur.accounts.roles import Role
from testamur.kernel import tenancy
from testamur.submissions import actions as submissions_actions
from testamur.submissions import queries as submissions_queries
from tests import build
from tests.browser.reading import LEVELS, axe_findings, elsewhere, faults_of
from tests.browser.test_secretariat_work import window
from tests.lodged import Lodging
from tests.typed import CLEAN, UNITS, as_file

pytestmark = [pytest.mark.browser, pytest.mark.slow]
_MOST_STOPS = 80
OFFERED = ".t-codes:not([hidden]) [role=option]"


def sealed_before() -> str:
    """Return the session of an officer whose provider lodged a certificate before."""
    lodging = Lodging(sector="vet")
    content = as_file({**CLEAN, "student_id": "S9", "number": "P-9000", "completion_date": "01/02/2019"}, UNITS)
    number = lodging.opened({"certificates.csv": content}, format="certificates")
    lodging.checked(number)
    lodging.declared(number)
    with tenancy.for_register():
        submissions_actions.accept_submission(number, by=build.member(Role.SUPERVISOR).id, at=build.NOW)
    submissions_actions.seal_submission(number, at=build.NOW)
    return build.signed_in(lodging.officer).cookies["sessionid"].value


@pytest.fixture
def page(live_site: str, browser: Browser) -> Iterator[Page]:
    """Have a window of the officer's, whose console must stay silent."""
    context = window(browser, live_site, elsewhere(sealed_before))
    page = context.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if "422" not in message.text else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    yield page
    context.close()
    assert said == []


def reach(page: Page, target: Locator) -> None:
    """Press Tab until something has the focus."""
    for _ in range(_MOST_STOPS):
        if target.evaluate("element => element === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"The keyboard does not reach {target}")


def enter(page: Page, name: str, text: str) -> None:
    """Reach a box by its name and type into it."""
    reach(page, page.locator(f"[name={name}]"))
    page.keyboard.type(text)


def button(page: Page, words: str) -> Locator:
    """Return a button that people see by the beginning of its words."""
    return page.locator("main button:not(.t-first)", has_text=words).first


def take_program(page: Page) -> list[str]:
    """Type the beginning of a program's code and take what is offered; return what axe says of the open list."""
    box, offered = page.locator("[name=program_code]"), page.locator(OFFERED)
    enter(page, "program_code", "bsb")
    expect(offered).to_have_count(1)
    expect(box).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("ArrowDown")
    expect(offered.first).to_have_attribute("aria-selected", "true")
    assert box.get_attribute("aria-activedescendant") == offered.first.get_attribute("id")
    faults = axe_findings(page, LEVELS)
    page.keyboard.press("Enter")
    expect(box).to_have_value("BSB40215")
    expect(page.locator("[name=program_title]")).to_have_value("Certificate IV in Business")
    expect(box).to_have_attribute("aria-expanded", "false")
    return faults


def take_units(page: Page) -> None:
    """Close the list of units and open it again, take the last one, and type a second unit after asking for its boxes."""
    offered = page.locator(OFFERED)
    enter(page, "unit0_unit_code", "BSB")
    expect(offered).to_have_count(2)
    page.keyboard.press("Escape")
    expect(offered).to_have_count(0)
    page.keyboard.press("ArrowDown")
    expect(offered).to_have_count(2)
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    expect(page.locator("[name=unit0_unit_code]")).to_have_value("BSBWRT401")
    expect(page.locator("[name=unit0_unit_title]")).to_have_value("Write complex documents")
    reach(page, button(page, "Add another unit"))
    page.keyboard.press("Enter")
    expect(page.locator("[name=unit1_unit_code]")).to_be_focused()
    page.keyboard.type("BSBCUS401")
    enter(page, "unit1_unit_title", "Coordinate customer service")


def put_right(page: Page) -> list[str]:
    """Save without a surname, follow the one error to its box, and fill it in; return what does not hold on the page."""
    page.keyboard.press("Enter")  # in a box: the form is saved, no unit is taken out
    expect(page.locator(".govuk-error-summary")).to_be_focused()
    summary = page.locator(".govuk-error-summary a")
    expect(summary).to_have_count(1)
    expect(summary).to_contain_text("C05 Surname")
    faults = faults_of(page)
    reach(page, summary)
    page.keyboard.press("Enter")
    expect(page.locator("[name=surname]")).to_be_focused()
    page.keyboard.type("Nguyen")
    return faults


def finish(page: Page) -> tuple[int, int]:
    """Ask for the check of the whole submission; return how many rows were read and how many errors found."""
    reach(page, button(page, "Finish and check"))
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_contain_text("Waiting for the worker")
    number = UUID(page.url.split("/")[5])
    return elsewhere(lambda: found_after_check(number))


def test_a_certificate_is_entered_with_the_keyboard_alone(page: Page) -> None:
    page.goto("/provider/submissions/by-hand/")
    faults = faults_of(page)
    reach(page, button(page, "Begin a new submission"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Enter a certificate")).to_be_visible()
    faults += faults_of(page)
    for name in ("student_id", "given_name", "birth_date"):
        enter(page, name, CLEAN[name])
    reach(page, page.locator("[name=gender]"))
    page.keyboard.type("F")
    reach(page, page.locator("[name=certificate_type]").first)
    page.keyboard.press("Space")
    faults += take_program(page)
    enter(page, "number", CLEAN["number"])
    enter(page, "issue_date", CLEAN["issue_date"])
    take_units(page)
    faults += put_right(page)
    reach(page, button(page, "Save, and enter another one like it"))
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_contain_text("Saved. The check found no error.")
    expect(page.locator("[name=program_code]")).to_have_value("BSB40215")
    expect(page.locator("[name=surname]")).to_have_value("")
    assert "Nguyen" not in page.url
    reach(page, page.get_by_role("link", name="Leave without saving"))
    page.keyboard.press("Enter")
    expect(page.locator("main table")).to_contain_text("P-0001")
    faults += faults_of(page)
    reach(page, page.get_by_role("link", name="P-0001"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Change a certificate")).to_be_visible()
    faults += faults_of(page)
    page.go_back()
    assert finish(page) == (2, 0)
    assert faults == []


def found_after_check(number: UUID) -> tuple[int, int]:
    """Do the worker's part; return how many rows were read and how many errors found."""
    submissions_actions.check_submission(number, at=build.NOW)
    with tenancy.for_register():
        tally = submissions_queries.submission(number).tally
    return tally.rows, tally.error


def test_without_scripts_the_same_form_works(live_site: str, browser: Browser) -> None:
    state = window(browser, live_site, elsewhere(sealed_before)).storage_state()
    context = browser.new_context(base_url=live_site, java_script_enabled=False, storage_state=state)
    page = context.new_page()
    page.goto("/provider/submissions/by-hand/")
    button(page, "Begin a new submission").click()
    for name, text in CLEAN.items():
        if name not in ("gender", "certificate_type"):
            page.locator(f"[name={name}]").fill(text)
    page.locator("[name=gender]").select_option("F")
    page.locator("[name=certificate_type]").first.check()
    assert page.locator("datalist#courses option").get_attribute("value") == "BSB40215"
    assert page.locator("[name=program_code]").get_attribute("list") == "courses"
    for name, text in UNITS[0].items():
        box = page.locator(f"[name=unit0_{name}]")
        box.select_option(text) if name == "unit_outcome" else box.fill(text)
    button(page, "Add another unit").click()
    button(page, "Take out unit 2").click()
    page.locator("[name=number]").press("Enter")
    expect(page.locator("main")).to_contain_text("Saved. The check found no error.")
    expect(page.locator("main table")).to_contain_text("P-0001")
    context.close()
