"""Apply the rules of a layout to batches of rows, looking closely only where something is unusual.

A rule is a code, a column and one boolean expression. Where a cell breaks several checks of its own field, the first in
the layout's order is its one finding. Most lines of a file match the pattern of a usual line; their cells need no look
of their own. The tests hold this shortcut against looking at every cell.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from testamur.kernel.usi import bad_usi
from testamur.kernel.verdict import Severity
from testamur.submissions.layouts import USUAL_TEXT, Check, Field, FileLayout
from testamur.submissions.reading import ANY_CELL
from testamur.submissions.rules import FLAG, FLAGGED, KINDS, Context, longer_composed

MAX_VALUE = 200
NOTHING_FOUND = pl.DataFrame(schema={"code": pl.UInt16, "row": pl.UInt32, "value": pl.String})
_USUAL_FROM = 2020
_PLAIN_TEXT = "(?:[A-Za-z0-9][!#-+.-~-]*(?: [!#-+.-~-]+)*)?"
_QUOTED_TEXT = '"[A-Za-z0-9][!#-~]*(?: [!#-~]+)*"'
_ROUGHLY = {"before_study": pl.col("completion_year") != ""}
_USES = {"blank_unless_course": ("level",)}


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
    return BoundRules(tuple(fields), rows, tuple(name for name in flags if name in FLAGGED), widths)


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
        return longer_composed(check.params["max"])
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
        ((cell.str.strip_chars() if look else cell) == "").alias(name + FLAG)
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
