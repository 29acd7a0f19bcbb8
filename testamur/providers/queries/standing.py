"""What providers are on a day, by their registrations; the regulators; the lists of ceased providers and of closures."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db.models import Prefetch, QuerySet

from testamur.kernel.errors import NotFound
from testamur.kernel.periods import Period
from testamur.providers import rules, states
from testamur.providers.models import (
    ClosureCase,
    Provider,
    ProviderName,
    Registration,
    RegistrationMove,
    RegulatorProfile,
)


@dataclass(frozen=True, slots=True)
class Regulator:
    """A regulator and what this register may do for its providers (rulebook 0); contact parts may be empty."""

    code: str
    name: str
    place: str
    sectors: tuple[str, ...]
    law_set: str
    may_issue_credentials_for_closed_provider: bool
    extract_title: str
    certification_wording_set: str
    retention_years: int
    record_submission_mode: str
    acceptance: str
    employer_verification_allowed: bool
    public_decisions: bool
    identity_scan_retention_days: int
    serves_closed_records_here: bool
    basis: str
    for_students: str
    for_employers: str
    organisation_id: UUID | None
    contact_name: str
    contact_email: str
    contact_phone: str
    contact_url: str


@dataclass(frozen=True, slots=True)
class ProviderLine:
    """One provider in a list, with its status on the day asked about."""

    id: int
    legal_name: str
    trading_names: tuple[str, ...]
    abn: str
    codes: tuple[str, ...]
    sectors: tuple[str, ...]
    regulators: tuple[str, ...]
    status: str


@dataclass(frozen=True, slots=True)
class CeasedProvider:
    """A provider all of whose registrations have ended: for the public list (TEQ-01)."""

    line: ProviderLine
    ended_on: date


@dataclass(frozen=True, slots=True)
class ClosureDue:
    """An open closure case: whose, since when it is open, and by when the records are due."""

    provider_id: int
    legal_name: str
    registration_id: int
    regulator: str
    state: str
    opened_at: datetime
    due_date: date
    signed: bool


def regulators() -> list[Regulator]:
    """Return every regulator's profile, by code."""
    return [_regulator(profile) for profile in RegulatorProfile.objects.all()]


def regulator(code: str) -> Regulator:
    """Return one regulator's profile; raises NotFound."""
    found = RegulatorProfile.objects.filter(pk=code).first()
    if found is None:
        raise NotFound("This register does not know that regulator.")
    return _regulator(found)


def history_of(registration: Registration) -> rules.RegistrationHistory:
    """Return what decides about a registration's status; reads its moves where they are not prefetched."""
    return rules.RegistrationHistory(
        moves=[rules.Move(move.to_state, move.effective_date) for move in registration.moves.all()],
        period=Period(registration.registered_from, registration.registered_until),
        records_accepted_by_successor=registration.records_accepted_by_successor,
    )


def with_moves() -> QuerySet[Registration]:
    """Return registrations with their moves at hand, in two statements."""
    return Registration.objects.select_related("regulator", "successor", "closure").prefetch_related(
        Prefetch("moves", queryset=RegistrationMove.objects.order_by("id"))
    )


def status_for_extract(provider_id: int, sector: str, on: date) -> str:
    """Return registered, ceasing, suspended, merged, ceased or unknown for one provider and sector on a day (CQR-09)."""
    held = with_moves().filter(provider_id=provider_id, sector=sector)
    return rules.status_for_extract([history_of(registration) for registration in held], on)


def served_here(provider_id: int, sector: str) -> bool:
    """Say whether a regulator of the provider in a sector has its closed providers' students served by this register."""
    held = Registration.objects.filter(provider_id=provider_id, sector=sector)
    return held.filter(regulator__serves_closed_records_here=True).exists()


def has_ended(provider_id: int, on: date) -> bool:
    """Say whether a provider was registered and every registration had ended by a day."""
    held = [history_of(registration) for registration in with_moves().filter(provider_id=provider_id)]
    return bool(held) and all(rules.has_ceased(history.moves, on) for history in held)


def provider_ids() -> list[int]:
    """Return the numbers of all providers by present legal name."""
    held = ProviderName.objects.filter(kind=ProviderName.Kind.LEGAL, used_until__isnull=True)
    return list(held.order_by("folded", "provider_id").values_list("provider_id", flat=True))


def provider_lines(provider_ids: Sequence[int], *, on: date) -> list[ProviderLine]:
    """Return the lines of some providers in the order given, with their status on a day; few statements, any number."""
    found = {one.pk: _line(one, on) for one in _whole(Provider.objects.filter(pk__in=provider_ids))}
    return [found[provider_id] for provider_id in provider_ids]


def ceased_providers(*, on: date) -> list[CeasedProvider]:
    """Return every provider whose registrations had all ended by a day, by legal name (TEQ-01)."""
    ceased = []
    live = Registration.objects.exclude(state__in=states.ENDED).values("provider")
    for found in _whole(Provider.objects.filter(registrations__isnull=False).exclude(pk__in=live).distinct()):
        histories = [history_of(registration) for registration in found.registrations.all()]
        if all(rules.has_ceased(history.moves, on) for history in histories):
            ended_on = max(rules.ended_since(history.moves, on) for history in histories)
            ceased.append(CeasedProvider(_line(found, on), ended_on))
    return ceased


def closures_open() -> list[ClosureDue]:
    """Return the closure cases that are not closed, the earliest due first."""
    cases = ClosureCase.objects.filter(closed_at=None).select_related("registration").order_by("due_date", "id")
    names = dict(
        ProviderName.objects.filter(
            kind=ProviderName.Kind.LEGAL,
            used_until=None,
            provider__in=[case.registration.provider_id for case in cases],
        ).values_list("provider_id", "name")
    )
    return [
        ClosureDue(
            provider_id=case.registration.provider_id,
            legal_name=names[case.registration.provider_id],
            registration_id=case.registration_id,
            regulator=case.registration.regulator_id,
            state=case.registration.state,
            opened_at=case.opened_at,
            due_date=case.due_date,
            signed=case.coverage_signed_at is not None,
        )
        for case in cases
    ]


def _whole(chosen: QuerySet[Provider]) -> list[Provider]:
    """Return providers with names, codes and registrations at hand, by legal name."""
    found = chosen.prefetch_related("names", "codes", Prefetch("registrations", queryset=with_moves()))
    return sorted(found, key=lambda one: (rules.fold_name(_legal_name(one)), one.pk))


def _legal_name(found: Provider) -> str:
    """Return the present legal name, out of prefetched names."""
    kind = ProviderName.Kind.LEGAL
    return next(held.name for held in found.names.all() if held.kind == kind and held.used_until is None)


def _line(found: Provider, on: date) -> ProviderLine:
    """Return a provider's line out of prefetched rows."""
    registrations = list(found.registrations.all())
    return ProviderLine(
        id=found.pk,
        legal_name=_legal_name(found),
        trading_names=tuple(
            held.name
            for held in found.names.all()
            if held.kind == ProviderName.Kind.TRADING and held.used_until is None
        ),
        abn=found.abn or "",
        codes=tuple(code.value for code in found.codes.all()),
        sectors=tuple(dict.fromkeys(registration.sector for registration in registrations)),
        regulators=tuple(dict.fromkeys(registration.regulator_id for registration in registrations)),
        status=rules.status_for_extract([history_of(registration) for registration in registrations], on),
    )


def _regulator(profile: RegulatorProfile) -> Regulator:
    """Return a profile as a plain value."""
    values = {name: getattr(profile, name) for name in Regulator.__dataclass_fields__}
    return Regulator(**{**values, "sectors": tuple(profile.sectors)})
