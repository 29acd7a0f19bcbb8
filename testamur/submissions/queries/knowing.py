"""What the register knows beside a provider's files, for the rules on duplicate and impossible records (D01 to D05)."""

from collections.abc import Collection

import polars as pl
from django.db import connection

from testamur.kernel import tenancy
from testamur.kernel.periods import Period
from testamur.providers import queries as providers_queries
from testamur.register import numbers
from testamur.register import queries as register_queries
from testamur.students import lodged
from testamur.submissions.doubts import Facts
from testamur.submissions.formats import FileFormat
from testamur.training import shipped
from testamur.training.queries import copies as training_copies
from testamur.training.queries import products as training_products


def facts_for(provider_id: int, form: FileFormat, *, replace_all: bool) -> Facts:
    """Return what is known of a provider when its files are checked; read only when a rule asks.

    Where the files replace everything, certificates held until now are no duplicates of theirs.
    """
    registered = tuple(
        Period(line.registered_from, line.registered_until)
        for line in providers_queries.registration_lines([provider_id])
        if line.sector == form.sector
        and (line.registered_until is None or line.registered_from < line.registered_until)
    )
    codes = rto_codes(provider_id)
    released = training_products.first_released if training_copies.youngest_snapshot() else None
    if not register_queries.has_holdings(provider_id):
        return Facts(registered=registered, released=released, codes=codes)

    def students(codes: pl.Series) -> pl.DataFrame:
        with tenancy.for_provider(provider_id), connection.cursor() as cursor:
            return lodged.last_particulars(cursor, provider_id, codes)

    def certificates(wanted: pl.Series) -> pl.DataFrame:
        with tenancy.for_provider(provider_id), connection.cursor() as cursor:
            held = numbers.certificate_numbers(cursor, provider_id)
        return held.filter(pl.col("number").is_in(wanted.implode()))

    return Facts(
        registered=registered,
        students=students,
        certificates=None if replace_all else certificates,
        released=released,
        codes=codes,
    )


def rto_codes(provider_id: int) -> tuple[str, ...]:
    """Return every RTO code that the register holds of a provider; there may be none, or several over time."""
    return providers_queries.codes_of(provider_id, "rto")


def register_titles(codes: Collection[str]) -> dict[str, str]:
    """Return the titles of codes on the national register, for the rule that compares names with them (R13b).

    Before any copy of the national register was taken in, those of the copy that ships.
    """
    if training_copies.youngest_snapshot():
        return training_products.titles_of(codes)
    return shipped.titles_of(codes)
