"""Ruleset `issuance`: one test a rule, with the examples of the rulebook and the cases that follow from it."""

import pytest

from testamur.kernel.verdict import Verdict
from testamur.rulebook.evaluate import decide, plain

CORE = [f"CORE{number:02}" for number in range(1, 9)]
ELECTIVES = [f"ELEC{number:02}" for number in range(1, 7)]
PRODUCT = {
    "code": "ABC30125",
    "kind": "qualification",
    "on_scope": True,
    "core": CORE,
    "electives_required": 4,
    "elective_codes": ELECTIVES,
}


def unit(code: str, outcome: str = "competent", method: str = "assessed", **more: object) -> dict[str, object]:
    """Return one unit."""
    return {"code": code, "outcome": outcome, "method": method, "evidence": True, **more}


def units(*codes: str, **more: object) -> list[dict[str, object]]:
    """Return units of the same kind."""
    return [unit(code, **more) for code in codes]


TWELVE = units(*CORE, *ELECTIVES[:4])
FOUR = units(*CORE[:4])


def facts(**changes: object) -> dict[str, object]:
    """Return twelve of twelve units of a qualification, with something changed; `product` is laid over the ordinary one."""
    product = {**PRODUCT, **changes.pop("product", {})}
    ordinary = {"issue_on": "2025-07-20", "document": "testamur", "sector": "vet", "product": product, "units": TWELVE}
    return {**ordinary, **changes}


def answer(**changes: object) -> Verdict:
    """Return the verdict on the ordinary case with something changed."""
    return decide("issuance", facts(**changes))


def statement(**changes: object) -> Verdict:
    """Return the verdict on a statement for four of twelve units after the exit."""
    return answer(**{"document": "statement-of-attainment", "units": FOUR, "exited_on": "2025-07-10", **changes})


def record(**changes: object) -> Verdict:
    """Return the verdict on a record of results."""
    return answer(**{"document": "record-of-results", **changes})


def said(verdict: Verdict) -> set[tuple[str, str]]:
    """Return the code and outcome of every finding but the clock's, which has tests of its own."""
    return {(finding.rule, str(finding.outcome)) for finding in verdict.findings if finding.rule != "AQF-04"}


def detail(verdict: Verdict, rule: str, key: str) -> object:
    """Return one further key of the findings of a rule, which must agree."""
    found = {str(plain(each.details[key])) for each in verdict.findings if each.rule == rule and key in each.details}
    assert len(found) <= 1
    return next(iter(found), None)


def clock(**changes: object) -> tuple[object, object]:
    """Return timing and due date of the ordinary case with something changed."""
    verdict = answer(**changes)
    return detail(verdict, "AQF-04", "timing"), detail(verdict, "AQF-04", "due_on")


def test_the_ordinary_case_is_allowed_without_a_word():
    assert answer() == Verdict("issuance", "2025-07-01", "ALLOW")


# What was attained ----------------------------------------------------------------------------------------------

EVERY_OUTCOME_BUT_COMPETENT = ("not-competent", "in-progress", "withdrawn")


@pytest.mark.parametrize("outcome", EVERY_OUTCOME_BUT_COMPETENT)
@pytest.mark.parametrize("place", [0, 11])
def test_aqf_01_eleven_of_twelve_units_are_no_testamur(outcome, place):
    code = TWELVE[place]["code"]
    verdict = answer(units=[*TWELVE[:place], unit(str(code), outcome), *TWELVE[place + 1 :]])
    assert verdict.outcome == "BLOCK"
    assert ("AQF-01", "BLOCK") in said(verdict)


def test_aqf_01_a_unit_that_is_not_there_is_missing_by_name():
    verdict = answer(units=TWELVE[1:])
    assert said(verdict) == {("AQF-01", "BLOCK")}
    assert detail(verdict, "AQF-01", "units") == "['CORE01']"


def test_aqf_01_a_unit_of_a_wrong_group_is_no_elective():
    verdict = answer(units=[*TWELVE[:-1], unit("OTHER01")])
    assert said(verdict) == {("AQF-01", "BLOCK")}
    assert detail(verdict, "AQF-01", "electives_missing") == "1"


def test_aqf_01_a_unit_counts_once_however_often_it_is_listed():
    assert answer(units=[*TWELVE[:-1], TWELVE[-2]]).outcome == "BLOCK"
    assert answer(units=[*TWELVE, TWELVE[0], TWELVE[-1]]).outcome == "ALLOW"


