"""The transition calendar: which products on a provider's scope end for enrolment or issue, and when; and its feeds (B)."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from testamur.training.models import CalendarFeed
from testamur.training.queries.products import ProductFacts
from testamur.training.queries.scope import scope_entries


@dataclass(frozen=True, slots=True)
class Transition:
    """A product on scope that was replaced, or that ends: its last days, and what replaces it.

    `changed_on` is the day on which it was replaced or ends, whichever comes first.
    """

    code: str
    title: str
    kind: str
    status: str | None
    changed_on: date
    replaced_by: tuple[str, ...]
    ended_on: date | None
    last_enrolment_day: date | None
    last_issue_day: date | None

    @property
    def days(self) -> tuple[tuple[str, date], ...]:
        """Return the days of this transition with what they are, in order."""
        named = (
            ("last day to enrol", self.last_enrolment_day),
            ("ends on the national register", self.ended_on),
            ("last day to issue", self.last_issue_day),
        )
        return tuple(sorted(((what, day) for what, day in named if day is not None), key=lambda pair: pair[1]))


@dataclass(frozen=True, slots=True)
class Feed:
    """An address of a provider's calendar: when it was made and by whom, and when it was revoked."""

    id: UUID
    provider_id: int
    made_by: UUID
    made_at: datetime
    revoked_at: datetime | None


def transitions_of(providers: Collection[str], on: date) -> list[Transition]:
    """Return the transitions of the products on a provider's explicit scope on a day, the next to enrol last first.

    Products whose last day lies more than a year back are left out.
    """
    entries = scope_entries(providers, on)
    products = {entry.line.code: entry.product for entry in entries if entry.line.period.contains(on)}
    found = [made for product in products.values() if product and (made := transition_of(product))]
    recent = [each for each in found if not each.days or (on - each.days[-1][1]).days <= 366]
    return sorted(recent, key=lambda each: (each.days[0][1] if each.days else each.changed_on, each.code))


def transition_of(product: ProductFacts) -> Transition | None:
    """Return the transition of a product; None where it was neither replaced nor ends."""
    changed = [day for day in (product.replaced_on, product.ended_on) if day is not None]
    if not changed:
        return None
    return Transition(
        code=product.code,
        title=product.title,
        kind=product.kind,
        status=product.status,
        changed_on=min(changed),
        replaced_by=tuple(each.code for each in product.replacements),
        ended_on=product.ended_on,
        last_enrolment_day=product.last_enrolment_day,
        last_issue_day=product.last_issue_day,
    )


def feeds_of(provider_id: int) -> list[Feed]:
    """Return the addresses of a provider's calendar that are in use. Needs the provider's scope."""
    rows = CalendarFeed.objects.filter(provider_id=provider_id, revoked_at=None)
    return [_feed(row) for row in rows]


def find_feed(feed_id: UUID) -> Feed | None:
    """Return an address that is in use; None where it was revoked or never made. Needs the register's scope."""
    row = CalendarFeed.objects.filter(pk=feed_id, revoked_at=None).first()
    return _feed(row) if row else None


def _feed(row: CalendarFeed) -> Feed:
    """Return an address as a plain value."""
    return Feed(row.pk, row.provider_id, row.made_by, row.made_at, row.revoked_at)
