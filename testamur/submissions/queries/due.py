"""Which windows were lodged for, by records or by a nil return, and which are due or overdue (CQR-01).

What is read here says when a provider lodged and nothing about anybody in it, so it is read across providers.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from uuid import UUID

from testamur.kernel import tenancy
from testamur.kernel.errors import NotFound
from testamur.kernel.periods import Period, days_after
from testamur.providers import queries as providers_queries
from testamur.providers.queries import RegistrationLine
from testamur.register import queries as register_queries
from testamur.submissions import spans, years
from testamur.submissions.models import NilReturn, ReturnReminder, Submission
from testamur.submissions.years import Standing, Window

_SHOWN = timedelta(days=3 * 366)
Place = tuple[int, str, str, date]
Reminded = Mapping[Place, Sequence["ReminderSent"]]
_FIRST = date(1980, 1, 1)  # no register of providers goes further back


@dataclass(frozen=True, slots=True)
class Lodged:
    """One sealed submission as it answers for time; one that a later submission replaced whole answers for none."""

    provider_id: int
    submission: UUID
    format: str
    sector: str
    since: date | None
    until: date | None
    sealed: date
    students: int
    records: int
    months: Mapping[str, int]

    def covers(self, window: Window) -> bool:
        """Say whether it answers for a window: it holds records of it and was lodged once the window was over."""
        if self.months:
            return self.sealed >= window.until and self.touches(window)
        return years.covers(window, since=self.since, until=self.until, sealed=self.sealed)

    def touches(self, window: Window) -> bool:
        """Say whether it holds anything of a window, in part or early; without known months its whole years count."""
        if self.months:
            return spans.records_in(self.months, window.period) > 0
        if self.since is None or self.until is None:
            return False
        return Period(self.since, self.until).overlaps(window.period)


@dataclass(frozen=True, slots=True)
class NilCard:
    """One nil return in full. `leaf` is where its leaf stands, `salt` what opens it; both once it is declared."""

    id: UUID
    number: str
    provider_id: int
    regulator: str
    sector: str
    period_from: date
    period_until: date
    state: str
    filed_by: UUID
    filed_at: datetime
    declared_by: UUID | None
    declared_at: datetime | None
    declared_date: date | None
    declaration: str
    salt: bytes | None
    leaf: tuple[int, int] | None
    superseded_by: UUID | None
    superseded_at: datetime | None


@dataclass(frozen=True, slots=True)
class ReminderSent:
    """One reminder: days from the due day, on which day it went out, to how many people."""

    offset: int
    on: date
    people: int


@dataclass(frozen=True, slots=True)
class PeriodStanding:
    """Where one window of one registration stands on a day of the provider's zone, and on what that rests.

    `nil` is the nil return that stands for it, filed or declared; only a declared one answers. `early` is the day on which
    a part came while the window ran.
    """

    registration: RegistrationLine
    window: Window
    standing: Standing
    on: date
    lodged: Lodged | None
    nil: NilCard | None
    early: date | None

    @property
    def days_left(self) -> int:
        """Return the days to the due day, less than none once it has passed."""
        return (self.window.due - self.on).days

    @property
    def closure_due(self) -> date | None:
        """Return by when a closure case asks for the window, None where none does or the window is answered."""
        line = self.registration
        return line.asked_by if self.standing is Standing.NOT_ASKED and not line.closed else None

    @property
    def counted_on(self) -> date:
        """Return the day by which a nil return is judged: once its registration ended, the window is over as well."""
        line = self.registration
        over = line.ended and line.registered_until is not None and self.on >= line.registered_until
        return max(self.on, self.window.until) if over else self.on


def lodged_of(provider_id: int | None = None) -> list[Lodged]:
    """Return what was sealed and still stands, of one provider or of all."""
    with tenancy.for_register():
        rows = Submission.objects.filter(state__in=("sealed", "superseded"))
        rows = rows if provider_id is None else rows.filter(provider_id=provider_id)
        known = {key: (state, months) for key, state, months in rows.values_list("pk", "state", "counts__months")}
    return [
        Lodged(
            provider_id=row.provider_id,
            submission=row.submission,
            format=row.format,
            sector=years.sector_of(row.format),
            since=row.period_from,
            until=row.period_until,
            sealed=row.sealed_date,
            students=row.students,
            records=row.records,
            months=known.get(row.submission, ("", None))[1] or {},
        )
        for row in register_queries.holdings(provider_id)
        if known.get(row.submission, ("", None))[0] != "superseded"
    ]


def nil_returns_of(provider_id: int | None = None, *, standing_only: bool = True) -> list[NilCard]:
    """Return the nil returns that stand, of one provider or of all, by window; with `standing_only=False` every one."""
    with tenancy.for_register():
        rows = NilReturn.objects.order_by("period_from", "filed_at")
        if provider_id is not None:
            rows = rows.filter(provider_id=provider_id)
        if standing_only:
            rows = rows.filter(state__in=("filed", "declared"))
        return [nil_card(row) for row in rows]


def nil_return(nil_id: UUID) -> NilCard:
    """Return one nil return; raises NotFound, also for another provider's."""
    row = NilReturn.objects.filter(pk=nil_id).first()
    if row is None:
        raise NotFound("There is no such nil return, or none that you may see.")
    return nil_card(row)


