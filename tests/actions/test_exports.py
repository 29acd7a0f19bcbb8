"""What a provider lodged comes out again, and lodged again it changes nothing; every student in it is told so."""

import csv
import io
import zipfile
from collections import Counter
from pathlib import Path

import openpyxl
import pytest

from testamur.accounts.roles import Role
from testamur.kernel import tenancy
from testamur.kernel.errors import NotAllowed, NotFound
from testamur.log.models import AccessEvent
from testamur.register import queries as register_queries
from testamur.register.models import Version
from testamur.service.synthetic import avetmiss
from testamur.submissions import actions as submissions_actions
from testamur.submissions import queries as submissions_queries
from testamur.submissions.actions import Looker
from testamur.submissions.avetmiss.layout import load_avetmiss
from testamur.submissions.exporting.kinds import EXPORTS
from testamur.submissions.layouts import load_format
from tests import build
from tests.lodged import RECORDS, RESULTS, Lodging, csv_of, student, unit

pytestmark = pytest.mark.django_db

VECTORS = Path(__file__).parents[1] / "vectors"
CQR = b"""[VERSION200]
7\tS1\tGrace\tNguyen\t01/02/1991\tF\tBSB40407\tQ\t10/05/2012\tP-0001\tEnglish\tBSBWOR501\tBSBCUS401
8\tS2\tLee\tOkafor\t03/04/1985\tM\t\tS\t11/05/2012\tP-0002\tVietnamese\tCHCCHILD3A
9\t\t-\tMadonna\t01/01/1901\t@\t\tS\t11/05/2012\tP-0003\tEnglish\tCHCCHILD3A
7\tS1\tGrace\tNguyen\t01/02/1991\tF\tBSB50407\tQ\t10/05/2013\tP-0004\tEnglish\tBSBWOR501
"""
USI = b"PCVA64XU3D"


@pytest.fixture
def lodging() -> Lodging:
    return Lodging().with_rto_code()


def register_rows() -> list[list[str]]:
    """Return the rows of a clean certificate register, the names of the columns first."""
    text = (VECTORS / "certificates" / "odd-but-good" / "clean.csv").read_text(encoding="utf-8-sig")
    return list(csv.reader(io.StringIO(text, newline="")))


def exported(lodging: Lodging, name: str) -> dict[str, bytes]:
    """Return the files of an export by name."""
    looker = Looker(lodging.provider.id, lodging.officer.id, Role.PROVIDER_DATA_OFFICER.value)
    with tenancy.for_provider(lodging.provider.id):
        export = submissions_actions.export_lodged(name, looker=looker, at=build.NOW)
    with zipfile.ZipFile(io.BytesIO(b"".join(export.pieces))) as archive:
        assert archive.testzip() is None
        return {entry: archive.read(entry) for entry in archive.namelist()}


def recorded(lodging: Lodging) -> Counter[str]:
    """Return everything that is held of the provider now."""
    with tenancy.for_provider(lodging.provider.id):
        students = sorted(set(Version.objects.values_list("student_id", flat=True)))
        found = register_queries.current_versions(students)
        return Counter(f"{one.student_id} {one.kind} {one.course} {one.unit} {one.facts_json}" for one in found)


def sealed(lodging: Lodging, files: dict[str, bytes], name: str, **options: str) -> dict[str, int]:
    """Lodge files without an error, have a supervisor accept them where the regulator asks, and say what became of them."""
    number = lodging.opened(files, format=name, **options)
    lodging.checked(number)
    with tenancy.for_provider(lodging.provider.id):
        card = submissions_queries.submission(number)
        groups = submissions_queries.finding_groups(card, submissions_queries.Chosen(severity="error"))
    assert [(group.files, group.rule, group.column, group.message, group.count) for group in groups] == []
    lodging.declared(number)
    with tenancy.for_provider(lodging.provider.id):
        waits = submissions_queries.submission(number).state == "submitted"
    if waits:
        submissions_actions.accept_submission(number, by=build.member(Role.SUPERVISOR).id, at=build.NOW)
    submissions_actions.seal_submission(number, at=build.NOW)
    with tenancy.for_provider(lodging.provider.id):
        return dict(submissions_queries.submission(number).outcome)


