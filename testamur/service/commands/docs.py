"""Write the pages that follow from the rules, states and the API: docs/rules, docs/facts, docs/states and docs/api.

`docs --check` writes nothing, names each stale page and exits 1 where there is one.
"""

import argparse
from pathlib import Path

from testamur.service.docs import assembly


def add(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `docs`."""
    parser = subparsers.add_parser("docs", help=__doc__.partition("\n")[0], description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 where a page is stale")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace, root: Path = assembly.ROOT) -> int:
    """Write the pages below a folder, or say which are stale."""
    if not options.check:
        changed = assembly.write(root)
        print("\n".join(f"written: docs/{path}" for path in changed) or "Every page in docs/ was fresh.")
        return 0
    found = assembly.stale(root)
    print("\n".join(f"stale: docs/{path}" for path in found) or "Every generated page in docs/ is fresh.")
    if found:
        print("`testamur docs` writes them.")
    return 1 if found else 0
