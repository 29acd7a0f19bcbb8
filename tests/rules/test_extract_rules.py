"""Ruleset `extract`: one test a rule, and what must hold in every one of its cases."""

from datetime import date
from itertools import product

import pytest

from testamur.kernel.verdict import Verdict
from testamur.rulebook import tables
from testamur.rulebook.evaluate import decide

ON = date(2026, 11, 1)
TYPICAL = {
    "sector": "he",
    "served_here": False,
    "provider_status": "ceased",
    "email_confirmed": True,
    "identity": "verified",
    "requested_by": "self",
    "holdings": True,
    "matches": 1,
    "placeholder": False,
}
VALUES = {
    "sector": ("vet", "he"),
    "served_here": (False, True),
    "provider_status": ("registered", "ceasing", "ceased", "suspended", "merged", "unknown"),
    "email_confirmed": (True, False),
    "identity": ("none", "pending", "assisted", "verified"),
    "requested_by": ("self", "other"),
    "holdings": (True, False),
    "matches": (0, 1, 2, 17),
    "placeholder": (True, False),
}
OUTCOMES = {"LOCK", "REFUSE_REDIRECT", "NOT_HELD", "HOLD", "NO_MATCH", "REFER", "ALLOW"}


def answer(**changes) -> Verdict:
    """Return the verdict on the ordinary case with something changed."""
    return decide("extract", {**TYPICAL, **changes}, on=ON)


def said(verdict: Verdict) -> set[tuple[str, str]]:
    """Return the code and outcome of every finding."""
    return {(finding.rule, str(finding.outcome)) for finding in verdict.findings}


def elsewhere(facts: dict) -> bool:
    """Say whether a vocational regulator answers: it keeps its records itself, or nothing of the provider is here."""
    return facts["sector"] == "vet" and not facts["served_here"]


@pytest.fixture(scope="module")
def every_case() -> list[tuple[dict, Verdict]]:
    """Return every combination of facts with its verdict."""
    combinations = (dict(zip(VALUES, chosen, strict=True)) for chosen in product(*VALUES.values()))
    return [(facts, decide("extract", facts, on=ON)) for facts in combinations]


# One test a rule ------------------------------------------------------------------------------------------------


def test_cqr_08_a_person_whose_identity_is_confirmed_sees_the_own_record():
    assert answer().outcome == "ALLOW"
    assert ("CQR-08", "ALLOW") in said(answer())


@pytest.mark.parametrize("status", ["registered", "ceasing"])
def test_cqr_09_and_teq_03_a_provider_that_operates_answers_itself(status):
    verdict = answer(provider_status=status)
    assert verdict.outcome == "REFUSE_REDIRECT"
    assert said(verdict) == {("TEQ-03", "REFUSE_REDIRECT"), ("CQR-09", "REFUSE_REDIRECT")}


@pytest.mark.parametrize(("status", "rule"), [("suspended", "CQR-09"), ("merged", "CQR-09"), ("unknown", "TEQ-03")])
def test_cqr_09_where_it_is_unclear_who_keeps_the_records_a_person_decides(status, rule):
    for holdings, matches in product((True, False), (0, 1, 2)):
        verdict = answer(provider_status=status, holdings=holdings, matches=matches)
        assert verdict.outcome == "REFER"
        assert said(verdict) == {(rule, "REFER")}


def test_cqr_10_and_11_and_teq_08_and_10_an_allowed_person_is_told_what_to_expect():
    assert {("CQR-10", "ALLOW"), ("CQR-11", "ALLOW"), ("TEQ-08", "ALLOW"), ("TEQ-10", "ALLOW")} <= said(answer())


def test_cqr_12_a_ceased_provider_that_lodged_nothing_is_not_held():
    assert answer(holdings=False, matches=0).outcome == "NOT_HELD"
    assert answer(holdings=False, email_confirmed=False, identity="none").outcome == "NOT_HELD"


def test_cqr_12_no_match_is_said_and_an_officer_looks_before_it_is_final():
    verdict = answer(matches=0)
    assert verdict.outcome == "NO_MATCH"
    assert said(verdict) == {("CQR-12", "NO_MATCH"), ("TEQ-07", "REFER")}


def test_teq_04_an_unconfirmed_address_holds():
    assert answer(email_confirmed=False).outcome == "HOLD"
    assert said(answer(email_confirmed=False)) == {("TEQ-04", "HOLD")}


def test_teq_05_documents_that_do_not_suffice_go_to_an_officer():
    assert said(answer(identity="assisted")) == {("TEQ-05", "REFER")}


@pytest.mark.parametrize("identity", ["none", "pending"])
def test_teq_06_an_identity_that_is_not_confirmed_holds(identity):
    assert said(answer(identity=identity)) == {("TEQ-06", "HOLD")}


@pytest.mark.parametrize(
    "changes", [{"matches": 2}, {"matches": 17}, {"placeholder": True}, {"placeholder": True, "matches": 0}]
)
def test_teq_07_several_matches_or_a_placeholder_go_to_an_officer(changes):
    verdict = answer(**changes)
    assert verdict.outcome == "REFER"
    assert {rule for rule, _ in said(verdict)} == {"TEQ-07"}


def test_teq_09_use_by_anyone_else_locks():
    assert answer(requested_by="other").outcome == "LOCK"


