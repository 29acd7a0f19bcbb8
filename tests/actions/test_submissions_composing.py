"""A higher version over a lower one: every byte, every row and every mark, with planted cases."""

import csv
import io
from pathlib import Path

import polars as pl
import pytest

from testamur.submissions.composing import Layer, compose, mark_of
from testamur.submissions.layouts import load_format
from testamur.submissions.resending import failed_rows
from tests.lodged import csv_of, student, unit

RESULTS = load_format("teqsa").files["studentresults"]
RECORDS = load_format("teqsa").files["studentrecords"]
WITHOUT_CREDIT = [field.name for field in RESULTS.fields if field.name != "credit_granted"]


def results(*rows, columns=()) -> bytes:
    return csv_of("studentresults", rows, columns=columns)


def laid(tmp_path: Path, *versions: bytes, layout=RESULTS, encoding=None):
    """Compose versions and return the answer and the composed bytes."""
    layers = []
    for number, content in enumerate(versions, start=1):
        path = tmp_path / f"v{number}.csv"
        path.write_bytes(content)
        layers.append(Layer(path, number))
    target = tmp_path / "composed.csv"
    made = compose(layers, layout, target, encoding=encoding)
    return made, target.read_bytes() if made.origins is not None else b""


def cells(content: bytes, encoding: str = "utf-8-sig") -> list[dict[str, str]]:
    """Return rows by field name of the results layout's header."""
    names = {field.header: field.name for field in RESULTS.fields}
    return [
        {names.get(key or "", key): value for key, value in row.items()}
        for row in csv.DictReader(io.StringIO(content.decode(encoding), newline=""))
    ]


def marked(content: bytes, *marks: str) -> bytes:
    """Put the column of marks in front of a file."""
    head, *rows = content.split(b"\r\n")[: len(marks) + 1]
    lines = [b"Testamur row," + head, *(mark.encode() + b"," + row for mark, row in zip(marks, rows, strict=True))]
    return b"\r\n".join(lines) + b"\r\n"


def line_of(content: bytes, row: int) -> str:
    """Return a row's text, header 1."""
    return content.decode("utf-8-sig").split("\r\n")[row - 1]


def test_one_version_is_left_alone(tmp_path):
    made, _ = laid(tmp_path, results(unit(1)))
    assert (made.used, made.origins) == ((0,), None)


def test_a_row_with_the_same_key_is_replaced_and_every_other_byte_stays(tmp_path):
    first = results(unit(1, "A1"), unit(1, "A2", mark="5"), unit(1, "A3"))
    made, content = laid(tmp_path, first, results(unit(1, "A2", mark="70")))
    assert content == first.replace(b",5,P,", b",70,P,")
    assert made.used == (0, 1)
    assert made.origins is not None
    assert made.origins.rows() == [(2, 0, 2), (3, 1, 2), (4, 0, 4)]


def test_a_row_that_is_new_is_added_at_the_end(tmp_path):
    first = results(unit(1, "A1"))
    made, content = laid(tmp_path, first, results(unit(2, "B7")))
    assert content.startswith(first)
    assert [row["unit_code"] for row in cells(content)] == ["A1", "B7"]
    assert made.origins is not None
    assert made.origins.rows()[-1] == (3, 1, 2)


def test_a_mark_corrects_the_key_itself(tmp_path):
    first = results(unit(1, "A1"), unit(1, "WRONG/1"))
    second = marked(results(unit(1, "RIGHT1")), mark_of(3, line_of(first, 3)))
    _, content = laid(tmp_path, first, second)
    assert [row["unit_code"] for row in cells(content)] == ["A1", "RIGHT1"]


def test_a_mark_whose_row_has_changed_since_is_not_followed(tmp_path):
    first = results(unit(1, "A1"), unit(1, "A2"))
    stale = marked(results(unit(1, "NEW1")), mark_of(3, "another text"))
    _, content = laid(tmp_path, first, stale)
    assert [row["unit_code"] for row in cells(content)] == ["A1", "A2", "NEW1"]


def test_a_bare_number_is_followed_only_where_the_key_agrees(tmp_path):
    first = results(unit(1, "A1"), unit(1, "A2"))
    _, content = laid(tmp_path, first, marked(results(unit(1, "A2", mark="99"), unit(1, "A9")), "3", "2"))
    assert [(row["unit_code"], row["mark"]) for row in cells(content)] == [("A1", "58"), ("A2", "99"), ("A9", "58")]


def test_a_marked_row_without_any_cell_is_taken_out_and_no_number_moves(tmp_path):
    first = results(unit(1, "A1"), unit(1, "A2"), unit(1, "A3"))
    second = marked(results({}), mark_of(3, line_of(first, 3)))
    made, content = laid(tmp_path, first, second)
    assert content.split(b"\r\n")[2] == b""
    assert line_of(content, 4) == line_of(first, 4)
    assert made.origins is not None
    assert made.origins["row"].to_list() == [2, 4]


def test_of_two_rows_with_one_key_a_single_correction_leaves_one(tmp_path):
    first = results(unit(1, "A1", mark="50"), unit(1, "A1", mark="60"), unit(1, "A2"))
    _, content = laid(tmp_path, first, results(unit(1, "A1", mark="55")))
    assert [(row["unit_code"], row["mark"]) for row in cells(content)] == [("A1", "55"), ("A2", "58")]


def test_columns_in_another_order_and_annotations_find_their_places(tmp_path):
    first = results(unit(1, "A1"), unit(1, "A2"))
    names = [field.name for field in RESULTS.fields]
    second = results(unit(1, "A2", mark="7"), columns=list(reversed(names)))
    second = second.replace(b"\r\n", b",What is wrong and what to do\r\n", 1).replace(b"S1001\r\n", b'S1001,"x, y"\r\n')
    _, content = laid(tmp_path, first, second)
    assert content == first.replace(b",58,P", b",7,P").replace(b",7,P", b",58,P", 1)


