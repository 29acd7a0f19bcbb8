"""The secretariat's work and the decision on a submission in a browser: axe, light and dark, 1280 and 320 pixels."""

from pathlib import Path
from uuid import UUID

import pytest
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Browser, BrowserContext, expect

from testamur.extracts import actions as extracts_actions
from testamur.kernel import tenancy
from testamur.submissions import queries as submissions_queries
from tests import applying, build, lodged, providing, recording
from tests.browser.reading import elsewhere, faults_of
from tests.lodged import Lodging, csv_of, student, unit

pytestmark = pytest.mark.browser


def waiting_world(folder: Path) -> tuple[str, UUID]:
    """Make work of every kind; return a supervisor's session and a submission to decide on."""
    with transaction.atomic():
        staff = applying.secretariat()
        for _ in range(3):
            person = applying.applicant(at=timezone.now())
            extracts_actions.name_identity_document("passport", by=person.id, at=timezone.now())
            extracts_actions.upload_scan(applying.PNG, by=person.id, at=timezone.now())
        extracts_actions.open_assisted_case("none", by=applying.applicant().id, at=build.NOW)
        other = [recording.student("S1", given_name="Hope")]
        applying.applied(applying.identified(staff), applying.closed_provider(folder, records=other))
        applying.applied(applying.identified(staff), applying.closed_provider(folder))
        extracts_actions.report_third_party_use(by=applying.applicant().id, at=build.NOW)
        providing.closed("Murrundi Institute of Applied Horticulture and Rural Studies")
        lodging = Lodging(sector="vet", name="Wattle Training and Assessment Pty Ltd")
    marks = [unit(one, "ITC102", mark="105" if one % 3 else "60") for one in range(1, 13)]
    people = [student(one) for one in range(1, 13)]
    files = {lodged.RECORDS: csv_of("studentrecords", people), lodged.RESULTS: csv_of("studentresults", marks)}
    numbers = [lodging.opened(files) for _ in range(2)]
    for number in numbers:
        lodging.checked(number)
        lodging.declared(number)
    return build.signed_in(staff.supervisor).cookies["sessionid"].value, numbers[0]


def window(browser: Browser, address: str, session: str) -> BrowserContext:
    """Return a window of somebody who has signed in."""
    context = browser.new_context(base_url=address, viewport={"width": 1280, "height": 900})
    context.add_cookies([{"name": "sessionid", "value": session, "url": address}])
    return context


def state_of(number: UUID) -> str:
    with tenancy.for_register():
        return submissions_queries.submission(number).state


def test_the_pages_of_work_and_decisions_are_clean(live_site: str, browser: Browser, tmp_path: Path) -> None:
    session, number = elsewhere(lambda: waiting_world(tmp_path))
    context = window(browser, live_site, session)
    page = context.new_page()
    faults: list[str] = []
    for path in ("/secretariat/", "/secretariat/submissions/", f"/secretariat/submissions/{number}/"):
        page.goto(path)
        page.wait_for_load_state("networkidle")
        page.evaluate("document.querySelectorAll('main details').forEach(one => { one.open = true })")
        faults += faults_of(page)
    page.get_by_role("button", name="Send it back").click()
    expect(page.locator(".govuk-error-summary")).to_contain_text("Say why the submission goes back")
    faults += faults_of(page)
    assert faults == []
    context.close()


def test_a_submission_is_accepted_from_the_start_page_on(live_site: str, browser: Browser, tmp_path: Path) -> None:
    session, number = elsewhere(lambda: waiting_world(tmp_path))
    context = window(browser, live_site, session)
    page = context.new_page()
    page.goto("/secretariat/")
    page.get_by_role("link", name="Submissions to decide on").click()
    page.locator(f"a[href='{reverse('secretariat:submission', args=[number])}']").click()
    page.get_by_label("I have read what will be sealed").check()
    page.get_by_role("button", name="Accept and seal").click()
    expect(page.locator("main")).to_contain_text("Accepted. The register seals it now")
    assert elsewhere(lambda: state_of(number)) == "accepted"
    context.close()
