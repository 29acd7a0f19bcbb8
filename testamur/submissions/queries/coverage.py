"""The coverage map: provider × window × format, from what was sealed, the nil returns and the registrations (CQR-12, CQR-18).

What is read here says when a provider lodged and nothing about anybody in it, so it is read across providers.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime

from testamur.kernel.periods import Period, days_after
from testamur.providers import queries as providers_queries
from testamur.providers.queries import RegistrationLine
from testamur.submissions import coverage, years
from testamur.submissions.coverage import Coverage, CoverageCell, CoverageLine, Seen
from testamur.submissions.formats import FORMATS, formats_for
from testamur.submissions.queries.due import Lodged, NilCard, lodged_of, nil_returns_of
from testamur.submissions.years import Window

FIRST_YEAR = 1980  # no register of providers goes further back
_ASKED_STATES = frozenset({"ceasing"})


def coverage_of(provider_id: int, *, at: datetime) -> Coverage:
    """Return the coverage map of a provider; raises NotFound for an unknown one. A few statements, however many windows."""
    zone = providers_queries.provider(provider_id).zone
    on = years.local_day(at, zone)
    held, nils = lodged_of(provider_id), nil_returns_of(provider_id)
    by_place: dict[tuple[str, str], list[RegistrationLine]] = {}
    for line in providers_queries.registration_lines([provider_id]):
        by_place.setdefault((line.regulator, line.sector), []).append(line)
    found = [one for place, lines in by_place.items() for one in _lines(place, lines, held, nils, on)]
    return Coverage(provider_id, on, tuple(found))


def _lines(
    place: tuple[str, str],
    registrations: Sequence[RegistrationLine],
    lodged: Sequence[Lodged],
    nils: Sequence[NilCard],
    on: date,
) -> list[CoverageLine]:
    """Return the lines of one regulator and sector: one a format that was lodged, one for all where none was."""
    regulator, sector = place
    own = [one for one in lodged if one.sector == sector]
    nil = {one.period_from for one in nils if (one.regulator, one.sector) == place and one.state == "declared"}
    windows = _windows(regulator, registrations, own, on)
    used = {one.format for one in own}
    names = [form.name for form in formats_for(frozenset({sector})) if form.name in used]
    return [
        CoverageLine(
            regulator,
            sector,
            name or coverage.ANY_FORMAT,
            FORMATS[name].title if name else "Any format",
            tuple(_cell(window, name, registrations, own, window.since in nil, on) for window in windows),
        )
        for name in names or [""]
    ]


def _windows(
    regulator: str, registrations: Iterable[RegistrationLine], lodged: Iterable[Lodged], on: date
) -> tuple[Window, ...]:
    """Return the windows that began while the provider was registered, and any other of which records are held."""
    drawn = years.windows(regulator, date(FIRST_YEAR, 1, 1), days_after(on, 1))
    periods = [Period(line.registered_from, line.registered_until) for line in registrations]
    held = list(lodged)
    return tuple(
        window
        for window in drawn
        if any(window.period.overlaps(period) for period in periods) or any(one.touches(window) for one in held)
    )


def _cell(
    window: Window, form: str, registrations: Sequence[RegistrationLine], lodged: Sequence[Lodged], nil: bool, on: date
) -> CoverageCell:
    """Return what is held of one window in one format."""
    inside = [one for one in registrations if window.period.overlaps(Period(one.registered_from, one.registered_until))]
    over = _over(window, inside)
    own = [one for one in lodged if one.format == form and one.touches(window)]
    others = [one for one in lodged if one.format != form and one.touches(window)]
    status = coverage.status_of(
        Seen(
            registered=bool(inside),
            held=any(one.sealed >= over for one in own),
            early=bool(own),
            nil=nil,
            elsewhere=bool(others),
            over=on >= over,
            due=_due(window, inside),
            on=on,
        )
    )
    shown = own if status in coverage.HELD else []
    return CoverageCell(window, status, len(shown), max((one.sealed for one in shown), default=None))


def _over(window: Window, inside: Sequence[RegistrationLine]) -> date:
    """Return the first day on which nothing more can be issued in a window: its end, or that of the registration before it."""
    ends = [one.registered_until for one in inside if one.ended and one.registered_until]
    return min([window.until, *ends]) if inside and all(one.ended for one in inside) else window.until


def _due(window: Window, inside: Sequence[RegistrationLine]) -> date | None:
    """Return by when a window is asked for: the closure's day, else the schedule's where it binds; None where nothing asks."""
    closing = [one.asked_by for one in inside if one.asked_by and (one.ended or one.state in _ASKED_STATES)]
    if closing:
        return max(closing)
    return window.due if window.binding and inside else None
