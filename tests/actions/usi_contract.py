"""What any adapter of the USI Registry must do; a module of tests gives the adapter and questions whose answers it knows."""

from dataclasses import dataclass, replace
from datetime import date

import pytest

from testamur.students.usi.registry import (
    Answer,
    BulkQuestion,
    BulkVerifyUSI,
    Match,
    NotAuthorised,
    Question,
    Registry,
    USIStatus,
    VerifyUSI,
)


@dataclass(frozen=True)
class Known:
    """Questions that an adapter's test environment answers in a known way, and a code that may not ask."""

    right: Question
    single: Question
    deactivated: Question
    unknown: Question
    refused_code: str


class Contract:
    """Subclass it, give `registry` and `known` as fixtures."""

    def _one(self, registry: Registry, question: Question) -> Answer:
        return registry.verify(VerifyUSI(registry.org_code, question))

    def test_the_right_names_and_birth_date_match(self, registry: Registry, known: Known) -> None:
        answer = self._one(registry, known.right)
        assert (answer.status, answer.first_name, answer.family_name, answer.single_name, answer.birth_date) == (
            USIStatus.VALID, Match.MATCH, Match.MATCH, None, Match.MATCH,
        )  # fmt: skip

    def test_a_single_name_matches_alone(self, registry: Registry, known: Known) -> None:
        answer = self._one(registry, known.single)
        assert (answer.single_name, answer.first_name, answer.family_name) == (Match.MATCH, None, None)

    @pytest.mark.parametrize(
        ("field", "other"),
        [("first_name", "Zbigniew"), ("family_name", "Zbigniew"), ("birth_date", date(1901, 2, 3))],
    )
    def test_one_wrong_field_alone_does_not_match(
        self, registry: Registry, known: Known, field: str, other: object
    ) -> None:
        answer = self._one(registry, replace(known.right, **{field: other}))  # type: ignore[arg-type]
        wrong = {name for name, flag in answer.flags.items() if flag is Match.NO_MATCH}
        assert (answer.status, wrong) == (USIStatus.VALID, {field})

    def test_deactivated_and_unknown_numbers_say_so(self, registry: Registry, known: Known) -> None:
        assert self._one(registry, known.deactivated).status is USIStatus.DEACTIVATED
        assert self._one(registry, known.unknown).status is USIStatus.INVALID

    def test_a_bulk_call_answers_each_record_as_a_single_call_does(self, registry: Registry, known: Known) -> None:
        questions = (known.unknown, known.right, known.deactivated, known.single)
        asked = tuple(BulkQuestion(place * 7, one) for place, one in enumerate(questions, start=1))
        lines = registry.bulk_verify(BulkVerifyUSI(registry.org_code, asked))
        assert {line.record_id: (line.usi, line.answer) for line in lines} == {
            one.record_id: (one.question.usi, self._one(registry, one.question)) for one in asked
        }

    def test_five_hundred_records_fit_in_a_call(self, registry: Registry, known: Known) -> None:
        asked = tuple(BulkQuestion(place, known.right) for place in range(500))
        lines = registry.bulk_verify(BulkVerifyUSI(registry.org_code, asked))
        assert sorted(line.record_id for line in lines) == list(range(500))

    def test_an_organisation_that_may_not_ask_is_refused_by_code(self, registry: Registry, known: Known) -> None:
        with pytest.raises(NotAuthorised) as refused:
            registry.verify(VerifyUSI(known.refused_code, known.right))
        assert refused.value.code == 2002

    def test_its_name_is_kept_with_answers(self, registry: Registry) -> None:
        assert 1 <= len(registry.name) <= 8
