"""Every rule of the TEQSA file definition: a cell that keeps it, a cell that breaks it, and how it weighs."""

import csv
import io
from dataclasses import replace
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from testamur.service.synthetic.teqsa import write_bundle
from testamur.submissions.applying import BoundRules, apply_rules, bind_rules, usual_line
from testamur.submissions.layouts import PROFILES, load_format
from testamur.submissions.reading import map_batches, open_table, read_regular
from testamur.submissions.rules import Context
from testamur.submissions.scanning import scan
from tests.rules.teqsa_samples import COURSE, FILES, ON, RECORD, RECORDS, RESULTS, UNIT, check, found, write

E, W, I, OK = "error", "warning", "info", None  # noqa: E741 - as the rulebook abbreviates them
_LONG = "x" * 256

# column, value, rule, strict, tolerant
RECORD_CASES = [
    ("student_code", "AB-12", "V01", OK, OK),
    ("student_code", "1234567890", "V01", OK, OK),
    ("student_code", "", "V01", E, E),
    ("student_code", "s_1", "V01", E, E),
    ("student_code", "12345678901", "V01", E, E),
    ("student_code", "s1", "V01", W, W),
    ("student_code", " S1", "V01", E, OK),
    ("title", "Ms.", "V20", E, OK),
    ("title", "", "V20", E, W),
    ("title", "O'Dr-2", "V20", OK, OK),
    ("title", "Prof Dr Dr Baron", "V20", E, E),
    ("surname", "", "V21", E, E),
    ("surname", "  ", "V21", E, E),
    ("surname", "é" * 30, "V21", OK, OK),
    ("surname", "e\u0301" * 30, "V21", OK, OK),
    ("surname", "é" * 31, "V21", E, W),
    ("surname", "é" * 41, "V21", E, E),
    ("surname", "9999", "V21", W, W),
    ("surname", "Łukasiewicz, née (Å)", "V21", OK, OK),
    ("surname", "=1+1", "V21", E, W),
    ("surname", " =1+1", "V21", E, W),
    ("surname", "+A|B", "V21", W, W),
    ("title", "=1+1", "V20", E, W),
    ("title", "-A|B", "V20", E, W),
    ("surname", "Bad\u0007bell", "V21", W, W),
    ("given_name", "", "V22", E, E),
    ("given_name", "9999", "V22", I, I),
    ("given_name", "Wolfeschlegelste", "V22", E, W),
    ("other_names", "x" * 31, "V23", E, W),
    ("birth_date", "", "V24", E, E),
    ("birth_date", "29/02/1992", "V24", OK, OK),
    ("birth_date", "29/02/1990", "V24", E, E),
    ("birth_date", "30/02/1990", "V24", E, E),
    ("birth_date", "1990-02-09", "V24", E, E),
    ("birth_date", "9/2/1990", "V24", E, E),
    ("birth_date", "00/00/0000", "V24", E, E),
    ("birth_date", "01/01/0000", "V24", E, E),
    ("birth_date", "23/11/2025", "V24", OK, OK),
    ("birth_date", "24/11/2025", "V24", E, E),
    ("birth_date", "01/01/1901", "V24", W, W),
    ("gender", "X", "V25", OK, OK),
    ("gender", "MF", "V25", E, W),
    ("gender", "U", "V25", W, W),
    ("gender", "@", "V25", W, OK),
    ("address_1", "Unit 4/2 King's-Road", "V26", OK, OK),
    ("address_1", "x" * 39, "V26", E, W),
    ("address_1", "x" * 256, "V26", E, E),
    ("address_1", "Flat 2, Road", "V26", W, W),
    ("address_1", "=A1", "V26", W, W),
    ("address_2", "x" * 39, "V27", E, W),
    ("address_2", "c/o #4", "V27", W, W),
    ("suburb", "x" * 28, "V28", E, W),
    ("suburb", "x" * 49, "V28", E, E),
    ("suburb", "Mt. Isa", "V28", W, W),
    ("suburb", "Coolum (North) & Co", "V28", OK, OK),
    ("state", "AAT", "V29", OK, OK),
    ("state", "VICT", "V29", E, E),
    ("state", "ZZ", "V29", W, W),
    ("state", "vic", "V29", W, OK),
    ("state", "02", "V29", W, OK),
    ("country", "Bosnia and Herzegovina", "V30", E, W),
    ("postcode", "0870", "V31", OK, OK),
    ("postcode", "30110", "V31", E, E),
    ("usi", "PCVA64XU3D", "V32", OK, OK),
    ("usi", "pcva64xu3d", "V32", OK, OK),
    ("usi", "PCVA64XU3E", "V32", W, W),
    ("usi", "=A1", "V32", W, W),
    ("usi", _LONG, "V32", E, E),
    ("phone", "+61 8 9000 0000", "V33", OK, OK),
    ("phone", _LONG, "V33", E, E),
    ("phone", "+61 (8) 9000 0000", "V33", W, W),
    ("phone", "+cmd|' /C calc'!A0", "V33", W, W),
    ("phone", "=61", "V33", E, W),
    ("email", "zoë@example.org", "V34", OK, OK),
    ("email", "not an address", "V34", W, W),
    ("email", "=a@b.example", "V34", W, W),
    ("email", _LONG, "V34", E, E),
    ("commencement_date", "", "V36", OK, OK),
    ("commencement_date", "03/2019", "V36", E, E),
    ("commencement_date", "31/04/2019", "V36", E, E),
    ("commencement_date", "01/01/2030", "V36", OK, OK),
]
UNIT_CASES = [
    ("level", "", "V02", E, E),
    ("level", "course", "V02", E, E),
    ("level", "Unit", "V02", E, E),
    ("level", "Course ", "V02", E, OK),
    ("course_code", "BSC11BSC11X", "V03", E, E),
    ("course_code", "BSC/1-2", "V03", W, W),
    ("course_code", "BSC 1", "V03", E, E),
    ("unit_code", "ECO1011011X", "V04", E, E),
    ("unit_code", "ECO-101", "V04", E, E),
    ("unit_code", "eco101", "V04", OK, OK),
    ("course_name", "x" * 73, "V05", E, E),
    ("course_name", "Pâtisserie, Gastronomy & Wine (Hons)", "V05", OK, OK),
    ("course_name", "Bell\u0007", "V05", E, E),
    ("course_name", '=HYPERLINK("a";"b")', "V05", E, W),
    ("unit_name", "x" * 73, "V06", E, E),
    ("unit_name", "Tab\u0000".replace("\u0000", "\u001f"), "V06", E, E),
    ("status", "", "V07", E, E),
    ("status", "0", "V07", E, E),
    ("status", "7", "V07", E, E),
    ("status", "3.0", "V07", E, E),
    ("status", "1", "V07", OK, OK),
    ("status", "4", "V07", OK, OK),
    ("status", "5", "V07", W, W),
    ("status", "6", "V07", E, W),
    ("study_year", "", "V08", E, E),
    ("study_year", "20199", "V08", E, E),
    ("study_year", "2O17", "V08", E, E),
    ("study_year", "٢٠١٧", "V08", E, E),
    ("study_year", "0", "V08", W, W),
    ("study_year", "1899", "V08", W, W),
    ("study_year", "2026", "V08", OK, OK),
    ("study_year", "2027", "V08", W, W),
    ("study_year", "01/03/2017", "V08", E, OK),
    ("study_year", "2017-03-01", "V08", E, OK),
    ("study_year", "2017-13-01", "V08", E, E),
    ("completion_year", "-1", "V09", E, E),
    ("completion_year", "2012", "V09", OK, OK),
    ("completion_year", "2011", "V09", W, W),
    ("credit_granted", _LONG, "V10", E, E),
    ("credit_granted", "x" * 255, "V10", OK, OK),
    ("weighted_units", "0.125", "V11", OK, OK),
    ("weighted_units", ".5", "V11", OK, OK),
    ("weighted_units", "9999", "V11", OK, OK),
    ("weighted_units", "9999.5", "V11", E, E),
    ("weighted_units", "0,125", "V11", E, E),
    ("weighted_units", "0.33333", "V11", W, W),
    ("mark", "10000", "V12", E, E),
    ("mark", "-1", "V12", E, E),
    ("mark", "1e2", "V12", E, E),
    ("mark", "=70+4", "V12", E, E),
    ("mark", "NaN", "V12", E, E),
    ("mark", "100", "V12", OK, OK),
    ("mark", "100.5", "V12", W, W),
    ("grade", _LONG, "V13", E, E),
    ("grade", "=IF(A1;B1)", "V13", E, W),
    ("grade", "A=", "V13", OK, OK),
    ("grade_description", _LONG, "V14", E, E),
    ("subsidiary_component", _LONG, "V15", E, E),
    ("lote", _LONG, "V16", E, E),
    ("lote", "\u7b2c\u4e8c\u5916\u8a9e", "V16", OK, OK),
]


