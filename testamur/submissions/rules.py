"""The rules of a file format as plain Polars expressions: a frame of text in, the cells that break a rule out.

Each kind of check that a layout may name is one function here; the layout holds the limits, severities and words
(TEQ-V01…V36, N1…N3b). In the strict profile a cell counts as it stands; the tolerant profile reads it without the
spaces around it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import polars as pl

from testamur.submissions.layouts import Check, Profile

_ISO = "%Y-%m-%d"
_DAY_FIRST = "%d/%m/%Y"
_CONTROL = r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x{9f}\x{fffd}\x{2028}\x{2029}]"
_FORMULA = r"^\s*="
_FORMULA_LIKE = r"^\s*[@+-].*[(|!]"
_NUMBER = r"^(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)$"
FLAG = " is blank"
FLAGGED = {"course_code", "course_name", "unit_code", "unit_name", "mark", "grade", "grade_description"}


@dataclass(frozen=True, slots=True)
class Context:
    """What an expression may depend on besides the cells: the profile and the day of the check."""

    profile: Profile
    on: date


def blank(name: str) -> pl.Expr:
    """Say whether a cell holds nothing but white space."""
    return pl.col(name).str.strip_chars() == ""


def filled(name: str) -> pl.Expr:
    """Say whether a cell holds something."""
    return pl.col(name).str.strip_chars() != ""


def day(name: str) -> pl.Expr:
    """Return a DD/MM/YYYY cell as a date; null where it is none (TEQ-V24, V36). The year 0000 is none."""
    text = pl.col(name)
    written = text.str.contains(r"^[0-9]{2}/[0-9]{2}/[0-9]{4}$") & ~text.str.ends_with("/0000")
    return pl.when(written).then(text).str.to_date(_DAY_FIRST, strict=False)


def year(name: str, profile: Profile) -> pl.Expr:
    """Return a year cell as a number; null where it is none. Tolerant also reads a date's year."""
    text = pl.col(name)
    plain = pl.when(text.str.contains(r"^[0-9]{1,4}$")).then(text).cast(pl.Int32, strict=False)
    if profile == "strict":
        return plain
    iso = pl.when(text.str.contains(r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$")).then(text).str.to_date(_ISO, strict=False)
    return pl.coalesce(plain, day(name).dt.year(), iso.dt.year())


def number(name: str) -> pl.Expr:
    """Return a number cell as a float, for comparing only; null where it is no plain decimal number."""
    text = pl.col(name)
    return pl.when(text.str.contains(_NUMBER)).then(text).cast(pl.Float64, strict=False)


def _length(name: str, check: Check, _: Context) -> pl.Expr:
    return pl.col(name).str.len_chars() > pl.lit(check.params["max"])


def longer_composed(limit: int) -> Callable[[pl.Series], pl.Series]:
    """Count a letter and its accent as one character, as the sender saw them."""
    return lambda cells: cells.str.normalize("NFC").str.len_chars() > limit


def _pattern(name: str, check: Check, _: Context) -> pl.Expr:
    return filled(name) & ~pl.col(name).str.contains(check.params["pattern"])


def _lower(name: str, _: Check, __: Context) -> pl.Expr:
    return pl.col(name).str.contains("[a-z]")


def _equals(name: str, check: Check, _: Context) -> pl.Expr:
    return pl.col(name) == pl.lit(check.params["value"])


def _list(name: str, check: Check, _: Context) -> pl.Expr:
    return filled(name) & ~pl.col(name).is_in(check.params["values"])


def _list_any_case(name: str, check: Check, _: Context) -> pl.Expr:
    return filled(name) & ~pl.col(name).str.to_uppercase().is_in(check.params["values"])


def _date(name: str, _: Check, __: Context) -> pl.Expr:
    return filled(name) & day(name).is_null()


def _future(name: str, _: Check, context: Context) -> pl.Expr:
    return (day(name) > context.on).fill_null(value=False)


def _year(name: str, _: Check, context: Context) -> pl.Expr:
    return filled(name) & year(name, context.profile).is_null()


def _year_range(name: str, _: Check, context: Context) -> pl.Expr:
    return ~year(name, context.profile).is_between(1900, context.on.year + 1).fill_null(value=True)


def _before_study(name: str, _: Check, context: Context) -> pl.Expr:
    return (year(name, context.profile) < year("study_year", context.profile)).fill_null(value=False)


def _number(name: str, _: Check, __: Context) -> pl.Expr:
    return filled(name) & ~(number(name) <= 9999).fill_null(value=False)


def _above(name: str, check: Check, _: Context) -> pl.Expr:
    return (number(name) > pl.lit(check.params["max"])).fill_null(value=False)


def _places(name: str, _: Check, __: Context) -> pl.Expr:
    return pl.col(name).str.contains(r"\.[0-9]{3}[0-9]*[1-9]")


def _control(name: str, _: Check, __: Context) -> pl.Expr:
    return pl.col(name).str.contains(_CONTROL)


def _formula(name: str, _: Check, __: Context) -> pl.Expr:
    return pl.col(name).str.contains(_FORMULA)


def _formula_like(name: str, _: Check, __: Context) -> pl.Expr:
    """Say where a sign that may begin a formula comes before a call; a phone number may be written so too."""
    return pl.col(name).str.contains(_FORMULA_LIKE)


def _usi(name: str, _: Check, __: Context) -> pl.Expr:
    return filled(name)


def _empty(name: str) -> pl.Expr:
    """Say whether a cell is blank, from the flags that apply_rules adds for rules across columns."""
    return pl.col(name + FLAG)


def _is_level(level: str) -> pl.Expr:
    return pl.col("level") == level


def _course(expression: Callable[[], pl.Expr]) -> Callable[[str, Check, Context], pl.Expr]:
    return lambda _name, _check, _context: _is_level("Course") & expression()


def _unit(expression: Callable[[], pl.Expr]) -> Callable[[str, Check, Context], pl.Expr]:
    return lambda _name, _check, _context: _is_level("Unit of Study") & expression()


def _no_result(_: str, __: Check, context: Context) -> pl.Expr:
    """Note 3: mark or grade. The tolerant profile lets status 1, 4 and 6, and a status it cannot read, off."""
    empty = _empty("mark") & _empty("grade")
    if context.profile == "strict":
        return empty
    return empty & (pl.col("status").is_in(["2", "3", "5"]) | (_is_level("Course") & blank("status")))


def _no_result_yet(_: str, __: Check, ___: Context) -> pl.Expr:
    return _empty("mark") & _empty("grade") & pl.col("status").is_in(["1", "4", "6"])


Expression = Callable[[str, Check, Context], pl.Expr]

CELL_KINDS: dict[str, Expression] = {
    "blank": lambda name, _check, _context: blank(name),
    "blank_unless_course": lambda name, _check, _context: blank(name) & ~_is_level("Course"),
    "length": _length,
    "pattern": _pattern,
    "lower": _lower,
    "equals": _equals,
    "list": _list,
    "list_any_case": _list_any_case,
    "date": _date,
    "future": _future,
    "year": _year,
    "year_range": _year_range,
    "number": _number,
    "above": _above,
    "places": _places,
    "control": _control,
    "formula": _formula,
    "formula_like": _formula_like,
    "usi": _usi,
}
ROW_KINDS: dict[str, Expression] = {
    "before_study": _before_study,
    "course_without_code": _course(lambda: _empty("course_code")),
    "course_without_name": _course(lambda: _empty("course_name") & ~_empty("course_code")),
    "course_with_unit": _course(lambda: ~_empty("unit_code") & ~_empty("course_code") & ~_empty("course_name")),
    "unit_without_code": _unit(lambda: _empty("unit_code")),
    "unit_without_name": _unit(lambda: _empty("unit_name") & ~_empty("unit_code")),
    "unit_without_course": _unit(lambda: _empty("course_code")),
    "no_mark_or_grade": _no_result,
    "no_mark_or_grade_yet": _no_result_yet,
    "grade_without_description": lambda _name, _check, _context: ~_empty("grade") & _empty("grade_description"),
}
KINDS = CELL_KINDS | ROW_KINDS
