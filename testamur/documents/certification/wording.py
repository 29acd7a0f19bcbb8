"""Prescribed sentences by regulator's set and day of original issue: `wording/<set>/<effective-from>.toml` (CAL-6, G-08)."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Final

from testamur.kernel.errors import NotFound

_FOLDER: Final = Path(__file__).parents[1] / "wording"


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence with the source it is faithful to."""

    text: str
    source: str


@dataclass(frozen=True, slots=True)
class CertificationWording:
    """All sentences of one set that are in force from one day on."""

    name: str
    effective_from: date
    authority: str
    sentences: Mapping[str, Sentence]

    def text(self, key: str, **parts: str) -> str:
        """Return a sentence with its gaps filled; raises NotFound where the set has none of that name."""
        if key not in self.sentences:
            raise NotFound(f"The wording {self.name} of {self.effective_from.isoformat()} has no sentence “{key}”.")
        text = self.sentences[key].text
        for gap, value in parts.items():
            text = text.replace(f"{{{gap}}}", value)
        return text


def sets() -> tuple[str, ...]:
    """Return the names of every set."""
    return tuple(sorted(path.name for path in _FOLDER.iterdir() if path.is_dir()))


@cache
def versions(name: str) -> tuple[CertificationWording, ...]:
    """Return a set's wordings, earliest first; a sentence without a source does not load. Raises NotFound."""
    if name not in sets():
        raise NotFound(f"There is no set of wording “{name}”; there are {', '.join(sets())}.")
    return tuple(_read(path) for path in sorted((_FOLDER / name).glob("*.toml")))


def certification_wording(name: str, day: date) -> CertificationWording:
    """Return the wording of a set in force on the day of original issue; raises NotFound before the first."""
    in_force = [wording for wording in versions(name) if wording.effective_from <= day]
    if not in_force:
        raise NotFound(
            f"No wording of the set {name} was in force on {day.isoformat()}. Add documents/wording/{name}/<day>.toml with "
            "the words of that time and their source."
        )
    return in_force[-1]


def _read(path: Path) -> CertificationWording:
    """Read one file; `like` takes the sentences of another file."""
    table = tomllib.loads(path.read_text(encoding="utf-8"))
    if table["effective_from"].isoformat() != path.stem:
        raise ValueError(f"{path.name}: effective_from differs from the name of the file")
    like = table.get("like")
    taken = tomllib.loads((_FOLDER / f"{like}.toml").read_text(encoding="utf-8")) if like else {}
    sentences = {**_sentences(taken), **_sentences(table)}
    return CertificationWording(path.parent.name, table["effective_from"], table["authority"], sentences)


def _sentences(table: Mapping[str, Any]) -> dict[str, Sentence]:
    """Return the sentences of a file."""
    return {key: Sentence(one["text"].strip(), one["source"]) for key, one in table.items() if isinstance(one, dict)}
