"""The certificate register: each vector gives what it is named for, no bytes end in a traceback, what is written is read."""

import io
import zipfile
from dataclasses import replace
from datetime import date
from pathlib import Path

import openpyxl
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from testamur.submissions.bundles import Bundle, BundleFile, open_bundle
from testamur.submissions.certificates import workbook, writing
from testamur.submissions.certificates.checking import check
from testamur.submissions.certificates.writing import AsqaRow, RegisterCertificate, RegisterUnit
from testamur.submissions.checking import CheckOutcome
from tests.vectors.certificates.make import HERE, Q2, ROWS, VECTORS, Q, book, text

ON = date(2026, 1, 5)
_quiet = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
SAMPLE = RegisterCertificate(
    student_id="0071",
    given_name="Ana",
    surname="Soto",
    birth_date=date(1990, 2, 9),
    gender="X",
    kind="Q",
    issue_date=date(2018, 5, 10),
    number="P-1",
    language="English",
    program_code="BSB40215",
    program_title="Certificate IV in Business",
    units=(RegisterUnit("BSBADM405", "Organise meetings", "20"), RegisterUnit("BSBADM406", "Travel", "60")),
)


def checked(name: str, data: bytes, folder: Path, **how: object) -> CheckOutcome:
    path = folder / "file"
    path.write_bytes(data)
    bundle = Bundle([BundleFile(name, path, len(data))])
    return check(bundle, **{"profile": "strict", "on": ON, **how})  # type: ignore[arg-type]


def found(outcome: CheckOutcome) -> list[tuple[str, str, int | None, str | None]]:
    return [(item.rule, str(item.severity), item.row, item.column) for item in outcome if item.severity != "info"]


def test_the_vectors_on_disk_are_those_that_are_made():
    on_disk = {f"{path.parent.name}/{path.name}" for path in HERE.glob("*-*/*")}
    assert on_disk == set(VECTORS)
    assert all((HERE / name).read_bytes() == data for name, (data, _) in VECTORS.items() if name.endswith("csv"))


@pytest.mark.parametrize("name", sorted(VECTORS))
def test_a_vector_gives_what_it_is_named_for(name: str, tmp_path: Path):
    expected = VECTORS[name][1]
    outcome = checked(name.split("/")[1], (HERE / name).read_bytes(), tmp_path, keep=tmp_path)
    assert outcome.recognised
    assert found(outcome) == expected
    assert all(item.message and item.fix and item.source and "{" not in item.message + item.fix for item in outcome)
    certificates = pl.read_parquet(tmp_path / "certificates.parquet")
    if name.startswith("odd-but-good"):
        assert [len(units) for units in certificates["units"]] == [2, 1]


def test_csv_and_workbook_give_the_same_frames(tmp_path: Path):
    frames = {}
    for name, data in (("a.csv", text(ROWS)), ("a.xlsx", book(ROWS))):
        checked(name, data, tmp_path, keep=tmp_path / name)
        parts = ("records", "results", "certificates")
        frames[name] = [pl.read_parquet(tmp_path / name / f"{part}.parquet").to_dicts() for part in parts]
    assert frames["a.csv"] == frames["a.xlsx"]
    records, results, certificates = frames["a.csv"]
    assert [(row["student_code"], row["usi"]) for row in records] == [("0071", "PCVA64XU3D"), ("0072", None)]
    assert [(row["level"], row["outcome"], row["credit"]) for row in results if row["student_code"] == "0071"] == [
        ("unit", "20", False),
        ("course", None, None),
        ("unit", "60", True),
    ]
    assert certificates[1]["certificate_type"] == "S"


def test_a_certificate_with_one_wrong_row_waits_whole(tmp_path: Path):
    outcome = checked("a.csv", text([Q, Q2 | {"unit_outcome": "30"}]), tmp_path, keep=tmp_path)
    assert [(item.rule, str(item.severity), item.row) for item in outcome] == [("C12", "info", 2), ("C21", "error", 3)]
    assert pl.read_parquet(tmp_path / "certificates.parquet").is_empty()


def test_a_fix_is_laid_over_the_cell_and_a_fix_of_nothing_is_refused(tmp_path: Path):
    data = VECTORS["known-bad/formula.xlsx"][0]
    assert found(checked("a.xlsx", data, tmp_path, fixes=[("a.xlsx", 4, "Surname", "Tran")])) == []
    for fix in (("a.xlsx", 9, "Surname", "x"), ("a.xlsx", 2, "Nothing", "x"), ("b.csv", 2, "Surname", "x")):
        with pytest.raises(KeyError):
            checked("a.xlsx", data, tmp_path, fixes=[fix])


