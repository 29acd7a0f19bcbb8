"""Pages about states: every machine of every package's states.py as a table and a drawing."""

import importlib
import importlib.util
import pkgutil
from collections.abc import Mapping

import testamur
from testamur.kernel.states import Machine
from testamur.service.docs.drawing import drawing
from testamur.service.docs.rule_pages import grid


def machines() -> dict[str, Machine]:
    """Return every machine in the product as `<package>-<name>`, sorted."""
    found: dict[str, Machine] = {}
    for package in pkgutil.iter_modules(testamur.__path__):
        module = f"testamur.{package.name}.states"
        if package.ispkg and package.name != "kernel" and importlib.util.find_spec(module):
            named: Mapping[str, Machine] = importlib.import_module(module).MACHINES
            found |= {f"{package.name}-{name}": machine for name, machine in named.items()}
    return dict(sorted(found.items()))


def pages() -> dict[str, str]:
    """Return a page and a drawing for every machine."""
    written = {}
    for name, machine in machines().items():
        written[f"states/{name}.md"] = machine_page(name, machine)
        written[f"states/{name}.svg"] = drawing(title(name), machine)
    return written


def title(name: str) -> str:
    """Return the heading of a machine's page."""
    return f"States of: {name.partition('-')[2].replace('_', ' ')}"


def machine_page(name: str, machine: Machine) -> str:
    """Return a machine's page: drawing, states with their notes, and moves."""
    package = name.partition("-")[0]
    parts = [
        f"# {title(name)}",
        f"<!-- Written by `testamur docs` from testamur/{package}/states.py; change that file, not this one. -->",
        f"![Every state as a column, every move as an arrow; the tables below say the same.]({name}.svg)",
        "## States",
        grid(("State", "", "Meaning or guard"), [_state_row(machine, state) for state in machine.states]),
        "## Moves",
        grid(
            ("From", "By", "To"),
            [(_words(state), f"`{verb}`", _words(to)) for state, verb, to in moves(machine)],
        ),
    ]
    return "\n\n".join(parts) + "\n"


def moves(machine: Machine) -> list[tuple[str, str, str]]:
    """Return every move as (state, verb, next state), in the order of the states."""
    return [(state, verb, machine.move(state, verb)) for state in machine.states for verb in machine.verbs(state)]


def _state_row(machine: Machine, state: str) -> tuple[str, str, str]:
    """Return a state's line."""
    place = "first" if state == machine.initial else "" if machine.verbs(state) else "final"
    return _words(state), place, machine.notes.get(state, "")


def _words(name: str) -> str:
    """Return an identifier as words."""
    return str(name).replace("_", " ")
