"""The whole journey in a browser: a closed provider's files in, a student's certified extract out, checked by anyone.

Every page on the way is looked at: axe clean in light and dark, no sideways scroll at 1280 and 320 pixels, a silent console.
"""

import io
import zipfile
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from testamur.accounts.roles import Role
from testamur.service.synthetic import teqsa
from testamur.service.synthetic.pdfs import small_pdf
from testamur.service.world import people, providers, records
from testamur.service.world.people import PASSWORD, Persona
from tests.browser.reading import Readers, newest_mail

pytestmark = [pytest.mark.browser, pytest.mark.slow]

COLLEGE = "Paperbark College Pty Ltd"
OFFICER = Persona("paperbark officer", Role.PROVIDER_DATA_OFFICER, "Elsa Nowak", "elsa.nowak@paperbark.example.org", "")
DECLARER = Persona(
    "paperbark admin", Role.PROVIDER_ADMINISTRATOR, "Rohan Pillai", "rohan.pillai@paperbark.example.org", ""
)
STUDENT = Persona("paperbark student", Role.STUDENT, "Saoirse Mendoza", "saoirse@example.org", "", date(1995, 5, 9))
FIRST_YEAR = 2014


def bundle(folder: Path, *, seed: int, student: Persona | None = None) -> dict[str, Any]:
    """Return a zip with one fault, as a file input takes it."""
    teqsa.write_bundle(folder, students=6, results_per_student=8, seed=seed, faults=["V07 other status"], pdfs=2)
    if student:
        records.add_student(folder, student, code="PB-0905", first_year=FIRST_YEAR)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(folder.iterdir()):
            archive.write(path, path.name)
    return {"name": "bundle.zip", "mimeType": "application/zip", "buffer": out.getvalue()}


def fill_date(page: Page, name: str, value: date) -> None:
    """Type a date into its three boxes."""
    for part, number in enumerate((value.day, value.month, value.year)):
        page.locator(f"[name={name}_{part}]").fill(str(number))


def press(page: Page, words: str) -> None:
    """Press a button of the page by the beginning of its words."""
    page.locator("main").get_by_role("button", name=words).first.click()


def follow(page: Page, words: str) -> None:
    """Follow a link of the page by its words; some links look like buttons, and say so."""
    page.locator("main a", has_text=words).first.click()


def heading(page: Page, words: str) -> None:
    """Wait until the page's main heading holds some words."""
    expect(page.locator("h1")).to_contain_text(words)


def register_closed_college(readers: Readers) -> None:
    """The secretariat registers a provider, which ceases and has ceased, and invites two of its people."""
    page = readers.window(people.OFFICER)
    page.goto("/secretariat/providers/new/")
    readers.look(page)
    page.locator("[name=legal_name]").fill(COLLEGE)
    page.locator("[name=abn]").fill(providers.made_up_abn(404))
    page.locator("[name=teqsa]").fill("PRV90404")
    page.locator("[name=regulator][value=TEQSA]").check()
    page.locator("[name=sector][value=he]").check()
    fill_date(page, "registered_from", date(2009, 2, 1))
    press(page, "Register")
    heading(page, COLLEGE)
    card = page.url
    for verb, dates in (
        ("record_ceasing", {"effective_date": date(2025, 1, 15), "ceases_on": date(2025, 6, 30)}),
        ("record_ceased", {"effective_date": date(2025, 6, 30)}),
    ):
        page.locator(f"a[href*='/{verb}/']").click()
        readers.look(page)
        for name, value in dates.items():
            fill_date(page, name, value)
        page.locator("[name=authority]").fill("Decision of the regulator")
        press(page, "")
        page.wait_for_url(card)
    readers.look(page)
    invite(page, card, OFFICER, DECLARER)
    readers.look(page)