def test_teq_11_a_vocational_request_goes_to_its_regulator():
    assert answer(sector="vet").outcome == "REFUSE_REDIRECT"
    assert answer(sector="vet", holdings=False).outcome == "REFUSE_REDIRECT"
    without = {name: value for name, value in TYPICAL.items() if name != "served_here"}
    assert decide("extract", {**without, "sector": "vet"}, on=ON).outcome == "REFUSE_REDIRECT"


def test_cqr_08_a_vocational_request_is_answered_here_where_the_regulator_says_so_and_something_is_held():
    verdict = answer(sector="vet", served_here=True)
    assert verdict.outcome == "ALLOW"
    assert {("CQR-08", "ALLOW"), ("CQR-10", "ALLOW"), ("CQR-11", "ALLOW")} <= said(verdict)
    assert answer(sector="vet", served_here=True, matches=0).outcome == "NO_MATCH"
    assert answer(sector="vet", served_here=True, holdings=False).outcome == "NOT_HELD"
    assert answer(sector="vet", served_here=True, provider_status="registered").outcome == "REFUSE_REDIRECT"


def test_what_is_held_of_vocational_courses_is_answered_as_higher_education_is(every_case):
    answers = {tuple(facts.values()): verdict for facts, verdict in every_case}
    for facts, verdict in every_case:
        if facts["sector"] == "vet" and facts["served_here"]:
            assert verdict == answers[tuple({**facts, "sector": "he"}.values())]


def test_the_profile_of_a_regulator_changes_nothing_for_higher_education(every_case):
    answers = {tuple(facts.values()): verdict for facts, verdict in every_case}
    for facts, verdict in every_case:
        if facts["sector"] == "he":
            assert verdict == answers[tuple({**facts, "served_here": not facts["served_here"]}.values())]


# What holds in every case ---------------------------------------------------------------------------------------


def test_every_case_has_findings_and_an_answer_of_the_closed_list_and_each_answer_occurs(every_case):
    assert len(every_case) == 2 * 2 * 6 * 2 * 4 * 2 * 2 * 4 * 2
    assert all(verdict.findings for _, verdict in every_case)
    assert {verdict.outcome for _, verdict in every_case} == OUTCOMES


def test_the_answer_is_the_worst_findings_and_findings_stand_worst_first(every_case):
    ranks = {outcome: rank for rank, outcome in enumerate(tables.load("extract", ON).outcomes)}
    for _, verdict in every_case:
        weights = [ranks[str(finding.outcome)] for finding in verdict.findings]
        assert weights == sorted(weights)
        assert verdict.outcome == verdict.findings[0].outcome


def test_anyone_else_is_always_locked_out_and_nobody_else_is(every_case):
    for facts, verdict in every_case:
        assert (verdict.outcome == "LOCK") == (facts["requested_by"] == "other")


def test_nothing_is_given_unless_all_is_well(every_case):
    for facts, verdict in every_case:
        answered = facts if elsewhere(facts) else {**facts, "sector": "he", "served_here": False}
        assert (verdict.outcome == "ALLOW") == (answered == TYPICAL)


def test_nothing_about_a_match_is_said_before_e_mail_and_identity_are_confirmed(every_case):
    """Two cases that differ only in what would match get the very same answer."""
    told: dict[tuple, Verdict] = {}
    for facts, verdict in every_case:
        if facts["email_confirmed"] and facts["identity"] == "verified" and facts["requested_by"] == "self":
            continue
        public = tuple((name, value) for name, value in facts.items() if name not in {"matches", "placeholder"})
        assert told.setdefault(public, verdict) == verdict


def test_somebody_else_learns_nothing_about_the_account(every_case):
    """Two cases of use by somebody else that differ in e-mail or identity get the very same answer."""
    told: dict[tuple, Verdict] = {}
    for facts, verdict in every_case:
        if facts["requested_by"] == "other":
            public = (facts["sector"], facts["served_here"], facts["provider_status"], facts["holdings"])
            assert told.setdefault(public, verdict) == verdict


def test_where_to_ask_does_not_depend_on_e_mail_or_identity(every_case):
    """Public facts are answered first: nobody shows a passport to be sent elsewhere."""
    for facts, verdict in every_case:
        if facts["requested_by"] == "other":
            continue
        sent = elsewhere(facts) or facts["provider_status"] in {"registered", "ceasing"}
        assert (verdict.outcome == "REFUSE_REDIRECT") == sent
        if not sent and facts["provider_status"] == "ceased" and not facts["holdings"]:
            assert verdict.outcome == "NOT_HELD"


def test_documents_that_do_not_suffice_are_never_a_reason_to_refuse(every_case):
    """TEQ-05: where an assisted case is refused, a verified one would be refused alike."""
    answers = {tuple(facts.values()): verdict.outcome for facts, verdict in every_case}
    for facts, verdict in every_case:
        if facts["identity"] == "assisted" and verdict.outcome in {"REFUSE_REDIRECT", "NOT_HELD", "NO_MATCH"}:
            assert verdict.outcome == answers[tuple({**facts, "identity": "verified"}.values())]


def test_every_message_is_a_sentence_and_every_source_names_its_document():
    table = tables.load("extract", ON)
    for rule in table.rules:
        assert rule.message[0].isupper()
        assert rule.message.endswith(".")
        assert rule.source.partition(": ")[0] in table.documents


def test_every_rule_id_of_the_ruleset_is_there():
    wanted = {f"CQR-{n:02}" for n in range(8, 13)} | {f"TEQ-{n:02}" for n in range(3, 12)}
    assert {rule.code for rule in tables.load("extract", ON).rules} == wanted
