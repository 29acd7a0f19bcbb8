"""Ruleset `transition`: one test a rule, with the examples of the rulebook and the cases that follow from it."""

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from testamur.kernel.verdict import Verdict
from testamur.rulebook import tables
from testamur.rulebook.evaluate import decide, plain
from testamur.rulebook.facts import FactsError
from testamur.rulebook.procedures import clock, transition

KINDS = ("qualification", "unit", "skill-set", "short-course", "module", "accredited-course")
QUALIFICATIONS = ("qualification", "accredited-course")
OTHERS = ("unit", "skill-set", "short-course", "module")


def ask(question: str, on: str, **facts: object) -> Verdict:
    """Return the verdict for a qualification unless another kind is given."""
    return decide("transition", {"question": question, "kind": "qualification", "on": on, **facts})


def said(verdict: Verdict) -> tuple[str, set[str], object]:
    """Return the outcome, the rules that speak with that outcome, and the last day."""
    codes = {finding.rule for finding in verdict.findings if finding.outcome == verdict.outcome}
    return verdict.outcome, codes, plain(verdict.details["last_day"])


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("question", ["enrol", "commence", "issue"])
def test_a_current_product_is_allowed_without_a_word(question, kind):
    assert ask(question, "2026-03-01", kind=kind).findings == ()
    assert said(ask(question, "2026-03-01", kind=kind)) == ("ALLOW", set(), None)


@pytest.mark.parametrize("kind", OTHERS)
def test_trn_01_a_superseded_product_is_enrolled_in_for_a_year(kind):
    for on, outcome in (("2025-07-01", "ALLOW"), ("2026-07-01", "ALLOW"), ("2026-07-02", "BLOCK")):
        verdict = ask("enrol", on, kind=kind, replaced_on="2025-07-01")
        assert said(verdict) == (outcome, {"TRN-01"}, "2026-07-01")


def test_trn_01_the_regulator_may_extend_and_never_shortens():
    extended = {"replaced_on": "2025-07-01", "approval_until": "2026-12-31", "kind": "unit"}
    assert said(ask("enrol", "2026-09-01", **extended)) == ("ALLOW", {"TRN-01"}, "2026-12-31")
    assert said(ask("enrol", "2026-12-31", **extended)) == ("ALLOW", {"TRN-01"}, "2026-12-31")
    assert said(ask("enrol", "2027-01-01", **extended)) == ("BLOCK", {"TRN-01"}, "2026-12-31")
    shorter = {**extended, "approval_until": "2026-01-31"}
    assert said(ask("enrol", "2026-07-01", **shorter)) == ("ALLOW", {"TRN-01"}, "2026-07-01")


@pytest.mark.parametrize(
    ("replaced_on", "last_day"),
    [("2024-02-29", "2025-02-28"), ("2023-02-28", "2024-02-28"), ("2025-12-31", "2026-12-31")],
)
def test_trn_01_a_day_that_the_next_year_lacks_is_the_last_of_its_month(replaced_on, last_day):
    """CAL-2."""
    assert said(ask("enrol", last_day, kind="unit", replaced_on=replaced_on)) == ("ALLOW", {"TRN-01"}, last_day)
    after = (date.fromisoformat(last_day) + timedelta(days=1)).isoformat()
    assert ask("enrol", after, replaced_on=replaced_on).outcome == "BLOCK"


def test_trn_01_the_strict_switch_takes_a_day_away():
    """G-14."""
    last = transition.last_enrolment_day
    assert last(date(2025, 7, 1), months=12) == date(2026, 7, 1)
    assert last(date(2025, 7, 1), months=12, strict_days=1) == date(2026, 6, 30)


@pytest.mark.parametrize("kind", QUALIFICATIONS)
def test_trn_02_the_stop_holds_for_qualifications(kind):
    verdict = ask("enrol", "2026-07-02", kind=kind, replaced_on="2025-07-01")
    assert said(verdict) == ("BLOCK", {"TRN-01", "TRN-02"}, "2026-07-01")
    assert ask("enrol", "2026-07-01", kind=kind, replaced_on="2025-07-01").outcome == "ALLOW"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("on", ["2025-07-01", "2026-07-02", "2031-01-01"])
def test_trn_03_issuing_a_superseded_product_has_no_fixed_day(kind, on):
    assert said(ask("issue", on, kind=kind, replaced_on="2025-07-01")) == ("ALLOW", {"TRN-03"}, None)


def test_trn_03_who_enrolled_in_time_may_begin_later():
    assert said(ask("commence", "2026-08-01", replaced_on="2025-07-01")) == ("ALLOW", {"TRN-03"}, None)