def nil_card(row: NilReturn) -> NilCard:
    """Return a row as it crosses the package's edge."""
    same = {name: getattr(row, name) for name in NilCard.__dataclass_fields__ if name not in {"salt", "leaf"}}
    placed = row.leaf_batch is not None and row.leaf_position is not None
    leaf = (int(row.leaf_batch or 0), int(row.leaf_position or 0)) if placed else None
    return NilCard(**same, salt=bytes(row.salt) if row.salt else None, leaf=leaf)


def periods_of(provider_id: int, *, at: datetime) -> list[PeriodStanding]:
    """Return the windows of a provider's registrations that have begun, the newest first.

    The last three years of every registration, any earlier window that is asked for and still missing, and the whole of a
    registration whose closure case asks for it.
    """
    lines = providers_queries.registration_lines([provider_id])
    found = _standings(lines, lodged_of(provider_id), nil_returns_of(provider_id), at=at)
    shown = [
        one
        for one in found
        if one.standing is Standing.OVERDUE or one.closure_due or one.window.until > one.on - _SHOWN
    ]
    return sorted(shown, key=lambda one: (one.window.since, one.registration.regulator), reverse=True)


def periods_wanted(*, at: datetime) -> list[PeriodStanding]:
    """Return every window of a live registration that is due soon or overdue on its provider's own day, the oldest first."""
    lines = providers_queries.registration_lines(ended=False)
    found = _standings(lines, lodged_of(), nil_returns_of(), at=at, binding_only=True)
    wanted = [one for one in found if one.standing in (Standing.DUE_SOON, Standing.OVERDUE)]
    return sorted(wanted, key=lambda one: (one.window.due, one.registration.legal_name, one.registration.regulator))


def place_of(one: PeriodStanding) -> Place:
    """Return under what a period is known: provider, regulator, sector and first day."""
    line = one.registration
    return line.provider_id, line.regulator, line.sector, one.window.since


def reminders_sent() -> Reminded:
    """Return the reminders of every period, the earliest first."""
    found: dict[Place, list[ReminderSent]] = defaultdict(list)
    fields = ("provider_id", "regulator", "sector", "period_from", "offset_days", "reminded_on", "people")
    with tenancy.for_register():
        for *place, offset, on, people in ReturnReminder.objects.order_by("pk").values_list(*fields):
            provider_id, regulator, sector, first = place
            found[provider_id, regulator, sector, first].append(ReminderSent(offset, on, people))
    return found


def period_standing(registration_id: int, first: date, *, provider_id: int, at: datetime) -> PeriodStanding:
    """Return the window of a provider's registration that begins on a day; raises NotFound."""
    lines = [one for one in providers_queries.registration_lines([provider_id]) if one.id == registration_id]
    found = _standings(lines, lodged_of(provider_id), nil_returns_of(provider_id), at=at)
    chosen = next((one for one in found if one.window.since == first), None)
    if chosen is None:
        raise NotFound("There is no such period of this registration. Open the list of periods and choose one.")
    return chosen


def window_standing(
    provider_id: int, regulator: str, sector: str, first: date, *, at: datetime
) -> PeriodStanding | None:
    """Return where one window of a provider stands with a regulator and sector; None where no registration holds it."""
    lines = providers_queries.registration_lines([provider_id])
    found = _standings(lines, lodged_of(provider_id), nil_returns_of(provider_id), at=at)
    wanted = (regulator, sector, first)
    return next(
        (one for one in found if (one.registration.regulator, one.registration.sector, one.window.since) == wanted),
        None,
    )


def _standings(
    lines: Iterable[RegistrationLine],
    lodged: Sequence[Lodged],
    nils: Sequence[NilCard],
    *,
    at: datetime,
    binding_only: bool = False,
) -> list[PeriodStanding]:
    """Return where each window of each registration stands that has begun on its provider's day."""
    held: Mapping[tuple[int, str], list[Lodged]] = _by_provider_and_sector(lodged)
    answered = {(nil.provider_id, nil.regulator, nil.sector, nil.period_from): nil for nil in nils}
    drawn: dict[tuple[str, date], tuple[Window, ...]] = {}
    found: dict[tuple[int, str, str, date], PeriodStanding] = {}
    for line in lines:
        on = years.local_day(at, line.zone)
        key = (line.regulator, on)
        if key not in drawn:
            drawn[key] = years.windows(line.regulator, _FIRST, days_after(on, 1))
        registered = Period(line.registered_from, line.registered_until)
        for window in drawn[key]:
            if window.period.overlaps(registered) and (window.binding or not binding_only):
                # A registration that followed on another within a window answers for it once.
                place = (line.provider_id, line.regulator, line.sector, window.since)
                found[place] = _standing(line, window, held[line.provider_id, line.sector], answered.get(place), on)
    return list(found.values())


def _standing(
    line: RegistrationLine, window: Window, lodged: Sequence[Lodged], nil: NilCard | None, on: date
) -> PeriodStanding:
    """Return where one window stands; of an ended registration the closure case asks, not the schedule."""
    if line.ended:
        window = replace(window, binding=False)
    answer = next((one for one in lodged if one.covers(window)), None)
    early = next((one.sealed for one in lodged if one.touches(window)), None) if answer is None else None
    declared = nil is not None and nil.state == "declared"
    where = years.standing(window, lodged=answer is not None, nil=declared, on=on)
    return PeriodStanding(line, window, where, on, answer, nil, early)


def _by_provider_and_sector(lodged: Iterable[Lodged]) -> Mapping[tuple[int, str], list[Lodged]]:
    """Return what was lodged under (provider, sector)."""
    found: dict[tuple[int, str], list[Lodged]] = defaultdict(list)
    for one in lodged:
        found[one.provider_id, one.sector].append(one)
    return found