def invite(page: Page, card: str, *personas: Persona) -> None:
    """The secretariat invites people from the page of a provider."""
    for persona in personas:
        page.goto(card)
        follow(page, "Invite or remove people")
        page.locator("[name=name]").fill(persona.name)
        page.locator("[name=email]").fill(persona.email)
        page.locator(f"[name=role][value={persona.role}]").check()
        page.locator("form", has=page.locator("[name=email]")).get_by_role("button").click()
        expect(page.locator("main")).to_contain_text(persona.email)


def accept_invitation(readers: Readers, persona: Persona, *, college: str = COLLEGE) -> Page:
    """Somebody follows the link of the mail, chooses a password, signs in and adds an authenticator app."""
    page = newest_mail(readers.window(), persona.email, "invited")
    page.locator("a[href*='/account/invitation/']").first.click()
    readers.look(page)
    page.locator("[name=password1]").fill(PASSWORD)
    page.locator("[name=password2]").fill(PASSWORD)
    press(page, "Accept")
    page.locator("[name=login]").fill(persona.email)
    page.locator("[name=password]").fill(PASSWORD)
    press(page, "Sign in")
    heading(page, "authenticator app")
    readers.look(page)
    secret = page.locator("#totp-secret").inner_text()
    page.locator("[name=code]").fill(people.lasting_code(secret))
    press(page, "Add the app")
    page.goto("/provider/")
    heading(page, college)
    return page


def lodge(readers: Readers, page: Page, upload: dict[str, Any]) -> str:
    """The data officer uploads a zip, sees what is wrong, fixes it in place and has it checked again."""
    follow(page, "Send a new submission")
    readers.look(page)
    page.locator("[name=uploads]").set_input_files([upload])
    press(page, "Upload and check")
    follow(page, "the findings")
    heading(page, "1 error to fix")
    address = page.url.removesuffix("findings/")
    readers.look(page)
    page.goto(f"{address}findings/?severity=error&rule=V07")
    readers.look(page)
    page.locator("form", has=page.locator("[name=row]")).locator("[name=value]").fill("3")
    page.locator("form", has=page.locator("[name=row]")).get_by_role("button", name="Fix").click()
    expect(page.locator("main")).to_contain_text("Fixed, check again")
    page.goto(f"{address}findings/")
    press(page, "Check again")
    follow(page, "the findings")
    expect(page.locator("h1")).not_to_contain_text("to fix")
    return address


def declare(readers: Readers, page: Page, address: str) -> None:
    """A second person declares, and the submission is sealed."""
    page.goto(f"{address}declare/")
    readers.look(page)
    page.locator("[name=agreed]").check()
    press(page, "Declare and seal")
    follow(page, "Open the receipt")
    expect(page.locator("main")).to_contain_text("Sealed")
    readers.look(page)


def register_student(readers: Readers) -> Page:
    """The student registers and confirms the address from the mail."""
    page = readers.window()
    page.goto("/account/register/")
    readers.look(page)
    page.locator("[name=email]").fill(STUDENT.email)
    page.locator("[name=password1]").fill(PASSWORD)
    page.locator("[name=password2]").fill(PASSWORD)
    press(page, "Register")
    newest_mail(page, STUDENT.email, "onfirm")
    readers.look(page)
    page.locator("a[href*='/account/confirm/']").first.click()
    readers.look(page)
    press(page, "Confirm")
    if page.locator("[name=login]").count():
        page.locator("[name=login]").fill(STUDENT.email)
        page.locator("[name=password]").fill(PASSWORD)
        press(page, "Sign in")
    return page


