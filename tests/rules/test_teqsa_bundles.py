"""Whole bundles: made-up ones with planted faults, versions, duplicates, students and testamurs, fixes, typed rows."""

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from testamur.service.synthetic.faults import FAULTS
from testamur.service.synthetic.pdfs import small_pdf
from testamur.service.synthetic.teqsa import write_bundle
from testamur.submissions.annotate import annotated_csv
from tests.rules.teqsa_samples import COURSE, RECORD, UNIT, check, found, write


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252"])
def test_a_made_up_bundle_gives_its_planted_faults_and_nothing_else(encoding: str, tmp_path: Path):
    planted = write_bundle(
        tmp_path,
        students=400,
        results_per_student=5,
        seed=7,
        faults=180,
        encoding=encoding,
        pdfs=12,
        placeholders=False,
    )
    outcome = check(tmp_path)
    got = [(item.rule, item.file, item.row, str(item.severity)) for item in outcome if item.row and item.rule != "F7"]
    assert sorted(got) == sorted(planted)
    assert {fault.rule for fault in FAULTS} == {rule for rule, *_ in planted}
    whole = [item for item in outcome if item.row is None]
    assert [(item.rule, str(item.severity)) for item in whole] == (
        [("F5", "warning")] * 2 if encoding == "cp1252" else []
    )
    assert sum(file.rows or 0 for file in outcome.files if file.kind == "studentresults") > 1900


def test_a_bundle_without_faults_has_none_and_is_the_same_twice(tmp_path: Path):
    for name in ("one", "two"):
        assert (
            write_bundle(tmp_path / name, students=50, results_per_student=9, seed=1, pdfs=50, placeholders=False) == []
        )
    one, two = check(tmp_path / "one"), check(tmp_path / "two")
    assert one.findings.is_empty()
    assert [(file.name, file.sha256) for file in one.files] == [(file.name, file.sha256) for file in two.files]


def test_confirming_windows_1252_takes_the_warning_away(tmp_path: Path):
    write(tmp_path, [RECORD], [UNIT], encoding="cp1252")
    assert found(check(tmp_path)) == [("F5", "warning", None, None)]
    assert found(check(tmp_path, encoding="cp1252")) == []
    assert found(check(tmp_path, encoding="utf-8")) == [("F5", "error", None, None)]


def test_confirming_windows_1252_does_not_spoil_a_file_in_utf_8(tmp_path: Path):
    write(tmp_path, [RECORD], [UNIT])
    assert found(check(tmp_path, encoding="cp1252", keep=tmp_path / "keep")) == []
    assert pl.read_parquet(tmp_path / "keep" / "records.parquet")["given_name"].to_list() == ["Chloé"]


# Students, testamurs, versions ----------------------------------------------------------------------------------


def test_a_faulty_record_still_counts_as_a_student(tmp_path: Path):
    write(tmp_path, [RECORD | {"student_code": "S_1"}, RECORD], [UNIT | {"student_code": "s_1"}, UNIT])
    assert found(check(tmp_path)) == [
        ("V01", "error", 2, "Student Identification Code"),
        ("V01", "error", 2, "Student identification code"),
    ]


def test_unknown_students_are_found_in_rows_and_pdfs_unless_known_before(tmp_path: Path):
    write(tmp_path, [RECORD], [UNIT, UNIT | {"student_code": "Z1"}, UNIT | {"student_code": "z1", "unit_code": "X1"}])
    (tmp_path / "Z1-ahegs.pdf").write_bytes(small_pdf(["x"]))
    (tmp_path / "z2-AHEGS.pdf").write_bytes(small_pdf(["x"]))
    assert [item[:3] for item in found(check(tmp_path))] == [
        ("F3", "error", None),
        ("F3", "error", 3),
        ("F3", "error", 4),
        ("V01", "warning", 4),
        ("F2", "warning", None),
        ("F3", "error", None),
    ]
    known = check(tmp_path, known_students=["z1", "Z2"])
    assert {item[0] for item in found(known)} == {"V01", "F2"}


def test_results_without_a_records_file_are_checked_under_a_warning(tmp_path: Path):
    write(tmp_path, [RECORD], [UNIT])
    (tmp_path / "studentrecords v1.csv").unlink()
    assert found(check(tmp_path)) == [("F3", "warning", None, None)]
    assert found(check(tmp_path, known_students=["S10001"])) == []
    assert [item[0] for item in found(check(tmp_path, known_students=["S2"]))] == ["F3"]


