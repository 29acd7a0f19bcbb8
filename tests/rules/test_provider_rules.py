"""Names, codes, ABNs, moves and statuses of providers: each guard meets the fault it is there for."""

from datetime import date

import pytest

from testamur.kernel.periods import Period
from testamur.kernel.verdict import Verdict
from testamur.providers import rules, states

DAY = date(2026, 3, 1)


def standing(state: str = states.REGISTERED, *, since: date = date(2015, 1, 1), signed: bool = False) -> rules.Standing:
    return rules.Standing(state, since, date(2015, 1, 1), signed)


def codes(verdict: Verdict) -> list[str]:
    return [finding.rule for finding in verdict.findings]


@pytest.mark.parametrize("text", ["51824753556", "51 824 753 556", "83914571673", " 53 004 085 616 "])
def test_an_abn_is_found_with_or_without_spaces(text: str) -> None:
    assert rules.check_abn(text) == []
    assert rules.parse_abn(text) == "".join(text.split())


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("12345678901", "check of its digits"),
        ("51 824 753 557", "check of its digits"),
        ("5182475355", "this has 10"),
        ("51-824-753-556", "digits and spaces only"),
        ("10980354469", "check of its digits"),  # the textbook sum accepts it, a real prefix is 11 to 99
    ],
)
def test_a_wrong_abn_is_named_for_what_is_wrong(text: str, says: str) -> None:
    assert rules.parse_abn(text) is None
    (finding,) = rules.check_abn(text)
    assert (finding.rule, finding.column) == ("TEQ-02", "abn")
    assert says in finding.message
    assert text not in finding.message


@pytest.mark.parametrize(
    ("kind", "text", "code", "matched"),
    [
        ("rto", "51234", "51234", "51234"),
        ("rto", "0051", "0051", "51"),
        ("rto", "0000091460", "91460", "91460"),
        ("rto", "0000000051", "0051", "51"),
        ("teqsa", "prv12079", "PRV12079", "PRV12079"),
        ("cricos", "00113b", "00113B", "00113B"),
    ],
)
def test_codes_are_kept_as_text_and_matched_without_zeros(kind: str, text: str, code: str, matched: str) -> None:
    assert rules.parse_code(kind, text) == code
    assert rules.matched_code(kind, code) == matched


@pytest.mark.parametrize(
    ("kind", "text"),
    [("rto", "512"), ("rto", "512345"), ("rto", "5123A"), ("rto", "٥١٢٣٤"), ("teqsa", "PRV1234"), ("teqsa", "12345"),
     ("cricos", "00113"), ("cricos", "0113B"), ("cricos", "00113BB"), ("rto", "")],
)  # fmt: skip
def test_a_code_of_another_shape_is_refused(kind: str, text: str) -> None:
    assert rules.parse_code(kind, text) is None
    assert [finding.column for finding in rules.check_code(kind, text)] == [kind]


def test_folding_makes_spellings_equal() -> None:
    assert rules.fold_name("Gúmnut & Sons’ Collège (W.A.)") == rules.fold_name("gumnut and sons college w a")
    assert rules.fold_name("…!") == ""


@pytest.mark.parametrize("name", ["", "  ", "!!", "x" * 201, "A\x00B", "Harbour\nInstitute"])
def test_a_name_that_cannot_stand_is_refused(name: str) -> None:
    assert [finding.rule for finding in rules.check_name(name)] == ["TEQ-R2"]


def test_a_plain_name_stands() -> None:
    assert rules.check_name("Murrundi Institute of Higher Education Pty Ltd") == []


def test_a_typed_number_loses_its_label_and_spaces() -> None:
    assert rules.number_typed("ABN 51 824 753 556") == "51824753556"
    assert rules.number_typed("rto code: 51234") == "51234"
    assert rules.number_typed("ABN Training") == "ABNTRAINING"
    assert rules.number_typed("TEQSA PRV12079") == "PRV12079"
    assert rules.check_number_typed("Harbour Institute") == []
    assert rules.check_number_typed("ABN 51 824 753 557")[0].rule == "TEQ-02"


def test_a_period_holds_its_first_day_and_not_its_last_bound() -> None:
    periods = [Period(date(2015, 1, 1), date(2020, 1, 1)), Period(date(2021, 1, 1))]
    assert rules.registered_on(periods, date(2015, 1, 1))
    assert not rules.registered_on(periods, date(2020, 1, 1))
    assert rules.registered_on(periods, date(2030, 1, 1))


def test_the_records_are_due_thirty_days_after_the_end() -> None:
    assert rules.closure_due(date(2026, 3, 31)) == date(2026, 4, 30)


@pytest.mark.parametrize(
    ("state", "verb"),
    [
        (states.REGISTERED, "record_ceased"),  # without notice
        (states.REGISTERED, "record_reinstated"),
        (states.CEASED, "register"),  # a new record is made instead
        (states.CEASED, "record_ceasing"),
        (states.ARCHIVED, "archive"),
        (states.APPLICANT, "record_suspended"),
    ],
)
def test_a_move_that_the_machine_lacks_is_refused(state: str, verb: str) -> None:
    verdict = rules.may_record_move(standing(state), rules.MoveAsked(verb, DAY, "Notice 1"), on=DAY)
    assert codes(verdict) == ["F1-STATE"]


