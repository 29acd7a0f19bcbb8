"""Facts: the plain values a ruleset is asked about, and the refusal of what is missing, unknown or of a wrong type.

A table declares its facts once; the reader here and the JSON Schema in docs/facts are both made from that declaration.
null means absent. A fact that is neither required nor has a default may be absent and is then None.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

Value = str | int | bool | None
Known = Mapping[str, Value]

KINDS: Final = {"choice": "one of a list", "boolean": "true or false", "integer": "a whole number"}
_DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"


class FactsError(Exception):
    """Facts that cannot be read: `error` says what is wrong, `path` names the fact (empty: the facts as a whole).

    Neither holds the value that was given.
    """

    def __init__(self, error: str, path: str = "") -> None:
        super().__init__(f"{path}: {error}" if path else error)
        self.error = error
        self.path = path

    def as_json(self) -> dict[str, str]:
        """Return what the command and the API answer: {"error", "path"}."""
        return {"error": self.error, "path": self.path}


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact of a ruleset: its name, kind (a key of KINDS), what it means, and whether it must be given.

    `values` is the closed list of a choice; `least` the smallest whole number allowed.
    """

    name: str
    kind: str
    about: str
    required: bool = True
    values: tuple[str, ...] = ()
    least: int | None = None
    default: Value = None

    def read(self, value: object) -> Value:
        """Return a value that this fact may have; raises FactsError, which does not repeat the value."""
        if self.kind == "choice" and isinstance(value, str) and value in self.values:
            return value
        if self.kind == "boolean" and isinstance(value, bool):
            return value
        whole = self.kind == "integer" and not isinstance(value, bool)
        if whole and isinstance(value, int) and (self.least is None or value >= self.least):
            return value
        raise FactsError(f"this fact must be {self.allowed()}", self.name)

    def allowed(self) -> str:
        """Return what the fact's value may be, in words."""
        if self.kind == "choice":
            return f"one of {', '.join(self.values)}"
        return KINDS[self.kind] + (f", {self.least} or more" if self.least is not None else "")

    def schema(self) -> dict[str, object]:
        """Return this fact's JSON Schema; null is allowed where the fact may be absent."""
        described: dict[str, object] = {"description": self.about}
        if self.kind == "choice":
            described["enum"] = [*self.values] if self.required else [*self.values, None]
        else:
            described["type"] = self.kind if self.required else [self.kind, "null"]
        if self.least is not None:
            described["minimum"] = self.least
        if self.default is not None:
            described["default"] = self.default
        return described


def read_facts(declared: Mapping[str, Fact], given: object) -> Known:
    """Return every declared fact with its value; raises FactsError for the first that is unknown, missing or wrong."""
    if not isinstance(given, Mapping):
        raise FactsError("the facts must be one JSON object")
    for name in given:
        if name not in declared:
            raise FactsError(f"this fact is unknown; the facts are {', '.join(declared)}", str(name))
    return {name: _value(fact, given.get(name)) for name, fact in declared.items()}


def _value(fact: Fact, given: object) -> Value:
    """Return a fact's value, its default where none is given; raises FactsError."""
    if given is not None:
        return fact.read(given)
    if fact.required:
        raise FactsError(f"this fact is missing; it must be {fact.allowed()}", fact.name)
    return fact.default


def facts_schema(title: str, version: str, declared: Mapping[str, Fact]) -> dict[str, object]:
    """Return the JSON Schema (2020-12) of a ruleset's facts, as docs/facts publishes it."""
    return {
        "$schema": _DIALECT,
        "title": title,
        "description": f"Facts of the rule table in force from {version}. null means absent.",
        "type": "object",
        "properties": {name: fact.schema() for name, fact in declared.items()},
        "required": [name for name, fact in declared.items() if fact.required],
        "additionalProperties": False,
    }