def unchanged(lodging: Lodging, files: dict[str, bytes], name: str, **options: str) -> None:
    """Assert that files lodged again change nothing."""
    before = recorded(lodging)
    outcome = sealed(lodging, files, name, **options)
    assert (outcome["new"], outcome["changed"], outcome["withdrawn"]) == (0, 0, 0)
    assert outcome["unchanged"] > 1
    assert recorded(lodging) == before


# Round trips -----------------------------------------------------------------------------------


def test_a_cqr_data_file_comes_out_and_goes_in_again(lodging):
    sealed(lodging, {"cqr.txt": CQR}, "cqr2")
    files = exported(lodging, "cqr2")
    assert set(files) == {"cqr.txt", "READ ME.txt"}
    lines = files["cqr.txt"].decode().split("\r\n")
    assert lines[0] == "[VERSION200]"
    assert len(lines) == 6
    unchanged(lodging, {"cqr.txt": files["cqr.txt"]}, "cqr2")


def test_a_gender_that_the_tolerant_profile_kept_is_kept(lodging):
    sealed(lodging, {"cqr.txt": CQR.replace(b"\tM\t", b"\tX\t")}, "cqr2", profile="tolerant")
    unchanged(lodging, {"cqr.txt": exported(lodging, "cqr2")["cqr.txt"]}, "cqr2", profile="tolerant")


def test_a_certificate_register_comes_out_as_csv_and_workbook_and_each_goes_in_again(lodging):
    content = (VECTORS / "certificates" / "odd-but-good" / "clean.csv").read_bytes()
    sealed(lodging, {"certificates.csv": content}, "certificates")
    files = exported(lodging, "certificates")
    assert set(files) == {"certificates.csv", "certificates.xlsx", "READ ME.txt"}
    assert all(USI not in content for content in files.values())
    sheet = openpyxl.load_workbook(io.BytesIO(files["certificates.xlsx"])).active
    rows = list(csv.reader(io.StringIO(files["certificates.csv"].decode("utf-8-sig"), newline="")))
    assert (sheet.max_row, len(rows)) == (4, 4)
    unchanged(lodging, {"certificates.csv": files["certificates.csv"]}, "certificates")
    unchanged(lodging, {"certificates.xlsx": files["certificates.xlsx"]}, "certificates")


def test_a_unit_achieved_twice_keeps_both_results(lodging):
    rows = register_rows()
    first = dict(zip(rows[0], rows[1], strict=True))
    later = {**first, "Certificate number": "P-9", "Issue date": "10/05/2019", "Unit outcome": "51"}
    later |= {"Completion date": "02/05/2019", "Unit end date": "01/04/2019"}
    out = io.StringIO(newline="")
    csv.writer(out).writerows([rows[0], rows[1], list(later.values())])
    sealed(lodging, {"certificates.csv": out.getvalue().encode()}, "certificates")
    unchanged(lodging, {"again.csv": exported(lodging, "certificates")["certificates.csv"]}, "certificates")


def test_higher_education_files_come_out_and_go_in_again(lodging):
    people = [
        student(1, other_names="Mai", phone="+61 400 000 001", email="s1@example.org", state="NSW", gender="F"),
        student(2, surname="Sukarno", given_name="9999", birth_date="01/01/1901", commencement_date=""),
    ]
    course = {"level": "Course", "unit_code": "", "unit_name": "", "mark": ""}
    results = [
        unit(1, "A1", weighted_units="0.125"),
        unit(1, "A1", study_year="2017", status="2", grade="N"),
        unit(1, "A2", study_year="0"),
        unit(1, **course, completion_year="2018"),
        unit(2, "A1", lote="Français", credit_granted="Yes"),
    ]
    sent = {RECORDS: csv_of("studentrecords", people), RESULTS: csv_of("studentresults", results)}
    sealed(lodging, sent, "teqsa")
    files = exported(lodging, "teqsa")
    assert set(files) == {RECORDS, RESULTS, "READ ME.txt"}
    assert b"+61 400 000 001" in files[RECORDS]
    del files["READ ME.txt"]
    unchanged(lodging, files, "teqsa")


