"""Everything the register says about one provider: names, codes, registrations with their moves, contact, history."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from testamur.kernel.errors import NotFound
from testamur.providers import rules, states
from testamur.providers.models import (
    ClosureCase,
    Provider,
    ProviderChange,
    ProviderCode,
    ProviderName,
    Registration,
)
from testamur.providers.queries.finding import legal_names
from testamur.providers.queries.standing import history_of, with_moves


@dataclass(frozen=True, slots=True)
class Contact:
    """Where students of a provider turn to; parts may be empty."""

    email: str = ""
    phone: str = ""
    url: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True)
class NameHeld:
    """One name of a provider, what it is (`Trading name`, `Former legal name`), and its half-open period where known."""

    label: str
    name: str
    used_from: date | None
    used_until: date | None


@dataclass(frozen=True, slots=True)
class CodeHeld:
    """One code: rto, teqsa or cricos, with its name in words."""

    kind: str
    label: str
    value: str


@dataclass(frozen=True, slots=True)
class MoveMade:
    """One recorded move of a registration."""

    from_state: str
    to_state: str
    effective_date: date
    authority: str
    reason: str
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class Closure:
    """A closure case: since when, due by when, and who signed for the coverage."""

    opened_by: UUID
    opened_at: datetime
    trigger_date: date
    due_date: date
    coverage_note: str
    coverage_signed_by: UUID | None
    coverage_signed_at: datetime | None
    closed_at: datetime | None


@dataclass(frozen=True, slots=True)
class RegistrationHeld:
    """One registration, its state now and on the day that was asked about, and its moves in order."""

    id: int
    regulator: str
    regulator_name: str
    sector: str
    sector_label: str
    number: str
    registered_from: date
    registered_until: date | None
    state: str
    state_since: date
    status_on_day: str
    successor_id: int | None
    successor_name: str
    records_accepted_by_successor: bool
    moves: tuple[MoveMade, ...]
    closure: Closure | None

    @property
    def verbs(self) -> tuple[str, ...]:
        """Return the moves that may be recorded next."""
        return states.REGISTRATION.verbs(self.state)


@dataclass(frozen=True, slots=True)
class ProviderCard:
    """Everything the register says about one provider; `status` is that of the day that was asked about."""

    id: int
    organisation_id: UUID
    legal_name: str
    abn: str
    zone: str
    note: str
    status: str
    contact: Contact
    names: tuple[NameHeld, ...]
    codes: tuple[CodeHeld, ...]
    registrations: tuple[RegistrationHeld, ...]
    predecessor_id: int | None
    predecessor_name: str
    later_record_id: int | None

    @property
    def sectors(self) -> tuple[str, ...]:
        """Return the sectors in which the provider is or was registered, each once."""
        return tuple(dict.fromkeys(registration.sector for registration in self.registrations))

    @property
    def abn_printed(self) -> str:
        """Return the ABN as it is printed: 51 824 753 556."""
        return rules.printed_abn(self.abn)


@dataclass(frozen=True, slots=True)
class Change:
    """One entry of the permanent history of a provider."""

    what: str
    before: Mapping[str, object]
    after: Mapping[str, object]
    by: UUID
    at: datetime


def provider_card(provider_id: int, *, on: date) -> ProviderCard:
    """Return everything the register says about a provider, as on a day; raises NotFound."""
    found = (
        Provider.objects.select_related("later_record")
        .prefetch_related("names", "codes")
        .filter(pk=provider_id)
        .first()
    )
    if found is None:
        raise NotFound("There is no such provider in this register. Search for it by name, code or ABN.")
    registrations = list(with_moves().filter(provider=found))
    others = {registration.successor_id for registration in registrations} | {found.predecessor_id}
    names = legal_names([found.pk, *(other for other in others if other)])
    later = getattr(found, "later_record", None)
    return ProviderCard(
        id=found.pk,
        organisation_id=found.organisation_id,
        legal_name=names[found.pk],
        abn=found.abn or "",
        zone=found.zone,
        note=found.note,
        status=rules.status_for_extract([history_of(registration) for registration in registrations], on),
        contact=Contact(found.contact_email, found.contact_phone, found.contact_url, found.contact_address),
        names=tuple(_names_of(found)),
        codes=tuple(CodeHeld(code.kind, code.get_kind_display(), code.value) for code in found.codes.all()),
        registrations=tuple(_registration(registration, names, on) for registration in registrations),
        predecessor_id=found.predecessor_id,
        predecessor_name=names.get(found.predecessor_id or 0, ""),
        later_record_id=later.pk if later else None,
    )


def codes_of(provider_id: int, kind: str) -> tuple[str, ...]:
    """Return every code of a kind (rto, teqsa, cricos) that the register holds of a provider."""
    held = ProviderCode.objects.filter(provider=provider_id, kind=kind).order_by("value")
    return tuple(held.values_list("value", flat=True))


def card_of_registration(registration_id: int, *, on: date) -> ProviderCard:
    """Return the provider of a registration, as on a day; raises NotFound."""
    provider_id = Registration.objects.filter(pk=registration_id).values_list("provider", flat=True).first()
    if provider_id is None:
        raise NotFound("There is no such registration in this register. Open the provider and choose one of its own.")
    return provider_card(provider_id, on=on)


def changes_of(provider_id: int) -> list[Change]:
    """Return the permanent history of a provider, the newest first. For the secretariat."""
    return [
        Change(change.what, change.before, change.after, change.by, change.at)
        for change in ProviderChange.objects.filter(provider_id=provider_id).order_by("-id")
    ]


def _names_of(found: Provider) -> list[NameHeld]:
    """Return the names, present ones first: legal, trading, former."""
    order = [str(kind) for kind in (ProviderName.Kind.LEGAL, ProviderName.Kind.TRADING, ProviderName.Kind.FORMER)]
    held = sorted(found.names.all(), key=lambda name: (name.used_until is not None, order.index(name.kind), name.name))
    return [
        NameHeld(
            rules.name_label(name.kind, past=name.used_until is not None), name.name, name.used_from, name.used_until
        )
        for name in held
    ]


def _registration(registration: Registration, names: Mapping[int, str], on: date) -> RegistrationHeld:
    """Return a registration with everything beside it."""
    case: ClosureCase | None = getattr(registration, "closure", None)
    return RegistrationHeld(
        id=registration.pk,
        regulator=registration.regulator_id,
        regulator_name=registration.regulator.name,
        sector=registration.sector,
        sector_label=registration.get_sector_display(),
        number=registration.number,
        registered_from=registration.registered_from,
        registered_until=registration.registered_until,
        state=registration.state,
        state_since=registration.state_since,
        status_on_day=rules.status_for_extract([history_of(registration)], on),
        successor_id=registration.successor_id,
        successor_name=names.get(registration.successor_id or 0, ""),
        records_accepted_by_successor=registration.records_accepted_by_successor,
        moves=tuple(
            MoveMade(move.from_state, move.to_state, move.effective_date, move.authority, move.reason, move.by, move.at)
            for move in registration.moves.all()
        ),
        closure=_closure(case) if case else None,
    )


def _closure(case: ClosureCase) -> Closure:
    """Return a closure case as a plain value."""
    return Closure(
        opened_by=case.opened_by,
        opened_at=case.opened_at,
        trigger_date=case.trigger_date,
        due_date=case.due_date,
        coverage_note=case.coverage_note,
        coverage_signed_by=case.coverage_signed_by,
        coverage_signed_at=case.coverage_signed_at,
        closed_at=case.closed_at,
    )
