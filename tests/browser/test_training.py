"""Training products in the browser: found as one types, drawn and clean at every width and colour; copies of the register."""

import re

import pytest
from playwright.sync_api import expect

from testamur.service.world import people
from tests.browser.reading import Readers

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_a_product_is_found_as_one_types_and_its_page_is_clean(readers: Readers) -> None:
    page = readers.window()
    page.goto("/products/")
    page.get_by_role("searchbox", name="Training product").press_sequentially("studio cer")
    row = page.get_by_role("link", name="ZZE30119")
    expect(row).to_be_visible()
    readers.look(page)
    row.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Superseded")
    readers.look(page)
    assert readers.faults == []


def test_scope_and_calendar_of_a_provider_are_clean_and_the_calendar_has_an_address(readers: Readers) -> None:
    page = readers.window(people.RTO_OFFICER)
    page.goto("/provider/products/")
    expect(page.get_by_role("link", name="ZZA30118")).to_be_visible()
    readers.look(page)
    page.get_by_role("button", name="Transition calendar").click()
    page.get_by_role("button", name="Make an address").click()
    address = page.locator("code", has_text=".ics")
    expect(address).to_be_visible()
    readers.look(page)
    fetched = page.request.get(re.sub(r"^https?://[^/]+", readers.site.address, address.inner_text()))
    assert fetched.text().startswith("BEGIN:VCALENDAR")
    page.get_by_role("button", name="Revoke").click()
    expect(address).to_have_count(0)
    assert readers.faults == []


def test_the_secretariats_pages_of_the_national_register_are_clean(readers: Readers) -> None:
    page = readers.window(people.SUPERVISOR)
    for address in ("/secretariat/national-register/", "/secretariat/national-register/watch/"):
        page.goto(address)
        readers.look(page)
    page.goto("/secretariat/national-register/send/")
    page.get_by_role("button", name="Send and check").click()
    expect(page.get_by_text("Choose a zip.").first).to_be_visible()
    readers.look(page)
    page.goto("/secretariat/national-register/")
    page.locator("a[href*='/copies/']").first.click()
    readers.look(page)
    assert readers.faults == []
