"""Reading: the fast and the careful reader agree on every byte, and no bytes at all end in a traceback."""

import csv
import io
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from testamur.submissions import reading, records
from testamur.submissions.annotate import annotated_csv
from testamur.submissions.reading import map_batches, open_table, plain_header, read_regular
from testamur.submissions.records import split_cells, split_records
from testamur.submissions.scanning import scan
from tests.rules.teqsa_samples import FILES, RECORD, RECORDS, RESULTS, UNIT, check, found, write

HEADER = ",".join(field.header for field in FILES[RECORDS].fields)
WIDTH = len(FILES[RECORDS].fields)
_quiet = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
_pieces = st.lists(
    st.sampled_from([",", ",", '"', '""', "\n", "\r\n", "\r", " ", "a", "é", "漢", "x" * 9]), max_size=40
)


def _rows(path: Path) -> tuple[list[tuple[object, ...]], list[tuple[int, str]]]:
    table = open_table(path, FILES[RECORDS], scan(path))
    batches = list(map_batches(table, lambda batch: batch))
    rows = [row for batch in batches for row in batch.frame.iter_rows()]
    return rows, [(fault.row, fault.kind) for batch in batches for fault in batch.faults]


@_quiet
@given(pieces=_pieces)
@example(pieces=['"', '""'])
@example(pieces=[",", "\n", "\n", ",", ","])
@example(pieces=['""', " ", '""'])
@example(pieces=['"', '""', "\n", '"', '""'])
@example(pieces=["a", "\r", "\r\n"])
@example(pieces=['"', "\n", '"', ",", "a"])
@example(pieces=[" ", '"', "a", '"', ",", '""'])
def test_a_regular_block_reads_as_the_careful_reader_reads_it(pieces: list[str], tmp_path: Path):
    text = "".join(pieces)
    width = max(1, text.split("\n")[0].count(",") + 1)
    data = text.rstrip("\r\n").encode()
    read = read_regular(data, [str(place) for place in range(width)], None) if data else None
    if read is None:
        return
    path = tmp_path / "x.csv"
    path.write_bytes(data)
    found = [
        split_cells(record.body().decode())
        for record in split_records(path, start=0, end=len(data), newline=b"\n", encoding="utf-8")
    ]
    assert [list(row) for row in read[0].iter_rows()] == found


@_quiet
@given(
    cells=st.lists(
        st.lists(st.text(st.sampled_from('ab",\n é'), max_size=6), min_size=WIDTH, max_size=WIDTH), max_size=6
    )
)
def test_what_a_csv_writer_writes_is_read_back_whole(cells: list[list[str]], tmp_path: Path):
    out = io.StringIO()
    csv.writer(out).writerows(cells)
    path = tmp_path / "x.csv"
    path.write_text(HEADER + "\r\n" + out.getvalue(), encoding="utf-8", newline="")
    rows, faults = _rows(path)
    blank = [not any(cell.strip() for cell in row) for row in cells]
    assert rows == [(place, *row) for place, row in enumerate(cells, 2) if not blank[place - 2]]
    assert {kind for _, kind in faults} <= {"blank_row"}


@_quiet
@given(data=st.one_of(st.binary(max_size=300), _pieces.map(lambda pieces: "".join(pieces).encode())))
@pytest.mark.parametrize("kind", [RECORDS, RESULTS])
@pytest.mark.parametrize("encoding", [None, "cp1252"])
def test_no_bytes_end_in_a_traceback(kind: str, encoding: str | None, data: bytes, tmp_path: Path):
    write(tmp_path, [RECORD], [UNIT])
    path = tmp_path / f"{kind} v1.csv"
    path.write_bytes(path.read_bytes() + data)
    outcome = check(tmp_path, encoding=encoding)
    findings = outcome.findings.filter(pl.col("file") == path.name)
    assert b"".join(annotated_csv(path, "utf-8", findings))
    path.write_bytes(data)
    check(tmp_path, encoding=encoding)


