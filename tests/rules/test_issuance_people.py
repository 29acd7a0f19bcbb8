"""Ruleset `issuance`: persons, scope, templates, language, identifiers, and what holds in every case."""

import json
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from testamur.rulebook import tables
from testamur.rulebook.evaluate import decide
from testamur.rulebook.facts import FactsError

from .test_issuance import CORE, FOUR, TWELVE, answer, complete, detail, facts, record, said, statement, unit

MAKERS = [answer, statement, record]
OUTCOMES = ("BLOCK", "REFER", "HOLD", "FEE_HOLD", "ALLOW")

# One bad fact each, with the rule and outcome that it must bring about on every document.
BAD = {
    "AQF-05": ({"fees": {"balance": 90}}, "FEE_HOLD"),
    "AQF-06": ({"identity_attested": False}, "HOLD"),
    "AQF-07": ({"student_enrolled_here": False}, "BLOCK"),
    "AQF-08": ({"provider_registered": False}, "BLOCK"),
    "AQF-08 scope": ({"product": {"on_scope": False}}, "BLOCK"),
    "AQF-09": ({"approver_authorised": False}, "BLOCK"),
    "AQF-09 one person": ({"prepared_by": "p.okafor", "approved_by": "p.okafor"}, "BLOCK"),
    "AQF-10": ({"signatory_authorised_on_issue_date": False}, "BLOCK"),
    "AQF-11": ({"actor_organisation": "third-party"}, "BLOCK"),
    "AQF-12": ({"completed_on": "2025-07-21"}, "BLOCK"),
    "AQF-13": ({"template_approved": False}, "BLOCK"),
    "USI-01": ({"usi": "none"}, "BLOCK"),
    "USI-02": ({"usi": "pending"}, "BLOCK"),
}


def only(name: str) -> set[tuple[str, str]]:
    """Return what the verdict on one bad fact must say of blocking, referring and holding."""
    return {(name.partition(" ")[0], BAD[name][1])}


def against(verdict) -> set[tuple[str, str]]:
    """Return the findings that stand in the way."""
    return {finding for finding in said(verdict) if finding[1] != "ALLOW"}


@pytest.mark.parametrize("make", MAKERS)
@pytest.mark.parametrize("name", BAD)
def test_one_bad_fact_brings_its_own_rule_and_no_other(name, make):
    changes, outcome = BAD[name]
    verdict = make(**changes)
    assert verdict.outcome == outcome
    assert against(verdict) == only(name)


def test_aqf_06_an_assessment_that_nobody_attested_holds():
    assert answer(identity_attested=False).outcome == "HOLD"
    assert answer(identity_attested=False, fees={"balance": 5}).outcome == "HOLD"


def test_aqf_07_a_person_known_only_through_a_transfer_is_not_ours():
    transferred = [{**each, "method": "credit-transfer"} for each in TWELVE]
    verdict = answer(student_enrolled_here=False, units=transferred)
    assert verdict.outcome == "BLOCK"
    assert said(verdict) == {("AQF-07", "BLOCK"), ("AQF-02b", "REFER")}


def test_aqf_08_neither_registered_nor_on_scope_says_both():
    verdict = answer(provider_registered=False, product={"on_scope": False})
    assert [finding.rule for finding in verdict.findings] == ["AQF-08", "AQF-08"]


@pytest.mark.parametrize(
    ("prepared_by", "approved_by", "outcome"),
    [
        ("kim", "kim", "BLOCK"),
        ("Kim", "kim ", "BLOCK"),
        ("kim", "lee", "ALLOW"),
        ("kim", None, "ALLOW"),
        (None, "kim", "ALLOW"),
        (None, None, "ALLOW"),
    ],
)
def test_aqf_09_preparing_and_approving_take_two_people(prepared_by, approved_by, outcome):
    assert answer(prepared_by=prepared_by, approved_by=approved_by).outcome == outcome


def test_aqf_09_two_people_do_not_make_up_for_a_missing_authority():
    assert answer(prepared_by="kim", approved_by="lee", approver_authorised=False).outcome == "BLOCK"


def test_aqf_10_a_signatory_who_had_left_may_not_sign():
    assert said(answer(signatory_authorised_on_issue_date=False)) == {("AQF-10", "BLOCK")}


def test_aqf_11_a_third_party_never_issues_even_where_all_else_is_well():
    assert said(answer(actor_organisation="third-party")) == {("AQF-11", "BLOCK")}


