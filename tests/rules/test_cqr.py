"""The CQR data file: each vector gives what it is named for, no bytes end in a traceback, and what is written is read."""

from datetime import date
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from testamur.submissions.bundles import open_bundle
from testamur.submissions.certificates.days import meant_by_day_of_year, meant_by_week_year
from testamur.submissions.checking import CheckOutcome
from testamur.submissions.cqr.checking import check
from testamur.submissions.cqr.writing import CqrCertificate, cqr_file
from tests.vectors.cqr2.make import HERE, VECTORS, Q, S, lines

ON = date(2026, 1, 5)
_quiet = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def checked(data: bytes, folder: Path, **how: object) -> CheckOutcome:
    (folder / "in").mkdir(exist_ok=True)
    (folder / "in" / "cqr.txt").write_bytes(data)
    with open_bundle([folder / "in"]) as bundle:
        return check(bundle, **{"profile": "strict", "on": ON, **how})  # type: ignore[arg-type]


def found(outcome: CheckOutcome) -> list[tuple[str, str, int | None, str | None]]:
    return [(item.rule, str(item.severity), item.row, item.column) for item in outcome if item.severity != "info"]


def test_the_vectors_on_disk_are_those_that_are_made():
    assert {f"{path.parent.name}/{path.stem}" for path in HERE.rglob("*.txt")} == set(VECTORS)
    assert all((HERE / f"{name}.txt").read_bytes() == data for name, (data, _) in VECTORS.items())


@pytest.mark.parametrize("name", sorted(set(VECTORS) - {"known-bad/empty"}))
def test_a_vector_gives_what_it_is_named_for(name: str, tmp_path: Path):
    data, expected = VECTORS[name]
    outcome = checked(data, tmp_path, keep=tmp_path / "out")
    assert outcome.recognised
    assert found(outcome) == expected
    assert all(item.message and item.fix and item.source and "{" not in item.message + item.fix for item in outcome)
    certificates = pl.read_parquet(tmp_path / "out" / "certificates.parquet")
    if name.startswith("odd-but-good"):
        assert certificates.height == 2


def test_an_empty_file_is_no_file_of_the_format(tmp_path: Path):
    assert not checked(b"", tmp_path).recognised


def test_the_frames_hold_students_certificates_and_achieved_units(tmp_path: Path):
    checked(lines(Q, S), tmp_path, keep=tmp_path)
    read = {name: pl.read_parquet(tmp_path / f"{name}.parquet") for name in ("records", "results", "certificates")}
    assert read["records"].select("line", "student_code", "given_name", "gender").rows() == [
        (2, "S1", "Test", "M"),
        (3, "S2", "Zoë", "F"),
    ]
    assert read["results"].select("unit_code", "outcome", "ended").rows() == [
        ("CHCCHILD3A", "20", None),
        ("ABCDEFG", "20", None),
        ("XHXXHILD3A", "20", None),
    ]
    kept = read["certificates"]
    assert kept.select("certificate_type", "course_code", "number").rows() == [
        ("Q", "QUALCODE1", "1"),
        ("S", None, "2"),
    ]
    assert kept["units"][1].to_list() == [{"code": "XHXXHILD3A", "title": None}]


def test_the_date_that_was_meant_is_named_and_never_the_cell(tmp_path: Path):
    (item,) = checked(VECTORS["known-bad/day of the year"][0], tmp_path)
    assert "10/05/2012" in (item.fix or "")
    assert item.value == "131/05/2012"
    assert "131" not in item.message


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("131/05/2012", date(2012, 5, 10)),
        ("366/12/2012", date(2012, 12, 31)),
        ("131/06/2012", None),
        ("31/01/2012", None),
    ],
)
def test_a_day_of_the_year_counts_only_in_its_own_month(text: str, meant: date | None):
    assert meant_by_day_of_year(text) == meant


@pytest.mark.parametrize(
    ("day", "meant"),
    [
        (date(2013, 12, 31), date(2012, 12, 31)),
        (date(2012, 12, 31), date(2011, 12, 31)),  # with Monday first, the week of 1 January 2012 holds it
        (date(2012, 12, 25), None),
        (date(2011, 1, 1), date(2012, 1, 1)),
        (date(2013, 6, 30), None),
    ],
)
def test_a_year_of_the_week_is_suspected_only_where_a_calendar_allows_it(day: date, meant: date | None):
    assert meant_by_week_year(day) == meant


def test_a_fix_is_laid_over_the_cell_and_a_fix_of_nothing_is_refused(tmp_path: Path):
    data = VECTORS["known-bad/unit not achieved"][0]
    assert found(checked(data, tmp_path, fixes=[("cqr.txt", 2, "Unit code 2", "")])) == []
    bare = VECTORS["known-bad/statement without units"][0]
    assert found(checked(bare, tmp_path, fixes=[("cqr.txt", 3, "Unit code 1", "HLTAID003")])) == []
    for fix in (("cqr.txt", 9, "Surname", "x"), ("cqr.txt", 2, "Nothing", "x"), ("other.txt", 2, "Surname", "x")):
        with pytest.raises(KeyError):
            checked(data, tmp_path, fixes=[fix])


def test_the_tolerant_profile_takes_what_it_can_read(tmp_path: Path):
    for name in ("gender x", "short date"):
        outcome = checked(VECTORS[f"known-bad/{name}"][0], tmp_path, profile="tolerant")
        assert (outcome.counts["error"], outcome.counts["warning"]) == (0, 1)


@_quiet
@given(data=st.binary(max_size=300), start=st.sampled_from([b"", b"[VERSION200]\n", b"[VERSION200]\n" + lines(Q)]))
def test_no_bytes_end_in_a_traceback(data: bytes, start: bytes, tmp_path: Path):
    outcome = checked(start + data, tmp_path, keep=tmp_path / "out")
    assert outcome.findings.height == sum(outcome.counts.values())


_text = st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "Zs"]), min_size=1, max_size=12).filter(
    lambda text: text.strip() not in ("",) and text.strip()[0] not in "=@+-"
)
_code = st.from_regex(r"[A-Z]{3}[A-Z0-9]{2,6}", fullmatch=True).filter(lambda code: not code.startswith("NY"))
_rows = st.lists(
    st.builds(
        CqrCertificate,
        student_id=st.integers(1, 10**9).map(str),
        given_name=st.none() | _text,
        surname=_text,
        birth_date=st.none() | st.dates(date(1940, 1, 1), date(1995, 1, 1)),
        gender=st.sampled_from(["M", "F", "X", None]),
        program_code=_code,
        kind=st.sampled_from("QS"),
        issue_date=st.dates(date(2006, 1, 1), date(2020, 1, 1)),
        number=st.integers(1, 10**9).map(str),
        language=st.sampled_from(["English", "Tiếng Việt", None]),
        units=st.lists(_code, min_size=1, max_size=5, unique=True).map(tuple),
    ),
    min_size=1,
    max_size=6,
    unique_by=(lambda row: row.student_id, lambda row: row.number),
)


@_quiet
@given(rows=_rows)
def test_what_is_written_is_read_again(rows: list[CqrCertificate], tmp_path: Path):
    outcome = checked(cqr_file(rows), tmp_path, keep=tmp_path / "out", profile="tolerant")  # which keeps X
    assert outcome.counts["error"] == 0, list(outcome)
    kept = pl.read_parquet(tmp_path / "out" / "certificates.parquet")
    assert kept["number"].to_list() == [row.number for row in rows]
    assert kept["issued_date"].to_list() == [row.issue_date for row in rows]
    assert [[unit["code"] for unit in units] for units in kept["units"]] == [list(row.units) for row in rows]
