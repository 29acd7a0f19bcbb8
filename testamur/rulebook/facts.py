"""Facts: the plain values a ruleset is asked about, and the refusal of what is missing, unknown or of a wrong type.

A table declares its facts once; the reader here and the JSON Schema in docs/facts are both made from that declaration.
null means absent. A fact that is neither required nor has a default may be absent and is then None; a group of facts that
is absent is read as if it were empty. The path of a fact inside a group is `product.code`, inside a list `units[0].code`.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Final, TypeAlias

Value: TypeAlias = "str | int | bool | date | Decimal | tuple[Value, ...] | Mapping[str, Value] | None"
Known: TypeAlias = Mapping[str, Value]

KINDS: Final = {
    "choice": "one of a list",
    "boolean": "true or false",
    "integer": "a whole number",
    "amount": "a number",
    "date": "a date written YYYY-MM-DD",
    "text": "a text that is not empty",
    "texts": "a list of texts that are not empty",
    "group": "an object of facts",
    "groups": "a list of objects of facts",
}
NESTED: Final = ("group", "groups")
# Dates outside these years are slips of the pen, and reckoning with them could leave the calendar.
YEARS: Final = (1900, 2999)
_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
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

    `values` is the closed list of a choice; `least` the smallest whole number allowed; `fields` the facts of a group.
    """

    name: str
    kind: str
    about: str
    required: bool = True
    values: tuple[str, ...] = ()
    least: int | None = None
    default: Value = None
    fields: Mapping[str, "Fact"] = field(default_factory=dict, hash=False)

    def read(self, value: object, path: str = "") -> Value:
        """Return a value that this fact may have; raises FactsError, which does not repeat the value."""
        path = path or self.name
        if self.kind in NESTED:
            return self._nested(value, path)
        read = _SCALARS[self.kind](self, value)
        if read is None:
            raise FactsError(f"this fact must be {self.allowed()}", path)
        return read

    def _nested(self, value: object, path: str) -> Value:
        """Return a group of facts, or a list of such groups; raises FactsError."""
        if self.kind == "group":
            if not isinstance(value, Mapping):
                raise FactsError(f"this fact must be {self.allowed()}", path)
            return read_facts(self.fields, value, path)
        if not isinstance(value, list | tuple):
            raise FactsError(f"this fact must be {self.allowed()}", path)
        return tuple(_element(self.fields, each, f"{path}[{place}]") for place, each in enumerate(value))

    def absent(self, path: str = "") -> Value:
        """Return what stands for the fact where it is not given; raises FactsError where it must be."""
        if self.required:
            raise FactsError(f"this fact is missing; it must be {self.allowed()}", path or self.name)
        return read_facts(self.fields, {}, path or self.name) if self.kind == "group" else self.default

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
            name, more = self._shape()
            described |= {"type": name if self.required else [name, "null"], **more}
        if self.least is not None:
            described["minimum"] = self.least
        if self.default is not None:
            described["default"] = as_json(self.default)
        return described

    def _shape(self) -> tuple[str, dict[str, object]]:
        """Return the JSON type of a fact that is no choice, and what else its schema says."""
        if self.kind in NESTED:
            members = _members(self.fields)
            return ("object", members) if self.kind == "group" else ("array", {"items": {"type": "object", **members}})
        name, more = _SHAPES[self.kind]
        return name, {**more}


def _element(fields: Mapping[str, Fact], value: object, path: str) -> Known:
    """Return one group of a list; raises FactsError."""
    if not isinstance(value, Mapping):
        raise FactsError("this must be an object of facts", path)
    return read_facts(fields, value, path)


def _choice(fact: Fact, value: object) -> Value:
    """Return a value of the closed list, or None."""
    return value if isinstance(value, str) and value in fact.values else None


def _boolean(_fact: Fact, value: object) -> Value:
    """Return true or false, or None."""
    return value if isinstance(value, bool) else None


def _integer(fact: Fact, value: object) -> Value:
    """Return a whole number that is not too small, or None."""
    if not isinstance(value, int) or isinstance(value, bool) or (fact.least is not None and value < fact.least):
        return None
    return value


def _amount(_fact: Fact, value: object) -> Value:
    """Return a finite number as it is written, or None."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return None
    try:
        amount = Decimal(str(value))
    except (InvalidOperation, ValueError):
        return None
    return amount if amount.is_finite() else None


def _date(_fact: Fact, value: object) -> Value:
    """Return a day, given as a date or written YYYY-MM-DD, or None."""
    if isinstance(value, str) and _DATE.fullmatch(value):
        try:
            value = date.fromisoformat(value)
        except ValueError:
            return None
    return value if type(value) is date and YEARS[0] <= value.year <= YEARS[1] else None


def _text(_fact: Fact, value: object) -> Value:
    """Return a text without the spaces around it, or None where nothing is left."""
    return (value.strip() or None) if isinstance(value, str) else None


def _texts(fact: Fact, value: object) -> Value:
    """Return a list of texts, or None."""
    if not isinstance(value, Sequence) or isinstance(value, str):
        return None
    texts = tuple(_text(fact, each) for each in value)
    return None if None in texts else texts


_SHAPES: Final[Mapping[str, tuple[str, Mapping[str, object]]]] = {
    "boolean": ("boolean", {}),
    "integer": ("integer", {}),
    "amount": ("number", {}),
    "date": ("string", {"format": "date"}),
    "text": ("string", {"pattern": r"\S"}),
    "texts": ("array", {"items": {"type": "string", "pattern": r"\S"}}),
}
_SCALARS: Final = {
    "choice": _choice,
    "boolean": _boolean,
    "integer": _integer,
    "amount": _amount,
    "date": _date,
    "text": _text,
    "texts": _texts,
}


def read_facts(declared: Mapping[str, Fact], given: object, at: str = "") -> Known:
    """Return every declared fact with its value; raises FactsError for the first that is unknown, missing or wrong.

    `at` is the path of the group whose facts these are, empty for the facts as a whole.
    """
    if not isinstance(given, Mapping):
        raise FactsError("the facts must be one JSON object")
    inside = f"{at}." if at else ""
    for name in given:
        if name not in declared:
            raise FactsError(f"this fact is unknown; the facts are {', '.join(declared)}", f"{inside}{name}")
    return {name: _value(fact, given.get(name), f"{inside}{name}") for name, fact in declared.items()}


def _value(fact: Fact, given: object, path: str) -> Value:
    """Return a fact's value, its default where none is given; raises FactsError."""
    return fact.absent(path) if given is None else fact.read(given, path)


def as_json(value: Value) -> object:
    """Return a fact's value as JSON writes it."""
    if isinstance(value, tuple):
        return [as_json(each) for each in value]
    if isinstance(value, Mapping):
        return {name: as_json(each) for name, each in value.items()}
    if isinstance(value, Decimal):
        return int(value) if value == int(value) else float(value)
    return value.isoformat() if isinstance(value, date) else value


def _members(declared: Mapping[str, Fact]) -> dict[str, object]:
    """Return the members of the JSON Schema of an object of facts."""
    return {
        "properties": {name: fact.schema() for name, fact in declared.items()},
        "required": [name for name, fact in declared.items() if fact.required],
        "additionalProperties": False,
    }


def facts_schema(title: str, version: str, declared: Mapping[str, Fact]) -> dict[str, object]:
    """Return the JSON Schema (2020-12) of a ruleset's facts, as docs/facts publishes it."""
    return {
        "$schema": _DIALECT,
        "title": title,
        "description": f"Facts of the rule table in force from {version}. null means absent.",
        "type": "object",
        **_members(declared),
    }
