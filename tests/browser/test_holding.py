"""Good rows go on while the bad are held, in the browser: chosen by an officer, declared by an administrator, sent again."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from testamur.service.world import people
from tests.browser.reading import Readers
from tests.browser.test_journey import heading, press
from tests.lodged import faulty

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def upload(page: Page, files: list[Path]) -> str:
    """Send files as a new submission and wait until they are checked; return its address."""
    page.goto("/provider/submissions/new/")
    page.locator("[name=uploads]").set_input_files(files)
    press(page, "Upload and check")
    expect(page.get_by_role("heading", name="What comes next")).to_be_visible(timeout=60_000)
    address = page.url.partition("#")[0]
    page.goto(address)
    return address


def test_rows_with_errors_are_held_declared_apart_and_completed_later(readers: Readers, tmp_path: Path) -> None:
    sent = {
        name.replace("S100", "H700"): content.replace(b"S100", b"H700")
        for name, content in faulty(bad_student=2, bad_result=3).items()
    }
    for name, content in sent.items():
        (tmp_path / name).write_bytes(content)
    officer, administrator = readers.window(people.DATA_OFFICER), readers.window(people.ADMINISTRATOR)
    address = upload(officer, [tmp_path / name for name in sent])
    officer.goto(f"{address}findings/")
    readers.look(officer)
    press(officer, "Hold these rows")
    expect(officer.locator("main")).to_contain_text("4 rows (2 with errors, 2 with their student) and 1 PDF")
    readers.look(officer)
    with officer.expect_download() as held:
        officer.goto(f"{address}findings/")
        officer.locator("aside a", has_text="Rows with errors only").first.click()
    again = tmp_path / "studentrecords v2.csv"
    again.write_bytes(Path(held.value.path()).read_bytes().replace(b"31/02/1996", b"28/02/1996"))

    administrator.goto(f"{address}declare/")
    readers.look(administrator)
    expect(administrator.locator("main")).to_contain_text("They are not part of this declaration and not sealed")
    administrator.locator("[name=agreed]").check()
    press(administrator, "Declare and seal")
    expect(administrator.locator("main a", has_text="Open the receipt").first).to_be_visible(timeout=60_000)
    officer.goto(f"{address}receipt/")
    heading(officer, "Sealed")
    expect(officer.locator("main")).to_contain_text("4 rows still held")
    readers.look(officer)

    second = upload(officer, [again])
    expect(officer.locator("main dl")).to_contain_text("Completes")
    administrator.goto(f"{second}declare/")
    administrator.locator("[name=agreed]").check()
    press(administrator, "Declare and seal")
    expect(administrator.locator("main a", has_text="Open the receipt").first).to_be_visible(timeout=60_000)
    officer.goto(f"{address}receipt/")
    expect(officer.locator("main")).to_contain_text("3 rows still held")
    assert readers.faults == []
