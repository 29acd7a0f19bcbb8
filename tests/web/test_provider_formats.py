"""The upload page offers the formats of the provider's sectors, and every page of a submission speaks of its own format."""

import csv
import io
import re
import zipfile
from pathlib import Path
from uuid import UUID

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from testamur.accounts.roles import Role
from testamur.log.models import AccessEvent
from testamur.service.synthetic import avetmiss
from testamur.submissions import actions as submissions_actions
from testamur.submissions.certificates.workbook import template
from testamur.submissions.formats import FORMATS
from tests import build, lodged
from tests.lodged import Lodging
from tests.rules import nat_samples

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


def test_a_format_that_the_provider_may_not_lodge_is_not_named():
    college = Lodging()
    answer = send(build.signed_in(college.officer), {"students.xlsx": template()})
    assert answer.status_code == 302
    (number,) = college.listed()
    submissions_actions.check_submission(number, at=build.NOW)
    page = text(build.signed_in(college.administrator).get(reverse("provider:submission", args=[number])))
    assert ("There is no file of this format here" in page, "These files look like" in page) == (True, False)


def test_the_check_names_the_format_that_the_files_look_like(lodging):
    number = lodging.opened({"cqr.txt": CQR}, format="avetmiss8")  # as a system sends them
    lodging.checked(number)
    page = text(build.signed_in(lodging.officer).get(reverse("provider:submission", args=[number])))
    assert "There is no file of this format here: NAT00010" in page
    assert "These files look like “CQR data file 2.00” (cqr2)." in page


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


# One fault in each format, fixed on the page --------------------------------------------------------------------------------


def register_rows() -> list[list[str]]:
    """Return the rows of a certificate register: one certificate of two units, and another."""
    content = (VECTORS / "certificates" / "odd-but-good" / "clean.csv").read_text(encoding="utf-8-sig")
    return list(csv.reader(io.StringIO(content, newline="")))


def register_csv(rows: list[list[str]]) -> bytes:
    out = io.StringIO(newline="")
    csv.writer(out).writerows(rows)
    return out.getvalue().encode()


def register_book(rows: list[list[str]]) -> bytes:
    """Return rows as they stand in the template's own sheet, typed in by hand."""
    book = openpyxl.load_workbook(io.BytesIO(template()))
    page = book["Certificates"]
    for number, row in enumerate(rows[1:], 2):
        for place, cell in enumerate(row, 1):
            page.cell(number, place).value = cell or None
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def faulty_register() -> list[list[str]]:
    """Return the register with a gender that is none in the second row of the first certificate."""
    rows = register_rows()
    rows[2][rows[0].index("Gender")] = "Z"
    return rows


def faulty_nat(folder: Path, code: str) -> dict[str, bytes]:
    avetmiss.write_bundle(folder, students=6, activities_per_student=3, seed=3, organisation=code)
    nat_samples.edit(folder, "NAT00080", 1, "gender", "Z")
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def faulty(name: str, folder: Path, code: str) -> tuple[str, dict[str, bytes], dict[str, str]]:
    """Return a format, files with one fault, and the fix of its cell."""
    if name == "nat":
        fix = {"file": "NAT00080.txt", "row": "1", "column": "gender", "value": "F"}
        return "avetmiss8", faulty_nat(folder, code), fix
    if name == "cqr":
        fix = {"file": "cqr.txt", "row": "3", "column": "Gender", "value": "M"}
        return "cqr2", {"cqr.txt": CQR.replace(b"1985\tM\t", b"1985\tZ\t")}, fix
    fix = {"row": "3", "column": "Gender", "value": register_rows()[1][register_rows()[0].index("Gender")]}
    if name == "csv":
        return "certificates", {"awards.csv": register_csv(faulty_register())}, {"file": "awards.csv", **fix}
    return "certificates", {"awards.xlsx": register_book(faulty_register())}, {"file": "awards.xlsx", **fix}


def accepted(number: UUID) -> None:
    """Accept a declared submission as a supervisor, as the regulator's profile asks, and seal it."""
    supervisor = build.member(Role.SUPERVISOR)
    submissions_actions.accept_submission(number, by=supervisor.id, at=build.NOW)
    submissions_actions.seal_submission(number, at=build.NOW)


def body(answer) -> bytes:
    assert answer.status_code == 200
    return b"".join(answer.streaming_content)


