"""`files load`: the same actions as the pages, in the foreground."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from testamur.service.synthetic import avetmiss
from testamur.service.synthetic.teqsa import write_bundle
from tests.lodged import Lodging
from tests.rules import nat_samples


def load(path: Path, lodging: Lodging, *more: str, second: str = "") -> tuple[int, dict[str, Any], str]:
    """Run the command and return its exit code, its JSON and what it says on standard error."""
    command = [
        sys.executable, "-m", "testamur.service.cli", "files", "load", str(path), "--format", "teqsa",
        "--provider", lodging.code, "--as", lodging.officer.email,
        "--declared-by", second or lodging.administrator.email, "--json", *more,
    ]  # fmt: skip
    answer = subprocess.run(command, capture_output=True, text=True, timeout=120)
    return answer.returncode, json.loads(answer.stdout or "{}"), answer.stderr


@pytest.fixture
def lodging(committed_db, monkeypatch, settings) -> Lodging:
    monkeypatch.setenv("TESTAMUR_UPLOADS", str(settings.UPLOADS_DIR))
    monkeypatch.setenv("TESTAMUR_DOCUMENTS", str(settings.DOCUMENTS_DIR))
    monkeypatch.setenv("TESTAMUR_KEYS", str(settings.KEYS_DIR))
    monkeypatch.setenv("TESTAMUR_CREATE_KEYS", "1")
    return Lodging()


def test_a_folder_is_sealed_and_a_second_time_changes_nothing(lodging, tmp_path):
    write_bundle(tmp_path, students=20, results_per_student=4, seed=3, pdfs=2, placeholders=False)
    code, said, errors = load(tmp_path, lodging)
    assert (code, said.get("state")) == (0, "sealed"), errors
    assert said["outcome"]["students"] == 20
    code, again, _ = load(tmp_path, lodging)
    assert (code, again["unchanged"], again["submission"]) == (0, True, said["submission"])


def test_errors_are_printed_as_files_check_prints_them_and_nothing_stays(lodging, tmp_path, settings):
    planted = write_bundle(tmp_path, students=40, results_per_student=4, seed=3, faults=5, placeholders=False)
    code, said, _ = load(tmp_path, lodging)
    assert code == 1
    errors = {(one["rule"], one["row"]) for one in said["findings"] if one["severity"] == "error"}
    assert errors == {(one.rule, one.row) for one in planted if one.severity == "error"}
    assert not any(found.is_file() for found in settings.UPLOADS_DIR.rglob("*"))


def test_one_person_in_both_parts_is_refused(lodging, tmp_path):
    write_bundle(tmp_path, students=4, results_per_student=2, seed=3)
    code, said, errors = load(tmp_path, lodging, second=lodging.officer.email)
    assert (code, said) == (1, {})
    assert "second authorised person" in errors


def test_a_person_without_the_role_is_refused_and_nothing_is_declared(lodging, tmp_path):
    write_bundle(tmp_path, students=4, results_per_student=2, seed=3, placeholders=False)
    other = Lodging()
    code, said, errors = load(tmp_path, lodging, second=other.administrator.email)
    assert (code, said) == (1, {})
    assert "no role" in errors


def test_what_is_no_file_of_the_format_is_unreadable(lodging, tmp_path):
    (tmp_path / "notes.txt").write_text("nothing of ours")
    code, said, _ = load(tmp_path, lodging)
    assert code == 2
    assert "no file of this format" in said["error"]
    assert load(tmp_path / "missing", lodging)[0] == 2


def test_a_file_in_windows_1252_is_loaded_only_once_that_is_confirmed(lodging, tmp_path):
    write_bundle(tmp_path, students=12, results_per_student=2, seed=3, encoding="cp1252", placeholders=False)
    code, said, errors = load(tmp_path, lodging)
    assert (code, said) == (1, {})
    assert "--encoding cp1252" in errors
    code, said, _ = load(tmp_path, lodging, "--encoding", "cp1252")
    assert (code, said["state"], said["unchanged"]) == (0, "sealed", False)


CQR = b"""[VERSION200]
7\tS1\tGrace\tNguyen\t01/02/1991\tF\tBSB40407\tQ\t10/05/2012\tP-0001\tEnglish\tBSBWOR501\tBSBCUS401
"""
VECTORS = Path(__file__).parents[1] / "vectors"


def vocational(folder: Path, code: str) -> dict[str, list[Path]]:
    """Write a sound set of files of each vocational format."""
    (folder / "cqr.txt").write_bytes(CQR)
    (folder / "nat").mkdir()
    avetmiss.write_bundle(folder / "nat", students=6, activities_per_student=4, seed=3, organisation=code)
    register = VECTORS / "certificates" / "odd-but-good" / "clean.xlsx"
    return {"cqr2": [folder / "cqr.txt"], "avetmiss8": [folder / "nat"], "certificates": [register]}


def test_every_vocational_format_is_led_to_where_a_supervisor_decides(lodging, tmp_path):
    training = Lodging(sector="vet")
    for form, paths in vocational(tmp_path, training.code).items():
        code, said, errors = load(paths[0], training, "--format", form)
        assert (code, said.get("state")) == (0, "submitted"), errors
        assert said["files"], "what was lodged is named"
    bad = tmp_path / "bad.txt"
    bad.write_bytes(CQR.replace(b"10/05/2012", b"31/02/2012"))
    code, said, _ = load(bad, training, "--format", "cqr2")
    assert (code, said["counts"]["error"]) == (1, 1)


def test_files_of_another_organisation_are_loaded_only_where_the_declarer_confirms_them(lodging, tmp_path):
    training = Lodging(sector="vet")
    avetmiss.write_bundle(tmp_path, students=6, activities_per_student=4, seed=3, organisation="99123")
    code, said, errors = load(tmp_path, training, "--format", "avetmiss8")
    assert (code, said) == (1, {})
    assert "99123" in errors
    assert training.code in errors
    assert "--confirm-organisation" in errors
    code, said, errors = load(tmp_path, training, "--format", "avetmiss8", "--confirm-organisation")
    assert (code, said.get("state")) == (0, "submitted"), errors


def test_a_format_of_another_sector_is_not_loaded(lodging, tmp_path):
    (tmp_path / "cqr.txt").write_bytes(CQR)
    code, said, errors = load(tmp_path / "cqr.txt", lodging, "--format", "cqr2")
    assert (code, said) == (1, {})
    assert "not registered" in errors


def test_the_form_and_the_year_that_are_said_go_before_what_the_files_tell(tmp_path, lodging):
    training = Lodging(sector="vet")
    disguised = nat_samples.vic_in_disguise(tmp_path / "vic", organisation=training.code)
    said = ("--format", "avetmiss8", "--state", "vic", "--year", "2024")
    code, answer, errors = load(disguised, training, *said)
    assert (code, answer.get("state")) == (0, "submitted"), errors
    assert answer["read_as"] == {"state": "VIC", "year": 2024, "told_state": None, "told_year": 2024}


@pytest.mark.parametrize("said", [("--state", "VIC"), ("--year", "2019")])
def test_a_format_without_states_forms_refuses_both_before_anything_is_lodged(lodging, tmp_path, said):
    (tmp_path / "cqr.txt").write_bytes(CQR)
    training = Lodging(sector="vet")
    code, answer, errors = load(tmp_path / "cqr.txt", training, "--format", "cqr2", *said)
    assert code == 2
    assert "--state and --year are for avetmiss8 only" in errors
    assert answer["error"] in errors
    assert training.listed() == []