@pytest.mark.parametrize("block", [64, 200, 1000])
def test_small_blocks_number_rows_as_one_block_does(block: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    rows = [
        RECORD | {"student_code": f"S{n}", "suburb": "New\r\nTown" if n % 7 == 3 and n < 40 else "Town"}
        for n in range(60)
    ]
    path = write(tmp_path, rows, []) / "studentrecords v1.csv"
    path.write_bytes(
        path.read_bytes().replace(b"S20,", b"S20,x,").replace(b"S41,", b'"S41,').replace(b"S50,", b"\r\nS50,")
    )
    whole = _rows(path)
    monkeypatch.setattr(reading, "BLOCK", block)
    assert _rows(path) == whole
    assert whole[1] == [(22, "many_cells"), (43, "open_quote"), (52, "blank_row")]
    assert [row[1] for row in whole[0]][-1] == "S59"
    assert whole[0][-1][0] == 62


def test_a_quote_that_is_never_closed_costs_one_row_and_a_long_line_too(tmp_path: Path):
    rows = [RECORD | {"student_code": f"S{n}"} for n in range(400)]
    path = write(tmp_path, rows, []) / "studentrecords v1.csv"
    long = b"x" * (records.MAX_LINE + 5)
    path.write_bytes(path.read_bytes().replace(b"S100,", b'"S100,').replace(b"S200,", b"S200," + long))
    read, faults = _rows(path)
    assert faults == [(102, "open_quote"), (202, "long_row")]
    assert len(read) == 398
    assert read[-1][0] == 401


def test_students_in_rows_swallowed_by_an_open_quote_are_students_all_the_same(tmp_path: Path):
    rows = [RECORD | {"student_code": f"S{n}", "suburb": "New, Town" if n == 6 else "Town"} for n in range(9)]
    path = write(tmp_path, rows, [UNIT | {"student_code": f"S{n}"} for n in range(9)]) / "studentrecords v1.csv"
    path.write_bytes(path.read_bytes().replace(b"S3,", b'S3,"'))
    assert found(check(tmp_path)) == [("F4", "error", 5, None)]


def test_the_fast_reader_refuses_what_it_would_read_wrongly():
    for data in (
        b"a,b,c\nd,e\n",
        b'a,b,c\nd,"e\nf",g\n',
        b"a,b,c\n\nd,e,f\n",
        b'a,x"y,c\n',
        b'a,"" "",c\n',
        b"a,,\n,\n,,,\n",
    ):
        assert read_regular(data, "abc", None) is None
    for data in (b"a,b,c\nd,e,f", b"a,b,c\r\nd,e,f\n", b'"a","","c ""d"""\r\n,,\r\n', b'a,b,"c,d"\n'):
        assert read_regular(data, "abc", None) is not None


@pytest.mark.parametrize(
    "written",
    [
        "Residential Address – Part 1",
        " residential   ADDRESS - part 1** ",
        "\ufeffResidential Address — Part 1* NOTE 1",
    ],
)
def test_header_names_are_compared_without_case_stars_and_dashes(written: str):
    assert plain_header(written) == plain_header("Residential Address - Part 1")


def test_a_semicolon_in_place_of_a_comma_is_no_header(tmp_path: Path):
    path = write(tmp_path, [RECORD], [UNIT]) / "studentrecords v1.csv"
    path.write_bytes(path.read_bytes().replace(b",", b";"))
    assert found(check(tmp_path)) == [("F4", "error", None, None)]


@pytest.mark.parametrize(
    ("data", "encoding", "problem", "line"),
    [
        ("a\né\n".encode(), "utf-8", None, None),
        ("a\né\n".encode("cp1252"), "cp1252", "cp1252", 2),
        (b"a\n\xe9t\xe9\n\xc3\xa9\n", None, "mixed", 2),
        ("JOSÉ’S\n".encode("cp1252") + b"\xe9\n", "cp1252", "cp1252", 2),
        (b"a\nb\n\x81\n", None, "undecodable", 3),
        (b"a\nb\0\n", None, "nul", 2),
        ("é\n".encode("utf-16"), None, "utf16", None),
        ("é".encode()[:1], "cp1252", "cp1252", 1),
        (b"x" * ((1 << 20) - 1) + "é\n".encode(), "utf-8", None, None),
        (b"x" * ((1 << 20) - 1) + b"\n\xe9\n", "cp1252", "cp1252", 2),
    ],
)
def test_encodings_are_told_apart(
    data: bytes, encoding: str | None, problem: str | None, line: int | None, tmp_path: Path
):
    (tmp_path / "x").write_bytes(data)
    scanned = scan(tmp_path / "x")
    assert (scanned.encoding, scanned.problem, scanned.line) == (encoding, problem, line)
