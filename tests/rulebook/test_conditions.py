"""Conditions hold when their words say so, absent facts included, and are never evaluated as code."""

import pytest

from testamur.rulebook.conditions import ConditionError, read_condition
from testamur.rulebook.facts import Fact, FactsError

FACTS = {
    "lit": Fact("lit", "boolean", "Whether it is lit."),
    "colour": Fact("colour", "choice", "Its shade.", values=("green", "white", "red")),
    "hours": Fact("hours", "integer", "Hours.", required=False),
}
CASE = {"lit": True, "colour": "green", "hours": 2}


def holds(written, **changes):
    return read_condition(written, FACTS, {}).holds({**CASE, **changes})


@pytest.mark.parametrize(
    ("written", "answer"),
    [
        ({"lit": True}, True),
        ({"lit": False}, False),
        ({"lit": {"is": True}}, True),
        ({"colour": {"in": ["green", "white"]}}, True),
        ({"colour": {"in": ["white"]}}, False),
        ({"lit": True, "colour": "white"}, False),
        ({"all": [{"lit": True}, {"colour": "green"}]}, True),
        ({"all": [{"lit": True}, {"colour": "white"}]}, False),
        ({"any": [{"lit": False}, {"colour": "green"}]}, True),
        ({"any": [{"lit": False}, {"colour": "white"}]}, False),
        ({"not": {"lit": True, "colour": "white"}}, True),
        ({"not": {"lit": True, "colour": "green"}}, False),
        ({"hours": {"at_least": 1, "under": 3}}, True),
        ({"hours": {"at_least": 1, "under": 2}}, False),
        ({"hours": {"absent": False}}, True),
        ({"hours": {"absent": True}}, False),
    ],
)
def test_a_condition_holds_as_its_words_say(written, answer):
    assert holds(written) is answer


@pytest.mark.parametrize(
    ("verb", "answers"),
    [
        ("at_least", (False, True, True)),
        ("at_most", (True, True, False)),
        ("over", (False, False, True)),
        ("under", (True, False, False)),
    ],
)
def test_at_least_and_over_differ_at_the_bound_itself(verb, answers):
    """CAL-4: "at least N" includes N, "over N" does not."""
    assert tuple(holds({"hours": {verb: 5}}, hours=hours) for hours in (4, 5, 6)) == answers


@pytest.mark.parametrize(
    "written", [{"hours": 2}, {"hours": {"over": 0}}, {"hours": {"in": [1, 2]}}, {"hours": {"at_most": 9}}]
)
def test_a_comparison_with_an_absent_fact_does_not_hold(written):
    assert holds(written)
    assert not holds(written, hours=None)
    assert holds({"not": written}, hours=None)


def test_absence_can_be_asked_for():
    assert holds({"hours": {"absent": True}}, hours=None)
    assert not holds({"hours": {"absent": False}}, hours=None)


def test_a_term_is_a_named_condition():
    terms = {"ready": read_condition({"lit": True}, FACTS, {})}
    assert read_condition({"term": "ready", "colour": "green"}, FACTS, terms).holds(CASE)
    assert not read_condition({"term": "ready"}, FACTS, terms).holds({**CASE, "lit": False})


def test_a_condition_can_be_read_aloud():
    written = {
        "lit": False,
        "any": [{"colour": "red"}, {"hours": {"over": 3}}],
        "not": {"colour": {"in": ["green", "white"]}},
    }
    expected = "lit is false and (colour is red or hours is over 3) and not (colour is one of green, white)"
    assert read_condition(written, FACTS, {}).words() == expected
    assert read_condition({"hours": {"absent": False}}, FACTS, {}).words() == "hours is not absent"


@pytest.mark.parametrize(
    "written",
    [
        {},
        "lit",
        None,
        {"term": "ready"},
        {"all": []},
        {"any": {"lit": True}},
        {"not": []},
        {"shade": "green"},
        {"hours": {}},
        {"hours": {"absent": 1}},
        {"colour": {"over": "green"}},
        {"lit": {"at_least": True}},
        {"colour": {"in": "green"}},
        {"colour": {"in": []}},
        {"__class__": True},
        {"lit": {"__eq__": True}},
    ],
)
def test_a_condition_that_the_table_does_not_know_is_refused(written):
    with pytest.raises(ConditionError):
        read_condition(written, FACTS, {})


@pytest.mark.parametrize(
    "written", [{"colour": "blue"}, {"colour": {"in": ["green", "blue"]}}, {"hours": "2"}, {"hours": True}, {"lit": 1}]
)
def test_a_value_that_the_fact_can_never_have_is_refused(written):
    with pytest.raises(FactsError):
        read_condition(written, FACTS, {})
