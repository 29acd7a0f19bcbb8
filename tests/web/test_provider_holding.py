"""Going on with the good rows, through the real pages: offered, chosen, declared, sealed, and taken back."""

import re
from uuid import UUID

import pytest
from django.test import Client
from django.urls import reverse

from testamur.accounts.roles import Role
from testamur.submissions import actions as submissions_actions
from tests import build
from tests.lodged import RECORDS, RESULTS, Lodging, faulty

pytestmark = pytest.mark.django_db


@pytest.fixture
def lodging() -> Lodging:
    return Lodging()


def checked(lodging: Lodging, **faults: int) -> UUID:
    number = lodging.opened(faulty(**faults))
    lodging.checked(number)
    return number


def page(browser: Client, name: str, number: UUID) -> str:
    answer = browser.get(reverse(f"provider:{name}", args=[number]))
    assert answer.status_code == 200
    return re.sub(r"\s+", " ", answer.content.decode())


def hold(browser: Client, number: UUID) -> str:
    key = re.search(r'name="key" value="([^"]+)" id="hold-key"', page(browser, "findings", number))
    assert key is not None
    answer = browser.post(reverse("provider:hold", args=[number]), {"key": key[1]}, follow=True)
    return str(answer.content.decode())


def test_an_officer_holds_rows_and_an_administrator_reads_which_before_declaring_the_rest(lodging: Lodging) -> None:
    number = checked(lodging, bad_student=2, bad_result=3)
    officer, administrator = build.signed_in(lodging.officer), build.signed_in(lodging.administrator)
    offered = page(officer, "findings", number)
    assert (
        "5 good rows can be declared and sealed now. 4 rows (2 with errors, 2 with their student) and 1 PDF" in offered
    )
    assert "Hold these rows" not in page(administrator, "findings", number)
    assert "rows with errors are held" in hold(officer, number)
    declare = page(administrator, "declare", number)
    assert "4 rows (2 with errors, 2 with their student) and 1 PDF" in declare
    assert "Not a status from 1 to 5." in declare, "each rule says what is wrong"
    assert "I have seen how many rows are held because of errors" in declare
    key = re.search(r'name="key" value="([^"]+)"', declare)
    assert key is not None
    answer = administrator.post(reverse("provider:declare", args=[number]), {"key": key[1], "agreed": "on"})
    assert answer.status_code == 302
    submissions_actions.seal_submission(number, at=build.NOW)
    receipt = page(officer, "receipt", number)
    assert "Rows held because of errors, and not sealed" in receipt
    assert "4 rows still held" in receipt
    home = officer.get(reverse("provider:home")).content.decode()
    assert "4 rows held" in home
    assert "send 4 held rows again, corrected" in home
    overview = page(officer, "submission", number)
    assert "under V07 (1), V24 (1)" in overview
    assert "4 rows and 1 PDF held under V07 (1), V24 (1)" in overview


def test_the_held_rows_stay_listed_and_can_be_downloaded_after_sealing(lodging: Lodging) -> None:
    number = checked(lodging, bad_student=2)
    officer = build.signed_in(lodging.officer)
    hold(officer, number)
    lodging.declared(number)
    submissions_actions.seal_submission(number, at=build.NOW)
    receipt = page(officer, "receipt", number)
    links = dict.fromkeys(re.findall(r'href="([^"]+failed-rows[^"]+)"', receipt))
    assert len(links) == 2
    bodies = [b"".join(officer.get(link.replace("&amp;", "&")).streaming_content) for link in links]  # type: ignore[attr-defined]
    assert all(b"S1002" in body and b"S1001" not in body for body in bodies)
    assert "3 rows (1 with errors, 2 with their student) and 1 PDF held" in page(officer, "findings", number)


def test_where_rows_cannot_be_held_the_page_says_why(lodging: Lodging) -> None:
    sent = faulty(bad_result=2) | {"S1001-academic transcripts.pdf": b"%PDF-1.7 cut short"}
    number = lodging.opened(sent)
    lodging.checked(number)
    officer = build.signed_in(lodging.officer)
    found = page(officer, "findings", number)
    assert "1 error is about whole files" in found
    assert "Hold these rows" not in found
    assert officer.post(reverse("provider:hold", args=[number]), {"key": "k"}).status_code == 403


def test_holding_is_taken_back_from_the_submissions_page(lodging: Lodging) -> None:
    number = checked(lodging, bad_result=2)
    officer = build.signed_in(lodging.officer)
    hold(officer, number)
    assert "Hold no rows" in page(officer, "submission", number)
    answer = officer.post(reverse("provider:stop_holding", args=[number]), follow=True)
    assert "No row is held any more" in answer.content.decode()
    assert "Hold these rows" in page(officer, "findings", number)


def test_nothing_is_offered_where_there_is_no_error(lodging: Lodging) -> None:
    number = checked(lodging)
    assert "good rows" not in page(build.signed_in(lodging.officer), "findings", number)
    assert "Held" not in page(build.signed_in(lodging.administrator), "declare", number)


def test_a_supervisor_reads_that_rows_are_held_before_deciding() -> None:
    lodging = Lodging(sector="vet")
    number = lodging.opened(faulty(bad_result=2))
    lodging.checked(number)
    hold(build.signed_in(lodging.officer), number)
    lodging.declared(number)
    supervisor = build.signed_in(build.member(Role.SUPERVISOR))
    assert "1 held" in supervisor.get(reverse("secretariat:submissions")).content.decode()
    found = supervisor.get(reverse("secretariat:submission", args=[number])).content.decode()
    assert "1 row, under V07 (1)" in found
    assert "I have seen how many rows are held" in found


def test_another_providers_submission_cannot_be_held(lodging: Lodging) -> None:
    number = checked(lodging, bad_result=2)
    stranger = build.signed_in(Lodging().officer)
    for name in ("hold", "stop_holding"):
        assert stranger.post(reverse(f"provider:{name}", args=[number]), {"key": "k"}).status_code == 404


def test_held_files_are_named_by_the_files_that_were_checked(lodging: Lodging) -> None:
    number = checked(lodging, bad_student=1)
    hold(build.signed_in(lodging.officer), number)
    found = page(build.signed_in(lodging.administrator), "declare", number)
    assert f"Held rows of {RECORDS}" in found
    assert f"Held rows of {RESULTS}" in found
    assert "send it as studentrecords v2.csv" in found
