"""Providers: what the register holds of one by period and format, and who could be served if it closed tonight.

Both print numbers, periods and formats, never a student. CODE is an RTO code, a TEQSA id or an ABN.
"""

import argparse
import json
import sys
from datetime import UTC, datetime


def add(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `providers`."""
    parser = subparsers.add_parser("providers", help=__doc__.partition("\n")[0], description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    coverage = verbs.add_parser("coverage", help="print the coverage map: what is held, and what was never received")
    coverage.set_defaults(run=run_coverage, django=True)
    rehearse = verbs.add_parser("rehearse", help="rehearse the closure now and keep what it found")
    rehearse.set_defaults(run=run_rehearse, django=True)
    for verb in (coverage, rehearse):
        verb.add_argument("code", metavar="CODE", help="RTO code, TEQSA id or ABN")
        verb.add_argument("--json", action="store_true", help="print one JSON object")


def _provider_of(code: str) -> int | None:
    """Return the provider of a code; says so where there is none."""
    from testamur.providers import queries as providers_queries

    found = providers_queries.find_provider_by_code(code)
    if found is None:
        print(f"No provider has the code {code}. Give an RTO code, a TEQSA id or an ABN.", file=sys.stderr)
        return None
    return found.id


def run_coverage(options: argparse.Namespace) -> int:
    """Print the map; exit 0, or 2 where there is no such provider."""
    from testamur.submissions.queries.coverage import coverage_of

    provider_id = _provider_of(options.code)
    if provider_id is None:
        return 2
    held = coverage_of(provider_id, at=datetime.now(UTC))
    if options.json:
        cells = [
            {
                "regulator": line.regulator, "sector": line.sector, "format": line.format,
                "from": cell.window.since.isoformat(), "until": cell.window.until.isoformat(),
                "status": cell.status.value, "submissions": cell.submissions,
                "sealed": cell.sealed.isoformat() if cell.sealed else None,
            }
            for line in held.lines
            for cell in line.cells
        ]  # fmt: skip
        missing = [window.since.isoformat() for window in held.missing]
        print(json.dumps({"on": held.on.isoformat(), "cells": cells, "missing": missing}))
        return 0
    for line in held.lines:
        print(f"{line.regulator}, {line.title}")
        for cell in line.cells:
            print(f"  {cell.window.label}: {cell.status.value.replace('_', ' ')}")
    return 0


def run_rehearse(options: argparse.Namespace) -> int:
    """Rehearse and print the numbers; exit 0, or 2 where there is no such provider."""
    from testamur.regulation.actions import rehearsing
    from testamur.regulation.rehearsing import REASONS

    provider_id = _provider_of(options.code)
    if provider_id is None:
        return 2
    found = rehearsing.rehearse_closure(provider_id, at=datetime.now(UTC))
    failing = len(found.failing)
    facts = {
        "students": found.students,
        "served": found.students - failing,
        "by_hand": found.by_hand,
        "failing": failing,
        "reasons": dict(found.reasons),
    }
    if options.json:
        print(json.dumps(facts))
        return 0
    print(f"{facts['served']:,} of {found.students:,} students could be served, {found.by_hand:,} of them by hand.")
    for code, count in found.reasons.items():
        if count:
            print(f"  {code} {REASONS[code]}: {count:,}")
    return 0
