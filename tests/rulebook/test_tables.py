"""A table that is not whole does not load, and the table in force on the day of the event decides."""

import tomllib
from datetime import date

import pytest

from testamur.kernel.errors import NotFound
from testamur.rulebook import tables
from testamur.rulebook.evaluate import decide_by
from testamur.rulebook.tables import TableError

from .planted import LAMP, LAMP_DAY

SECOND = 'given = {}, outcome = "ALLOW" }, { given = { hours = 1 }, outcome = "REFER", fires = false }'

# One fault each: what is changed, what it becomes, and the words of the refusal.
FAULTS = {
    "no_code": ('code = "LMP-01"\n', "", "rule 1 (no code): it has no code"),
    "bad_code": ('code = "LMP-01"', 'code = "lamp one"', "'lamp one' is not written like a rule's code"),
    "no_outcome": ('outcome = "BLOCK"\nwhen', "when", "rule 1 (LMP-01): it has no outcome"),
    "unknown_outcome": (
        'outcome = "BLOCK"\nwhen',
        'outcome = "STOP"\nwhen',
        "the outcome 'STOP' is not in the table's list",
    ),
    "no_condition": ("when = { lit = true }\n", "", "a condition must be a table with at least one key"),
    "empty_condition": ("when = { lit = true }", "when = {}", "a condition must be a table with at least one key"),
    "no_message": ('message = "Put the lamp out first."\n', "", "rule 1 (LMP-01): it has no message"),
    "no_source": ('source = "House: 4"\n', "", "rule 1 (LMP-01): it has no source"),
    "blank_source": ('source = "House: 4"', 'source = "  "', "rule 1 (LMP-01): it has no source"),
    "unknown_document": ('source = "House: 4"', 'source = "Home: 4"', "must begin with the key of a document"),
    "no_example": ('examples = [{ given = { lit = true }, outcome = "BLOCK" }]\n', "", "it has no example"),
    "empty_examples": ('[{ given = { lit = true }, outcome = "BLOCK" }]', "[]", "no example in which it speaks"),
    "only_silent_examples": (SECOND, 'given = {}, outcome = "ALLOW", fires = false }', "no example in which it speaks"),
    "unknown_fact_in_condition": ("when = { lit = true }", "when = { lti = true }", "the fact 'lti' is unknown"),
    "wrong_value_in_condition": (
        "when = { lit = true }",
        'when = { lit = "yes" }',
        "lit: this fact must be true or false",
    ),
    "unknown_comparison": (
        "{ at_least = 2 }",
        "{ atleast = 2 }",
        "the comparison 'atleast' of the fact 'hours' is unknown",
    ),
    "unknown_term": ("when = { lit = true }", 'when = { term = "hot" }', "the term 'hot' is not among [terms]"),
    "unknown_fact_in_example": ("{ given = { lit = true }", "{ given = { lti = true }", "lti: this fact is unknown"),
    "wrong_value_in_example": (
        "{ given = { hours = 1 }",
        "{ given = { hours = -1 }",
        "hours: this fact must be a whole number",
    ),
    "missing_fact_in_example": ("lit = false\ncolour", "colour", "lit: this fact is missing"),
    "unknown_outcome_in_example": (
        'outcome = "REFER", fires',
        'outcome = "MAYBE", fires',
        "the outcome 'MAYBE' is not in",
    ),
    "unknown_key_in_rule": ('code = "LMP-01"', 'code = "LMP-01"\nseverity = "high"', "the key 'severity' is unknown"),
    "unknown_key_in_example": (
        "{ given = { lit = true },",
        "{ facts = {}, given = { lit = true },",
        "the key 'facts' is unknown",
    ),
    "unknown_key_in_table": ('title = "A lamp"', 'title = "A lamp"\ntitel = "x"', "the key 'titel' is unknown"),
    "no_title": ('title = "A lamp"\n', "", "the table: it has no title"),
    "no_documents": ('[documents]\nHouse = "House rules of the reading room"', "", "the table has no documents"),
    "no_outcomes": ('outcomes = ["BLOCK", "REFER", "ALLOW"]\n', "", "it has no list of outcomes"),
    "outcome_twice": ('["BLOCK", "REFER", "ALLOW"]', '["BLOCK", "REFER", "BLOCK"]', "says something twice"),
    "outcome_in_small_letters": (
        '"REFER", "ALLOW"]',
        '"REFER", "ALLOW", "later"]',
        "'later' must be written in capitals",
    ),
    "otherwise_not_in_list": ('otherwise = "REFER"', 'otherwise = "PERHAPS"', "the outcome 'PERHAPS' is not in"),
    "unknown_kind": ('kind = "boolean"', 'kind = "bool"', "the fact 'lit' has the unknown kind 'bool'"),
    "choice_without_values": ('values = ["green", "white"]\n', "", "the fact 'colour': it has no list of values"),
    "fact_without_meaning": ('about = "Colour of its shade."\n', "", "the fact 'colour': it has no about"),
    "fact_named_like_a_join": ("[facts.colour]", "[facts.any]", "the fact 'any' may not have this name"),
    "default_of_a_required_fact": ("required = false\n", "", "the fact 'hours' is required, so it needs no default"),
    "default_of_the_wrong_type": ("default = 3", 'default = "three"', "hours: this fact must be a whole number"),
    "typical_with_an_unknown_fact": (
        "[typical]\nlit",
        "[typical]\nlamp = 1\nlit",
        "[typical] names the unknown fact 'lamp'",
    ),
    "typical_with_a_wrong_value": (
        "[typical]\nlit = false",
        "[typical]\nlit = 0",
        "lit: this fact must be true or false",
    ),
    "least_of_the_wrong_type": ("least = 0", 'least = "none"', "'least' must be a whole number"),
    "example_that_is_no_table": (", fires = false }", ", fires = false }, 7", "an example: this must be a table"),
    "given_that_is_no_table": ("given = { lit = true }", "given = true", "'given' must be a table of facts"),
    "fires_that_is_no_flag": ("fires = false", 'fires = "no"', "'fires' must be true or false"),
    "required_that_is_no_flag": ("required = false", 'required = "no"', "'required' must be true or false"),
    "typical_that_is_no_table": (
        '[typical]\nlit = false\ncolour = "green"',
        "[[typical]]",
        "[typical] must be a table",
    ),
    "terms_that_are_no_table": ('title = "A lamp"', 'title = "A lamp"\nterms = 3', "[terms] must be tables"),
    "unknown_fact_in_a_term": ("[typical]", "[terms.hot]\nlti = true\n[typical]", "the fact 'lti' is unknown"),
    "document_that_is_no_text": ('House = "House', 'Home = 3\nHouse = "House', "the table has no documents"),
    "not_toml": ('title = "A lamp"', "title = A lamp", "this is not TOML"),
}


