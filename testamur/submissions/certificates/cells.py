"""The rules on single cells of a file of certificates: each kind of check that its layouts may name is one function here.

Cells come as text without the spaces around them. The first check of a field that applies, in the layout's order, is the
one finding of the cell. Answers are kept for cells that repeat, as dates, types and codes do.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from testamur.kernel.usi import parse_usi
from testamur.submissions.certificates import days
from testamur.submissions.layouts import Check, FileLayout
from testamur.submissions.rules import Context

Test = Callable[[str], bool]
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f�\u2028\u2029]")
_FORMULA_LIKE = re.compile(r"[@+-].*[(|!]", re.DOTALL)
_SCIENTIFIC = re.compile(r"[0-9](?:\.[0-9]+)?[eE]\+?[0-9]+")
_REMEMBERED = 100_000


def _is_day(text: str, context: Context) -> bool:
    """Say whether a cell is a date in a way of writing that the profile takes."""
    return (days.written_day(text) or days.read_day(text)) is not None


def _after(text: str, day: date) -> bool:
    read = days.read_day(text)
    return read is not None and read > day


def _before(text: str, day: date) -> bool:
    read = days.read_day(text)
    return read is not None and read < day


def _turn_of_year(text: str, context: Context) -> bool:
    read = days.read_day(text)
    meant = days.meant_by_week_year(read) if read else None
    return meant is not None and meant <= context.on


def _at_turn_of_year(text: str) -> bool:
    read = days.read_day(text)
    return read is not None and days.at_turn_of_year(read)


def _listed(values: list[str]) -> Test:
    wanted = frozenset(values)
    return lambda text: bool(text) and text.upper() not in wanted


def _shaped(pattern: str) -> Test:
    match = re.compile(pattern).search
    return lambda text: bool(text) and not match(text)


def _not_written(ways: list[str]) -> Test:
    """Say where a date is read, and not written in one of the layout's own ways (`slash` DD/MM/YYYY, `loose`)."""
    loose = "loose" in ways
    return lambda text: (
        days.written_day(text) is None and days.loose_day(text) is not None and not (loose and days.loose_day(text))
    )


def outcome_of(text: str) -> str:
    """Return the outcome code that a cell begins with: `20` of `20 Competency achieved`."""
    return text.split(maxsplit=1)[0].rstrip(":-–.") if text else ""


def _achieved_not(said: Mapping[str, Any]) -> Test:
    others = frozenset(said["others"])
    return lambda text: outcome_of(text) in others


def _no_outcome(said: Mapping[str, Any]) -> Test:
    values = frozenset(said["values"])
    return lambda text: bool(text) and outcome_of(text) not in values


KINDS: Mapping[str, Callable[[Mapping[str, Any], Context], Test]] = {
    "blank": lambda _, __: lambda text: not text,
    "length": lambda said, _: lambda text: len(text) > said["max"],
    "pattern": lambda said, _: _shaped(said["pattern"]),
    "lower": lambda _, __: lambda text: text != text.upper(),
    "equals": lambda said, _: lambda text: text.upper() == said["value"],
    "list_any_case": lambda said, _: _listed(said["values"]),
    "starts": lambda said, _: lambda text: text.upper().startswith(said["value"]),
    "digits": lambda _, __: lambda text: text.isdigit(),
    "scientific": lambda _, __: lambda text: _SCIENTIFIC.fullmatch(text) is not None,
    "control": lambda _, __: lambda text: _CONTROL.search(text) is not None,
    "formula": lambda _, __: lambda text: text.startswith("="),
    "formula_like": lambda _, __: lambda text: _FORMULA_LIKE.match(text) is not None,
    "day_of_year": lambda _, __: lambda text: days.meant_by_day_of_year(text) is not None,
    "day_over": lambda _, __: days.counts_beyond_month,
    "swapped": lambda _, __: lambda text: days.meant_by_swapping(text) is not None,
    "serial": lambda _, __: lambda text: days.day_of_serial(text) is not None,
    "short_date": lambda said, _: _not_written(said.get("ways", [])),
    "date": lambda _, context: lambda text: bool(text) and not _is_day(text, context),
    "future": lambda _, context: lambda text: _after(text, context.on),
    "before": lambda said, _: lambda text: _before(text, date.fromisoformat(said["day"])),
    "placeholder": lambda said, _: lambda text: text in said["values"],
    "usi": lambda _, __: lambda text: bool(text) and parse_usi(text) is None,
    "achieved": lambda said, _: _achieved_not(said),
    "outcome": lambda said, _: _no_outcome(said),
    "turn_of_year": lambda _, context: lambda text: _turn_of_year(text, context),
    "first_or_last_week": lambda _, __: _at_turn_of_year,
}


def meant_by(check: Check, text: str) -> str:
    """Return the date that a cell seems to mean, as a check's fix names it; empty where it is about no date."""
    read = days.read_day(text)
    meant = {
        "day_of_year": days.meant_by_day_of_year(text),
        "swapped": days.meant_by_swapping(text),
        "turn_of_year": days.meant_by_week_year(read) if read else None,
    }.get(check.kind, read)
    return days.printed(meant) if meant else ""


@dataclass
class CellRules:
    """The cell checks of one layout, bound to a profile and a day."""

    layout: FileLayout
    context: Context

    def __post_init__(self) -> None:
        """Bind every check that the profile weighs."""
        self._tests: dict[str, list[tuple[Check, Test]]] = {
            field.name: [
                (check, KINDS[check.kind](check.params, self.context))
                for check in field.checks
                if check.severity(self.context.profile) is not None and check.kind in KINDS
            ]
            for field in self.layout.fields
        }
        self._seen: dict[tuple[str, str], Check | None] = {}

    def fault(self, name: str, text: str) -> Check | None:
        """Return the first check of a field that applies to a cell, or None."""
        key = (name, text)
        if key not in self._seen:
            if len(self._seen) > _REMEMBERED:
                self._seen.clear()
            self._seen[key] = next((check for check, applies in self._tests[name] if applies(text)), None)
        return self._seen[key]
