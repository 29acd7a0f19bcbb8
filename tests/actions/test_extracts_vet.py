"""A student of a closed training organisation: lodged, ceased, applied, matched, certified (CQR-08 to CQR-12).

Each test takes the whole way by the real actions, from the provider's files to the text of the PDF.
"""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.urls import reverse

from testamur.documents import queries as documents_queries
from testamur.documents.reading import body_text
from testamur.documents.verify import verify_document
from testamur.extracts import actions as extracts_actions
from testamur.extracts import queries
from testamur.extracts.actions import Details
from testamur.kernel import tenancy
from testamur.log import actions as log_actions
from testamur.log import keys
from testamur.providers import actions as providers_actions
from testamur.providers import queries as providers_queries
from testamur.providers.models import RegulatorProfile
from testamur.students import queries as students_queries
from testamur.students.models import Student
from testamur.submissions import actions as submissions_actions
from testamur.submissions import queries as submissions_queries
from tests import applying, build
from tests.build import NOW
from tests.lodged import Lodging
from tests.rules import nat_samples

pytestmark = pytest.mark.django_db

CQR = b"""[VERSION200]
7\tS1\tAnh\tNguyen\t01/02/1991\tF\tBSB40407\tQ\t10/05/2012\tP-0001\tEnglish\tBSBWOR501\tBSBCUS401
7\tS1\tAnh\tNguyen\t01/02/1991\tF\t\tS\t11/06/2012\tSOA/77\tVietnamese\tCHCCHILD3A
7\tS2\tLee\tOkafor\t03/04/1985\tM\t\tS\t11/05/2012\tP-0002\tEnglish\tHLTAID003
"""
ANH = Details("Nguyen", "Anh", date(1991, 2, 1))
REGISTER = (
    b"Student id,TRS number,Given name,Other names,Surname,Date of birth,Gender,Certificate type,Program code,Program title,"
    b"Issue date,Certificate number,Language of delivery,Completion date,Enrolment date,Postcode,USI,E-mail,Unit code,"
    b"Unit title,Unit outcome,Unit end date\n"
    b"0071,,Anh,,Nguyen,01/02/1991,F,Testamur,BSB40215,Certificate IV in Business,10/05/2018,P-1,Vietnamese,01/05/2018,,,,,"
    b"BSBADM405,Organise meetings,20,01/04/2018\n"
    b"0071,,Anh,,Nguyen,01/02/1991,F,Testamur,BSB40215,Certificate IV in Business,10/05/2018,P-1,Vietnamese,01/05/2018,,,,,"
    b"BSBADM406,Organise business travel,60,02/04/2018\n"
)


@pytest.fixture
def staff() -> applying.Secretariat:
    return applying.secretariat()


@pytest.fixture
def lodging() -> Lodging:
    return Lodging(sector="vet")


def sealed(lodging: Lodging, staff: applying.Secretariat, files: dict[str, bytes], form: str) -> None:
    """Lodge files to the sealed record: declared by a second person, accepted by the regulator's supervisor."""
    number = lodging.opened(files, format=form)
    lodging.checked(number)
    lodging.declared(number)
    submissions_actions.accept_submission(number, by=staff.supervisor.id, at=NOW)
    submissions_actions.seal_submission(number, at=NOW)
    with tenancy.for_provider(lodging.provider.id):
        assert submissions_queries.submission(number).state == "sealed"


def cease(lodging: Lodging) -> None:
    """Record that the provider announced its end and ended."""
    (registration,) = providers_queries.provider_card(lodging.provider.id, on=NOW.date()).registrations
    said: dict[str, Any] = {"authority": "Notice of the provider", "by": build.OPERATOR, "at": NOW, "on": NOW.date()}
    providers_actions.record_ceasing(
        registration.id, effective_date=date(2025, 3, 1), ceases_on=date(2025, 6, 30), **said
    )
    providers_actions.record_ceased(registration.id, effective_date=date(2025, 7, 1), **said)


def applied(lodging: Lodging, staff: applying.Secretariat, details: Details, years: tuple[int, int]) -> tuple[Any, str]:
    """Let a person whose identity is confirmed apply for vocational records; return them and the case."""
    person = applying.identified(staff, details)
    asked = {"sector": "vet", "attended_from": years[0], "attended_until": years[1]}
    return person, applying.applied(person, lodging.provider, **asked)


def standing(number: str) -> str:
    with tenancy.for_register():
        return queries.request(number).state