def test_a_column_that_only_the_higher_version_fills_is_added(tmp_path):
    first = results(unit(1, "A1"), unit(1, "A2"), columns=WITHOUT_CREDIT)
    made, content = laid(tmp_path, first, results(unit(1, "A2", credit_granted="RPL, 2 units")))
    rows = cells(content)
    assert rows[1]["credit_granted"] == "RPL, 2 units"
    assert rows[0]["credit_granted"] == ""
    assert made.origins is not None


def test_three_versions_lie_over_one_another(tmp_path):
    first = results(unit(1, "A1", mark="1"), unit(1, "A2", mark="1"))
    second, third = results(unit(1, "A2", mark="2"), unit(1, "A3", mark="2")), results(unit(1, "A3", mark="3"))
    made, content = laid(tmp_path, first, second, third)
    assert [(row["unit_code"], row["mark"]) for row in cells(content)] == [("A1", "1"), ("A2", "2"), ("A3", "3")]
    assert made.origins is not None
    assert made.origins["source"].to_list() == [0, 1, 2]


def test_a_higher_version_that_cannot_be_read_stands_alone(tmp_path):
    made, _ = laid(tmp_path, results(unit(1)), b"no,header\r\n1,2\r\n")
    assert (made.used, made.origins) == ((1,), None)
    made, _ = laid(tmp_path, results(unit(1)), b"\xff\xfe broken")
    assert made.used == (1,)


def test_a_lower_version_that_cannot_be_read_is_left_out(tmp_path):
    made, content = laid(tmp_path, b"broken\x00", results(unit(1, "A1")), results(unit(1, "A2")))
    assert made.used == (1, 2)
    assert len(cells(content)) == 2


def test_a_row_that_cannot_be_read_is_not_lost(tmp_path):
    second = results(unit(1, "A2")) + b"S1001,too,few\r\n"
    _, content = laid(tmp_path, results(unit(1, "A1")), second)
    assert content.endswith(b"S1001,too,few\r\n")


def test_faulty_rows_of_the_base_stay_as_they_are(tmp_path):
    first = results(unit(1, "A1"), unit(1, "A2", status="9")) + b"S1001,too,few\r\n"
    _, content = laid(tmp_path, first, results(unit(1, "A1", mark="70")))
    assert b"S1001,too,few\r\n" in content
    assert cells(content)[1]["status"] == "9"


def test_windows_1252_stays_unless_it_cannot_hold_a_correction(tmp_path):
    first = results(unit(1, "A1", unit_name="Café"), unit(1, "A2")).decode().encode("cp1252")
    _, content = laid(tmp_path, first, results(unit(1, "A2", unit_name="Théâtre")), encoding="cp1252")
    assert [row["unit_name"] for row in cells(content, "cp1252")] == ["Café", "Théâtre"]
    _, content = laid(tmp_path, first, results(unit(1, "A2", unit_name="Nguyễn")), encoding="cp1252")
    assert [row["unit_name"] for row in cells(content, "utf-8")] == ["Café", "Nguyễn"]


@pytest.mark.parametrize("ending", [b"\n", b"\r\n"])
def test_quoted_line_ends_a_mark_at_the_start_and_blank_lines_at_the_end(tmp_path, ending):
    first = b"\xef\xbb\xbf" + results(unit(1, "A1", unit_name="Two\nlines"), unit(1, "A2")).replace(b"\r\n", ending)
    made, content = laid(tmp_path, first + ending * 3, results(unit(1, "A2", mark="6"), unit(1, "A3")))
    assert content.startswith(b"\xef\xbb\xbf")
    assert [(row["unit_code"], row["mark"]) for row in cells(content)] == [("A1", "58"), ("A2", "6"), ("A3", "58")]
    assert content.count(ending) == 4 + (ending == b"\n")
    assert made.origins is not None
    assert made.origins["row"].to_list() == [2, 3, 4]


def test_records_are_the_same_by_student_and_commencement(tmp_path):
    first = csv_of("studentrecords", [student(1), student(2)])
    _, content = laid(tmp_path, first, csv_of("studentrecords", [student(2, surname="Okafor")]), layout=RECORDS)
    assert b"Okafor" in content
    assert content.count(b"S1002") == 1


def test_failed_rows_come_back_and_only_what_was_sent_changes(tmp_path):
    first = results(unit(1, "A1", status="9"), unit(1, "A2"), unit(1, "A3", status="8"))
    path = tmp_path / "first.csv"
    path.write_bytes(first)
    columns = {"row": [2, 4], "severity": ["error"] * 2, "column": ["Unit of Study Completion Status"] * 2}
    findings = pl.DataFrame(columns | {"message": ["=bad"] * 2, "fix": ["Fix it."] * 2})
    failed = b"".join(failed_rows(path, "utf-8", findings))
    lines = failed.split(b"\r\n")
    assert lines[0].startswith(b"Testamur row,Student identification code,")
    assert (lines[1].startswith(b"r2-"), lines[2].startswith(b"r4-"), lines[3]) == (True, True, b"")
    assert lines[1].partition(b",")[2].startswith(line_of(first, 2).encode())
    corrected = b"\r\n".join([lines[0], lines[1].replace(b",9,2016", b",3,2016")]) + b"\r\n"
    _, content = laid(tmp_path, first, corrected)
    assert content == first.replace(b",9,2016", b",3,2016")
