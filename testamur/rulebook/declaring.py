"""The facts that a table declares: those it is asked with, and those that are worked out from them."""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from testamur.rulebook.conditions import JOINS
from testamur.rulebook.facts import KINDS, NESTED, Fact
from testamur.rulebook.written import TableError, Toml, entries, flag, list_of_text, only, text, whole

_FACT_KEYS: Final = {"kind", "about", "required", "values", "least", "default", "fields"}
_DERIVED_KEYS: Final = {"kind", "about", "values"}
_NAME: Final = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")


def facts_of(written: Toml, within: str = "") -> dict[str, Fact]:
    """Return the declared facts of a table, or of the group named `within`; raises TableError."""
    key = "fields" if within else "facts"
    return {name: _fact(name, value) for name, value in entries(written, key, dict).items()}


def derived_of(written: Toml, facts: Mapping[str, Fact]) -> dict[str, Fact]:
    """Return the facts that the ruleset's procedure works out; none may share its name with a fact that is given."""
    found = {}
    for name, value in (entries(written, "derived", dict) if "derived" in written else {}).items():
        where = f"the derived fact {name!r}"
        only(value, _DERIVED_KEYS, where)
        if name in facts:
            raise TableError(f"{where} is already a fact that is given")
        kind = _kind(value, where)
        if kind in NESTED or name in JOINS or not _NAME.fullmatch(name):
            raise TableError(f"{where} may not have this name or kind")
        values = list_of_text(value, "values", where) if kind == "choice" else ()
        found[name] = Fact(name, kind, text(value, "about", where), required=False, values=values)
    return found


def _kind(written: Toml, where: str) -> str:
    """Return the kind of a fact."""
    kind = text(written, "kind", where)
    if kind not in KINDS:
        raise TableError(f"{where} has the unknown kind {kind!r}; kinds are {', '.join(KINDS)}")
    return kind


def _fact(name: str, written: Toml) -> Fact:
    """Return one declared fact."""
    where = f"the fact {name!r}"
    only(written, _FACT_KEYS, where)
    if name in JOINS or not _NAME.fullmatch(name):
        raise TableError(f"{where} may not have this name")
    kind = _kind(written, where)
    if ("fields" in written) != (kind in NESTED):
        raise TableError(f"{where}: a group has fields, and nothing else has")
    required, default = flag(written, "required", where), written.get("default")
    fact = Fact(
        name=name,
        kind=kind,
        about=text(written, "about", where),
        required=required,
        values=list_of_text(written, "values", where) if kind == "choice" else (),
        least=whole(written, "least", where),
        fields=facts_of(written, within=name) if kind in NESTED else {},
    )
    if default is not None and required:
        raise TableError(f"{where} is required, so it needs no default")
    return fact if default is None else replace(fact, default=fact.read(default))
