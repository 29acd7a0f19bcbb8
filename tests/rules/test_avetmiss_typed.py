"""The typed frames of NAT files: good lines only, names apart, dates in part, and nothing about a person's background."""

from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tests.rules.nat_samples import checked, clean, edit

A, C, CLIENT, CONTACT = "NAT00120", "NAT00130", "NAT00080", "NAT00085"


def frames(folder: Path, **options: object) -> dict[str, pl.DataFrame]:
    """Check a set and return its frames."""
    keep = folder / "kept"
    checked(folder, keep=keep, **options)
    return {path.stem: pl.read_parquet(path) for path in keep.glob("*.parquet")}


def first(folder: Path) -> dict[str, Any]:
    """Return the first student."""
    return frames(folder)["records"].row(0, named=True)


def test_students_have_the_columns_of_the_contract(tmp_path: Path) -> None:
    records = frames(clean(tmp_path))["records"]
    assert records.columns == [
        "line", "student_code", "title", "surname", "given_name", "other_names", "single_name", "birth_earliest",
        "birth_latest", "birth_precision", "birth_placeholder", "gender", "address_1", "address_2", "suburb", "state",
        "country", "postcode", "usi", "usi_rejected", "phone", "email", "commencement_date", "commencement_precision",
    ]  # fmt: skip
    assert records.height == 14
    assert records["student_code"][0] == "C00000000"
    assert records["state"].unique().to_list() == ["NSW"]
    assert records["usi"].null_count() == 0
    assert records["gender"].to_list()[:4] == ["F", "M", "X", None]
    assert records["title"][0] == "Ms"


def test_names_come_from_the_contact_file_and_others_from_the_merged_name(tmp_path: Path) -> None:
    folder = clean(tmp_path)
    edit(folder, CLIENT, 1, "name_for_encryption", "Lee, Ann Mary Jo")
    edit(folder, CONTACT, 1, "client_family_name", "Lee")
    edit(folder, CONTACT, 1, "client_first_given_name", "Ann")
    row = first(folder)
    assert (row["surname"], row["given_name"], row["other_names"], row["single_name"]) == (
        "Lee",
        "Ann",
        "Mary Jo",
        False,
    )


@pytest.mark.parametrize(
    ("merged", "wanted"),
    [
        ("Lee, Ann Mary", ("Lee", "Ann", "Mary", False)),
        ("Lee Ann", ("Lee", "Ann", None, False)),
        ("Jackson, Jackson", ("Jackson", None, None, True)),
        ("Jackson", ("Jackson", None, None, True)),
        ("De La Cruz, Jo", ("De La Cruz", "Jo", None, False)),
    ],
)
def test_a_merged_name_is_parted_where_no_contact_file_is(
    merged: str, wanted: tuple[str, str | None, str | None, bool], tmp_path: Path
) -> None:
    folder = clean(tmp_path)
    (folder / f"{CONTACT}.txt").unlink()
    edit(folder, CLIENT, 1, "name_for_encryption", merged)
    row = first(folder)
    assert (row["surname"], row["given_name"], row["other_names"], row["single_name"]) == wanted


@pytest.mark.parametrize(
    ("written", "wanted"),
    [
        ("09021990", (date(1990, 2, 9), date(1990, 2, 9), "day", False)),
        ("@@021992", (date(1992, 2, 1), date(1992, 2, 29), "month", False)),
        ("@@@@1990", (date(1990, 1, 1), date(1990, 12, 31), "year", False)),
        ("@@@@@@@@", (None, None, "unknown", True)),
        ("00000000", (None, None, "unknown", True)),
        ("01011901", (None, None, "unknown", True)),
    ],
)
def test_dates_of_birth_keep_what_is_known(
    written: str, wanted: tuple[date | None, date | None, str, bool], tmp_path: Path
) -> None:
    edit(clean(tmp_path), CLIENT, 1, "date_of_birth", written)
    row = first(tmp_path)
    assert (row["birth_earliest"], row["birth_latest"], row["birth_precision"], row["birth_placeholder"]) == wanted


def test_exemption_codes_are_no_usi(tmp_path: Path) -> None:
    edit(clean(tmp_path), CLIENT, 1, "unique_student_identifier", "INDIV")
    assert (first(tmp_path)["usi"], first(tmp_path)["usi_rejected"]) == (None, False)


def test_a_student_with_an_error_is_held_and_named_for_holding(tmp_path: Path) -> None:
    edit(clean(tmp_path), CLIENT, 1, "unique_student_identifier", "XNY5NV9WG8")
    kept = frames(tmp_path)
    assert "C00000000" not in kept["records"]["student_code"]
    assert kept["held-students"]["student_code"].to_list() == ["C00000000"]


