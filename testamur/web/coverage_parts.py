"""The coverage map as pages show it: the picture with its table, and the three answers that cite it (CQR-12)."""

from collections.abc import Sequence
from typing import Final

from testamur.submissions.coverage import Coverage, CoverageCell, CoverageLine, Status
from testamur.submissions.years import Window
from testamur.web.pictures.drawing import Figure
from testamur.web.pictures.grids import GridRow, Kind, Stretch, held_grid
from testamur.web.templatetags.testamur import long_date

KINDS: Final[dict[str, Kind]] = {
    Status.HELD: Kind("held", "records are held", "good"),
    Status.PARTLY: Kind("part", "a part came before it was over", "warn"),
    Status.NIL: Kind("nil", "nil return: nothing to lodge", "info"),
    Status.OTHER: Kind("other", "held in another format", "quiet"),
    Status.NOT_DUE: Kind("later", "not due yet", "heat0"),
    Status.NEVER: Kind("none", "never received", "bad"),
    Status.NOT_ASKED: Kind("–", "not asked for, and not received"),
    Status.OUTSIDE: Kind("", "not registered then"),
}
_SHORT: Final = {"avetmiss8": "AVETMISS 8.0", "cqr2": "CQR 2.00", "teqsa": "TEQSA files"}
ANSWERS: Final = {
    "not_held": ("NOT_HELD", "the provider never lodged records for that time"),
    "no_match": ("NO_MATCH", "records were lodged, and none was found to be this person’s"),
    "redirected": ("HELD_ELSEWHERE", "somebody else holds or answers for the records"),
}


def coverage_figure(
    held: Coverage, *, title: str = "What is held, and what was never received", name: str = "coverage"
) -> Figure:
    """Return the map as a picture with its table; `name` tells several on one page apart."""
    windows = held.windows
    several = len({(line.regulator, line.sector) for line in held.lines}) > 1
    rows = [GridRow(_row_name(line, several=several), _cells(line, windows)) for line in held.lines]
    lead = f"By period and format, on {long_date(held.on)}."
    return held_grid([_stretch(window) for window in windows], rows, KINDS, title=title, lead=lead, name=name)


def _row_name(line: CoverageLine, *, several: bool) -> str:
    """Return a row's name: the format, with the regulator where there are several."""
    title = _SHORT.get(line.format, line.title)
    return f"{line.regulator}: {title}" if several else title


def _cells(line: CoverageLine, windows: Sequence[Window]) -> tuple[tuple[str, str] | None, ...]:
    """Return a line's cells in the order of the map's windows."""
    own = {cell.window.since: cell for cell in line.cells}
    found = [own.get(window.since) for window in windows]
    return tuple((cell.status.value, _note(cell)) if cell else None for cell in found)


def _note(cell: CoverageCell) -> str:
    """Return on what a cell rests."""
    if cell.sealed is None:
        return ""
    times = "one submission, sealed" if cell.submissions == 1 else f"{cell.submissions} submissions, the last sealed"
    return f"{times} {long_date(cell.sealed)}"


def _stretch(window: Window) -> Stretch:
    """Return a window as a column."""
    return Stretch(str(window.since.year), f"{window.since:%b}", window.label)