def _expected(rule: str, severity: str | None, row: int, header: str) -> list[tuple[str, str, int | None, str | None]]:
    return [] if severity is None else [(rule, severity, row, header)]


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("case", RECORD_CASES, ids=lambda case: f"{case[2]} {case[0]} {case[1][:12]!r}")
def test_a_cell_of_the_records_file_is_judged_by_its_own_rule_alone(case, profile, tmp_path: Path):
    column, value, rule, strict, tolerant = case
    other = RECORD | {"student_code": "Z9"}
    results = [UNIT | {"student_code": "Z9"}]
    outcome = check(write(tmp_path, [other, RECORD | {column: value}], results), profile=profile)
    header = FILES[RECORDS].field(column).header
    assert found(outcome) == _expected(rule, strict if profile == "strict" else tolerant, 3, header)


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("case", UNIT_CASES, ids=lambda case: f"{case[2]} {case[0]} {case[1][:12]!r}")
def test_a_cell_of_the_results_file_is_judged_by_its_own_rule_alone(case, profile, tmp_path: Path):
    column, value, rule, strict, tolerant = case
    base = COURSE if value == "Course " else UNIT
    outcome = check(write(tmp_path, [RECORD], [UNIT | {"unit_code": "STA1"}, base | {column: value}]), profile=profile)
    header = FILES[RESULTS].field(column).header
    assert found(outcome) == _expected(rule, strict if profile == "strict" else tolerant, 3, header)


