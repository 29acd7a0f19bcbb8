"""One dated copy of the national register as plain values: what is read, compared and loaded.

Whoever brings a copy by another way than files (a transport of training.gov.au) makes a Copy; what compares and loads takes
nothing else. Faults are findings with file, row and column.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final

import polars as pl

from testamur.kernel.verdict import Finding, Severity
from testamur.training.layout import SHEETS

SOURCE: Final = "Layout of a copy of the national register (docs/formats/national-register.md)"
FINDINGS_MOST: Final = 500


@dataclass(frozen=True, slots=True)
class Facts:
    """What snapshot.json says: the day on which the copy was taken, where from, and whether it is made up."""

    taken_on: date
    source: str
    synthetic: bool


@dataclass(frozen=True, slots=True)
class Copy:
    """One dated copy: its facts, a typed frame for each sheet with the column `row`, and the SHA-256 of each file."""

    facts: Facts
    frames: Mapping[str, pl.DataFrame]
    files: Mapping[str, str] = field(default_factory=dict)

    @property
    def digest(self) -> str:
        """Return the hash of all files together: the same copy twice has the same."""
        lines = [f"{name} {self.files[name]}" for name in sorted(self.files)]
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()

    @property
    def counts(self) -> dict[str, int]:
        """Return the number of rows of each file."""
        return {name: self.frames[name].height for name in SHEETS}


class BadCopy(Exception):
    """A copy with faults; nothing of it is taken in. `findings` say file, row, column and what to do."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        super().__init__(f"The copy has {len(findings)} faults.")
        self.findings = tuple(findings)


def fault(message: str, fix: str, *, file: str, row: int | None = None, column: str | None = None) -> Finding:
    """Return one fault of a file as a finding."""
    return Finding(
        rule="REG-01",
        message=message,
        source=SOURCE,
        severity=Severity.ERROR,
        file=file,
        row=row,
        column=column,
        fix=fix,
    )
