"""Facts that are missing, unknown or of a wrong type are refused by name, and the JSON Schema says the same."""

import pytest

from testamur.rulebook import tables
from testamur.rulebook.evaluate import decide_by
from testamur.rulebook.facts import Fact, FactsError, facts_schema, read_facts

from .planted import LAMP, LAMP_DAY

TABLE = tables.read_table("lamp", LAMP_DAY, LAMP)
GOOD = {"lit": False, "colour": "green", "hours": 1}


def test_good_facts_are_taken_as_they_are():
    assert read_facts(TABLE.facts, GOOD) == GOOD


def test_null_means_absent_and_an_absent_fact_takes_its_default():
    assert read_facts(TABLE.facts, {**GOOD, "hours": None})["hours"] == 3
    assert read_facts(TABLE.facts, {"lit": False, "colour": "green"})["hours"] == 3


def test_an_optional_fact_without_default_is_none():
    table = tables.read_table(
        "lamp", LAMP_DAY, LAMP.replace("default = 3\n", "").replace("given = {},", "given = {hours=4},")
    )
    assert read_facts(table.facts, {"lit": False, "colour": "green"})["hours"] is None


@pytest.mark.parametrize(
    ("change", "path", "error"),
    [
        ({"lit": None}, "lit", "this fact is missing; it must be true or false"),
        ({"lit": 1}, "lit", "this fact must be true or false"),
        ({"lit": "true"}, "lit", "this fact must be true or false"),
        ({"colour": "blue"}, "colour", "this fact must be one of green, white"),
        ({"colour": ["green"]}, "colour", "this fact must be one of green, white"),
        ({"colour": {"green": 1}}, "colour", "this fact must be one of green, white"),
        ({"hours": -1}, "hours", "this fact must be a whole number, 0 or more"),
        ({"hours": 1.0}, "hours", "this fact must be a whole number, 0 or more"),
        ({"hours": True}, "hours", "this fact must be a whole number, 0 or more"),
        ({"hours": "1"}, "hours", "this fact must be a whole number, 0 or more"),
        ({"Lit": True}, "Lit", "this fact is unknown; the facts are lit, colour, hours"),
    ],
)
def test_a_wrong_fact_is_named(change, path, error):
    with pytest.raises(FactsError) as refused:
        decide_by(TABLE, {**GOOD, **change})
    assert refused.value.as_json() == {"error": error, "path": path}


@pytest.mark.parametrize("facts", [None, [], "lit", 3, True])
def test_facts_that_are_no_object_are_refused(facts):
    with pytest.raises(FactsError) as refused:
        decide_by(TABLE, facts)
    assert refused.value.as_json() == {"error": "the facts must be one JSON object", "path": ""}


def test_a_refusal_never_repeats_the_value():
    with pytest.raises(FactsError) as refused:
        decide_by(TABLE, {**GOOD, "colour": "Nguyen"})
    assert "Nguyen" not in str(refused.value)


def test_the_schema_says_what_the_reader_demands():
    schema = facts_schema(TABLE.title, TABLE.version, TABLE.facts)
    assert schema["required"] == ["lit", "colour"]
    assert schema["additionalProperties"] is False
    assert schema["properties"] == {
        "lit": {"description": "Whether the lamp is lit.", "type": "boolean"},
        "colour": {"description": "Colour of its shade.", "enum": ["green", "white"]},
        "hours": {"description": "Hours since it was lit.", "type": ["integer", "null"], "minimum": 0, "default": 3},
    }


def test_the_schema_lets_an_optional_choice_be_null():
    fact = Fact("colour", "choice", "Its shade.", required=False, values=("green", "white"))
    assert fact.schema() == {"description": "Its shade.", "enum": ["green", "white", None]}
