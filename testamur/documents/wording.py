"""The fixed sentences of documents, by day of issue: `wording/<effective-from>.toml` (CQR-10 to CQR-12, TEQ-13)."""

import tomllib
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Final

from testamur.kernel.errors import NotFound

_FOLDER: Final = Path(__file__).parent / "wording"


@dataclass(frozen=True, slots=True)
class Statement:
    """One sentence that an extract must carry, with its rule and the source it is faithful to."""

    rule: str
    source: str
    text: str


@dataclass(frozen=True, slots=True)
class Wording:
    """All fixed sentences of the certified extract that are in force from one day on."""

    effective_from: date
    title: str
    certification: str
    statements: tuple[Statement, ...]


@cache
def _all() -> tuple[Wording, ...]:
    """Return every wording, earliest first; a file without a source or a rule does not load."""
    found = []
    for path in sorted(_FOLDER.glob("*.toml")):
        table = tomllib.loads(path.read_text())
        if table["effective_from"].isoformat() != path.stem:
            raise ValueError(f"{path.name}: effective_from differs from the name of the file")
        statements = tuple(Statement(row["rule"], row["source"], row["text"]) for row in table["statements"])
        found.append(Wording(table["effective_from"], table["title"], table["certification"]["text"], statements))
    return tuple(found)


def wording_on(day: date) -> Wording:
    """Return the wording in force on a day; raises NotFound before the first."""
    in_force = [wording for wording in _all() if wording.effective_from <= day]
    if not in_force:
        raise NotFound(f"No wording for extracts was in force on {day.isoformat()}.")
    return in_force[-1]
