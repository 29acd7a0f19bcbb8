"""Training: load a dated copy of the national register, show a product on a day, make up a copy.

PATH is a folder or zip in the layout of docs/formats/national-register.md. Exit 1 where the copy has faults; each is printed
with its file, row and column. Loading the same copy again changes nothing.
"""

import argparse
import json
import sys
from datetime import UTC, date, datetime
from pathlib import Path
from uuid import UUID

from testamur.kernel.errors import Refusal
from testamur.kernel.verdict import Finding

OPERATOR = UUID(int=0)


def add(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `training`."""
    parser = subparsers.add_parser("training", help=__doc__.partition("\n")[0], description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    load = verbs.add_parser("load", help="take in a copy, all or nothing")
    load.add_argument("path", metavar="PATH", type=Path, help="folder or zip of a copy")
    load.set_defaults(run=run_load, django=True)
    show = verbs.add_parser("show", help="print a product as the register has it on a day")
    show.add_argument("code", metavar="CODE", help="code of a product")
    show.add_argument("--on", metavar="DATE", type=date.fromisoformat, help="the day; by default today")
    show.add_argument("--known-on", metavar="DATE", type=date.fromisoformat, help="only copies taken by this day")
    show.set_defaults(run=run_show, django=True)
    make = verbs.add_parser("make", help="write a made-up copy")
    make.add_argument("directory", metavar="DIR", type=Path, help="where the files go")
    make.add_argument("--seed", type=int, help="another seed makes other data; without it, the copy that ships")
    make.add_argument("--on", metavar="DATE", type=date.fromisoformat, help="the day on which it was taken")
    make.set_defaults(run=run_make, django=False)
    for verb in (load, show):
        verb.add_argument("--json", action="store_true", help="print one JSON object")


def run_load(options: argparse.Namespace) -> int:
    """Load a copy and print what changed; exit 0, 1 where it is refused, 2 where PATH is missing."""
    from django.utils import timezone

    from testamur.training import actions as training_actions

    at = datetime.now(UTC)
    try:
        loaded = training_actions.load_release(options.path, by=OPERATOR, at=at, on=timezone.localdate(at))
    except Refusal as refusal:
        _print_refusal(refusal, as_json=options.json)
        return 1
    if options.json:
        said = {
            "taken_on": loaded.taken_on.isoformat(),
            "already_loaded": loaded.already,
            "rows": dict(loaded.counts),
            "changes": dict(loaded.changes),
        }
        print(json.dumps(said))
        return 0
    if loaded.already:
        print(f"The copy of {loaded.taken_on} was loaded before. Nothing was changed.")
        return 0
    changes = loaded.changes
    print(
        f"The copy of {loaded.taken_on} is loaded: {changes['added']:,} products new, {changes['changed']:,} changed, "
        f"{changes['unlisted']:,} listed no more, {changes['scopes']:,} scopes changed."
    )
    return 0


def _print_refusal(refusal: Refusal, *, as_json: bool) -> None:
    """Print why a copy was refused, each fault with its place."""
    if as_json:
        findings = [
            {"rule": each.rule, "file": each.file, "row": each.row, "column": each.column, "message": each.message, "fix": each.fix}
            for each in refusal.findings
        ]  # fmt: skip
        print(json.dumps({"error": refusal.message, "findings": findings}))
        return
    print(refusal.message, file=sys.stderr)
    for each in refusal.findings:
        print(f"{_place(each)}: {each.message} {each.fix or ''}".rstrip(), file=sys.stderr)


def _place(finding: Finding) -> str:
    """Return where a fault is, in words."""
    parts = [finding.file or "copy"]
    parts += [f"row {finding.row}"] if finding.row else []
    parts += [finding.column] if finding.column else []
    return ", ".join(parts)


def run_show(options: argparse.Namespace) -> int:
    """Print a product; exit 0, 1 where the register has no such code."""
    from django.utils import timezone

    from testamur.training.queries import products

    day = options.on or timezone.localdate()
    facts = products.product_on(options.code, day, known_on=options.known_on)
    packaging = products.packaging_of(options.code, known_on=options.known_on)
    if options.json:
        print(json.dumps(products.as_json(facts, packaging), ensure_ascii=False))
        return 0
    print(f"{facts.code} {facts.title}")
    print(f"  {facts.kind}, {facts.status or 'no status'} on {day}, by the copy of {facts.as_of}")
    for status in facts.statuses:
        print(
            f"  {status.status} from {status.period.since}"
            + (f" to before {status.period.until}" if status.period.until else "")
        )
    for each in facts.replacements:
        print(f"  replaced by {each.code} since {each.replaced_on}, {'' if each.equivalent else 'not '}equivalent")
    for label, last in (("enrolment", facts.last_enrolment_day), ("issue", facts.last_issue_day)):
        if last:
            print(f"  last day of {label}: {last}")
    if packaging:
        print(f"  release {packaging.release}: {packaging.units_required} units")
        for group in packaging.groups:
            most = "" if group.choose_most is None else f" to {group.choose_most}"
            print(f"    {group.title}: {group.choose_least}{most} of {len(group.units)}")
    return 0


def run_make(options: argparse.Namespace) -> int:
    """Write a made-up copy; exit 0."""
    from testamur.service.synthetic import national

    national.write_register(
        options.directory,
        seed=national.SEED if options.seed is None else options.seed,
        on=options.on or national.TAKEN_ON,
    )
    print(f"A made-up copy of the national register is in {options.directory}.")
    return 0