@pytest.mark.parametrize(
    ("asked", "rule"),
    [
        (rules.MoveAsked("record_cancelled", DAY, " "), "F1-AUTHORITY"),
        (rules.MoveAsked("record_cancelled", date(2026, 3, 2), "Decision 7"), "F1-FUTURE"),
        (rules.MoveAsked("record_suspended", date(2014, 12, 31), "Decision 7"), "F1-ORDER"),
        (rules.MoveAsked("record_cancelled", date(2015, 1, 1), "Decision 7"), "F1-ORDER"),
        (rules.MoveAsked("record_merged", DAY, "Deed"), "F1-SUCCESSOR"),
        (rules.MoveAsked("record_ceasing", DAY, "Notice 1"), "REG-08"),
        (rules.MoveAsked("record_ceasing", DAY, "Notice 1", ceases_on=date(2026, 2, 28)), "REG-08"),
    ],
)
def test_each_guard_catches_its_fault(asked: rules.MoveAsked, rule: str) -> None:
    verdict = rules.may_record_move(standing(), asked, on=DAY)
    assert (verdict.outcome, codes(verdict)) == ("BLOCK", [rule])


def test_an_archive_needs_the_signed_map() -> None:
    asked = rules.MoveAsked("archive", DAY, "Closure case")
    refused = rules.may_record_move(standing(states.CEASED), asked, on=DAY)
    assert codes(refused) == ["F1-COVERAGE"]
    assert rules.may_record_move(standing(states.CEASED, signed=True), asked, on=DAY).allowed


def test_an_end_with_day_and_authority_is_allowed() -> None:
    asked = rules.MoveAsked("record_ceased", DAY, "Notice of 1 February 2026")
    assert rules.may_record_move(standing(states.CEASING), asked, on=DAY).allowed


@pytest.mark.parametrize(
    ("facts", "rule"),
    [
        ({"case_open": False}, "F1-COVERAGE"),
        ({"ended": False}, "F1-COVERAGE"),
        ({"already_signed": True}, "F1-COVERAGE"),
        ({"opened_by_signer": True}, "F2-OWN-CASE"),
    ],
)
def test_coverage_is_signed_once_after_the_end_by_somebody_else(facts: dict[str, bool], rule: str) -> None:
    good = {"case_open": True, "ended": True, "already_signed": False, "opened_by_signer": False}
    assert rules.may_sign_coverage(**good).allowed
    assert codes(rules.may_sign_coverage(**{**good, **facts})) == [rule]


def test_an_extension_is_longer_and_of_a_live_registration() -> None:
    until = date(2026, 12, 31)
    assert rules.may_extend(state=states.REGISTERED, until_now=until, until=None).allowed
    assert not rules.may_extend(state=states.REGISTERED, until_now=until, until=until).allowed
    assert not rules.may_extend(state=states.REGISTERED, until_now=None, until=until).allowed
    assert not rules.may_extend(state=states.CEASED, until_now=until, until=None).allowed


def history(*moves: tuple[str, date], until: date | None = None, accepted: bool = False) -> rules.RegistrationHistory:
    return rules.RegistrationHistory([rules.Move(*move) for move in moves], Period(date(2015, 1, 1), until), accepted)


REGISTERED = (states.REGISTERED, date(2015, 1, 1))
CEASING = (states.CEASING, date(2025, 1, 1))
CEASED = (states.CEASED, date(2025, 6, 1))


@pytest.mark.parametrize(
    ("histories", "day", "status"),
    [
        ([], DAY, "unknown"),
        ([history(REGISTERED)], DAY, "registered"),
        ([history(REGISTERED)], date(2014, 12, 31), "unknown"),
        ([history(REGISTERED, (states.SUSPENDED, date(2020, 1, 1)))], DAY, "suspended"),
        ([history(REGISTERED, CEASING)], DAY, "ceasing"),
        ([history(REGISTERED, CEASING, CEASED, until=date(2025, 6, 1))], DAY, "ceased"),
        ([history(REGISTERED, CEASING, CEASED, until=date(2025, 6, 1))], date(2025, 5, 31), "ceasing"),
        ([history(REGISTERED, CEASING, CEASED, (states.ARCHIVED, date(2025, 9, 1)))], DAY, "ceased"),
        ([history(REGISTERED, (states.LAPSED, date(2020, 1, 1)))], DAY, "ceased"),
        ([history(REGISTERED, (states.CANCELLED, date(2020, 1, 1)))], DAY, "ceased"),
        ([history(REGISTERED, (states.MERGED, date(2020, 1, 1)))], DAY, "merged"),
        ([history(REGISTERED, (states.MERGED, date(2020, 1, 1)), (states.ARCHIVED, date(2021, 1, 1)))], DAY, "merged"),
        ([history(REGISTERED, CEASING, CEASED, accepted=True)], DAY, "merged"),
        ([history(REGISTERED, until=date(2024, 1, 1))], DAY, "unknown"),  # ran out, and nobody recorded how
        ([history(REGISTERED, CEASING, CEASED), history(REGISTERED)], DAY, "registered"),
        ([history(REGISTERED, (states.MERGED, date(2018, 1, 1))), history(REGISTERED, CEASING, CEASED)], DAY, "ceased"),
    ],
)
def test_the_status_of_a_day(histories: list[rules.RegistrationHistory], day: date, status: str) -> None:
    assert rules.status_for_extract(histories, day) == status


def test_ended_states_have_no_way_back() -> None:
    for state in states.ENDED:
        assert set(states.REGISTRATION.verbs(state)) <= {"archive"}
