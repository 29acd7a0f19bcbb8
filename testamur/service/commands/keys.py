"""Make and check the keys that this register signs with: the log's, and the seal of its documents.

`keys create` makes what is missing, once, for a new register; `keys check` says whether all are there, whole and private.
Neither prints a private key.
"""

import argparse
import json
import stat
from collections.abc import Callable
from pathlib import Path

from testamur.kernel.errors import Refusal


def add(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `keys` and its verbs."""
    parser = subparsers.add_parser("keys", help=__doc__.partition("\n")[0], description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    create_verb = verbs.add_parser("create", help="make what is missing")
    create_verb.set_defaults(run=create)
    check_verb = verbs.add_parser("check", help="say whether all keys are there, whole and private")
    check_verb.set_defaults(run=check)
    check_verb.add_argument("--json", action="store_true", help="print JSON")


def create(options: argparse.Namespace) -> int:
    """Make the keys that are missing, then check all."""
    from testamur.service import settings

    _load(settings.KEYS_DIR, create=True)
    return _show(checks(settings.KEYS_DIR), as_json=False)


def check(options: argparse.Namespace) -> int:
    """Print what was checked; exit 1 where a check fails."""
    from testamur.service import settings

    return _show(checks(settings.KEYS_DIR), as_json=options.json)


def _load(folder: Path, *, create: bool) -> dict[str, str]:
    """Load every key (or make it); return for each what is wrong with it, empty where nothing is."""
    from testamur.documents import seal, stamp
    from testamur.log import keys
    from testamur.service import settings

    loads: dict[str, Callable[[], object]] = {
        "log": lambda: keys.ensure_log_key(folder, origin=settings.LOG_ORIGIN, create=create),
        "log, public": lambda: keys.trusted_keys(folder),
        "seal": lambda: seal.ensure_seal(folder, organisation=settings.REGISTER_NAME, create=create),
    }
    if not settings.TIME_STAMP_URL and (create or stamp.stamp_root(folder).parent.is_dir()):
        loads["time-stamp"] = lambda: stamp.development_stamp(folder, settings.REGISTER_NAME, create=create)
    wrong = {}
    for name, load in loads.items():
        try:
            load()
        except Refusal as refusal:
            wrong[name] = refusal.message
        else:
            wrong[name] = ""
    return wrong


def checks(folder: Path) -> list[dict[str, object]]:
    """Return what was checked as {"name", "ok", "detail"}; makes nothing."""
    loaded = _load(folder, create=False)
    found: list[dict[str, object]] = [
        {"name": f"{name} key", "ok": not wrong, "detail": wrong or "whole"} for name, wrong in loaded.items()
    ]
    private = [path for path in sorted(folder.rglob("*")) if path.suffix in {".key", ".pem"} and _is_private(path)]
    for path in private:
        mode = stat.S_IMODE(path.stat().st_mode)
        detail = "only its owner reads it" if not mode & 0o077 else f"others may read it (mode {mode:o}): chmod 600"
        found.append({"name": str(path.relative_to(folder)), "ok": not mode & 0o077, "detail": detail})
    return found


def _is_private(path: Path) -> bool:
    """Say whether a file holds a private key."""
    return b"PRIVATE KEY" in path.read_bytes()


def _show(found: list[dict[str, object]], *, as_json: bool) -> int:
    """Print checks; return 0 where all hold, else 1."""
    ok = all(one["ok"] for one in found)
    if as_json:
        print(json.dumps({"ok": ok, "checks": found}))
    else:
        for one in found:
            print(f"{'ok    ' if one['ok'] else 'FAILED'}  {one['name']}: {one['detail']}")
    return 0 if ok else 1
