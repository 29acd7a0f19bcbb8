"""Copies of the national register for tests: the one that ships, loaded by the real action."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Final

from testamur.training import actions as training_actions
from testamur.training.actions import Loaded
from testamur.training.copies import Copy
from testamur.training.reading import read_copy
from tests.architecture.source import PROJECT
from tests.build import NOW, OPERATOR

SHIPPED: Final = PROJECT / "testamur" / "training" / "data" / "national"
TAKEN_ON: Final = date(2026, 6, 28)


def load(*, taken_on: date = TAKEN_ON, at: datetime = NOW) -> Loaded:
    """Load the copy that ships as if it were taken on a day."""
    copy = read_copy(SHIPPED)
    copy = replace(copy, facts=replace(copy.facts, taken_on=taken_on))
    return training_actions.load_copy(copy, by=OPERATOR, at=at, on=max(taken_on, at.date()))


def changed(folder: Path, edit: Callable[[str, str], str], *, taken_on: date) -> Path:
    """Write the copy that ships into a folder with each file's text edited, as taken on another day; returns the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for path in SHIPPED.iterdir():
        text = edit(path.name, path.read_text("utf-8")).replace("2026-11-20", taken_on.isoformat(), 1)
        (folder / path.name).write_text(text, "utf-8")
    return folder


def shipped() -> Copy:
    """Return the copy that ships."""
    return read_copy(SHIPPED)
