"""Bring all generated pages together, write them, or say which are stale.

The folders in FOLDERS belong to the generator alone: a file in them that it does not write is stale too.
"""

from pathlib import Path
from typing import Final

import testamur
from testamur.service.docs import api_pages, document_pages, file_pages, rule_pages, state_pages

ROOT: Final = Path(testamur.__file__).parents[1] / "docs"
FOLDERS: Final = ("rules", "facts", "states", "api", "documents")


def pages() -> dict[str, str]:
    """Return every generated page: its path below docs/ and its text. The same product gives the same pages."""
    return {
        **rule_pages.pages(),
        **file_pages.pages(),
        **state_pages.pages(),
        **api_pages.pages(),
        **document_pages.pages(),
    }


def stale(root: Path = ROOT) -> list[str]:
    """Return the paths of the pages that are missing, differ from the product or are no longer written, sorted."""
    wanted = pages()
    differing = [path for path, text in wanted.items() if _read(root / path) != text]
    return sorted({*differing, *(_present(root) - set(wanted))})


def write(root: Path = ROOT) -> list[str]:
    """Write every page, remove those no longer written, and return the paths that changed, sorted."""
    wanted = pages()
    changed = stale(root)
    for path in changed:
        target = root / path
        if path in wanted:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(wanted[path], encoding="utf-8", newline="\n")
        else:
            target.unlink()
    return changed


def _present(root: Path) -> set[str]:
    """Return the paths of all files in the generator's folders."""
    found = (path for folder in FOLDERS for path in (root / folder).rglob("*"))
    return {path.relative_to(root).as_posix() for path in found if path.is_file()}


def _read(path: Path) -> str | None:
    """Return a file's text, None where there is none or it is no text."""
    try:
        return path.read_bytes().decode("utf-8")
    except (OSError, UnicodeDecodeError):
        return None
