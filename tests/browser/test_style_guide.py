"""The look in a browser: axe finds nothing, nothing scrolls sideways, nothing breaks the content policy, keys and scripts work."""

import threading
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from django.template.loader import render_to_string
from playwright.sync_api import Browser, ConsoleMessage, Page

from testamur.web.style_guide import style_guide_context

pytestmark = pytest.mark.browser

PROJECT = Path(__file__).resolve().parents[2]
AXE = (PROJECT / "tests/browser/vendor/axe.min.js").read_text(encoding="utf-8")
LEVELS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
GROUNDS = {"light": "rgb(252, 251, 247)", "dark": "rgb(16, 24, 27)"}
Open = Callable[..., Page]


class Site(SimpleHTTPRequestHandler):
    """Serves the style guide and the static files under the policy of the product."""

    page = b""

    def do_POST(self) -> None:
        """Refuse an upload that asks for it, else lead to another page."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        refused = b"refuse.csv" in body
        self.send_response(422 if refused else 303)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        if not refused:
            self.send_header("Location", "/done")
        self.end_headers()
        if refused:
            self.wfile.write(self.page.replace(b"Check your submission", b"The files were refused"))

    def do_GET(self) -> None:
        if not self.path.startswith("/static/"):
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(self.page)
            return
        self.path = self.path.removeprefix("/static")
        super().do_GET()

    def end_headers(self) -> None:
        self.send_header("Content-Security-Policy", POLICY)
        super().end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


@pytest.fixture
def address() -> Iterator[str]:
    """Serve the style guide and return its address."""
    handler = type("Guide", (Site,), {"page": render_to_string("style_guide.html", style_guide_context()).encode()})
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(handler, directory=str(PROJECT / "testamur/web/static")))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()
    thread.join()


def unexpected(message: ConsoleMessage) -> bool:
    """Say whether a line of the console is a fault; the browser's own note of a 422 answer is none."""
    return message.type in {"error", "warning"} and "status of 422" not in message.text


def csv(name: str) -> list[dict[str, Any]]:
    return [{"name": name, "mimeType": "text/csv", "buffer": b"x" * 100}]


@pytest.fixture
def open_guide(browser: Browser, address: str) -> Iterator[Open]:
    """Open the style guide at a width and in a scheme; anything on the console fails the test."""
    said: list[str] = []
    contexts = []

    def opened(width: int = 1280, scheme: str = "light", **options: Any) -> Page:
        context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme, **options)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: said.append(message.text) if unexpected(message) else None)
        page.on("pageerror", lambda error: said.append(str(error)))
        page.goto(address)
        page.wait_for_load_state("networkidle")
        return page

    yield opened
    for context in contexts:
        context.close()
    assert said == []


def axe_findings(page: Page) -> list[str]:
    page.evaluate(AXE)
    result = page.evaluate("levels => axe.run(document, {runOnly: levels})", LEVELS)
    return [f"{found['id']}: {node['html'][:120]}" for found in result["violations"] for node in found["nodes"]]


def sideways(page: Page) -> int:
    """Return by how many pixels the page is wider than its window."""
    return int(page.evaluate("document.documentElement.scrollWidth - window.innerWidth"))


@pytest.mark.parametrize(
    ("width", "scheme"), [(1280, "light"), (1280, "dark"), (768, "light"), (320, "light"), (320, "dark")]
)
def test_every_part_is_clean_at_every_width_in_both_schemes(open_guide: Open, width: int, scheme: str):
    page = open_guide(width, scheme)
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == GROUNDS[scheme]
    for summary in page.locator("details:not(.t-account) > summary").all():
        summary.click()
    assert axe_findings(page) == []
    assert sideways(page) <= 0


def test_planted_faults_are_found(open_guide: Open):
    page = open_guide(320)
    page.evaluate("document.querySelector('main p').className = 't-tag t-tag--warn t-second'")
    page.evaluate("document.querySelector('main').append(Object.assign(document.createElement('img'), {alt: null}))")
    page.evaluate("document.querySelector('main').append(Object.assign(document.createElement('input'), {size: 200}))")
    found = axe_findings(page)
    assert any(line.startswith("label:") for line in found)
    assert sideways(page) > 0


