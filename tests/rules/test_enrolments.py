"""What may be entered about students in training and what follows from it, without a database (rulebook A.1, REG-04)."""

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest

from testamur.enrolments import files, rules
from testamur.enrolments.languages import is_language
from testamur.enrolments.rules import EnrolFacts, OutcomeSaid
from testamur.enrolments.said import ContractSaid, FeeSaid, NewEnrolment, check_contract, check_enrolment, check_fee
from testamur.enrolments.said import check_outcome as check
from testamur.enrolments.states import ENROLMENT
from testamur.kernel.errors import Conflict
from testamur.kernel.verdict import Finding, Verdict
from testamur.students.entering import EnteredStudent

TODAY = date(2026, 7, 1)
DECIDED = OutcomeSaid("BSBOPS201", "Work effectively", "competent", "assessed", date(2026, 6, 1), "Lee Osei")


def _rules(found: list[Finding]) -> list[tuple[str, str | None]]:
    return [(one.rule, one.column) for one in found]


# The gate -----------------------------------------------------------------------------------------------------------


def test_aqf_08_nobody_is_enrolled_outside_registration_or_scope() -> None:
    assert rules.may_enrol(EnrolFacts(provider_registered=True, on_scope=True)).allowed
    assert rules.may_enrol(EnrolFacts()).outcome == "ALLOW", "what the register cannot say does not stand in the way"
    for facts in (EnrolFacts(provider_registered=False), EnrolFacts(on_scope=False)):
        verdict = rules.may_enrol(facts)
        assert (verdict.outcome, [one.rule for one in verdict.findings]) == ("BLOCK", ["AQF-08"])


def test_trn_01_the_answer_of_the_transition_rules_is_handed_on() -> None:
    late = Finding("TRN-01", "The last day was 1 July 2026.", "section 14(1)(a)(i)", outcome="BLOCK")
    verdict = rules.may_enrol(EnrolFacts(transition=Verdict("transition", "2025-07-01", "BLOCK", (late,))))
    assert verdict.outcome == "BLOCK"
    assert verdict.findings == (late,)


@pytest.mark.parametrize(
    ("age", "changed", "outcome"), [(8, True, "HOLD"), (7, True, "ALLOW"), (8, False, "ALLOW"), (None, True, "ALLOW")]
)
def test_trn_09_a_stale_copy_holds_enrolments_in_changed_products(age: int | None, changed: bool, outcome: str) -> None:
    assert rules.may_enrol(EnrolFacts(register_age_days=age, product_changed=changed)).outcome == outcome


# What is said -------------------------------------------------------------------------------------------------------


def _new(**changed: object) -> NewEnrolment:
    said: dict[str, object] = {
        "student": EnteredStudent("S1", "Nguyen", "Grace", birth_date=date(2001, 5, 6)),
        "product_code": "BSB30120", "product_kind": "qualification", "product_title": "Certificate III in Business",
        "enrolled_on": date(2026, 2, 2),
    } | changed  # fmt: skip
    return NewEnrolment(**said)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changed", "found"),
    [
        ({}, []),
        ({"product_code": "bsb"}, [("E02", "product_code")]),
        ({"product_kind": "degree"}, [("E03", "product_kind")]),
        ({"sector": "school"}, [("E03", "sector")]),
        ({"product_title": ""}, [("E01", "product_title")]),
        ({"stream": "x" * 121}, [("E02", "stream")]),
        ({"delivery_site": "a\x1fb"}, [("E02", "delivery_site")]),
        ({"commenced_on": date(2026, 2, 1)}, [("E05", "commenced_on")]),
        ({"commenced_on": date(2026, 7, 2)}, [("E05", "commenced_on")]),
        ({"expected_until": date(2026, 2, 1)}, [("E05", "expected_until")]),
        ({"student": EnteredStudent("S 1", "Nguyen")}, [("E02", "student_id")]),
        ({"student": EnteredStudent("S1", "Ng\x00uyen")}, [("E02", "family_name")]),
        ({"student": EnteredStudent("S1", "Nguyen", birth_date=date(2026, 7, 2))}, [("E05", "birth_date")]),
        ({"student": EnteredStudent("S1", "Nguyen", number="ABC")}, [("USI-09", "usi")]),
        ({"student": EnteredStudent("S1", "Nguyen", number="INDIV")}, []),
        ({"student": EnteredStudent("BNGH7C75FN", "Nguyen")}, [("USI-06", "student_id")]),
    ],
)
def test_what_is_wrong_with_an_enrolment_is_named(changed: dict[str, object], found: list[tuple[str, str]]) -> None:
    assert _rules(check_enrolment(_new(**changed), today=TODAY)) == found


