"""Duplicate and impossible records: each rule finds its planted fault and lets a clean neighbour alone, in every format."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from testamur.kernel.periods import Period
from testamur.service.synthetic import avetmiss
from testamur.submissions.bundles import open_bundle
from testamur.submissions.checking import CheckOutcome
from testamur.submissions.doubts import DOUBTS, Facts, look_again
from testamur.submissions.formats import FORMATS
from testamur.submissions.organisations import OtherOrganisation, none_own
from tests import lodged

ON = date(2026, 7, 1)
CQR = """[VERSION200]
7\tS1\tGrace\tNguyen\t01/02/1991\tF\tBSB40407\tQ\t10/05/2013\tP-0001\tEnglish\tBSBWOR501\tZZSHE501
8\tS2\tLee\tOkafor\t03/04/1985\tM\t\tS\t11/05/2013\tP-0002\tVietnamese\tZZORC201
"""
HELD = {"student_code": pl.String, "gender": pl.String, "birth_earliest": pl.Date, "birth_latest": pl.Date}
NUMBERS = {"number": pl.String, "certificate_type": pl.String, "student_code": pl.String}


def looked(name: str, files: Mapping[str, bytes], folder: Path, facts: Facts = Facts()) -> CheckOutcome:  # noqa: B008
    """Check files of a format and look again."""
    into, kept = folder / "in", folder / "kept"
    into.mkdir(exist_ok=True)
    kept.mkdir(exist_ok=True)
    for file, content in files.items():
        (into / file).write_bytes(content)
    form = FORMATS[name]
    with open_bundle([into]) as bundle:
        outcome = form.check(bundle, profile="strict", on=ON, keep=kept)
    return look_again(form, outcome, kept, facts)


def doubted(outcome: CheckOutcome) -> list[tuple[str, str, int | None, str | None]]:
    """Return the doubts among the findings."""
    return [(item.rule, item.file, item.row, item.column) for item in outcome if item.rule.startswith("D0")]


def kept(folder: Path) -> list[tuple[Any, ...]]:
    """Return what is kept for the queue: kind, row, student."""
    return pl.read_parquet(folder / "kept" / DOUBTS).select("kind", "row", "student_code").rows()


def students(*rows: tuple[str, str | None, date | None, date | None]) -> Facts:
    """Return facts that hold some students."""
    return Facts(students=lambda codes: pl.DataFrame(rows, schema=HELD, orient="row"))


def nat(folder: Path, **how: Any) -> dict[str, bytes]:
    """Return a clean set of NAT files."""
    made = folder / "made"
    avetmiss.write_bundle(made, **{"students": 12, "activities_per_student": 4, "seed": 3, **how})
    return {path.name: path.read_bytes() for path in made.iterdir()}


@pytest.mark.parametrize("state", [None, "VIC", "WA"])
def test_a_clean_set_of_nat_files_is_not_doubted(state: str | None, tmp_path: Path):
    outcome = looked("avetmiss8", nat(tmp_path, state=state), tmp_path, Facts(registered=(Period(date(2010, 1, 1)),)))
    assert doubted(outcome) == []
    assert kept(tmp_path) == []


def test_a_clean_cqr_file_and_clean_teqsa_files_are_not_doubted(tmp_path: Path):
    (tmp_path / "he").mkdir()
    known = Facts(registered=(Period(date(2010, 1, 1), date(2020, 1, 1)),))
    assert doubted(looked("cqr2", {"cqr.txt": CQR.encode()}, tmp_path, known)) == []
    assert doubted(looked("teqsa", lodged.clean(), tmp_path / "he", known)) == []


def test_a_number_that_another_certificate_holds_is_named_and_the_same_certificate_is_not(tmp_path: Path):
    held = [("P-0001", "Q", "S9"), ("P-0002", "S", "S2")]
    facts = Facts(certificates=lambda numbers: pl.DataFrame(held, schema=NUMBERS, orient="row"))
    outcome = looked("cqr2", {"cqr.txt": CQR.encode()}, tmp_path, facts)
    assert doubted(outcome) == [("D01", "cqr.txt", 2, "Parchment / certificate number")]
    assert kept(tmp_path) == [("number_sealed", 2, "S1")]


def test_a_parchment_number_on_two_lines_of_nat00130_is_named_on_both(tmp_path: Path):
    files = nat(tmp_path, state="VIC")
    lines = files["NAT00130.txt"]
    assert b"P2024-000002" in lines
    files["NAT00130.txt"] = lines.replace(b"P2024-000002", b"P2024-000004")
    outcome = looked("avetmiss8", files, tmp_path)
    assert doubted(outcome) == [("D01", "NAT00130.txt", row, "parchment_number") for row in (2, 3)]


def test_a_unit_before_its_first_release_is_named_with_the_day(tmp_path: Path):
    outcome = looked("cqr2", {"cqr.txt": CQR.replace("11/05/2013", "07/12/2012").encode()}, tmp_path)
    assert kept(tmp_path) == [("before_unit", 3, "S2")]
    (found,) = (item for item in outcome if item.rule == "D02")
    assert "8 December 2012" in found.message
    assert found.value == "ZZORC201"


def test_a_unit_on_the_day_of_its_release_and_an_unknown_unit_are_not_named(tmp_path: Path):
    content = CQR.replace("11/05/2013", "08/12/2012").replace("10/05/2013", "10/05/1990")
    assert doubted(looked("cqr2", {"cqr.txt": content.replace("ZZSHE501", "BSBCUS401").encode()}, tmp_path)) == []


def test_a_result_of_nat00120_before_its_unit_existed_is_named_on_its_line(tmp_path: Path):
    outcome = looked("avetmiss8", nat(tmp_path, year=2012), tmp_path)
    found = doubted(outcome)
    assert found
    assert {(rule, file, column) for rule, file, _, column in found} == {("D02", "NAT00120.txt", "subject_identifier")}
    lines = (tmp_path / "in" / "NAT00120.txt").read_bytes().splitlines()
    assert all(b"ZZSHE5" not in lines[row - 1] for _, _, row, _ in found if row)


@pytest.mark.parametrize(
    ("period", "expected"),
    [
        (Period(date(2013, 5, 11), date(2014, 1, 1)), ("issued_before", 2)),
        (Period(date(2010, 1, 1), date(2013, 5, 11)), ("issued_after", 3)),
    ],
)
def test_a_certificate_outside_the_registration_is_named(period: Period, expected: tuple[str, int], tmp_path: Path):
    looked("cqr2", {"cqr.txt": CQR.encode()}, tmp_path, Facts(registered=(period,)))
    assert [(kind, row) for kind, row, _ in kept(tmp_path)] == [expected]


def test_a_gap_between_two_registrations_is_outside_and_a_later_one_is_inside(tmp_path: Path):
    first, later = Period(date(2010, 1, 1), date(2013, 5, 11)), Period(date(2013, 6, 1))
    outcome = looked("cqr2", {"cqr.txt": CQR.encode()}, tmp_path, Facts(registered=(first, later)))
    assert [item.message for item in outcome if item.rule == "D03"] == [
        "Issued after your registration ended on 11 May 2013."
    ]
    longer = Facts(registered=(first, Period(date(2013, 5, 11))))
    assert doubted(looked("cqr2", {"cqr.txt": CQR.encode()}, tmp_path, longer)) == []


def test_a_line_with_completion_and_certificate_after_the_end_is_said_once(tmp_path: Path):
    closed = Facts(registered=(Period(date(2010, 1, 1), date(2024, 6, 30)),))
    outcome = looked("avetmiss8", nat(tmp_path, state="VIC"), tmp_path, closed)
    rows = [row for _, _, row, _ in doubted(outcome)]
    assert rows
    assert len(rows) == len(set(rows))
    assert {column for _, _, _, column in doubted(outcome)} == {"parchment_issue_date"}


def test_a_course_completed_in_a_year_after_the_end_is_named_and_in_the_year_of_the_end_not(tmp_path: Path):
    course = lodged.unit(1, "", level="Course", unit_name="", study_year="2016", completion_year="2017")
    files = lodged.clean() | {lodged.RESULTS: lodged.csv_of("studentresults", [lodged.unit(1), lodged.unit(2), course])}
    ended = Facts(registered=(Period(date(2010, 1, 1), date(2016, 12, 31)),))
    assert doubted(looked("teqsa", files, tmp_path, ended)) == [("D03", lodged.RESULTS, 4, "Year of Completion")]
    ended = Facts(registered=(Period(date(2010, 1, 1), date(2017, 2, 1)),))
    assert doubted(looked("teqsa", files, tmp_path, ended)) == []


def test_another_birth_date_or_gender_than_is_held_is_named(tmp_path: Path):
    born = date(1991, 2, 1)
    facts = students(("S1", "M", born, born), ("S2", "M", date(1985, 1, 1), date(1985, 3, 31)))
    outcome = looked("cqr2", {"cqr.txt": CQR.encode()}, tmp_path, facts)
    assert doubted(outcome) == [("D04", "cqr.txt", 2, "Gender"), ("D04", "cqr.txt", 3, "Date of birth")]


def test_what_is_not_known_and_a_partial_date_that_agrees_are_no_contradiction(tmp_path: Path):
    facts = students(("S1", None, None, None), ("S2", "M", date(1985, 1, 1), date(1985, 12, 31)))
    assert doubted(looked("cqr2", {"cqr.txt": CQR.encode()}, tmp_path, facts)) == []


def test_two_genders_of_one_student_in_student_records_are_named_in_each_row(tmp_path: Path):
    rows = [
        lodged.student(1, gender="F"),
        lodged.student(1, gender="M", commencement_date="01/03/2018"),
        lodged.student(2, gender="F"),
    ]
    files = lodged.clean() | {lodged.RECORDS: lodged.csv_of("studentrecords", rows)}
    outcome = looked("teqsa", files, tmp_path)
    assert doubted(outcome) == [("D04", lodged.RECORDS, row, "Gender Code") for row in (2, 3)]


def test_what_a_rule_of_the_format_says_is_kept_for_the_queue_and_not_said_twice(tmp_path: Path):
    other = CQR.splitlines()[1].replace("P-0001", "P-0003").replace("\tF\t", "\tM\t")
    outcome = looked("cqr2", {"cqr.txt": (CQR + other + "\n").encode()}, tmp_path)
    assert doubted(outcome) == []
    assert [item.rule for item in outcome if item.severity == "warning"] == ["CQR-03e"]
    assert kept(tmp_path) == [("gender_twice", 4, "S1")]
    rows = [lodged.student(1), lodged.student(1, birth_date="28/08/1996", commencement_date="01/03/2018")]
    (tmp_path / "he").mkdir()
    files = {lodged.RECORDS: lodged.csv_of("studentrecords", rows)}
    said = looked("teqsa", files, tmp_path / "he")
    assert doubted(said) == []
    assert {kind for kind, _, _ in kept(tmp_path / "he")} == {"birth_twice"}


def test_the_register_that_is_held_says_when_a_unit_was_released(tmp_path: Path):
    early = pl.DataFrame({"unit_code": ["ZZORC201"], "released": [date(2000, 1, 1)]})
    facts = Facts(released=lambda codes: early.filter(pl.col("unit_code").is_in(codes.implode())))
    content = CQR.replace("10/05/2013", "10/05/2009").replace("11/05/2013", "11/05/2009").encode()
    assert [place[2] for place in doubted(looked("cqr2", {"cqr.txt": content}, tmp_path))] == [2, 3]
    assert doubted(looked("cqr2", {"cqr.txt": content}, tmp_path, facts)) == []


def of_organisation(folder: Path, code: str, own: tuple[str, ...] | None, **how: Any) -> tuple[CheckOutcome, list[Any]]:
    """Return what is found in a set that names one organisation, and the places at which D05 stands."""
    outcome = looked("avetmiss8", nat(folder, organisation=code, **how), folder, Facts(codes=own))
    return outcome, [(file, row, column) for _, file, row, column in doubted(outcome)]


ORGANISATION = "training_organisation_identifier"


def test_files_that_name_another_organisation_say_so_once_a_file_with_both_codes(tmp_path: Path):
    outcome, places = of_organisation(tmp_path, "99123", ("41234",))
    assert places == [(f"NAT{file}.txt", 1, ORGANISATION) for file in ("00010", "00020", "00120", "00130")]
    said = {(item.rule, item.severity, item.message, item.value) for item in outcome if item.rule == "D05"}
    message = (
        "The file names another organisation than yours, 99123; this provider's RTO code in the register is 41234."
    )
    assert said == {("D05", "warning", message, "99123")}
    assert {kind for kind, _, _ in kept(tmp_path)} == {"other_organisation"}
    assert outcome.organisations is not None
    whose = none_own(outcome.organisations, ("41234",))
    assert whose is not None
    assert (whose.named, whose.own) == (("99123",), ("41234",))


@pytest.mark.parametrize(
    ("code", "own", "state"),
    [
        ("41234", ("41234",), None),
        ("41234", ("41234",), "VIC"),
        ("0000041234", ("41234",), None),
        ("1234", ("01234",), None),
        ("0123", ("0123",), None),
        ("41234", ("30001", "41234"), None),
        ("99123", None, None),
    ],
)
def test_the_providers_own_code_padded_or_one_of_two_is_not_named_and_nobody_is_where_no_provider_is_known(
    code: str, own: tuple[str, ...] | None, state: str | None, tmp_path: Path
):
    outcome, places = of_organisation(tmp_path, code, own, state=state)
    assert places == []
    assert outcome.organisations is not None
    assert none_own(outcome.organisations, own or (code,)) is None


def test_a_mixed_set_is_warned_of_at_the_line_that_names_another_and_needs_no_confirmation(tmp_path: Path):
    files = nat(tmp_path)
    for name in ("NAT00010.txt", "NAT00120.txt"):
        lines = files[name].split(b"\r\n")
        other = lines[0].replace(b"41234", b"99123", 1) if name == "NAT00010.txt" else None
        lines = (
            [lines[0], other, *lines[1:]] if other else [*lines[:2], lines[2].replace(b"41234", b"99123"), *lines[3:]]
        )
        files[name] = b"\r\n".join(lines)
    outcome = looked("avetmiss8", files, tmp_path, Facts(codes=("41234",)))
    places = [("D05", "NAT00010.txt", 2, ORGANISATION), ("D05", "NAT00120.txt", 3, ORGANISATION)]
    assert doubted(outcome) == places
    assert outcome.organisations is not None
    assert none_own(outcome.organisations, ("41234",)) is None


def test_a_provider_without_any_rto_code_is_told_that_none_is_held(tmp_path: Path):
    outcome, places = of_organisation(tmp_path, "99123", ())
    assert len(places) == 4
    assert "holds no RTO code of this provider" in next(item.message for item in outcome if item.rule == "D05")


def test_the_sentence_to_confirm_names_every_code_and_of_many_the_first():
    two = OtherOrganisation(("1111", "2222"), ("3333", "4444", "5555")).sentence
    assert two.startswith(
        "These files name the organisations 1111 and 2222, and this provider's RTO codes in the register are 3333, 4444 and"
    )
    many = OtherOrganisation(tuple(str(5000 + n) for n in range(900)), ()).sentence
    assert "5004 and 895 more" in many
    assert len(many) < 500
