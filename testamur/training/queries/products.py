"""Products: what the register said of a code on a day, what a release packs, what replaced what, and finding one by typing."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import polars as pl
from django.db.models import Prefetch, QuerySet

from testamur.kernel.errors import NotFound
from testamur.kernel.periods import Period
from testamur.training import rules
from testamur.training.models import (
    PackagedUnit,
    PackagingGroup,
    Product,
    ProductRelease,
    ProductStatus,
    ProductVersion,
    Supersession,
)
from testamur.training.rules import Group, Replacement, Status

FOUND_MOST: Final = 20
_UNKNOWN: Final = "The national register that is loaded here has no such code. Check it, or load a younger copy."


@dataclass(frozen=True, slots=True)
class Release:
    """A release of a product, and how many units its packaging asks for; None where it packs nothing."""

    number: str
    released_on: date
    units_required: int | None


@dataclass(frozen=True, slots=True)
class ProductFacts:
    """A product as a copy describes it, and its status on the day asked about (`on`); None where it has none then.

    `as_of` is the day of the copy that says so, `listed` false where the youngest copy lists it no more.
    """

    code: str
    kind: str
    title: str
    parent_code: str
    parent_title: str
    descriptor: str
    sector: str
    streams: tuple[str, ...]
    statuses: tuple[Status, ...]
    releases: tuple[Release, ...]
    replacements: tuple[Replacement, ...]
    status: str | None
    listed: bool
    as_of: date
    on: date

    @property
    def replaced_on(self) -> date | None:
        """Return the day on which the replacement went on the register."""
        return rules.replaced_on(self.statuses, self.replacements)

    @property
    def ended_on(self) -> date | None:
        """Return the first day on which the product is removed, deleted or expired."""
        return rules.ended_on(self.statuses)

    @property
    def last_enrolment_day(self) -> date | None:
        """Return the last day on which a student may be enrolled; None where no day is set."""
        return rules.last_enrolment_day(self.kind, self.replaced_on, self.ended_on, on=self.on)

    @property
    def last_issue_day(self) -> date | None:
        """Return the last day on which a document may be issued; None where no fixed day is set."""
        return rules.last_issue_day(self.kind, self.replaced_on, self.ended_on, on=self.on)


@dataclass(frozen=True, slots=True)
class ProductLine:
    """A product in a list, with its status on the day asked about."""

    code: str
    kind: str
    title: str
    status: str | None
    listed: bool


@dataclass(frozen=True, slots=True)
class Packaging:
    """The packaging rules of a release, and the titles of the units in its groups."""

    code: str
    release: str
    units_required: int
    groups: tuple[Group, ...]
    titles: dict[str, str]

    def lacking(self, achieved: Collection[str]) -> rules.Lacking:
        """Return what achieved units lack for this product (AQF-01)."""
        return rules.lacking(self.groups, self.units_required, achieved)


def find_product_on(code: str, day: date, *, known_on: date | None = None) -> ProductFacts | None:
    """Return a product with its status on a day, as the copies taken by `known_on` had it (by default all); None unknown."""
    version = _version(code, known_on)
    return _facts(version, day) if version is not None else None


def product_on(code: str, day: date, *, known_on: date | None = None) -> ProductFacts:
    """Return a product with its status on a day; raises NotFound."""
    found = find_product_on(code, day, known_on=known_on)
    if found is None:
        raise NotFound(_UNKNOWN)
    return found


def products_on(codes: Collection[str], day: date) -> dict[str, ProductFacts]:
    """Return the products of some codes as the youngest copy has them, by code; unknown codes are left out."""
    versions = _whole(ProductVersion.objects.filter(product__code__in=list(codes)))
    return {version.code: _facts(version, day) for version in versions}


def versions_of(code: str, day: date) -> list[ProductFacts]:
    """Return every version of a product, the oldest first: what changed with which copy."""
    found = _whole(ProductVersion.objects.filter(code=code.upper()).order_by("snapshot__taken_on", "id"))
    return [_facts(version, day) for version in found]


def packaging_of(code: str, release: str | None = None, *, known_on: date | None = None) -> Packaging | None:
    """Return the packaging rules of a release, by default the latest; None where the product packs nothing."""
    version = _version(code, known_on)
    releases = [each for each in version.releases.all() if each.units_required is not None] if version else []
    chosen = [each for each in releases if release is None or each.number == release]
    if version is None or not chosen:
        return None
    held = chosen[-1]
    units: dict[str, list[str]] = {}
    packed = PackagedUnit.objects.filter(version=version, release=held.number).order_by("unit_code")
    for group, unit in packed.values_list("group", "unit_code"):
        units.setdefault(group, []).append(unit)
    rows = PackagingGroup.objects.filter(version=version, release=held.number).order_by("id")
    groups = tuple(
        Group(row.group, row.title, row.kind, row.choose_least, row.choose_most, tuple(units.get(row.group, ())))
        for row in rows
    )
    titles = Product.objects.filter(code__in=[unit for each in units.values() for unit in each])
    required = held.units_required or 0
    return Packaging(version.code, held.number, required, groups, dict(titles.values_list("code", "title")))


def units_of(code: str, release: str | None = None) -> tuple[str, ...]:
    """Return the codes of all units in a release's groups, by default the latest release, sorted."""
    packaging = packaging_of(code, release)
    return tuple(sorted(unit for group in packaging.groups for unit in group.units)) if packaging else ()