@pytest.mark.parametrize("kind", QUALIFICATIONS)
def test_trn_05_a_deleted_qualification_is_issued_for_two_years(kind):
    deleted = {"kind": kind, "ended_on": "2025-07-20"}
    assert said(ask("issue", "2027-07-20", **deleted)) == ("ALLOW", {"TRN-05", "TRN-12"}, "2027-07-20")
    assert said(ask("issue", "2027-07-21", **deleted)) == ("BLOCK", {"TRN-05"}, "2027-07-20")
    extended = {**deleted, "approval_until": "2027-12-31"}
    assert said(ask("issue", "2027-12-31", **extended)) == ("ALLOW", {"TRN-05", "TRN-12"}, "2027-12-31")
    assert said(ask("issue", "2028-01-01", **extended)) == ("BLOCK", {"TRN-05"}, "2027-12-31")


def test_trn_05_leap_days():
    assert said(ask("issue", "2026-02-28", ended_on="2024-02-29"))[2] == "2026-02-28"
    assert ask("issue", "2026-03-01", ended_on="2024-02-29").outcome == "BLOCK"


@pytest.mark.parametrize("kind", OTHERS)
def test_trn_06_anything_smaller_for_one(kind):
    deleted = {"kind": kind, "ended_on": "2025-07-20"}
    assert said(ask("issue", "2026-07-20", **deleted)) == ("ALLOW", {"TRN-06", "TRN-12"}, "2026-07-20")
    assert said(ask("issue", "2026-07-21", **deleted)) == ("BLOCK", {"TRN-06"}, "2026-07-20")


@pytest.mark.parametrize("question", ["enrol", "commence", "issue"])
def test_trn_07_a_superseded_unit_lives_on_inside_a_current_parent(question):
    inside = {"kind": "unit", "replaced_on": "2025-07-01", "inside_current_parent": True}
    assert said(ask(question, "2027-03-01", **inside)) == ("ALLOW", {"TRN-07"}, None)


def test_trn_07_a_unit_alone_or_another_kind_does_not():
    assert ask("enrol", "2027-03-01", kind="unit", replaced_on="2025-07-01").outcome == "BLOCK"
    for kind in KINDS:
        verdict = ask("enrol", "2027-03-01", kind=kind, replaced_on="2025-07-01", inside_current_parent=True)
        assert verdict.outcome == ("ALLOW" if kind == "unit" else "BLOCK")


def test_trn_07_a_unit_that_was_deleted_is_not_commenced_even_there():
    inside = {"kind": "unit", "replaced_on": "2025-02-01", "ended_on": "2025-09-01", "inside_current_parent": True}
    verdict = ask("commence", "2025-09-15", **inside)
    assert said(verdict) == ("BLOCK", {"TRN-08", "TRN-11"}, "2025-08-31")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("first_class", "outcome"),
    [("2026-03-05", "ALLOW"), ("2026-03-09", "ALLOW"), ("2026-03-10", "BLOCK"), ("2026-03-20", "BLOCK")],
)
def test_trn_08_commencing_counts_not_enrolling(kind, first_class, outcome):
    """Enrolled on 1 March, deleted on 10 March: the first class decides."""
    deleted = {"kind": kind, "ended_on": "2026-03-10"}
    assert said(ask("commence", first_class, **deleted)) == (outcome, {"TRN-08"}, "2026-03-09")
    told = ask("commence", "2026-03-01", **deleted, commenced_on=first_class)
    assert said(told) == (outcome, {"TRN-08"}, "2026-03-09")


def test_trn_08_who_is_asked_about_later_but_began_in_time_goes_on():
    assert ask("commence", "2026-05-01", ended_on="2026-03-10", commenced_on="2026-03-05").outcome == "ALLOW"


def test_trn_08_enrolling_in_order_to_begin_too_late_is_stopped():
    for on, outcome in (("2026-03-09", "ALLOW"), ("2026-03-10", "BLOCK"), ("2027-01-01", "BLOCK")):
        assert said(ask("enrol", on, ended_on="2026-03-10")) == (outcome, {"TRN-08"}, "2026-03-09")
    assert ask("enrol", "2026-04-01", ended_on="2026-03-10", commenced_on="2026-03-05").outcome == "ALLOW"


def test_trn_08_who_began_too_late_has_no_part_in_the_teach_out():
    deleted = {"ended_on": "2026-03-10"}
    assert said(ask("issue", "2026-06-01", **deleted, commenced_on="2026-03-20"))[:2] == ("BLOCK", {"TRN-08"})
    assert ask("issue", "2026-06-01", **deleted, commenced_on="2026-03-05").outcome == "ALLOW"


def test_trn_08_an_extension_by_the_regulator_moves_the_day():
    extended = {"ended_on": "2026-03-10", "approval_until": "2026-06-30"}
    assert said(ask("commence", "2026-06-30", **extended)) == ("ALLOW", {"TRN-08"}, "2026-06-30")
    assert ask("commence", "2026-07-01", **extended).outcome == "BLOCK"


def test_trn_11_superseded_and_later_deleted():
    both = {"replaced_on": "2025-02-01", "ended_on": "2025-09-01"}
    assert said(ask("commence", "2025-09-15", **both)) == ("BLOCK", {"TRN-08", "TRN-11"}, "2025-08-31")
    assert said(ask("enrol", "2025-09-15", **both)) == ("BLOCK", {"TRN-08", "TRN-11"}, "2025-08-31")
    assert said(ask("enrol", "2025-08-31", **both)) == ("ALLOW", {"TRN-01", "TRN-08", "TRN-11"}, "2025-08-31")
    assert said(ask("issue", "2030-01-01", **both)) == ("ALLOW", {"TRN-03", "TRN-11"}, None)


