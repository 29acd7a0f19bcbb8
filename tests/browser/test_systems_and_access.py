"""Keys, webhooks and requests for access in a browser: made by people, axe clean, light and dark, 1280 and 320 pixels."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Browser, BrowserContext, Page, expect

from testamur.accounts import access
from testamur.accounts import actions as accounts_actions
from testamur.accounts import systems as accounts_systems
from testamur.accounts.roles import Role
from testamur.kernel import tenancy
from testamur.notices import telling
from testamur.notices.models import OutgoingMail
from tests import applying, build
from tests.browser.reading import elsewhere, faults_of
from tests.lodged import Lodging

pytestmark = pytest.mark.browser
ADDRESS = "robin.example@wattle.example.org"
KEY = re.compile(r"^testamur_[a-z0-9]{12}_[A-Za-z0-9_-]{43}$")


def world() -> dict[str, Any]:
    """Make a provider with an administrator and a told address, one without anybody, and the secretariat."""
    with transaction.atomic():
        lodging = Lodging(name="Wattle Training and Assessment Pty Ltd")
        with tenancy.for_provider(lodging.provider.id):
            hook = telling.add_webhook(
                lodging.provider.id,
                url="https://hooks.example.org/register/of/tertiary/achievement/told?by=the-register",
                by=lodging.administrator.id,
                at=timezone.now(),
            )
        lodging.opened()
        bare = build.provider(name="Banksia Institute of Applied Horticulture Pty Ltd")
        staff = applying.secretariat()
        for number, provider in enumerate((lodging.provider, bare)):
            asked(provider, f"person{number}.example@wattle.example.org", Role.PROVIDER_ADMINISTRATOR)
        (first,) = access.requests_waiting(timezone.now(), organisation_id=bare.organisation_id)
        accounts_actions.propose_access(first.id, by=staff.officer.id, at=timezone.now())
    return {
        "provider": lodging.provider,
        "bare": bare,
        "hook": hook.id,
        "administrator": build.signed_in(lodging.administrator).cookies["sessionid"].value,
        "supervisor": build.signed_in(staff.supervisor).cookies["sessionid"].value,
    }


def asked(provider: build.Provider, email: str, role: Role) -> None:
    """Ask for access and confirm it."""
    accounts_actions.request_access(
        name="Robin Example",
        email=email,
        organisation_id=provider.organisation_id,
        role=role,
        reason="I keep the results since July; Lee Sample, principal, knows of it.",
        link_for=lambda token: f"http://localhost:8000/access/request/{token}/",
        at=timezone.now(),
    )
    accounts_actions.confirm_request(
        link_to(email).split("/")[-2], queue_link="http://localhost:8000/provider/access/", at=timezone.now()
    )


def link_to(email: str) -> str:
    """Return the link of the latest request's mail to an address."""
    sent = OutgoingMail.objects.filter(template="access_request_confirm", address=email)
    return str(sent.latest("queued_at").context["link"])


def window(browser: Browser, address: str, session: str = "") -> BrowserContext:
    """Return a window, of somebody who has signed in where there is a session."""
    context = browser.new_context(base_url=address, viewport={"width": 1280, "height": 900})
    if session:
        context.add_cookies([{"name": "sessionid", "value": session, "url": address}])
    return context


def looked(page: Page, faults: list[str], path: str = "") -> None:
    """Collect what does not hold on a page."""
    if path:
        page.goto(path)
    page.wait_for_load_state("networkidle")
    faults += faults_of(page)


def test_an_administrator_makes_copies_and_revokes_a_key(live_site: str, browser: Browser) -> None:
    made = elsewhere(world)
    context = window(browser, live_site, made["administrator"])
    context.grant_permissions(["clipboard-read", "clipboard-write"], origin=live_site)
    page, faults = context.new_page(), list[str]()
    page.goto("/provider/")
    page.get_by_role("link", name="Systems", exact=True).click()
    looked(page, faults)
    page.get_by_role("button", name="Make a key").click()
    looked(page, faults)
    page.get_by_role("button", name="Make the key").click()
    expect(page.locator(".govuk-error-summary")).to_contain_text("Choose at least one thing")
    looked(page, faults)
    page.get_by_label("System", exact=True).fill("Student system")
    page.get_by_label("Open submissions, send files").check()
    page.get_by_role("button", name="Make the key").click()
    expect(page.locator("h1")).to_have_text("The key is made")
    looked(page, faults)
    page.get_by_role("button", name="Copy key").click()
    assert KEY.fullmatch(page.evaluate("navigator.clipboard.readText()"))
    page.get_by_role("link", name="Back to systems and keys").click()
    expect(page.locator("main")).to_contain_text("Not used yet")
    looked(page, faults)
    page.get_by_role("link", name="Revoke").click()
    looked(page, faults)
    page.get_by_role("button", name="Revoke it now").click()
    expect(page.locator("main")).to_contain_text("opens nothing any more")
    assert faults == []
    context.close()