@pytest.mark.parametrize("name", ["nat", "cqr", "csv", "xlsx"])
def test_a_fault_is_fixed_on_the_page_and_no_page_speaks_of_another_format(name, lodging, officer, tmp_path):
    form, files, fix = faulty(name, tmp_path, lodging.code)
    number = opened(send(officer, files, format=form))
    errors = text(officer.get(reverse("provider:findings", args=[number]), {"severity": "error"}))
    rule = re.search(r'name="rule" value="([^"]+)"', errors)[1]
    assert officer.post(reverse("provider:fix", args=[number]), {**fix, "rule": rule}).status_code == 302
    assert "Fixed, check again" in text(officer.get(reverse("provider:findings", args=[number]), {"severity": "error"}))
    for page in ("submission", "files", "findings", "declare"):
        assert not re.search(
            "studentre|TCSI|TEQSA(?! Act)|Testamur row", text(officer.get(reverse(f"provider:{page}", args=[number])))
        )
    officer.post(reverse("provider:check", args=[number]))
    submissions_actions.check_submission(number, at=build.NOW)
    lodging.declared(number)
    accepted(number)
    receipt = text(officer.get(reverse("provider:receipt", args=[number])))
    assert "Sealed" in receipt
    assert not re.search("PDF", receipt)
    assert not re.search("studentre|TCSI|TEQSA(?! Act)|Testamur row", receipt)


def handed_back(officer: Client, number: UUID, page: str, name: str):
    return officer.get(reverse(f"provider:{page}", args=[number]), {"file": name})


def test_a_workbook_comes_back_as_a_workbook_with_what_is_wrong(officer):
    rows = faulty_register()
    rows[3][rows[0].index("Surname")] = "=1+1"
    number = opened(send(officer, {"awards.xlsx": register_book(rows)}, format="certificates"))
    answer = handed_back(officer, number, "annotated", "awards.xlsx")
    assert answer["Content-Type"].endswith("spreadsheetml.sheet")
    assert "checked awards.xlsx" in answer["Content-Disposition"]
    content = body(answer)
    page = openpyxl.load_workbook(io.BytesIO(content)).active
    read = [[cell.value for cell in row] for row in page.iter_rows()]
    note = len(rows[0])
    assert read[0][note] == "What is wrong and what to do"
    assert "Gender: " in read[2][note]
    assert read[1][:3] == [cell or None for cell in rows[1][:3]]
    formulas = [cell for row in page.iter_rows() for cell in row if cell.data_type == "f"]
    assert (formulas, read[3][rows[0].index("Surname")]) == ([], "=1+1")
    # Corrected in the workbook itself, it is read again, our column being no fault in it.
    again = openpyxl.load_workbook(io.BytesIO(content))
    again.active.cell(3, rows[0].index("Gender") + 1).value = "F"
    again.active.cell(4, rows[0].index("Surname") + 1).value = "Nguyen"
    out = io.BytesIO()
    again.save(out)
    uploads = {"uploads": [SimpleUploadedFile("awards.xlsx", out.getvalue())]}
    assert officer.post(reverse("provider:files", args=[number]), uploads).status_code == 302
    submissions_actions.check_submission(number, at=build.NOW)
    assert "No error is left" in text(officer.get(reverse("provider:submission", args=[number])))


def test_the_rows_with_errors_of_a_register_bring_their_whole_certificate(officer):
    number = opened(send(officer, {"awards.csv": register_csv(faulty_register())}, format="certificates"))
    answer = handed_back(officer, number, "failed", "awards.csv")
    assert "rows with errors of awards.csv" in answer["Content-Disposition"]
    rows = list(csv.reader(io.StringIO(body(answer).decode(), newline="")))
    place = rows[0].index("Certificate number")
    assert [row[place] for row in rows[1:] if row] == ["P-1", "P-1"]
    assert all(row[-1] for row in rows if row)
    number = opened(send(officer, {"awards.xlsx": register_book(faulty_register())}, format="certificates", key="2"))
    page = openpyxl.load_workbook(io.BytesIO(body(handed_back(officer, number, "failed", "awards.xlsx")))).active
    assert page.max_row == 3


def test_the_lines_with_errors_of_a_cqr_file_are_a_cqr_file(officer):
    files = {"cqr.txt": CQR.replace(b"1985\tM\t", b"1985\tZ\t")}
    number = opened(send(officer, files, format="cqr2"))
    content = body(handed_back(officer, number, "failed", "cqr.txt"))
    assert content.splitlines()[0] == b"[VERSION200]"
    assert content.count(b"\n") == 2
    corrected = content.replace(b"\tZ\t", b"\tM\t")
    again = opened(send(officer, {"cqr again.txt": corrected}, format="cqr2", key="2"))
    assert "No error is left" in text(officer.get(reverse("provider:submission", args=[again])))


