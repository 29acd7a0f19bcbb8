"""A registered training organisation does its half-year in the browser without help: template, upload, fix, declare, receipt.

Every page on the way is looked at: axe clean in light and dark, no sideways scroll at 1280 and 320 pixels, a silent console.
The upload is tried without scripts too.
"""

import io
import zipfile
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from playwright.sync_api import Page, expect

from testamur.accounts.roles import Role
from testamur.service.world import people, providers
from testamur.service.world.people import Persona
from tests.browser.reading import Readers
from tests.browser.test_journey import accept_invitation, fill_date, follow, heading, invite, press

pytestmark = [pytest.mark.browser, pytest.mark.slow]

RTO = "Grevillea Training Pty Ltd"
OFFICER = Persona("rto officer", Role.PROVIDER_DATA_OFFICER, "Dana Achterberg", "dana@grevillea.example.org", "")
DECLARER = Persona("rto admin", Role.PROVIDER_ADMINISTRATOR, "Milo Yunupingu", "milo@grevillea.example.org", "")
WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ROW = {
    "Student id": "G-100",
    "Given name": "Mei",
    "Surname": "Castellano",
    "Date of birth": date(1991, 3, 14),
    "Gender": "F",
    "Certificate type": "Testamur",
    "Program code": "BSB40215",
    "Program title": "Certificate IV in Business",
    "Issue date": date(2019, 6, 3),
    "Certificate number": "GT-2019-1",
    "Language of delivery": "English",
    "Completion date": date(2019, 5, 20),
    "Unit code": "BSBCUS401",
    "Unit title": "Coordinate implementation of customer service strategies",
    "Unit outcome": "20",
    "Unit end date": date(2019, 4, 1),
}
SECOND = {"Unit code": "BSBWHS401", "Unit title": "Implement and monitor WHS policies", "Unit outcome": "60"}
OTHER = {
    "Student id": "G-101",
    "Given name": "Tariq",
    "Surname": "Oyelaran",
    "Gender": "male",  # the one fault
    "Certificate type": "Statement of attainment",
    "Program code": None,
    "Program title": None,
    "Certificate number": "GT-2019-2",
    "Language of delivery": "Auslan",
    "Completion date": None,
}


def register_rto(readers: Readers) -> None:
    """The secretariat registers the organisation and invites two of its people."""
    page = readers.window(people.OFFICER)
    page.goto("/secretariat/providers/new/")
    page.locator("[name=legal_name]").fill(RTO)
    page.locator("[name=abn]").fill(providers.made_up_abn(451))
    page.locator("[name=rto]").fill("45123")
    page.locator("[name=regulator][value=ASQA]").check()
    page.locator("[name=sector][value=vet]").check()
    fill_date(page, "registered_from", date(2011, 7, 1))
    press(page, "Register")
    heading(page, RTO)
    invite(page, page.url, OFFICER, DECLARER)


def filled_in(template: bytes) -> bytes:
    """Return the template with two certificates typed in, one cell of them wrong."""
    book = openpyxl.load_workbook(io.BytesIO(template))
    page = book["Certificates"]
    places = {str(cell.value).removesuffix(" *"): cell.column for cell in page[1]}
    for number, row in enumerate((ROW, ROW | SECOND, ROW | OTHER), 2):
        for name, value in row.items():
            page.cell(number, places[name]).value = value
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def get_template(readers: Readers, page: Page) -> bytes:
    """The officer finds the template on the upload page and on the help page of the format."""
    page.goto("/help/files/certificates/")
    readers.look(page)
    page.goto("/provider/")
    follow(page, "Send a new submission")
    readers.look(page)
    with page.expect_download() as download:
        page.locator("aside a", has_text="Template workbook").click()
    return Path(download.value.path()).read_bytes()


def upload(readers: Readers, page: Page, book: dict[str, Any]) -> str:
    """The officer chooses the wrong format, reads which it looks like, and sends the workbook; returns the address."""
    page.locator("[name=format][value=avetmiss8]").check()
    page.locator("[name=uploads]").set_input_files([book])
    press(page, "Upload and check")
    expect(page.locator("main")).to_contain_text("look like “Certificate register”")
    readers.look(page)
    page.locator("[name=format][value=certificates]").check()
    page.locator("[name=uploads]").set_input_files([book])
    press(page, "Upload and check")
    follow(page, "the findings")
    heading(page, "1 error to fix")
    return page.url.removesuffix("findings/")


