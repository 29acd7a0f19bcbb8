"""How far the check or the sealing of a submission or an export is: a small file, as sealing is one transaction nobody sees into.

Reports are many and writes few: the file is written again only when a stage begins or its percentage changes.
"""

import json
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

STAGES = {
    "unpack": "Opening the files",
    "scan": "Reading the files",
    "studentrecords": "Checking student records",
    "studentresults": "Checking student results",
    "pdfs": "Looking into the PDFs",
    "documents": "Keeping the PDFs",
    "seal": "Writing the permanent record",
    "export": "Writing your students' records",
    "pack": "Packing the archive",
}


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a stage is: `done` of `total`, 0 where the total is not known; `stage` is a key of STAGES."""

    stage: str
    done: int
    total: int

    @property
    def words(self) -> str:
        """Return the stage in words."""
        return STAGES.get(self.stage, "At work")


@dataclass(slots=True)
class Reporter:
    """Writes reports of a running job into its file; call it with (stage, done, total)."""

    path: Path
    _last: tuple[str, int] = field(default=("", -1))

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Take one report."""
        percent = done * 100 // total if total else 0
        if (stage, percent) == self._last:
            return
        self._last = (stage, percent)
        write_progress(self.path, Standing(stage, done, total))

    def clear(self) -> None:
        """Remove the file: nothing is at work."""
        self.path.unlink(missing_ok=True)


def write_progress(path: Path, standing: Standing) -> None:
    """Write the file so that a reader sees the old or the new one, never a half."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.write_text(json.dumps({"stage": standing.stage, "done": standing.done, "total": standing.total}))
    draft.replace(path)


def read_progress(path: Path) -> Standing | None:
    """Return how far the work is, None where nothing is at work or the file cannot be read."""
    try:
        read = json.loads(path.read_text())
        return Standing(str(read["stage"]), int(read["done"]), int(read["total"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


Progress = Callable[[str, int, int], None]