def test_usi_09_a_bad_number_is_not_repeated_in_the_message() -> None:
    (finding,) = check_enrolment(_new(student=EnteredStudent("S1", "Nguyen", number="WRONG12345")), today=TODAY)
    assert "WRONG12345" not in finding.message
    assert finding.value is None


@pytest.mark.parametrize(
    ("said", "found"),
    [
        (DECIDED, []),
        (OutcomeSaid("BSBOPS201", "Work effectively"), []),
        (OutcomeSaid("BSBOPS201", "", "competent", "assessed", date(2026, 6, 1), "Lee"), [("E01", "unit_title")]),
        (OutcomeSaid("bsb", "T", "passed", "guessed"), [("E02", "unit_code"), ("E03", "outcome"), ("E03", "method")]),
        (OutcomeSaid("U1", "T", "competent", assessor="Lee"), [("E04", "decided_on")]),
        (OutcomeSaid("U1", "T", "in-progress", decided_on=date(2026, 6, 1)), [("E04", "decided_on")]),
        (OutcomeSaid("U1", "T", "not-competent", "assessed", date(2026, 6, 1)), [("E01", "assessor")]),
        (OutcomeSaid("U1", "T", "competent", "credit-transfer", date(2026, 6, 1)), []),
        (OutcomeSaid("U1", "T", "competent", "assessed", date(2026, 7, 2), "Lee"), [("E05", "decided_on")]),
        (OutcomeSaid("U1", "T", started_on=date(2026, 3, 2), ended_on=date(2026, 3, 1)), [("E05", "ended_on")]),
        (OutcomeSaid("U1", "T", delivered_in="chinese"), [("E03", "delivered_in")]),
        (OutcomeSaid("U1", "T", delivered_in="zh", assessed_in="pjt"), []),
        (OutcomeSaid("U1", "T", grade="A" * 11), [("E02", "grade")]),
    ],
)
def test_what_is_wrong_with_an_outcome_is_named(said: OutcomeSaid, found: list[tuple[str, str]]) -> None:
    assert _rules(check(said, today=TODAY)) == found


def test_languages_are_codes_of_iso_639() -> None:
    assert [code for code in ("en", "zh", "vie", "yol", "xx", "EN", "english", "") if not is_language(code)] == [
        "xx", "EN", "english", "",
    ]  # fmt: skip


def test_what_is_wrong_with_a_contract_and_with_a_fee_is_named() -> None:
    good = ContractSaid("TC-1", "QLD", date(2025, 1, 1), date(2027, 1, 1))
    assert check_contract(good, today=TODAY) == []
    bad = ContractSaid("", "QL", date(2025, 1, 1), date(2024, 1, 1), date(2026, 7, 2))
    assert _rules(check_contract(bad, today=TODAY)) == [
        ("E01", "contract_number"), ("E03", "contract_state"), ("E05", "contract_until"), ("E05", "contract_cancelled_on"),
    ]  # fmt: skip
    assert check_fee(FeeSaid("paid", -500, TODAY, "R-1"), today=TODAY) == []
    wrong = FeeSaid("bribe", 0, date(2026, 7, 2), "")
    assert _rules(check_fee(wrong, today=TODAY)) == [
        ("E03", "kind"), ("E06", "amount"), ("E05", "on"), ("E01", "reference"),
    ]  # fmt: skip


# What follows -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "kind", "held"),
    [
        ("assessed", "", True),
        ("rpl", "", False),
        ("rpl", "rpl-portfolio", True),
        ("rpl", "assessment", False),
        ("credit-transfer", "credit-source", True),
        ("credit-transfer", "screenshot", False),
    ],
)
def test_aqf_02_recognition_needs_its_evidence(method: str, kind: str, held: bool) -> None:
    assert rules.proven(method=method, evidence_kind=kind) is held


