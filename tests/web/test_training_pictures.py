"""The pictures of training products: what a month is for a product, and no rows that make words collide."""

from datetime import date

import pytest

from testamur.web.parts import Table
from testamur.web.pictures import CalendarRow, PackedGroup, packaging_picture, transition_calendar
from testamur.web.pictures.products import months_of, state_of
from tests.web.test_pictures import faults_of

MONTHS = {
    (date(2026, 7, 31), date(2027, 7, 31)): ["enrol", "teach", "teach"],
    (date(2026, 8, 15), None): ["enrol", "enrol", "teach"],
    (date(2026, 6, 30), date(2026, 8, 10)): ["teach", "teach", "closed"],
    (None, None): ["enrol", "enrol", "enrol"],
}


@pytest.mark.parametrize(("enrol", "issue"), MONTHS)
def test_what_a_month_is_for_a_product(enrol: date | None, issue: date | None) -> None:
    row = CalendarRow("A", "A", enrol, issue, [])
    months = months_of(date(2026, 9, 14), 3)
    assert months[0] == (date(2026, 7, 1), date(2026, 7, 31))
    assert [state_of(row, *month)[0] for month in months] == MONTHS[enrol, issue]
    days = [state_of(row, *month)[1] for month in months]
    assert [day for day in days if day] == [
        day.day for day in (enrol, issue) if day and months[0][0] <= day <= months[-1][1]
    ]


def test_no_rows_make_these_pictures_unsound() -> None:
    rows = [CalendarRow(f"ZZ{n}{'X' * n}", "A long title " * n, date(2026, 6 + n, 28), None, []) for n in range(6)]
    for on in (date(2026, 1, 1), date(2026, 12, 31)):
        figure = transition_calendar([*rows, CalendarRow("Z", "", None, None, [])], on=on, columns=[])
        assert faults_of(figure) == []
    groups = [PackedGroup(f"Group {n} " + "of many words " * n, "elective", n, 3 * n, 9 * n) for n in range(7)]
    groups += [PackedGroup("Core", "core", 60, 60, 60), PackedGroup("Any", "elsewhere", 0, None, None)]
    figure = packaging_picture(groups, 12, table=Table("Groups", [], []))
    assert faults_of(figure) == []
