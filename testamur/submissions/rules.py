"""The rules of a file format as plain Polars expressions: a frame of text in, the cells that break a rule out.

Each kind of check that a layout may name is one function here; the layout holds the limits, severities and words
(TEQ-V01…V36, N1…N3b). A rule is a code, a column and one boolean expression; where a cell breaks several checks of its
own field, the first in the layout's order is its one finding. In the strict profile a cell counts as it stands; the
tolerant profile reads it without the spaces around it (rulebook E.2; formats 3.2).
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import polars as pl

from testamur.kernel.verdict import Severity
from testamur.submissions.layouts import USUAL_TEXT, Check, Field, FileLayout, Profile
from testamur.submissions.reading import ANY_CELL

USI_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
_ISO = "%Y-%m-%d"
_DAY_FIRST = "%d/%m/%Y"
_CONTROL = r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x{9f}\x{fffd}\x{2028}\x{2029}]"
_FORMULA = r"^\s*(?:=|[@+-].*[(|!])"
_NUMBER = r"^(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)$"
MAX_VALUE = 200
_FLAG = " is blank"
_USUAL_FROM = 2020
_PLAIN_TEXT = "(?:[A-Za-z0-9][!#-+.-~-]*(?: [!#-+.-~-]+)*)?"
_QUOTED_TEXT = '"[A-Za-z0-9][!#-~]*(?: [!#-~]+)*"'
_FLAGGED = {"course_code", "course_name", "unit_code", "unit_name", "status", "mark", "grade", "grade_description"}


@dataclass(frozen=True, slots=True)
class Context:
    """What an expression may depend on besides the cells: the profile and the day of the check."""

    profile: Profile
    on: date


@dataclass(frozen=True, slots=True)
class Rule:
    """One check bound to a profile: its place in the list of all checks, its severity, and its expression.

    `confirm` looks again, more closely, at the cells that the expression found.
    """

    code: int
    check: Check
    severity: Severity
    expression: pl.Expr
    confirm: Callable[[pl.Series], pl.Series] | None = None


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
    """Return a year cell as a number; null where it is none. Tolerant also reads a date's year (formats 3.2, 7)."""
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


def _longer_composed(limit: int) -> Callable[[pl.Series], pl.Series]:
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


def _usi(name: str, _: Check, __: Context) -> pl.Expr:
    return filled(name)


