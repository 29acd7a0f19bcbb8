"""What a copy of the national register must satisfy: each cell by its column, each row by its key, the files by one another."""

from collections.abc import Mapping
from typing import Final

import polars as pl

from testamur.kernel.verdict import Finding
from testamur.training.copies import fault
from testamur.training.layout import CORE, ELECTIVE, ELSEWHERE, PACKAGED, PACKED, Column, Sheet

_TYPES: Final = {"text": pl.String, "day": pl.Date, "number": pl.Int64, "flag": pl.Boolean}
_MOST_NUMBER: Final = 999


def check_cells(raw: pl.DataFrame, file: str, sheet: Sheet, findings: list[Finding]) -> pl.DataFrame:
    """Return a file's cells typed, with `row`; what is wrong with a cell, or a key that stands twice, becomes a finding."""
    before = len(findings)
    typed = [pl.col("row")]
    for name, column in sheet.columns.items():
        cell = pl.col(name)
        value = _typed(cell, column).alias(name)
        typed.append(value)
        if column.required:
            _note(raw.filter(cell.is_null()), file, name, ("The cell is empty.", "Fill it in."), findings)
        wrong = raw.filter(cell.is_not_null() & ~_fits(cell, value, column).fill_null(value=False))
        _note(wrong, file, name, _asked(column), findings)
    frame = raw.select(typed)
    twice = frame.filter(~pl.struct(sheet.key).is_first_distinct()) if len(findings) == before else frame.clear()
    words = " and ".join(sheet.key) if len(sheet.key) < 3 else ", ".join(sheet.key)
    _note(twice, file, sheet.key[-1], (f"An earlier row has the same {words}.", "Remove one of them."), findings)
    return frame


def check_copy(frames: Mapping[str, pl.DataFrame], files: Mapping[str, str]) -> list[Finding]:
    """Return what is wrong between the files: unknown codes, periods that overlap, packaging that cannot be met."""
    findings: list[Finding] = []
    _references(frames, files, findings)
    _periods(frames["statuses"], ["code"], files["statuses"], "from", findings)
    _periods(frames["scope"], ["provider", "code", "implicit"], files["scope"], "from", findings)
    _statuses(frames, files, findings)
    if not findings:
        _packaging(frames, files, findings)
    return findings


# One file ------------------------------------------------------------------------------------------------------------


def _typed(cell: pl.Expr, column: Column) -> pl.Expr:
    """Return a cell as its column's type; null where it is not one."""
    if column.holds == "day":
        return cell.str.to_date("%Y-%m-%d", strict=False)
    if column.holds == "number":
        return cell.cast(pl.Int64, strict=False)
    if column.holds == "flag":
        return cell.replace_strict({"Y": True, "N": False}, default=None, return_dtype=pl.Boolean)
    return cell


def _fits(cell: pl.Expr, value: pl.Expr, column: Column) -> pl.Expr:
    """Say whether a cell that is not empty is what its column holds."""
    if column.one_of:
        return cell.is_in(list(column.one_of))
    if column.holds == "day":
        return value.is_not_null() & cell.str.contains(r"^\d{4}-\d{2}-\d{2}$") & value.dt.year().is_between(1900, 2999)
    if column.holds == "number":
        return value.is_between(0, _MOST_NUMBER)
    if column.holds == "flag":
        return value.is_not_null()
    fits = (cell.str.len_chars() <= column.longest) & ~cell.str.contains(r"\pC")
    return fits & cell.str.contains(f"^(?:{column.pattern})$") if column.pattern else fits


def _asked(column: Column) -> tuple[str, str]:
    """Return what is wrong with a cell of a column, and what to do."""
    if column.one_of:
        return "The cell holds none of the known words.", f"Write one of: {', '.join(column.one_of)}."
    if column.holds == "day":
        return "The cell holds no day.", "Write it as YYYY-MM-DD."
    if column.holds == "number":
        return "The cell holds no whole number.", f"Write a number from 0 to {_MOST_NUMBER}."
    if column.holds == "flag":
        return "The cell holds neither Y nor N.", "Write Y or N."
    if column.pattern:
        return "The cell does not have the shape of its column.", f"Write {column.shape}."
    return (
        "The text is too long or holds a control character.",
        f"Write at most {column.longest} characters on one line.",
    )


def _note(rows: pl.DataFrame, file: str, column: str, words: tuple[str, str], findings: list[Finding]) -> None:
    """Add one finding for each row."""
    message, fix = words
    findings.extend(fault(message, fix, file=file, row=row, column=column) for row in rows["row"].head(500).to_list())


# Files by one another ------------------------------------------------------------------------------------------------


def _references(frames: Mapping[str, pl.DataFrame], files: Mapping[str, str], findings: list[Finding]) -> None:
    """Each code, release and group that a row names must stand where it is defined."""
    products = frames["products"]
    known = products.select("code")
    unknown = ("No product has this code.", f"Add it to {files['products']}, or correct the code.")
    for name in ("releases", "statuses", "packaging", "grid", "mappings", "scope"):
        _note(frames[name].join(known, on="code", how="anti"), files[name], "code", unknown, findings)
    to = frames["mappings"].join(known, left_on="replaced_by", right_on="code", how="anti")
    _note(to, files["mappings"], "replaced_by", unknown, findings)
    units = products.filter(pl.col("kind").is_in(list(PACKED))).select("code")
    words = ("No unit or module has this code.", f"Add it to {files['products']} as a unit, or correct the code.")
    _note(
        frames["grid"].join(units, left_on="unit", right_on="code", how="anti"), files["grid"], "unit", words, findings
    )
    releases = frames["releases"].select("code", "release")
    words = ("The product has no such release.", f"Add the release to {files['releases']}, or correct it.")
    for name in ("packaging", "grid"):
        lost = frames[name].join(releases, on=["code", "release"], how="anti")
        _note(lost, files[name], "release", words, findings)
    groups = frames["packaging"].select("code", "release", "group")
    words = ("The release has no such group.", f"Add the group to {files['packaging']}, or correct it.")
    lost = frames["grid"].join(groups, on=["code", "release", "group"], how="anti")
    _note(lost, files["grid"], "group", words, findings)


