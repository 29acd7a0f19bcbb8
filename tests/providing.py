"""Makes providers of every standing for tests, by the real actions; tests/build.py makes the ordinary one."""

from datetime import date, datetime, timedelta
from itertools import count
from typing import Any, Final
from uuid import UUID

from testamur.providers import actions as providers_actions
from testamur.providers import queries as providers_queries
from testamur.providers.actions import NewProvider, NewRegistration
from testamur.providers.queries import ProviderBrief
from tests.build import NOW

REGISTRAR: Final = UUID("00000000-0000-4000-8000-0000000000aa")  # who records, where the test does not care
_numbers = count(1)


def operating(
    name: str = "", *, sector: str = "he", since: date = date(2010, 1, 1), at: datetime = NOW, **more: Any
) -> ProviderBrief:
    """Register an operating provider, with TEQSA (he) or ASQA (vet); `more` are further fields of NewProvider."""
    registration = NewRegistration("TEQSA" if sector == "he" else "ASQA", sector, since)
    new = NewProvider(legal_name=name or f"Provider {next(_numbers)}", registration=registration, **more)
    provider_id = providers_actions.register_provider(new, by=REGISTRAR, at=at, on=at.date())
    return providers_queries.provider(provider_id)


def registration_of(provider_id: int) -> int:
    """Return the number of a provider's only registration."""
    (held,) = providers_queries.provider_card(provider_id, on=NOW.date()).registrations
    return held.id


def closed(name: str = "", *, ceased_on: date = date(2025, 7, 1), at: datetime = NOW, **more: Any) -> ProviderBrief:
    """Register a provider, record its notice 90 days before the end, and the end."""
    made = operating(name, at=at, **more)
    held = registration_of(made.id)
    who: dict[str, Any] = {"by": REGISTRAR, "at": at, "on": at.date()}
    notice = ceased_on - timedelta(days=90)
    providers_actions.record_ceasing(held, effective_date=notice, ceases_on=ceased_on, authority="Notice", **who)
    providers_actions.record_ceased(held, effective_date=ceased_on, authority="Decision 12", **who)
    return made
