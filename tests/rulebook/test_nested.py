"""Facts in groups and lists, dates and amounts, what is worked out from them, and further keys of an answer."""

from datetime import date
from decimal import Decimal

import jsonschema
import pytest

from testamur.kernel.errors import NotFound
from testamur.rulebook import cases, tables
from testamur.rulebook.evaluate import decide_by, failing_examples, plain
from testamur.rulebook.facts import Fact, FactsError, as_json, facts_schema, read_facts
from testamur.rulebook.tables import TableError

from .planted import JETTY, LAMP, LAMP_DAY

DAY = date(2026, 1, 1)
TABLE = tables.read_table("retention", DAY, JETTY)
GOOD = {
    "record": "certificate",
    "issued_on": "2026-01-31",
    "net": {"length": 3, "knots": [" bend "]},
    "boats": [{"name": "Ida"}, {"name": "Mo"}],
}


def test_groups_lists_dates_and_amounts_are_read():
    known = read_facts(TABLE.facts, GOOD)
    assert known["issued_on"] == date(2026, 1, 31)
    assert known["net"] == {"length": Decimal(3), "knots": ("bend",)}
    assert known["boats"] == ({"name": "Ida"}, {"name": "Mo"})
    assert read_facts(TABLE.facts, known) == known


def test_an_absent_group_is_read_as_an_empty_one_and_an_absent_list_is_none():
    known = read_facts(TABLE.facts, {"record": "certificate", "boats": None})
    assert known["net"] == {"length": Decimal("2.5"), "knots": ()}
    assert known["boats"] is None


def test_a_group_that_must_hold_something_may_not_be_absent():
    group = Fact("net", "group", "A net.", fields={"length": Fact("length", "amount", "Its length.")})
    with pytest.raises(FactsError) as refused:
        read_facts({"net": group}, {"net": {}})
    assert refused.value.as_json() == {"error": "this fact is missing; it must be a number", "path": "net.length"}


# Facts that are no good, with the path that must be named.
BAD = [
    ({"net": []}, "net"),
    ({"net": {"length": "3"}}, "net.length"),
    ({"net": {"length": True}}, "net.length"),
    ({"net": {"depth": 3}}, "net.depth"),
    ({"net": {"knots": "bend"}}, "net.knots"),
    ({"net": {"knots": ["bend", ""]}}, "net.knots"),
    ({"net": {"knots": [None]}}, "net.knots"),
    ({"boats": {"name": "Ida"}}, "boats"),
    ({"boats": ["Ida"]}, "boats[0]"),
    ({"boats": [{"name": "Ida"}, {}]}, "boats[1].name"),
    ({"boats": [{"name": "Ida", "master": "Jo"}]}, "boats[0].master"),
    ({"issued_on": "2026-1-31"}, "issued_on"),
    ({"issued_on": "2026-W05-6"}, "issued_on"),
    ({"issued_on": "31/01/2026"}, "issued_on"),
    ({"issued_on": 20260131}, "issued_on"),
    ({"sails": 2}, "sails"),
]


@pytest.mark.parametrize(("change", "path"), BAD)
def test_a_wrong_fact_is_named_by_its_path_wherever_it_stands(change, path):
    with pytest.raises(FactsError) as refused:
        read_facts(TABLE.facts, {**GOOD, **change})
    assert refused.value.path == path


@pytest.mark.parametrize("written", ["1899-12-31", "3000-01-01", "9999-12-31", "2026-02-30", "0000-01-01"])
def test_a_day_outside_the_calendar_is_refused_before_anything_is_reckoned(written):
    with pytest.raises(FactsError):
        read_facts(TABLE.facts, {**GOOD, "issued_on": written})


@pytest.mark.parametrize("number", [float("nan"), float("inf"), float("-inf")])
def test_a_number_that_is_none_is_refused(number):
    with pytest.raises(FactsError):
        read_facts(TABLE.facts, {**GOOD, "net": {"length": number}})


