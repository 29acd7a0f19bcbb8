"""Every page that each audience can reach by links: axe clean, in light and dark, no sideways scroll at 1280 and 320 pixels."""

import re
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Error, Page

from testamur.service.world import people
from tests.browser.reading import GROUNDS, NARROW, Readers, broken_tags, faults_of, ground

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
        if kind in seen or (
            persona and kind.startswith(("/providers", "/products", "/information", "/check", "/help", shared))
        ):
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


def test_a_status_that_breaks_within_a_word_is_found(readers: Readers) -> None:
    page = readers.window(viewport=NARROW)
    page.goto("/")
    page.evaluate(
        """() => {
        const tag = Object.assign(document.createElement('strong'), {className: 't-tag', textContent: 'Superseded'});
        document.querySelector('main p').append(tag);
        Object.assign(tag.style, {maxWidth: "4em", overflowWrap: 'anywhere'}); }"""
    )
    assert broken_tags(page) == ["broken Superseded"]
    page.evaluate("document.querySelector('main .t-tag').style.overflowWrap = ''")
    assert broken_tags(page) == ["Superseded out of its tag"]
    page.evaluate("document.querySelector('main .t-tag').style.maxWidth = ''")
    assert broken_tags(page) == []


def hero_gap(page: Page) -> Any:
    """Return how far right of the hero's words its drawing begins, in pixels; None where there is no drawing."""
    return page.evaluate(
        """() => {
        const hero = document.querySelector('.t-hero'), style = getComputedStyle(hero);
        if (!style.backgroundImage.includes('rosette')) return null;
        const probe = Object.assign(document.createElement('i'), {});
        Object.assign(probe.style, {position: 'absolute', left: style.backgroundPosition.split(/\\s+(?=50%)/)[0]});
        document.body.append(probe);
        const begins = hero.getBoundingClientRect().left + parseFloat(getComputedStyle(probe).left);
        probe.remove();
        const words = [...hero.querySelectorAll('h1, p, form')].map(part => part.getBoundingClientRect().right);
        return begins - Math.max(...words); }"""
    )


def test_the_drawing_of_the_home_page_never_runs_behind_its_words(readers: Readers) -> None:
    page = readers.window()
    page.goto("/")
    gaps = {}
    for width in (320, 600, 768, 896, 1080, 1139, 1140, 1280, 1600, 2200):
        page.set_viewport_size({"width": width, "height": 800})
        gaps[width] = hero_gap(page)
    assert [width for width, gap in gaps.items() if gap is None] == [320, 600, 768]
    assert all(gap is None or gap >= 20 for gap in gaps.values()), gaps
    page.set_viewport_size({"width": 1080, "height": 800})
    page.evaluate("document.querySelector('.t-hero').style.backgroundPosition = '540px 50%, 0 0'")
    assert (hero_gap(page) or 0) < 0


def test_dark_is_dark(readers: Readers) -> None:
    page = readers.window(color_scheme="dark")
    page.goto("/")
    assert ground(page) == GROUNDS["dark"] != GROUNDS["light"]