def test_trn_11_the_earlier_of_both_days_is_the_last_to_enrol():
    both = {"replaced_on": "2025-02-01", "ended_on": "2026-09-01", "kind": "unit"}
    assert said(ask("enrol", "2026-02-01", **both))[::2] == ("ALLOW", "2026-02-01")
    assert said(ask("enrol", "2026-02-02", **both))[::2] == ("BLOCK", "2026-02-01")


def test_trn_05_a_product_replaced_only_after_the_day_of_issue_was_not_superseded_then():
    later = {"ended_on": "2025-07-20", "replaced_on": "2028-01-01"}
    assert said(ask("issue", "2027-07-20", **later)) == ("ALLOW", {"TRN-05", "TRN-12"}, "2027-07-20")
    assert ask("issue", "2027-07-21", **later).outcome == "BLOCK"
    assert said(ask("issue", "2028-01-01", **later))[:2] == ("ALLOW", {"TRN-03", "TRN-11"})


def test_trn_12_the_earlier_of_transition_and_clock_wins():
    numbers = tables.load("issuance", date(2027, 7, 15)).numbers
    days = tables.load("transition", date(2027, 7, 15)).numbers
    last = transition.last_issue_day("qualification", date(2025, 7, 20), numbers=days)
    assert clock.due_on(date(2027, 7, 15), last_day=last, numbers=numbers) == date(2027, 7, 20)
    assert clock.due_on(date(2027, 7, 15), numbers=numbers) == date(2027, 8, 14)
    assert clock.due_on(date(2027, 6, 1), last_day=last, numbers=numbers) == date(2027, 7, 1)
    paid = {"cleared_on": date(2027, 8, 1), "numbers": numbers}
    assert clock.due_on(date(2027, 6, 1), last_day=last, **paid) == date(2027, 7, 20)


DAYS = st.dates(min_value=date(2023, 1, 1), max_value=date(2029, 12, 31))


@settings(max_examples=200, deadline=None)
@given(
    question=st.sampled_from(["enrol", "commence", "issue"]),
    kind=st.sampled_from(KINDS),
    on=DAYS,
    replaced_on=st.none() | DAYS,
    ended_on=st.none() | DAYS,
    approval_until=st.none() | DAYS,
    inside_current_parent=st.booleans(),
    commenced_on=st.none(),
)
def test_the_last_day_is_the_last_on_which_it_is_allowed(**facts):
    """Where a last day is named, the answer is ALLOW up to it and BLOCK after it; otherwise it is ALLOW."""
    verdict = decide("transition", facts)
    last = verdict.details["last_day"]
    if last is None:
        assert verdict.outcome == "ALLOW"
        return
    assert verdict.outcome == ("ALLOW" if facts["on"] <= last else "BLOCK")
    if facts["replaced_on"] is None or facts["question"] != "issue":
        assert decide("transition", {**facts, "on": last}).outcome == "ALLOW"
        assert decide("transition", {**facts, "on": last + timedelta(days=1)}).outcome == "BLOCK"


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(["enrol", "commence", "issue"]), DAYS, DAYS, DAYS, DAYS)
def test_an_approval_never_makes_an_answer_worse(question, on, replaced_on, ended_on, approval_until):
    facts = {"question": question, "kind": "unit", "on": on, "replaced_on": replaced_on, "ended_on": ended_on}
    if decide("transition", facts).outcome == "ALLOW":
        assert decide("transition", {**facts, "approval_until": approval_until}).outcome == "ALLOW"


@pytest.mark.parametrize("name", ["question", "kind", "on"])
def test_what_is_required_must_be_given(name):
    facts = {"question": "enrol", "kind": "unit", "on": "2026-03-01"}
    with pytest.raises(FactsError) as refused:
        decide("transition", {key: value for key, value in facts.items() if key != name})
    assert refused.value.path == name


@pytest.mark.parametrize(
    ("name", "value"),
    [("question", "teach"), ("kind", "degree"), ("on", "today"), ("ended_on", 2026), ("inside_current_parent", "no")],
)
def test_a_wrong_fact_is_named(name, value):
    with pytest.raises(FactsError) as refused:
        ask("enrol", "2026-03-01", **({name: value} if name not in {"question", "on"} else {}), other=1)
    assert refused.value.path == "other"
    with pytest.raises(FactsError) as refused:
        decide("transition", {"question": "enrol", "kind": "unit", "on": "2026-03-01", name: value})
    assert refused.value.path == name


def test_every_rule_id_that_these_facts_reach_is_there():
    wanted = {f"TRN-{number:02}" for number in (1, 2, 3, 5, 6, 7, 8, 11, 12)}
    assert {rule.code for rule in tables.load("transition", date(2026, 11, 1)).rules} == wanted
