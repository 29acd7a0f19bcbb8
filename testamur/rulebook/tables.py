"""Tables: the law as dated TOML files, one folder a ruleset, one file for each day on which the rules changed.

law/<ruleset>/<effective-from>.toml holds the title, the source documents, the closed list of outcomes (worst first),
the facts and the rules. A rule without code, outcome, condition, message, source or example does not load.
The table that decides is the one in force on the day of the event, never today's (CAL-6); `dated_by` names the facts that
hold that day. A table that says why in `reaches_back` also decides events before the first day.

Where conditions cannot say it, code works facts out of those that are given: [derived] declares them, [numbers] holds the
days and months it reckons with, and rulebook/procedures does it.
"""

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import Final

from testamur.kernel.errors import NotFound
from testamur.rulebook.conditions import ConditionError, Group, read_condition
from testamur.rulebook.declaring import derived_of, facts_of
from testamur.rulebook.facts import Fact, FactsError, Known, read_facts
from testamur.rulebook.written import TableError, Toml, entries, flag, list_of_text, only, outcome, text, whole

__all__ = [
    "LAW",
    "Example",
    "Rule",
    "RuleTable",
    "TableError",
    "load",
    "load_for",
    "read_table",
    "rulesets",
    "versions",
]

LAW: Final = Path(__file__).parent / "law"

_TABLE_KEYS: Final = {
    *("title", "about", "documents", "outcomes", "otherwise", "facts", "typical", "terms", "rules"),
    *("dated_by", "reaches_back", "numbers", "derived", "answers", "collected"),
}
_RULE_KEYS: Final = {"code", "outcome", "when", "message", "source", "says", "reasoning", "examples"}
_EXAMPLE_KEYS: Final = {"given", "outcome", "fires", "says"}
_CODE: Final = re.compile(r"[A-Z][A-Z0-9]*(-[A-Z0-9]+)*[a-z]?")
_OUTCOME: Final = re.compile(r"[A-Z]+(_[A-Z]+)*")


@dataclass(frozen=True, slots=True)
class Example:
    """One worked case of a rule: all facts, the answer of the whole table, and whether this rule speaks in it.

    `given` is what differs from the typical case, as it is written; `says` the further keys that the rule's finding has.
    """

    facts: Known
    given: Mapping[str, object]
    outcome: str
    fires: bool
    says: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Said:
    """One further key of a finding: a word of the table, or the value of the fact of that name."""

    word: str = ""
    fact: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: when it speaks, what it answers, in which words and from which clause.

    `reasoning` says how we read the clause where a careful reader could doubt it; empty where none could. `says` are the
    further keys of its finding.
    """

    code: str
    outcome: str
    when: Group
    message: str
    source: str
    examples: tuple[Example, ...]
    reasoning: str = ""
    says: Mapping[str, Said] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RuleTable:
    """One ruleset as it stands from one day on (`version`, YYYY-MM-DD).

    `outcomes` is the closed list, worst first; `otherwise` is the answer where no rule speaks; `typical` is the ordinary
    case from which the examples differ, as it is written. `answers` are derived facts that stand on the answer itself;
    `collected` gathers keys of the findings there: name -> (key that names, key that answers).
    """

    ruleset: str
    version: str
    title: str
    about: str
    documents: Mapping[str, str]
    outcomes: tuple[str, ...]
    otherwise: str
    facts: Mapping[str, Fact]
    typical: Mapping[str, object]
    terms: Mapping[str, Group]
    rules: tuple[Rule, ...]
    dated_by: tuple[str, ...] = ()
    reaches_back: str = ""
    numbers: Mapping[str, int] = field(default_factory=dict)
    derived: Mapping[str, Fact] = field(default_factory=dict)
    answers: tuple[str, ...] = ()
    collected: Mapping[str, tuple[str, str]] = field(default_factory=dict)

    @property
    def known(self) -> Mapping[str, Fact]:
        """Return all facts that conditions may name: given, those inside a group as `group.fact`, and derived."""
        return {**_flattened(self.facts), **self.derived}


def rulesets(law: Path = LAW) -> tuple[str, ...]:
    """Return the names of all rulesets, sorted."""
    return tuple(sorted(folder.name for folder in law.iterdir() if any(folder.glob("*.toml"))))


def versions(ruleset: str, law: Path = LAW) -> tuple[date, ...]:
    """Return the days from which the ruleset's tables are in force, oldest first; raises NotFound."""
    return _versions(ruleset, law)


@cache
def _versions(ruleset: str, law: Path) -> tuple[date, ...]:
    """Return the same, looked up once a process."""
    if ruleset not in rulesets(law):
        raise NotFound(f"There is no ruleset “{ruleset}”. There are: {', '.join(rulesets(law))}.")
    return tuple(sorted(_effective_from(path) for path in (law / ruleset).glob("*.toml")))


