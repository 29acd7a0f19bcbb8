"""Joins without a database: grounds, what is exact, who may confirm, and who stays one person after an undoing."""

from dataclasses import replace

import pytest

from testamur.extracts.actions.joining import years_in
from testamur.students.linkage import rules
from testamur.students.linkage.rules import Standing

SAME = {
    "given": "same", "family": "same", "others": "nothing", "birth": "same day", "postcode": "other", "email": "nothing",
    "verified": "nothing",
}  # fmt: skip
ALLOWED = Standing(
    exact=True, chosen_by=None, by="a", supervisor=False, themself=False, usis_differ=False, changed=False
)


@pytest.mark.parametrize(
    ("levels", "grounds"),
    [
        ({}, "names"),
        ({"email": "same"}, "email"),
        ({"email": "same", "verified": "same"}, "usi"),
        ({"family": "former name"}, "former_name"),
        ({"given": "exchanged", "family": "exchanged"}, "exchanged"),
        ({"given": "one slip"}, "alike"),
        ({"birth": "same year, month not known"}, "partial"),
    ],
)
def test_a_pair_is_listed_under_its_strongest_ground(levels: dict[str, str], grounds: str) -> None:
    assert rules.grounds_of({**SAME, **levels}) == grounds
    assert grounds in rules.GROUNDS


@pytest.mark.parametrize(
    ("levels", "exact"),
    [
        ({"email": "same"}, True),
        ({"verified": "same", "others": "initial"}, True),
        ({}, False),  # two people can share a name and a birthday
        ({"postcode": "same"}, False),
        ({"email": "same", "given": "short form"}, False),
        ({"email": "same", "family": "former name"}, False),
        ({"email": "same", "others": "other"}, False),
        ({"email": "same", "birth": "one figure"}, False),
    ],
)
def test_exact_is_names_day_and_something_of_ones_own(levels: dict[str, str], exact: bool) -> None:
    assert rules.is_exact({**SAME, **levels}) is exact


@pytest.mark.parametrize(
    ("changed", "allowed"),
    [
        ({}, True),
        ({"exact": False}, False),
        ({"exact": False, "supervisor": True}, False),
        ({"exact": False, "supervisor": True, "chosen_by": "a"}, False),
        ({"exact": False, "supervisor": True, "chosen_by": "b"}, True),
        ({"exact": False, "supervisor": False, "chosen_by": "b"}, False),
        ({"themself": True}, False),
        ({"usis_differ": True, "supervisor": True}, False),
        ({"changed": True}, False),
    ],
)
def test_who_may_confirm(changed: dict[str, object], allowed: bool) -> None:
    verdict = rules.may_confirm_join(replace(ALLOWED, **changed))  # type: ignore[arg-type]
    assert verdict.allowed is allowed
    assert bool(verdict.findings) is not allowed


def test_students_hang_together_by_joins_between_them_alone() -> None:
    parts = rules.groups([1, 2, 3, 4, 5], [(1, 2), (2, 3), (4, 9)])
    assert parts == [frozenset({1, 2, 3}), frozenset({4}), frozenset({5})]
    assert rules.groups([], [(1, 2)]) == []


@pytest.mark.parametrize(
    ("anchors", "account", "staying", "leaving"),
    [
        ({1}, True, {1, 2}, [{3, 4}]),
        ({1, 3}, True, {1, 2, 3, 4}, []),
        ({3}, True, {3, 4}, [{1, 2}]),
        (set(), True, set(), [{1, 2}, {3, 4}]),  # nothing ties any of them to the account
        (set(), False, {1, 2}, [{3, 4}]),
    ],
)
def test_whom_nothing_ties_leaves(anchors: set[int], account: bool, staying: set[int], leaving: list[set[int]]) -> None:
    settled = rules.settle([frozenset({1, 2}), frozenset({3, 4})], anchors, account=account)
    assert settled.staying == staying
    assert [set(group) for group in settled.leaving] == leaving


def test_a_person_of_one_without_an_account_is_none() -> None:
    settled = rules.settle([frozenset({1}), frozenset({2})], set(), account=False)
    assert (settled.staying, len(settled.leaving)) == (frozenset(), 2)


@pytest.mark.parametrize(
    ("facts", "years"),
    [
        ({"year": 2015, "completed_year": 2017}, {2015, 2017}),
        ({"started": "2015-02-09", "ended": "2016-11-25", "outcome": "20"}, {2015, 2016}),
        ({"completed": "2016-11-25", "issued": "yes"}, {2016}),
        ({"issued": "2016-12-09", "number": "B-1"}, {2016}),
        ({"issued": "yes", "outcome": "2016"}, set()),
    ],
)
def test_years_are_read_from_days_too(facts: dict[str, object], years: set[int]) -> None:
    assert years_in(facts) == years