def bad_usi(cells: pl.Series) -> pl.Series:
    """Say which cells are no USI: ten characters, the last a check character by Luhn modulo 32 (formats 4.1).

    Small letters and surrounding spaces are forgiven; 2222222222 passes the sum and is a placeholder.
    """
    text = cells.str.strip_chars().str.to_uppercase()
    shaped = text.str.contains(f"^[{USI_ALPHABET}]{{10}}$") & (text != "2222222222")
    values = {sign: value for value, sign in enumerate(USI_ALPHABET)}
    frame = pl.select(pl.when(shaped).then(text).alias("text"))
    signs = [
        pl.col("text").str.slice(place, 1).replace_strict(values, default=None, return_dtype=pl.Int32)
        for place in range(10)
    ]
    products = [sign * (2 - place % 2) for place, sign in enumerate(signs[:9])]
    total = pl.sum_horizontal(product // 32 + product % 32 for product in products)
    right = frame.select(((32 - total % 32) % 32 == signs[9]) & pl.col("text").is_not_null()).to_series()
    return ~right.fill_null(value=False)


def _empty(name: str) -> pl.Expr:
    """Say whether a cell is blank, from the flags that apply_rules adds for rules across columns."""
    return pl.col(name + _FLAG)


def _is_level(level: str) -> pl.Expr:
    return pl.col("level") == level


def _course(expression: Callable[[], pl.Expr]) -> Callable[[str, Check, Context], pl.Expr]:
    return lambda _name, _check, _context: _is_level("Course") & expression()


def _unit(expression: Callable[[], pl.Expr]) -> Callable[[str, Check, Context], pl.Expr]:
    return lambda _name, _check, _context: _is_level("Unit of Study") & expression()


def _no_result(_: str, __: Check, context: Context) -> pl.Expr:
    """Note 3: mark or grade. The tolerant profile lets status 1, 4 and 6, and a status it cannot read, off (G-31)."""
    empty = _empty("mark") & _empty("grade")
    if context.profile == "strict":
        return empty
    return empty & (pl.col("status").is_in(["2", "3", "5"]) | (_is_level("Course") & blank("status")))


def _no_result_yet(_: str, __: Check, ___: Context) -> pl.Expr:
    return _empty("mark") & _empty("grade") & pl.col("status").is_in(["1", "4", "6"])


NOTHING_FOUND = pl.DataFrame(schema={"code": pl.UInt16, "row": pl.UInt32, "value": pl.String})
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
_ROUGHLY = {"before_study": pl.col("completion_year") != ""}
_USES = {"blank_unless_course": ("level",)}


@dataclass(frozen=True, slots=True)
class FieldRules:
    """The rules on the cells of one field, and the expression of cells that need a closer look (None: all of them)."""

    unusual: pl.Expr | None
    rules: tuple[Rule, ...]


@dataclass(frozen=True, slots=True)
class BoundRules:
    """The rules of one kind of file, bound to a profile and a day.

    `flags` are fields whose blank cells rules ask for; `widths` say which cells are too wide.
    """

    fields: tuple[FieldRules, ...]
    rows: tuple[Rule, ...]
    flags: tuple[str, ...]
    widths: tuple[pl.Expr, ...]

    def codes(self, severity: Severity, rule: str | None = None) -> list[int]:
        """Return the codes of a severity, of all rules or of one."""
        every = (*(bound for field in self.fields for bound in field.rules), *self.rows)
        return [bound.code for bound in every if bound.severity is severity and rule in (None, bound.check.rule)]


def bind_rules(layout: FileLayout, checks: Sequence[Check], context: Context, absent: Iterable[str]) -> BoundRules:
    """Return the rules of one kind of file for a profile, in the layout's order.

    `checks` is the list of all cases that codes count in; rules that need an absent column are left out, because the
    missing column is one finding already. Rules across rows (duplicates, other files) are not in KINDS and not here.
    """
    missing = set(absent)
    fields = [
        FieldRules(_unusual(field, context), rules)
        for field in layout.fields
        if (rules := _bind(field.checks, checks, context, missing))
    ]
    rows = _bind(layout.rules, checks, context, missing)
    flags = tuple(field.name for field in layout.fields if field.name not in missing) if rows else ()
    widths = tuple(_too_wide(field) for field in layout.fields if field.max_length and field.name not in missing)
    return BoundRules(tuple(fields), rows, tuple(name for name in flags if name in _FLAGGED), widths)


def _bind(some: Iterable[Check], checks: Sequence[Check], context: Context, missing: set[str]) -> tuple[Rule, ...]:
    """Return the rules of some checks."""
    rules = []
    for check in some:
        severity = check.severity(context.profile)
        uses = {check.field, *check.needs, *_USES.get(check.kind, ())}
        if severity is None or check.kind not in KINDS or uses & missing:
            continue
        expression = KINDS[check.kind](check.field or "", check, context)
        rules.append(Rule(checks.index(check), check, severity, expression, _confirmation(check)))
    return tuple(rules)


def _unusual(field: Field, context: Context) -> pl.Expr | None:
    """Return the cells of a field that need a closer look; None before 2020, when the usual years may lie ahead."""
    if context.on.year < _USUAL_FROM or field.usual is None:
        return None
    unusual = ~pl.col(field.name).str.contains(f"^(?:{field.usual})$")
    return unusual if field.max_length is None else unusual | _too_wide(field)


def _too_wide(field: Field) -> pl.Expr:
    """Say which cells may be wider than a field; bytes are counted, which are never fewer than characters."""
    return pl.col(field.name).str.len_bytes() > (field.max_length or 0)


def usual_line(layout: FileLayout, positions: Mapping[str, int], width: int, context: Context) -> str | None:
    """Return the pattern of a line in which every cell is usual but perhaps too wide; None where no line is.

    Text cells may stand in quotes.
    """
    if context.on.year < _USUAL_FROM or any(field.usual is None for field in layout.fields):
        return None
    cells = [ANY_CELL] * width
    for field in layout.fields:
        if field.name in positions:
            usual = f"{_PLAIN_TEXT}|{_QUOTED_TEXT}" if field.usual == USUAL_TEXT else field.usual
            cells[positions[field.name]] = f"(?:{usual})"
    return "^" + ",".join(cells) + "$"


def _confirmation(check: Check) -> Callable[[pl.Series], pl.Series] | None:
    """Return the closer look that a kind of check needs."""
    if check.kind == "length":
        return _longer_composed(check.params["max"])
    return bad_usi if check.kind == "usi" else None


def apply_rules(frame: pl.DataFrame, bound: BoundRules, unusual: pl.Series | None = None) -> pl.DataFrame:
    """Return what the rules find in a batch: code (UInt16), row (UInt32), value (text, at most 200 characters).

    `unusual` says which rows hold a cell that is not usual (all, where it is not given). Only those, and rows with a
    cell that may be too wide, are looked at field by field and one check after another.
    """
    if unusual is not None:
        wide = frame.select(pl.any_horizontal(bound.widths)).to_series() if bound.widths else unusual
        closely = frame.filter(unusual | wide)
    else:
        closely = frame
    found = _in_fields(closely, bound.fields) if closely.height else []
    if bound.rows:
        flagged = flag_blanks(frame, bound.flags, closely) if bound.flags else frame
        masks = flagged.select(_rough(rule).alias(str(place)) for place, rule in enumerate(bound.rows))
        counts = masks.select(pl.all().sum()).row(0)
        for rule, mask, count in zip(bound.rows, masks.iter_columns(), counts, strict=True):
            if count:
                rows = flagged.filter(mask)
                found.append(_found(rows.filter(rule.expression) if rule.check.kind in _ROUGHLY else rows, rule))
    return pl.concat(found) if found else NOTHING_FOUND


def _rough(rule: Rule) -> pl.Expr:
    """Return a cheap expression of rows that a rule across columns may find, or its own."""
    return _ROUGHLY.get(rule.check.kind, rule.expression)


def _in_fields(frame: pl.DataFrame, fields: Sequence[FieldRules]) -> list[pl.DataFrame]:
    """Return what the checks of single cells find."""
    found = []
    wanted = [pl.lit(value=True) if field.unusual is None else field.unusual for field in fields]
    masks = frame.select(mask.alias(str(place)) for place, mask in enumerate(wanted))
    for field, mask in zip(fields, masks.iter_columns(), strict=True):
        if mask.any():
            found += _look_closer(frame.filter(mask) if field.unusual is not None else frame, field.rules)
    return found


def flag_blanks(frame: pl.DataFrame, names: Sequence[str], unusual: pl.DataFrame) -> pl.DataFrame:
    """Add a flag for the blank cells of some columns; cells of white space stand in unusual rows only."""
    cells = [pl.col(name) for name in names]
    perhaps = unusual.select(((cell != "") & (cell.str.strip_chars() == "")).any() for cell in cells).row(0)
    return frame.with_columns(
        ((cell.str.strip_chars() if look else cell) == "").alias(name + _FLAG)
        for name, cell, look in zip(names, cells, perhaps, strict=True)
    )


def _look_closer(frame: pl.DataFrame, rules: Sequence[Rule]) -> list[pl.DataFrame]:
    """Return what the checks of one field find: the first check that applies to a cell is its one finding."""
    masks = frame.select(rule.expression.alias(str(place)) for place, rule in enumerate(rules))
    counts = masks.select(pl.all().sum()).row(0)
    found = []
    free = pl.repeat(value=True, n=frame.height, eager=True)
    for rule, mask, count in zip(rules, masks.iter_columns(), counts, strict=True):
        if not count:
            continue
        hit = mask & free
        if rule.confirm is not None:
            hit = hit & rule.confirm(frame[rule.check.field or ""])
        free = free & ~hit
        found.append(_found(frame.filter(hit), rule))
    return found


def _found(frame: pl.DataFrame, rule: Rule) -> pl.DataFrame:
    """Return the findings of one rule for some rows."""
    value = pl.col(rule.check.field or "").str.slice(0, MAX_VALUE).alias("value")
    return frame.select(pl.lit(rule.code, pl.UInt16).alias("code"), "row", value)