def test_an_administrator_adds_an_address_and_reads_its_messages(live_site: str, browser: Browser) -> None:
    made = elsewhere(world)
    context = window(browser, live_site, made["administrator"])
    page, faults = context.new_page(), list[str]()
    page.goto(reverse("provider:systems"))
    page.get_by_role("link", name="Webhooks: have your system told").click()
    looked(page, faults)
    page.get_by_role("button", name="Add an address").click()
    looked(page, faults)
    page.get_by_label("Where to send messages").fill("https://hooks.example.org/second")
    page.get_by_role("button", name="Add it and show its secret once").click()
    expect(page.locator(".t-copy__value")).to_contain_text("whsec_")
    looked(page, faults)
    page.get_by_role("button", name="send a test message").click()
    expect(page.locator("main")).to_contain_text("webhook.test")
    looked(page, faults, reverse("provider:webhook", args=[made["hook"]]))
    page.get_by_role("link", name="submission.uploaded").click()
    looked(page, faults)
    looked(page, faults, reverse("provider:stop_webhook", args=[made["hook"]]))
    assert faults == []
    context.close()


def test_somebody_asks_for_access_and_confirms_from_the_mailbox(live_site: str, browser: Browser) -> None:
    elsewhere(world)
    faults: list[str] = []
    person = window(browser, live_site)
    page = person.new_page()
    page.goto("/account/sign-in/")
    page.get_by_role("link", name="ask for access").click()
    looked(page, faults)
    page.get_by_role("searchbox", name="Your provider").fill("wattle training")
    page.get_by_role("button", name="Search").click()
    looked(page, faults)
    page.get_by_role("link", name="Wattle Training").click()
    looked(page, faults)
    page.get_by_label("Your full name").fill("Robin Example")
    page.get_by_label("Your own work e-mail address").fill("info@wattle.example.org")
    page.get_by_label("Provider data officer").check()
    page.get_by_label("Why you").fill("I send the results; Lee Sample, principal, knows of it.")
    page.get_by_role("button", name="Send me the link").click()
    expect(page.locator(".govuk-error-summary")).to_contain_text("one named person")
    looked(page, faults)
    page.get_by_label("Your own work e-mail address").fill(ADDRESS)
    page.get_by_role("button", name="Send me the link").click()
    looked(page, faults)
    link = elsewhere(lambda: link_to(ADDRESS))
    page.goto(link.partition("localhost:8000")[2])
    looked(page, faults)
    page.get_by_role("button", name="Confirm").click()
    expect(page.locator("main")).to_contain_text("Your address is confirmed")
    looked(page, faults)
    assert faults == []
    person.close()


def test_an_administrator_decides_on_a_request_for_access(live_site: str, browser: Browser) -> None:
    made = elsewhere(world)
    faults: list[str] = []
    desk = window(browser, live_site, made["administrator"])
    decider = desk.new_page()
    decider.goto("/provider/")
    decider.get_by_role("link", name="Decide on 1 request for access").click()
    looked(decider, faults)
    decider.get_by_role("row", name=re.compile("person0.example")).get_by_role("link").click()
    looked(decider, faults)
    decider.get_by_role("button", name="Decline").click()
    expect(decider.locator(".govuk-error-summary")).to_contain_text("is required")
    decider.get_by_role("button", name="Approve and send the invitation").click()
    expect(decider.locator("main")).to_contain_text("The invitation is on its way")
    person = window(browser, live_site)
    page = person.new_page()
    page.goto(elsewhere(lambda: link_to("person0.example@wattle.example.org")).partition("localhost:8000")[2])
    expect(page.locator("main")).to_contain_text("We sent you an invitation")
    looked(page, faults)
    assert faults == []
    person.close()
    desk.close()


def test_the_secretariats_pages_of_access_and_keys_are_clean(live_site: str, browser: Browser) -> None:
    made = elsewhere(world)

    def key() -> None:
        for one in accounts_systems.Scope:
            administrator = build.member(Role.PROVIDER_ADMINISTRATOR, made["provider"].organisation_id)
            accounts_actions.make_key(
                made["provider"].organisation_id,
                system_name=f"System for {one.value}",
                scopes=[one],
                expires_at=timezone.now() + timedelta(days=20),
                by=administrator.id,
                at=timezone.now(),
            )

    elsewhere(key)
    context = window(browser, live_site, made["supervisor"])
    page, faults = context.new_page(), list[str]()
    page.goto("/secretariat/")
    page.get_by_role("link", name="Requests for access").click()
    looked(page, faults)
    page.get_by_role("row", name=re.compile("Banksia")).get_by_role("link").click()
    expect(page.locator("main")).to_contain_text("Proposed by")
    looked(page, faults)
    looked(page, faults, reverse("secretariat:systems", args=[made["provider"].id]))
    page.get_by_role("link", name="Revoke").first.click()
    looked(page, faults)
    page.get_by_label("Reason").fill("The key stood in a public archive.")
    page.get_by_role("button", name="Revoke it now").click()
    expect(page.locator("main")).to_contain_text("The key stood in a public archive.")
    assert faults == []
    context.close()
