"""Every example in every table of the law is a test, and a false example is found."""

from datetime import date

import pytest

from testamur.rulebook import tables
from testamur.rulebook.evaluate import decide_by, failing_examples

from .planted import LAMP, LAMP_DAY

ALL_TABLES = [tables.load(ruleset, day) for ruleset in tables.rulesets() for day in tables.versions(ruleset)]
EXAMPLES = [
    pytest.param(table, rule, example, id=f"{table.ruleset}-{table.version}-{position:02}-{rule.code}-{number}")
    for table in ALL_TABLES
    for position, rule in enumerate(table.rules, 1)
    for number, example in enumerate(rule.examples, 1)
]


@pytest.mark.parametrize(("table", "rule", "example"), EXAMPLES)
def test_the_table_answers_its_own_example_as_it_says(table, rule, example):
    verdict = decide_by(table, example.facts)
    spoken = [(finding.rule, finding.message) for finding in verdict.findings]
    assert verdict.outcome == example.outcome
    assert ((rule.code, rule.message) in spoken) == example.fires


@pytest.mark.parametrize("table", ALL_TABLES, ids=lambda table: f"{table.ruleset}-{table.version}")
def test_no_example_of_a_shipped_table_fails(table):
    assert failing_examples(table) == []


def test_every_ruleset_has_a_table_today():
    for ruleset in tables.rulesets():
        assert tables.load(ruleset, date(2026, 11, 1)).ruleset == ruleset


def test_an_example_with_the_wrong_answer_is_found():
    planted = LAMP.replace('given = {}, outcome = "ALLOW"', 'given = {}, outcome = "BLOCK"')
    assert failing_examples(tables.read_table("lamp", LAMP_DAY, planted)) == [
        "LMP-02, example 1: ALLOW instead of BLOCK"
    ]


def test_an_example_in_which_the_rule_does_not_speak_is_found():
    planted = LAMP.replace('given = { lit = true }, outcome = "BLOCK"', 'given = { lit = false }, outcome = "ALLOW"')
    assert failing_examples(tables.read_table("lamp", LAMP_DAY, planted)) == [
        "LMP-01, example 1: the rule does not speak"
    ]
