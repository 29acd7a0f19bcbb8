"""Take the pictures of the README from a freshly started demo: python docs/screenshots/take.py http://localhost:8000

Run it from the checkout's own environment, after `./tm test --help` has installed what developers need.
"""

import os
import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(PROJECT))
os.environ["DJANGO_SETTINGS_MODULE"] = "testamur.service.settings"

import django  # noqa: E402

django.setup()

import pypdfium2  # noqa: E402
from PIL import Image  # noqa: E402
from playwright.sync_api import Page, sync_playwright  # noqa: E402

from testamur.service.world import people  # noqa: E402
from tests.browser.reading import sign_in  # noqa: E402
from tests.conftest import chromium  # noqa: E402

FOLDER = Path(__file__).parent
LIMIT = 200 * 1024  # bytes


def keep(image: Image.Image, name: str) -> None:
    """Write a picture as a PNG within the limit, with as many colours as that allows."""
    path = FOLDER / f"{name}.png"
    for colours in (256, 160, 96, 64, 40):
        image.convert("RGB").quantize(colours, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE).save(
            path, optimize=True
        )
        if path.stat().st_size <= LIMIT:
            print(f"{path.name}: {path.stat().st_size:,} bytes, {colours} colours")
            return
    raise SystemExit(f"{path.name} has more than {LIMIT:,} bytes, whatever its colours.")


def shot(page: Page, name: str, *, height: int, width: int = 1280) -> None:
    """Take what a window shows."""
    page.set_viewport_size({"width": width, "height": height})
    page.wait_for_load_state("networkidle")
    path = FOLDER / "raw.png"
    page.screenshot(path=path)
    with Image.open(path) as image:
        keep(image, name)
    path.unlink()


def main(address: str) -> None:
    """Visit the five pages as their readers."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium())
        windows = [browser.new_context(base_url=address).new_page() for _ in range(3)]
        anyone, officer, student = windows
        anyone.goto("/")
        shot(anyone, "home", height=900)

        sign_in(officer, people.DATA_OFFICER)
        officer.goto("/provider/")
        officer.locator("a[href$='/findings/']").first.click()
        shot(officer, "findings", height=1160)

        sign_in(student, people.VERIFIED)
        student.goto("/student/record/")
        shot(student, "record", height=1240)
        number = student.locator("main .t-mono").first.inner_text()
        with student.expect_download() as download:
            student.locator("main a", has_text="Download the extract").click()
        document = pypdfium2.PdfDocument(download.value.path())
        keep(document[0].render(scale=1.6).to_pil(), "extract")
        document.close()

        anyone.goto("/check/")
        anyone.locator("[name=number]").fill(number)
        anyone.locator("[name=number]").press("Enter")
        anyone.get_by_text("Authentic and current").wait_for()
        shot(anyone, "check", height=1040)
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1])