def test_nat_files_go_in_again_once_completed_with_what_the_register_does_not_hold(tmp_path):
    lodging = Lodging(sector="vet")
    sent = tmp_path / "sent"
    avetmiss.write_bundle(sent, students=12, activities_per_student=4, seed=3, organisation=lodging.code)
    original = {path.name: path.read_bytes() for path in sorted(sent.iterdir())}
    sealed(lodging, original, "avetmiss8")
    files = exported(lodging, "avetmiss8")
    expected = {f"NAT{number}.txt" for number in ("00010", "00030", "00060", "00080", "00085", "00120", "00130")}
    assert set(files) == {*expected, "what was cut.csv", "READ ME.txt"}
    assert all("NAT00020: the whole file" in files["READ ME.txt"].decode() for _ in "1")
    layouts = load_avetmiss().files
    for name in sorted(expected):
        lengths = {len(line) for line in files[name].split(b"\r\n")[:-1]}
        assert lengths <= set(layouts[name[:8]].known)
    completed = completed_nat(files, original)
    unchanged(lodging, completed, "avetmiss8")


def completed_nat(files: dict[str, bytes], original: dict[str, bytes]) -> dict[str, bytes]:
    """Return exported NAT files with the fields that the register does not hold filled in, as a student system would."""
    fill = {
        "NAT00080.txt": {"survey_contact_status": "A"},
        "NAT00030.txt": {"nominal_hours": "0600"},
        "NAT00060.txt": {"subject_field_of_education_identifier": "050101", "vet_flag": "Y", "nominal_hours": "0050"},
        "NAT00120.txt": {
            "delivery_location_identifier": "MAIN",
            "delivery_mode_identifier": "YNN",
            "funding_source_national": "20",
            "commencing_program_identifier": "3",
            "vet_in_schools_flag": "N",
        },
    }
    location = original["NAT00020.txt"].split(b"\r\n")[0]
    whole = {"NAT00020.txt": files["NAT00010.txt"][:10] + location[10:] + b"\r\n"}
    for name, content in files.items():
        if not name.startswith("NAT"):
            continue
        layout, lines = load_avetmiss().files[name[:8]], []
        for raw in content.split(b"\r\n")[:-1]:
            line = bytearray(raw)
            for field, value in fill.get(name, {}).items():
                if name == "NAT00120.txt" and field == "delivery_mode_identifier":
                    value = "NNN" if line[71:73] in (b"51", b"60") else value
                place = layout.place(field)
                line[place.start - 1 : place.end] = value.encode().ljust(place.length)
            lines.append(bytes(line))
        whole[name] = b"\r\n".join(lines) + b"\r\n"
    return whole


# What an export is -------------------------------------------------------------------------------


def test_every_student_in_an_export_is_told_so(lodging):
    sealed(lodging, {"cqr.txt": CQR}, "cqr2")
    exported(lodging, "cqr2")
    events = AccessEvent.objects.filter(action="exported")
    assert events.count() == 3
    assert events.values("student").distinct().count() == 3
    assert {event.account for event in events} == {lodging.officer.id}
    assert {event.kept_until.year for event in events} == {build.NOW.year + 30}
    assert {event.provider for event in events} == {lodging.provider.id}


def test_the_event_is_there_before_the_first_byte(lodging):
    sealed(lodging, {"cqr.txt": CQR}, "cqr2")
    looker = Looker(lodging.provider.id, lodging.officer.id, Role.PROVIDER_DATA_OFFICER.value)
    with tenancy.for_provider(lodging.provider.id):
        export = submissions_actions.export_lodged("cqr2", looker=looker, at=build.NOW)
    assert AccessEvent.objects.filter(action="exported").count() == 3
    assert export.name == "cqr2 2026-07-01.zip"
    export.pieces.close()