def apply_for_records(readers: Readers, page: Page) -> str:
    """The student shows who they are, finds the provider and applies; returns the case."""
    page.goto("/student/")
    readers.look(page)
    follow(page, "Tell us who you are")
    readers.look(page)
    assert STUDENT.born is not None
    page.locator("[name=family_name]").fill("Mendoza")
    page.locator("[name=given_name]").fill("Saoirse")
    fill_date(page, "birth_date", STUDENT.born)
    press(page, "")
    heading(page, "Show who you are")
    readers.look(page)
    page.locator("[name=kind][value=passport]").check()
    picture = {"name": "passport.pdf", "mimeType": "application/pdf", "buffer": small_pdf(["Nobody's passport"])}
    page.locator("[name=scan]").set_input_files([picture])
    press(page, "Save")
    be_guided(readers, page)
    page.goto("/student/find/")
    page.locator("main [name=q]").fill("paperbark")
    page.locator("main [name=q]").press("Enter")
    readers.look(page)
    follow(page, "Apply for my records")
    readers.look(page)
    page.locator("[name=attended_from]").fill(str(FIRST_YEAR))
    page.locator("[name=attended_until]").fill(str(FIRST_YEAR + 2))
    press(page, "Apply")
    page.wait_for_url("**/student/applications/*/")
    readers.look(page)
    return page.url.rstrip("/").rpartition("/")[2]


def be_guided(readers: Readers, page: Page) -> None:
    """The student asks about a closed provider of which nothing is held, and gets guidance instead of a form (TEQ-01)."""
    page.goto("/student/find/?q=quandong")
    readers.look(page)
    follow(page, "No application can be made here")
    provider = page.url.rstrip("/").rpartition("/")[2]
    page.goto(f"/student/apply/?provider={provider}")
    expect(page.locator("main")).to_contain_text("What you can do")
    expect(page.locator("[name=attended_from]")).to_have_count(0)
    readers.look(page)


def confirm(readers: Readers, case: str) -> None:
    """The officer confirms the identity and the exact match; the extract is certified."""
    page = readers.window(people.OFFICER)
    page.goto("/secretariat/requests/")
    readers.look(page)
    page.goto(f"/secretariat/requests/{case}/")
    follow(page, "Open the identity check")
    readers.look(page)
    press(page, "It is: confirm")
    page.goto(f"/secretariat/requests/{case}/")
    expect(page.locator("main")).to_contain_text("Exact")
    readers.look(page)
    press(page, "Confirm the match")
    expect(page.locator("main")).to_contain_text("is certified")


def collect(readers: Readers, page: Page) -> bytes:
    """The student is told by a mail that holds no result, sees the record and downloads the extract."""
    newest_mail(page, STUDENT.email, "ready")
    expect(page.locator("main")).not_to_contain_text(records.COURSE[1])
    page.goto("/student/record/")
    readers.look(page)
    with page.expect_download() as download:
        follow(page, "Download the extract")
    page.goto("/student/access/")
    expect(page.locator("main")).to_contain_text("fficer")
    readers.look(page)
    return Path(download.value.path()).read_bytes()


def check_document(readers: Readers, extract: bytes) -> None:
    """Anyone drops the file; its hash is worked out in the browser, and the answer names nobody."""
    page = readers.window()
    page.goto("/check/")
    readers.look(page)
    file = {"name": "extract.pdf", "mimeType": "application/pdf", "buffer": extract}
    page.locator("main input[type=file]").set_input_files([file])
    expect(page.locator("main")).to_contain_text("Authentic and current")
    expect(page.locator("main")).not_to_contain_text("Saoirse")
    readers.look(page)


def test_files_go_in_and_a_certified_extract_comes_out(readers: Readers, tmp_path: Path) -> None:
    # Given a closed provider whose people have accepted their invitations,
    register_closed_college(readers)
    officer, declarer = (accept_invitation(readers, one) for one in (OFFICER, DECLARER))
    # when its files are checked, fixed, declared by a second person and sealed,
    address = lodge(readers, officer, bundle(tmp_path / "files", seed=404, student=STUDENT))
    declare(readers, declarer, address)
    # and a student of it applies and is recognised,
    student = register_student(readers)
    confirm(readers, apply_for_records(readers, student))
    # then the student holds an extract that anyone can check, and no page on the way had a fault.
    extract = collect(readers, student)
    assert extract.startswith(b"%PDF")
    check_document(readers, extract)
    assert readers.faults == []
