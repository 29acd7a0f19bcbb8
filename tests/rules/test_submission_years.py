"""Windows and due days are data, days are the provider's own, and what stands where follows from both (CQR-01, CAL-1…6)."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from testamur.submissions import years
from testamur.submissions.years import Standing, Window

H1 = Window(date(2026, 1, 1), date(2026, 7, 1), date(2026, 7, 31), True)
H2 = Window(date(2026, 7, 1), date(2027, 1, 1), date(2027, 1, 31), True)


def written(tmp_path: Path, *schedules: str) -> tuple[years.Schedule, ...]:
    path = tmp_path / "windows.toml"
    path.write_text("\n".join(f"[[schedules]]\n{one}" for one in schedules))
    return years.read_schedules(path)


def one(windows: str, *, since: str = "2026-01-01", regulators: str = "[]", binding: str = "true") -> str:
    return (
        f'regulators = {regulators}\neffective_from = {since}\nbinding = {binding}\nsource = "S"\nwindows = [{windows}]'
    )


def test_by_default_there_are_two_windows_a_year_due_at_the_end_of_july_and_of_january():
    for regulator in ("TAC", "ASQA", "VRQA", "a regulator yet to come"):
        assert years.windows(regulator, date(2026, 1, 1), date(2027, 1, 1)) == (H1, H2)


def test_a_regulator_may_have_windows_that_are_not_asked_for():
    windows = years.windows("TEQSA", date(2026, 1, 1), date(2027, 1, 1))
    assert [(one.since, one.binding) for one in windows] == [(H1.since, False), (H2.since, False)]
    assert years.standing(windows[0], lodged=False, nil=False, on=date(2030, 1, 1)) is Standing.NOT_ASKED


def test_before_the_first_schedule_the_same_windows_are_not_binding():
    windows = years.windows("TAC", date(2025, 3, 1), date(2026, 2, 1))
    assert [(one.since, one.binding) for one in windows] == [
        (date(2025, 1, 1), False),
        (date(2025, 7, 1), False),
        (date(2026, 1, 1), True),
    ]


@pytest.mark.parametrize(
    ("since", "until", "labels"),
    [
        (date(2026, 6, 30), date(2026, 7, 1), ["January to June 2026"]),
        (date(2026, 6, 30), date(2026, 7, 2), ["January to June 2026", "July to December 2026"]),
        (date(2026, 7, 1), date(2026, 7, 1), []),
    ],
)
def test_a_window_counts_where_it_shares_a_day(since: date, until: date, labels: list[str]):
    assert [one.label for one in years.windows("TAC", since, until)] == labels


def test_a_later_schedule_takes_over_on_its_first_day(tmp_path: Path):
    half = '{ since = "01-01", until = "07-01", due = "07-31" }, { since = "07-01", until = "01-01", due = "01-31" }'
    whole = '{ since = "01-01", until = "01-01", due = "02-28" }'
    among = written(tmp_path, one(half), one(whole, since="2028-01-01"))
    found = years.windows("TAC", date(2027, 7, 1), date(2029, 1, 1), among=among)
    assert [(one.since, one.until, one.due) for one in found] == [
        (date(2027, 7, 1), date(2028, 1, 1), date(2028, 1, 31)),
        (date(2028, 1, 1), date(2029, 1, 1), date(2029, 2, 28)),
    ]


def test_a_window_across_the_turn_of_the_year_names_both_years(tmp_path: Path):
    among = written(tmp_path, one('{ since = "04-01", until = "04-01", due = "04-30" }', since="2026-04-01"))
    (found,) = years.windows("TAC", date(2027, 1, 1), date(2027, 2, 1), among=among)
    assert (found.label, found.due) == ("April 2026 to March 2027", date(2027, 4, 30))


@pytest.mark.parametrize(("year", "due"), [(2027, date(2027, 2, 28)), (2028, date(2028, 2, 29))])
def test_a_due_day_that_the_year_lacks_is_the_last_of_its_month(tmp_path: Path, year: int, due: date):
    among = written(tmp_path, one('{ since = "01-01", until = "01-01", due = "02-29" }'))
    (found,) = years.windows("TAC", date(year - 1, 6, 1), date(year - 1, 6, 2), among=among)
    assert found.due == due


def test_a_window_holds_the_leap_day(tmp_path: Path):
    (found,) = years.windows("TAC", date(2028, 2, 29), date(2028, 3, 1))
    assert found.period.contains(date(2028, 2, 29))
    assert years.window_from("TAC", date(2028, 1, 1)) == found
    assert years.window_from("TAC", date(2028, 2, 29)) is None


@pytest.mark.parametrize(
    ("windows", "since"),
    [
        ('{ since = "01-01", until = "07-01", due = "07-31" }', "2026-01-01"),  # the second half is nobody's
        ('{ since = "01-01", until = "08-01", due = "08-31" }, { since = "07-01", until = "01-01", due = "01-31" }',
         "2026-01-01"),  # July twice
        ('{ since = "01-01", until = "01-01", due = "01-31" }', "2026-03-01"),  # takes effect inside a window
        ("", "2026-01-01"),
        ('{ since = "07-01", until = "01-01", due = "01-31" }, { since = "01-01", until = "07-01", due = "07-31" }',
         "2026-01-01"),  # out of order
    ],
)  # fmt: skip
def test_a_planted_gap_overlap_or_disorder_is_refused(tmp_path: Path, windows: str, since: str):
    with pytest.raises(ValueError, match=r"windows\.toml"):
        written(tmp_path, one(windows, since=since))


def test_a_regulator_for_whom_nothing_speaks_is_refused(tmp_path: Path):
    whole = '{ since = "01-01", until = "01-01", due = "01-31" }'
    among = written(tmp_path, one(whole, regulators='["VRQA"]'))
    with pytest.raises(ValueError, match="TAC"):
        years.windows("TAC", date(2026, 1, 1), date(2027, 1, 1), among=among)


@pytest.mark.parametrize(
    ("day", "standing"),
    [
        (date(2026, 6, 30), Standing.OPEN),
        (date(2026, 7, 1), Standing.DUE_SOON),  # thirty days before
        (date(2026, 7, 31), Standing.DUE_SOON),  # the last day is in time (CAL-1)
        (date(2026, 8, 1), Standing.OVERDUE),
    ],
)
def test_a_window_is_open_then_due_soon_then_overdue(day: date, standing: Standing):
    assert years.standing(H1, lodged=False, nil=False, on=day) is standing
    assert years.standing(H1, lodged=True, nil=True, on=day) is Standing.LODGED
    assert years.standing(H1, lodged=False, nil=True, on=day) is Standing.NIL


def test_the_day_is_the_providers_and_not_the_servers():
    moment = datetime(2026, 7, 31, 15, 30, tzinfo=UTC)  # 23:30 in Perth, 01:30 of the next day in Sydney
    perth, sydney = (years.local_day(moment, zone) for zone in ("Australia/Perth", "Australia/Sydney"))
    assert (perth, sydney) == (date(2026, 7, 31), date(2026, 8, 1))
    assert years.standing(H1, lodged=False, nil=False, on=perth) is Standing.DUE_SOON
    assert years.standing(H1, lodged=False, nil=False, on=sydney) is Standing.OVERDUE


def test_the_day_holds_while_the_clock_is_turned():
    # Sydney's clocks go from 3 am to 2 am on 5 April 2026; the day before and after stay what they are.
    assert years.local_day(datetime(2026, 4, 4, 15, 30, tzinfo=UTC), "Australia/Sydney") == date(2026, 4, 5)
    assert years.local_day(datetime(2026, 4, 4, 12, 59, tzinfo=UTC), "Australia/Sydney") == date(2026, 4, 4)
    assert years.local_day(datetime(2026, 4, 4, 13, 0, tzinfo=UTC), "Australia/Sydney") == date(2026, 4, 5)


@pytest.mark.parametrize(
    ("since", "until", "sealed", "answers"),
    [
        (date(2026, 1, 1), date(2027, 1, 1), date(2026, 7, 1), True),
        (date(2026, 1, 1), date(2027, 1, 1), date(2026, 6, 30), False),  # the window was not over
        (date(2026, 7, 1), date(2027, 1, 1), date(2027, 1, 5), False),  # another window
        (date(2012, 1, 1), date(2026, 1, 1), date(2026, 8, 1), False),  # ends where the window begins
        (date(2012, 1, 1), date(2026, 1, 2), date(2026, 8, 1), True),
        (None, None, date(2026, 8, 1), False),
    ],
)
def test_what_was_sealed_answers_for_a_window_that_was_over(
    since: date | None, until: date | None, sealed: date, answers: bool
):
    assert years.covers(H1, since=since, until=until, sealed=sealed) is answers


@pytest.mark.parametrize(
    ("day", "offset"),
    [
        (date(2026, 6, 30), None),
        (date(2026, 7, 1), -30),
        (date(2026, 7, 10), -30),  # the worker stood still
        (date(2026, 7, 16), None),  # for too long
        (date(2026, 7, 24), -7),
        (date(2026, 7, 31), -7),
        (date(2026, 8, 1), 1),
        (date(2026, 8, 15), 1),
        (date(2026, 8, 16), None),
        (date(2030, 1, 1), None),
    ],
)
def test_reminders_fall_thirty_and_seven_days_before_and_one_day_after(day: date, offset: int | None):
    assert years.reminder(H1, day) == offset


def test_nobody_is_reminded_of_what_is_not_asked_for():
    quiet = Window(H1.since, H1.until, H1.due, False)
    assert years.reminder(quiet, date(2026, 7, 1)) is None


def test_formats_belong_to_sectors():
    assert years.sector_of("teqsa") == "he"
    assert {years.sector_of(name) for name in ("avetmiss8", "cqr2", "certificates")} == {"vet"}
