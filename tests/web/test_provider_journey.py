"""A provider's two people lead a submission through the real pages, from the upload to the receipt."""

import re
from uuid import UUID

import pytest
from django.test import Client
from django.urls import reverse

from testamur.submissions import actions as submissions_actions
from tests import build, lodged
from tests.lodged import Lodging, csv_of, student, unit

pytestmark = pytest.mark.django_db


@pytest.fixture
def lodging() -> Lodging:
    return Lodging()


@pytest.fixture
def officer(lodging: Lodging) -> Client:
    return build.signed_in(lodging.officer)


@pytest.fixture
def administrator(lodging: Lodging) -> Client:
    return build.signed_in(lodging.administrator)


def uploads(files):
    """Return files as a browser's form sends them."""
    from django.core.files.uploadedfile import SimpleUploadedFile

    return [SimpleUploadedFile(name, content) for name, content in files.items()]


def key_of(page) -> str:
    """Return the key hidden in a page's form."""
    return re.search(r'name="key" value="([^"]+)"', page.content.decode())[1]


def sent(browser: Client, files) -> UUID:
    """Open a submission through the page and do the worker's part."""
    page = browser.get(reverse("provider:new"))
    answer = browser.post(
        reverse("provider:new"), {"key": key_of(page), "profile": "strict", "uploads": uploads(files)}
    )
    assert answer.status_code == 302, answer.content.decode()
    number = UUID(answer["Location"].rstrip("/").rsplit("/", 1)[1])
    submissions_actions.check_submission(number, at=build.NOW)
    return number


def shown(browser: Client, name: str, number: UUID, query: str = "") -> str:
    """Return a page of a submission."""
    answer = browser.get(reverse(f"provider:{name}", args=[number]) + query)
    assert answer.status_code == 200, answer.status_code
    return answer.content.decode()


def test_two_people_lead_a_submission_to_its_receipt(officer, administrator):
    number = sent(officer, lodged.clean())
    assert "No error is left" in shown(officer, "submission", number)
    page = administrator.get(reverse("provider:declare", args=[number]))
    answer = administrator.post(reverse("provider:declare", args=[number]), {"key": key_of(page), "agreed": "on"})
    assert answer.status_code == 302
    assert "Being sealed" in shown(officer, "submission", number)
    submissions_actions.seal_submission(number, at=build.NOW)
    receipt = shown(officer, "receipt", number)
    assert "Records that are new" in receipt
    assert "Sealed" in shown(administrator, "submission", number)
    assert officer.get(reverse("provider:home")).status_code == 200


def test_faults_are_fixed_on_the_page(officer):
    files = {
        lodged.RECORDS: csv_of("studentrecords", [student(1)]),
        lodged.RESULTS: csv_of("studentresults", [unit(1, "A1", status="9"), unit(1, "A2", status="9"), unit(1, "A3")]),
    }
    number = sent(officer, files)
    page = shown(officer, "findings", number)
    assert "2 errors to fix" in page
    assert "Replace in all 2" in page
    rows = shown(officer, "findings", number, "?rule=V07&severity=error")
    assert "Row 2" in rows
    assert "Row 3" in rows
    cell = {"file": lodged.RESULTS, "row": 2, "column": "Unit of Study Completion Status", "rule": "V07", "value": "3"}
    part = officer.post(reverse("provider:fix", args=[number]), cell, headers={"HX-Request": "true"})
    assert "Fixed, check again" in part.content.decode()
    officer.post(reverse("provider:fix", args=[number]), cell | {"row": 3})
    assert "Check again" in shown(officer, "findings", number)
    officer.post(reverse("provider:check", args=[number]))
    submissions_actions.check_submission(number, at=build.NOW)
    assert "To declare" in shown(officer, "submission", number)