@pytest.mark.parametrize("make", MAKERS)
def test_aqf_12_nothing_is_prepared_while_an_outcome_is_pending(make):
    given_units = [*(FOUR if make is statement else TWELVE), unit("ELEC06", "in-progress")]
    verdict = make(units=given_units)
    assert ("AQF-12", "BLOCK") in said(verdict)
    assert detail(verdict, "AQF-12", "units") == "['ELEC06']"


def test_aqf_12_no_document_bears_a_day_before_completion():
    assert said(answer(completed_on="2025-07-21")) >= {("AQF-12", "BLOCK")}
    assert answer(completed_on="2025-07-20").outcome == "ALLOW"


def test_aqf_13_a_draft_template_is_not_used():
    assert said(answer(template_approved=False)) == {("AQF-13", "BLOCK")}


# Language -------------------------------------------------------------------------------------------------------


def in_languages(delivered: str | None, assessed: str | None) -> list[dict[str, object]]:
    """Return twelve units, the first three in other languages."""
    return [*(unit(code, delivered_in=delivered, assessed_in=assessed) for code in CORE[:3]), *TWELVE[3:]]


@pytest.mark.parametrize(
    ("delivered", "assessed", "outcome"),
    [
        ("Mandarin", "Mandarin", "ALLOW"),
        ("Mandarin", "mandarin", "ALLOW"),
        ("Mandarin", None, "ALLOW"),
        (None, "Mandarin", "ALLOW"),
        ("Mandarin", "English", "REFER"),
        ("English", "Mandarin", "REFER"),
        ("Mandarin", "Arabic", "REFER"),
        ("en", "English", "ALLOW"),
        (None, None, "ALLOW"),
    ],
)
def test_cs_11_1j_and_2i_delivered_and_assessed_must_agree(delivered, assessed, outcome):
    chosen = in_languages(delivered, assessed)
    assert answer(units=chosen).outcome == outcome
    assert statement(units=chosen[:4]).outcome == outcome


def test_cs_11_1j_and_2i_the_units_of_the_statement_are_named():
    chosen = in_languages("Mandarin", "Mandarin")
    named = str(CORE[:3])
    assert detail(answer(units=chosen), "CS-11-1j", "units") == named
    assert detail(statement(units=chosen[:4]), "CS-11-2i", "units") == named
    assert detail(answer(units=in_languages("Mandarin", "English")), "CS-11-1j", "units") == named


def test_cs_11_1j_english_and_a_record_of_results_call_for_no_statement():
    assert said(answer(units=in_languages("English", "en"))) == set()
    assert said(record(units=in_languages("Mandarin", "English"))) == set()


# Student identifier ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sector", "issue_on", "needed"),
    [
        ("vet", "2014-12-20", False),
        ("vet", "2014-12-31", False),
        ("vet", "2015-01-01", True),
        ("vet", "2025-07-20", True),
        ("he", "2014-12-31", False),
        ("he", "2022-12-31", False),
        ("he", "2023-01-01", True),
    ],
)
def test_usi_01_from_which_day_an_identifier_is_needed(sector, issue_on, needed):
    verdict = complete("qualification", sector=sector, issue_on=issue_on, usi="none")
    assert said(verdict) == ({("USI-01", "BLOCK")} if needed else set())
    assert verdict.outcome == ("BLOCK" if needed else "ALLOW")


@pytest.mark.parametrize("issue_on", ["2015-01-01", "2025-07-20"])
def test_usi_02_an_unverified_identifier_may_not_be_used(issue_on):
    assert said(answer(usi="pending", issue_on=issue_on)) == {("USI-02", "BLOCK")}


def test_usi_03_and_04_an_exemption_stands_in_its_place():
    verdict = answer(usi="exempt")
    assert verdict.outcome == "ALLOW"
    assert said(verdict) == {("USI-03", "ALLOW"), ("USI-04", "ALLOW")}


# What holds in every case ---------------------------------------------------------------------------------------

BADNESS = st.lists(st.sampled_from(sorted(BAD)), unique=True, max_size=len(BAD))


def together(names: list[str]) -> dict[str, object]:
    """Return the changes of several bad facts at once."""
    changes: dict[str, object] = {}
    for name in names:
        changes |= BAD[name][0]
    return changes


@settings(max_examples=60, deadline=None)
@given(BADNESS, st.sampled_from(MAKERS))
def test_the_outcome_is_the_worst_and_findings_stand_worst_first(names, make):
    verdict = make(**together(names))
    weights = [OUTCOMES.index(str(finding.outcome)) for finding in verdict.findings]
    assert weights == sorted(weights)
    expected = {BAD[name][1] for name in names}
    assert verdict.outcome == min(expected | {"ALLOW"}, key=OUTCOMES.index)


