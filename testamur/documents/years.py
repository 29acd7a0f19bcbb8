"""The picture of the years on an extract: one mark a unit, one column a year, and the same in words."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final, Literal

from testamur.kernel.canonical import Json

Standing = Literal["achieved", "not_achieved", "open"]
Shown = Literal["achieved", "not_achieved", "open", "issued"]

_MOST_YEARS: Final = 16
_WIDTH, _MARK = 158, 3.3  # millimetres
_ORDER: Final = {"achieved": 0, "open": 1, "not_achieved": 2, "issued": 3}
_WORDS: Final = {
    "achieved": "achieved",
    "open": "without a final result",
    "not_achieved": "not achieved",
    "issued": "issued by the provider",
}


def years_pictured(units: Sequence[tuple[int | None, Standing]], issued: Iterable[int] = ()) -> dict[str, Json]:
    """Return what the template draws of the years: units by year and standing, and documents by the year of their issue.

    Years without a mark stand as gaps; a record over more years than fit has no picture, the table says it all.
    """
    placed: list[tuple[int, Shown]] = [(year, standing) for year, standing in units if year]
    placed += [(year, "issued") for year in issued]
    has_open = any(standing == "open" for _, standing in units)
    said: dict[str, Json] = {"has_open": has_open}
    if any(standing == "issued" for _, standing in placed):
        said |= {"has_issued": True, "has_units": any(standing != "issued" for _, standing in placed)}
    years = sorted({year for year, _ in placed})
    if not years or years[-1] - years[0] >= _MOST_YEARS:
        return {"timeline": [], "timeline_text": "", "timeline_per_row": 1, **said}
    span = range(years[0], years[-1] + 1)
    marks = {at: sorted((one for year, one in placed if year == at), key=_ORDER.__getitem__) for at in span}
    words = [f"{year}: {_counted(marks[year])}" for year in span if marks[year]]
    what = "Units by year of study" if said.get("has_units", True) else "By year of issue"
    room = max(1, int(_WIDTH / len(span) / _MARK) - 1)
    return {
        "timeline": [{"label": str(year), "marks": list(marks[year])} for year in span],
        "timeline_text": f"{what}. " + "; ".join(words) + ".",
        "timeline_per_row": min(6, room),
        **said,
    }


def _counted(marks: Iterable[Shown]) -> str:
    """Return the marks of a year in words: `7 achieved, 1 not achieved`."""
    return ", ".join(f"{count} {_WORDS[standing]}" for standing, count in Counter(marks).items())
