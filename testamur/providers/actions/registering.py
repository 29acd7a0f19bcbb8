"""Take providers and their registrations into the register (TEQ-R1, TEQ-R2; states F.1)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from testamur.accounts import actions as accounts_actions
from testamur.accounts.roles import OrganisationKind
from testamur.kernel.errors import Conflict, NotFound, refuse_unless
from testamur.kernel.verdict import Finding
from testamur.providers import queries, rules, states
from testamur.providers.actions.naming import Contact, add_name, keep_code
from testamur.providers.actions.writing import (
    locked_provider,
    locked_registration,
    record_change,
    record_move,
)
from testamur.providers.models import Provider, ProviderCode, ProviderName, Registration, RegulatorProfile


@dataclass(frozen=True, slots=True)
class NewRegistration:
    """A registration as somebody types it in; the period is half-open, an open end is None."""

    regulator: str
    sector: str
    registered_from: date
    registered_until: date | None = None
    number: str = ""
    authority: str = ""


@dataclass(frozen=True, slots=True)
class NewProvider:
    """A provider as somebody types it in. `codes` maps rto, teqsa and cricos to the code."""

    legal_name: str
    registration: NewRegistration
    trading_names: Sequence[str] = ()
    former_names: Sequence[str] = ()
    abn: str = ""
    codes: Mapping[str, str] = field(default_factory=dict)
    contact: Contact = field(default_factory=Contact)
    zone: str = "Australia/Sydney"
    note: str = ""
    predecessor_id: int | None = None


@transaction.atomic
def register_provider(new: NewProvider, *, by: UUID, at: datetime, on: date) -> int:
    """A provider stands in the register with its names, codes and first registration; returns its number.

    For the secretariat. Refuses names, codes, an ABN or a zone that do not hold, an ABN or code that another provider
    has, and an earlier record that has not ended (NotAllowed); the same entry made twice at once (Conflict).
    """
    profile = _profile(new.registration.regulator)
    predecessor = locked_provider(new.predecessor_id) if new.predecessor_id else None
    refuse_unless(rules.blocked([*_check_entry(new, profile), *_check_taken(new, predecessor, on)]))
    organisation = accounts_actions.register_organisation(
        OrganisationKind.PROVIDER, name=new.legal_name.strip(), zone=new.zone
    )
    try:
        with transaction.atomic():
            provider = Provider.objects.create(
                organisation_id=organisation,
                predecessor=predecessor,
                abn=rules.parse_abn(new.abn) if new.abn.strip() else None,
                zone=new.zone,
                note=new.note.strip(),
                registered_by=by,
                registered_at=at,
                **new.contact.columns(),
            )
            _keep_names_and_codes(provider, new)
    except IntegrityError as raced:
        raise Conflict("Somebody registered this provider a moment ago. Search for it before you try again.") from raced
    _register(provider, new.registration, profile, by=by, at=at, on=on)
    after = {"legal name": new.legal_name.strip(), "ABN": provider.abn, "time zone": new.zone}
    record_change(provider, "registered", before={}, after=after, by=by, at=at)
    return provider.pk


@transaction.atomic
def add_registration(provider_id: int, new: NewRegistration, *, by: UUID, at: datetime, on: date) -> int:
    """A provider has one more registration, with another regulator or in another sector; returns its number.

    For the secretariat. Refuses a registration with a regulator and sector where an earlier one has ended: that makes
    a new provider record (F.1); and one whose period overlaps another (Conflict).
    """
    provider = locked_provider(provider_id)
    profile = _profile(new.regulator)
    same = Registration.objects.filter(provider=provider, regulator=profile, sector=new.sector)
    ended = any(registration.state in states.ENDED for registration in same)
    refuse_unless(rules.blocked(_check_registration(new, profile)))
    refuse_unless(rules.may_register_again(same_registration_ended=ended))
    registration = _register(provider, new, profile, by=by, at=at, on=on)
    after = {"regulator": profile.code, "sector": new.sector, "from": new.registered_from}
    record_change(provider, "registration added", before={}, after=after, by=by, at=at)
    return registration.pk


@transaction.atomic
def extend_registration(registration_id: int, *, until: date | None, authority: str, by: UUID, at: datetime) -> None:
    """A live registration runs until a later day, or without end.

    For the secretariat. Refuses an earlier day, an ended registration, and an extension without an authority.
    """
    registration = locked_registration(registration_id)
    before = registration.registered_until
    findings = rules.may_extend(state=registration.state, until_now=before, until=until).findings
    refuse_unless(rules.blocked([*findings, *rules.check_authority(authority)]))
    registration.registered_until = until
    _save(registration)
    after = {"registration": registration.pk, "until": until, "authority": authority.strip()}
    record_change(
        registration.provider,
        "registration extended",
        before={"registration": registration.pk, "until": before},
        after=after,
        by=by,
        at=at,
    )


def _profile(code: str) -> RegulatorProfile:
    """Return a regulator's profile; raises NotFound."""
    found = RegulatorProfile.objects.filter(code=code).first()
    if found is None:
        raise NotFound("This register does not know that regulator. Choose one of the list.")
    return found


