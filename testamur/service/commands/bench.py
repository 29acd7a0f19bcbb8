"""Measure: `bench NAME` prints each figure beside its goal; `--json` one object a line.

Each bench is a module of service/benches with `add_arguments(parser)` and `run(options)`, which yields
{"bench", "name", "value", "unit", "goal", "ratio", "met"}. Exit 1 where a goal is missed.
"""

import argparse
import importlib
import json
import pkgutil
from collections.abc import Iterable, Mapping
from pathlib import Path

from testamur.service import cli

_BENCHES = "testamur.service.benches"


def names() -> list[str]:
    """Return the names of all benches."""
    folder = Path(__file__).parents[1] / "benches"
    return sorted(module.name for module in pkgutil.iter_modules([str(folder)]) if not module.name.startswith("_"))


def add(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `bench`."""
    parser = subparsers.add_parser("bench", help=__doc__.partition("\n")[0], description=__doc__)
    parser.add_argument("name", choices=names(), metavar="NAME", help=", ".join(names()) or "none yet")
    parser.add_argument("arguments", nargs=argparse.REMAINDER, metavar="…", help="`bench NAME --help` lists them")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Run one bench and print what it measures, as it comes."""
    bench = importlib.import_module(f"{_BENCHES}.{options.name}")
    parser = argparse.ArgumentParser(prog=f"testamur bench {options.name}", description=bench.__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON object a line")
    bench.add_arguments(parser)
    chosen = parser.parse_args(options.arguments)
    if getattr(bench, "NEEDS_DJANGO", False):
        cli.start_django()
    return show(bench.run(chosen), as_json=chosen.json)


def show(figures: Iterable[Mapping[str, object]], *, as_json: bool) -> int:
    """Print figures as they come; return 1 where one misses its goal, else 0."""
    missed = False
    for figure in figures:
        missed = missed or figure.get("met") is False
        print(json.dumps(dict(figure)) if as_json else _line(figure), flush=True)
    return 1 if missed else 0


def _line(figure: Mapping[str, object]) -> str:
    """Return one figure as a person reads it."""
    goal = "" if figure.get("goal") is None else f"  goal {_number(figure['goal'])}"
    ratio = "" if figure.get("ratio") is None else f"  ratio {_number(figure['ratio'])}"
    verdict = {True: "  met", False: "  MISSED"}.get(figure.get("met"), "")  # type: ignore[call-overload]
    return f"{figure['name']}: {_number(figure['value'])} {figure.get('unit') or ''}{goal}{ratio}{verdict}".rstrip()


def _number(value: object) -> str:
    """Return a number with thin groups of thousands, anything else as it is."""
    if isinstance(value, float):
        return f"{value:,.3f}" if abs(value) < 100 else f"{value:,.0f}"
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)
