"""The one evaluator: facts in, a Verdict out, for every ruleset alike. No clock, no database, no code in the tables."""

from collections.abc import Mapping, Sequence
from datetime import date

from testamur.kernel.verdict import Detail, Finding, Verdict
from testamur.rulebook.facts import Known, Value, read_facts
from testamur.rulebook.procedures import PROCEDURES
from testamur.rulebook.tables import Rule, RuleTable, TableError, load, load_for


def decide(ruleset: str, facts: Mapping[str, object], *, on: date | None = None) -> Verdict:
    """Return the verdict of the rule table in force on the day of the event (CAL-6).

    The day is `on`, or where that is None the one that the facts name (`issue_on`, `on`, …); a ruleset whose facts name
    none answers by its newest table. The outcome is the worst finding's, findings stand worst first, `version` is the
    table's effective-from. Raises FactsError for a fact that is unknown, missing or of a wrong type, NotFound where no
    such table is in force.
    """
    return decide_by(load_for(ruleset, facts) if on is None else load(ruleset, on), facts)


def decide_by(table: RuleTable, facts: object) -> Verdict:
    """Return the verdict of one rule table; raises FactsError."""
    return _verdict(table, _worked_out(table, read_facts(table.facts, facts)))


def _worked_out(table: RuleTable, facts: Known) -> Known:
    """Return the facts, those of groups beside them, and those that the ruleset's procedure derives.

    Raises FactsError, or TableError where table and procedure do not name the same facts.
    """
    inside = {
        f"{group}.{name}": value
        for group, members in facts.items()
        if isinstance(members, Mapping)
        for name, value in members.items()
    }
    derive = PROCEDURES.get(table.ruleset)
    derived = derive(facts, table.numbers) if derive else {}
    if set(derived) != set(table.derived):
        gap = sorted(set(derived) ^ set(table.derived))
        raise TableError(f"{table.ruleset}/{table.version}.toml: [derived] and the procedure differ in {gap[0]!r}")
    return {**facts, **inside, **derived}


def _verdict(table: RuleTable, facts: Known) -> Verdict:
    """Return the verdict on facts that have been read and worked out."""
    spoken = [_finding(rule, facts) for rule in table.rules if rule.when.holds(facts)]
    findings = sorted(spoken, key=lambda finding: table.outcomes.index(str(finding.outcome)))
    outcome = str(findings[0].outcome) if findings else table.otherwise
    details = {name: _detail(facts[name]) for name in table.answers} | _gathered(table, findings)
    return Verdict(table.ruleset, table.version, outcome, tuple(findings), details)


def _finding(rule: Rule, facts: Known) -> Finding:
    """Return what a rule has to say, with its further keys."""
    details = {name: said.word or _detail(facts[said.fact]) for name, said in rule.says.items()}
    return Finding(rule=rule.code, message=rule.message, source=rule.source, outcome=rule.outcome, details=details)


def _detail(value: Value) -> Detail:
    """Return the value of a fact as an answer carries it."""
    if isinstance(value, tuple):
        return tuple(str(each) for each in value)
    return value if value is None or isinstance(value, str | int | date) else str(value)


def _gathered(table: RuleTable, findings: Sequence[Finding]) -> dict[str, Detail]:
    """Return what the table collects from its findings."""
    return {
        name: {str(found.details[by]): str(found.details[of]) for found in findings if by in found.details}
        for name, (by, of) in table.collected.items()
    }


def plain(detail: Detail) -> object:
    """Return a detail as JSON writes it: dates as YYYY-MM-DD, lists as lists."""
    if isinstance(detail, date):
        return detail.isoformat()
    if isinstance(detail, Mapping):
        return dict(detail)
    return list(detail) if isinstance(detail, tuple) else detail


def failing_examples(table: RuleTable) -> list[str]:
    """Return a sentence for every example in the table that the table itself does not answer as it says."""
    failures = []
    for rule in table.rules:
        for number, example in enumerate(rule.examples, 1):
            verdict = _verdict(table, _worked_out(table, example.facts))
            spoken = [found for found in verdict.findings if (found.rule, found.message) == (rule.code, rule.message)]
            here = f"{rule.code}, example {number}"
            if verdict.outcome != example.outcome:
                failures.append(f"{here}: {verdict.outcome} instead of {example.outcome}")
            if bool(spoken) != example.fires:
                failures.append(f"{here}: the rule {'speaks' if spoken else 'does not speak'}")
            said = {key: plain(value) for found in spoken for key, value in found.details.items()}
            failures += [
                f"{here}: {key} is {said.get(key)!r} instead of {value!r}"
                for key, value in example.says.items()
                if key not in said or said[key] != value
            ]
    return failures