def test_aqf_04_completion_is_the_day_of_the_last_decisive_outcome() -> None:
    competent, failed, open_, gone = (
        ("competent", date(2026, 3, 1)),
        ("not-competent", date(2026, 5, 1)),
        ("in-progress", None),
        ("withdrawn", date(2026, 6, 1)),
    )
    assert rules.last_decisive_on([competent, failed, open_, gone]) == date(2026, 5, 1)
    assert rules.last_decisive_on([open_, gone]) is None


def test_aqf_01_training_is_not_over_while_a_unit_is_open_or_none_is_competent() -> None:
    competent = ("competent", date(2026, 3, 1))
    assert rules.may_complete([competent, ("withdrawn", None)]).allowed
    assert rules.may_complete([competent, ("in-progress", None)]).outcome == "BLOCK"
    assert rules.may_complete([("not-competent", date(2026, 3, 1))]).outcome == "BLOCK"
    assert rules.may_complete([]).outcome == "BLOCK"


Entries = list[tuple[str, int, date]]


def _on(day: int) -> date:
    return date(2026, 1, day)


@pytest.mark.parametrize(
    ("entries", "balance", "cleared"),
    [
        ([], 0, None),
        ([("agreed", 100, _on(1))], 100, None),
        ([("agreed", 100, _on(1)), ("charged", 60, _on(2)), ("paid", 60, _on(3))], 40, None),
        ([("agreed", 100, _on(1)), ("paid", 100, _on(28))], 0, _on(28)),
        ([("charged", 100, _on(1)), ("waived", 30, _on(5)), ("paid", 70, _on(9))], 0, _on(9)),
        ([("charged", 9, _on(1)), ("paid", 9, _on(2)), ("charged", 5, _on(3)), ("paid", 5, _on(4))], 0, _on(4)),
        ([("charged", 10, _on(1)), ("paid", 10, _on(2)), ("paid", -10, _on(3))], 10, None),
        ([("charged", 10, _on(1)), ("paid", 10, _on(2)), ("refunded", 4, _on(3))], 4, None),
        ([("paid", 10, _on(1)), ("agreed", 10, _on(5))], 0, _on(5)),
        ([("agreed", 10, _on(1)), ("paid", 10, date(2026, 8, 1))], 10, None),
    ],
)
def test_aqf_05_balance_and_the_day_of_clearing_are_computed(
    entries: Entries, balance: int, cleared: date | None
) -> None:
    standing = rules.fee_standing(entries, on=TODAY)
    assert (standing.balance, standing.cleared_on) == (balance, cleared)


KEEPING = [
    (date(2024, 2, 29), None, None, date(2026, 3, 1)),  # CAL-3: the day that does not exist runs on
    (date(2024, 6, 30), None, None, date(2026, 6, 30)),
    (None, date(2024, 6, 30), None, date(2026, 6, 30)),
    (date(2024, 1, 1), date(2024, 6, 30), None, date(2026, 6, 30)),
    (date(2024, 6, 30), None, date(2031, 1, 1), date(2031, 1, 1)),
    (date(2024, 6, 30), None, date(2025, 1, 1), date(2026, 6, 30)),
    (None, None, date(2031, 1, 1), None),
]


def _purged_wrongly(may_purge: Callable[..., bool]) -> list[str]:
    """Return what a purge would do wrongly on the days around each day of keeping."""
    found = []
    for completed, exited, other, expected in KEEPING:
        kept = rules.evidence_kept_until(completed_on=completed, exited_on=exited, other_duty_until=other)
        if kept != expected:
            found.append(f"kept until {kept} instead of {expected}")
        if expected and may_purge(kept_until=kept, on=expected - timedelta(days=1)):
            found.append(f"purged a day early: {expected}")
        if expected and not may_purge(kept_until=kept, on=expected):
            found.append(f"kept a day too long: {expected}")
        if expected is None and may_purge(kept_until=kept, on=date(2099, 1, 1)):
            found.append("purged before the student completed or left")
    return found


