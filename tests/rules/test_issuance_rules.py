"""Rules of issuing, pure: what an enrolment leads to, whose authority covers what, and who decides. Named by rule id."""

from datetime import date, timedelta
from typing import Any

import pytest

from testamur.issuance import rules
from testamur.issuance.rules import Authority, People
from testamur.issuance.states import CERTIFICATION
from testamur.kernel.errors import Conflict
from testamur.kernel.verdict import Finding, Verdict

ON = date(2026, 7, 1)
FACTS: dict[str, object] = {
    "sector": "vet",
    "product": {"code": "ABC30125", "kind": "qualification", "core": ["C1", "C2"], "electives_required": 0},
    "units": [{"code": "C1", "outcome": "competent"}, {"code": "C2", "outcome": "competent"}],
    "completed_on": "2026-06-01",
}


def may_issue(facts: dict[str, object] = FACTS, kind: str = "testamur", **changed: Any) -> Verdict:
    said: dict[str, Any] = {"on": ON, "people": People(), "signatory_authorised": True, "template_approved": True}
    return rules.may_issue(facts, kind, **said | changed)


def stops(verdict: Verdict) -> list[str]:
    return [one.rule for one in verdict.findings if one.outcome != "ALLOW"]


@pytest.mark.parametrize(
    ("sector", "kind", "state", "outcomes", "documents"),
    [
        ("vet", "qualification", "completed", ["competent"], ("testamur", "record-of-results")),
        ("vet", "qualification", "exited", ["competent", "withdrawn"], ("statement-of-attainment",)),
        ("vet", "qualification", "exited", ["withdrawn"], ()),
        ("vet", "qualification", "commenced", ["competent"], ()),
        ("vet", "skill-set", "completed", ["competent"], ("statement-of-attainment",)),
        ("vet", "accredited-course", "completed", ["competent"], ("testamur", "record-of-results")),
        ("vet", "non-accredited", "completed", ["competent"], ()),
        ("he", "he-course", "completed", ["competent"], ("he-testamur", "academic-transcript")),
        ("he", "he-course", "exited", ["competent"], ("academic-transcript",)),
        ("vet", "qualification", "cancelled", ["competent"], ()),
    ],
)
def test_aqf_03_which_documents_an_enrolment_leads_to(
    sector: str, kind: str, state: str, outcomes: list[str], documents: tuple[str, ...]
) -> None:
    assert rules.kinds_for(sector, kind, state, outcomes) == documents


def test_aqf_01_everything_asked_is_there_and_a_missing_unit_is_not() -> None:
    assert may_issue().allowed
    short = {**FACTS, "units": [{"code": "C1", "outcome": "competent"}]}
    assert stops(may_issue(short)) == ["AQF-01"]


def test_aqf_04_due_on_and_trn_12_the_earlier_day_of_transition() -> None:
    assert rules.due_on(may_issue()) == date(2026, 7, 1)
    assert rules.due_on(may_issue(), date(2026, 6, 20)) == date(2026, 6, 20)
    assert rules.due_on(Verdict("issuance", "x", "ALLOW")) is None


def test_aqf_09_authority_of_preparer_and_approver_and_two_people() -> None:
    assert stops(may_issue(people=People(preparer_authorised=False))) == ["AQF-09"]
    assert stops(may_issue(people=People(approver_authorised=False))) == ["AQF-09"]
    assert stops(may_issue(people=People(prepared_by="a", approved_by="A"))) == ["AQF-09"]
    assert may_issue(people=People(prepared_by="a", approved_by="b", approver_authorised=True)).allowed


def test_aqf_09_an_authority_covers_its_days_and_kinds_only() -> None:
    held = Authority("approve", ("testamur",), date(2026, 2, 1), date(2026, 6, 30))
    assert held.covers("approve", "testamur", date(2026, 2, 1))
    assert held.covers("approve", "testamur", date(2026, 6, 30))
    assert not held.covers("approve", "testamur", date(2026, 7, 1))
    assert not held.covers("approve", "testamur", date(2026, 1, 31))
    assert not held.covers("prepare", "testamur", date(2026, 3, 1))
    assert not held.covers("approve", "record-of-results", date(2026, 3, 1))
    assert Authority("sign", (), date(2026, 1, 1), None).covers("sign", "testamur", ON)


