"""Verify Unique Student Identifiers with the USI Registry, and say how many stand in which state.

`usi status` counts; `usi verify` asks about a provider's students whose numbers wait or need work. Neither prints a number, a
name or a student.
"""

import argparse
import json
from datetime import UTC, datetime

NEEDS_DJANGO = True


def add(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `usi` and its verbs."""
    parser = subparsers.add_parser("usi", help=__doc__.partition("\n")[0], description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    verify_verb = verbs.add_parser(
        "verify", help="ask about a provider's students now; exit 1 where any is not verified"
    )
    verify_verb.add_argument("--provider", required=True, metavar="CODE", help="RTO code, TEQSA id or ABN")
    verify_verb.set_defaults(run=verify)
    status_verb = verbs.add_parser("status", help="what answers, and how many numbers stand in which state")
    status_verb.set_defaults(run=status)
    for verb in (verify_verb, status_verb):
        verb.add_argument("--json", action="store_true", help="print JSON")


def verify(options: argparse.Namespace) -> int:
    """Ask again about what needs work, and about what waits; raises NotFound for no provider, NotAllowed while off."""
    from testamur.kernel import tenancy
    from testamur.kernel.errors import NotFound
    from testamur.providers import queries as providers_queries
    from testamur.students.usi import actions as usi_actions
    from testamur.students.usi import queries as usi_queries

    provider = providers_queries.find_provider_by_code(options.provider)
    if provider is None:
        raise NotFound("No provider has this RTO code, TEQSA id, CRICOS code or ABN.")
    now = datetime.now(UTC)
    with tenancy.for_provider(provider.id):
        usi_actions.request_verification(provider.id, by=None, at=now)
    tally = usi_actions.verify_usis(at=now, provider=provider.id)
    with tenancy.for_provider(provider.id):
        counts = usi_queries.state_counts(provider.id)
    left = {state: counts.by_state[state] for state in ("pending", "mismatch", "invalid", "deactivated", "failed")}
    unanswered = tally.outcomes.get("unanswered", 0)
    checks = [
        {"name": "answered", "ok": not unanswered, "detail": f"{tally.asked - unanswered} of {tally.asked} asked now"},
        {"name": "not made up", "ok": not counts.by_fake, "detail": _made_up(by_fake=counts.by_fake)},
        *[{"name": state, "ok": not count, "detail": f"{count} left"} for state, count in left.items()],
    ]
    return _show(checks, as_json=options.json)


def _made_up(*, by_fake: bool) -> str:
    """Say whether the made-up Registry answered."""
    return "ANSWERS ARE MADE UP: the demo's own Registry gave them" if by_fake else "no answer is made up"


def _show(checks: list[dict[str, object]], *, as_json: bool) -> int:
    """Print the checks; 0 where all hold but that answers are made up in a demo, else 1."""
    ok = all(one["ok"] for one in checks if one["name"] != "not made up")
    if as_json:
        print(json.dumps({"ok": ok, "checks": checks}, ensure_ascii=False))
    else:
        for one in checks:
            print(f"{'ok  ' if one['ok'] else 'LOOK'}  {one['name']}: {one['detail']}")
    return 0 if ok else 1


def status(options: argparse.Namespace) -> int:
    """Print what answers, how many numbers are due, and each provider's counts."""
    from django.conf import settings

    from testamur.kernel import tenancy
    from testamur.providers import queries as providers_queries
    from testamur.students.usi import queries as usi_queries

    with tenancy.for_register():
        counts = usi_queries.counts_of_all()
        due = usi_queries.waiting_now(datetime.now(UTC))
    names = providers_queries.legal_names(set(counts))
    if options.json:
        listed = [{"provider": names.get(number, ""), "id": number, **states} for number, states in counts.items()]
        print(json.dumps({"registry": settings.USI_REGISTRY, "due": due, "providers": listed}, ensure_ascii=False))
        return 0
    print(f"The USI Registry is {_WORDS[settings.USI_REGISTRY]}. {due} numbers are due to be asked about.")
    for number, states in counts.items():
        print(f"{names.get(number, '')}: {', '.join(f'{count} {state}' for state, count in states.items() if count)}")
    return 0


_WORDS = {"off": "not connected: numbers wait", "fake": "MADE UP, for a demo"}