def test_the_schema_takes_what_the_reader_takes_and_refuses_what_it_refuses():
    schema = facts_schema(TABLE.title, TABLE.version, TABLE.facts)
    checker = jsonschema.Draft202012Validator(schema, format_checker=jsonschema.FormatChecker())
    checker.check_schema(schema)
    checker.validate(GOOD)
    checker.validate({"record": "certificate", "net": None, "boats": None, "issued_on": None})
    for change, _ in BAD:
        if change != {"issued_on": "2026-W05-6"}:
            assert not checker.is_valid({**GOOD, **change}), change


@pytest.mark.parametrize("ruleset", tables.rulesets())
def test_every_schema_that_is_shipped_takes_every_example_of_its_table(ruleset):
    table = tables.load(ruleset, tables.versions(ruleset)[-1])
    schema = facts_schema(table.title, table.version, table.facts)
    checker = jsonschema.Draft202012Validator(schema, format_checker=jsonschema.FormatChecker())
    for rule in table.rules:
        for example in rule.examples:
            checker.validate(as_json(example.facts))


# What is worked out, and what an answer says besides its words ------------------------------------------------------


def test_conditions_ask_inside_groups_and_of_what_was_worked_out():
    assert decide_by(TABLE, {**GOOD, "net": {"length": 10.01}}).outcome == "BLOCK"
    assert decide_by(TABLE, {**GOOD, "net": {"length": 10.01}, "issued_on": "2025-06-29"}).outcome == "ALLOW"
    words = TABLE.rules[0].when.words()
    assert words == "net.length is over 10 and keep_until is at least 2026-06-30"
    assert TABLE.rules[1].when.words() == "net.knots is not empty"


def test_findings_and_answers_carry_their_further_keys():
    verdict = decide_by(TABLE, {**GOOD, "net": {"length": 11, "knots": ["bend", "hitch"]}})
    assert [dict(finding.details) for finding in verdict.findings] == [
        {"until": date(2027, 1, 31), "place": "shed", "answer": "yes"},
        {"knots": ("bend", "hitch"), "place": "jetty", "answer": "no"},
    ]
    assert verdict.details == {"keep_until": date(2027, 1, 31), "places": {"shed": "yes", "jetty": "no"}}
    assert plain(verdict.details["keep_until"]) == "2027-01-31"
    assert plain(verdict.findings[1].details["knots"]) == ["bend", "hitch"]
    assert len({verdict, verdict}) == 1


def test_an_example_lays_only_its_own_facts_over_a_group():
    assert failing_examples(TABLE) == []
    assert TABLE.rules[0].examples[0].facts["net"] == {"length": Decimal("10.5"), "knots": ("bend",)}
    assert TABLE.rules[0].examples[0].given == {"net": {"length": 10.5}}


def test_a_further_key_that_an_example_says_wrongly_is_found():
    planted = JETTY.replace('until = "2027-01-31"', 'until = "2027-02-01"')
    assert failing_examples(tables.read_table("retention", DAY, planted)) == [
        "JET-01, example 1: until is '2027-01-31' instead of '2027-02-01'"
    ]


def test_a_table_and_a_procedure_that_differ_are_found():
    more = JETTY.replace("[derived.keep_until]", '[derived.wet]\nkind = "boolean"\nabout = "x"\n[derived.keep_until]')
    with pytest.raises(TableError, match=r"\[derived\] and the procedure differ in 'wet'"):
        decide_by(tables.read_table("retention", DAY, more), GOOD)
    with pytest.raises(TableError, match=r"\[derived\] and the procedure differ in 'keep_until'"):
        decide_by(tables.read_table("jetty", DAY, JETTY), GOOD)


def test_cases_are_counted_only_where_nothing_is_worked_out():
    assert cases.countable(tables.read_table("lamp", LAMP_DAY, LAMP))
    assert not cases.countable(TABLE)


