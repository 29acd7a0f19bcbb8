"""Sets in the form of a state's authority, as systems there write them: mixed lengths, padded identifiers, trimmed lines."""

from pathlib import Path

import pytest

from testamur.submissions.avetmiss.layout import load_avetmiss
from testamur.submissions.checking import ReadAs
from tests.rules.nat_samples import checked, clean, edit, places, vic_in_disguise

TAILS = ("NSW", "VIC", "QLD", "TAS")


@pytest.mark.parametrize("state", [*TAILS, "SA", "WA"])
def test_a_state_set_reads_without_error_and_every_other_length_is_explained(state: str, tmp_path: Path) -> None:
    outcome = checked(clean(tmp_path, state=state))
    assert outcome.counts["error"] == outcome.counts["warning"] == 0
    assert {place[0] for place in places(outcome)} == {"L-length"}
    assert outcome.state == (state if state in TAILS else None)
    assert outcome.year == 2024
    noted = {(place[1], place[2]) for place in places(outcome)}
    for kind in ("NAT00080", "NAT00085", "NAT00120", "NAT00130"):
        lengths = load_avetmiss().files[kind].lengths(outcome.state)
        lines = (tmp_path / f"{kind}.txt").read_bytes().split(b"\r\n")
        odd = {number for number, line in enumerate(lines, 1) if line and len(line) not in lengths}
        assert {row for file, row in noted if file == f"{kind}.txt"} == odd


def test_a_state_that_is_said_goes_before_what_lines_look_like(tmp_path: Path) -> None:
    folder = clean(tmp_path, state="QLD")
    assert checked(folder, state="sa").state == "SA"
    with pytest.raises(ValueError, match="no state"):
        checked(folder, state="ZZ")


def test_a_wrong_value_in_a_tail_is_a_warning(tmp_path: Path) -> None:
    folder = clean(tmp_path, state="VIC")
    lines = (folder / "NAT00120.txt").read_bytes().split(b"\r\n")
    lines[0] = lines[0][:158] + b"31022024" + lines[0][166:]
    (folder / "NAT00120.txt").write_bytes(b"\r\n".join(lines))
    found = {place for place in places(checked(folder)) if place[4] != "info"}
    assert found == {("L-type", "NAT00120.txt", 1, "program_commencement_date", "warning")}


def test_organisations_that_differ_do_not_hide_the_state(tmp_path: Path) -> None:
    folder = clean(tmp_path, state="QLD")
    edit(folder, "NAT00010", 1, "training_organisation_identifier", "Q123")
    assert checked(folder).state == "QLD"


def test_what_the_lines_tell_is_said_whatever_was_chosen(tmp_path: Path) -> None:
    folder = vic_in_disguise(tmp_path)
    assert checked(folder).read_as == ReadAs(None, 2024, None, 2024)
    chosen = checked(folder, state="VIC", year=2011)
    assert chosen.read_as == ReadAs("VIC", 2011, None, 2024)
    assert (chosen.state, chosen.year) == ("VIC", 2011)


def test_a_fix_of_a_field_that_only_another_form_has_is_laid_over_nothing(tmp_path: Path) -> None:
    folder = vic_in_disguise(tmp_path)
    fixes = [("NAT00120.txt", 1, "vet_fee_help_indicator", "Y")]
    as_sent = checked(folder, state="VIC").counts["warning"]
    assert checked(folder, state="VIC", fixes=fixes).counts["warning"] == as_sent - 1
    assert checked(folder, fixes=fixes).findings.equals(checked(folder).findings)
    with pytest.raises(KeyError, match="no field"):
        checked(folder, fixes=[("NAT00120.txt", 1, "vet_fee_help", "Y")])
