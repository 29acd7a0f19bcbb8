"""The list of cells that an export cut to the width of their column: places and lengths, nothing of what stood there.

It lies in a file, since an export of long titles cuts as many cells as it has rows.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from testamur.submissions.certificates.writing import csv_text

CUTS: Final = "what was cut.csv"


class CutList:
    """Takes cuts one by one and writes them below the names of its columns when told to."""

    def __init__(self, folder: Path, columns: Sequence[str]) -> None:
        """Begin the list in a folder."""
        self.path = folder / "cuts"
        self.waiting: list[list[str]] = []
        self.path.write_text(csv_text([columns]), encoding="utf-8-sig", newline="")

    def add(self, *cells: str | int) -> None:
        """Take one cut."""
        self.waiting.append([str(cell) for cell in cells])

    def write(self) -> None:
        """Write what was taken since the last time."""
        with self.path.open("a", encoding="utf-8", newline="") as stream:
            stream.write(csv_text(self.waiting))
        self.waiting.clear()