def certified(
    lodging: Lodging, staff: applying.Secretariat, details: Details = ANH, years: tuple[int, int] = (2011, 2012)
) -> tuple[Any, bytes]:
    """Take the exact match of a person to the extract; return the person and the bytes that they download."""
    person, number = applied(lodging, staff, details, years)
    assert standing(number) == "found"
    extract = extracts_actions.confirm_match(number, by=staff.officer.id, at=NOW)
    assert extract is not None
    return person, extracts_actions.download_extract(extract, by=person.id, at=NOW)


def words(pdf: bytes) -> str:
    """Return the text of a document with single spaces."""
    return " ".join(body_text(pdf).split())


def test_certificates_of_a_cqr_data_file_stand_on_the_extract(lodging: Lodging, staff: applying.Secretariat) -> None:
    sealed(lodging, staff, {"cqr.txt": CQR}, "cqr2")
    cease(lodging)
    person, pdf = certified(lodging, staff)
    text = words(pdf)
    for said in ("P-0001", "10 May 2012", "Testamur", "BSB40407", "BSBWOR501", "BSBCUS401", "English"):
        assert said in text
    for said in ("SOA/77", "11 June 2012", "Statement of attainment", "CHCCHILD3A", "Vietnamese"):
        assert said in text
    assert "CQR data file" in text
    assert "Certified extract of results" in text
    for other in ("P-0002", "HLTAID003", "Okafor", "student results file", "Unit without a title", "Mark"):
        assert other not in text
    assert text.count("BSBWOR501") == 1, "a unit of which only the certificate tells is not listed twice"
    assert len(extracts_actions.read_own_record(by=person.id, at=NOW).versions) == 6


def test_the_extract_with_certificates_verifies_and_every_version_shown_is_proven(
    lodging: Lodging, staff: applying.Secretariat
) -> None:
    sealed(lodging, staff, {"cqr.txt": CQR}, "cqr2")
    cease(lodging)
    person, pdf = certified(lodging, staff)
    log_actions.seal(at=NOW)
    (extract,) = extracts_actions.read_own_record(by=person.id, at=NOW).extracts
    assert documents_queries.issued(extract.number).status == "current"
    proof = queries.own_proof(extract.number)
    assert proof is not None
    trusted = [key.text for key in keys.trusted_keys(settings.KEYS_DIR)]
    report = verify_document(pdf, at=NOW, proof=proof.encode(), log_keys=trusted)
    assert {check.name for check in report.checks if check.ok} >= {"record proofs", "own proof"}, report
    changed = pdf.replace(b"/Catalog", b"/Catalag", 1)
    assert not verify_document(changed, at=NOW, proof=proof.encode(), log_keys=trusted).ok


def test_nat_files_become_results_with_days_and_the_parchment_of_a_states_form(
    lodging: Lodging, staff: applying.Secretariat, tmp_path: Path
) -> None:
    folder = nat_samples.clean(tmp_path, state="QLD", organisation=lodging.code)
    sealed(lodging, staff, {path.name: path.read_bytes() for path in sorted(folder.iterdir())}, "avetmiss8")
    cease(lodging)
    details, number = client_with_parchment(lodging, folder)
    year = int(number[1:5])
    _, pdf = certified(lodging, staff, details, (year, year))
    text = words(pdf)
    assert number in text
    assert f"10 December {year}" in text
    assert f"Completed 1 December {year}" in text
    for said in ("NAT00120 file", "NAT00130 file", "Unit of competency", "Started", "Ended", "Competent"):
        assert said in text
    assert "student results file" not in text
    assert text.count("Grade") == 0
    program = (folder / "NAT00130.txt").read_text("latin-1").splitlines()[0][10:20].strip()
    assert text.count(f"{program} · ") == 1, "one heading, though the same line is a completion and a parchment"


def client_with_parchment(lodging: Lodging, folder: Path) -> tuple[Details, str]:
    """Return the details of the first client who completed a program, and the number of the parchment."""
    line = (folder / "NAT00130.txt").read_text("latin-1").splitlines()[0]
    with tenancy.for_provider(lodging.provider.id):
        (card,) = students_queries.cards(
            Student.objects.filter(local_id=line[20:30].strip()).values_list("pk", flat=True)
        )
    assert card.birth.earliest is not None
    names = (card.family_name, card.given_name, card.birth.earliest, card.other_names)
    return Details(*names), line[47:72].strip()