def _check_registration(new: NewRegistration, profile: RegulatorProfile) -> list[Finding]:
    """Return what is wrong with the registration as typed."""
    return [
        *rules.check_sector(new.sector, profile.name, profile.sectors),
        *rules.check_period(new.registered_from, new.registered_until, column="registered_until"),
    ]


def _check_entry(new: NewProvider, profile: RegulatorProfile) -> list[Finding]:
    """Return what is wrong with the entry in itself."""
    findings = rules.check_name(new.legal_name, column="legal_name")
    for column, names in (("trading_names", new.trading_names), ("former_names", new.former_names)):
        findings += [finding for name in names for finding in rules.check_name(name, column=column)]
    findings += rules.check_abn(new.abn) if new.abn.strip() else []
    for kind, code in new.codes.items():
        findings += rules.check_code(kind, code)
    return [*findings, *rules.check_zone(new.zone), *_check_registration(new.registration, profile)]


def _check_taken(new: NewProvider, predecessor: Provider | None, on: date) -> list[Finding]:
    """Return what the entry takes from another provider, and why the earlier record cannot be one."""
    abn = rules.parse_abn(new.abn)
    findings = []
    if abn and predecessor is None and Provider.objects.filter(abn=abn).exists():
        findings.append(rules.taken("abn"))
    for kind, typed in new.codes.items():
        code = rules.parse_code(kind, typed)
        matched = code and rules.matched_code(kind, code)
        if matched and ProviderCode.objects.filter(kind=kind, matched=matched).exists():
            findings.append(rules.taken(kind))
    if predecessor is not None:
        ended = queries.has_ended(predecessor.pk, on)
        findings += rules.check_predecessor(ended=ended, has_later=hasattr(predecessor, "later_record"))
    return findings


def _keep_names_and_codes(provider: Provider, new: NewProvider) -> None:
    """Write the names and codes of a new provider."""
    add_name(provider, ProviderName.Kind.LEGAL, new.legal_name)
    for name in dict.fromkeys(new.trading_names):
        add_name(provider, ProviderName.Kind.TRADING, name)
    for name in dict.fromkeys(new.former_names):
        add_name(provider, ProviderName.Kind.FORMER, name)
    for kind, code in new.codes.items():
        keep_code(provider, kind, code)


def _register(
    provider: Provider, new: NewRegistration, profile: RegulatorProfile, *, by: UUID, at: datetime, on: date
) -> Registration:
    """Write a registration and its move from applicant to registered."""
    registration = Registration(
        provider=provider,
        regulator=profile,
        sector=new.sector,
        number=new.number.strip(),
        registered_from=new.registered_from,
        registered_until=new.registered_until,
        state=states.REGISTRATION.initial,
        state_since=new.registered_from,
    )
    _save(registration)
    authority = new.authority.strip() or f"Register of the {profile.name}"
    asked = rules.MoveAsked("register", new.registered_from, authority)
    record_move(registration, asked, reason="", by=by, at=at, on=on).save()
    return registration


def _save(registration: Registration) -> None:
    """Save a registration; a period that overlaps another of the same regulator and sector is a Conflict."""
    try:
        with transaction.atomic():
            registration.save()
    except IntegrityError as overlapping:
        raise Conflict(
            "The period overlaps another registration with the same regulator in the same sector. Check both periods."
        ) from overlapping
