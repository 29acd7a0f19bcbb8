"""Matching of an applicant with a provider's students (TEQ-07, CQR-08, CQR-16), and the small rules of applications."""

from datetime import date

import pytest

from testamur.extracts import rules
from testamur.extracts.rules import Candidate, Claim, Name
from testamur.kernel.periods import PartialDate

BORN = date(1980, 5, 17)


def claim(*names: Name, born: date = BORN, since: int = 2012, until: int = 2014, courses: str = "IT") -> Claim:
    return Claim(names or (Name("Smith", "Jane"),), born, since, until, courses)


def candidate(
    number: int = 1,
    *names: Name,
    birth: PartialDate | None = None,
    years: tuple[int, ...] = (2013,),
    courses: tuple[str, ...] = ("MITS03 Master of IT",),
) -> Candidate:
    return Candidate(number, names or (Name("Smith", "Jane"),), birth or PartialDate.on(BORN), years, courses)


def test_exactly_one_exact_match_is_proposed() -> None:
    result = rules.match(claim(), [candidate(7), candidate(8, Name("Smith", "Peter"))])
    assert (result.proposed, result.matches, result.placeholder) == (7, 1, False)
    assert "Exactly one" in result.reasons[0]


def test_another_birth_year_is_not_shown_and_goes_to_an_officer() -> None:
    result = rules.match(claim(), [candidate(birth=PartialDate.on(date(1981, 5, 17)))])
    assert result.proposed is None
    assert result.matches == 0
    assert result.reasons == ("No student agrees in name, birth date and period together.",)


def test_nobody_of_the_name_goes_to_an_officer() -> None:
    result = rules.match(claim(), [])
    assert (result.proposed, result.matches) == (None, 0)
    assert "No student" in result.reasons[0]


def test_two_exact_matches_go_to_an_officer() -> None:
    result = rules.match(claim(), [candidate(1), candidate(2)])
    assert (result.proposed, result.matches) == (None, 2)
    assert "2 students" in result.reasons[0]


@pytest.mark.parametrize(
    "birth",
    [
        PartialDate.unknown(),
        PartialDate.on(date(1901, 1, 1), placeholder=True),
        PartialDate.in_year(1980),
        PartialDate.month_of(BORN),
    ],
)
def test_a_placeholder_or_a_partial_date_sends_the_whole_to_an_officer(birth: PartialDate) -> None:
    alone = rules.match(claim(), [candidate(birth=birth)])
    assert (alone.proposed, alone.placeholder) == (None, True)
    beside_an_exact_one = rules.match(claim(), [candidate(1), candidate(2, birth=birth)])
    assert (beside_an_exact_one.proposed, beside_an_exact_one.placeholder) == (None, True)


def test_a_partial_date_that_cannot_be_the_applicants_stands_in_nobodys_way() -> None:
    result = rules.match(claim(), [candidate(1), candidate(2, birth=PartialDate.in_year(1975))])
    assert result.proposed == 1


@pytest.mark.parametrize(
    ("asked", "held"),
    [
        (Name("O’Brien", "Zoë"), Name("OBRIEN", "Zoe")),
        (Name("Nguyễn", "Đức"), Name("Nguyen", "Duc")),
        (Name("Smith-Jones", "Anna"), Name("Smith Jones", "ANNA", "Maria")),
        (Name("Mononym"), Name("MONONYM")),
        (Name("Mononym", "9999"), Name("Mononym")),
    ],
)
def test_case_accents_marks_and_left_out_names_never_differ(asked: Name, held: Name) -> None:
    assert rules.match(claim(asked), [candidate(3, held)]).proposed == 3


@pytest.mark.parametrize(
    ("asked", "held"),
    [
        (Name("Smith", "Jane"), Name("Smith", "Janet")),
        (Name("Smith", "Jane"), Name("Smyth", "Jane")),
        (Name("Smith"), Name("Smith", "Jane")),
    ],
)
def test_other_names_are_other_people(asked: Name, held: Name) -> None:
    assert rules.match(claim(asked), [candidate(3, held)]).proposed is None


