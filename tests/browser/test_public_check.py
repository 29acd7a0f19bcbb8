"""The check of a document in a browser: the file stays there, axe finds nothing, nothing scrolls sideways."""

import hashlib
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from playwright.sync_api import Browser, FilePayload, Page

from testamur.documents import queries as documents_queries
from testamur.log import actions as log_actions
from tests.browser.reading import elsewhere
from tests.browser.test_style_guide import axe_findings, sideways
from tests.issuing import UNKNOWN, Certified, certified
from tests.rules.documents_samples import AT

pytestmark = pytest.mark.browser


def issued(folder: Path) -> tuple[Certified, bytes]:
    """Issue an extract whose leaf is under a checkpoint."""
    with transaction.atomic():
        found = certified(folder)
    log_actions.seal(at=AT)
    return found, documents_queries.issued_bytes(found.number)


def opened(browser: Browser, address: str, width: int = 1280, scheme: Any = "light") -> Page:
    page = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme).new_page()
    page.goto(address)
    page.wait_for_load_state("networkidle")
    return page


def test_the_pages_hold_at_every_width_and_in_both_schemes(live_site: str, browser: Browser, tmp_path: Path) -> None:
    found, _ = elsewhere(lambda: issued(tmp_path))
    places = [(f"/check/{found.number}/", width, scheme) for width in (1280, 320) for scheme in ("light", "dark")]
    for path in ("/check/", "/check/?number=7KQ2-M9XD-4HTR9", "/log/", "/accessibility/"):
        places += [(path, 1280, "dark"), (path, 320, "light")]
    for path, width, scheme in places:
        page = opened(browser, live_site + path, width, scheme)
        assert axe_findings(page) == []
        assert sideways(page) <= 0
        page.context.close()


def dropped(browser: Browser, address: str, content: bytes) -> tuple[str, str, list[bytes]]:
    """Drop a file on the page; return the answer, its address, and the body of every request."""
    page = opened(browser, address)
    sent: list[bytes] = []
    page.on("request", lambda request: sent.append(request.post_data_buffer or b""))
    page.set_input_files("#hash-file", files=[FilePayload(name="deed.pdf", mimeType="application/pdf", buffer=content)])
    page.wait_for_selector(".t-verdict")
    answer, place = page.inner_text(".t-verdict__title"), page.url
    page.context.close()
    return answer, place, sent


def test_a_dropped_file_is_answered_and_never_sent(live_site: str, browser: Browser, tmp_path: Path) -> None:
    found, data = elsewhere(lambda: issued(tmp_path))
    for content, expected in ((data, "Authentic and current"), (data[:-1] + b"x", "Not ours")):
        answer, place, sent = dropped(browser, f"{live_site}/check/", content)
        assert answer == expected
        assert any(hashlib.sha256(content).hexdigest().encode() in body for body in sent)
        assert not any(b"%PDF" in body or b"deed" in body or len(body) > 400 for body in sent)
        assert found.number not in place


def test_the_number_is_checked_with_the_keyboard_alone(live_site: str, browser: Browser) -> None:
    page = opened(browser, f"{live_site}/check/")
    page.focus("#id_number")
    page.keyboard.type(UNKNOWN.lower())
    page.keyboard.press("Enter")
    page.wait_for_selector(".t-verdict")
    assert page.inner_text(".t-verdict__title") == "Not ours"
    page.context.close()
