"""Record rules of organisations, locations, programs, subjects, clients and completions: one line alone decides.

Each rule is an expression over the cells of all lines of a file; what is already said as a layout finding (blank,
wrong code) is not said again. Formats' numbers: R03, R04a-R04d, R06a, R06b, R07a, R07b, R08, R09, R11, R13a, R14, R15.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from testamur.kernel.usi import EXEMPTION_CODES, bad_usi
from testamur.submissions.avetmiss.cells import LineChecks, day, no_day

AUSTRALIA = ("1100", "1101", "1102", "1199")
NOT_COMPLETED = {"00000000": "VIC", "01019999": "TAS"}
RECOGNISED = ("51", "52", "60")
_MODES = ("YNN", "NYN", "NNY", "YYN", "YNY", "NYY", "YYY", "NNN")
_OUTCOMES = ("20", "30", "40", "41", "61", "70", "81", "82", "85")
_NEVER = pl.lit(value=False)

# Ranges of postcodes by state as the post assigns them, with places near a border under either state.
_RANGES: Mapping[str, tuple[tuple[int, int], ...]] = {
    "01": (
        (1000, 2599),
        (2619, 2899),
        (2921, 2999),
        (2600, 2620),
        (3644, 3644),
        (3691, 3691),
        (3707, 3707),
        (4375, 4385),
    ),
    "02": ((3000, 3999), (8000, 8999), (2640, 2648), (2731, 2739)),
    "03": ((4000, 4999), (9000, 9999), (2406, 2406)),
    "04": ((5000, 5999), (872, 872)),
    "05": ((6000, 6999), (872, 872)),
    "06": ((7000, 7999),),
    "07": ((800, 999), (4825, 4825)),
    "08": ((200, 299), (2540, 2540), (2600, 2620), (2900, 2920)),
}


def _postcode_elsewhere(context: "Rows") -> pl.Expr:
    """R11e: the postcode lies in another state, or in Australia where the state is 99; 09 and unknown codes are left alone."""
    del context
    code, state = pl.col("postcode"), pl.col("state_identifier")
    number = pl.when(code.str.contains("^[0-9]{4}$") & (code != "0000")).then(code).cast(pl.Int32, strict=False)
    wrong = (state == "99") & number.is_not_null()
    for name, ranges in _RANGES.items():
        inside = _NEVER
        for low, high in ranges:
            inside = inside | number.is_between(low, high)
        wrong = wrong | ((state == name) & ~inside)
    return wrong.fill_null(value=False)


@dataclass(frozen=True, slots=True)
class Rows:
    """What a rule may depend on besides the cells: the state's form, and whether lines carry a state's fields."""

    state: str | None


def _overseas() -> pl.Expr:
    return pl.col("postcode") == "OSPC"


def _unknown_suburb() -> pl.Expr:
    away = pl.col("postcode").is_in(["OSPC", "@@@@", "0000"])
    return away & ~pl.col("address_location").str.to_lowercase().is_in(["not specified", ""])


def _filled(name: str) -> pl.Expr:
    return pl.col(name) != ""


def _unlisted_without(name: str) -> pl.Expr:
    """Say whether a program that cannot be on the national register (14, 15) lacks what would describe it."""
    return pl.col("program_recognition_identifier").is_in(["14", "15"]) & ~_filled(name)


def _usi_wrong() -> pl.Expr:
    usi = pl.col("unique_student_identifier")
    bad = usi.map_batches(bad_usi, return_dtype=pl.Boolean)
    return (usi != "") & ~usi.str.to_uppercase().is_in(sorted(EXEMPTION_CODES)) & bad


def _no_street() -> pl.Expr:
    box, number = _filled("address_postal_delivery_box"), _filled("address_street_number")
    return ~_filled("address_street_name") & (~box | number)


def _longer_than_five_years() -> pl.Expr:
    start, end = day("activity_start_date"), day("activity_end_date")
    return (end > start.dt.offset_by("5y")).fill_null(value=False)


def _not_completed() -> pl.Expr:
    return pl.col("date_program_completed").is_in(list(NOT_COMPLETED))


def _not_completed_elsewhere(rows: Rows) -> pl.Expr:
    foreign = [written for written, state in NOT_COMPLETED.items() if state != rows.state]
    return pl.col("date_program_completed").is_in(foreign)


def _wrong_completion() -> pl.Expr:
    name = "date_program_completed"
    return _filled(name) & ~_not_completed() & day(name).is_null() & ~pl.col(name).str.contains("^@+$")


def _victorian(rows: Rows, expression: pl.Expr) -> pl.Expr:
    return expression & (pl.col("length") > 39) if rows.state == "VIC" else _NEVER


_POST = {"postcode_state": _postcode_elsewhere}
_ACTIVITY = {
    "end_before_start": lambda _: (day("activity_end_date") < day("activity_start_date")).fill_null(value=False),
    "too_long_activity": lambda _: _longer_than_five_years(),
    "commencing_without_program": lambda _: (
        ~_filled("program_identifier") & pl.col("commencing_program_identifier").is_in(["3", "4"])
    ),
    "commencing_with_program": lambda _: (
        _filled("program_identifier") & (pl.col("commencing_program_identifier") == "8")
    ),
    "contract_alone": lambda _: _filled("training_contract_identifier") ^ _filled("client_identifier_apprenticeships"),
    "contract_without_program": lambda _: (
        _filled("training_contract_identifier")
        & _filled("client_identifier_apprenticeships")
        & ~_filled("program_identifier")
    ),
    "funding_without_id": lambda _: (
        (pl.col("funding_source_national") == "13") & ~_filled("specific_funding_identifier")
    ),
    "id_without_funding": lambda _: (
        (pl.col("funding_source_national") != "13") & _filled("specific_funding_identifier")
    ),
    "recognition_delivered": lambda _: (
        pl.col("outcome_identifier_national").is_in(list(RECOGNISED))
        & pl.col("delivery_mode_identifier").is_in(list(_MODES[:-1]))
    ),
    "credit_hours": lambda _: (
        (pl.col("outcome_identifier_national") == "60") & pl.col("scheduled_hours").str.contains("[1-9]")
    ),
    "nothing_delivered": lambda _: (
        (pl.col("delivery_mode_identifier") == "NNN") & pl.col("outcome_identifier_national").is_in(list(_OUTCOMES))
    ),
    "no_school_type": lambda _: (pl.col("vet_in_schools_flag") == "Y") & ~_filled("school_type_identifier"),
}
RULES = {
    "NAT00020": {
        "overseas_state": lambda _: (
            _overseas() & _filled("state_identifier") & ~pl.col("state_identifier").is_in(["09", "99"])
        ),
        "overseas_country": lambda _: _overseas() & pl.col("country_identifier").is_in(list(AUSTRALIA)),
        "australian_country": lambda _: (
            pl.col("postcode").str.contains("^[0-9]{4}$")
            & _filled("country_identifier")
            & ~pl.col("country_identifier").is_in(list(AUSTRALIA))
        ),
        **_POST,
    },
    "NAT00030A": {
        "no_level": lambda _: _unlisted_without("program_level_of_education_identifier"),
        "no_field": lambda _: _unlisted_without("program_field_of_education_identifier"),
        "no_occupation": lambda _: _unlisted_without("anzsco_identifier"),
    },
    "NAT00080": {
        "overseas_state": lambda _: _overseas() & _filled("state_identifier") & (pl.col("state_identifier") != "99"),
        "suburb": lambda _: _unknown_suburb(),
        "spaced": lambda _: pl.col("client_identifier").str.contains(" ", literal=True),
        "usi_missing": lambda _: ~_filled("unique_student_identifier") & (pl.col("length") >= 150),
        "usi_wrong": lambda _: _usi_wrong(),
        **_POST,
    },
    "NAT00085": {"no_street": lambda _: _no_street(), **_POST},
    "NAT00120": _ACTIVITY,
    "NAT00130": {
        "completed": lambda _: _wrong_completion(),
        "not_completed": _not_completed_elsewhere,
        "issued_before": lambda _: (
            (day("parchment_issue_date") < day("date_program_completed")) & ~_not_completed()
        ).fill_null(value=False),
        "number_without_date": lambda rows: _victorian(
            rows, _filled("parchment_number") & no_day("parchment_issue_date")
        ),
        "issued_without_date": lambda rows: _victorian(
            rows, no_day("parchment_issue_date") & (pl.col("issued_flag") == "Y")
        ),
    },
}


def check_records(cells: pl.DataFrame, checks: LineChecks) -> list[pl.DataFrame]:
    """Return what the rules of single records find in the cells of lines: code, row, value, detail."""
    rules = RULES.get(checks.layout.kind)
    if not rules or cells.is_empty():
        return []
    flags = cells.select(applies(Rows(checks.state)).alias(kind) for kind, applies in rules.items())
    parts = []
    for kind in rules:
        flag = flags[kind]
        if not flag.any():
            continue
        check = checks.layout.words.find_rule(kind)
        found = cells.filter(flag)
        parts.append(
            found.select(
                pl.lit(checks.code(check), pl.UInt32).alias("code"),
                "row",
                pl.col(str(check.column)).alias("value"),
                pl.lit(None, pl.UInt32).alias("detail"),
            )
        )
    return parts
