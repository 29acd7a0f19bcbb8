"""`files check` of NAT files: the form and the collection year may be said, and only there."""

import argparse
import json
from pathlib import Path

import pytest

from testamur.service.commands import files
from tests.rules import nat_samples
from tests.rules.teqsa_samples import RECORD, UNIT, write


def run(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> tuple[int, str, str]:
    """Run `files check` as the command line does; return its code, output and errors."""
    parser = argparse.ArgumentParser()
    files.add(parser.add_subparsers(required=True))
    options = parser.parse_args(["files", "check", *map(str, arguments), "--on", "2025-06-01"])
    code = options.run(options)
    said = capsys.readouterr()
    return code, said.out, said.err


def rules_of(out: str) -> set[str]:
    return {finding["rule"] for finding in json.loads(out)["findings"]}


def test_the_form_and_the_year_are_told_by_the_lines_and_named(capsys, tmp_path):
    folder = nat_samples.clean(tmp_path, state="QLD")
    code, out, _ = run(capsys, folder, "--format", "avetmiss8")
    assert code == 0
    year = (folder / "NAT00130.txt").read_text("latin-1").splitlines()[0][34:38]
    assert f"Read in QLD's form, collection year {year}." in out


def test_an_award_outside_the_registration_that_is_told_is_named_and_without_it_none(capsys, tmp_path):
    folder = nat_samples.clean(tmp_path)
    _, usual, _ = run(capsys, folder, "--format", "avetmiss8", "--json")
    assert "D03" not in rules_of(usual)
    code, out, _ = run(capsys, folder, "--format", "avetmiss8", "--registered-until", "2010-01-01", "--json")
    assert code == 0
    assert "D03" in rules_of(out)
    _, out, _ = run(capsys, folder, "--format", "avetmiss8", "--registered-from", "2001-01-01", "--json")
    assert "D03" not in rules_of(out)


def test_a_name_unlike_the_registers_title_is_a_warning(capsys, tmp_path):
    folder = nat_samples.clean(tmp_path)
    nat_samples.edit(folder, "NAT00060", 2, "subject_name", "Prepare trees otherwise")
    code, out, _ = run(capsys, folder, "--format", "avetmiss8", "--json")
    (found,) = json.loads(out)["findings"]
    assert code == 0
    assert [found[name] for name in ("rule", "severity", "file", "row", "column")] == [
        "R13b", "warning", "NAT00060.txt", 2, "subject_name",
    ]  # fmt: skip


def test_another_year_finds_what_lies_outside_of_it(capsys, tmp_path):
    folder = nat_samples.clean(tmp_path)
    _, usual, _ = run(capsys, folder, "--format", "avetmiss8", "--json")
    _, out, _ = run(capsys, folder, "--format", "avetmiss8", "--year", "2011", "--json")
    assert rules_of(out) - rules_of(usual), "a year in which nothing ended is contradicted by the activities"


def test_another_states_form_is_read_by_that_states_places(capsys, tmp_path):
    folder = nat_samples.clean(tmp_path, state="QLD")
    _, usual, _ = run(capsys, folder, "--format", "avetmiss8", "--state", "qld", "--json")
    _, out, _ = run(capsys, folder, "--format", "avetmiss8", "--state", "WA", "--json")
    assert json.loads(out)["findings"] != json.loads(usual)["findings"]


def test_what_the_lines_tell_is_named_beside_what_was_said(capsys, tmp_path):
    folder = nat_samples.vic_in_disguise(tmp_path)
    _, usual, _ = run(capsys, folder, "--format", "avetmiss8")
    assert "Read in the national form, collection year 2024." in usual
    assert "The lines themselves tell" not in usual
    assert "choose that state's form: on the submission's page, by form_state in the API, or by --state." in usual
    _, out, _ = run(capsys, folder, "--format", "avetmiss8", "--state", "VIC", "--year", "2023")
    assert "Read in VIC's form, collection year 2023." in out
    assert "The lines themselves tell the national form, collection year 2024." in out
    assert "L-length" not in out


@pytest.mark.parametrize("said", [("--state", "QLD"), ("--year", "2024")])
def test_other_formats_refuse_both_and_say_for_which_they_are(capsys, tmp_path, said):
    write(tmp_path, [RECORD], [UNIT])
    code, out, errors = run(capsys, tmp_path, "--format", "teqsa", *said, "--json")
    assert code == 2
    assert json.loads(out)["error"] == errors.strip()
    assert "avetmiss8 only" in errors


@pytest.mark.parametrize("said", [("--state", "XYZ"), ("--year", "24"), ("--year", "１９９９"), ("--year", "soon")])
def test_a_state_that_is_none_and_a_year_that_is_none_are_refused_at_once(capsys, tmp_path, said):
    with pytest.raises(SystemExit) as ended:
        run(capsys, tmp_path, "--format", "avetmiss8", *said)
    assert ended.value.code == 2


def test_files_of_another_format_are_named_where_none_of_the_asked_one_is_found(capsys, tmp_path):
    (tmp_path / "export.txt").write_text(
        "[VERSION200]\n7\tS1\tGrace\tNguyen\t01/02/1991\tF\t\tS\t10/05/2012\tP-1\tEnglish\tX1\n"
    )
    code, out, err = run(capsys, tmp_path, "--format", "avetmiss8")
    assert (code, out) == (2, "")
    assert "There is no file of this format here" in err
    assert "These files look like “CQR data file 2.00” (cqr2)." in err