def load(ruleset: str, on: date, law: Path = LAW) -> RuleTable:
    """Return the table in force on the day of the event; raises NotFound where none is, TableError for a bad one."""
    first, *later = versions(ruleset, law)
    in_force = [first, *(day for day in later if day <= on)]
    table = _load_file(law / ruleset / f"{in_force[-1]}.toml")
    if on < first and not table.reaches_back:
        raise NotFound(f"No table of “{ruleset}” is in force on {on}. The first is in force from {first}.")
    return table


def load_for(ruleset: str, facts: object, law: Path = LAW) -> RuleTable:
    """Return the table in force on the day that the facts themselves name, the newest where they name none.

    Raises FactsError for a day that cannot be read, NotFound where no table is in force on it.
    """
    newest = load(ruleset, versions(ruleset, law)[-1], law)
    given = facts if isinstance(facts, Mapping) else {}
    days = [newest.facts[name].read(given[name]) for name in newest.dated_by if given.get(name) is not None]
    return load(ruleset, days[0], law) if days and isinstance(days[0], date) else newest


@cache
def _load_file(path: Path) -> RuleTable:
    """Return the table of one file, read once a process."""
    return read_table(path.parent.name, _effective_from(path), path.read_text(encoding="utf-8"))


def _effective_from(path: Path) -> date:
    """Return the day that a table's file name says."""
    try:
        return date.fromisoformat(path.stem)
    except ValueError:
        raise TableError(f"{path.parent.name}/{path.name}: the file name must be the day it is in force from") from None


def read_table(ruleset: str, effective_from: date, text: str) -> RuleTable:
    """Return the rule table that a TOML text holds; raises TableError saying where it is not whole."""
    try:
        written = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise TableError(f"{ruleset}/{effective_from}.toml: this is not TOML: {error}") from None
    return table_of(ruleset, effective_from, written)


def table_of(ruleset: str, effective_from: date, written: Toml) -> RuleTable:
    """Return the rule table that a parsed document holds; raises TableError saying where it is not whole."""
    try:
        return _table(ruleset, str(effective_from), written)
    except (TableError, ConditionError, FactsError) as error:
        raise TableError(f"{ruleset}/{effective_from}.toml: {error}") from None


def _table(ruleset: str, version: str, written: Toml) -> RuleTable:
    """Return the table of a parsed TOML document."""
    only(written, _TABLE_KEYS, "the table")
    outcomes = list_of_text(written, "outcomes", "the table")
    if bad := [name for name in outcomes if not _OUTCOME.fullmatch(name)]:
        raise TableError(f"the outcome {bad[0]!r} must be written in capitals")
    facts = facts_of(written)
    derived = derived_of(written, facts)
    table = RuleTable(
        ruleset=ruleset,
        version=version,
        title=text(written, "title", "the table"),
        about=text(written, "about", "the table"),
        documents=_documents(written),
        outcomes=outcomes,
        otherwise=outcome(written, "otherwise", outcomes, "the table"),
        facts=facts,
        typical=_typical(written.get("typical", {}), facts),
        terms=_terms(written.get("terms", {}), {**_flattened(facts), **derived}),
        rules=(),
        dated_by=_names(written, "dated_by", [name for name, fact in facts.items() if fact.kind == "date"]),
        reaches_back=text(written, "reaches_back", "the table") if "reaches_back" in written else "",
        numbers=_numbers(written),
        derived=derived,
        answers=_names(written, "answers", derived),
        collected=_collected(written),
    )
    rules = tuple(_rules(written, table))
    _refuse_twins(rules)
    return replace(table, rules=rules)


def _flattened(facts: Mapping[str, Fact]) -> dict[str, Fact]:
    """Return the facts with those of each group beside it, named `group.fact`."""
    inside = {
        f"{group.name}.{fact.name}": replace(fact, name=f"{group.name}.{fact.name}")
        for group in facts.values()
        if group.kind == "group"
        for fact in group.fields.values()
    }
    return {**facts, **inside}


def _documents(written: Toml) -> dict[str, str]:
    """Return the source documents by the short key with which every rule's source begins."""
    documents = entries(written, "documents", str)
    return {key: text(documents, key, "[documents]") for key in documents}


def _names(written: Toml, key: str, known: Iterable[str]) -> tuple[str, ...]:
    """Return a list of facts that must be among those known, nothing where nothing is written."""
    if key not in written:
        return ()
    names = list_of_text(written, key, "the table")
    if unknown := sorted(set(names) - set(known)):
        raise TableError(f"{key!r} names {unknown[0]!r}, which is no such fact")
    return names


def _numbers(written: Toml) -> dict[str, int]:
    """Return the whole numbers with which the procedure reckons."""
    numbers = entries(written, "numbers", int) if "numbers" in written else {}
    return {name: whole(numbers, name, "[numbers]") or 0 for name in numbers}


def _collected(written: Toml) -> dict[str, tuple[str, str]]:
    """Return what is gathered from the findings: its name, the key that names an entry and the key that answers."""
    found = {}
    for name, value in (entries(written, "collected", dict) if "collected" in written else {}).items():
        only(value, {"by", "from"}, f"[collected] {name}")
        found[name] = (text(value, "by", f"[collected] {name}"), text(value, "from", f"[collected] {name}"))
    return found