def test_the_template_is_the_same_each_time_and_its_example_is_never_data(tmp_path: Path):
    made = workbook.template()
    assert made == workbook.template()
    assert openpyxl.load_workbook(io.BytesIO(made)).sheetnames == [workbook.SHEET, workbook.EXAMPLE, workbook.GUIDE]
    outcome = checked("template.xlsx", made, tmp_path, keep=tmp_path)
    assert found(outcome) == [("F4", "error", None, None)]
    assert pl.read_parquet(tmp_path / "certificates.parquet").is_empty()


def test_a_template_that_is_filled_in_is_read(tmp_path: Path):
    filled = openpyxl.load_workbook(io.BytesIO(workbook.template()))
    for row in writing.table([SAMPLE]):
        filled[workbook.SHEET].append([value or None for value in row])
    out = io.BytesIO()
    filled.save(out)
    outcome = checked("template.xlsx", out.getvalue(), tmp_path, keep=tmp_path)
    assert outcome.counts == {"error": 0, "warning": 0, "info": 0}
    assert pl.read_parquet(tmp_path / "certificates.parquet")["number"].to_list() == ["P-1"]


def test_a_workbook_with_a_hole_is_unreadable_and_no_trouble_of_the_machine(tmp_path: Path):
    whole = book(ROWS)
    assert found(checked("a.xlsx", whole[:10] + whole[210:], tmp_path)) == [("F9", "error", None, None)]


def test_rows_added_to_the_example_are_named_as_left_aside(tmp_path: Path):
    filled = openpyxl.load_workbook(io.BytesIO(workbook.template()))
    for sheet in (workbook.SHEET, workbook.EXAMPLE):
        filled[sheet].append([value or None for value in next(iter(writing.table([SAMPLE])))])
    out = io.BytesIO()
    filled.save(out)
    (item,) = checked("template.xlsx", out.getvalue(), tmp_path)
    assert (item.rule, item.severity, item.row) == ("F9", "info", None)
    assert workbook.EXAMPLE in item.message


@pytest.mark.parametrize("name", ["a.csv", "a.xlsx"])
def test_what_is_written_is_read_again(name: str, tmp_path: Path):
    rows = [SAMPLE, replace(SAMPLE, kind="S", number="P-2", given_name=None, units=SAMPLE.units[:1])]
    data = writing.register_csv(rows) if name.endswith("csv") else workbook.register_workbook(rows)
    outcome = checked(name, data, tmp_path, keep=tmp_path)
    assert outcome.counts["error"] == 0
    kept = pl.read_parquet(tmp_path / "certificates.parquet")
    assert kept["units"].to_list()[0] == [{"code": unit.code, "title": unit.title} for unit in SAMPLE.units]


def test_a_cell_that_a_spreadsheet_would_run_is_defused():
    written = writing.register_csv([replace(SAMPLE, surname="=1+1", given_name=None)]).decode("utf-8-sig")
    assert ",-,,'=1+1," in written


def test_asqa_style_data_lists_what_it_cut():
    row = AsqaRow("90999", replace(SAMPLE, student_id="123456789012"))
    data, cut = writing.asqa_student_data([row])
    assert [(item.row, item.column, item.length, item.width) for item in cut] == [
        (2, "Student ID", 12, 10),
        (3, "Student ID", 12, 10),
    ]
    assert data.decode("utf-8-sig").splitlines()[1].split(",")[:6] == [
        "90999",
        "Ana Soto",
        "",
        "",
        "09/02/1990",
        "1234567890",
    ]
    assert len(data.splitlines()[0].split(b",")) == 21
    assert writing.asqa_student_data([AsqaRow("90999", SAMPLE)])[1] == []


@_quiet
@given(data=st.binary(max_size=300), start=st.sampled_from([b"", text([]), text(ROWS), b"PK\x03\x04"]))
def test_no_bytes_end_in_a_traceback(data: bytes, start: bytes, tmp_path: Path):
    outcome = checked("a.csv", start + data, tmp_path, keep=tmp_path)
    assert outcome.findings.height == sum(outcome.counts.values())


@_quiet
@given(part=st.sampled_from(["xl/worksheets/sheet1.xml", "xl/workbook.xml", "xl/styles.xml"]), data=st.data())
def test_no_bytes_in_a_workbook_end_in_a_traceback(part: str, data: st.DataObject, tmp_path: Path):
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(book(ROWS))) as sound, zipfile.ZipFile(out, "w") as spoilt:
        for name in sound.namelist():
            content = sound.read(name)
            if name == part:
                place = data.draw(st.integers(0, len(content) - 1))
                content = content[:place] + data.draw(st.binary(max_size=20)) + content[place + 1 :]
            spoilt.writestr(name, content)
    outcome = checked("a.xlsx", out.getvalue(), tmp_path, keep=tmp_path)
    assert outcome.findings.height == sum(outcome.counts.values())


def test_a_workbook_sent_alone_is_one_file_and_no_archive():
    path = HERE / "odd-but-good" / "clean.xlsx"
    with open_bundle([path]) as bundle:
        assert [file.name for file in bundle.files] == ["clean.xlsx"]
        assert bundle.unpacked is None