def packed_in(unit: str, day: date) -> list[ProductLine]:
    """Return the products whose latest version packs a unit, by code."""
    versions = PackagedUnit.objects.filter(unit_code=unit.upper(), version__product__isnull=False)
    codes = sorted(set(versions.values_list("version__code", flat=True)))
    return product_lines(codes, day)


def replacement_of(code: str) -> tuple[Replacement, ...]:
    """Return what replaces a product, the earliest first; nothing where it has no replacement. Raises NotFound."""
    version = _version(code, None)
    if version is None:
        raise NotFound(_UNKNOWN)
    return tuple(_replacement(row) for row in version.replacements.all())


def replaces(code: str, day: date) -> list[ProductLine]:
    """Return the products that a product replaces, by code."""
    rows = Supersession.objects.filter(to_code=code.upper(), version__product__isnull=False)
    return product_lines(sorted(set(rows.values_list("version__code", flat=True))), day)


def search_products(
    text: str, day: date, *, kinds: Collection[str] = (), most: int = FOUND_MOST, codes: Collection[str] | None = None
) -> list[ProductLine]:
    """Return products whose code begins with what was typed, then those with every word in the title, at most `most`.

    `kinds` narrows to kinds, `codes` to given codes. Without two letters typed nothing is found.
    """
    words = text.split()
    sought = "".join(words)
    if len(sought) < 2:
        return []
    rows = Product.objects.filter(kind__in=list(kinds)) if kinds else Product.objects.all()
    if codes is not None:
        rows = rows.filter(code__in=list(codes))
    by_code = list(rows.filter(code__startswith=sought.upper()).values_list("code", flat=True)[:most])
    if len(by_code) < most:
        for word in words:
            rows = rows.filter(sought__contains=word.lower())
        by_code += list(rows.exclude(code__in=by_code).values_list("code", flat=True)[: most - len(by_code)])
    return product_lines(by_code, day)


def product_lines(codes: Sequence[str], day: date) -> list[ProductLine]:
    """Return the lines of some products in the order given; unknown codes are left out. Two statements."""
    found = Product.objects.filter(code__in=codes).select_related("version").prefetch_related("version__statuses")
    rows = {row.code: row for row in found} if codes else {}
    return [
        ProductLine(row.code, row.kind, row.title, rules.status_on(_statuses(row.version), day), row.listed)
        for row in (rows[code] for code in codes if code in rows)
    ]


def titles_of(codes: Collection[str]) -> dict[str, str]:
    """Return the titles of some products by code; unknown codes are left out."""
    return dict(Product.objects.filter(code__in=list(codes)).values_list("code", "title"))


def first_released(codes: pl.Series | None = None) -> pl.DataFrame:
    """Return unit_code and released of the units and modules that any copy released: the first day of each (rule D02)."""
    rows = Product.objects.filter(kind__in=["unit", "module"], first_released__isnull=False)
    if codes is not None:
        rows = rows.filter(code__in=codes.to_list())
    pairs = list(rows.order_by("code").values_list("code", "first_released"))
    return pl.DataFrame(pairs, schema={"unit_code": pl.String, "released": pl.Date}, orient="row")


