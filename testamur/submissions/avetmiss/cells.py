"""The layout findings of lines: length, type and fill of every field, one finding a field, the weightiest reason first.

Lines that match the usual pattern of their layout can have none and are not looked at; a test holds the pattern against
every check.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import reduce
from operator import or_

import polars as pl

from testamur.submissions.avetmiss.layout import NatLayout, Place
from testamur.submissions.layouts import Check
from testamur.submissions.sheets import Fix

FOUND = {"code": pl.UInt32, "row": pl.UInt32, "value": pl.String, "detail": pl.UInt32}
TYPES = ("number", "date", "birth", "codes", "pattern")


def day(name: str) -> pl.Expr:
    """Return a DDMMYYYY cell as a date from 1900 to 2199; null where it is none."""
    text = pl.col(name)
    written = text.str.contains("^[0-9]{4}(?:19|20|21)[0-9]{2}$")
    return pl.when(written).then(text).str.to_date("%d%m%Y", strict=False)


def no_day(name: str) -> pl.Expr:
    """Say whether a date is not given: blank or zeros."""
    return pl.col(name).is_in(["", "00000000"])


@dataclass(frozen=True, slots=True)
class LineChecks:
    """What is needed to check the lines of one file: its layout, state form, the code of every check, and the day."""

    layout: NatLayout
    state: str | None
    codes: Mapping[int, int]
    on: date

    def code(self, check: Check) -> int:
        """Return the number of a check among all checks of the format."""
        return self.codes[id(check)]

    def rule(self, kind: str) -> int:
        """Return the number of a rule of this kind of file."""
        return self.code(self.layout.words.find_rule(kind))


def empty_found() -> pl.DataFrame:
    """Return a frame of no findings."""
    return pl.DataFrame(schema=FOUND)


def check_lines(frame: pl.DataFrame, checks: LineChecks) -> pl.DataFrame:
    """Return the layout findings of lines (`row`, `line`, `length`): code, row, value, detail."""
    usual = frame["line"].str.contains(checks.layout.usual(checks.state))
    odd = frame.filter(~usual)
    if odd.is_empty():
        return empty_found()
    fields = pl.concat(_of_fields(odd, checks))
    fields = _first_cut(fields, checks)
    cut = fields.filter(pl.col("code").is_in(_codes_of(checks, "cut")))["row"]
    junk = _junk(odd, fields, checks)
    own = fields.filter(~(pl.col("row").is_in(junk.implode()) & pl.col("code").is_in(_authority(checks))))
    return pl.concat([own, _of_lengths(odd, checks, cut, junk)])


def _codes_of(checks: LineChecks, *kinds: str, need: str | None = None) -> list[int]:
    """Return the codes of some kinds of layout findings; `need` only of fields so needed."""
    fields = [place for place in checks.layout.fields(checks.state) if need in (None, place.need)]
    every = [check for place in fields for check in checks.layout.checks_of(place)]
    return [checks.code(check) for check in every if not kinds or check.kind in kinds]


def _first_cut(fields: pl.DataFrame, checks: LineChecks) -> pl.DataFrame:
    """Keep only the first of the fields that a line is cut off before; codes stand in the order of fields."""
    cut = pl.col("code").is_in(_codes_of(checks, "cut"))
    return pl.concat([fields.filter(~cut), fields.filter(cut).sort("code").unique("row", keep="first")])


def _authority(checks: LineChecks) -> list[int]:
    """Return the codes of all findings about fields that only a state's authority asks for."""
    return _codes_of(checks, need="S")


def _junk(odd: pl.DataFrame, fields: pl.DataFrame, checks: LineChecks) -> pl.Series:
    """Return the lines whose rest behind the national record is no authority's fields but something added.

    They have no length that the layout knows, end before the last field, and hold words where a date, number or code of such
    a field would stand. Wrong figures there are a wrong date or number.
    """
    known = checks.layout.lengths(checks.state)
    between = (pl.col("length") > checks.layout.national) & (pl.col("length") < known[-1])
    perhaps = odd.filter(between & ~pl.col("length").is_in(list(known)))["row"]
    words = pl.col("value").str.contains("[^0-9@ ]")
    wrong = fields.filter(pl.col("code").is_in(_codes_of(checks, *TYPES, need="S")) & words)["row"]
    return perhaps.filter(perhaps.is_in(wrong.implode()))


def too_long(checks: LineChecks, fixes: Sequence[tuple[Fix, Place]]) -> pl.DataFrame:
    """Return findings for corrected values that their field cannot hold."""
    rows = []
    for fix, place in fixes:
        if len(fix.value) > place.length:
            check = next(check for check in checks.layout.checks_of(place) if check.kind == "too_long")
            rows.append((checks.code(check), fix.row, fix.value, None))
    return pl.DataFrame(rows, schema=FOUND, orient="row")


def _of_lengths(odd: pl.DataFrame, checks: LineChecks, cut: pl.Series, junk: pl.Series) -> pl.DataFrame:
    """Return notes on lines of other lengths than the layout's; a line that is cut off has its finding already."""
    known = checks.layout.lengths(checks.state)
    longer = (pl.col("length") > known[-1]) | pl.col("row").is_in(junk.implode())
    others = odd.filter(~pl.col("length").is_in(list(known)) & ~pl.col("row").is_in(cut.implode()))
    code = pl.when(longer).then(pl.lit(checks.rule("extra"))).otherwise(pl.lit(checks.rule("short")))
    return others.select(
        code.cast(pl.UInt32).alias("code"),
        "row",
        pl.lit(None, pl.String).alias("value"),
        pl.col("length").alias("detail"),
    )