def test_reg_04_evidence_goes_on_its_day_and_not_one_earlier() -> None:
    assert _purged_wrongly(rules.may_purge) == []


def test_planted_purges_a_day_early_and_a_day_late_are_caught() -> None:
    day = timedelta(days=1)
    early = _purged_wrongly(lambda kept_until, on: kept_until is not None and on + day >= kept_until)
    late = _purged_wrongly(lambda kept_until, on: kept_until is not None and on > kept_until)
    always = _purged_wrongly(lambda kept_until, on: True)
    assert {line.partition(":")[0] for line in early} == {"purged a day early"}
    assert {line.partition(":")[0] for line in late} == {"kept a day too long"}
    assert "purged before the student completed or left" in always


# States and files ---------------------------------------------------------------------------------------------------


def test_a_cancelled_enrolment_is_final_and_an_unbegun_one_cannot_complete() -> None:
    assert ENROLMENT.verbs("cancelled") == ()
    with pytest.raises(Conflict):
        ENROLMENT.move("enrolled", "complete")
    assert ENROLMENT.move(ENROLMENT.move("exited", "reopen"), "complete") == "completed"


@pytest.mark.parametrize(
    ("text", "day"),
    [("2026-03-09", date(2026, 3, 9)), ("9/3/2026", date(2026, 3, 9)), ("2026-02-30", None), ("09-03-2026", None)],
)
def test_days_of_files(text: str, day: date | None) -> None:
    assert files.parse_day(text) == day


@pytest.mark.parametrize(
    ("text", "cents"),
    [("1250", 125_000), ("$1,250.05", 125_005), ("-3.10", -310), ("1.005", None), ("NaN", None), ("x", None)],
)
def test_sums_of_files(text: str, cents: int | None) -> None:
    assert files.parse_cents(text) == cents


FEES = b"student_id,product_code,kind,amount,on,reference\r\nS1,BSB30120,paid,10,2026-01-01,R1\r\n"


def test_a_file_is_known_by_its_name_and_header() -> None:
    read = files.read_file("C:\\out\\Fees 2026.csv", b"\xef\xbb\xbf" + FEES + b",,,,,\r\n")
    assert (read.kind, read.findings, [one.row for one in read.rows]) == ("fees", (), [2])
    assert files.template("fees").startswith("student_id,product_code,")


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("grades.csv", FEES, "The name says none"),
        ("fees.csv", b"\xff\xfe\x00", "cannot be read as CSV in UTF-8"),
        ("fees.csv", b'student_id,"product', "cannot be read as CSV"),
        ("fees.csv", FEES.replace(b"reference", b"remark"), "“remark” is none of this file"),
        ("fees.csv", FEES.replace(b",on,", b",kind,"), "“kind” stands twice"),
        ("fees.csv", b"", "“amount” is missing"),
    ],
)
def test_a_fault_of_a_whole_file_is_named(name: str, content: bytes, said: str) -> None:
    read = files.read_file(name, content)
    assert read.rows == ()
    assert any(said in one.message for one in read.findings)
    assert {one.rule for one in read.findings} == {"E00"}


def test_an_empty_needed_cell_and_a_cell_too_many_are_findings_of_their_row() -> None:
    read = files.read_file("fees.csv", FEES.replace(b"R1", b"").replace(b"2026-01-01,", b"2026-01-01,,extra"))
    assert [(one.rule, one.column) for one in read.rows[0].findings] == [("E01", "reference"), ("E01", "reference")]


def _not_documented(text: str) -> list[str]:
    rows = [
        f"| `{column.name}` | {'yes' if column.required else ''} | {column.meaning} |"
        for layout in files.LAYOUTS.values()
        for column in layout
    ]
    return [row for row in rows if row not in text.splitlines()]


def test_the_page_of_the_files_names_every_column_and_a_planted_change_is_missed() -> None:
    page = (Path(__file__).parents[2] / "docs" / "formats" / "enrolments.md").read_text(encoding="utf-8")
    assert _not_documented(page) == []
    assert len(_not_documented(page.replace("| `stream` |", "| `streams` |"))) == 1
