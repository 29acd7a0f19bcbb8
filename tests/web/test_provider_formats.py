"""The upload page offers the formats of the provider's sectors, and every page of a submission speaks of its own format."""

import io
import re
from pathlib import Path
from uuid import UUID

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from testamur.submissions import actions as submissions_actions
from testamur.submissions.certificates.workbook import template
from testamur.submissions.formats import FORMATS
from tests import build, lodged
from tests.lodged import Lodging

pytestmark = pytest.mark.django_db

VECTORS = Path(__file__).parents[1] / "vectors"
CQR = b"""[VERSION200]
7\tS1\tGrace\tNguyen\t01/02/1991\tF\tBSB40407\tQ\t10/05/2012\tP-0001\tEnglish\tBSBWOR501\tBSBCUS401
8\tS2\tLee\tOkafor\t03/04/1985\tM\t\tS\t11/05/2012\tP-0002\tVietnamese\tCHCCHILD3A
"""


@pytest.fixture
def lodging() -> Lodging:
    return Lodging(sector="vet")


@pytest.fixture
def officer(lodging: Lodging) -> Client:
    return build.signed_in(lodging.officer)


def text(answer) -> str:
    return answer.content.decode()


def send(officer: Client, files: dict[str, bytes], **more: str):
    """Send the form of a new submission."""
    uploads = [SimpleUploadedFile(name, content) for name, content in files.items()]
    return officer.post(reverse("provider:new"), {"key": "k", "profile": "strict", "uploads": uploads, **more})


def opened(answer) -> UUID:
    """Return the submission that an answer leads to, after the worker's check."""
    assert answer.status_code == 302, text(answer)
    number = UUID(answer["Location"].rstrip("/").rsplit("/", 1)[1])
    submissions_actions.check_submission(number, at=build.NOW)
    return number


# The choice --------------------------------------------------------------------------------------


def test_only_the_formats_of_the_providers_sectors_are_offered(officer):
    page = text(officer.get(reverse("provider:new")))
    offered = re.findall(r'name="format" value="([^"]+)"', page)
    assert offered == ["avetmiss8", "cqr2", "certificates"]
    assert all(FORMATS[name].wants in page for name in offered)
    assert FORMATS["teqsa"].title not in page
    assert "studentrecords" not in page


def test_who_may_lodge_one_format_is_not_asked_for_it():
    college = Lodging()
    page = text(build.signed_in(college.officer).get(reverse("provider:new")))
    assert 'name="format"' not in page
    assert FORMATS["teqsa"].wants in page
    assert "studentresults v2.csv" in page


def test_a_format_must_be_chosen_and_be_one_of_the_offered(lodging, officer):
    answer = send(officer, {"cqr.txt": CQR})
    assert (answer.status_code, "Choose the format of your files." in text(answer)) == (422, True)
    assert send(officer, lodged.clean(), format="teqsa").status_code == 422
    assert lodging.listed() == []


def test_the_format_of_the_latest_submission_is_chosen_already(officer):
    assert not re.search(r'name="format"[^>]*checked', text(officer.get(reverse("provider:new"))))
    opened(send(officer, {"cqr.txt": CQR}, format="cqr2"))
    page = text(officer.get(reverse("provider:new")))
    assert re.search(r'name="format" value="cqr2"[^>]*checked', page)


def test_files_of_another_format_are_refused_with_its_name(lodging, officer):
    answer = send(officer, {"cqr.txt": CQR}, format="avetmiss8")
    assert answer.status_code == 422
    assert "look like “CQR data file 2.00”, not like “AVETMISS VET Provider Collection, release 8.0”" in text(answer)
    assert lodging.listed() == []
    number = opened(send(officer, {"cqr.txt": CQR}, format="cqr2"))
    more = {"uploads": [SimpleUploadedFile("awards.xlsx", template())]}
    answer = officer.post(reverse("provider:files", args=[number]), more)
    assert (answer.status_code, "look like “Certificate register”" in text(answer)) == (422, True)


def test_files_that_could_be_either_are_left_to_the_check(officer):
    files = {"cqr.txt": CQR, "awards.xlsx": template()}
    assert send(officer, files, format="avetmiss8").status_code == 302
    assert send(officer, {"notes.txt": b"a note"}, format="cqr2", key="other").status_code == 302


# The template --------------------------------------------------------------------------------------


def test_the_template_is_a_workbook_to_download(officer):
    url = reverse("public:format_template", args=["certificates"])
    assert url in text(officer.get(reverse("provider:new")))
    assert url in text(officer.get(reverse("public:format", args=["certificates"])))
    answer = Client().get(url)
    assert "certificates template.xlsx" in answer["Content-Disposition"]
    book = openpyxl.load_workbook(io.BytesIO(answer.content))
    assert book.sheetnames[0] == "Certificates"


def test_a_format_without_a_template_offers_none():
    assert Client().get(reverse("public:format_template", args=["cqr2"])).status_code == 404
    assert Client().get(reverse("public:format_template", args=["nothing"])).status_code == 404
    page = text(Client().get(reverse("public:format", args=["cqr2"])))
    assert "template.xlsx" not in page