# Rules across the cells of a row --------------------------------------------------------------------------------

ROW_CASES = [
    ("N1 course without code", COURSE | {"course_code": ""}, [("N1", E, E, "course_code")]),
    ("N1 course without name", COURSE | {"course_name": " "}, [("N1", E, E, "course_name")]),
    ("N1 course without both", COURSE | {"course_code": "", "course_name": ""}, [("N1", E, E, "course_code")]),
    ("N1 course with unit", COURSE | {"unit_code": "ECO101"}, [("N1", W, W, "unit_code")]),
    ("N2 unit without code", UNIT | {"unit_code": ""}, [("N2", E, E, "unit_code")]),
    ("N2 unit without name", UNIT | {"unit_name": "\u00a0"}, [("N2", E, E, "unit_name")]),
    ("N2 unit without both", UNIT | {"unit_code": "", "unit_name": ""}, [("N2", E, E, "unit_code")]),
    ("bad level is no note", UNIT | {"level": "unit", "unit_code": ""}, [("V02", E, E, "level")]),
    ("N3a neither", UNIT | {"mark": "", "grade": "", "grade_description": ""}, [("N3a", E, E, "mark")]),
    ("N3a neither, withdrew", UNIT | {"mark": "", "grade": "", "status": "1"}, [("N3a", E, W, "mark")]),
    ("N3a neither, going on", UNIT | {"mark": " ", "grade": "", "status": "4"}, [("N3a", E, W, "mark")]),
    ("N3a mark only", UNIT | {"grade": "", "grade_description": ""}, []),
    ("N3a grade only", UNIT | {"mark": ""}, []),
    ("N3b no description", UNIT | {"grade_description": " "}, [("N3b", E, E, "grade_description")]),
    ("bad mark is no N3a", UNIT | {"mark": "x", "grade": ""}, [("V12", E, E, "mark")]),
    ("V17 no course", UNIT | {"course_code": ""}, [("V17", W, W, "course_code")]),
    ("V07 blank on a Course row", COURSE | {"status": ""}, [("V07", E, OK, "status")]),
    ("bad status is no other", UNIT | {"status": "x", "mark": "7"}, [("V07", E, E, "status")]),
]


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("case", ROW_CASES, ids=lambda case: case[0])
def test_a_row_is_judged_by_the_notes_of_the_definition(case, profile, tmp_path: Path):
    _, row, wanted = case
    outcome = check(write(tmp_path, [RECORD], [UNIT | {"unit_code": "STA1"}, row]), profile=profile)
    weighed = [(rule, strict if profile == "strict" else tolerant, name) for rule, strict, tolerant, name in wanted]
    assert found(outcome) == [
        (rule, severity, 3, FILES[RESULTS].field(name).header) for rule, severity, name in weighed if severity
    ]


# Shortcuts ------------------------------------------------------------------------------------------------------

