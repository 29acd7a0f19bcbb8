"""The main steps by keyboard alone, and without JavaScript."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from testamur.service.world import people
from tests.browser.reading import Readers
from tests.browser.test_journey import bundle, heading, press

pytestmark = [pytest.mark.browser, pytest.mark.slow]

_FOCUSED = """() => {
  const one = document.activeElement;
  return [one.tagName, one.getAttribute('name') || '', one.getAttribute('value') || '', one.innerText || ''].join(' ');
}"""


def tab_to(page: Page, *words: str) -> None:
    """Press Tab until the focus is on something that holds all these words in its tag, name, value or text."""
    for _ in range(80):
        page.keyboard.press("Tab")
        focused = str(page.evaluate(_FOCUSED)).casefold()
        if all(word.casefold() in focused for word in words):
            # Whoever uses the keys must see where they are.
            style = "getComputedStyle(document.activeElement)"
            seen = page.evaluate(f"{style}.outlineStyle !== 'none' || {style}.boxShadow !== 'none'")
            assert seen or page.locator("input:focus[type=radio], input:focus[type=checkbox]").count()
            return
    raise AssertionError(f"Tab does not lead to {words}.")


def test_files_are_uploaded_by_keyboard_alone(readers: Readers, tmp_path: Path) -> None:
    page = readers.window(people.DATA_OFFICER)
    page.goto("/provider/submissions/new/")
    page.wait_for_load_state("networkidle")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")  # the skip link comes first
    # Waiting begins before the way there: the browser is told of it without an answer, and could open the dialog first.
    with page.expect_file_chooser() as chooser:
        tab_to(page, "input", "uploads")
        page.keyboard.press("Enter")
    chooser.value.set_files([bundle(tmp_path / "files", seed=77)])  # type: ignore[list-item]
    tab_to(page, "input", "profile")
    page.keyboard.press("ArrowDown")
    expect(page.locator("[name=profile][value=tolerant]")).to_be_checked()
    page.keyboard.press("ArrowUp")
    tab_to(page, "button", "upload and check")
    page.keyboard.press("Enter")
    page.wait_for_url("**/provider/submissions/*/")
    expect(page.locator("main a", has_text="Open the findings")).to_be_visible()
    expect(page.locator("h1 .t-tag")).to_have_text("To fix")
    expect(page.locator("progress")).to_have_count(0)


def test_the_poll_alone_swaps_the_tag_of_the_heading(readers: Readers) -> None:
    page = readers.window(people.DATA_OFFICER)
    page.goto("/provider/")
    page.locator("main tr", has_text="To fix").locator("a").first.click()
    page.wait_for_load_state("networkidle")
    tag = page.locator("h1 .t-tag").inner_text()
    asked: list[str] = []

    def without_refresh(route: Route) -> None:
        """Let the poll through without the header that has the page loaded again."""
        answer = route.fetch()
        headers = dict(answer.headers)
        asked.append(headers.pop("hx-refresh", ""))
        route.fulfill(status=answer.status, headers=headers, body=answer.body())

    page.route("**/progress/", without_refresh)
    page.evaluate(
        """() => {
        document.querySelector('#state .t-tag').textContent = 'Being checked';
        const part = Object.assign(document.createElement('div'), {id: 'progress'});
        const said = {'hx-get': 'progress/', 'hx-trigger': 'load', 'hx-swap': 'outerHTML', 'hx-select': '#progress'};
        for (const [name, value] of Object.entries(said)) part.setAttribute(name, value);
        document.querySelector('h1').after(part);
        htmx.process(part); }"""
    )
    expect(page.locator("#progress")).to_contain_text("Finished")
    expect(page.locator("h1 .t-tag")).to_have_text(tag)
    assert (asked, tag, page.locator("#state").count()) == (["true"], "To fix", 1)
    assert page.locator("progress").evaluate("bar => bar.position") == 1


def test_a_student_applies_by_keyboard_alone(readers: Readers) -> None:
    page = readers.window(people.FRESH)
    page.goto("/student/details/")
    for name, typed in (
        ("family_name", "Fairweather"),
        ("given_name", "Lan"),
        ("birth_date_0", "19"),
        ("birth_date_1", "11"),
        ("birth_date_2", "1998"),
    ):
        tab_to(page, "input", name)
        page.keyboard.type(typed)
    page.keyboard.press("Enter")
    heading(page, "Show who you are")
    tab_to(page, "input", "kind")
    page.keyboard.press("Space")
    tab_to(page, "button", "save")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    page.goto("/student/find/")
    tab_to(page, "input q")
    page.keyboard.type("harbour light")
    page.keyboard.press("Enter")
    page.wait_for_url("**q=harbour**")
    tab_to(page, "a ", "apply for my records")
    page.keyboard.press("Enter")
    heading(page, "Apply for your records")
    tab_to(page, "input", "attended_from")
    page.keyboard.type("2017")
    tab_to(page, "input", "attended_until")
    page.keyboard.type("2019")
    tab_to(page, "button", "apply")
    page.keyboard.press("Enter")
    page.wait_for_url("**/student/applications/*/")
    heading(page, "Harbour Light")


def test_the_main_steps_work_without_javascript(readers: Readers, tmp_path: Path) -> None:
    page = readers.window(people.DATA_OFFICER, java_script_enabled=False)
    page.goto("/provider/submissions/new/")
    page.locator("[name=uploads]").set_input_files([bundle(tmp_path / "files", seed=78)])
    press(page, "Upload and check")
    address = page.url
    for _ in range(60):
        if not page.locator("main a", has_text="Look again").count():
            break
        page.wait_for_timeout(500)
        page.locator("main a", has_text="Look again").click()
        page.goto(address)
    page.goto(f"{address}findings/?severity=error&rule=V07")
    form = page.locator("form", has=page.locator("[name=row]"))
    form.locator("[name=value]").fill("3")
    form.get_by_role("button", name="Fix").click()
    expect(page.locator("main")).to_contain_text("Check again")

    anyone = readers.window(java_script_enabled=False)
    anyone.goto("/")
    anyone.locator("main [name=q], header [name=q]").first.fill("harbour light")
    anyone.locator("main [name=q], header [name=q]").first.press("Enter")
    expect(anyone.locator("main")).to_contain_text("Harbour Light Institute")
    anyone.goto("/check/")
    anyone.locator("[name=number]").fill("0000-0000-00000")
    anyone.locator("[name=number]").press("Enter")
    expect(anyone.locator("main")).to_contain_text("Not ours")