# Rows to plain values ------------------------------------------------------------------------------------------------


def _whole(versions: QuerySet[ProductVersion]) -> QuerySet[ProductVersion]:
    """Return versions with their statuses, releases and replacements at hand."""
    return versions.select_related("snapshot").prefetch_related(
        Prefetch("statuses", ProductStatus.objects.order_by("valid_from")),
        Prefetch("releases", ProductRelease.objects.order_by("released_date", "number")),
        Prefetch("replacements", Supersession.objects.order_by("replaced_date", "to_code")),
    )


def _version(code: str, known_on: date | None) -> ProductVersion | None:
    """Return the version that held by the copies taken up to a day."""
    rows = ProductVersion.objects.filter(code=code.strip().upper())
    if known_on is not None:
        rows = rows.filter(snapshot__taken_on__lte=known_on)
    return _whole(rows).order_by("-snapshot__taken_on", "-id").first()


def _statuses(version: ProductVersion) -> tuple[Status, ...]:
    """Return a version's periods of status."""
    return tuple(
        Status(row.status, Period(row.valid_from, row.valid_until), row.reason) for row in version.statuses.all()
    )


def _replacement(row: Supersession) -> Replacement:
    """Return one replacement."""
    return Replacement(row.to_code, row.equivalent, row.replaced_date, row.note)


def _facts(version: ProductVersion, day: date) -> ProductFacts:
    """Return a version as plain values."""
    statuses = _statuses(version)
    return ProductFacts(
        code=version.code,
        kind=version.kind,
        title=version.title,
        parent_code=version.parent_code,
        parent_title=version.parent_title,
        descriptor=version.descriptor,
        sector=version.sector,
        streams=tuple(version.streams),
        statuses=statuses,
        releases=tuple(Release(row.number, row.released_date, row.units_required) for row in version.releases.all()),
        replacements=tuple(_replacement(row) for row in version.replacements.all()),
        status=rules.status_on(statuses, day),
        listed=version.listed,
        as_of=version.snapshot.taken_on,
        on=day,
    )


def as_json(facts: ProductFacts, packaging: Packaging | None) -> dict[str, object]:
    """Return a product as the command and the API print it; days as YYYY-MM-DD, what is not known as null."""
    return {
        "code": facts.code,
        "kind": facts.kind,
        "title": facts.title,
        "parent": {"code": facts.parent_code, "title": facts.parent_title} if facts.parent_code else None,
        "descriptor": facts.descriptor or None,
        "streams": list(facts.streams),
        "sector": facts.sector,
        "status": facts.status,
        "listed": facts.listed,
        "as_of": facts.as_of.isoformat(),
        "statuses": [
            {
                "status": each.status,
                "valid_from": _iso(each.period.since),
                "valid_until": _iso(each.period.until),
                "reason": each.reason,
            }
            for each in facts.statuses
        ],
        "releases": [
            {"release": each.number, "released": _iso(each.released_on), "units_required": each.units_required}
            for each in facts.releases
        ],
        "replaced_by": [
            {"code": each.code, "equivalent": each.equivalent, "on": _iso(each.replaced_on), "note": each.note}
            for each in facts.replacements
        ],
        "last_enrolment_day": _iso(facts.last_enrolment_day),
        "last_issue_day": _iso(facts.last_issue_day),
        "packaging": _packaging_json(packaging) if packaging else None,
    }


def _packaging_json(packaging: Packaging) -> dict[str, object]:
    """Return packaging rules as plain values."""
    groups = [
        {
            "group": group.group,
            "title": group.title,
            "kind": group.kind,
            "choose_least": group.choose_least,
            "choose_most": group.choose_most,
            "units": [{"code": unit, "title": packaging.titles.get(unit)} for unit in group.units],
        }
        for group in packaging.groups
    ]
    return {"release": packaging.release, "units_required": packaging.units_required, "groups": groups}


def _iso(day: date | None) -> str | None:
    """Return a day as YYYY-MM-DD."""
    return day.isoformat() if day else None
