"""Tables: the law as dated TOML files, one folder a ruleset, one file for each day on which the rules changed.

law/<ruleset>/<effective-from>.toml holds the title, the source documents, the closed list of outcomes (worst first),
the facts and the rules. A rule without code, outcome, condition, message, source or example does not load.
The table that decides is the one in force on the day of the event, never today's (CAL-6).
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import Final, TypeVar

from testamur.kernel.errors import NotFound
from testamur.rulebook.conditions import JOINS, ConditionError, Group, read_condition
from testamur.rulebook.facts import KINDS, Fact, FactsError, Known, Value, read_facts

LAW: Final = Path(__file__).parent / "law"

_TABLE_KEYS: Final = {"title", "about", "documents", "outcomes", "otherwise", "facts", "typical", "terms", "rules"}
_FACT_KEYS: Final = {"kind", "about", "required", "values", "least", "default"}
_RULE_KEYS: Final = {"code", "outcome", "when", "message", "source", "reasoning", "examples"}
_EXAMPLE_KEYS: Final = {"given", "outcome", "fires"}
_CODE: Final = re.compile(r"[A-Z][A-Z0-9]*(-[A-Z0-9]+)*[a-z]?")
_OUTCOME: Final = re.compile(r"[A-Z]+(_[A-Z]+)*")
_NAME: Final = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")

Toml = Mapping[str, object]
Kind = TypeVar("Kind")


class TableError(ValueError):
    """A rule table that may not be used, with the file, the rule and what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Example:
    """One worked case of a rule: all facts, the answer of the whole table, and whether this rule speaks in it."""

    facts: Known
    given: Known
    outcome: str
    fires: bool


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: when it speaks, what it answers, in which words and from which clause.

    `reasoning` says how we read the clause where a careful reader could doubt it; empty where none could.
    """

    code: str
    outcome: str
    when: Group
    message: str
    source: str
    examples: tuple[Example, ...]
    reasoning: str = ""


@dataclass(frozen=True, slots=True)
class RuleTable:
    """One ruleset as it stands from one day on (`version`, YYYY-MM-DD).

    `outcomes` is the closed list, worst first; `otherwise` is the answer where no rule speaks; `typical` is the ordinary
    case from which the examples differ.
    """

    ruleset: str
    version: str
    title: str
    about: str
    documents: Mapping[str, str]
    outcomes: tuple[str, ...]
    otherwise: str
    facts: Mapping[str, Fact]
    typical: Known
    terms: Mapping[str, Group]
    rules: tuple[Rule, ...]


def rulesets(law: Path = LAW) -> tuple[str, ...]:
    """Return the names of all rulesets, sorted."""
    return tuple(sorted(folder.name for folder in law.iterdir() if any(folder.glob("*.toml"))))


def versions(ruleset: str, law: Path = LAW) -> tuple[date, ...]:
    """Return the days from which the ruleset's tables are in force, oldest first; raises NotFound."""
    if ruleset not in rulesets(law):
        raise NotFound(f"There is no ruleset “{ruleset}”. There are: {', '.join(rulesets(law))}.")
    return tuple(sorted(_effective_from(path) for path in (law / ruleset).glob("*.toml")))


def load(ruleset: str, on: date, law: Path = LAW) -> RuleTable:
    """Return the table in force on the day of the event; raises NotFound where none is, TableError for a bad one."""
    in_force = [day for day in versions(ruleset, law) if day <= on]
    if not in_force:
        first = versions(ruleset, law)[0]
        raise NotFound(f"No table of “{ruleset}” is in force on {on}. The first is in force from {first}.")
    return _load_file(law / ruleset / f"{in_force[-1]}.toml")


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
    _only(written, _TABLE_KEYS, "the table")
    outcomes = _list_of_text(written, "outcomes", "the table")
    if bad := [name for name in outcomes if not _OUTCOME.fullmatch(name)]:
        raise TableError(f"the outcome {bad[0]!r} must be written in capitals")
    facts = {name: _fact(name, value) for name, value in _entries(written, "facts", dict).items()}
    table = RuleTable(
        ruleset=ruleset,
        version=version,
        title=_text(written, "title", "the table"),
        about=_text(written, "about", "the table"),
        documents=_documents(written),
        outcomes=outcomes,
        otherwise=_outcome(written, "otherwise", outcomes, "the table"),
        facts=facts,
        typical=_typical(written.get("typical", {}), facts),
        terms=_terms(written.get("terms", {}), facts),
        rules=(),
    )
    rules = tuple(_rules(written, table))
    _refuse_twins(rules)
    return replace(table, rules=rules)


def _documents(written: Toml) -> dict[str, str]:
    """Return the source documents by the short key with which every rule's source begins."""
    documents = _entries(written, "documents", str)
    return {key: _text(documents, key, "[documents]") for key in documents}