@settings(max_examples=60, deadline=None)
@given(BADNESS, st.sampled_from(sorted(BAD)), st.sampled_from(MAKERS))
def test_a_further_bad_fact_never_improves_the_answer(names, one_more, make):
    before = make(**together(names))
    after = make(**together([*names, one_more]))
    assert OUTCOMES.index(after.outcome) <= OUTCOMES.index(before.outcome)


@settings(max_examples=60, deadline=None)
@given(st.dates(min_value=date(2025, 1, 1), max_value=date(2027, 1, 1)))
def test_lateness_never_changes_the_outcome(completed):
    assert answer(completed_on=completed.isoformat(), issue_on="2027-01-01").outcome == "ALLOW"


FAVOURABLE = {
    "fees": {"balance": 0},
    "usi": "verified",
    "identity_attested": True,
    "provider_registered": True,
    "student_enrolled_here": True,
    "approver_authorised": True,
    "actor_organisation": "provider",
    "signatory_authorised_on_issue_date": True,
    "template_approved": True,
    "prepared_by": "kim",
    "approved_by": "lee",
}


@pytest.mark.parametrize("name", FAVOURABLE)
def test_a_missing_optional_fact_is_the_favourable_value(name):
    without = {other: value for other, value in FAVOURABLE.items() if other != name}
    assert answer(**FAVOURABLE) == answer(**without) == answer(**{**FAVOURABLE, name: None}) == answer()


@pytest.mark.parametrize("name", ["outcome", "method", "evidence", "delivered_in", "assessed_in"])
def test_what_is_missing_of_a_unit_is_favourable_too(name):
    full = unit(CORE[0], delivered_in="English", assessed_in="English")
    bare = {key: value for key, value in full.items() if key != name}
    assert answer(units=[full, *TWELVE[1:]]) == answer(units=[bare, *TWELVE[1:]]) == answer()


@pytest.mark.parametrize("name", ["issue_on", "document", "sector", "product", "units"])
def test_what_is_required_must_be_given(name):
    for missing in ({key: value for key, value in facts().items() if key != name}, facts() | {name: None}):
        with pytest.raises(FactsError) as refused:
            decide("issuance", missing)
        assert refused.value.path == name


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"colour": "green"}, "colour"),
        ({"issue_on": "20/07/2025"}, "issue_on"),
        ({"issue_on": "2025-02-30"}, "issue_on"),
        ({"issue_on": "20250720"}, "issue_on"),
        ({"issue_on": 20250720}, "issue_on"),
        ({"document": "certificate"}, "document"),
        ({"product": {"kind": "degree"}}, "product.kind"),
        ({"product": {"colour": "green"}}, "product.colour"),
        ({"product": {"core": "CORE01"}}, "product.core"),
        ({"product": {"core": ["CORE01", 2]}}, "product.core"),
        ({"product": {"electives_required": -1}}, "product.electives_required"),
        ({"product": {"electives_required": "4"}}, "product.electives_required"),
        ({"product": {"on_scope": "yes"}}, "product.on_scope"),
        ({"units": {}}, "units"),
        ({"units": [None]}, "units[0]"),
        ({"units": [*FOUR, {"outcome": "competent"}]}, "units[4].code"),
        ({"units": [unit(" ")]}, "units[0].code"),
        ({"units": [unit("A", "passed")]}, "units[0].outcome"),
        ({"units": [unit("A", mark=50)]}, "units[0].mark"),
        ({"fees": 20}, "fees"),
        ({"fees": {"balance": "20"}}, "fees.balance"),
        ({"fees": {"balance": True}}, "fees.balance"),
        ({"fees": {"balance": float("nan")}}, "fees.balance"),
        ({"fees": {"balance": float("inf")}}, "fees.balance"),
        ({"fees": {"cleared_on": "soon"}}, "fees.cleared_on"),
        ({"usi": "yes"}, "usi"),
        ({"identity_attested": 1}, "identity_attested"),
        ({"prepared_by": 7}, "prepared_by"),
    ],
)
def test_an_unknown_key_or_a_wrong_type_is_named_by_its_path(changes, path):
    with pytest.raises(FactsError) as refused:
        decide("issuance", facts(**changes))
    assert refused.value.path == path


def test_every_rule_id_that_these_facts_reach_is_there():
    wanted = {f"AQF-{number:02}" for number in range(1, 14)} | {"AQF-02b", "CS-11-1j", "CS-11-2i"}
    wanted |= {f"USI-{number:02}" for number in range(1, 5)}
    assert {rule.code for rule in tables.load_for("issuance", facts()).rules} == wanted


def test_the_facts_can_be_given_as_json():
    assert decide("issuance", json.loads(json.dumps(facts()))).outcome == "ALLOW"