def test_aqf_01_a_core_unit_is_never_an_elective_too():
    assert answer(product={"elective_codes": [*ELECTIVES, CORE[0]]}, units=TWELVE[:-1]).outcome == "BLOCK"


def test_aqf_01_more_electives_than_asked_for_are_no_harm():
    assert answer(units=[*TWELVE, unit(ELECTIVES[4]), unit("OTHER01")]).outcome == "ALLOW"


@pytest.mark.parametrize("outcome", ["not-competent", "withdrawn"])
def test_aqf_01_a_unit_beyond_the_packaging_that_was_not_attained_is_no_harm(outcome):
    assert answer(units=[*TWELVE, unit(ELECTIVES[5], outcome)]).outcome == "ALLOW"


def test_aqf_01_a_unit_attained_at_the_second_attempt_counts():
    assert answer(units=[unit(CORE[0], "not-competent"), *TWELVE]).outcome == "ALLOW"


def test_aqf_01_codes_are_compared_without_case_or_space_around():
    assert answer(units=[unit(f" {each['code']} ".lower()) for each in TWELVE]).outcome == "ALLOW"


def test_aqf_01_where_no_electives_are_listed_any_other_unit_counts_and_an_empty_list_counts_none():
    others = [*TWELVE[:8], *units("OTHER01", "OTHER02", "OTHER03", "OTHER04")]
    assert answer(product={"elective_codes": None}, units=others).outcome == "ALLOW"
    assert answer(product={"elective_codes": []}, units=others).outcome == "BLOCK"


@pytest.mark.parametrize("document", ["testamur", "statement-of-attainment", "record-of-results"])
def test_aqf_01_without_any_unit_nothing_is_issued(document):
    verdict = answer(document=document, units=[], product={"core": [], "electives_required": 0})
    assert ("AQF-01", "BLOCK") in said(verdict)


@pytest.mark.parametrize("outcome", ["not-competent", "withdrawn"])
def test_aqf_01_a_statement_lists_attained_units_only(outcome):
    verdict = statement(units=[*FOUR, unit(CORE[4], outcome)])
    assert said(verdict) == {("AQF-01", "BLOCK")}
    assert detail(verdict, "AQF-01", "units") == "['CORE05']"
    assert statement().outcome == "ALLOW"


def test_aqf_01_a_record_of_results_lists_what_was_not_attained():
    mixed = [*FOUR, unit(CORE[4], "not-competent"), unit(CORE[5], "withdrawn")]
    assert record(units=mixed, exited_on="2025-07-10").outcome == "ALLOW"


def test_aqf_02_recognised_learning_counts_with_its_portfolio_only():
    recognised = [unit(CORE[0], method="rpl"), *TWELVE[1:]]
    assert answer(units=recognised).outcome == "ALLOW"
    unproven = [unit(CORE[0], method="rpl", evidence=False), *TWELVE[1:]]
    for verdict in (answer(units=unproven), statement(units=unproven[:4])):
        assert said(verdict) == {("AQF-02", "BLOCK")}
        assert detail(verdict, "AQF-02", "units") == "['CORE01']"


def test_aqf_02_all_by_recognition_was_assessed_here():
    assert answer(units=[{**each, "method": "rpl"} for each in TWELVE]).outcome == "ALLOW"


def test_aqf_02_evidence_is_not_asked_of_recognition_that_was_refused():
    assert answer(units=[*TWELVE, unit("OTHER01", "not-competent", "rpl", evidence=False)]).outcome == "ALLOW"


def test_aqf_02b_credit_transfer_counts_with_a_sighted_source_only():
    three = [unit(code, method="credit-transfer") for code in CORE[:3]]
    assert answer(units=[*three, *TWELVE[3:]]).outcome == "ALLOW"
    unsighted = [unit(CORE[0], method="credit-transfer", evidence=False), *TWELVE[1:]]
    assert said(answer(units=unsighted)) == {("AQF-02b", "BLOCK")}


