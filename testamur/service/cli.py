"""The `testamur` command: one noun a module in service/commands, each subcommand calling one action or query.

Only the module of the noun that was typed is imported, so a command that needs no database never loads Django. Exit
codes: 0 done, 1 refused or failed, 2 unreadable input or wrong arguments, 130 interrupted.
"""

import argparse
import ast
import importlib
import os
import pkgutil
import sys
from collections.abc import Sequence
from pathlib import Path

from testamur.kernel.errors import Refusal

COMMANDS = "testamur.service.commands"
SETTINGS = "testamur.service.settings"


def nouns() -> dict[str, str]:
    """Return every noun with its module's first line, without importing any of them."""
    folder = Path(__file__).parent / "commands"
    lines = {}
    for module in sorted(pkgutil.iter_modules([str(folder)]), key=lambda found: found.name):
        text = ast.get_docstring(ast.parse((folder / f"{module.name}.py").read_text(encoding="utf-8"))) or ""
        lines[module.name] = text.partition("\n")[0]
    return lines


def start_django() -> None:
    """Bring the database up and load Django; what a command with `django=True` stands on."""
    from testamur.service import database

    database.ensure()
    load_django()


def open_site() -> None:
    """Start Django over a database that holds the site's tables; raises DatabaseUnavailable where it holds none."""
    from testamur.service import database

    start_django()
    database.require_tables(database.ensure())


def load_django() -> None:
    """Load Django without touching any database."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", SETTINGS)
    import django

    django.setup()


def _usage() -> str:
    """Return the text of `--help`: each noun on a line."""
    known = nouns()
    width = max(map(len, known), default=0)
    lines = [f"  {noun:<{width}}  {line}" for noun, line in known.items()]
    return "\n".join(["usage: testamur NOUN …", "", *lines, "", "`testamur NOUN --help` says more."])


def _parser(noun: str) -> argparse.ArgumentParser:
    """Return a parser that knows one noun."""
    parser = argparse.ArgumentParser(prog="testamur", allow_abbrev=False)
    module = importlib.import_module(f"{COMMANDS}.{noun}")
    subparsers = parser.add_subparsers(dest="noun", required=True, metavar="NOUN")
    module.add(subparsers)
    parser.set_defaults(django=getattr(module, "NEEDS_DJANGO", False))
    return parser


def _run(arguments: Sequence[str]) -> int:
    """Parse, prepare Django where the command needs it, and run."""
    noun = arguments[0]
    options = _parser(noun).parse_args(arguments)
    if not hasattr(options, "run"):
        _parser(noun).parse_args([*arguments, "--help"])
    if options.django:
        open_site()
    code: int = options.run(options)
    return code


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    if not given or given[0] in {"-h", "--help"}:
        print(_usage())
        return 0 if given else 2
    if given[0] not in nouns():
        print(f"There is no command {given[0]!r}.\n\n{_usage()}", file=sys.stderr)
        return 2
    try:
        return _run(given)
    except Refusal as refusal:
        print(refusal.message, file=sys.stderr)
        return 1
    except (UnicodeDecodeError, FileNotFoundError, IsADirectoryError, NotADirectoryError, PermissionError) as error:
        print(f"Cannot be read: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # The reader of our output left (`| head`); Python must not complain at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


if __name__ == "__main__":
    sys.exit(main())