def test_a_certificate_register_and_a_cqr_file_of_one_student_make_one_extract(
    lodging: Lodging, staff: applying.Secretariat
) -> None:
    sealed(lodging, staff, {"certificates.csv": REGISTER}, "certificates")
    sealed(lodging, staff, {"cqr.txt": CQR.replace(b"\tS1\t", b"\t0071\t")}, "cqr2")
    cease(lodging)
    _, pdf = certified(lodging, staff, years=(2011, 2018))
    text = words(pdf)
    for said in ("P-1", "10 May 2018", "P-0001", "SOA/77", "Organise meetings", "Credit transfer", "1 Apr 2018"):
        assert said in text
    assert "certificate register" in text, "the name of the source file"
    assert "CQR data file" in text
    assert text.count("Organise meetings") == 1


def test_a_birth_date_known_in_part_goes_to_people_and_is_printed_as_far_as_it_is_known(
    lodging: Lodging, staff: applying.Secretariat, tmp_path: Path
) -> None:
    folder = nat_samples.clean(tmp_path, state="QLD", organisation=lodging.code)
    nat_samples.edit(folder, "NAT00080", 1, "date_of_birth", "@@021991")
    sealed(lodging, staff, {path.name: path.read_bytes() for path in sorted(folder.iterdir())}, "avetmiss8")
    cease(lodging)
    client = (folder / "NAT00080.txt").read_text("latin-1").splitlines()[0][:10].strip()
    with tenancy.for_provider(lodging.provider.id):
        (card,) = students_queries.cards(Student.objects.filter(local_id=client).values_list("pk", flat=True))
    details = Details(card.family_name, card.given_name, date(1991, 2, 17), card.other_names)
    person, number = applied(lodging, staff, details, (2024, 2025))
    assert standing(number) == "officer"
    reason = "Name and month of birth agree; the address on the licence agrees."
    extracts_actions.propose_match(number, card.student_id, reason=reason, by=staff.officer.id, at=NOW)
    extract = extracts_actions.confirm_match(number, by=staff.supervisor.id, at=NOW)
    assert extract is not None
    text = words(extracts_actions.download_extract(extract, by=person.id, at=NOW))
    assert "Date of birth February 1991" in text
    assert "17 February" not in text


def test_years_far_from_every_certificate_go_to_an_officer(lodging: Lodging, staff: applying.Secretariat) -> None:
    sealed(lodging, staff, {"cqr.txt": CQR}, "cqr2")
    cease(lodging)
    _, number = applied(lodging, staff, ANH, (2003, 2004))
    assert standing(number) in {"officer", "not_held"}
    _, near = applied(lodging, staff, ANH, (2011, 2011))
    assert standing(near) == "found", "a certificate is issued after the study that it attests"


def test_an_operating_organisation_and_a_regulator_that_answers_itself_are_the_address(
    lodging: Lodging, staff: applying.Secretariat
) -> None:
    sealed(lodging, staff, {"cqr.txt": CQR}, "cqr2")
    _, operating = applied(lodging, staff, ANH, (2011, 2012))
    assert standing(operating) == "redirected"
    cease(lodging)
    RegulatorProfile.objects.filter(pk="ASQA").update(serves_closed_records_here=False)
    _, elsewhere = applied(lodging, staff, ANH, (2011, 2012))
    with tenancy.for_register():
        decision = queries.request(elsewhere).decision
    assert (standing(elsewhere), {finding["rule"] for finding in decision["findings"]}) == ("redirected", {"TEQ-11"})


def test_certificates_stand_on_the_pages_of_the_student_and_of_the_provider(
    lodging: Lodging, staff: applying.Secretariat
) -> None:
    sealed(lodging, staff, {"cqr.txt": CQR}, "cqr2")
    with tenancy.for_provider(lodging.provider.id):
        student = Student.objects.get(local_id="S1").pk
    page = build.signed_in(lodging.officer).get(reverse("provider:student", args=[student])).content.decode()
    for said in (
        "P-0001",
        "SOA/77",
        "Vietnamese",
        "Statement of attainment",
        "10 May 2012",
        "BSBCUS401",
        "CQR data file",
    ):
        assert said in page
    cease(lodging)
    person, _ = certified(lodging, staff)
    page = build.signed_in(person).get(reverse("student:record")).content.decode()
    for said in (
        "Testamur P-0001, BSB40407",
        "SOA/77",
        "Vietnamese",
        "CHCCHILD3A",
        "11 June 2012",
        "CQR data file, lodged",
    ):
        assert said in page
    assert "P-0002" not in page
