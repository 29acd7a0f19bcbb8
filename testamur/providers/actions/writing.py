"""What every write to the register of providers shares: loading under a lock, refusing, and the permanent history."""

from collections.abc import Mapping
from datetime import date, datetime
from uuid import UUID

from django.utils import formats

from testamur.kernel.errors import NotFound, refuse_unless
from testamur.providers import rules, states
from testamur.providers.models import Provider, ProviderChange, Registration, RegistrationMove


def locked_provider(provider_id: int) -> Provider:
    """Return a provider, locked until the transaction ends; raises NotFound."""
    found = Provider.objects.select_for_update().filter(pk=provider_id).first()
    if found is None:
        raise NotFound("There is no such provider in this register. Search for it by name, code or ABN.")
    return found


def locked_registration(registration_id: int) -> Registration:
    """Return a registration, locked until the transaction ends; raises NotFound."""
    found = Registration.objects.select_for_update().filter(pk=registration_id).first()
    if found is None:
        raise NotFound("There is no such registration in this register. Open the provider and choose one of its own.")
    return found


def record_change(
    provider: Provider, what: str, *, before: Mapping[str, object], after: Mapping[str, object], by: UUID, at: datetime
) -> None:
    """Keep what was and what is now, for ever."""
    plain = [{key: _plain(value) for key, value in side.items()} for side in (before, after)]
    ProviderChange.objects.create(provider=provider, what=what, before=plain[0], after=plain[1], by=by, at=at)


def record_move(
    registration: Registration, asked: rules.MoveAsked, *, reason: str, by: UUID, at: datetime, on: date
) -> Registration:
    """Decide about a move, refuse it or record it, and return the registration in its new state (not yet saved)."""
    closure = getattr(registration, "closure", None)
    standing = rules.Standing(
        state=registration.state,
        state_since=registration.state_since,
        registered_from=registration.registered_from,
        coverage_signed=bool(closure and closure.coverage_signed_at),
    )
    refuse_unless(rules.may_record_move(standing, asked, on=on))
    to_state = states.REGISTRATION.move(registration.state, asked.verb)
    RegistrationMove.objects.create(
        registration=registration,
        from_state=registration.state,
        to_state=to_state,
        effective_date=asked.effective_date,
        authority=asked.authority.strip(),
        reason=reason.strip(),
        by=by,
        at=at,
    )
    registration.state, registration.state_since = to_state, asked.effective_date
    return registration


def long_date(day: date) -> str:
    """Return a day as a sentence has it: 3 March 2019."""
    return formats.date_format(day, "j F Y")


def _plain(value: object) -> object:
    """Return a value as JSON keeps it."""
    return value.isoformat() if isinstance(value, date) else value
