"""Every page that each audience can reach by links: axe clean, in light and dark, no sideways scroll at 1280 and 320 pixels."""

import re
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Error, Page

from testamur.service.world import people
from tests.browser.reading import GROUNDS, Readers, faults_of, ground

pytestmark = [pytest.mark.browser, pytest.mark.slow]

_MOST = 24
_NOT_PAGES = re.compile(
    r"/demo/|\.(pdf|csv|tlog-proof|svg)$|sign-out|/annotated/|/failed-rows/|/lodged/|/documents/|/proof/"
)


def kind_of(address: str) -> str:
    """Return what sort of page an address is: numbers and codes in it do not matter."""
    path = urlsplit(address).path
    path = re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}|[0-9A-HJKMNP-TV-Z]{13}|[0-9a-f]{64}", "#", path)
    return re.sub(r"\d{4}-\d\d-\d\d|\d+", "#", path)


def reached(page: Page, origin: str) -> list[str]:
    """Return the pages of the site that a page links to."""
    links = page.eval_on_selector_all(
        "a[href]:not([download])",
        "links => links.map(link => new URL(link.getAttribute('href'), document.baseURI).href)",
    )
    return [link.partition("#")[0] for link in links if link.startswith(origin) and not _NOT_PAGES.search(link)]


def opened(page: Page, address: str) -> int | None:
    """Open an address and return the status of its answer, None where it is a file to save."""
    try:
        answer = page.goto(address)
    except Error as error:
        if "Download is starting" in error.message:
            return None
        raise
    return answer.status if answer else 0


@pytest.mark.parametrize(
    "persona",
    [None, people.VERIFIED, people.DATA_OFFICER, people.OFFICER, people.SUPERVISOR],
    ids=lambda persona: persona.key if persona else "anyone",
)
def test_every_page_is_clean(readers: Readers, persona: people.Persona | None) -> None:
    page = readers.window(persona)
    page.goto("/account/home/" if persona else "/")
    waiting, seen = [page.url], set[str]()
    # What everybody sees is looked at once, by anyone.
    shared = "/account/" if persona not in (None, people.OFFICER) else "-"
    while waiting and len(seen) < _MOST:
        address = waiting.pop(0)
        kind = kind_of(address)
        if kind in seen or (persona and kind.startswith(("/providers", "/information", "/check", shared))):
            continue
        seen.add(kind)
        status = opened(page, address)
        if status is None:
            continue
        if status != 200:
            readers.faults.append(f"{kind} answers {status}")
            continue
        readers.look(page)
        waiting += reached(page, readers.site.address)
    assert readers.faults == []
    assert len(seen) >= 5, seen


def test_a_page_with_faults_is_found(readers: Readers) -> None:
    page = readers.window()
    page.goto("/")
    page.evaluate("document.querySelector('main').append(Object.assign(document.createElement('input'), {size: 200}))")
    page.evaluate("document.body.style.backgroundColor = 'rgb(255, 255, 255)'")
    page.evaluate("document.querySelector('main p').style.color = 'rgb(20, 40, 45)'")
    found = faults_of(page)
    assert any("label" in fault for fault in found)
    assert any("dark: color-contrast" in fault for fault in found)
    assert any("sideways" in fault for fault in found)
    assert any("the ground is" in fault for fault in found)


def test_dark_is_dark(readers: Readers) -> None:
    page = readers.window(color_scheme="dark")
    page.goto("/")
    assert ground(page) == GROUNDS["dark"] != GROUNDS["light"]