def test_aqf_02b_where_all_is_credit_transfer_a_person_decides():
    transferred = [{**each, "method": "credit-transfer"} for each in TWELVE]
    assert said(answer(units=transferred)) == {("AQF-02b", "REFER")}
    assert said(statement(units=transferred[:1])) == {("AQF-02b", "REFER")}
    assert said(answer(units=[*transferred, unit("OTHER01", "not-competent")])) == {("AQF-02b", "REFER")}
    assert answer(units=[*transferred[:-1], TWELVE[-1]]).outcome == "ALLOW"


def test_aqf_02b_all_credit_transfer_and_one_unsighted_is_blocked():
    transferred = [{**each, "method": "credit-transfer"} for each in TWELVE]
    verdict = answer(units=[{**transferred[0], "evidence": False}, *transferred[1:]])
    assert said(verdict) == {("AQF-02b", "BLOCK"), ("AQF-02b", "REFER")}
    assert verdict.outcome == "BLOCK"


# Which document -------------------------------------------------------------------------------------------------

STANDALONE = ("unit", "skill-set", "short-course", "module")


def complete(kind: str, **changes: object) -> Verdict:
    """Return the verdict on a product of a kind, complete with one unit."""
    product = {"kind": kind, "core": ["CORE01"], "electives_required": 0, "elective_codes": []}
    return answer(**{"product": product, "units": units("CORE01"), **changes})


@pytest.mark.parametrize("kind", STANDALONE)
def test_aqf_03_what_stands_alone_is_attested_by_a_statement(kind):
    assert complete(kind, document="statement-of-attainment").outcome == "ALLOW"
    for document in ("testamur", "record-of-results"):
        assert said(complete(kind, document=document)) == {("AQF-03", "BLOCK")}


def test_aqf_03_a_complete_qualification_gets_its_testamur_and_record():
    assert complete("qualification").outcome == "ALLOW"
    assert complete("qualification", document="record-of-results").outcome == "ALLOW"
    assert said(complete("qualification", document="statement-of-attainment")) == {("AQF-03", "BLOCK")}


def test_aqf_03_an_accredited_course_may_or_may_not_be_a_qualification():
    for document in ("testamur", "statement-of-attainment", "record-of-results"):
        assert complete("accredited-course", document=document).outcome == "ALLOW"


def test_aqf_03_withdrawn_after_four_of_twelve_is_a_statement_for_four():
    assert (statement().outcome, said(statement())) == ("ALLOW", set())
    assert record(units=FOUR, exited_on="2025-07-10").outcome == "ALLOW"


@pytest.mark.parametrize("exited_on", [None, "2025-07-21"])
def test_aqf_03_who_is_still_enrolled_may_ask_and_is_told_so(exited_on):
    verdict = statement(exited_on=exited_on)
    assert verdict.outcome == "ALLOW"
    assert said(verdict) == {("AQF-03", "ALLOW")}


@pytest.mark.parametrize("kind", ["qualification", "he-course", "course"])
def test_aqf_03_higher_education_has_testamur_and_transcript_but_no_statement(kind):
    assert complete(kind, sector="he").outcome == "ALLOW"
    assert complete(kind, sector="he", document="record-of-results").outcome == "ALLOW"
    assert said(complete(kind, sector="he", document="statement-of-attainment")) == {("AQF-03", "BLOCK")}


@pytest.mark.parametrize("document", ["testamur", "statement-of-attainment", "record-of-results"])
def test_aqf_03_what_is_not_accredited_gets_no_document_of_the_framework(document):
    assert ("AQF-03", "BLOCK") in said(complete("non-accredited", document=document))


# Clock and fees -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("issue_on", "timing"),
    [("2025-07-01", "on time"), ("2025-07-31", "on time"), ("2025-08-01", "LATE"), ("2027-01-01", "LATE")],
)
def test_aqf_04_thirty_days_from_completion_and_late_is_issued_all_the_same(issue_on, timing):
    verdict = answer(completed_on="2025-07-01", issue_on=issue_on)
    assert [(finding.rule, finding.outcome) for finding in verdict.findings] == [("AQF-04", "ALLOW")]
    assert verdict.outcome == "ALLOW"
    assert (detail(verdict, "AQF-04", "timing"), detail(verdict, "AQF-04", "due_on")) == (timing, "2025-07-31")


@pytest.mark.parametrize(
    ("completed_on", "due_on"),
    [("2024-01-30", "2024-02-29"), ("2025-01-30", "2025-03-01"), ("2025-12-20", "2026-01-19")],
)
def test_aqf_04_weekends_holidays_and_leap_days_count(completed_on, due_on):
    """CAL-1: days are counted, none left out, and nothing rolls over."""
    assert clock(completed_on=completed_on, issue_on=due_on) == ("on time", due_on)


