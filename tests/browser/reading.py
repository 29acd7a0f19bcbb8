"""What the browser tests share: windows of the demo's people, and what must hold on every page that they see."""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from django.db import connections
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect

from testamur.service.world import people
from testamur.service.world.people import PASSWORD, Persona

PROJECT = Path(__file__).resolve().parents[2]
AXE = (PROJECT / "tests/browser/vendor/axe.min.js").read_text(encoding="utf-8")
LEVELS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
GROUNDS = {"light": "rgb(252, 251, 247)", "dark": "rgb(16, 24, 27)"}
WIDE, NARROW = {"width": 1280, "height": 900}, {"width": 320, "height": 800}
# A word of a status that stands on two lines has two boxes with different tops.
_BROKEN_TAGS = """() => [...document.querySelectorAll('.t-tag')].filter(tag => tag.checkVisibility()).flatMap(tag => {
  const faults = [], text = tag.firstChild, range = document.createRange(), edge = tag.getBoundingClientRect().right;
  for (const word of text.data.matchAll(/\\S+/g)) {
    range.setStart(text, word.index);
    range.setEnd(text, word.index + word[0].length);
    if (new Set([...range.getClientRects()].map(box => Math.round(box.top))).size > 1) faults.push(`broken ${word[0]}`);
    if (range.getBoundingClientRect().right > edge + 1) faults.push(`${word[0]} out of its tag`);
  }
  const cell = tag.closest('td, th, li, dd, h1') ?? tag.parentElement;
  if (edge > cell.getBoundingClientRect().right + 1) faults.push(`${text.data} out of its cell`);
  return faults;
})"""
_EXPECTED = re.compile(r"status of (403|404|409|422)")

expect.set_options(timeout=20_000)
T = TypeVar("T")


def elsewhere(work: Callable[[], T]) -> T:
    """Run work in a thread without Playwright's loop, with connections of its own."""

    def closed() -> T:
        try:
            return work()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(closed).result()


@dataclass(frozen=True)
class DemoSite:
    """A running demo: its address and its folder."""

    address: str
    folder: Path
    states: dict[str, Any] = field(default_factory=dict)  # cookies of who has signed in, by persona


def axe_findings(page: Page, rules: list[str]) -> list[str]:
    """Return what axe finds fault with on a page; `rules` are levels, or names of rules."""
    if page.evaluate("typeof axe === 'undefined'"):
        page.evaluate(AXE)
    result = page.evaluate("rules => axe.run(document, {runOnly: rules, resultTypes: ['violations']})", rules)
    return [f"{found['id']}: {node['html'][:160]}" for found in result["violations"] for node in found["nodes"]]


def sideways(page: Page) -> int:
    """Return by how many pixels the page is wider than its window."""
    return int(page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))


def ground(page: Page) -> str:
    """Return the colour behind the page."""
    return str(page.locator("body").evaluate("body => getComputedStyle(body).backgroundColor"))


def broken_tags(page: Page) -> list[str]:
    """Return the statuses of a page that break within a word, or run out of their own edge or their cell's."""
    return [str(found) for found in page.evaluate(_BROKEN_TAGS)]


def faults_of(page: Page) -> list[str]:
    """Return what does not hold on a page: axe, light and dark; no sideways scroll and whole statuses at 1280 and 320 pixels."""
    where = re.sub(r"^https?://[^/]+", "", page.url)
    faults = []
    # Contrast is all that another scheme changes.
    for scheme, rules in (("light", LEVELS), ("dark", ["color-contrast"])):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        if ground(page) != GROUNDS[scheme]:
            faults.append(f"{where} {scheme}: the ground is {ground(page)}")
        faults += [f"{where} {scheme}: {found}" for found in axe_findings(page, rules)]
    page.emulate_media(color_scheme="light")
    for size in (NARROW, WIDE):
        page.set_viewport_size(size)  # type: ignore[arg-type]
        if (over := sideways(page)) > 0:
            faults.append(f"{where} at {size['width']}: scrolls sideways by {over} pixels")
        faults += [f"{where} at {size['width']}: status {found}" for found in broken_tags(page)]
    return faults


class Readers:
    """Opens windows for the demo's people. `said` collects what their consoles say, `faults` what pages lack."""

    def __init__(self, browser: Browser, site: DemoSite) -> None:
        self.browser = browser
        self.site = site
        self.said: list[str] = []
        self.faults: list[str] = []
        self._contexts: list[BrowserContext] = []

    def window(self, persona: Persona | None = None, **options: Any) -> Page:
        """Return a page of somebody's own window, signed in where a persona is given."""
        state = self._signed_in(persona) if persona else None
        context = self.browser.new_context(
            base_url=self.site.address, viewport=options.pop("viewport", WIDE), storage_state=state, **options
        )
        self._contexts.append(context)
        page = context.new_page()
        page.on("console", self._heard)
        page.on("pageerror", lambda error: self.said.append(f"{page.url}: {error}"))
        return page

    def look(self, page: Page) -> Page:
        """Collect what does not hold on the page that somebody sees, once it stands."""
        page.wait_for_load_state()
        self.faults += faults_of(page)
        return page

    def close(self) -> None:
        """Close every window."""
        for context in self._contexts:
            context.close()

    def _heard(self, message: ConsoleMessage) -> None:
        """Keep errors and warnings; the browser's own note of a refused form is none."""
        if message.type in {"error", "warning"} and not _EXPECTED.search(message.text):
            self.said.append(f"{message.location.get('url', '')}: {message.text}")

    def _signed_in(self, persona: Persona) -> Any:
        """Return the cookies of somebody who has signed in; once a run, because a code counts once."""
        if persona.key not in self.site.states:
            context = self.browser.new_context(base_url=self.site.address)
            sign_in(context.new_page(), persona)
            self.site.states[persona.key] = context.storage_state()
            context.close()
        return self.site.states[persona.key]


def sign_in(page: Page, persona: Persona) -> None:
    """Sign in on the page, with the code of the authenticator app where one is asked for."""
    page.goto("/account/sign-in/")
    page.get_by_label("E-mail").fill(persona.email)
    page.locator("input[type=password]").fill(PASSWORD)
    page.locator("main").get_by_role("button", name="Sign in").click()
    if persona.secret:
        page.locator("#id_code").fill(people.lasting_code(persona.secret))
        page.locator("main form").get_by_role("button").first.click()
    expect(page.locator(".t-account")).to_be_visible()


def newest_mail(page: Page, address: str, subject: str) -> Page:
    """Open the newest mail to an address whose subject holds some words, as soon as it is there."""
    row = page.locator("tr", has_text=address).filter(has_text=subject).first
    for _ in range(60):
        page.goto("/demo/")
        if row.count():
            row.get_by_role("link").first.click()
            return page
        page.wait_for_timeout(500)
    raise AssertionError(f"No mail “{subject}” arrived.")