def test_achieved_units_81_and_41_are_kept_and_nothing_else(tmp_path: Path) -> None:
    folder = clean(tmp_path)
    edit(folder, A, 1, "outcome_identifier_national", "41")
    edit(folder, A, 3, "outcome_identifier_national", "53")
    edit(folder, A, 2, "outcome_identifier_national", "90")
    units = frames(folder)["results"].filter(pl.col("student_code") == "C00000000").filter(level="unit")
    rows = units.with_columns(pl.col("outcome").cast(pl.String)).select("line", "outcome", "credit").rows()
    wanted = [(1, "41"), (3, "51"), (4, "20"), (5, "60"), (7, "20"), (9, "20"), (11, "81"), (12, "20")]
    assert rows == [(line, outcome, outcome == "60") for line, outcome in wanted]
    row = units.row(1, named=True)
    assert (row["unit_code"], row["unit_name"]) == ("ZZORC203", "Handle trees 3")
    assert (row["course_code"], row["course_name"]) == ("ZZA30118", "Certificate III in Orchard Practice")
    assert (row["started"], row["ended"]) == (date(2024, 1, 1), date(2024, 11, 30))


def test_a_line_with_an_error_gives_no_result(tmp_path: Path) -> None:
    edit(clean(tmp_path), A, 1, "delivery_mode_identifier", "303")
    units = frames(tmp_path)["results"].filter(level="unit")
    assert 1 not in units["line"].to_list()
    assert 2 in units["line"].to_list()


def test_completed_programs_say_when_and_whether_issued(tmp_path: Path) -> None:
    folder = clean(tmp_path)
    edit(folder, C, 1, "date_program_completed", "00000000")
    edit(folder, C, 2, "issued_flag", "N")
    courses = frames(folder)["results"].filter(level="course")
    assert courses["line"].to_list() == [2, 3, 4, 5, 6, 7]
    assert courses["issued"].to_list() == [False, True, True, True, True, True]
    assert courses["completed"].unique().to_list() == [date(2024, 12, 1)]


def test_a_parchment_is_a_certificate_with_the_units_achieved(tmp_path: Path) -> None:
    folder = clean(tmp_path)
    assert frames(folder)["certificates"].is_empty()
    edit(folder, C, 1, "parchment_issue_date", "10122024")
    edit(folder, C, 1, "parchment_number", "P-77")
    edit(folder, C, 2, "parchment_number", "P-78")
    for row, field, value in ((3, "issued_flag", "N"), (4, "date_program_completed", "01019999")):
        edit(folder, C, row, field, value)
        edit(folder, C, row, "parchment_issue_date", "10122024")
        edit(folder, C, row, "parchment_number", f"P-{row}")
    held = frames(folder)["certificates"]
    assert held.height == 1
    row = held.row(0, named=True)
    assert (row["certificate_type"], row["number"], row["issued_date"]) == ("Q", "P-77", date(2024, 12, 10))
    assert (row["course_code"], row["language"]) == ("ZZA30118", None)
    assert [unit["code"] for unit in row["units"]] == [
        "ZZORC201", "ZZORC202", "ZZORC203", "ZZORC204", "ZZORC205", "ZZWSH301", "ZZWSH303", "ZZWSH306",
    ]  # fmt: skip


def test_background_is_in_no_frame(tmp_path: Path) -> None:
    """The cells are made findable, and no frame holds them."""
    folder = clean(tmp_path)
    signs = {
        "highest_school_level_completed_identifier": "08",
        "language_identifier": "7777",
        "country_identifier": "7778",
    }
    for field, value in signs.items():
        edit(folder, CLIENT, 1, field, value)
    edit(folder, "NAT00090", 1, "disability_type_identifier", "19")
    for frame in frames(folder).values():
        named = "".join(frame.columns)
        assert not any(word in named for word in ("disab", "indig", "language_id", "labour", "school", "prior"))
        text = frame.drop(*(name for name in frame.columns if name in ("phone",))).write_ndjson()
        assert "7777" not in text
        assert "7778" not in text


def test_identifiers_are_compared_and_kept_in_capitals(tmp_path: Path) -> None:
    edit(clean(tmp_path), A, 1, "client_identifier", "c00000000")
    outcome = checked(tmp_path, keep=tmp_path / "kept")
    assert outcome.counts["error"] == 0
    results = pl.read_parquet(tmp_path / "kept" / "results.parquet")
    assert results.filter(pl.col("line") == 1, level="unit")["student_code"].to_list() == ["C00000000"]