def _typical(written: object, facts: Mapping[str, Fact]) -> Toml:
    """Return the facts of the ordinary case as they are written; it need not name every fact."""
    if not isinstance(written, Mapping):
        raise TableError("[typical] must be a table of facts")
    if unknown := sorted(set(written) - set(facts)):
        raise TableError(f"[typical] names the unknown fact {unknown[0]!r}")
    for name, value in written.items():
        facts[name].read(value)
    return written


def _terms(written: object, facts: Mapping[str, Fact]) -> dict[str, Group]:
    """Return the named conditions; a term may use those above it."""
    if not isinstance(written, Mapping):
        raise TableError("[terms] must be tables")
    terms: dict[str, Group] = {}
    for name, condition in written.items():
        terms[name] = replace(read_condition(condition, facts, terms), name=name)
    return terms


def _rules(written: Toml, table: RuleTable) -> Iterator[Rule]:
    """Yield the table's rules."""
    rules = written.get("rules")
    if not isinstance(rules, list) or not rules:
        raise TableError("the table has no rules")
    for position, rule in enumerate(rules, 1):
        code = rule.get("code", "no code") if isinstance(rule, Mapping) else "no table"
        where = f"rule {position} ({code})"
        try:
            yield _rule(rule, table, where)
        except (ConditionError, FactsError) as error:
            raise TableError(f"{where}: {error}") from None


def _rule(written: Toml, table: RuleTable, where: str) -> Rule:
    """Return one rule; raises TableError where it lacks a part."""
    only(written, _RULE_KEYS, where)
    code = text(written, "code", where)
    if not _CODE.fullmatch(code):
        raise TableError(f"{where}: {code!r} is not written like a rule's code")
    source = text(written, "source", where)
    if source.partition(":")[0] not in table.documents:
        raise TableError(f"{where}: the source must begin with the key of a document under [documents] and a colon")
    rule = Rule(
        code=code,
        outcome=outcome(written, "outcome", table.outcomes, where),
        when=read_condition(written.get("when"), table.known, table.terms),
        message=text(written, "message", where),
        source=source,
        examples=_examples(written, table, where),
        reasoning=text(written, "reasoning", where) if "reasoning" in written else "",
        says=_says(written.get("says", {}), table, where),
    )
    if not any(example.fires for example in rule.examples):
        raise TableError(f"{where}: it has no example in which it speaks")
    return rule


def _says(written: object, table: RuleTable, where: str) -> dict[str, Said]:
    """Return the further keys of a rule's finding, each a word or { fact = "name" }."""
    if not isinstance(written, Mapping):
        raise TableError(f"{where}: 'says' must be a table")
    found = {}
    for name, value in written.items():
        if isinstance(value, str) and value:
            found[name] = Said(word=value)
        elif isinstance(value, Mapping) and list(value) == ["fact"] and value["fact"] in table.known:
            found[name] = Said(fact=str(value["fact"]))
        else:
            raise TableError(f"{where}: {name!r} under 'says' must be a word or name a fact")
    return found


def _examples(written: Toml, table: RuleTable, where: str) -> tuple[Example, ...]:
    """Return a rule's examples, each the table's typical case with its own facts laid over it."""
    examples = written.get("examples")
    if not isinstance(examples, list):
        raise TableError(f"{where}: it has no example")
    found = []
    for example in examples:
        here = f"{where}, an example"
        only(example, _EXAMPLE_KEYS, here)
        given, says = example.get("given", {}), example.get("says", {})
        if not isinstance(given, Mapping) or not isinstance(says, Mapping):
            raise TableError(f"{here}: 'given' must be a table of facts, and 'says' one of words")
        facts = read_facts(table.facts, _laid_over(table.typical, given, table.facts))
        answer = outcome(example, "outcome", table.outcomes, here)
        found.append(Example(facts, given, answer, flag(example, "fires", where), says))
    return tuple(found)


def _laid_over(typical: Toml, given: Toml, facts: Mapping[str, Fact]) -> dict[str, object]:
    """Return the typical case with an example's facts; of a group only the facts that the example names change."""
    together = {**typical, **given}
    for name, value in given.items():
        below = typical.get(name)
        if name in facts and facts[name].kind == "group" and isinstance(value, Mapping) and isinstance(below, Mapping):
            together[name] = {**below, **value}
    return together


def _refuse_twins(rules: tuple[Rule, ...]) -> None:
    """Raise TableError where two rules share code, condition and further keys."""
    seen: set[tuple[str, Group, tuple[tuple[str, Said], ...]]] = set()
    for rule in rules:
        key = (rule.code, rule.when, tuple(rule.says.items()))
        if key in seen:
            raise TableError(f"{rule.code} stands twice with the same condition")
        seen.add(key)