def test_testamurs_and_completed_courses_are_compared_both_ways(tmp_path: Path):
    students = ["A1", "A2", "A3"]
    write(
        tmp_path,
        [RECORD | {"student_code": code} for code in students],
        [COURSE | {"student_code": "A1"}, COURSE | {"student_code": "A2"}, UNIT | {"student_code": "A3"}],
    )
    whole = [(item.rule, item.file, item.row) for item in check(tmp_path)]
    assert whole == [("F7", "studentresults v1.csv", None)]
    for code in ("A1", "A3"):
        (tmp_path / f"{code}-testamurs.pdf").write_bytes(small_pdf([code]))
    assert [(item.rule, str(item.severity), item.file, item.row) for item in check(tmp_path)] == [
        ("F7", "warning", "A3-testamurs.pdf", None),
        ("F7", "warning", "studentresults v1.csv", 3),
    ]


def test_the_highest_version_is_checked_and_earlier_students_still_count(tmp_path: Path):
    write(tmp_path, [RECORD, RECORD | {"student_code": "A2"}], [UNIT | {"mark": "x"}])
    later = write(tmp_path / "later", [RECORD], [UNIT, UNIT | {"student_code": "A2"}])
    for kind in ("studentrecords", "studentresults"):
        (later / f"{kind} v1.csv").rename(tmp_path / f"{kind} v10.csv")
    (tmp_path / "A2-ahegs.pdf").write_bytes(small_pdf(["A2"]))
    outcome = check(tmp_path)
    assert [(item.rule, str(item.severity), item.file) for item in outcome] == [
        ("F1", "info", "studentrecords v1.csv"),
        ("F1", "info", "studentresults v1.csv"),
    ]
    assert {file.name: file.rows for file in outcome.files}["studentresults v10.csv"] == 2


def test_two_files_of_one_version_are_not_merged(tmp_path: Path):
    write(tmp_path, [RECORD], [UNIT])
    write(tmp_path / "again", [RECORD], [UNIT | {"mark": "x"}])
    assert [(item.rule, str(item.severity), item.file) for item in check(tmp_path)] == [
        ("F1", "error", "again/studentrecords v1.csv"),
        ("F1", "error", "again/studentresults v1.csv"),
    ]


# Duplicates -----------------------------------------------------------------------------------------------------


def test_repeated_rows_are_left_out_and_contradicting_ones_refused(tmp_path: Path):
    other = UNIT | {"mark": "12", "grade": "N", "grade_description": "Fail", "status": "2"}
    rows = [UNIT, COURSE, UNIT, COURSE, other, UNIT | {"study_year": "2013"}, UNIT | {"course_code": "B2"}]
    write(tmp_path, [RECORD], rows)
    outcome = check(tmp_path, keep=tmp_path / "keep")
    assert found(outcome) == [
        ("V18", "warning", 4, "Student identification code"),
        ("V18", "warning", 5, "Student identification code"),
        ("V18", "error", 6, "Unit of Study Code"),
    ]
    assert "row 2" in next(item.message for item in outcome if item.row == 6)
    assert pl.read_parquet(tmp_path / "keep" / "results.parquet")["line"].to_list() == [2, 3, 7, 8]


@pytest.mark.parametrize(
    ("second", "strict", "tolerant"),
    [
        ({}, "error", "warning"),
        ({"title": "Dr", "phone": "1"}, "error", "warning"),
        ({"commencement_date": "01/02/2015"}, None, None),
        ({"commencement_date": "01/02/2015", "surname": "Other"}, "warning", "error"),
        ({"surname": "Other"}, "error", "error"),
    ],
)
def test_a_student_stands_once_for_each_course(second, strict, tolerant, tmp_path: Path):
    write(tmp_path, [RECORD, RECORD | second], [UNIT])
    column = "Student Identification Code"
    for profile, severity in (("strict", strict), ("tolerant", tolerant)):
        assert found(check(tmp_path, profile=profile)) == ([("V01", severity, 3, column)] if severity else [])


# Fixes, typed rows, the annotated file --------------------------------------------------------------------------


