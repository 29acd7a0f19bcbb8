"""A passkey in a real browser with a virtual authenticator: added, used to sign in, removed; refused where it must be."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

import pytest
from playwright.sync_api import CDPSession, Page, expect

from testamur.service.world import people
from testamur.service.world.people import PASSWORD
from tests.browser.reading import Readers, newest_mail
from tests.browser.test_journey import heading, press

pytestmark = [pytest.mark.browser, pytest.mark.slow]

_OPTIONS: dict[str, Any] = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


_SEND = """reply => { const form = document.querySelector('form[data-passkey]');
  form.querySelector('[name=credential]').value = reply; form.submit(); }"""


@dataclass
class VirtualKey:
    """The browser's own software authenticator, driven over its debugging protocol."""

    session: CDPSession
    id: str

    def credentials(self) -> list[Any]:
        """Return what the authenticator keeps."""
        return list(self.session.send("WebAuthn.getCredentials", {"authenticatorId": self.id})["credentials"])

    def wind_back(self) -> None:
        """Put the counter of the only credential back to its beginning, as a copy of it would have it."""
        (held,) = self.credentials()
        self.session.send(
            "WebAuthn.removeCredential", {"authenticatorId": self.id, "credentialId": held["credentialId"]}
        )
        held["signCount"] = 0
        self.session.send("WebAuthn.addCredential", {"authenticatorId": self.id, "credential": held})


def virtual_key(page: Page) -> VirtualKey:
    """Give a window an authenticator of its own."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    made = session.send("WebAuthn.addVirtualAuthenticator", {"options": _OPTIONS})
    return VirtualKey(session, str(made["authenticatorId"]))


def give_password(page: Page, email: str, *, site: str = "") -> None:
    """Sign out, and in again with the password."""
    page.context.clear_cookies()
    page.goto(f"{site}/account/sign-in/")
    page.get_by_label("E-mail").fill(email)
    page.locator("input[type=password]").fill(PASSWORD)
    page.locator("main").get_by_role("button", name="Sign in").click()


def to_second_factor(page: Page, email: str, *, site: str = "") -> None:
    """Sign out, and in again up to the second factor."""
    give_password(page, email, site=site)
    page.wait_for_url("**/account/factor/")


def registered(page: Page, address: str) -> None:
    """Register a student and confirm the address."""
    page.goto("/account/register/")
    page.get_by_label("E-mail").fill(address)
    page.locator("[name=password1]").fill(PASSWORD)
    page.locator("[name=password2]").fill(PASSWORD)
    page.locator("main form").get_by_role("button").last.click()
    page.wait_for_url("**/account/confirm/")
    newest_mail(page, address, "Confirm").locator("a", has_text="/account/confirm/").first.click()
    page.locator("main form").get_by_role("button").first.click()
    give_password(page, address)
    expect(page.locator(".t-account")).to_be_visible()


def test_a_passkey_is_added_used_renamed_and_removed(readers: Readers) -> None:
    page = readers.window()
    address = "passkey.student@example.org"
    registered(page, address)
    key = virtual_key(page)
    page.goto("/account/security/")
    readers.look(page)
    page.get_by_role("link", name="Add passkeys").click()
    heading(page, "Add a passkey")
    readers.look(page)
    page.get_by_label("Name of the passkey").fill("my laptop")
    press(page, "Add the passkey")
    heading(page, "Recovery codes")
    assert len(key.credentials()) == 1
    assert key.credentials()[0]["rpId"] == "localhost"

    to_second_factor(page, address)
    heading(page, "Use your passkey")
    readers.look(page)
    press(page, "Use your passkey")
    expect(page.locator(".t-account")).to_be_visible()

    page.goto("/account/factor/passkeys/")
    readers.look(page)
    expect(page.locator("main dl")).to_contain_text("Last used")
    page.get_by_role("link", name="Rename").click()
    readers.look(page)
    page.locator("[name=name]").fill("old laptop")
    press(page, "Save the name")
    page.get_by_role("link", name="Remove old laptop").click()
    heading(page, "Remove the passkey")
    readers.look(page)
    press(page, "Remove")
    expect(page.locator("main")).to_contain_text("This account has none")
    readers.look(page)
    give_password(page, address)
    expect(page.locator(".t-account")).to_be_visible()
    assert readers.faults == []


def test_what_a_passkey_must_not_open(readers: Readers) -> None:
    page = readers.window()
    address = "passkey.faults@example.org"
    registered(page, address)
    key = virtual_key(page)
    page.goto("/account/factor/passkeys/add/")
    press(page, "Add the passkey")
    heading(page, "Recovery codes")

    page.goto("/account/factor/passkeys/add/")
    press(page, "Add the passkey")
    expect(page.locator("main form [role=status]")).to_contain_text("on your account already")

    to_second_factor(page, address)
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.post_data or "") if request.method == "POST" else None)
    press(page, "Use your passkey")
    expect(page.locator(".t-account")).to_be_visible()
    used = next(one for one in sent if "credential" in one)

    to_second_factor(page, address)
    page.evaluate(_SEND, dict(parse_qsl(used))["credential"])
    expect(page.locator(".govuk-error-summary")).to_contain_text("not accepted")
    assert page.locator(".t-account").count() == 0

    key.wind_back()
    press(page, "Use your passkey")
    expect(page.locator(".govuk-error-summary")).to_contain_text("counter ran backwards")
    assert page.locator(".t-account").count() == 0

    key.session.send("WebAuthn.setUserVerified", {"authenticatorId": key.id, "isUserVerified": False})
    elsewhere = readers.site.address.replace("localhost", "127.0.0.1")
    to_second_factor(page, address, site=elsewhere)
    press(page, "Use your passkey")
    expect(page.locator("main form [role=status]").first).to_contain_text("do not work at this address")


def test_without_javascript_the_page_says_so_and_the_app_still_opens_the_account(readers: Readers) -> None:
    page = readers.window(java_script_enabled=False)
    page.goto("/account/sign-in/")
    page.get_by_label("E-mail").fill(people.AUDITOR.email)
    page.locator("input[type=password]").fill(PASSWORD)
    page.locator("main").get_by_role("button", name="Sign in").click()
    page.locator("#id_code").fill(people.lasting_code(people.AUDITOR.secret))
    page.locator("main form").get_by_role("button").first.click()
    page.goto("/account/factor/passkeys/add/")
    expect(page.locator("main")).to_contain_text("Passkeys need a browser with JavaScript switched on")
    expect(page.get_by_role("button", name="Add the passkey")).to_be_hidden()
    expect(page.get_by_role("link", name="Use an authenticator app instead")).to_be_visible()
