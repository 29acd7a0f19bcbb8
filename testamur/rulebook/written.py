"""Reading a parsed TOML document: each function takes one key, and raises TableError where it is not as it must be."""

from collections.abc import Mapping
from typing import TypeVar

Toml = Mapping[str, object]
Kind = TypeVar("Kind")


class TableError(ValueError):
    """A rule table that may not be used, with the file, the rule and what is wrong with it."""


def only(written: object, allowed: set[str], where: str) -> None:
    """Raise TableError for what is no table, and for a key that is not part of the format."""
    if not isinstance(written, Mapping):
        raise TableError(f"{where}: this must be a table")
    if unknown := sorted(set(written) - allowed):
        raise TableError(f"{where}: the key {unknown[0]!r} is unknown; keys are {', '.join(sorted(allowed))}")


def flag(written: Toml, key: str, where: str) -> bool:
    """Return true or false, true where nothing is written."""
    value = written.get(key, True)
    if not isinstance(value, bool):
        raise TableError(f"{where}: {key!r} must be true or false")
    return value


def text(written: Toml, key: str, where: str) -> str:
    """Return a text that must be there and not empty, its line breaks folded to spaces."""
    value = written.get(key)
    if not isinstance(value, str) or not value.strip():
        raise TableError(f"{where}: it has no {key}")
    return " ".join(value.split())


def list_of_text(written: Toml, key: str, where: str) -> tuple[str, ...]:
    """Return a list of different texts that must be there and not empty."""
    value = written.get(key)
    if not isinstance(value, list) or not value or not all(isinstance(item, str) for item in value):
        raise TableError(f"{where}: it has no list of {key}")
    if len(set(value)) != len(value):
        raise TableError(f"{where}: the list of {key} says something twice")
    return tuple(value)


def entries(written: Toml, key: str, of: type[Kind]) -> dict[str, Kind]:
    """Return a table of named entries of one type that must be there and not empty."""
    value = written.get(key)
    entries = value.items() if isinstance(value, Mapping) else ()
    found = {name: entry for name, entry in entries if isinstance(entry, of)}
    if not found or len(found) != len(entries):
        raise TableError(f"the table has no {key}")
    return found


def outcome(written: Toml, key: str, outcomes: tuple[str, ...], where: str) -> str:
    """Return an outcome that must be one of the closed list."""
    value = text(written, key, where)
    if value not in outcomes:
        raise TableError(f"{where}: the outcome {value!r} is not in the table's list")
    return value


def whole(written: Toml, key: str, where: str) -> int | None:
    """Return a whole number, or None where nothing is written; raises TableError for anything else."""
    value = written.get(key)
    if value is not None and (not isinstance(value, int) or isinstance(value, bool)):
        raise TableError(f"{where}: {key!r} must be a whole number")
    return value
