"""The decision table that is printed covers every case once and answers it as the evaluator does."""

from datetime import date

from testamur.rulebook import cases, tables
from testamur.rulebook.evaluate import decide_by

from .planted import LAMP, LAMP_DAY

TABLE = tables.read_table("lamp", LAMP_DAY, LAMP)


def labels(case):
    """Return a case in the words of the lamp's decision table."""
    hours = "0 to 1" if case["hours"] is None or case["hours"] < 2 else "2 or more"
    return {
        "lit": str(case["lit"]).lower(),
        "colour": case["colour"],
        "hours": "absent" if case["hours"] is None else hours,
    }


def test_every_case_that_the_conditions_tell_apart_is_tried():
    tried = list(cases.every_case(TABLE))
    assert len(tried) == 2 * 2 * 3
    assert {case["hours"] for case in tried} == {0, 2, None}


def test_the_decision_table_covers_every_case_once_with_the_evaluators_answer():
    rows = cases.decision_table(TABLE)
    for case in cases.every_case(TABLE):
        words = labels(case)
        covering = [
            row for row in rows if all(not row.values[name] or words[name] in row.values[name] for name in words)
        ]
        assert [row.outcome for row in covering] == [decide_by(TABLE, case).outcome]


def test_values_that_make_no_difference_are_joined():
    assert [(row.values, row.outcome) for row in cases.decision_table(TABLE)] == [
        ({"lit": ("true",), "colour": (), "hours": ()}, "BLOCK"),
        ({"lit": ("false",), "colour": (), "hours": ("0 to 1",)}, "REFER"),
        ({"lit": ("false",), "colour": (), "hours": ("2 or more", "absent")}, "ALLOW"),
    ]


def test_numbers_without_a_lower_bound_are_covered_too():
    unbounded = LAMP.replace("least = 0\n", "").replace("at_least = 2", "over = 2, at_most = 7")
    unbounded = unbounded.replace("{ given = { hours = 1 }, outcome", "{ given = { hours = 9 }, outcome")
    table = tables.read_table("lamp", LAMP_DAY, unbounded)
    assert [row.values["hours"] for row in cases.decision_table(table)[1:]] == [
        ("2 or fewer", "8 or more"),
        ("3 to 7", "absent"),
    ]


def test_the_extract_table_fits_on_a_page():
    assert len(cases.decision_table(tables.load("extract", date(2026, 11, 1)))) <= 30
