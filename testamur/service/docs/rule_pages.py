"""Pages about rules: one for each ruleset of the law, one for the rules on files, and the JSON Schema of the facts."""

import json
from collections.abc import Iterable, Mapping, Sequence

from testamur.rulebook import cases, tables
from testamur.rulebook.facts import KINDS, NESTED, Fact, as_json, facts_schema
from testamur.rulebook.tables import Example, Rule, RuleTable


def pages() -> dict[str, str]:
    """Return the pages of every ruleset as it stands from its last effective date."""
    newest = [tables.load(name, tables.versions(name)[-1]) for name in tables.rulesets()]
    written = {f"rules/{table.ruleset}.md": ruleset_page(table) for table in newest}
    return {**written, **{f"facts/{table.ruleset}.json": facts_page(table) for table in newest}}


def facts_page(table: RuleTable) -> str:
    """Return the JSON Schema of a ruleset's facts as a file."""
    schema = facts_schema(f"Facts of the ruleset {table.ruleset}", table.version, table.facts)
    return json.dumps(schema, ensure_ascii=False, indent=2) + "\n"


def ruleset_page(table: RuleTable) -> str:
    """Return a ruleset's page: sources, facts, the whole decision table, and every rule with its examples."""
    origin = f"testamur/rulebook/law/{table.ruleset}/{table.version}.toml"
    versions = ", ".join(str(day) for day in tables.versions(table.ruleset))
    parts = [
        f"# {table.title}",
        f"<!-- Written by `testamur docs` from {origin}; change that file, not this one. -->",
        table.about,
        f"Ruleset `{table.ruleset}`, in force from {table.version} (versions: {versions}). {_dated(table)} "
        f"Ask it with `testamur rules decide {table.ruleset} FACTS.json --json`; "
        f"the facts' JSON Schema is in [facts/{table.ruleset}.json](../facts/{table.ruleset}.json).",
        "## Outcomes, worst first",
        " > ".join(table.outcomes) + f". The answer is the worst finding's; {table.otherwise} where no rule speaks.",
        "## Facts",
        grid(("Fact", "Values", "Must be given", "Meaning"), _fact_rows(table.facts)),
        *_derived(table),
        *_numbers(table),
        *_decisions(table),
        *_terms(table),
        "## Rules",
        f"The ordinary case, from which the examples differ: {_given(table.typical)}.",
        *(_rule(rule) for rule in table.rules),
        "## Sources",
        "\n".join(f"* **{key}**: {title}" for key, title in table.documents.items()),
    ]
    return "\n\n".join(parts) + "\n"


def grid(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a Markdown table."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', '&#124;') for cell in line)} |" for line in lines)


def _dated(table: RuleTable) -> str:
    """Return which day chooses the version, and what holds for days before the first."""
    named = " or ".join(f"`{name}`" for name in table.dated_by)
    chosen = "The version is chosen by the day of the event" + (f", which is {named}." if named else ".")
    return f"{chosen} {table.reaches_back}" if table.reaches_back else chosen


def _fact_rows(facts: Mapping[str, Fact], within: str = "") -> list[Sequence[str]]:
    """Return the lines of facts, those of a group behind it."""
    rows: list[Sequence[str]] = []
    for fact in facts.values():
        name = f"{within}{fact.name}"
        rows.append(_fact_row(fact, name))
        if fact.kind in NESTED:
            rows += _fact_rows(fact.fields, f"{name}[]." if fact.kind == "groups" else f"{name}.")
    return rows


def _fact_row(fact: Fact, name: str) -> Sequence[str]:
    """Return a fact's line."""
    values = ", ".join(f"`{value}`" for value in fact.values) or KINDS[fact.kind]
    least = f", {fact.least} or more" if fact.least is not None else ""
    absent = (
        "yes"
        if fact.required
        else "no"
        if fact.default is None
        else f"no; `{_written(as_json(fact.default))}` if absent"
    )
    return (f"`{name}`", values + least, absent, fact.about)


def _derived(table: RuleTable) -> list[str]:
    """Return the facts that are worked out from those given, nothing where there are none."""
    if not table.derived:
        return []
    rows = [(f"`{fact.name}`", fact.about) for fact in table.derived.values()]
    return ["### Worked out from them", grid(("Fact", "Meaning"), rows)]


def _numbers(table: RuleTable) -> list[str]:
    """Return the numbers that the procedure reckons with, nothing where there are none."""
    if not table.numbers:
        return []
    rows = [(f"`{name}`", str(number)) for name, number in table.numbers.items()]
    return ["### Numbers of the table", grid(("Number", "Value"), rows)]


def _decisions(table: RuleTable) -> list[str]:
    """Return the whole decision table, or what it collects; nothing where the cases cannot be counted."""
    if table.collected:
        return ["## Answers", _collected_grid(table)]
    if not cases.countable(table):
        return []
    every = "Every case falls under exactly one line. An empty cell covers every value."
    return ["## Decision table", every, _decision_grid(table)]


def _collected_grid(table: RuleTable) -> str:
    """Return each collected entry with the answers it may have and when each is given."""
    (by, of), *_ = table.collected.values()
    rows = [
        (rule.says[by].word, f"**{rule.says[of].word}**", rule.when.words(), rule.code, rule.source)
        for rule in table.rules
    ]
    return grid((by.capitalize(), "Answer", "When", "Rule", "Source"), rows)


def _decision_grid(table: RuleTable) -> str:
    """Return the table of answers that covers every case once."""
    rows = cases.decision_table(table)
    lines = [[", ".join(row.values[name]) for name in table.facts] + [f"**{row.outcome}**"] for row in rows]
    return grid([*table.facts, "Answer"], lines)


def _terms(table: RuleTable) -> list[str]:
    """Return the named conditions, nothing where there are none."""
    if not table.terms:
        return []
    lines = (f"* “{name.replace('_', ' ')}” holds where {term.spelled_out()}" for name, term in table.terms.items())
    return ["## Terms", "\n".join(lines)]


def _rule(rule: Rule) -> str:
    """Return one rule's section."""
    rows = [(_given(example.given), example.outcome, _speaks(example)) for example in rule.examples]
    reasoning = [f"How it is read: {rule.reasoning}"] if rule.reasoning else []
    parts = [
        f"### {rule.code}: {rule.outcome}",
        f"> {rule.message}",
        f"When {rule.when.words()}. Source: {rule.source}.",
        *reasoning,
        grid(("Differs from the ordinary case in", "Answer", "This rule speaks"), rows),
    ]
    return "\n\n".join(parts)


def _speaks(example: Example) -> str:
    """Return whether the rule speaks in an example, and what it says besides its words."""
    said = f": {_given(example.says)}" if example.says else ""
    return f"yes{said}" if example.fires else "no"


def _given(facts: Mapping[str, object]) -> str:
    """Return an example's own facts as words."""
    return ", ".join(f"{name} = {_written(value)}" for name, value in facts.items()) or "nothing"


def _written(value: object) -> str:
    """Return a value as it is written in JSON, texts without quotes."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
