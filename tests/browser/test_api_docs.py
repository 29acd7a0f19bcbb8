"""The page of the API in a browser: axe clean, light and dark, at 320 pixels, and every kind of refusal has its place on it."""

import pytest

from testamur.web.provider.api.problems import KINDS
from tests.browser.reading import Readers

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_the_page_of_the_api_is_clean(readers: Readers) -> None:
    page = readers.window()
    page.goto("/api/v1/docs")
    assert page.locator("h1").inner_text() == "For providers’ systems"
    readers.look(page)
    for kind in KINDS:
        assert page.locator(f"#{kind}").count() == 1
    assert readers.faults == []
