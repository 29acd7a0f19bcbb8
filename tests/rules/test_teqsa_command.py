"""`files check`: what it prints and the code it ends with."""

import errno
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from testamur.service.commands import files
from testamur.submissions.bundles import open_bundle
from tests.rules.teqsa_samples import RECORD, UNIT, write
from tests.vectors.teqsa import make

ROOT = Path(files.__file__).parents[3]


def _run(*arguments: str | Path) -> tuple[int, str, str]:
    """Run the command in a process of its own, without any database."""
    code = (
        "import argparse, sys\n"
        "from testamur.service.commands import files\n"
        "parser = argparse.ArgumentParser(); files.add(parser.add_subparsers(required=True))\n"
        "options = parser.parse_args(['files', *sys.argv[1:]])\n"
        "code = options.run(options)\n"
        "assert 'django' not in sys.modules\n"
        "sys.exit(code)\n"
    )
    command = [sys.executable, "-c", code, "check", *map(str, arguments), "--format", "teqsa", "--on", "2025-11-23"]
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": str(ROOT)})
    return done.returncode, done.stdout, done.stderr


def test_the_json_answer_is_the_contract(tmp_path: Path):
    write(tmp_path, [RECORD | {"title": "Ms."}], [UNIT])
    code, out, errors = _run(tmp_path, "--json")
    answer = json.loads(out)
    assert (code, errors) == (1, "")
    assert list(answer) == ["format", "profile", "files", "counts", "findings"]
    assert (answer["format"], answer["profile"]) == ("teqsa", "strict")
    assert answer["counts"] == {"error": 1, "warning": 0, "info": 0}
    assert [list(file) for file in answer["files"]] == [["name", "sha256", "rows"]] * 2
    assert answer["files"][0]["rows"] == 1
    assert list(answer["findings"][0]) == ["rule", "severity", "file", "row", "column", "message", "source", "fix"]
    assert answer["findings"][0]["rule"] == "V20"
    assert answer["findings"][0]["source"] == "TEQSA student records data definition, Student Title"
    assert "Ms." not in out


def test_values_are_shown_only_when_asked(tmp_path: Path):
    write(tmp_path, [RECORD | {"surname": "Sécret" * 6}], [UNIT])
    assert "Sécret" not in "".join(_run(tmp_path)[1:]) + "".join(_run(tmp_path, "--json")[1:])
    assert json.loads(_run(tmp_path, "--json", "--show-values")[1])["findings"][0]["value"] == "Sécret" * 6
    assert "Sécret" in _run(tmp_path, "--show-values")[1]


def test_findings_stand_in_order_of_file_row_column_and_rule(tmp_path: Path):
    bad = {"title": "Ms.", "surname": "", "birth_date": "x"}
    write(
        tmp_path,
        [RECORD | bad, RECORD | bad | {"student_code": "A2"}],
        [UNIT | {"mark": "x", "study_year": "x"}],
        encoding="cp1252",
    )
    findings = json.loads(_run(tmp_path, "--json")[1])["findings"]
    keys = [(item["file"], item["row"] or 0, item["column"] or "", item["rule"]) for item in findings]
    assert keys == sorted(keys)
    assert len(keys) == 9


def test_a_sound_bundle_ends_with_0_and_the_tolerant_profile_forgives(tmp_path: Path):
    assert _run(Path(make.__file__).parent / "odd-but-good" / "zip" / "bundle.zip")[0] == 0
    write(tmp_path, [RECORD | {"title": "Ms."}], [UNIT])
    assert _run(tmp_path)[0] == 1
    assert _run(tmp_path, "--profile", "tolerant")[0] == 0


def test_single_files_and_windows_1252(tmp_path: Path):
    write(tmp_path, [RECORD], [UNIT], encoding="cp1252")
    records, results = tmp_path / "studentrecords v1.csv", tmp_path / "studentresults v1.csv"
    assert [item["rule"] for item in json.loads(_run(records, results, "--json")[1])["findings"]] == ["F5"]
    assert json.loads(_run(records, results, "--json", "--encoding", "cp1252")[1])["findings"] == []


@pytest.mark.parametrize("path", ["gone", "only notes", "not.zip"])
def test_nothing_to_check_ends_with_2_and_says_why(path: str, tmp_path: Path):
    (tmp_path / "only notes").mkdir()
    (tmp_path / "only notes" / "README.txt").write_text("hello")
    (tmp_path / "not.zip").write_text("hello")
    code, out, errors = _run(tmp_path / path, "--json")
    assert code == 2
    assert json.loads(out)["error"] in errors
    assert "Traceback" not in errors


def test_a_damaged_archive_is_a_finding_and_not_unreadable():
    code, out, _ = _run(Path(make.__file__).parent / "known-bad" / "zip cut short" / "bundle.zip", "--json")
    answer = json.loads(out)
    assert code == 1
    assert [item["rule"] for item in answer["findings"]] == ["F8"]
    assert [file["name"] for file in answer["files"]] == ["bundle.zip"]


def test_the_text_for_people_groups_by_rule(tmp_path: Path):
    write(
        tmp_path,
        [RECORD | {"student_code": f"S{n}", "title": "Ms."} for n in range(12)],
        [UNIT | {"student_code": "S1"}],
    )
    code, out, _ = _run(tmp_path)
    assert code == 1
    assert "error V20  12 ×  studentrecords v1.csv · Student Title" in out
    assert "rows 2, 3, 4, 5, 6, 7, 8, 9 and 4 more" in out
    assert "12 errors, 0 warnings, 0 notes (strict)" in out


def test_an_empty_path_is_refused_and_does_not_mean_the_current_folder():
    code, out, errors = _run("")
    assert (code, out) == (2, "")
    assert "PATH is empty" in errors


def test_a_folder_that_cannot_be_listed_is_unreadable_and_not_empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    write(tmp_path, [RECORD], [UNIT])
    (tmp_path / "kept apart").mkdir()

    def refusing(path: str) -> object:
        if str(path).endswith("kept apart"):
            raise PermissionError(errno.EACCES, "Permission denied", path)
        return scandir(path)

    scandir = os.scandir
    monkeypatch.setattr(os, "scandir", refusing)
    with pytest.raises(PermissionError):
        open_bundle([tmp_path])