def test_a_former_name_on_either_side_matches_and_says_so() -> None:
    married = claim(Name("Brown", "Jane"), Name("Smith", "Jane"))
    result = rules.match(married, [candidate(3, Name("Smith", "Jane"))])
    assert result.proposed == 3
    assert result.comparisons[0].fields[0].words == "Agrees with a former name"
    renamed = candidate(4, Name("Brown", "Jane"), Name("Smith", "Jane"))
    assert rules.match(claim(), [renamed]).proposed == 4


def test_years_without_overlap_keep_a_match_from_being_exact() -> None:
    assert rules.match(claim(), [candidate(years=(1999, 2000))]).proposed is None
    assert rules.match(claim(), [candidate(years=())]).proposed == 1


def test_courses_are_a_hint_and_never_decide() -> None:
    result = rules.match(claim(courses="Bachelor of Nursing"), [candidate()])
    assert result.proposed == 1
    assert result.comparisons[0].fields[-1].agreement == "different"


def test_pictures_are_known_by_their_own_bytes_and_bounded() -> None:
    assert rules.check_scan(b"\x89PNG\r\n\x1a\n" + bytes(9)).allowed
    assert not rules.check_scan(b"").allowed
    assert not rules.check_scan(b"MZ" + bytes(99)).allowed
    assert not rules.check_scan(b"%PDF-" + bytes(rules.SCAN_LIMIT_BYTES)).allowed


@pytest.mark.parametrize(("since", "until"), [(1899, 2000), (2015, 2014), (2020, 2027), (2027, 2027)])
def test_years_that_cannot_be_are_refused(since: int, until: int) -> None:
    assert not rules.check_period(since, until, on=date(2026, 7, 1)).allowed
    assert rules.check_period(2012, 2026, on=date(2026, 7, 1)).allowed


def test_an_identity_without_a_document_needs_two_facts_and_two_people() -> None:
    first, second = "A letter of the provider from 2013", "Their lecturer confirmed them by telephone"
    assert rules.may_approve_identity([first, second], proposed_by=1, by=2).allowed
    assert not rules.may_approve_identity([first, second], proposed_by=1, by=1).allowed
    assert not rules.may_approve_identity([first, f"  {first.upper()}"], proposed_by=1, by=2).allowed
    assert not rules.may_approve_identity([first, "yes"], proposed_by=1, by=2).allowed


def test_a_match_that_is_not_exact_needs_a_supervisor_who_did_not_choose_it() -> None:
    assert rules.may_confirm_match(exact=True, proposed_by=None, by=1, supervisor=False).allowed
    assert not rules.may_confirm_match(exact=False, proposed_by=1, by=2, supervisor=False).allowed
    assert not rules.may_confirm_match(exact=False, proposed_by=2, by=2, supervisor=True).allowed
    assert rules.may_confirm_match(exact=False, proposed_by=1, by=2, supervisor=True).allowed


def test_identities_last_twelve_months_and_clip_to_the_month() -> None:
    assert rules.identity_valid_until(date(2024, 2, 29)) == date(2025, 2, 28)


def test_strangers_of_the_same_family_name_are_not_compared() -> None:
    stranger = candidate(5, Name("Smith", "Peter"), birth=PartialDate.on(date(1975, 1, 1)))
    assert not rules.worth_comparing(claim(), stranger)
    assert not rules.worth_comparing(claim(), candidate(5, Name("Smith", "Peter"), birth=PartialDate.unknown()))
    assert rules.worth_comparing(claim(), candidate(5, birth=PartialDate.on(date(1981, 5, 17))))
    assert rules.worth_comparing(claim(), candidate(5, birth=PartialDate.unknown()))
    assert rules.worth_comparing(claim(), candidate(5, Name("Smith", "Peter")))
