"""The coverage map's decisions: what each cell says, what an answer cites of it, and a half-year that counts for its half only."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from testamur.kernel.periods import Period
from testamur.submissions import coverage, spans, years
from testamur.submissions.coverage import Coverage, CoverageCell, CoverageLine, Seen, Status
from testamur.web.coverage_parts import KINDS, coverage_figure
from testamur.web.pictures.drawing import faults

PLAIN = Seen(
    registered=True, held=False, early=False, nil=False, elsewhere=False, over=True, due=date(2026, 7, 31),
    on=date(2026, 9, 1),
)  # fmt: skip


@pytest.mark.parametrize(
    ("seen", "status"),
    [
        (replace(PLAIN, held=True, early=True, nil=True), Status.HELD),
        (replace(PLAIN, early=True), Status.PARTLY),
        (replace(PLAIN, nil=True, elsewhere=True), Status.NIL),
        (replace(PLAIN, elsewhere=True), Status.OTHER),
        (PLAIN, Status.NEVER),
        (replace(PLAIN, on=date(2026, 7, 31)), Status.NOT_DUE),
        (replace(PLAIN, over=False), Status.NOT_DUE),
        (replace(PLAIN, due=None), Status.NOT_ASKED),
        (replace(PLAIN, due=None, over=False), Status.NOT_DUE),
        (replace(PLAIN, registered=False), Status.OUTSIDE),
    ],
)
def test_each_cell_says_what_is_held(seen: Seen, status: Status) -> None:
    assert coverage.status_of(seen) is status


def of(answers: dict[int, str], *, first: int = 2012, last: int = 2017) -> Coverage:
    """Return a map of whole years, each with two letters for its halves: h held, p part, n nil, - never."""
    words = {"h": Status.HELD, "p": Status.PARTLY, "n": Status.NIL, "-": Status.NEVER}
    cells = [
        CoverageCell(window, words[answers.get(window.since.year, "--")[window.since.month > 6]])
        for window in years.windows("TAC", date(first, 1, 1), date(last, 1, 1))
    ]
    return Coverage(1, date(2018, 1, 1), (CoverageLine("TAC", "vet", "cqr2", "CQR data file", tuple(cells)),))


def test_not_held_cites_what_was_lodged_and_what_never_came() -> None:
    held = of({2012: "hh", 2013: "hh", 2014: "hh"})
    assert coverage.cited(held, "Planted College", 2016, 2016) == (
        "Planted College lodged records of 2012 to 2014 only.",
        "Nothing was ever received for 2016.",
    )


def test_a_year_of_which_a_part_is_held_is_not_cited_as_held() -> None:
    held = of({2012: "h-", 2013: "nn"})
    said = coverage.cited(held, "Planted College", 2012, 2013)
    assert said[1] == "For 2013 the provider declared that it had nothing to lodge."
    assert said[2].startswith("Records were received for January to June 2012; for July to December 2012 nothing")
    assert not any("were received for 2012." in sentence for sentence in said)


def test_nothing_lodged_is_said_as_that() -> None:
    said = coverage.cited(of({}), "Planted College", 2012, 2012)
    assert said == ("Planted College lodged no records here.", "Nothing was ever received for 2012.")
    assert not any("study" in sentence for sentence in said)


def test_years_and_windows_are_spelled_as_one_reads_them() -> None:
    assert coverage.spelled([2012, 2013, 2014, 2016]) == "2012 to 2014 and 2016"
    windows = years.windows("TAC", date(2012, 1, 1), date(2014, 6, 1))
    assert coverage.windows_spelled(windows) == "2012 to 2013 and January to June 2014"


def test_what_was_missed_is_asked_for_and_a_nil_return_is_not() -> None:
    held = of({2012: "hh", 2013: "np", 2014: "nn", 2015: "hh", 2016: "h-"})
    assert [window.label for window in held.missing] == ["July to December 2013", "July to December 2016"]


def test_another_format_answers_for_a_window() -> None:
    one, two = of({2012: "h-"}, last=2013), of({2012: "-h"}, last=2013)
    both = Coverage(1, one.on, (*one.lines, replace(two.lines[0], format="avetmiss8")))
    assert one.missing
    assert not both.missing


def test_a_half_years_file_counts_for_its_half(tmp_path: Path) -> None:
    path = tmp_path / "certificates.parquet"
    pl.DataFrame(
        {"issued_date": [date(2024, 3, 1), date(2024, 6, 30), None], "study_year": [2024, 0, 0]}
    ).write_parquet(path)
    months = spans.months_of([path, path])
    assert months == {"2024-03": 1, "2024-06": 1}
    assert spans.records_in(months, Period(date(2024, 1, 1), date(2024, 7, 1))) == 2
    assert spans.records_in(months, Period(date(2024, 7, 1), date(2025, 1, 1))) == 0


def test_a_year_of_study_counts_for_the_whole_year(tmp_path: Path) -> None:
    path = tmp_path / "results.parquet"
    pl.DataFrame({"study_year": [2024, 9999, 0]}, schema={"study_year": pl.Int32}).write_parquet(path)
    months = spans.months_of([path])
    assert months == {"2024": 1}
    assert spans.records_in(months, Period(date(2024, 7, 1), date(2025, 1, 1))) == 1


@pytest.mark.parametrize("last", [2013, 2017, 2026, 2056])
def test_the_picture_is_sound_however_many_years(last: int) -> None:
    held = of({2012: "hp", 2013: "n-", 2014: "hh"}, last=last)
    figure = coverage_figure(Coverage(1, held.on, held.lines * 3))
    assert [fault for _, drawing in figure.drawings for fault in faults(drawing)] == []
    assert len(figure.table.rows) == 2 * (last - 2012)
    assert "records are held" in figure.described


def test_every_kind_of_cell_has_words_and_those_with_a_fill_differ_in_them() -> None:
    assert set(KINDS) == {status.value for status in Status}
    words = [kind.word for kind in KINDS.values() if kind.tone]
    assert len(words) == len(set(words))
    assert all(words)
