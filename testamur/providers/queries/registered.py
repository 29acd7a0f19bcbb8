"""Registrations of many providers at once, each with what decides which data is asked of it: period, state, closure."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from testamur.providers import states
from testamur.providers.models import Registration
from testamur.providers.queries.finding import legal_names


@dataclass(frozen=True, slots=True)
class RegistrationLine:
    """One registration in a list; the period is half-open, `asked_by` the day by which a closure asks for its records.

    `closed` says that the closure case is closed: nothing more is asked for.
    """

    id: int
    provider_id: int
    legal_name: str
    zone: str
    regulator: str
    sector: str
    registered_from: date
    registered_until: date | None
    state: str
    asked_by: date | None
    signed: bool
    closed: bool

    @property
    def ended(self) -> bool:
        """Say whether the registration has ended."""
        return self.state in states.ENDED


def registration_lines(provider_ids: Collection[int] | None = None, *, ended: bool = True) -> list[RegistrationLine]:
    """Return registrations of some providers or of all, by provider and first day; `ended=False` leaves ended ones out.

    Applicants, who are not registered yet, are left out. Two statements, however many.
    """
    rows = Registration.objects.exclude(state=states.APPLICANT).select_related("provider", "closure")
    if provider_ids is not None:
        rows = rows.filter(provider_id__in=provider_ids)
    if not ended:
        rows = rows.exclude(state__in=states.ENDED)
    found = list(rows.order_by("provider_id", "registered_from", "id"))
    names = legal_names(list({row.provider_id for row in found}))
    return [_line(row, names[row.provider_id]) for row in found]


def _line(row: Registration, legal_name: str) -> RegistrationLine:
    """Return one registration's line."""
    closure = getattr(row, "closure", None)
    return RegistrationLine(
        id=row.pk,
        provider_id=row.provider_id,
        legal_name=legal_name,
        zone=row.provider.zone,
        regulator=row.regulator_id,
        sector=row.sector,
        registered_from=row.registered_from,
        registered_until=row.registered_until,
        state=row.state,
        asked_by=closure.due_date if closure else None,
        signed=bool(closure and closure.coverage_signed_at),
        closed=bool(closure and closure.closed_at),
    )
