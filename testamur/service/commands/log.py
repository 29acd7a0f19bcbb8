"""Audit, export and seal the transparency log."""

import argparse
import json
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from testamur.kernel.errors import NotFound, Refusal
from testamur.service import cli

if TYPE_CHECKING:
    from testamur.log.claims import Check, RecomputedLeaf

NEEDS_DJANGO = True


def add(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `log verify`, `log export`, `log status` and `log seal`."""
    parser = subparsers.add_parser("log", help="audit, export and seal the transparency log")
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    verify = verbs.add_parser(
        "verify", help="recompute every leaf, tile and checkpoint, and name the first row that differs"
    )
    verify.add_argument("--json", action="store_true", help="print one JSON object")
    verify.add_argument(
        "--against", type=Path, metavar="FILE", help="a checkpoint kept elsewhere, which this log must continue"
    )
    verify.set_defaults(run=_verify, django=False)
    export = verbs.add_parser("export", help="write the log as static files (C2SP tlog-tiles) into a folder")
    export.add_argument("folder", type=Path, metavar="DIR")
    export.set_defaults(run=_export)
    status = verbs.add_parser("status", help="say how large the log is and what waits")
    status.add_argument("--json", action="store_true", help="print one JSON object")
    status.set_defaults(run=_status)
    seal = verbs.add_parser("seal", help="give waiting leaves their places and sign a checkpoint")
    seal.set_defaults(run=_seal)


def _record_leaves() -> "Iterator[RecomputedLeaf] | None":
    """Return the leaves that the register's rows compute of themselves, None where this site has no register."""
    if find_spec("testamur.register.queries") is None:
        return None
    from testamur.extracts import queries as extracts_queries
    from testamur.kernel import tenancy
    from testamur.register import queries as register_queries
    from testamur.students.linkage import leaves as link_leaves
    from testamur.submissions.actions import returning

    def leaves() -> "Iterator[RecomputedLeaf]":
        with tenancy.for_register():
            yield from register_queries.recomputed_leaves()
            yield from extracts_queries.recomputed_leaves()
            yield from returning.recomputed_leaves()
            yield from link_leaves.recomputed_leaves()

    return leaves()


def _show(what: str, count: int) -> None:
    """Show how far the audit has come, where somebody watches."""
    if sys.stderr.isatty():
        print(f"\r{what}: {count:,} read", end="", file=sys.stderr, flush=True)


def _verify(options: argparse.Namespace) -> int:
    """Audit the log and print what was compared; exit 0 all ok, 1 any not, 2 unreadable."""
    from django.db import DatabaseError

    try:
        cli.open_site()
        from testamur.log.queries import verify_everything

        held = options.against.read_text() if options.against else None
        checks = verify_everything(_record_leaves(), held=held, progress=_show)
    except (Refusal, DatabaseError, OSError, UnicodeError) as error:
        return _unreadable(error, as_json=options.json)
    _print(checks, as_json=options.json)
    return 0 if all(check.ok for check in checks) else 1


def _print(checks: "list[Check]", *, as_json: bool) -> None:
    """Print checks as one JSON object or a line each."""
    if as_json:
        listed = [{"name": check.name, "ok": check.ok, "detail": check.detail} for check in checks]
        print(json.dumps({"ok": all(check.ok for check in checks), "checks": listed}, ensure_ascii=False))
        return
    for check in checks:
        print(f"{'ok  ' if check.ok else 'FAIL'}  {check.name}: {check.detail}")


def _unreadable(error: Exception, *, as_json: bool) -> int:
    """Say why nothing could be checked; the database's own words could quote a row and stay out."""
    detail = error.message if isinstance(error, Refusal) else f"the log cannot be read ({type(error).__name__})"
    if as_json:
        print(json.dumps({"ok": False, "checks": [{"name": "readable", "ok": False, "detail": detail}]}))
    else:
        print(detail, file=sys.stderr)
    return 2


def _export(options: argparse.Namespace) -> int:
    """Write the folder and say what it holds."""
    from testamur.log import publish

    checkpoint = publish.export(options.folder)
    print(
        f"{options.folder} holds {checkpoint.size:,} leaves, checkpoint of {checkpoint.sealed_at:%Y-%m-%d %H:%M:%S} UTC."
    )
    return 0


def _status(options: argparse.Namespace) -> int:
    """Print size, root, keys and what waits."""
    from django.conf import settings

    from testamur.log import keys, queries

    latest = queries.latest_checkpoint()
    try:
        trusted = [key.text for key in keys.trusted_keys(settings.KEYS_DIR)]
    except NotFound:
        trusted = []
    facts = {
        "origin": settings.LOG_ORIGIN,
        "size": latest.size if latest else 0,
        "root": latest.root.hex() if latest else None,
        "sealed_at": latest.sealed_at.astimezone(UTC).isoformat() if latest else None,
        "waiting": queries.waiting_leaves(),
        "keys": trusted,
    }
    if options.json:
        print(json.dumps(facts))
    else:
        print("\n".join(f"{name}: {value}" for name, value in facts.items()))
    return 0


def _seal(options: argparse.Namespace) -> int:
    """Seal once and say how large the log is."""
    from testamur.log import actions, queries

    sealed = actions.seal(at=datetime.now(UTC))
    latest = sealed or queries.latest_checkpoint()
    print(f"{'Sealed' if sealed else 'Nothing waits'}; the log has {latest.size if latest else 0:,} leaves.")
    return 0
