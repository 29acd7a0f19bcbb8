"""The one evaluator: facts in, a Verdict out, for every ruleset alike. No clock, no database, no code in the tables."""

from collections.abc import Mapping
from datetime import date

from testamur.kernel.verdict import Finding, Verdict
from testamur.rulebook.facts import Known, read_facts
from testamur.rulebook.tables import RuleTable, load


def decide(ruleset: str, facts: Mapping[str, object], *, on: date) -> Verdict:
    """Return the verdict of the rule table in force on the day of the event (CAL-6).

    The outcome is the worst finding's, findings stand worst first, `version` is the table's effective-from. Raises
    FactsError for a fact that is unknown, missing or of a wrong type, NotFound where no such table is in force.
    """
    return decide_by(load(ruleset, on), facts)


def decide_by(table: RuleTable, facts: object) -> Verdict:
    """Return the verdict of one rule table; raises FactsError."""
    return _verdict(table, read_facts(table.facts, facts))


def _verdict(table: RuleTable, facts: Known) -> Verdict:
    """Return the verdict on facts that have been read."""
    spoken = [
        Finding(rule=rule.code, message=rule.message, source=rule.source, outcome=rule.outcome)
        for rule in table.rules
        if rule.when.holds(facts)
    ]
    findings = sorted(spoken, key=lambda finding: table.outcomes.index(str(finding.outcome)))
    outcome = str(findings[0].outcome) if findings else table.otherwise
    return Verdict(ruleset=table.ruleset, version=table.version, outcome=outcome, findings=tuple(findings))


def failing_examples(table: RuleTable) -> list[str]:
    """Return a sentence for every example in the table that the table itself does not answer as it says."""
    failures = []
    for rule in table.rules:
        for number, example in enumerate(rule.examples, 1):
            verdict = _verdict(table, example.facts)
            spoke = any((found.rule, found.message) == (rule.code, rule.message) for found in verdict.findings)
            if verdict.outcome != example.outcome:
                failures.append(f"{rule.code}, example {number}: {verdict.outcome} instead of {example.outcome}")
            if spoke != example.fires:
                failures.append(f"{rule.code}, example {number}: the rule {'speaks' if spoke else 'does not speak'}")
    return failures
