"""Scopes: what a provider may deliver and issue on a day, as the copies of the national register say it (AQF-08, REG-01).

A provider stands under the codes of its regulators: RTO codes without leading zeros, TEQSA provider ids.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from testamur.kernel.periods import Period
from testamur.training import rules
from testamur.training.models import ScopeItem, ScopeStatement
from testamur.training.queries.products import ProductFacts, products_on
from testamur.training.rules import ScopeLine


@dataclass(frozen=True, slots=True)
class ScopeEntry:
    """A line of a provider's scope with its product, if the register knows it, and the day of the copy that says so."""

    line: ScopeLine
    product: ProductFacts | None
    as_of: date


def scope_of(providers: Collection[str], *, known_on: date | None = None) -> list[ScopeLine]:
    """Return the lines of a provider's scope, under any of its codes, as the copies taken by `known_on` had them."""
    return [line for _, line in _lines(providers, known_on)]


def in_scope_on(providers: Collection[str], code: str, day: date, *, known_on: date | None = None) -> ScopeLine | None:
    """Return the line by which a provider has a product on its scope on a day, explicit before implicit; None without."""
    return rules.in_scope_on(scope_of(providers, known_on=known_on), code.strip().upper(), day)


def scope_entries(providers: Collection[str], day: date, *, implicit: bool = False) -> list[ScopeEntry]:
    """Return a provider's scope with the products, by code; implicit lines (units of qualifications) only on demand."""
    held = [(taken_on, line) for taken_on, line in _lines(providers, None) if implicit or not line.implicit]
    products = products_on({line.code for _, line in held}, day)
    return [ScopeEntry(line, products.get(line.code), taken_on) for taken_on, line in held]


def providers_of(code: str, day: date) -> list[str]:
    """Return the codes of the providers that have a product on their explicit scope on a day, sorted; three statements."""
    sought = code.strip().upper()
    named = ScopeStatement.objects.filter(items__code=sought).values_list("provider_code", flat=True)
    newest = {each.pk: each.provider_code for each in _newest(set(named), None)}
    items = ScopeItem.objects.filter(statement__in=list(newest), code=sought, implicit=False)
    return sorted({newest[item.statement_id] for item in items if rules.in_scope_on([_line(item)], sought, day)})


def _newest(providers: Collection[str], known_on: date | None) -> Sequence[ScopeStatement]:
    """Return the statement of each provider that held by the copies taken up to a day."""
    rows = ScopeStatement.objects.filter(provider_code__in=providers)
    if known_on is not None:
        rows = rows.filter(snapshot__taken_on__lte=known_on)
    newest = rows.order_by("provider_code", "-snapshot__taken_on", "-id").distinct("provider_code")
    return list(newest.select_related("snapshot"))


def _lines(providers: Collection[str], known_on: date | None) -> list[tuple[date, ScopeLine]]:
    """Return each line with the day of its copy, by code and first day."""
    codes = [code.lstrip("0") if code.isdigit() else code for code in providers]
    statements = {each.pk: each.snapshot.taken_on for each in _newest(codes, known_on)}
    items = ScopeItem.objects.filter(statement__in=list(statements)).order_by("code", "valid_from", "implicit")
    return [(statements[item.statement_id], _line(item)) for item in items]


def _line(item: ScopeItem) -> ScopeLine:
    """Return one line."""
    period = Period(item.valid_from, item.valid_until)
    return ScopeLine(item.code, period, item.extent, item.implicit, item.refused, item.conditions)
