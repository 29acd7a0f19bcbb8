"""Every format goes the same way: checked, declared by a second person, sealed; its rows are found again in the record."""

from pathlib import Path

import pytest

from testamur.extracts import assembling
from testamur.kernel import tenancy
from testamur.register import queries as register_queries
from testamur.register.models import Source, Version
from testamur.service.synthetic import avetmiss
from testamur.submissions import queries as submissions_queries
from tests.lodged import Lodging

pytestmark = pytest.mark.django_db

VECTORS = Path(__file__).parents[1] / "vectors"
CQR = b"""[VERSION200]
7\tS1\tGrace\tNguyen\t01/02/1991\tF\tBSB40407\tQ\t10/05/2012\tP-0001\tEnglish\tBSBWOR501\tBSBCUS401
8\tS2\tLee\tOkafor\t03/04/1985\tM\t\tS\t11/05/2012\tP-0002\tVietnamese\tCHCCHILD3A
"""


@pytest.fixture
def lodging() -> Lodging:
    return Lodging().with_rto_code()


def recorded(lodging: Lodging) -> dict[str, list[dict[str, object]]]:
    """Return the facts of everything that is held of the provider, by kind."""
    found: dict[str, list[dict[str, object]]] = {}
    with tenancy.for_provider(lodging.provider.id):
        students = sorted(set(Version.objects.values_list("student_id", flat=True)))
        for version in register_queries.current_versions(students):
            found.setdefault(version.kind.label, []).append(version.facts)
    return found


def test_a_cqr_data_file_becomes_certificates_with_their_units(lodging):
    lodging.sealed({"cqr.txt": CQR}, format="cqr2")
    held = recorded(lodging)
    first, second = sorted(held["certificate"], key=lambda one: str(one["number"]))
    assert (first["number"], second["number"]) == ("P-0001", "P-0002")
    assert first["issued"] == "2012-05-10"
    assert first["units"] == [["BSBWOR501", None], ["BSBCUS401", None]]
    assert second["language"] == "Vietnamese"
    assert len(held["unit result"]) == 3
    assert len(held["student"]) == 2


def test_the_same_cqr_data_file_again_changes_nothing(lodging):
    lodging.sealed({"cqr.txt": CQR}, format="cqr2")
    before = recorded(lodging)
    number = lodging.sealed({"cqr again.txt": CQR + b"\n"}, format="cqr2")
    with tenancy.for_provider(lodging.provider.id):
        outcome = submissions_queries.submission(number).outcome
    assert (outcome["new"], outcome["changed"]) == (0, 0)
    assert recorded(lodging) == before


def test_a_certificate_register_becomes_certificates(lodging):
    content = (VECTORS / "certificates" / "odd-but-good" / "clean.csv").read_bytes()
    lodging.sealed({"certificates.csv": content}, format="certificates")
    held = recorded(lodging)
    assert held["certificate"]
    assert all(one["number"] and one["issued"] for one in held["certificate"])


def test_nat_files_become_unit_results_and_completions(lodging, tmp_path):
    avetmiss.write_bundle(tmp_path, students=12, activities_per_student=4, seed=3)
    lodging.sealed({path.name: path.read_bytes() for path in sorted(tmp_path.iterdir())}, format="avetmiss8")
    held = recorded(lodging)
    assert {one["outcome"] for one in held["unit result"]} <= {"20", "51", "60", "81", "41"}
    assert all(one["started"] <= one["ended"] for one in held["unit result"])
    assert all(one["completed"] for one in held["course result"])
    with tenancy.for_provider(lodging.provider.id):
        parts = set(Source.objects.values_list("part", flat=True))
        units = Version.objects.filter(kind=3)
        assert {one.valid_date.isoformat() for one in units} == {one["ended"] for one in held["unit result"]}
    assert {"NAT00080", "NAT00120", "NAT00130"} <= parts


def test_the_worker_compares_names_with_the_titles_of_the_national_register(lodging, tmp_path):
    avetmiss.write_bundle(tmp_path, students=2, activities_per_student=2, seed=3)
    subjects = tmp_path / "NAT00060.txt"
    subjects.write_bytes(subjects.read_bytes().replace(b"Plan trees 1", b"Plant trees1"))
    number = lodging.opened({path.name: path.read_bytes() for path in sorted(tmp_path.iterdir())}, format="avetmiss8")
    lodging.checked(number)
    with tenancy.for_provider(lodging.provider.id):
        found = submissions_queries.outcome_of(submissions_queries.submission(number))
    assert ("R13b", "NAT00060.txt", 1) in {(one.rule, one.file, one.row) for one in found}


def test_vocational_results_are_named_in_words_with_the_year_in_which_they_ended():
    competent = {"outcome": "20", "started": "2018-02-01", "ended": "2018-06-30"}
    assert assembling.status_of(competent) == ("Competent", "achieved")
    assert assembling.status_of({"outcome": "41"})[1] == "open"
    assert assembling.status_of({"completed": "2019-11-30", "issued": "yes"}) == ("Completed", "achieved")
    assert assembling.year_of(competent) == 2018
    assert assembling.year_of({"completed": "2019-11-30"}, "completed_year") == 2019
    assert assembling.status_of({"status": "2"}) == ("Not passed", "not_achieved")