def test_a_fixed_cell_is_checked_in_place_of_the_one_in_the_file(tmp_path: Path):
    write(tmp_path, [RECORD | {"title": "Ms."}], [UNIT | {"mark": "x"}])
    fixes = [
        ("studentrecords v1.csv", 2, "Student Title", "Ms"),
        ("studentresults v1.csv", 2, "Mark Awarded", "0074.50"),
    ]
    outcome = check(tmp_path, fixes=fixes, keep=tmp_path.with_name("keep"))
    assert found(outcome) == []
    assert pl.read_parquet(tmp_path.with_name("keep") / "results.parquet")["mark"].to_list() == ["74.5"]
    worse = check(tmp_path, fixes=[*fixes, ("studentresults v1.csv", 2, "Year of Study", "2O17")])
    assert found(worse) == [("V08", "error", 2, "Year of Study")]


@pytest.mark.parametrize(
    "fix",
    [
        ("studentrecords v1.csv", 3, "Student Title", "Ms"),
        ("studentrecords v1.csv", 2, "Title", "Ms"),
        ("other.csv", 2, "Student Title", "Ms"),
    ],
)
def test_a_fix_of_nothing_is_refused(fix, tmp_path: Path):
    write(tmp_path, [RECORD], [UNIT])
    with pytest.raises(KeyError):
        check(tmp_path, fixes=[fix])


def test_typed_rows_hold_what_the_register_takes_in(tmp_path: Path):
    odd = {
        "student_code": "ab-1",
        "surname": " Suharto ",
        "given_name": "9999",
        "other_names": "9999",
        "birth_date": "01/01/1901",
        "address_1": "1  Long\r\nRoad",
        "postcode": "0000",
        "usi": "pcva64xu3d",
        "commencement_date": "02/03/2019",
    }
    write(
        tmp_path,
        [RECORD | {"usi": "ABC", "state": "01", "gender": "@"}, RECORD | odd, RECORD | {"student_code": "_"}],
        [COURSE | {"status": ""}, UNIT | {"mark": "74.1236", "weighted_units": "1.500", "study_year": "02/03/2019"}],
    )
    outcome = check(tmp_path, profile="tolerant", keep=tmp_path / "keep", month_dates=True)
    assert outcome.counts["error"] == 1
    first, second = pl.read_parquet(tmp_path / "keep" / "records.parquet").to_dicts()
    assert first["commencement_date"] == date(2012, 2, 1)
    assert (first["commencement_precision"], second["commencement_precision"]) == ("month", "day")
    assert (first["state"], first["gender"], first["usi"], first["usi_rejected"]) == ("NSW", None, None, True)
    assert (second["student_code"], second["surname"], second["given_name"], second["single_name"]) == (
        "AB-1",
        "Suharto",
        None,
        True,
    )
    assert (second["birth_date"], second["birth_date_placeholder"]) == (None, True)
    assert (second["other_names"], second["postcode"], second["usi"]) == (None, None, "PCVA64XU3D")
    assert second["address_1"] == "1 Long Road"
    course, unit = pl.read_parquet(tmp_path / "keep" / "results.parquet").to_dicts()
    assert (course["level"], course["status"], course["mark"], course["completion_year"]) == (
        "course",
        None,
        None,
        2015,
    )
    assert (unit["level"], unit["mark"], unit["weighted_units"], unit["study_year"]) == ("unit", "74.124", "1.5", 2019)


def test_a_file_that_cannot_be_read_leaves_no_typed_rows(tmp_path: Path):
    write(tmp_path, [RECORD], [UNIT])
    (tmp_path / "studentrecords v1.csv").write_bytes(b"a\0b")
    check(tmp_path, keep=tmp_path / "keep")
    assert pl.read_parquet(tmp_path / "keep" / "records.parquet").height == 0


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252"])
def test_the_annotated_file_keeps_every_byte_and_adds_one_column(encoding: str, tmp_path: Path):
    write(
        tmp_path,
        [RECORD | {"suburb": 'Mt "Big"\r\nIsa', "title": "Ms."}, RECORD | {"student_code": "A2"}],
        [UNIT],
        encoding=encoding,
    )
    path = tmp_path / "studentrecords v1.csv"
    path.write_bytes((b"\xef\xbb\xbf" if encoding == "utf-8" else b"") + path.read_bytes() + b"\r\n\r\n")
    findings = check(tmp_path, encoding=encoding).findings.filter(pl.col("file") == path.name)
    annotated = b"".join(annotated_csv(path, encoding, findings))
    text = annotated.decode(encoding)
    assert text.count("Remove the other characters") == 1
    assert text.split("\r\n")[0].endswith(',"What is wrong and what to do"')
    stripped = annotated.replace(b',"What is wrong and what to do"', b"")
    start = stripped.index(b',"Residential Address Suburb/Town: ')
    stripped = stripped[:start] + stripped[stripped.index(b"\r\n", start) :]
    stripped = stripped.replace(b"01/02/2012,\r\n", b"01/02/2012\r\n")
    assert stripped == path.read_bytes()
    failed = b"".join(annotated_csv(path, encoding, findings, only_failed=True)).decode(encoding)
    assert "S10001" in failed
    assert "A2" not in failed


