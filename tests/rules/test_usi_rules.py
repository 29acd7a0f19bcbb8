"""What follows from the USI Registry's answers, without a database; and that the made-up Registry keeps the contract."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from testamur.kernel.usi import parse_usi
from testamur.students.usi import fake, rules
from testamur.students.usi.registry import (
    Answer,
    BulkAnswer,
    BulkQuestion,
    BulkVerifyUSI,
    IdentityNotVerified,
    Match,
    Question,
    Registry,
    TimedOut,
    Unavailable,
    USIStatus,
    VerifyUSI,
    error_of,
)
from testamur.students.usi.rules import Said
from tests.actions.usi_contract import Contract, Known
from tests.rules.test_usi_shape import VECTORS

BORN = date(1996, 8, 27)
GRACE = Question("PCVA64XU3D", BORN, first_name="Grace", family_name="Nguyen")
SAID = Said("Grace", "Nguyen", birth=BORN)
AT = datetime(2026, 7, 1, 2, 0, tzinfo=UTC)


class TestFake(Contract):
    @pytest.fixture
    def registry(self) -> Registry:
        return fake.FakeRegistry()

    @pytest.fixture
    def known(self) -> Known:
        return Known(
            right=GRACE,
            single=Question("QBK9UZYQNJ", date(1999, 12, 24), single_name="Suharti"),
            deactivated=Question("W2NBT2FW66", date(1968, 7, 17), first_name="Desmond", family_name="Whitcombe"),
            unknown=Question("2222222233", BORN, first_name="Grace", family_name="Nguyen"),
            refused_code=fake.NOT_AUTHORISED_ORG,
        )


class Lax(fake.FakeRegistry):
    """An adapter that calls everybody a match: the contract must catch it."""

    def _answer(self, question: Question) -> Answer:
        return Answer(USIStatus.VALID, Match.MATCH, Match.MATCH, None, Match.MATCH)


def test_the_contract_catches_an_adapter_that_matches_everybody() -> None:
    known = TestFake.known.__wrapped__(TestFake())  # type: ignore[attr-defined]
    contract = Contract()
    with pytest.raises(AssertionError):
        contract.test_one_wrong_field_alone_does_not_match(Lax(), known, "first_name", "Zbigniew")
    with pytest.raises(AssertionError):
        contract.test_deactivated_and_unknown_numbers_say_so(Lax(), known)


def test_the_made_up_registry_knows_the_public_numbers_and_nobody_else() -> None:
    assert sorted(fake.PEOPLE) == sorted(VECTORS)
    assert all(parse_usi(number) == number for number in fake.PEOPLE)


def test_faults_come_one_a_call_and_then_it_answers() -> None:
    registry = fake.FakeRegistry(faults=[error_of(1001, "Service unavailable"), TimedOut()])
    ask = VerifyUSI(registry.org_code, GRACE)
    with pytest.raises(Unavailable):
        registry.verify(ask)
    with pytest.raises(TimedOut):
        registry.verify(ask)
    assert registry.verify(ask).status is USIStatus.VALID


# Requests


@pytest.mark.parametrize(
    "wrong",
    [
        {"usi": "PCVA64XU3"},
        {"usi": "PCVA64XU30"},
        {"first_name": ""},
        {"single_name": "Grace"},
        {"family_name": "N" * 41},
        {"first_name": "", "family_name": ""},
    ],
)
def test_a_question_that_the_registry_would_refuse_is_not_made_and_the_error_quotes_nothing(
    wrong: dict[str, str],
) -> None:
    with pytest.raises(ValueError) as refused:  # noqa: PT011 - what it must not say is looked at
        replace(GRACE, **wrong)  # type: ignore[arg-type]
    assert not any(held in str(refused.value) for held in ("PCVA", "Grace", "Nguyen"))


def test_calls_are_bounded_and_their_records_told_apart() -> None:
    for records in ((), tuple(BulkQuestion(place, GRACE) for place in range(501)), (BulkQuestion(1, GRACE),) * 2):
        with pytest.raises(ValueError, match="record"):
            BulkVerifyUSI("FAKE01", records)
    for code in ("", "TOOLONG", "A-1"):
        with pytest.raises(ValueError, match="organisation code"):
            VerifyUSI(code, GRACE)


def test_nothing_of_a_person_is_printed() -> None:
    answer = BulkAnswer(1, "PCVA64XU3D", Answer(USIStatus.VALID))
    error = error_of(1002, "Validation failed", "FirstName Grace PCVA64XU3D")
    text = f"{GRACE!r} {BulkQuestion(1, GRACE)!r} {VerifyUSI('FAKE01', GRACE)!r} {answer!r} {error} {error!r}"
    assert not any(held in text for held in ("PCVA", "Grace", "Nguyen", "1996"))


def test_errors_are_typed_by_their_code() -> None:
    assert isinstance(error_of(2004, "Identity not verified"), IdentityNotVerified)
    assert (error_of(9999, "New").code, str(error_of(1001, "Closed"))) == (9999, "1001 Closed")


# What is asked


@pytest.mark.parametrize(
    ("number", "said", "why"),
    [
        ("PCVA64XU3D", SAID, None),
        ("INTOFF", SAID, ("exempt", "exemption")),
        ("INDIV", SAID, ("exempt", "exemption")),
        ("PCVA64XU3X", SAID, ("invalid", "shape")),
        ("PCVA64XU3D", replace(SAID, birth=None), ("failed", "no_birth_date")),
        ("PCVA64XU3D", replace(SAID, given=""), ("failed", "no_name")),
        ("PCVA64XU3D", replace(SAID, given="9999"), ("failed", "no_name")),
        ("PCVA64XU3D", replace(SAID, given="", single=True), None),
        ("PCVA64XU3D", Said(birth=BORN), ("failed", "no_name")),
    ],
)
def test_who_is_asked_about(number: str, said: Said, why: tuple[str, str] | None) -> None:
    assert rules.why_not_asked(number, said) == why
    if why:
        assert why[1] in rules.REASONS
        with pytest.raises(ValueError, match=r"nothing to ask|send first"):
            rules.question_of(number, said)
    else:
        assert rules.question_of(number, said).usi == "PCVA64XU3D"


def test_long_names_are_cut_and_spaces_joined() -> None:
    question = rules.question_of("PCVA64XU3D", Said("Grace  Anh", "N" * 60, birth=BORN))
    assert (question.first_name, len(question.family_name)) == ("Grace Anh", 40)


# What an answer means


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (Answer(USIStatus.VALID, Match.MATCH, Match.MATCH, None, Match.MATCH), "verified"),
        (Answer(USIStatus.VALID, Match.NO_MATCH, Match.MATCH, None, Match.MATCH), "mismatch"),
        (Answer(USIStatus.VALID, Match.MATCH, Match.MATCH, None, Match.NO_MATCH), "mismatch"),
        (Answer(USIStatus.VALID, Match.MATCH, Match.MATCH, None, None), "mismatch"),
        (Answer(USIStatus.VALID, None, None, Match.MATCH, Match.MATCH), "mismatch"),
        (Answer(USIStatus.VALID), "mismatch"),
        (Answer(USIStatus.INVALID, Match.MATCH, Match.MATCH, None, Match.MATCH), "invalid"),
        (Answer(USIStatus.DEACTIVATED, Match.MATCH, Match.MATCH, None, Match.MATCH), "deactivated"),
    ],
)
def test_only_valid_with_every_sent_field_matched_is_verified(answer: Answer, outcome: str) -> None:
    assert rules.outcome_of(GRACE, answer) == outcome
    assert rules.verb_of(outcome)


RIGHT = Answer(USIStatus.VALID, Match.MATCH, Match.MATCH, None, Match.MATCH)
WRONG = Answer(USIStatus.INVALID)
ASKED = [BulkQuestion(1, GRACE), BulkQuestion(2, replace(GRACE, usi="ZTCP6RPU6M"))]
ONE, TWO = BulkAnswer(1, "PCVA64XU3D", RIGHT), BulkAnswer(2, "ZTCP6RPU6M", WRONG)


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ([ONE, TWO], {1: (RIGHT, ""), 2: (WRONG, "")}),
        ([TWO, ONE], {1: (RIGHT, ""), 2: (WRONG, "")}),
        ([ONE, TWO, ONE], {1: (RIGHT, ""), 2: (WRONG, "")}),
        ([ONE], {1: (RIGHT, ""), 2: (None, "omitted")}),
        ([ONE, TWO, replace(TWO, answer=RIGHT)], {1: (RIGHT, ""), 2: (None, "contradicted")}),
        (
            [replace(ONE, usi="ZTCP6RPU6M"), replace(TWO, usi="PCVA64XU3D")],
            {1: (None, "omitted"), 2: (None, "omitted")},
        ),
        ([ONE, TWO, replace(ONE, record_id=9)], {1: (RIGHT, ""), 2: (WRONG, "")}),
    ],
)
def test_lines_find_their_question_by_number_and_usi(lines: Sequence[BulkAnswer], expected: dict[int, object]) -> None:
    assert rules.sorted_answers(ASKED, lines) == expected


def test_waiting_grows_and_ends() -> None:
    waits = [rules.due_after(attempt, AT) for attempt in range(1, 7)]
    assert waits[-1] is None
    steps = [wait - AT for wait in waits if wait]
    assert steps == sorted(set(steps))
    assert steps[0] >= timedelta(minutes=1)


@pytest.mark.parametrize(
    ("state", "answered_by", "setting", "may"),
    [
        ("verified", "registry", "off", True),
        ("verified", "fake", "fake", True),
        ("verified", "fake", "off", False),
        ("verified", "", "fake", False),
        *[(state, "registry", "off", False) for state in ("pending", "mismatch", "invalid", "deactivated", "failed")],
    ],
)
def test_only_a_verified_number_may_be_used(state: str, answered_by: str, setting: str, may: bool) -> None:
    assert rules.may_be_used(state, answered_by=answered_by, setting=setting) is may


def test_a_number_is_masked_but_for_its_end() -> None:
    assert rules.masked("QBK9UZYQNJ") == "••••••••NJ"
