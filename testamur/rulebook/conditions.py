"""Conditions: when a rule applies, written as data and never evaluated as code.

A condition is a table. Every key must hold:
    a fact's name = value                    the fact equals the value
    a fact's name = { comparison = value }   see COMPARISONS; several comparisons in one table must all hold
    all / any = [conditions]                 all, or at least one, of them hold
    not = condition                          it does not hold
    term = "name"                            a condition that the table names once under [terms]
A comparison with an absent fact does not hold; `absent = true` asks for absence itself. `empty = true` asks whether a list
has nothing in it. Dates are written as texts, YYYY-MM-DD.
"""

import operator
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from testamur.rulebook.facts import Fact, Known, Value

JOINS: Final = ("all", "any", "not", "term")

Operand = Value
_ORDERED: Final = ("integer", "amount", "date")
_NOT_COMPARED: Final = ("group", "groups")

# "at least" and "over" are told apart on purpose (CAL-4).
COMPARISONS: Final[Mapping[str, tuple[str, Callable[[Value, Operand], bool]]]] = {
    "is": ("is", lambda fact, operand: fact == operand),
    "in": ("is one of", lambda fact, operand: isinstance(operand, tuple) and fact in operand),
    "at_least": ("is at least", lambda fact, operand: _both(fact, operand, operator.ge)),
    "at_most": ("is at most", lambda fact, operand: _both(fact, operand, operator.le)),
    "over": ("is over", lambda fact, operand: _both(fact, operand, operator.gt)),
    "under": ("is under", lambda fact, operand: _both(fact, operand, operator.lt)),
    "absent": ("is absent", lambda fact, operand: (fact is None) is operand),
    "empty": ("is empty", lambda fact, operand: (fact == ()) is operand),
}


class ConditionError(ValueError):
    """A condition that cannot be read: it names an unknown fact, comparison, term or value."""


def _both(fact: Value, operand: Operand, relation: Callable[..., bool]) -> bool:
    """Say whether two numbers, or two dates, stand in a relation; nothing else does."""
    if isinstance(fact, date):
        return isinstance(operand, date) and relation(fact, operand)
    return isinstance(fact, int | Decimal) and isinstance(operand, int | Decimal) and relation(fact, operand)


@dataclass(frozen=True, slots=True)
class Comparison:
    """One fact compared with a value."""

    fact: str
    verb: str
    operand: Operand

    def holds(self, facts: Known) -> bool:
        """Say whether the comparison holds for these facts."""
        value = facts[self.fact]
        return (value is not None or self.verb == "absent") and COMPARISONS[self.verb][1](value, self.operand)

    def words(self) -> str:
        """Return the comparison as words for the documentation."""
        if self.verb in {"absent", "empty"}:
            return f"{self.fact} is {'' if self.operand else 'not '}{self.verb}"
        return f"{self.fact} {COMPARISONS[self.verb][0]} {_written(self.operand)}"

    def comparisons(self) -> Iterator["Comparison"]:
        """Yield every comparison inside, here itself."""
        yield self


@dataclass(frozen=True, slots=True)
class Group:
    """Conditions joined by `all`, `any` or `not`; `name` is set where the table gave the group a term."""

    join: str
    parts: tuple["Condition", ...]
    name: str | None = None

    def holds(self, facts: Known) -> bool:
        """Say whether the group holds for these facts."""
        if self.join == "any":
            return any(part.holds(facts) for part in self.parts)
        together = all(part.holds(facts) for part in self.parts)
        return not together if self.join == "not" else together

    def words(self) -> str:
        """Return the group as words: a term by its name, the rest spelled out."""
        return f"“{self.name.replace('_', ' ')}” holds" if self.name else self.spelled_out()

    def spelled_out(self) -> str:
        """Return the group's parts as words."""
        if self.join == "not":
            return f"not ({' and '.join(part.words() for part in self.parts)})"
        words = [f"({part.words()})" if _is_any(part) else part.words() for part in self.parts]
        return (" or " if self.join == "any" else " and ").join(words)

    def comparisons(self) -> Iterator[Comparison]:
        """Yield every comparison inside."""
        for part in self.parts:
            yield from part.comparisons()


Condition = Comparison | Group


def _is_any(condition: Condition) -> bool:
    """Say whether a condition needs brackets beside others."""
    return isinstance(condition, Group) and condition.join == "any" and condition.name is None


def _written(operand: Operand) -> str:
    """Return a value as it is written in the table."""
    if isinstance(operand, tuple):
        return ", ".join(_written(item) for item in operand)
    return str(operand).lower() if isinstance(operand, bool) else str(operand)


def read_condition(written: object, facts: Mapping[str, Fact], terms: Mapping[str, Group]) -> Group:
    """Return a condition; raises ConditionError or FactsError where it says something that the table does not know."""
    if not isinstance(written, Mapping) or not written:
        raise ConditionError("a condition must be a table with at least one key")
    return Group("all", tuple(_part(str(key), value, facts, terms) for key, value in written.items()))


def _part(key: str, value: object, facts: Mapping[str, Fact], terms: Mapping[str, Group]) -> Condition:
    """Return one key of a condition's table as a condition."""
    if key == "term":
        if value not in terms:
            raise ConditionError(f"the term {value!r} is not among [terms] above it")
        return terms[str(value)]
    if key == "not":
        return Group("not", (read_condition(value, facts, terms),))
    if key in {"all", "any"}:
        if not isinstance(value, list) or not value:
            raise ConditionError(f"{key!r} must be a list of conditions")
        return Group(key, tuple(read_condition(item, facts, terms) for item in value))
    if key not in facts:
        raise ConditionError(f"the fact {key!r} is unknown")
    if not isinstance(value, Mapping):
        return _comparison(facts[key], "is", value)
    if not value:
        raise ConditionError(f"the fact {key!r} is compared with nothing")
    compared = tuple(_comparison(facts[key], str(verb), operand) for verb, operand in value.items())
    return compared[0] if len(compared) == 1 else Group("all", compared)


def _comparison(fact: Fact, verb: str, operand: object) -> Comparison:
    """Return one comparison; raises ConditionError, or FactsError where the fact can never have such a value."""
    if verb not in COMPARISONS:
        raise ConditionError(f"the comparison {verb!r} of the fact {fact.name!r} is unknown")
    if verb in {"absent", "empty"}:
        if not isinstance(operand, bool):
            raise ConditionError(f"{verb!r} of the fact {fact.name!r} must be true or false")
        if verb == "empty" and fact.kind != "texts":
            raise ConditionError(f"the fact {fact.name!r} is no list, so {verb!r} cannot be asked of it")
        return Comparison(fact.name, verb, operand)
    if fact.kind in _NOT_COMPARED:
        raise ConditionError(f"the fact {fact.name!r} is a group, so it cannot be compared")
    if verb not in {"is", "in"} and fact.kind not in _ORDERED:
        raise ConditionError(f"the fact {fact.name!r} is no number or date, so {verb!r} cannot be asked of it")
    if verb == "in":
        if not isinstance(operand, list) or not operand:
            raise ConditionError(f"'in' of the fact {fact.name!r} must be a list")
        return Comparison(fact.name, verb, tuple(fact.read(item) for item in operand))
    return Comparison(fact.name, verb, fact.read(operand))
