"""Ruleset `retention`: REG-03 and REG-04 with the calendar of retention (CAL-3)."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from testamur.rulebook.evaluate import decide, plain
from testamur.rulebook.facts import FactsError
from testamur.rulebook.procedures import retention

DAYS = st.dates(min_value=date(1990, 1, 1), max_value=date(2060, 12, 31))


def kept(record: str, **facts: object) -> tuple[str, str, object]:
    """Return the outcome, the rule and the day of the only finding."""
    verdict = decide("retention", {"record": record, **facts})
    (finding,) = verdict.findings
    return verdict.outcome, finding.rule, plain(finding.details["keep_until"])


@pytest.mark.parametrize(
    ("issued_on", "keep_until"),
    [
        ("2025-07-15", "2055-07-15"),
        ("2024-02-29", "2054-03-01"),
        ("2028-02-29", "2058-03-01"),
        ("2026-02-28", "2056-02-28"),
        ("2014-12-20", "2044-12-20"),
        ("1970-02-28", "2000-02-28"),
    ],
)
def test_reg_03_a_certificate_is_kept_thirty_years(issued_on, keep_until):
    assert kept("certificate", issued_on=issued_on) == ("ALLOW", "REG-03", keep_until)


def test_reg_03_a_longer_duty_counts_and_a_shorter_does_not():
    assert kept("certificate", issued_on="2025-07-15", other_duty_until="2070-01-01")[2] == "2070-01-01"
    assert kept("certificate", issued_on="2025-07-15", other_duty_until="2030-01-01")[2] == "2055-07-15"


@pytest.mark.parametrize(
    ("facts", "keep_until"),
    [
        ({"completed_on": "2025-11-30"}, "2027-11-30"),
        ({"completed_on": "2025-11-30", "other_duty_until": "2031-06-30"}, "2031-06-30"),
        ({"completed_on": "2025-11-30", "other_duty_until": "2026-06-30"}, "2027-11-30"),
        ({"completed_on": "2025-11-30", "other_duty_until": "2027-11-30"}, "2027-11-30"),
        ({"exited_on": "2025-05-20"}, "2027-05-20"),
        ({"completed_on": "2025-03-10", "exited_on": "2025-05-20"}, "2027-05-20"),
        ({"completed_on": "2025-05-20", "exited_on": "2025-03-10"}, "2027-05-20"),
        ({"completed_on": "2024-02-29"}, "2026-03-01"),
        ({"exited_on": "2028-02-29"}, "2030-03-01"),
        ({"completed_on": "2026-02-28"}, "2028-02-28"),
    ],
)
def test_reg_04_an_assessment_is_kept_two_years_after_completion_or_exit(facts, keep_until):
    assert kept("assessment", **facts) == ("ALLOW", "REG-04", keep_until)


def test_reg_04_the_day_of_issue_does_not_matter_to_an_assessment():
    assert kept("assessment", completed_on="2025-11-30", issued_on="2026-06-30")[2] == "2027-11-30"


def test_reg_04_the_period_has_not_begun_while_the_student_goes_on():
    assert retention.assessment_kept_until(None, None, date(2031, 6, 30), years=2) is None


@settings(max_examples=100, deadline=None)
@given(DAYS, st.none() | DAYS)
def test_nothing_goes_too_early(day, other):
    facts = {"completed_on": day, "other_duty_until": other}
    until = date.fromisoformat(str(kept("assessment", **facts)[2]))
    assert until >= max(day.replace(year=day.year + 2, day=min(day.day, 28)), other or day)


@pytest.mark.parametrize(
    ("facts", "path"),
    [
        ({"record": "certificate"}, "issued_on"),
        ({"record": "certificate", "completed_on": "2025-11-30"}, "issued_on"),
        ({"record": "assessment"}, "completed_on"),
        ({"record": "assessment", "issued_on": "2025-11-30"}, "completed_on"),
        ({"issued_on": "2025-11-30"}, "record"),
        ({"record": "extract"}, "record"),
        ({"record": "certificate", "issued_on": "2025-11-31"}, "issued_on"),
        ({"record": "certificate", "issued_on": "2025-11-30", "years": 7}, "years"),
    ],
)
def test_what_is_missing_or_wrong_is_named(facts, path):
    with pytest.raises(FactsError) as refused:
        decide("retention", facts)
    assert refused.value.path == path