def _of_fields(odd: pl.DataFrame, checks: LineChecks) -> list[pl.DataFrame]:
    """Return the findings of all fields of unusual lines."""
    places = checks.layout.fields(checks.state)
    raw = odd.select(
        "row",
        "length",
        *(pl.col("line").str.slice(place.start - 1, place.length).alias(f"{place.name} raw") for place in places),
    )
    cells = raw.with_columns(pl.col(f"{place.name} raw").str.strip_chars().alias(place.name) for place in places)
    judged = cells.select(_first_of(place, checks).alias(f"{place.name} code") for place in places)
    parts = []
    for place in places:
        column = judged[f"{place.name} code"]
        if column.null_count() < column.len():
            found = pl.DataFrame(
                {"code": column, "row": cells["row"], "value": cells[place.name]}, schema_overrides={"code": pl.UInt32}
            )
            found = found.filter(pl.col("code").is_not_null())
            parts.append(found.with_columns(pl.lit(None, pl.UInt32).alias("detail")))
    return parts or [empty_found()]


def _first_of(place: Place, checks: LineChecks) -> pl.Expr:
    """Return the code of the first check that applies to a field, as an expression over the cells."""
    answer: pl.Expr | None = None
    cases = [check for check in checks.layout.checks_of(place) if check.kind != "too_long"]
    types = [_KINDS[check.kind](place, checks.on) for check in cases if check.kind in TYPES]
    for check in cases:
        applies = _cut(place, types) if check.kind == "cut" else _KINDS[check.kind](place, checks.on)
        code = pl.lit(checks.code(check), pl.UInt32)
        answer = pl.when(applies).then(code) if answer is None else answer.when(applies).then(code)  # type: ignore[attr-defined]
    nothing = pl.lit(None, pl.UInt32)
    return nothing if answer is None else answer.otherwise(nothing)  # type: ignore[attr-defined]


def _cut(place: Place, types: list[pl.Expr]) -> pl.Expr:
    """Say where a line ends before a mandatory field, or within one whose form then is wrong."""
    length = pl.col("length")
    whole = length < place.start
    if not types:
        return whole
    wrong = reduce(or_, types)
    return whole | ((length >= place.start) & (length < place.end) & (pl.col(place.name) != "") & wrong)


Kind = Callable[[Place, date], pl.Expr]


def _filled(place: Place) -> pl.Expr:
    """Say whether a cell holds something other than the fill for "not specified"."""
    cell = pl.col(place.name)
    return (cell != "") & (cell != "@" * place.length) if place.fill else cell != ""


def _absent(place: Place, _: date) -> pl.Expr:
    return (pl.col(place.name) == "") & (pl.col("length") >= place.start)


def _is_date_wrong(place: Place, _: date) -> pl.Expr:
    return _filled(place) & ~no_day(place.name) & day(place.name).is_null()


def _birth_wrong(place: Place, _: date) -> pl.Expr:
    cell = pl.col(place.name)
    part = cell.str.contains("^(?:@@(?:0[1-9]|1[0-2])|@@@@)(?:19|20)[0-9]{2}$")
    return _filled(place) & (cell != "00000000") & ~part & day(place.name).is_null()


def _codes_wrong(place: Place, _: date) -> pl.Expr:
    return _filled(place) & ~pl.col(place.name).is_in([*place.codes, *place.earlier, *place.unsaid])


def _signs(place: Place, _: date) -> pl.Expr:
    return pl.col(f"{place.name} raw").str.contains(r"[^ -~]")


def _zeros(place: Place, _: date) -> pl.Expr:
    cell = pl.col(place.name)
    return (cell != "") & (cell.str.len_chars() < place.length)


_KINDS: dict[str, Kind] = {
    "absent": _absent,
    "no_outcome": _absent,
    "reserved": lambda place, _: pl.col(place.name) != "",
    "filled": lambda place, _: pl.col(place.name) == "@" * place.length,
    "no_date": lambda place, _: no_day(place.name),
    "number": lambda place, _: _filled(place) & ~pl.col(place.name).str.contains("^[0-9]+$"),
    "date": _is_date_wrong,
    "birth": _birth_wrong,
    "birth_empty": lambda place, _: pl.col(place.name) == "00000000",
    "birth_future": lambda place, on: (day(place.name) > on).fill_null(value=False),
    "codes": _codes_wrong,
    "pattern": lambda place, _: _filled(place) & ~pl.col(place.name).str.contains(f"^(?:{place.pattern})$"),
    "earlier": lambda place, _: pl.col(place.name).is_in(list(place.earlier)),
    "unsaid": lambda place, _: pl.col(place.name).is_in(list(place.unsaid)),
    "signs": _signs,
    "justified": lambda place, _: pl.col(f"{place.name} raw").str.starts_with(" ") & (pl.col(place.name) != ""),
    "zeros": _zeros,
}
