"""Load enrolments, outcomes and fees of students in training, show one, and purge evidence whose time of keeping is over.

`enrolments load` writes everything or nothing and prints every finding; `purge` shows what would go unless `--confirm` is given.
No name and no USI is printed.
"""

import argparse
import dataclasses
import json
from datetime import UTC, date, datetime
from pathlib import Path
from uuid import UUID
from zoneinfo import ZoneInfo

NEEDS_DJANGO = True


def add(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `enrolments` and its verbs."""
    parser = subparsers.add_parser("enrolments", help=__doc__.partition("\n")[0], description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    loading = verbs.add_parser("load", help="load enrolments.csv, outcomes.csv and fees.csv; exit 1 with findings")
    loading.add_argument("paths", nargs="+", type=Path, metavar="FILE")
    loading.add_argument("--check", action="store_true", help="say what is wrong and write nothing")
    loading.set_defaults(run=load)
    showing = verbs.add_parser("show", help="how many enrolments stand in each state, or the facts of one for issuing")
    showing.add_argument("enrolment", nargs="?", type=UUID, metavar="ENROLMENT")
    showing.set_defaults(run=show)
    purging = verbs.add_parser("purge", help="evidence that may go (REG-04); deletes it with --confirm only")
    purging.add_argument(
        "--dry-run", action="store_true", help="show only, which is what happens without --confirm too"
    )
    purging.add_argument("--confirm", action="store_true", help="delete the bytes; hash, size and day stay")
    purging.set_defaults(run=purge)
    for verb in (loading, showing, purging):
        verb.add_argument("--provider", required=True, metavar="CODE", help="RTO code, TEQSA id or ABN")
        verb.add_argument("--json", action="store_true", help="print JSON")
    for verb in (loading, purging):
        verb.add_argument("--as", dest="user", default="", metavar="USER", help="whose act it is, by e-mail address")


def _provider(code: str) -> tuple[int, date, datetime]:
    """Return a provider, the day there and the moment; raises NotFound."""
    from testamur.kernel.errors import NotFound
    from testamur.providers import queries as providers_queries

    found = providers_queries.find_provider_by_code(code)
    if found is None:
        raise NotFound("No provider has this RTO code, TEQSA id, CRICOS code or ABN.")
    now = datetime.now(UTC)
    return found.id, now.astimezone(ZoneInfo(found.zone)).date(), now


def _account(address: str) -> UUID:
    """Return the account of an address; raises NotFound."""
    from testamur.accounts import queries as accounts_queries
    from testamur.kernel.errors import NotFound

    found = accounts_queries.find_account(address) if address else None
    if found is None:
        raise NotFound("Nobody has an account under this address. Give one with --as.")
    return found.id


def load(options: argparse.Namespace) -> int:
    """Load files; 0 where they are written or right, 1 with findings, 2 where one cannot be opened."""
    from testamur.enrolments import actions
    from testamur.kernel import tenancy

    provider, _, now = _provider(options.provider)
    try:
        given = [(path.name, path.read_bytes()) for path in options.paths]
    except OSError as problem:
        print(f"A file cannot be opened: {problem.strerror}.")
        return 2
    with tenancy.for_provider(provider):
        loaded = actions.load_files(provider, given, by=_account(options.user), at=now, only_check=options.check)
    findings = [
        {"file": one.file, "row": one.row, "column": one.column, "rule": one.rule, "message": one.message}
        for one in loaded.findings
    ]
    if options.json:
        said = {"ok": not findings, "rows": loaded.rows, "counts": loaded.counts, "findings": findings}
        print(json.dumps(said, ensure_ascii=False))
    else:
        for one in findings:
            print(f"{one['file']}:{one['row'] or ''} {one['column'] or ''} {one['rule']}: {one['message']}")
        counts = ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in loaded.counts.items() if count)
        end = "Nothing was written." if findings or options.check else f"Written: {counts or 'nothing that is new'}."
        print(f"{len(findings)} findings. {end}")
    return 1 if findings else 0


def show(options: argparse.Namespace) -> int:
    """Print the counts of a provider, or the facts of one enrolment."""
    from testamur.enrolments import queries
    from testamur.kernel import tenancy

    provider, on, _ = _provider(options.provider)
    with tenancy.for_provider(provider):
        if options.enrolment:
            print(json.dumps(queries.facts_for(options.enrolment, on).for_rules(), indent=None if options.json else 2))
            return 0
        counts = queries.state_counts(provider)
    if options.json:
        print(json.dumps(counts))
    else:
        print(", ".join(f"{count} {state}" for state, count in counts.items()))
    return 0


def purge(options: argparse.Namespace) -> int:
    """Show the evidence that may go, and delete it where that is confirmed."""
    from testamur.enrolments import actions, queries
    from testamur.kernel import tenancy

    provider, on, now = _provider(options.provider)
    gone = 0
    with tenancy.for_provider(provider):
        due = queries.evidence_due(provider, on=on)
        if options.confirm and not options.dry_run and due:
            gone = actions.purge_evidence(provider, [one.id for one in due], by=_account(options.user), at=now)
    if options.json:
        listed = [
            {name: str(value) for name, value in dataclasses.asdict(one).items() if name != "label"} for one in due
        ]
        print(json.dumps({"on": on.isoformat(), "due": listed, "purged": gone}))
        return 0
    for one in due:
        print(f"{one.kept_until}  {one.days_over:>4} days over  {one.kind:<14} {one.size:>12,} bytes  {one.sha256}")
    end = f"{gone} pieces were purged." if gone else "Nothing was purged." if due else "Nothing is due."
    print(f"{len(due)} pieces of evidence may go on {on}. {end}")
    return 0