def test_the_whole_table_loads():
    table = tables.read_table("lamp", LAMP_DAY, LAMP)
    assert (table.version, table.outcomes, table.otherwise) == ("2025-07-01", ("BLOCK", "REFER", "ALLOW"), "REFER")
    assert [(rule.code, rule.outcome) for rule in table.rules] == [("LMP-01", "BLOCK"), ("LMP-02", "ALLOW")]
    assert table.rules[1].examples[1].facts == {"lit": False, "colour": "green", "hours": 1}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_table_with_one_fault_is_refused(fault):
    old, new, words = FAULTS[fault]
    assert LAMP.count(old) >= 1
    with pytest.raises(TableError) as refused:
        tables.read_table("lamp", LAMP_DAY, LAMP.replace(old, new, 1))
    assert words in str(refused.value)
    assert str(refused.value).startswith("lamp/2025-07-01.toml: ")


@pytest.mark.parametrize(
    ("rules", "words"),
    [
        ("", "the table has no rules"),
        ("rules = []", "the table has no rules"),
        ("rules = 7", "the table has no rules"),
        ("rules = [7]", r"rule 1 \(no table\): this must be a table"),
    ],
)
def test_a_table_whose_rules_are_no_tables_is_refused(rules, words):
    with pytest.raises(TableError, match=words):
        tables.read_table("lamp", LAMP_DAY, f"{rules}\n{LAMP.partition('[[rules]]')[0]}")


@pytest.mark.parametrize(
    "key", ["title", "about", "outcomes", "otherwise", "documents", "facts", "typical", "terms", "rules"]
)
def test_a_part_of_another_kind_is_refused_and_never_a_traceback(key):
    part = tomllib.loads(LAMP) | {key: 7}
    with pytest.raises(TableError):
        tables.table_of("lamp", LAMP_DAY, part)


def test_a_rule_that_stands_twice_is_refused():
    rules = LAMP.partition("[[rules]]")[2].partition("[[rules]]")[0]
    with pytest.raises(TableError, match="LMP-01 stands twice with the same condition"):
        tables.read_table("lamp", LAMP_DAY, f"{LAMP}\n[[rules]]{rules}")


def test_one_code_may_stand_twice_with_different_conditions():
    rules = LAMP.partition("[[rules]]")[2].partition("[[rules]]")[0].replace("lit = true", "lit = true, hours = 9")
    table = tables.read_table("lamp", LAMP_DAY, f"{LAMP}\n[[rules]]{rules}")
    assert [rule.code for rule in table.rules] == ["LMP-01", "LMP-02", "LMP-01"]


@pytest.fixture
def law(tmp_path):
    """Return a folder of law with two versions of one ruleset."""
    (tmp_path / "lamp").mkdir()
    (tmp_path / "lamp" / "2025-07-01.toml").write_text(LAMP)
    (tmp_path / "lamp" / "2026-01-01.toml").write_text(LAMP.replace('outcome = "BLOCK"', 'outcome = "REFER"'))
    return tmp_path


@pytest.mark.parametrize(
    ("on", "version", "outcome"),
    [
        (date(2025, 7, 1), "2025-07-01", "BLOCK"),
        (date(2025, 12, 31), "2025-07-01", "BLOCK"),
        (date(2026, 1, 1), "2026-01-01", "REFER"),
        (date(2040, 1, 1), "2026-01-01", "REFER"),
    ],
)
def test_the_day_of_the_event_chooses_the_version(law, on, version, outcome):
    verdict = decide_by(tables.load("lamp", on, law), {"lit": True, "colour": "green"})
    assert (verdict.version, verdict.outcome) == (version, outcome)


def test_before_the_first_version_there_is_no_table(law):
    with pytest.raises(NotFound, match="The first is in force from 2025-07-01"):
        tables.load("lamp", date(2025, 6, 30), law)


def test_an_unknown_ruleset_is_not_found_and_the_known_are_named(law):
    with pytest.raises(NotFound, match=r"There is no ruleset “\.\./lamp”\. There are: lamp\."):
        tables.load("../lamp", date(2026, 1, 1), law)


def test_a_file_name_that_is_no_day_is_refused(law):
    (law / "lamp" / "draft.toml").write_text(LAMP)
    with pytest.raises(TableError, match=r"lamp/draft\.toml: the file name must be the day"):
        tables.versions("lamp", law)


def test_a_table_is_read_once(law):
    first = tables.load("lamp", date(2025, 8, 1), law)
    assert tables.load("lamp", date(2025, 9, 1), law) is first