def fix(readers: Readers, page: Page, address: str) -> None:
    """The officer takes the workbook with what is wrong, fixes the cell in place and has it checked again."""
    readers.look(page)
    with page.expect_download() as download:
        page.locator("aside a", has_text="The whole file, with what is wrong").click()
    notes = openpyxl.load_workbook(io.BytesIO(Path(download.value.path()).read_bytes())).active
    assert "Not M, F, X or @." in str(notes.cell(4, notes.max_column).value)
    page.goto(f"{address}findings/?severity=error")
    readers.look(page)
    page.locator("form", has=page.locator("[name=row]")).locator("[name=value]").fill("M")
    page.locator("form", has=page.locator("[name=row]")).get_by_role("button", name="Fix").click()
    expect(page.locator("main")).to_contain_text("Fixed, check again")
    page.goto(f"{address}findings/")
    press(page, "Check again")
    follow(page, "the findings")
    expect(page.locator("h1")).not_to_contain_text("to fix")


def declare_and_seal(readers: Readers, declarer: Page, address: str) -> None:
    """A second person declares, a supervisor accepts, the worker seals."""
    declarer.goto(f"{address}declare/")
    readers.look(declarer)
    declarer.locator("[name=agreed]").check()
    press(declarer, "Declare and seal")
    expect(declarer.locator("main")).to_contain_text("waits for the regulator")
    supervisor = readers.window(people.SUPERVISOR)
    number = address.rstrip("/").rpartition("/")[2]
    supervisor.goto(f"/secretariat/submissions/{number}/")
    supervisor.locator("[name=agreed]").check()
    press(supervisor, "Accept and seal")
    expect(supervisor.locator("main")).to_contain_text("ccepted")


def send_without_scripts(readers: Readers, page: Page, book: dict[str, Any]) -> None:
    """The same page takes another workbook from a browser that runs no scripts."""
    context = readers.browser.new_context(
        base_url=readers.site.address, storage_state=page.context.storage_state(), java_script_enabled=False
    )
    plain = context.new_page()
    plain.goto("/provider/submissions/new/")
    expect(plain.locator("[name=format][value=certificates]")).to_be_checked()
    plain.locator("[name=uploads]").set_input_files([book])
    plain.get_by_role("button", name="Upload and check").click()
    expect(plain.locator("h1")).to_contain_text("Submission")
    context.close()


def test_a_half_year_is_done_in_the_browser_without_help(readers: Readers) -> None:
    # Given an organisation whose two people have accepted their invitations,
    register_rto(readers)
    officer, declarer = (accept_invitation(readers, one, college=RTO) for one in (OFFICER, DECLARER))
    # when the officer fills in the template and sends it, fixes what is found, and a second person declares,
    content = filled_in(get_template(readers, officer))
    book = {"name": "certificates first half.xlsx", "mimeType": WORKBOOK, "buffer": content}
    address = upload(readers, officer, book)
    fix(readers, officer, address)
    declare_and_seal(readers, declarer, address)
    # then the receipt says what became of the rows, and what was lodged can be downloaded again.
    officer.goto(address)
    follow(officer, "Open the receipt")
    heading(officer, "Sealed")
    expect(officer.locator("main")).to_contain_text("certificates first half.xlsx")
    readers.look(officer)
    officer.goto("/provider/exports/")
    readers.look(officer)
    officer.locator("#certificates").get_by_role("button", name="Prepare").click()
    expect(officer.get_by_role("button", name="Download")).to_be_visible(timeout=60_000)
    readers.look(officer)
    with officer.expect_download() as download:
        officer.get_by_role("button", name="Download").click()
    with zipfile.ZipFile(Path(download.value.path())) as archive:
        assert "GT-2019-2" in archive.read("certificates.csv").decode("utf-8-sig")
    send_without_scripts(readers, officer, {**book, "name": "again.xlsx", "buffer": content + b"\0"})
    assert readers.faults == []