def test_findings_name_the_row_they_are_about_and_stay_in_order(tmp_path: Path):
    rows = [
        UNIT | {"mark": "x"},
        UNIT | {"mark": "x"},
        UNIT | {"mark": "5"},
        UNIT | {"mark": "6"},
        UNIT | {"mark": "5"},
    ]
    write(tmp_path, [RECORD], rows)
    outcome = check(tmp_path)
    assert [(item.rule, item.row, "row 4" in item.message) for item in outcome] == [
        ("V12", 2, False),
        ("V12", 3, False),
        ("V18", 5, True),
        ("V18", 6, True),
    ]
    assert [item.value for item in outcome] == ["x", "x", None, None]
    assert outcome.counts == {"error": 3, "warning": 1, "info": 0}


def test_our_own_column_is_never_run_as_a_formula_and_their_cells_stay(tmp_path: Path):
    path = write(tmp_path, [RECORD | {"surname": "=1+1"}], [UNIT]) / "studentrecords v1.csv"
    finding = {"row": 2, "severity": "error", "column": None, "message": '=HYPERLINK("x")', "fix": "now"}
    schema = {"row": pl.Int64, "severity": pl.String, "column": pl.String, "message": pl.String, "fix": pl.String}
    annotated = b"".join(annotated_csv(path, "utf-8", pl.DataFrame([finding], schema=schema))).decode()
    assert ',"\'=HYPERLINK(""x"") now"' in annotated
    assert ",=1+1," in annotated


@pytest.mark.parametrize(
    "name",
    [
        "studentrecords v1 (1).csv",
        "studentrecords v1.csv.csv",
        "Copy of studentrecords v1.csv",
        "records v1.csv",
        "studentrecords v1.csv.txt",
    ],
)
def test_a_table_that_names_the_records_is_never_left_aside_without_an_error(name: str, tmp_path: Path):
    write(tmp_path, [RECORD | {"title": "Ms."}], [UNIT])
    (tmp_path / "studentrecords v1.csv").rename(tmp_path / name)
    assert [item[:3] for item in found(check(tmp_path))] == [("F1", "error", None), ("V20", "error", 2)]


@pytest.mark.parametrize(
    "name", ["payroll results.csv", "studentrecordings.csv", "studentrecords notes.txt", "readme.csv"]
)
def test_a_file_about_something_else_stays_a_stray_one(name: str, tmp_path: Path):
    write(tmp_path, [RECORD], [UNIT])
    (tmp_path / name).write_text("a,b\n")
    assert [item[:3] for item in found(check(tmp_path))] == [("F2", "info", None)]


@pytest.mark.parametrize("row", [",,,,", '"","", ,', "," * 40])
@pytest.mark.parametrize("profile", ["strict", "tolerant"])
def test_a_row_of_empty_cells_is_empty_however_many_they_are(row: str, profile: str, tmp_path: Path):
    write(tmp_path, [RECORD], [UNIT])
    path = tmp_path / "studentrecords v1.csv"
    path.write_bytes(path.read_bytes() + f"{row}\r\n".encode() * 2)
    outcome = check(tmp_path, profile=profile)
    assert found(outcome) == []
    assert [file.rows for file in outcome.files] == [1, 1]


@pytest.mark.parametrize("profile", ["strict", "tolerant"])
def test_a_result_repeated_with_a_small_letter_in_the_student_code_is_the_same_row(profile: str, tmp_path: Path):
    small = UNIT | {"student_code": UNIT["student_code"].lower()}
    assert small != UNIT
    write(tmp_path, [RECORD], [UNIT, small])
    outcome = check(tmp_path, profile=profile, keep=tmp_path / "keep")
    assert sorted((item.rule, str(item.severity), item.row) for item in outcome if item.rule != "F7") == [
        ("V01", "warning", 3),
        ("V18", "warning", 3),
    ]
    assert pl.read_parquet(tmp_path / "keep" / "results.parquet")["line"].to_list() == [2]
