"""Read one NAT file: its layout findings, its records' findings, and what the rules across files and the frames need."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import polars as pl

from testamur.submissions.avetmiss import crossing, typed
from testamur.submissions.avetmiss.cells import LineChecks, check_lines, too_long
from testamur.submissions.avetmiss.layout import NatLayout, Place
from testamur.submissions.avetmiss.reading import Lines, Text, cells_of, map_lines
from testamur.submissions.avetmiss.records import check_records
from testamur.submissions.sheets import Fix

_ACTIVITY_CELLS = (
    *crossing.IDS, "activity_start_date", "activity_end_date", "delivery_mode_identifier", "outcome_identifier_national",
    "funding_source_national", "commencing_program_identifier", "training_contract_identifier",
    "client_identifier_apprenticeships", "vet_in_schools_flag", "specific_funding_identifier", "school_type_identifier",
    "scheduled_hours",
)  # fmt: skip


@dataclass
class NatSheet:
    """What one file gave. `rows` counts lines that are not empty.

    `cells` are what the rules across files need of a small file or NAT00130; `keys` and `used` the same of NAT00120;
    `kept` the cells for the frames. `parts` are the files of NAT00120's typed lines.
    """

    name: str
    kind: str
    rows: int = 0
    cells: pl.DataFrame | None = None
    keys: pl.DataFrame | None = None
    used: crossing.Used = field(default_factory=crossing.Used)
    kept: pl.DataFrame | None = None
    found: list[pl.DataFrame] = field(default_factory=list)
    nul: pl.Series = field(default_factory=lambda: pl.Series("row", [], pl.UInt32))
    blank: pl.Series = field(default_factory=lambda: pl.Series("row", [], pl.UInt32))
    parts: list[Path] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Part:
    """What one block of lines gave."""

    lines: Lines
    found: pl.DataFrame
    across: pl.DataFrame
    names: pl.DataFrame | None
    kept: pl.DataFrame | None
    path: Path | None


def read_sheet(  # noqa: PLR0913 - one file of one check
    name: str,
    text: Text,
    layout: NatLayout,
    state: str | None,
    codes: Mapping[int, int],
    on: date,
    fixes: Sequence[tuple[Fix, Place]],
    titles: typed.Titles,
    folder: Path | None,
    told: Callable[[int], None],
) -> NatSheet:
    """Read a file block by block. `folder` is where typed lines go, None where none are wanted."""
    checks = LineChecks(layout, state, codes, on)
    worker = _Worker(checks, titles, folder)
    sheet = NatSheet(name, layout.kind)
    sheet.found.append(too_long(checks, fixes))
    across, kept, nul, blank, last = [], [], [sheet.nul], [sheet.blank], 0
    for part in map_lines(text, worker, fixes):
        sheet.rows += part.lines.frame.height
        sheet.found.append(part.found)
        across.append(part.across)
        nul.append(part.lines.nul)
        blank.append(part.lines.blank)
        if part.names is not None:
            sheet.used.add(part.names)
        kept += [part.kept] if part.kept is not None else []
        sheet.parts += [part.path] if part.path is not None else []
        last = part.lines.frame["row"][-1] if part.lines.frame.height else last
        told(part.lines.end)
    empty = worker(Lines(_no_lines(), sheet.nul, sheet.blank, 0)) if not across else None
    every = pl.concat(across) if empty is None else empty.across
    sheet.keys, sheet.cells = (every, None) if layout.kind == "NAT00120" else (None, every)
    sheet.kept = pl.concat(kept) if kept else (empty.kept if empty is not None else None)
    sheet.nul, sheet.blank = pl.concat(nul), pl.concat(blank)
    sheet.blank = sheet.blank.filter(sheet.blank < last)
    return sheet


def _no_lines() -> pl.DataFrame:
    return pl.DataFrame(schema={"row": pl.UInt32, "line": pl.String, "length": pl.UInt32})


class _Worker:
    """Checks blocks of lines of one file; runs in several threads at once."""

    def __init__(self, checks: LineChecks, titles: typed.Titles, folder: Path | None) -> None:
        self.checks, self.titles, self.folder = checks, titles, folder
        fields = checks.layout.fields(checks.state)
        self.places = [place for place in fields if checks.layout.kind != "NAT00120" or place.name in _ACTIVITY_CELLS]

    def __call__(self, lines: Lines) -> _Part:
        """Check one block."""
        kind = self.checks.layout.kind
        cells = cells_of(lines.frame, self.places)
        for missing in set(typed.KEPT.get(kind, ())) - set(cells.columns):
            cells = cells.with_columns(pl.lit("").alias(missing))
        found = [check_lines(lines.frame, self.checks), *check_records(cells, self.checks)]
        alike = crossing.folded(cells)
        if kind == "NAT00120":
            return _Part(
                lines,
                pl.concat(found),
                crossing.activity_keys(alike),
                pl.DataFrame() if alike.is_empty() else alike.select(crossing.IDS),
                None,
                self._write(cells, lines),
            )
        kept = cells.select("row", *typed.KEPT[kind]) if self.folder is not None and kind in typed.KEPT else None
        return _Part(lines, pl.concat(found), crossing.kept_cells(kind, cells), None, kept, None)

    def _write(self, cells: pl.DataFrame, lines: Lines) -> Path | None:
        """Write the typed lines of a block beside those of the other blocks."""
        if self.folder is None or cells.is_empty():
            return None
        path = self.folder / f"NAT00120-{lines.end:014d}.arrow"
        typed.activity_results(cells, self.titles).write_ipc(path)
        return path
