"""A provider's names, codes and contact details as they change; earlier names stay and are found (TEQ-02, TEQ-R2)."""

from dataclasses import asdict, dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from testamur.kernel.errors import Conflict, NotFound, refuse_unless
from testamur.providers import rules
from testamur.providers.actions.writing import locked_provider, record_change
from testamur.providers.models import Provider, ProviderCode, ProviderName


@dataclass(frozen=True, slots=True)
class Contact:
    """Where students of a provider turn to. Any part may be empty."""

    email: str = ""
    phone: str = ""
    url: str = ""
    address: str = ""

    def columns(self) -> dict[str, str]:
        """Return the values under their columns' names."""
        return {f"contact_{part}": value.strip() for part, value in asdict(self).items()}


@transaction.atomic
def rename_provider(provider_id: int, *, name: str, used_from: date, by: UUID, at: datetime, on: date) -> None:
    """A provider has another legal name from a day; the one before is kept as a former one.

    For the secretariat. Refuses an empty name, the name that it has already, a day to come, and one before the
    present name began.
    """
    provider = locked_provider(provider_id)
    present = ProviderName.objects.get(provider=provider, kind=ProviderName.Kind.LEGAL, used_until=None)
    findings = rules.check_name(name)
    if not findings:
        findings += rules.check_period(present.used_from, used_from, column="used_from")
        findings += rules.check_not_future(used_from, on, column="used_from")
    refuse_unless(rules.blocked(findings))
    if present.name == name.strip():
        raise Conflict("The provider has this legal name already.")
    ProviderName.objects.filter(pk=present.pk).update(used_until=used_from)
    add_name(provider, ProviderName.Kind.LEGAL, name, used_from=used_from)
    before = {"legal name": present.name}
    after = {"legal name": name.strip(), "from": used_from}
    record_change(provider, "renamed", before=before, after=after, by=by, at=at)


@transaction.atomic
def add_trading_name(provider_id: int, *, name: str, used_from: date | None = None, by: UUID, at: datetime) -> None:
    """A provider trades under one more name. For the secretariat; refuses an empty name and one it has already."""
    _add(provider_id, ProviderName.Kind.TRADING, name, used_from=used_from, by=by, at=at)


@transaction.atomic
def add_former_name(
    provider_id: int,
    *,
    name: str,
    used_from: date | None = None,
    used_until: date | None = None,
    by: UUID,
    at: datetime,
) -> None:
    """A name that the provider once had is found too. For the secretariat; refuses a period that ends before it begins."""
    refuse_unless(rules.blocked(rules.check_period(used_from, used_until, column="used_until")))
    _add(provider_id, ProviderName.Kind.FORMER, name, used_from=used_from, used_until=used_until, by=by, at=at)


@transaction.atomic
def end_trading_name(provider_id: int, *, name: str, used_until: date, by: UUID, at: datetime, on: date) -> None:
    """A trading name is no longer used from a day; as a former name it is still found.

    For the secretariat; raises NotFound for a name that the provider does not trade under; refuses a day to come.
    """
    provider = locked_provider(provider_id)
    present = ProviderName.objects.filter(
        provider=provider, kind=ProviderName.Kind.TRADING, name=name.strip(), used_until=None
    ).first()
    if present is None:
        raise NotFound("The provider does not trade under this name. Choose one of the list.")
    findings = rules.check_period(present.used_from, used_until, column="used_until")
    refuse_unless(rules.blocked([*findings, *rules.check_not_future(used_until, on, column="used_until")]))
    ProviderName.objects.filter(pk=present.pk).update(used_until=used_until)
    before = {"trading name": present.name}
    record_change(provider, "trading name ended", before=before, after={"until": used_until}, by=by, at=at)


@transaction.atomic
def add_code(provider_id: int, *, kind: str, code: str, by: UUID, at: datetime) -> None:
    """A provider is known under one more code (rto, teqsa or cricos).

    For the secretariat. Refuses a code that does not fit its kind and one that a provider has already.
    """
    provider = locked_provider(provider_id)
    refuse_unless(rules.blocked(rules.check_code(kind, code)))
    try:
        with transaction.atomic():
            keep_code(provider, kind, code)
    except IntegrityError as taken:
        raise Conflict(rules.taken(kind).message) from taken
    record_change(provider, "code added", before={}, after={kind: rules.parse_code(kind, code)}, by=by, at=at)


@transaction.atomic
def change_contact(provider_id: int, *, contact: Contact, by: UUID, at: datetime) -> None:
    """Students who ask about the provider get these contact details. For the secretariat."""
    provider = locked_provider(provider_id)
    columns = contact.columns()
    before = {column: getattr(provider, column) for column in columns}
    Provider.objects.filter(pk=provider.pk).update(**columns)
    record_change(provider, "contact changed", before=before, after={**columns}, by=by, at=at)


def add_name(
    provider: Provider,
    kind: ProviderName.Kind,
    name: str,
    *,
    used_from: date | None = None,
    used_until: date | None = None,
) -> None:
    """Write a name beside its folded form."""
    ProviderName.objects.create(
        provider=provider,
        kind=kind,
        name=name.strip(),
        folded=rules.fold_name(name),
        used_from=used_from,
        used_until=used_until,
    )


def keep_code(provider: Provider, kind: str, typed: str) -> None:
    """Write a code that has been checked beside the form under which it is found."""
    code = rules.parse_code(kind, typed) or ""
    ProviderCode.objects.create(provider=provider, kind=kind, value=code, matched=rules.matched_code(kind, code))


def _add(
    provider_id: int,
    kind: ProviderName.Kind,
    name: str,
    *,
    used_from: date | None,
    used_until: date | None = None,
    by: UUID,
    at: datetime,
) -> None:
    """Check and write one more name and its history."""
    provider = locked_provider(provider_id)
    refuse_unless(rules.blocked(rules.check_name(name)))
    try:
        with transaction.atomic():
            add_name(provider, kind, name, used_from=used_from, used_until=used_until)
    except IntegrityError as held:
        raise Conflict("The provider has this name already.") from held
    after = {kind.label: name.strip(), "from": used_from, "until": used_until}
    record_change(provider, "name added", before={}, after=after, by=by, at=at)