def test_the_error_summary_takes_focus_and_leads_to_its_field(open_guide: Open):
    page = open_guide()
    assert page.evaluate("document.activeElement.className").startswith("govuk-error-summary")
    page.get_by_role("link", name="“Full name” is required.").click()
    assert page.evaluate("document.activeElement.id") == "id_name"


def test_the_slash_moves_to_the_search_box_but_can_be_typed(open_guide: Open):
    page = open_guide()
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "find-q"
    page.keyboard.press("/")
    assert page.locator("#find-q").input_value() == "/"


def test_chosen_files_are_listed_with_their_sizes(open_guide: Open):
    page = open_guide()
    files = [
        {"name": name, "mimeType": "text/csv", "buffer": b"x" * size}
        for name, size in (("records.csv", 2048), ("results.csv", 10))
    ]
    page.locator("#id_uploads").set_input_files(files)
    lines = page.locator(".t-drop__file").all_inner_texts()
    assert [line.replace("\n", " ") for line in lines] == [
        "records.csv 2.0 kB",
        "results.csv 10 bytes",
        "2 files, 2.1 kB in all",
    ]


def test_the_hash_of_a_dropped_file_is_worked_out_here(open_guide: Open):
    page = open_guide()
    with page.expect_navigation() as arrived:
        page.locator("#hash-file").set_input_files([{"name": "a.pdf", "mimeType": "application/pdf", "buffer": b"abc"}])
    assert arrived.value.request.url.endswith(
        "?sha256=ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    )
    assert arrived.value.request.method == "GET"


def test_the_account_menu_opens_and_closes_by_keyboard(open_guide: Open):
    page = open_guide()
    page.locator(".t-account__summary").focus()
    page.keyboard.press("Enter")
    assert page.get_by_role("link", name="Your account").is_visible()
    page.keyboard.press("Escape")
    assert not page.get_by_role("link", name="Your account").is_visible()


def test_without_scripts_every_control_is_there(open_guide: Open):
    page = open_guide(320, java_script_enabled=False)
    assert page.locator("#id_uploads").is_visible()
    assert page.locator("#navigation").is_visible()
    assert page.get_by_role("link", name="Look again").is_visible()
    assert not page.locator(".t-copy__button").is_visible()


def test_pictures_have_one_drawing_a_place(open_guide: Open):
    for width, seen, unseen in ((1280, "wide", "narrow"), (320, "narrow", "wide")):
        page = open_guide(width)
        assert page.locator(f".p-svg--{seen}").first.is_visible()
        assert not page.locator(f".p-svg--{unseen}").first.is_visible()


def test_words_of_pictures_are_no_wider_than_reckoned(open_guide: Open):
    page = open_guide()
    over = page.evaluate(
        """() => [...document.querySelectorAll('.p-svg--wide')].flatMap(svg => [...svg.querySelectorAll('text')]
        .filter(text => { const box = text.getBBox(); return box.x < -1 || box.x + box.width > svg.viewBox.baseVal.width + 1; })
        .map(text => text.textContent))"""
    )
    assert over == []


def test_progress_is_asked_again_and_put_in_place(open_guide: Open):
    page = open_guide()
    page.evaluate("document.querySelector('#progress').dataset.old = '1'")
    with page.expect_response(lambda answer: "hx-request" in answer.request.headers):
        pass
    page.wait_for_function("!document.querySelector('#progress').dataset.old")
    assert page.locator(".t-progress__bar").first.is_visible()


def test_an_upload_is_followed_to_the_page_it_leads_to(open_guide: Open):
    page = open_guide()
    page.locator("#id_uploads").set_input_files(csv("records.csv"))
    page.get_by_role("button", name="Continue").click()
    page.wait_for_url("**/done")


def test_a_refused_upload_is_shown_in_place(open_guide: Open):
    page = open_guide()
    page.locator("#id_uploads").set_input_files(csv("refuse.csv"))
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("heading", name="The files were refused").wait_for()
    assert page.evaluate("document.activeElement.className").startswith("govuk-error-summary")
    page.locator("#id_uploads").set_input_files(csv("again.csv"))
    assert page.locator(".t-drop__file").all_inner_texts()[0].startswith("again.csv")
