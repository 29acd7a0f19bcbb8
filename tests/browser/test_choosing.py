"""The state's form and the collection year of NAT files in the browser, without scripts: asked for once their format is chosen.

Each page is looked at by axe, in light and dark, at 1280 and 320 pixels.
"""

import re
from pathlib import Path
from uuid import UUID

import pytest
from playwright.sync_api import Browser, Page, expect

from testamur.submissions import actions as submissions_actions
from tests import build
from tests.browser.reading import elsewhere, faults_of
from tests.browser.test_secretariat_work import window
from tests.lodged import Lodging
from tests.rules import nat_samples

pytestmark = [pytest.mark.browser, pytest.mark.slow]
DETAILS = "details.govuk-details:has([name=form_state])"


def session() -> str:
    """Return the session of a training organisation's officer."""
    return build.signed_in(Lodging(sector="vet").officer).cookies["sessionid"].value


@pytest.fixture(params=[False, True], ids=["without scripts", "with scripts"])
def page(live_site: str, browser: Browser, request: pytest.FixtureRequest) -> Page:
    """Have a window of the officer's."""
    state = window(browser, live_site, elsewhere(session)).storage_state()
    return browser.new_context(base_url=live_site, java_script_enabled=request.param, storage_state=state).new_page()


def test_both_are_asked_for_once_the_format_of_nat_files_is_chosen(page: Page) -> None:
    page.goto("/provider/submissions/new/")
    expect(page.locator(DETAILS)).to_be_hidden()
    page.locator("[name=format][value=avetmiss8]").check()
    expect(page.locator(DETAILS)).to_be_visible()
    expect(page.locator("[name=form_state]")).to_be_hidden()
    page.locator(f"{DETAILS} summary").click()
    page.locator("[name=form_state]").select_option("VIC")
    page.locator("[name=format][value=cqr2]").check()
    expect(page.locator(DETAILS)).to_be_hidden()
    page.locator("[name=uploads]").set_input_files(
        {"name": "c.txt", "mimeType": "text/plain", "buffer": b"[VERSION200]\r\n"}
    )
    page.get_by_role("button", name="Upload and check").click()
    expect(page.locator(".govuk-error-summary")).to_contain_text("have no state’s form and no collection year")
    expect(page.locator("[name=form_state]")).to_be_visible()
    page.context.close()


def test_a_set_is_read_in_another_form_from_the_submissions_page(
    live_site: str, browser: Browser, tmp_path: Path
) -> None:
    state = window(browser, live_site, elsewhere(session)).storage_state()
    page = browser.new_context(base_url=live_site, storage_state=state).new_page()
    files = sorted(nat_samples.vic_in_disguise(tmp_path).iterdir())
    page.goto("/provider/submissions/new/")
    page.locator("[name=format][value=avetmiss8]").check()
    page.locator(f"{DETAILS} summary").click()
    faults = faults_of(page)
    page.locator("[name=collection_year]").fill("2023")
    page.locator("[name=uploads]").set_input_files(files)
    page.get_by_role("button", name="Upload and check").click()
    page.wait_for_url(re.compile("/submissions/[0-9a-f-]{36}/$"))
    number = UUID(page.url.rstrip("/").rsplit("/", 1)[1])
    elsewhere(lambda: submissions_actions.check_submission(number, at=build.NOW))
    page.reload()
    expect(page.locator("main")).to_contain_text("the files tell 2024")
    faults += faults_of(page)
    page.get_by_role("link", name="Change State’s form").click()
    faults += faults_of(page)
    page.locator("[name=form_state]").select_option("VIC")
    page.locator("[name=collection_year]").fill("")
    page.get_by_role("button", name="Choose and check again").click()
    elsewhere(lambda: submissions_actions.check_submission(number, at=build.NOW))
    page.reload()
    expect(page.locator("main")).to_contain_text("the form of VIC, chosen by")
    expect(page.locator("main")).to_contain_text("the files look like the national form")
    page.context.close()
    assert faults == []