def test_nobody_exports_another_providers_records_or_what_is_not_held(lodging):
    sealed(lodging, {"cqr.txt": CQR}, "cqr2")
    other = Lodging()
    looker = Looker(lodging.provider.id, other.officer.id, Role.PROVIDER_DATA_OFFICER.value)
    with pytest.raises(NotAllowed), tenancy.for_provider(lodging.provider.id):
        submissions_actions.export_lodged("cqr2", looker=looker, at=build.NOW)
    for name in ("certificates", "nothing"):
        own = Looker(lodging.provider.id, lodging.officer.id, Role.PROVIDER_DATA_OFFICER.value)
        with pytest.raises(NotFound), tenancy.for_provider(lodging.provider.id):
            submissions_actions.export_lodged(name, looker=own, at=build.NOW)
    assert AccessEvent.objects.filter(action="exported").count() == 0
    with tenancy.for_provider(other.provider.id):
        assert submissions_queries.exports_of(other.provider.id) == []


def test_what_another_format_said_later_is_exported_there_only(lodging):
    sealed(lodging, {"cqr.txt": CQR}, "cqr2")
    content = (VECTORS / "certificates" / "odd-but-good" / "clean.csv").read_bytes()
    sealed(lodging, {"certificates.csv": content}, "certificates")
    with tenancy.for_provider(lodging.provider.id):
        offered = {one.kind.name: one.students for one in submissions_queries.exports_of(lodging.provider.id)}
    assert offered == {"cqr2": 3, "certificates": 2, "asqa": 5}
    assert b"P-1\t" not in exported(lodging, "cqr2")["cqr.txt"]


# ASQA-style student data -------------------------------------------------------------------------


def test_asqa_style_student_data_holds_every_unit_once_and_says_what_was_cut(lodging, tmp_path):
    avetmiss.write_bundle(tmp_path, students=6, activities_per_student=4, seed=3)
    sealed(lodging, {path.name: path.read_bytes() for path in sorted(tmp_path.iterdir())}, "avetmiss8")
    rows = register_rows()
    for row in rows[1:]:
        row[rows[0].index("Unit title")] = "A very long title " * 8
    out = io.StringIO(newline="")
    csv.writer(out).writerows(rows)
    sealed(lodging, {"certificates.csv": out.getvalue().encode()}, "certificates")
    files = exported(lodging, "asqa")
    read = list(csv.DictReader(io.StringIO(files["asqa-style student data.csv"].decode("utf-8-sig"), newline="")))
    with tenancy.for_provider(lodging.provider.id):
        units = Version.objects.filter(kind=3).count()
        cuts = submissions_queries.cuts_in_asqa(lodging.provider.id, on=build.NOW.date(), most=10_000)
        assert submissions_queries.cuts_in_asqa(lodging.provider.id, on=build.NOW.date(), most=3) is None
    assert sum(bool(row["Unit code"]) for row in read) == units
    assert {row["USI"] for row in read} == {""}
    assert {row["Issuance date"] for row in read if row["Student ID"] in ("0071", "0072")} == {"10/05/2018"}
    listed = list(csv.DictReader(io.StringIO(files["what was cut.csv"].decode("utf-8-sig"), newline="")))
    assert [(cut["Row"], cut["Column"], cut["Characters"], cut["Cut to"]) for cut in listed] == [
        (str(cut.row), "Unit title", "143", "100") for cut in cuts
    ]
    assert len(listed) == 3
    assert all(len(read[int(cut["Row"]) - 2]["Unit title"]) == 100 for cut in listed)


def test_every_export_says_what_it_lacks_and_names_no_identifier():
    assert all(any("USI" in sentence for sentence in kind.missing) for kind in EXPORTS.values())
    assert set(EXPORTS) == {"teqsa", "avetmiss8", "cqr2", "certificates", "asqa"}
    assert load_format("teqsa").files["studentrecords"].field("usi").need == "optional"
