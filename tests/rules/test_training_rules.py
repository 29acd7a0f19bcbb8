"""Statuses, last days, scope and packaging by plain values (rulebook B, AQF-01, AQF-08), with the rulebook's examples."""

from datetime import date

import pytest

from testamur.kernel.periods import Period
from testamur.training import rules
from testamur.training.rules import Group, Replacement, ScopeLine, Status

ON = date(2026, 1, 1)
STATUSES = (
    Status("current", Period(date(2020, 1, 1), date(2025, 7, 1))),
    Status("superseded", Period(date(2025, 7, 1), date(2026, 3, 1))),
    Status("deleted", Period(date(2026, 3, 1))),
)


@pytest.mark.parametrize(
    ("day", "status"),
    [
        (date(2019, 12, 31), None),
        (date(2020, 1, 1), "current"),
        (date(2025, 6, 30), "current"),
        (date(2025, 7, 1), "superseded"),
        (date(2026, 3, 1), "deleted"),
    ],
)
def test_a_status_holds_in_its_half_open_period(day: date, status: str | None):
    assert rules.status_on(STATUSES, day) == status
    assert rules.current_on(STATUSES, day) is (status == "current")


def test_the_replacement_counts_from_the_earliest_mapping_else_from_the_status():
    mappings = (Replacement("B", True, date(2025, 8, 1)), Replacement("C", False, date(2025, 7, 2)))
    assert rules.replaced_on(STATUSES, mappings) == date(2025, 7, 2)
    assert rules.replaced_on(STATUSES, ()) == date(2025, 7, 1)
    assert rules.replaced_on(STATUSES[:1], ()) is None
    assert rules.ended_on(STATUSES) == date(2026, 3, 1)
    assert rules.ended_on(STATUSES[:2]) is None


@pytest.mark.parametrize(
    ("replaced", "ended", "approval", "last"),
    [
        (date(2025, 7, 1), None, None, date(2026, 7, 1)),
        (date(2025, 7, 1), None, date(2026, 12, 31), date(2026, 12, 31)),
        (date(2024, 2, 29), None, None, date(2025, 2, 28)),
        (None, date(2025, 7, 20), None, date(2025, 7, 19)),
        (date(2025, 2, 1), date(2025, 9, 1), None, date(2025, 8, 31)),
        (None, None, None, None),
    ],
)
def test_trn_01_02_08_11_last_day_of_enrolment(
    replaced: date | None, ended: date | None, approval: date | None, last: date | None
):
    assert rules.last_enrolment_day("qualification", replaced, ended, on=ON, approval_until=approval) == last


def test_trn_05_06_last_day_of_issue():
    ended = date(2025, 7, 20)
    assert rules.last_issue_day("qualification", None, ended, on=ON) == date(2027, 7, 20)
    assert rules.last_issue_day("accredited-course", None, ended, on=ON) == date(2027, 7, 20)
    assert rules.last_issue_day("unit", None, ended, on=ON) == date(2026, 7, 20)
    assert rules.last_issue_day("skill-set", None, ended, on=ON) == date(2026, 7, 20)
    assert rules.last_issue_day("qualification", date(2025, 1, 1), ended, on=ON) is None
    assert rules.last_issue_day("qualification", None, None, on=ON) is None
    assert rules.last_issue_day("he-course", None, ended, on=ON) is None


def test_aqf_08_scope_on_a_day_prefers_explicit_and_leaves_out_what_was_refused():
    explicit = ScopeLine("A1", Period(date(2024, 1, 1), date(2025, 1, 1)), "deliver", implicit=False, refused=False)
    implicit = ScopeLine("A1", Period(date(2024, 1, 1)), "deliver", implicit=True, refused=False)
    refused = ScopeLine("B1", Period(date(2024, 1, 1)), "deliver", implicit=False, refused=True)
    lines = [implicit, explicit, refused]
    assert rules.in_scope_on(lines, "A1", date(2024, 6, 1)) is explicit
    assert rules.in_scope_on(lines, "A1", date(2025, 1, 1)) is implicit
    assert rules.in_scope_on(lines, "A1", date(2023, 12, 31)) is None
    assert rules.in_scope_on(lines, "B1", date(2024, 6, 1)) is None


GROUPS = (
    Group("CORE", "Core", "core", 2, 2, ("C1", "C2")),
    Group("A", "Group A", "elective", 1, 2, ("A1", "A2", "A3")),
    Group("ANY", "Elsewhere", "elsewhere", 0, 1, ()),
)


@pytest.mark.parametrize(
    ("achieved", "core", "groups", "units"),
    [
        (["C1", "C2", "A1", "X9"], (), (), 0),
        (["C1", "A1", "A2", "X9"], ("C2",), (), 0),
        (["C1", "C2", "X9", "X8"], (), (("A", 1),), 1),
        (["C1", "C2", "A1", "A2", "A3"], (), (), 0),
        (["C1", "C2", "A1"], (), (), 1),
        ([], ("C1", "C2"), (("A", 1),), 4),
    ],
)
def test_aqf_01_what_achieved_units_lack(achieved: list[str], core: tuple, groups: tuple, units: int):
    lacking = rules.lacking(GROUPS, 4, achieved)
    assert (lacking.core, lacking.groups, lacking.units) == (core, groups, units)
    assert lacking.complete is (not core and not groups and not units)


def test_a_copy_is_neither_of_tomorrow_nor_older_than_the_youngest():
    on = date(2026, 11, 20)
    assert rules.may_load(taken_on=on, on=on, youngest=on).allowed
    assert not rules.may_load(taken_on=date(2026, 11, 21), on=on, youngest=None).allowed
    older = rules.may_load(taken_on=date(2026, 11, 18), on=on, youngest=date(2026, 11, 19))
    assert not older.allowed
    assert "19 November 2026" in older.reasons


def test_trn_09_a_copy_is_stale_after_seven_days():
    assert not rules.is_stale(7)
    assert rules.is_stale(8)
    assert rules.is_stale(None)


def test_who_sent_a_copy_does_not_approve_it():
    assert rules.may_decide(proposed_by_decider=False).allowed
    assert not rules.may_decide(proposed_by_decider=True).allowed