def _fact(name: str, written: Toml) -> Fact:
    """Return one declared fact."""
    where = f"the fact {name!r}"
    _only(written, _FACT_KEYS, where)
    if name in JOINS or not _NAME.fullmatch(name):
        raise TableError(f"{where} may not have this name")
    kind = _text(written, "kind", where)
    if kind not in KINDS:
        raise TableError(f"{where} has the unknown kind {kind!r}; kinds are {', '.join(KINDS)}")
    required, default = _flag(written, "required", where), written.get("default")
    values = _list_of_text(written, "values", where) if kind == "choice" else ()
    least = _whole(written.get("least"), where)
    fact = Fact(name, kind, _text(written, "about", where), required=required, values=values, least=least)
    if default is not None and required:
        raise TableError(f"{where} is required, so it needs no default")
    return fact if default is None else replace(fact, default=fact.read(default))


def _typical(written: object, facts: Mapping[str, Fact]) -> dict[str, Value]:
    """Return the facts of the ordinary case; it need not name every fact."""
    if not isinstance(written, Mapping):
        raise TableError("[typical] must be a table of facts")
    if unknown := sorted(set(written) - set(facts)):
        raise TableError(f"[typical] names the unknown fact {unknown[0]!r}")
    return {name: facts[name].read(value) for name, value in written.items()}


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
    _only(written, _RULE_KEYS, where)
    code = _text(written, "code", where)
    if not _CODE.fullmatch(code):
        raise TableError(f"{where}: {code!r} is not written like a rule's code")
    source = _text(written, "source", where)
    if source.partition(":")[0] not in table.documents:
        raise TableError(f"{where}: the source must begin with the key of a document under [documents] and a colon")
    rule = Rule(
        code=code,
        outcome=_outcome(written, "outcome", table.outcomes, where),
        when=read_condition(written.get("when"), table.facts, table.terms),
        message=_text(written, "message", where),
        source=source,
        examples=_examples(written, table, where),
        reasoning=_text(written, "reasoning", where) if "reasoning" in written else "",
    )
    if not any(example.fires for example in rule.examples):
        raise TableError(f"{where}: it has no example in which it speaks")
    return rule


def _examples(written: Toml, table: RuleTable, where: str) -> tuple[Example, ...]:
    """Return a rule's examples, each the table's typical case with its own facts laid over it."""
    examples = written.get("examples")
    if not isinstance(examples, list):
        raise TableError(f"{where}: it has no example")
    found = []
    for example in examples:
        _only(example, _EXAMPLE_KEYS, f"{where}, an example")
        given = example.get("given", {})
        if not isinstance(given, Mapping):
            raise TableError(f"{where}, an example: 'given' must be a table of facts")
        facts = read_facts(table.facts, {**table.typical, **given})
        outcome = _outcome(example, "outcome", table.outcomes, f"{where}, an example")
        found.append(Example(facts, {name: facts[name] for name in given}, outcome, _flag(example, "fires", where)))
    return tuple(found)


def _refuse_twins(rules: tuple[Rule, ...]) -> None:
    """Raise TableError where two rules share code and condition."""
    seen: set[tuple[str, Group]] = set()
    for rule in rules:
        if (rule.code, rule.when) in seen:
            raise TableError(f"{rule.code} stands twice with the same condition")
        seen.add((rule.code, rule.when))


def _only(written: object, allowed: set[str], where: str) -> None:
    """Raise TableError for what is no table, and for a key that is not part of the format."""
    if not isinstance(written, Mapping):
        raise TableError(f"{where}: this must be a table")
    if unknown := sorted(set(written) - allowed):
        raise TableError(f"{where}: the key {unknown[0]!r} is unknown; keys are {', '.join(sorted(allowed))}")


def _flag(written: Toml, key: str, where: str) -> bool:
    """Return true or false, true where nothing is written."""
    value = written.get(key, True)
    if not isinstance(value, bool):
        raise TableError(f"{where}: {key!r} must be true or false")
    return value


def _text(written: Toml, key: str, where: str) -> str:
    """Return a text that must be there and not empty, its line breaks folded to spaces."""
    value = written.get(key)
    if not isinstance(value, str) or not value.strip():
        raise TableError(f"{where}: it has no {key}")
    return " ".join(value.split())


def _list_of_text(written: Toml, key: str, where: str) -> tuple[str, ...]:
    """Return a list of different texts that must be there and not empty."""
    value = written.get(key)
    if not isinstance(value, list) or not value or not all(isinstance(item, str) for item in value):
        raise TableError(f"{where}: it has no list of {key}")
    if len(set(value)) != len(value):
        raise TableError(f"{where}: the list of {key} says something twice")
    return tuple(value)


def _entries(written: Toml, key: str, of: type[Kind]) -> dict[str, Kind]:
    """Return a table of named entries of one type that must be there and not empty."""
    value = written.get(key)
    entries = value.items() if isinstance(value, Mapping) else ()
    found = {name: entry for name, entry in entries if isinstance(entry, of)}
    if not found or len(found) != len(entries):
        raise TableError(f"the table has no {key}")
    return found


def _outcome(written: Toml, key: str, outcomes: tuple[str, ...], where: str) -> str:
    """Return an outcome that must be one of the closed list."""
    value = _text(written, key, where)
    if value not in outcomes:
        raise TableError(f"{where}: the outcome {value!r} is not in the table's list")
    return value


def _whole(value: object, where: str) -> int | None:
    """Return a whole number or None; raises TableError for anything else."""
    if value is not None and (not isinstance(value, int) or isinstance(value, bool)):
        raise TableError(f"{where}: 'least' must be a whole number")
    return value
