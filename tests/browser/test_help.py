"""The help in a browser: every page axe clean, light and dark, at 320 pixels; its pictures load and say what they show."""

import pytest

from testamur.submissions.formats import FORMATS
from testamur.web.public.help import GUIDES
from testamur.web.public.help_tutorial import STEPS
from tests.browser.reading import Readers

pytestmark = [pytest.mark.browser, pytest.mark.slow]
_PAGES = ("", "answers/", "files/", *(f"{name}/" for name in GUIDES), *(f"files/{name}/" for name in FORMATS))


def test_every_page_of_the_help_is_clean(readers: Readers) -> None:
    page = readers.window()
    for place in _PAGES:
        answer = page.goto(f"/help/{place}")
        assert answer is not None
        assert answer.status == 200, place
        readers.look(page)
    assert readers.faults == []


def test_the_tutorials_pictures_are_there_at_their_size_and_fit_a_phone(readers: Readers) -> None:
    page = readers.window()
    page.goto("/help/tutorial/")
    pictures = page.locator("main img")
    wanted = [step.picture for step in STEPS if step.picture]
    assert pictures.count() == len(wanted)
    for place, picture in enumerate(wanted):
        shown = pictures.nth(place)
        shown.scroll_into_view_if_needed()
        size = shown.evaluate(
            "async image => { await image.decode(); return [image.naturalWidth, image.naturalHeight]; }"
        )
        assert size == [picture.width, picture.height], picture.name
        assert shown.get_attribute("alt") == picture.shows
    readers.look(page)
    assert readers.faults == []


def test_the_details_of_rules_open_by_keyboard(readers: Readers) -> None:
    page = readers.window()
    page.goto("/help/files/teqsa/")
    page.locator("summary").first.focus()
    page.keyboard.press("Enter")
    page.get_by_text("Fill it in; the definition allows no empty cell here.").first.wait_for()
    readers.look(page)
    assert readers.faults == []
