"""Take the pictures of the tutorial from a freshly started demo: python docs/screenshots/take_help.py http://localhost:8000

It leads the demo's faulty submission to its receipt, so start the demo with --fresh. Run it as take.py is run.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from PIL import Image
from playwright.sync_api import Page, sync_playwright
from take import PROJECT, chromium, people, sign_in

from testamur.web.public.help_tutorial import STEPS

FOLDER = PROJECT / "testamur" / "web" / "static" / "help"
LIMIT = 64 * 1024  # bytes
SIZES = {step.picture.name: (step.picture.width, step.picture.height) for step in STEPS if step.picture}


def shot(page: Page, name: str, *, above: str = "h1") -> None:
    """Keep what a window shows from just above an element on, as a PNG within the limit."""
    width, height = SIZES[name]
    page.set_viewport_size({"width": width, "height": height})
    page.wait_for_load_state("networkidle")
    page.locator(above).first.evaluate("part => scrollTo(0, part.getBoundingClientRect().top + scrollY - 70)")
    raw = FOLDER / "raw.png"
    page.screenshot(path=raw)
    with Image.open(raw) as image:
        for colours in (128, 64, 32, 16):
            path = FOLDER / f"{name}.png"
            image.convert("RGB").quantize(colours, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE).save(
                path, optimize=True
            )
            if path.stat().st_size <= LIMIT:
                print(f"{path.name}: {path.stat().st_size:,} bytes, {colours} colours")
                break
        else:
            raise SystemExit(f"{name}.png has more than {LIMIT:,} bytes, whatever its colours.")
    raw.unlink()


def main(address: str) -> None:
    """Walk from the description of a format to the receipt."""
    FOLDER.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium())
        officer, administrator = (browser.new_context(base_url=address).new_page() for _ in range(2))
        sign_in(officer, people.DATA_OFFICER)
        officer.goto("/help/files/teqsa/")
        shot(officer, "format")
        officer.goto("/provider/submissions/new/")
        shot(officer, "upload")
        officer.goto("/provider/")
        officer.locator("a[href$='/findings/']").first.click()
        shot(officer, "findings")
        findings = officer.url
        officer.goto(f"{findings}?severity=error&rule=V07")
        shot(officer, "fix")
        officer.goto(findings)
        shot(officer, "hold", above="h2:has-text('Or go on with the good rows')")
        officer.get_by_role("button", name="Hold these rows").click()
        officer.wait_for_url("**/submissions/*/")

        sign_in(administrator, people.ADMINISTRATOR)
        administrator.goto(officer.url + "declare/")
        shot(administrator, "declare", above="text=Some rows are held because of errors")
        administrator.locator("[name=agreed]").check()
        administrator.get_by_role("button", name="Declare and seal").click()
        administrator.wait_for_url("**/submissions/*/")
        administrator.get_by_text("Open the receipt").first.wait_for(timeout=60_000)
        administrator.goto(administrator.url + "receipt/")
        shot(administrator, "receipt")
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1])
