"""The same rules written a second time, in SQL for DuckDB, find the same errors in a dirty file."""

import csv
from pathlib import Path
from random import Random

import duckdb
import pytest

from testamur.service.synthetic.teqsa import write_bundle
from tests.rules.teqsa_samples import FILES, RECORDS, RESULTS, check


def _real_day(name: str) -> str:
    """Return the condition that a cell is a real date DD/MM/YYYY."""
    return f"regexp_full_match({name}, '[0-9]{{2}}/[0-9]{{2}}/[0-9]{{4}}') and try_strptime({name}, '%d/%m/%Y') is not null"


def _no_number(name: str) -> str:
    """Return the condition that a cell is filled and no number from 0 to 9999."""
    plain = rf"regexp_full_match({name}, '[0-9]+(\.[0-9]*)?|\.[0-9]+')"
    return f"trim({name}) <> '' and (not {plain} or try_cast({name} as double) > 9999)"


RECORD_ERRORS = {
    "V01": "trim(student_code) = '' or length(student_code) > 10 or not regexp_full_match(student_code, '[A-Za-z0-9-]*')",
    "V20": "trim(title) = '' or length(title) > 15 or not regexp_full_match(title, '[\\p{L}\\p{M}0-9''’ -]*')",
    "V21": "trim(surname) = '' or length(surname) > 30 or ltrim(surname) like '=%'",
    "V22": "trim(given_name) = '' or length(given_name) > 15 or ltrim(given_name) like '=%'",
    "V23": "length(other_names) > 30 or ltrim(other_names) like '=%'",
    "V24": f"trim(birth_date) = '' or not ({_real_day('birth_date')})"
    " or try_strptime(birth_date, '%d/%m/%Y') > date '2025-11-23'",
    "V25": "length(gender) > 1",
    "V26": "length(address_1) > 38",
    "V27": "length(address_2) > 38",
    "V28": "length(suburb) > 27",
    "V29": "length(state) > 3",
    "V30": "length(country) > 20 or ltrim(country) like '=%'",
    "V31": "length(postcode) > 4 or ltrim(postcode) like '=%'",
    "V33": "length(phone) > 255 or ltrim(phone) like '=%'",
    "V34": "length(email) > 255",
    "V36": f"trim(commencement_date) <> '' and not ({_real_day('commencement_date')})",
}
RESULT_ERRORS = {
    "V01": RECORD_ERRORS["V01"],
    "V02": "level not in ('Course', 'Unit of Study')",
    "V03": "length(course_code) > 10 or not regexp_full_match(trim(course_code), '[A-Za-z0-9/-]*')",
    "V04": "length(unit_code) > 10 or not regexp_full_match(trim(unit_code), '[A-Za-z0-9]*')",
    "V05": "length(course_name) > 72 or ltrim(course_name) like '=%'",
    "V06": "length(unit_name) > 72 or ltrim(unit_name) like '=%'",
    "V07": "status not in ('1', '2', '3', '4', '5')",
    "V08": "not regexp_full_match(study_year, '[0-9]{1,4}')",
    "V09": "trim(completion_year) <> '' and not regexp_full_match(completion_year, '[0-9]{1,4}')",
    "V10": "length(credit_granted) > 255 or ltrim(credit_granted) like '=%'",
    "V11": _no_number("weighted_units"),
    "V12": _no_number("mark"),
    "V13": "length(grade) > 255 or ltrim(grade) like '=%'",
    "V14": "length(grade_description) > 255 or ltrim(grade_description) like '=%'",
    "V15": "length(subsidiary_component) > 255 or ltrim(subsidiary_component) like '=%'",
    "V16": "length(lote) > 255 or ltrim(lote) like '=%'",
    "N1": "level = 'Course' and (trim(course_code) = '' or trim(course_name) = '')",
    "N2": "level = 'Unit of Study' and (trim(unit_code) = '' or trim(unit_name) = '')",
    "N3a": "trim(mark) = '' and trim(grade) = ''",
    "N3b": "trim(grade) <> '' and trim(grade_description) = ''",
}
_JUNK = (
    "",
    " ",
    "x",
    "9999",
    "01/01/1901",
    "=1+1",
    "É" * 40,
    "5",
    "6",
    "-1",
    "course",
    "2017-01-01",
    "31/02/2000",
    "1.5",
    "10000",
)


def _spoil(path: Path, share: float, seed: int) -> None:
    """Write junk over some cells of a file, anywhere."""
    rng = Random(seed)
    with path.open(encoding="utf-8", newline="") as stream:
        header, *rows = csv.reader(stream)
    for row in rows:
        if rng.random() < share:
            row[rng.randrange(len(row))] = rng.choice(_JUNK)
    with path.open("w", encoding="utf-8", newline="") as out:
        csv.writer(out).writerows([header, *rows])


def _found_by_sql(path: Path, kind: str, errors: dict[str, str]) -> set[tuple[str, int]]:
    """Return the rule and row of every error that the SQL finds."""
    names = [field.name for field in FILES[kind].fields]
    columns = ", ".join(f"coalesce(column{place:02d}, '') as {name}" for place, name in enumerate(names))
    with duckdb.connect() as connection:
        connection.execute(
            f"create table cells as select row_number() over () + 1 as line, {columns} from read_csv(?, header=false, skip=1, "
            "all_varchar=true, auto_detect=false, delim=',', quote='\"', escape='\"', new_line='\\r\\n', columns=?)",
            [str(path), {f"column{place:02d}": "VARCHAR" for place in range(len(names))}],
        )
        every = (
            (rule, connection.execute(f"select line from cells where {condition}").fetchall())
            for rule, condition in errors.items()
        )
        return {(rule, line) for rule, lines in every for (line,) in lines}


@pytest.mark.parametrize("seed", [1, 2])
def test_duckdb_finds_the_same_errors(seed: int, tmp_path: Path):
    write_bundle(tmp_path, students=1500, results_per_student=4, seed=seed, faults=120)
    checked = 0
    for kind, errors in ((RECORDS, RECORD_ERRORS), (RESULTS, RESULT_ERRORS)):
        path = tmp_path / f"{kind} v1.csv"
        _spoil(path, 0.4, seed)
        outcome = check(tmp_path)
        found = {
            (item.rule, item.row)
            for item in outcome
            if item.file == path.name
            and item.severity == "error"
            and item.rule in errors
            and "stand in row" not in item.message
        }
        by_sql = _found_by_sql(path, kind, errors)
        assert found == by_sql
        assert {rule for rule, _ in found} == set(errors)
        checked += len(found)
    assert checked > 1000


def test_the_cross_check_notices_a_rule_that_was_left_out(tmp_path: Path):
    write_bundle(tmp_path, students=300, results_per_student=3, seed=1, faults=["V21 too long", "V22 too long"])
    path = tmp_path / f"{RECORDS} v1.csv"
    found = {(item.rule, item.row) for item in check(tmp_path) if item.severity == "error"}
    assert found == _found_by_sql(path, RECORDS, RECORD_ERRORS)
    forgetful = {rule: condition for rule, condition in RECORD_ERRORS.items() if rule != "V21"}
    assert found != _found_by_sql(path, RECORDS, forgetful)