def test_lines_of_nat_files_come_back_in_their_places(lodging, officer, tmp_path):
    files = faulty_nat(tmp_path, lodging.code)
    number = opened(send(officer, files, format="avetmiss8"))
    content = body(handed_back(officer, number, "annotated", "NAT00080.txt"))
    lines, own = content.split(b"\r\n"), files["NAT00080.txt"].split(b"\r\n")
    assert lines[0].startswith(own[0] + b"\tWhat is wrong and what to do: gender: ")
    assert lines[1:] == own[1:]
    assert body(handed_back(officer, number, "failed", "NAT00080.txt")).count(b"\r\n") == 1
    page = text(officer.get(reverse("provider:findings", args=[number])))
    assert "its files belong together" in page


def test_the_other_rows_of_a_held_certificate_are_said_to_be_held_too(lodging, officer):
    number = opened(send(officer, {"awards.csv": register_csv(faulty_register())}, format="certificates"))
    page = text(officer.get(reverse("provider:findings", args=[number])))
    assert "1 good row can be declared" in page
    assert "2 rows (1 with errors, 1 with their certificate) would be held" in page
    assert "a certificate waits whole" in page
    officer.post(reverse("provider:hold", args=[number]), {"key": "hold"})
    content = body(handed_back(officer, number, "failed", "awards.csv")).decode()
    assert content.count("P-1") == 2
    lodging.declared(number)
    accepted(number)
    assert "2 rows still held" in text(officer.get(reverse("provider:receipt", args=[number])))


def test_a_workbook_that_cannot_be_read_comes_back_unchanged(officer):
    content = (VECTORS / "certificates" / "known-bad" / "macros.xlsm").read_bytes()
    number = opened(send(officer, {"awards.xlsm": content}, format="certificates"))
    assert body(handed_back(officer, number, "annotated", "awards.xlsm")) == content


# What was lodged comes out again ------------------------------------------------------------------------------------------


def sealed_register(lodging: Lodging, officer: Client) -> None:
    rows = register_rows()
    rows[1][rows[0].index("Unit title")] = "A very long title " * 8
    number = opened(send(officer, {"awards.csv": register_csv(rows)}, format="certificates"))
    lodging.declared(number)
    accepted(number)


def test_nothing_to_download_is_said_so(officer):
    assert "holds nothing of yours yet" in text(officer.get(reverse("provider:exports")))
    assert officer.post(reverse("provider:export", args=["certificates"])).status_code == 404


def test_what_was_lodged_is_downloaded_and_noted(lodging, officer):
    sealed_register(lodging, officer)
    page = text(officer.get(reverse("provider:exports")))
    assert "Sealed: 8 records in 1 submission" in page
    assert "Unique Student Identifiers: they are never written to a file" in page
    cuts = re.search(r"<table.*?Cells that are cut to their column.*?</table>", page, re.DOTALL)[0]
    assert ("Unit title" in cuts, "143" in cuts, "A very long" in cuts) == (True, True, False)
    assert AccessEvent.objects.filter(action="exported").count() == 0
    waiting = officer.post(reverse("provider:export", args=["certificates"]))["Location"]
    page = text(officer.get(waiting))
    assert ("Being prepared" in page, "Waiting for the worker" in page, "Download (.zip)" in page) == (
        True,
        True,
        False,
    )
    export_id = waiting.strip("/").rpartition("/")[2]
    submissions_actions.prepare_export(export_id, at=timezone.now())
    assert officer.get(reverse("provider:export_progress", args=[export_id]))["HX-Refresh"] == "true"
    page = text(officer.get(waiting))
    assert ("2 students" in page, "It is held until" in page, "Download (.zip)" in page) == (True, True, True)
    assert "Ready" in text(officer.get(reverse("provider:exports")))
    assert AccessEvent.objects.filter(action="exported").count() == 0
    answer = officer.post(reverse("provider:export_file", args=[export_id]))
    assert answer["Content-Type"] == "application/zip"
    assert re.fullmatch(r'attachment; filename="certificates [0-9-]{10}\.zip"', answer["Content-Disposition"])
    with zipfile.ZipFile(io.BytesIO(body(answer))) as archive:
        assert set(archive.namelist()) == {"certificates.csv", "certificates.xlsx", "READ ME.txt"}
        assert b"P-1" in archive.read("certificates.csv")
    assert AccessEvent.objects.filter(action="exported").count() == 2
    gone = text(officer.post(reverse("provider:remove_export", args=[export_id]), follow=True))
    assert "Nothing of it is kept" in gone
    assert "The archive is no longer held" in text(officer.get(waiting))
    assert officer.post(reverse("provider:export_file", args=[export_id])).status_code == 404


def test_another_provider_downloads_nothing_of_it(lodging, officer):
    sealed_register(lodging, officer)
    other = build.signed_in(Lodging(sector="vet").officer)
    assert "holds nothing of yours yet" in text(other.get(reverse("provider:exports")))
    assert other.post(reverse("provider:export", args=["certificates"])).status_code == 404
    assert other.post(reverse("provider:export", args=["asqa"])).status_code == 404
