"""What is held of the national register, for comparing a copy with it: digests, the youngest day, the youngest versions."""

from collections.abc import Collection
from datetime import date

from testamur.training import comparing
from testamur.training.comparing import Differences
from testamur.training.copies import Copy
from testamur.training.models import Product, ProductVersion, ScopeStatement, Snapshot


def youngest_day() -> date | None:
    """Return the day of the youngest copy; None where there is none."""
    return Snapshot.objects.order_by("-taken_on", "-id").values_list("taken_on", flat=True).first()


def compared(copy: Copy) -> Differences:
    """Return what a copy would change."""
    products = dict(Product.objects.values_list("code", "version__digest"))
    listed = frozenset(Product.objects.filter(listed=True).values_list("code", flat=True))
    newest = ScopeStatement.objects.order_by("provider_code", "-snapshot__taken_on", "-id").distinct("provider_code")
    scopes = dict(newest.values_list("provider_code", "digest"))
    return comparing.differences(copy.frames, products, listed, scopes)


def latest_versions(codes: Collection[str]) -> list[ProductVersion]:
    """Return the youngest version of each of some codes."""
    return list(ProductVersion.objects.filter(product__code__in=list(codes)).order_by("code"))