def test_aqf_04_for_an_exit_the_later_day_starts_the_clock():
    last_unit_first = {"completed_on": "2025-03-10", "exited_on": "2025-05-20"}
    assert detail(statement(**last_unit_first, issue_on="2025-06-15"), "AQF-04", "due_on") == "2025-06-19"
    assert detail(statement(**last_unit_first, issue_on="2025-06-20"), "AQF-04", "timing") == "LATE"
    exit_first = statement(completed_on="2025-06-20", exited_on="2025-05-20", issue_on="2025-07-20")
    assert detail(exit_first, "AQF-04", "due_on") == "2025-07-20"
    assert detail(statement(issue_on="2025-08-10"), "AQF-04", "timing") == "LATE"


def test_aqf_04_an_exit_does_not_move_the_day_of_a_complete_product():
    dates = {"completed_on": "2025-06-20", "exited_on": "2025-07-10"}
    assert clock(**dates) == ("on time", "2025-07-20")
    assert detail(record(**dates), "AQF-04", "due_on") == "2025-07-20"
    assert (
        detail(complete("skill-set", document="statement-of-attainment", **dates), "AQF-04", "due_on") == "2025-07-20"
    )


def test_aqf_04_stands_for_products_that_stand_alone():
    """G-05: the same thirty days."""
    verdict = complete("unit", document="statement-of-attainment", completed_on="2025-06-19")
    assert detail(verdict, "AQF-04", "timing") == "LATE"


def test_aqf_04_no_clock_runs_without_a_day_or_while_the_student_goes_on():
    assert clock() == (None, None)
    assert detail(statement(exited_on=None, completed_on="2024-03-10"), "AQF-04", "timing") is None


def test_aqf_04_the_clock_is_told_beside_a_block():
    verdict = answer(completed_on="2025-06-01", approver_authorised=False)
    assert verdict.outcome == "BLOCK"
    assert detail(verdict, "AQF-04", "timing") == "LATE"


@pytest.mark.parametrize(
    ("cleared_on", "due_on"),
    [
        ("2025-06-15", "2025-07-31"),
        ("2025-07-29", "2025-07-31"),
        ("2025-07-31", "2025-07-31"),
        ("2025-08-01", "2025-08-06"),
        ("2025-08-10", "2025-08-15"),
    ],
)
def test_aqf_05_fees_cleared_late_give_five_days_more(cleared_on, due_on):
    fees = {"balance": 0, "cleared_on": cleared_on}
    assert clock(completed_on="2025-07-01", fees=fees, issue_on=due_on) == ("on time", due_on)
    after = {"2025-07-31": "2025-08-01", "2025-08-06": "2025-08-07", "2025-08-15": "2025-08-16"}[due_on]
    assert clock(completed_on="2025-07-01", fees=fees, issue_on=after) == ("LATE", due_on)


@pytest.mark.parametrize("balance", [0.01, 1, 250.5, 100000])
@pytest.mark.parametrize("make", [answer, statement, record])
def test_aqf_05_what_is_owed_for_this_product_holds_every_document(make, balance):
    verdict = make(fees={"balance": balance})
    assert verdict.outcome == "FEE_HOLD"
    assert said(verdict) == {("AQF-05", "FEE_HOLD")}


@pytest.mark.parametrize("fees", [None, {}, {"balance": None}, {"balance": 0}, {"balance": 0.0}, {"balance": -12.5}])
def test_aqf_05_nothing_owed_holds_nothing(fees):
    assert answer(fees=fees).outcome == "ALLOW"


def test_aqf_05_a_held_document_is_never_late():
    assert clock(completed_on="2025-07-01", fees={"balance": 1}, issue_on="2025-09-01") == (None, None)
    assert clock(completed_on="2025-07-01", fees={"balance": 1}, issue_on="2025-07-31") == ("on time", "2025-07-31")


def test_aqf_05_a_payment_after_the_day_of_issue_had_not_been_made():
    assert answer(fees={"balance": 0, "cleared_on": "2025-07-21"}).outcome == "FEE_HOLD"
    assert answer(fees={"balance": 0, "cleared_on": "2025-07-20"}).outcome == "ALLOW"