def _periods(frame: pl.DataFrame, keys: list[str], file: str, column: str, findings: list[Finding]) -> None:
    """A period ends after it begins, and periods of one thing do not overlap."""
    backwards = frame.filter(pl.col("until") <= pl.col("from"))
    _note(
        backwards, file, "until", ("The end does not lie after the beginning.", "Correct one of both days."), findings
    )
    before = frame.sort(*keys, "from").with_columns(
        last=pl.col("until").fill_null(pl.date(9999, 12, 31)).shift().over(keys)
    )
    overlap = before.filter(pl.col("from") < pl.col("last")).sort("row")
    words = ("The period begins before the one before it ends.", "Let one end where the next begins.")
    _note(overlap, file, column, words, findings)


def _statuses(frames: Mapping[str, pl.DataFrame], files: Mapping[str, str], findings: list[Finding]) -> None:
    """A product has a status and a release; one that was superseded names what replaced it; none replaces itself."""
    products = frames["products"]
    for name, noun in (("statuses", "status"), ("releases", "release")):
        words = (f"The product has no {noun}.", f"Add a row for it to {files[name]}.")
        lost = products.join(frames[name], on="code", how="anti")
        _note(lost, files["products"], "code", words, findings)
    superseded = frames["statuses"].filter(pl.col("status") == "superseded")
    words = ("The product was superseded, and nothing replaces it.", f"Name the replacement in {files['mappings']}.")
    lost = superseded.join(frames["mappings"], on="code", how="anti")
    _note(lost, files["statuses"], "status", words, findings)
    itself = frames["mappings"].filter(pl.col("code") == pl.col("replaced_by"))
    words = ("The product replaces itself.", "Name another product.")
    _note(itself, files["mappings"], "replaced_by", words, findings)


def _packaging(frames: Mapping[str, pl.DataFrame], files: Mapping[str, str], findings: list[Finding]) -> None:
    """What a release asks for must be possible: groups of a size, and a total between their least and their most."""
    products, groups, file = frames["products"], frames["packaging"], files["packaging"]
    kinds = groups.join(products.select("code", "kind"), on="code", suffix="_product")
    words = ("A product of this kind has no packaging rules.", "Remove the row, or correct the kind of the product.")
    _note(kinds.filter(~pl.col("kind_product").is_in(list(PACKAGED))), file, "code", words, findings)
    key = ["code", "release", "group"]
    sizes = frames["grid"].group_by(key).agg(size=pl.len().cast(pl.Int64))
    sized = groups.join(sizes, on=key, how="left", maintain_order="left").with_columns(pl.col("size").fill_null(0))
    least, most, size = pl.col("choose_least"), pl.col("choose_most"), pl.col("size")
    core = (pl.col("kind") == CORE) & ((least != size) | (most.is_not_null() & (most != size)))
    words = (
        "A core group asks for another number of units than it holds.",
        "Set choose_least to the number of its units.",
    )
    _note(sized.filter(core), file, "choose_least", words, findings)
    short = (pl.col("kind") == ELECTIVE) & ((least > size) | (most > size))
    words = ("The group holds fewer units than are to be chosen.", "Lower the number, or add units to the grid.")
    _note(sized.filter(short), file, "choose_least", words, findings)
    words = ("The least is more than the most.", "Correct choose_least or choose_most.")
    _note(sized.filter(most < least), file, "choose_most", words, findings)
    elsewhere = (pl.col("kind") == ELSEWHERE) & (size > 0)
    words = ("Units from elsewhere are not listed.", "Remove the units of this group from the grid.")
    _note(sized.filter(elsewhere), file, "kind", words, findings)
    _totals(frames["releases"], sized, files["releases"], findings)


def _totals(releases: pl.DataFrame, sized: pl.DataFrame, file: str, findings: list[Finding]) -> None:
    """A packaged release says how many units it asks for, and its groups allow as many."""
    largest = pl.when(pl.col("kind") == ELSEWHERE).then(_MOST_NUMBER).otherwise("size")
    bounds = sized.group_by("code", "release").agg(
        least=pl.col("choose_least").sum(), most=pl.coalesce("choose_most", largest).sum()
    )
    packed = releases.join(bounds, on=["code", "release"], maintain_order="left")
    total = pl.col("units_required")
    words = ("The release is packaged, and how many units it asks for is missing.", "Fill it in.")
    _note(packed.filter(total.is_null()), file, "units_required", words, findings)
    words = ("No choice from the groups gives this number of units.", "Correct it, or the numbers of the groups.")
    impossible = packed.filter((total < pl.col("least")) | (total > pl.col("most")))
    _note(impossible, file, "units_required", words, findings)
