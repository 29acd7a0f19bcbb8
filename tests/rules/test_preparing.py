"""Rows are written column by column exactly as one by one: canonical facts, headers, commitments."""

import json
from datetime import UTC, date, datetime
from uuid import UUID

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from testamur.kernel.canonical import canonical_json
from testamur.log import commitment
from testamur.register import preparing

SOURCE = preparing.SourceHeader(
    1, 7, UUID(int=5), "teqsa", "studentresults", "ab" * 32, "teqsa/1", UUID(int=1), UUID(int=2),
    "2026-07-01T02:00:00.000000Z", date(2026, 7, 1),
)  # fmt: skip
AT = datetime(2026, 7, 1, tzinfo=UTC)
TEXTS = st.lists(
    st.one_of(
        st.none(), st.text(st.characters(blacklist_categories=("Cs",))), st.sampled_from(['"', "\\", "a\nb", "é"])
    ),
    min_size=1,
    max_size=8,
)


@settings(max_examples=150)
@given(TEXTS)
def test_texts_are_written_as_canonical_json_writes_them(texts: list[str | None]) -> None:
    frame = pl.DataFrame({"t": texts, "n": list(range(len(texts)))}, schema={"t": pl.String, "n": pl.Int64})
    written = preparing.facts_json(frame, {"text": "t", "number": "n"}).to_list()
    expected = [
        canonical_json({"number": number} | ({"text": text} if text is not None else {}))
        for number, text in enumerate(texts)
    ]
    assert written == expected


def _rows() -> pl.DataFrame:
    return pl.DataFrame(
        {
            "student_id": [5, 5, 6],
            "key": [b"k" * 32, b"k" * 32, b"z" * 32],
            "kind": [3, 3, 2],
            "course_json": ['["A","B \\" é"]', None, '["A","x"]'],
            "unit_json": ['["U","u"]', None, None],
            "line": [2, None, 4],
            "valid_date": [None, "2020-01-01", None],
            "previous": [None, "ab" * 32, None],
            "record": preparing.new_record_ids(3, AT),
            "seq": [1, 2, 1],
            "facts": ['{"a":"é"}', "{}", '{"n":1}'],
        }
    )


def test_headers_and_commitments_are_those_of_one_row_at_a_time() -> None:
    rows = _rows()
    headers, commitments = preparing.headers_json(rows, SOURCE), preparing.commit(rows, SOURCE)
    for row, header, committed in zip(rows.iter_rows(named=True), headers, commitments, strict=True):
        single = preparing.VersionHeader(
            record=UUID(row["record"]),
            seq=row["seq"],
            student=row["student_id"],
            kind=row["kind"],
            line=row["line"],
            course=tuple(json.loads(row["course_json"])) if row["course_json"] else None,
            unit=tuple(json.loads(row["unit_json"])) if row["unit_json"] else None,
            valid_date=date.fromisoformat(row["valid_date"]) if row["valid_date"] else None,
            previous=bytes.fromhex(row["previous"]) if row["previous"] else None,
        )
        assert header == single.written(SOURCE)
        key = commitment.row_key(row["key"], UUID(row["record"]), row["seq"])
        assert committed == commitment.commitment(key, header, row["facts"])


def test_a_change_of_any_committed_value_changes_the_commitment() -> None:
    rows = _rows()
    before = preparing.commit(rows, SOURCE)
    for column in ("student_id", "kind", "line", "seq"):
        changed = preparing.commit(rows.with_columns(pl.col(column).fill_null(9) + 1), SOURCE)
        assert all(one != other for one, other in zip(before, changed, strict=True)), column
    for column in ("course_json", "unit_json", "valid_date", "previous", "facts"):
        changed = preparing.commit(rows.with_columns(pl.lit("other").alias(column)), SOURCE)
        assert all(one != other for one, other in zip(before, changed, strict=True)), column


def test_record_ids_rise_and_never_repeat() -> None:
    one, other = preparing.new_record_ids(1000, AT), preparing.new_record_ids(1000, AT)
    assert one.is_sorted()
    assert pl.concat([one, other]).n_unique() == 2000
    assert UUID(one[0]).version == 7


def test_stretch_of_leaves_is_cut_into_batches() -> None:
    places = preparing.Places([11, 12, 13], size=2)
    numbers, positions, filled = places.take(3)
    assert (numbers, positions, filled) == ([11, 11, 12], [0, 1, 0], [(11, 2), (12, 1)])
    assert places.take(1)[0] == [13]