def test_aqf_10_11_13_signatory_third_party_template() -> None:
    assert stops(may_issue(signatory_authorised=False)) == ["AQF-10"]
    assert stops(may_issue(people=People(own_staff=False))) == ["AQF-11"]
    assert stops(may_issue(template_approved=False)) == ["AQF-13"]


def test_aqf_12_a_statement_waits_for_pending_units_and_leaves_out_those_not_attained() -> None:
    units = [{"code": "C1", "outcome": "competent"}, {"code": "C2", "outcome": "withdrawn"}]
    exited = {**FACTS, "exited_on": "2026-06-20", "product": {"kind": "qualification"}, "units": units}
    assert may_issue(exited, "statement-of-attainment").allowed
    pending = {**exited, "units": [*units, {"code": "C3", "outcome": "in-progress"}]}
    assert "AQF-12" in stops(may_issue(pending, "statement-of-attainment"))


def test_aqf_08_off_scope_in_transition_is_referred_and_goes_on_with_a_reason_only() -> None:
    verdict = may_issue(off_scope_in_transition=True)
    assert (verdict.outcome, stops(verdict)) == ("REFER", ["AQF-08"])
    assert not rules.passes(verdict, " ")
    assert rules.passes(verdict, "Finished within the teach-out")
    assert not rules.passes(may_issue(template_approved=False), "Urgent")


def test_trn_05_after_the_last_day_of_transition_nothing_is_issued() -> None:
    late = Verdict("transition", "x", "BLOCK", (Finding("TRN-05", "Over.", "CS 14", outcome="BLOCK"),))
    assert stops(may_issue(transition=late)) == ["TRN-05"]


def test_rei_01_only_what_holds_is_copied() -> None:
    assert rules.may_reissue("issued", "lost").allowed
    assert not rules.may_reissue("cancelled", "lost").allowed
    assert not rules.may_reissue("issued", "name-change").allowed


def test_rei_02_a_change_of_name_needs_sighted_evidence_and_another_name() -> None:
    def verdict(**changed: Any) -> Verdict:
        said: dict[str, Any] = {
            "evidence": "marriage-certificate", "sighted_on": ON, "reason": "", "new_name": True, "on": ON,
        }  # fmt: skip
        return rules.may_replace("issued", "name-change", **said | changed)

    assert verdict().allowed
    assert verdict(evidence="").outcome == "HOLD"
    assert verdict(sighted_on=ON + timedelta(days=1)).outcome == "HOLD"
    assert verdict(new_name=False).outcome == "BLOCK"


def test_rei_04_an_own_error_needs_its_reason() -> None:
    said: dict[str, Any] = {"evidence": "", "sighted_on": None, "new_name": False, "on": ON}
    assert rules.may_replace("issued", "error", reason="Wrong unit", **said).allowed
    assert not rules.may_replace("issued", "error", reason=" ", **said).allowed
    assert not rules.may_replace("replaced", "error", reason="Wrong unit", **said).allowed


def test_aqf_15_grounds_reason_and_a_second_person() -> None:
    assert rules.may_propose_cancellation("issued-in-error", "Wrong person").allowed
    assert not rules.may_propose_cancellation("dislike", "Wrong person").allowed
    assert not rules.may_propose_cancellation("issued-in-error", "").allowed
    assert not rules.may_decide(proposed_by_decider=True, what="cancellation").allowed


def test_the_states_end_where_a_document_holds_no_more() -> None:
    for state in ("cancelled", "replaced", "surrendered", "revoked", "discarded"):
        assert CERTIFICATION.verbs(state) == ()
    with pytest.raises(Conflict):
        CERTIFICATION.move("prepared", "issue")