# One fault each: what is changed, what it becomes, and the words of the refusal.
FAULTS = {
    "group_without_fields": ('kind = "group"', 'kind = "text"', "a group has fields, and nothing else has"),
    "derived_that_is_given": ("[derived.keep_until]", "[derived.record]", "is already a fact that is given"),
    "derived_group": (
        '[derived.keep_until]\nkind = "date"',
        '[derived.keep_until]\nkind = "group"',
        "may not have this name or kind",
    ),
    "derived_with_a_default": ('about = "First day', 'default = 1\nabout = "First day', "the key 'default' is unknown"),
    "dated_by_no_date": ('dated_by = ["issued_on"', 'dated_by = ["record"', "'dated_by' names 'record'"),
    "answers_nothing": ('answers = ["keep_until"]', 'answers = ["issued_on"]', "'answers' names 'issued_on'"),
    "number_that_is_none": ("certificate_years = 1", "certificate_years = true", "must be a whole number"),
    "number_that_is_text": ("certificate_years = 1", 'certificate_years = "1"', "the table has no numbers"),
    "collected_by_nothing": ('by = "place", from', "from", "it has no by"),
    "says_an_unknown_fact": ('{ fact = "keep_until" }, place', '{ fact = "kept" }, place', "must be a word or name"),
    "says_a_number": ('place = "shed", answer', "place = 7, answer", "must be a word or name a fact"),
    "group_compared": ('"net.length" = { over = 10 }', "net = { is = 3 }", "is a group, so it cannot be compared"),
    "empty_of_a_date": (
        "keep_until = { at_least",
        "keep_until = { empty = true }, issued_on = { at_least",
        "is no list",
    ),
    "order_of_a_list": ('"net.knots" = { empty = false }', '"net.knots" = { over = 1 }', "is no number or date"),
    "example_says_no_table": ('says = { knots = ["bend"] }', "says = 7", "'given' must be a table of facts"),
    "blank_reason_to_reach_back": ("dated_by =", 'reaches_back = " "\ndated_by =', "it has no reaches_back"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_table_with_one_fault_is_refused(fault):
    old, new, words = FAULTS[fault]
    assert JETTY.count(old) >= 1
    with pytest.raises(TableError) as refused:
        tables.read_table("retention", DAY, JETTY.replace(old, new, 1))
    assert words in str(refused.value)


# Which version -------------------------------------------------------------------------------------------------------


@pytest.fixture
def law(tmp_path):
    """Return a folder of law with two versions of one ruleset."""
    (tmp_path / "retention").mkdir()
    (tmp_path / "retention" / "2026-01-01.toml").write_text(JETTY)
    (tmp_path / "retention" / "2027-01-01.toml").write_text(
        JETTY.replace("certificate_years = 1", "certificate_years = 3")
    )
    return tmp_path


@pytest.mark.parametrize(
    ("facts", "version"),
    [
        ({"issued_on": "2026-12-31"}, "2026-01-01"),
        ({"issued_on": "2027-01-01"}, "2027-01-01"),
        ({"issued_on": "2026-12-31", "completed_on": "2027-06-01"}, "2026-01-01"),
        ({"completed_on": "2026-06-01"}, "2026-01-01"),
        ({"issued_on": None}, "2027-01-01"),
        ({}, "2027-01-01"),
        (7, "2027-01-01"),
    ],
)
def test_the_day_that_the_facts_name_chooses_the_version(law, facts, version):
    """CAL-6."""
    assert tables.load_for("retention", facts, law).version == version


def test_a_day_that_cannot_be_read_is_refused_and_one_before_the_first_version_has_no_table(law):
    with pytest.raises(FactsError):
        tables.load_for("retention", {"issued_on": "soon"}, law)
    with pytest.raises(NotFound):
        tables.load_for("retention", {"issued_on": "2025-12-31"}, law)


def test_a_table_that_says_why_reaches_back(tmp_path):
    (tmp_path / "retention").mkdir()
    (tmp_path / "retention" / "2026-01-01.toml").write_text(f'reaches_back = "Older texts are lost."\n{JETTY}')
    assert tables.load_for("retention", {"issued_on": "1999-12-31"}, tmp_path).version == "2026-01-01"
    assert tables.load("retention", date(1999, 12, 31), tmp_path).reaches_back == "Older texts are lost."
