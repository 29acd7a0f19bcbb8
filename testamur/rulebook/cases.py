"""Every case a table can tell apart, and the shortest table of answers that covers them all.

The facts of a table are finite: choices, booleans, and whole numbers of which only the comparisons in its conditions
matter. So every case can be tried, in tests, and the decision table can be printed whole, in docs/rules.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Final

from testamur.rulebook.conditions import Comparison
from testamur.rulebook.evaluate import decide_by
from testamur.rulebook.facts import Fact, Value
from testamur.rulebook.tables import RuleTable

_COUNTED: Final = ("choice", "boolean", "integer")


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a decision table: for each fact the values it covers (empty: any), and the answer."""

    values: Mapping[str, tuple[str, ...]]
    outcome: str


def countable(table: RuleTable) -> bool:
    """Say whether the table's cases can all be told apart: choices, booleans and whole numbers, nothing worked out."""
    return not table.derived and all(fact.kind in _COUNTED for fact in table.facts.values())


def every_case(table: RuleTable) -> Iterator[dict[str, Value]]:
    """Yield every combination of facts that the table can tell apart."""
    spans = _spans(table)
    for chosen in product(*(spans[name].values() for name in spans)):
        yield dict(zip(spans, chosen, strict=True))


def decision_table(table: RuleTable) -> list[Row]:
    """Return rows that cover every case exactly once, facts asked in the order in which the table declares them."""
    spans = _spans(table)
    return [Row(values, outcome) for values, outcome in _rows(table, list(spans), spans, {})]


Spans = Mapping[str, Mapping[str, Value]]


def _rows(
    table: RuleTable, left: list[str], spans: Spans, chosen: Mapping[str, Value]
) -> list[tuple[dict[str, tuple[str, ...]], str]]:
    """Return the rows below the facts chosen so far; values that lead to the same rows are joined."""
    if not left:
        return [({}, decide_by(table, chosen).outcome)]
    name, rest = left[0], left[1:]
    branches: list[tuple[list[str], list[tuple[dict[str, tuple[str, ...]], str]]]] = []
    for label, value in spans[name].items():
        below = _rows(table, rest, spans, {**chosen, name: value})
        same = next((labels for labels, rows in branches if rows == below), None)
        if same is None:
            branches.append(([label], below))
        else:
            same.append(label)
    covered = [(() if len(labels) == len(spans[name]) else tuple(labels), rows) for labels, rows in branches]
    return [({name: labels, **values}, outcome) for labels, rows in covered for values, outcome in rows]


def _spans(table: RuleTable) -> Spans:
    """Return for each fact its distinguishable values, by the words that stand for them."""
    conditions = [rule.when for rule in table.rules]
    compared = [comparison for condition in conditions for comparison in condition.comparisons()]
    return {name: _span(fact, [c for c in compared if c.fact == name]) for name, fact in table.facts.items()}


def _span(fact: Fact, compared: list[Comparison]) -> dict[str, Value]:
    """Return one fact's distinguishable values, None among them where it may be absent."""
    if fact.kind == "choice":
        span: dict[str, Value] = {value: value for value in fact.values}
    elif fact.kind == "boolean":
        span = {"true": True, "false": False}
    else:
        span = _whole_numbers(fact, compared)
    return span if fact.required else {**span, "absent": None}


def _whole_numbers(fact: Fact, compared: list[Comparison]) -> dict[str, Value]:
    """Return one number for each stretch between the bounds that the conditions name."""
    starts = {bound for comparison in compared for bound in _bounds(comparison)}
    ordered = sorted(starts if fact.least is None else {fact.least, *(start for start in starts if start > fact.least)})
    ordered = ordered or [0]
    if fact.least is None:
        ordered.insert(0, ordered[0] - 1)
    span: dict[str, Value] = {}
    for start, following in zip(ordered, [*ordered[1:], None], strict=True):
        last = None if following is None else following - 1
        span[_stretch(start, last, open_below=fact.least is None and start == ordered[0])] = start
    return span


def _bounds(comparison: Comparison) -> Iterator[int]:
    """Yield the whole numbers at which a comparison's answer may change."""
    operands = comparison.operand if isinstance(comparison.operand, tuple) else (comparison.operand,)
    for operand in operands:
        if isinstance(operand, int) and not isinstance(operand, bool):
            if comparison.verb in {"is", "in", "at_least", "under"}:
                yield operand
            if comparison.verb in {"is", "in", "at_most", "over"}:
                yield operand + 1


def _stretch(first: int, last: int | None, *, open_below: bool) -> str:
    """Return the words for a stretch of whole numbers."""
    if open_below:
        return "any number" if last is None else f"{last} or fewer"
    if last is None:
        return f"{first} or more"
    return str(first) if first == last else f"{first} to {last}"