_SIGNS = st.sampled_from(" \t\n\u00a0Aaé9'/-.,@=+()|!#\u0007\ufffdM@X0123456789ſß漢e\u0301")
_LIKELY = st.sampled_from(
    [case[1] for case in (*RECORD_CASES, *UNIT_CASES)]
    + ["Course", "Unit of Study", "1", "3", "2012", "31/12/2019", "NSW"]
)
_CELLS = st.one_of(st.text(_SIGNS, max_size=14), _LIKELY, st.from_regex(r"[0-9]{2}/[0-9]{2}/[0-9]{4}", fullmatch=True))


def _rows(data: st.DataObject, kind: str) -> pl.DataFrame:
    """Draw rows of likely and unlikely cells; most of a row is usual, so that single cells stand out."""
    fields = FILES[kind].fields
    sound = RECORD if kind == RECORDS else UNIT
    row = st.tuples(
        *(st.one_of(st.just(sound.get(field.name, "")), st.just(sound.get(field.name, "")), _CELLS) for field in fields)
    )
    rows = data.draw(st.lists(row, min_size=3, max_size=12))
    return pl.DataFrame(rows, schema={field.name: pl.String for field in fields}, orient="row").with_row_index("row", 2)


def _looked_at_closely(frame: pl.DataFrame, bound: BoundRules) -> pl.DataFrame:
    return apply_rules(frame, replace(bound, fields=tuple(replace(field, unusual=None) for field in bound.fields)))


@settings(max_examples=80, deadline=None)
@given(data=st.data())
@pytest.mark.parametrize("kind", [RECORDS, RESULTS])
def test_a_cell_taken_for_usual_would_pass_every_check_of_its_field(kind: str, data: st.DataObject):
    frame, codes = _rows(data, kind), list(load_format("teqsa").checks())
    for profile in PROFILES:
        bound = bind_rules(FILES[kind], codes, Context(profile, ON), ())
        assert apply_rules(frame, bound).equals(_looked_at_closely(frame, bound))


@settings(max_examples=80, deadline=None)
@given(data=st.data(), quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]))
@pytest.mark.parametrize("kind", [RECORDS, RESULTS])
def test_a_line_taken_for_usual_would_pass_every_check_of_every_field(kind: str, data: st.DataObject, quoting: int):
    layout, codes = FILES[kind], list(load_format("teqsa").checks())
    names = [field.name for field in layout.fields]
    out = io.StringIO()
    csv.writer(out, quoting=quoting).writerows(_rows(data, kind).select(names).iter_rows())
    context = Context("strict", ON)
    usual = usual_line(layout, {name: place for place, name in enumerate(names)}, len(names), context)
    read = read_regular(out.getvalue().encode(), names, usual)
    if read is None:
        return
    frame, unusual = read[0].with_row_index("row", 2), read[1]
    bound = bind_rules(layout, codes, context, ())
    assert apply_rules(frame, bound, unusual).sort(pl.all()).equals(_looked_at_closely(frame, bound).sort(pl.all()))


def test_most_lines_of_a_sound_file_are_usual(tmp_path: Path):
    write_bundle(tmp_path, students=100, results_per_student=6, seed=5)
    for kind, least in ((RECORDS, 0.95), (RESULTS, 0.99)):
        table = open_table(path := tmp_path / f"{kind} v1.csv", FILES[kind], scan(path))
        usual = usual_line(FILES[kind], table.positions, table.width, Context("strict", ON))
        unusual = pl.concat(list(map_batches(table, lambda batch: batch.unusual, usual)))
        assert (~unusual).mean() > least


def test_no_line_is_usual_where_the_usual_years_may_lie_ahead(tmp_path: Path):
    early = date(1995, 6, 1)
    assert usual_line(FILES[RECORDS], {}, 17, Context("strict", early)) is None
    outcome = check(write(tmp_path, [RECORD | {"birth_date": "01/01/1999"}], [UNIT | {"study_year": "1990"}]), on=early)
    assert found(outcome) == [("V24", "error", 2, "Date of Birth")]


def test_a_shortcut_that_hides_a_fault_is_caught():
    codes = list(load_format("teqsa").checks())
    cells = {field.name: "" for field in FILES[RECORDS].fields} | RECORD | {"title": "Ms."}
    frame = pl.DataFrame([cells]).with_row_index("row", 2)
    bound = bind_rules(FILES[RECORDS], codes, Context("strict", ON), ())
    nothing = pl.lit(value=False)
    blind = replace(bound, fields=tuple(replace(field, unusual=nothing) for field in bound.fields))
    assert apply_rules(frame, bound).height == 1
    assert not apply_rules(frame, blind).equals(_looked_at_closely(frame, blind))
    assert apply_rules(frame, bound, pl.Series([False])).height == 0
