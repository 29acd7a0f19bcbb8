"""The national register by key: find a product, read one on a day, read one's own scope. All of it is public data."""

from datetime import date
from typing import Annotated, Any, Literal

from ninja import Field, Router, Schema

from testamur.accounts.roles import Scope
from testamur.training.queries import products as training_products
from testamur.training.queries import scope as training_scope
from testamur.web.acting import today
from testamur.web.product_parts import scope_codes
from testamur.web.provider.api import given
from testamur.web.provider.api.door import MachineRequest, needs

Typed = Annotated[
    str, Field(min_length=2, max_length=120, description="The beginning of a code, or words of the title.")
]
router = Router(tags=["Training products"])
_SCOPE = needs(Scope.READ_PROVIDER)
_MOST = 50
Kind = Literal["qualification", "skill-set", "unit", "accredited-course", "short-course", "module", "he-course"]


class ProductLineOut(Schema):
    """One product of a list; `status` on the day asked about, null where it has none then."""

    code: str
    kind: Kind
    title: str
    status: str | None
    listed: bool = Field(description="False where the youngest copy of the national register lists it no more.")


class ParentOut(Schema):
    """The training package of a product, or the course that a module belongs to."""

    code: str
    title: str


class StatusOut(Schema):
    """A status and its period; `valid_until` is the first day after it."""

    status: str
    valid_from: date
    valid_until: date | None
    reason: str


class ReleaseOut(Schema):
    """A release; `units_required` where it packs units."""

    release: str
    released: date
    units_required: int | None


class ReplacementOut(Schema):
    """What replaces a product, since when, and whether it is equivalent."""

    code: str
    equivalent: bool
    on: date
    note: str


class PackedUnitOut(Schema):
    """A unit of a group."""

    code: str
    title: str | None


class PackingGroupOut(Schema):
    """A group of packaging rules; `elsewhere` lists no units. `choose_most` null: as many as it holds."""

    group: str
    title: str
    kind: Literal["core", "elective", "elsewhere"]
    choose_least: int
    choose_most: int | None
    units: list[PackedUnitOut]


class PackagingOut(Schema):
    """The packaging rules of the latest release."""

    release: str
    units_required: int
    groups: list[PackingGroupOut]


class ProductOut(Schema):
    """A product as the copy of `as_of` describes it, with its status on the day asked about."""

    code: str
    kind: Kind
    title: str
    parent: ParentOut | None
    descriptor: str | None
    streams: list[str]
    sector: Literal["vet", "he"]
    status: str | None
    listed: bool
    as_of: date
    statuses: list[StatusOut]
    releases: list[ReleaseOut]
    replaced_by: list[ReplacementOut]
    last_enrolment_day: date | None
    last_issue_day: date | None
    packaging: PackagingOut | None


class ScopeOut(Schema):
    """A product on your scope; `valid_until` is the first day after it."""

    code: str
    title: str | None
    kind: Kind | None
    status: str | None
    valid_from: date
    valid_until: date | None
    implicit: bool
    refused: bool
    conditions: str
    as_of: date


@router.get("/products", response=list[ProductLineOut], **needs())
def find_products(
    request: MachineRequest,
    q: Typed,
    kind: Kind | None = None,
    on: given.Day | None = None,
) -> list[Any]:
    """Find training products of the national register, at most 50, codes that begin so first."""
    kinds = [kind] if kind else []
    return list(training_products.search_products(q, on or today(), kinds=kinds, most=_MOST))


@router.get("/products/{code}", response=ProductOut, **needs())
def read_product(
    request: MachineRequest, code: str, on: given.Day | None = None, known_on: given.Day | None = None
) -> dict[str, Any]:
    """Read a training product with its status on a day, by default today, as copies taken up to another day had it."""
    facts = training_products.product_on(code, on or today(), known_on=known_on)
    return training_products.as_json(facts, training_products.packaging_of(code, known_on=known_on))


@router.get("/scope", response=list[ScopeOut], **_SCOPE)
def read_scope(request: MachineRequest, on: given.Day | None = None, implicit: bool = False) -> list[dict[str, Any]]:
    """Read your scope as the national register has it; with `on` only what is on it that day."""
    day = on or today()
    codes = scope_codes(request.machine.provider_id, day)
    return [
        {
            "code": entry.line.code,
            "title": entry.product.title if entry.product else None,
            "kind": entry.product.kind if entry.product else None,
            "status": entry.product.status if entry.product else None,
            "valid_from": entry.line.period.since,
            "valid_until": entry.line.period.until,
            "implicit": entry.line.implicit,
            "refused": entry.line.refused,
            "conditions": entry.line.conditions,
            "as_of": entry.as_of,
        }
        for entry in training_scope.scope_entries(codes, day, implicit=implicit)
        if on is None or entry.line.period.contains(on)
    ]
