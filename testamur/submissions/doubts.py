"""Duplicate and impossible records: the same number on two certificates, a unit before it existed, an award outside the
registration, two sexes or birth dates for one student number, and files that name another organisation than the provider
that lodges them (D01 to D05; layouts/doubts.toml holds the words).

The rules run over the typed frames of a check, which have one shape whatever the format, so a row with an error is not
doubted besides. What the register knows beside the files comes in as Facts. Each doubt is a finding; all of them, with those
that a format's own rules have said already, are kept for the regulator's queue:

doubts.parquet          rule, kind, file, row, student_code
"""

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import polars as pl

from testamur.kernel.periods import Period
from testamur.kernel.verdict import Severity
from testamur.submissions import organisations
from testamur.submissions.avetmiss.typed import ACHIEVED
from testamur.submissions.checking import FINDING_SCHEMA, CheckOutcome
from testamur.submissions.formats import FRAMES, FileFormat, Holds
from testamur.submissions.layouts import doubt_kinds
from testamur.training import shipped

DOUBTS: Final = "doubts.parquet"
RULES: Final = ("D01", "D02", "D03", "D04", "D05")
_KEPT: Final = {"rule": pl.String, "kind": pl.String, "file": pl.String, "row": pl.Int64, "student_code": pl.String}
_FOUND: Final = {"kind": pl.String, "part": pl.String, "line": pl.Int64, "student_code": pl.String}
_FOUND_MORE: Final = {"value": pl.String, "day": pl.Date}
_SCHEMA: Final = {**_FOUND, **_FOUND_MORE}
# Rules of the formats themselves that say two sexes for one student: the kind of their case.
_SAID: Final = ("other_gender",)


@dataclass(frozen=True, slots=True)
class Facts:
    """What the register knows beside the files; empty where nothing is known, and then nothing is said.

    `registered` are the provider's periods of registration in the format's sector, in order. `students` takes student codes
    and returns what is held of them: student_code, gender, birth_earliest, birth_latest (all in capitals, unknown null).
    `certificates` takes numbers and returns number, certificate_type, student_code of those held under them, numbers and
    codes in capitals. `released` takes codes of units and returns unit_code and released, the first day of each that the
    national register knows; without it the made-up copy that ships is asked. `codes` are the provider's RTO codes, None
    where nobody says whose files they are.
    """

    registered: tuple[Period, ...] = ()
    students: Callable[[pl.Series], pl.DataFrame] | None = None
    certificates: Callable[[pl.Series], pl.DataFrame] | None = None
    released: Callable[[pl.Series], pl.DataFrame] | None = None
    codes: tuple[str, ...] | None = None


def look_again(form: FileFormat, outcome: CheckOutcome, folder: Path, facts: Facts) -> CheckOutcome:
    """Return a check's outcome with the doubts among its good rows as findings, and keep them beside its frames.

    `folder` holds the frames that the check wrote.
    """
    files = {file.kind: file.name for file in outcome.files if file.rows is not None}
    found = [part for part in (*_doubts(form, folder, facts), *_others(outcome, facts)) if not part.is_empty()]
    frame = _placed(form, files, pl.concat(found) if found else pl.DataFrame(schema=_SCHEMA))
    said = _said_already(form, outcome, folder)
    kept = pl.concat([frame.select(list(_KEPT)), said]).unique(maintain_order=True).sort("file", "row", "rule", "kind")
    kept.write_parquet(folder / DOUBTS)
    return _with(outcome, _findings(form, frame, organisations.owned(facts.codes or ())))


def _doubts(form: FileFormat, folder: Path, facts: Facts) -> Iterator[pl.DataFrame]:
    """Yield what each rule finds, as frames with the columns of _SCHEMA."""
    frames = {holds: folder / name for holds, name in FRAMES.items() if (folder / name).is_file()}
    kinds = form.layout.doubts
    if "students" in frames:
        yield from _identities(frames["students"], facts)
    if "certificates" in frames:
        yield from _numbers(frames["certificates"], kinds, facts)
    if "results" in frames and "before_unit" in kinds:
        yield _units(frames, facts.released)
    if facts.registered:
        yield from _awards(frames, facts.registered)


def _others(outcome: CheckOutcome, facts: Facts) -> Iterator[pl.DataFrame]:
    """Yield the first line of each file that names another organisation than the provider that lodges it (D05)."""
    if facts.codes is None or outcome.organisations is None:
        return
    kinds = {file.name: file.kind for file in outcome.files}
    for (name,), rows in organisations.others(outcome.organisations, facts.codes).group_by("file", maintain_order=True):
        lines = rows.select(pl.col("row").alias("line"), pl.col("code").alias("value"), student_code=pl.lit(None))
        yield _found(lines, organisations.OTHER, kinds[str(name)])


def _found(rows: pl.LazyFrame | pl.DataFrame, kind: str, part: str, *more: pl.Expr) -> pl.DataFrame:
    """Return rows with `line` and `student_code`, and perhaps `value` and `day`, as doubts of a kind."""
    frame = rows.lazy().with_columns(pl.lit(kind).alias("kind"), pl.lit(part).alias("part"), *more)
    names = frame.collect_schema().names()
    absent = [pl.lit(None, dtype=type_).alias(name) for name, type_ in _FOUND_MORE.items() if name not in names]
    return frame.with_columns(absent).select(pl.col(name).cast(type_) for name, type_ in _SCHEMA.items()).collect()


def _identities(path: Path, facts: Facts) -> Iterator[pl.DataFrame]:
    """Yield students with two sexes or dates of birth, in the file or against what is held (D04)."""
    rows = pl.scan_parquet(path)
    if "birth_date" in rows.collect_schema().names():
        born = pl.when(~pl.col("birth_date_placeholder")).then("birth_date")
        rows = rows.with_columns(birth_earliest=born, birth_latest=born)
    else:
        real = pl.col("birth_earliest").is_not_null() & ~pl.col("birth_placeholder")
        rows = rows.with_columns(pl.when(real).then(pl.col("birth_earliest", "birth_latest")))
    mine = rows.select("line", "student_code", "gender", "birth_earliest", "birth_latest").collect()
    code = pl.col("student_code")
    if mine["student_code"].n_unique() < mine.height:
        several = mine.filter(pl.col("gender").drop_nulls().n_unique().over(code) > 1)
        yield _found(several, "gender_twice", "students")
        apart = pl.col("birth_earliest").max().over(code) > pl.col("birth_latest").min().over(code)
        yield _found(mine.filter(apart), "birth_twice", "students")
    if facts.students is None:
        return
    held = facts.students(mine["student_code"].unique()).rename(
        {name: f"held_{name}" for name in ("gender", "birth_earliest", "birth_latest")}
    )
    both = mine.join(held, on="student_code", how="inner", maintain_order="left")
    yield _found(both.filter(pl.col("gender") != pl.col("held_gender")), "gender_sealed", "students")
    no_day = (pl.col("birth_latest") < pl.col("held_birth_earliest")) | (
        pl.col("held_birth_latest") < pl.col("birth_earliest")
    )
    yield _found(both.filter(no_day), "birth_sealed", "students")


def _numbers(path: Path, kinds: Collection[str], facts: Facts) -> Iterator[pl.DataFrame]:
    """Yield certificates whose number another certificate has too, in the file or among what is held (D01)."""
    columns = ["line", "student_code", "certificate_type", "course_code", "number"]
    mine = pl.read_parquet(path, columns=columns).with_columns(
        key=pl.col("number").str.strip_chars().str.to_uppercase(), who=pl.col("student_code").str.to_uppercase()
    )
    shown = pl.col("number").alias("value")
    if "number_twice" in kinds:
        several = pl.struct("who", "certificate_type", "course_code").n_unique().over("key") > 1
        yield _found(mine.filter(several), "number_twice", "certificates", shown)
    if facts.certificates is None or mine.is_empty():
        return
    held = facts.certificates(mine["key"].unique())
    both = mine.join(held, left_on="key", right_on="number", how="inner", suffix="_held", maintain_order="left")
    other = (pl.col("who") != pl.col("student_code_held")) | (
        pl.col("certificate_type") != pl.col("certificate_type_held")
    )
    yield _found(both.filter(other).unique("line", maintain_order=True), "number_sealed", "certificates", shown)


def _units(frames: dict[Holds, Path], released: Callable[[pl.Series], pl.DataFrame] | None) -> pl.DataFrame:
    """Return achieved units that are dated before their first release (D02); of other units nothing is known and said.

    A result without a date of its own counts from the earliest certificate of the student that names the unit.
    """
    results = pl.scan_parquet(frames["results"]).filter(
        (pl.col("level").cast(pl.String) == "unit") & pl.col("outcome").cast(pl.String).is_in(list(ACHIEVED))
    )
    codes = results.select(pl.col("unit_code").unique().cast(pl.String)).collect()["unit_code"]
    asked = released(codes) if released is not None else shipped.first_released()
    known = asked.filter(pl.col("unit_code").is_in(codes.implode()))
    if known.is_empty():
        return pl.DataFrame(schema=_SCHEMA)
    rows = (
        results.select("line", "student_code", pl.col("unit_code").cast(pl.String), "ended")
        .join(known.lazy(), on="unit_code", how="inner")
        .filter(pl.col("ended").is_null() | (pl.col("ended") < pl.col("released")))
        .collect()
    )
    if rows["ended"].null_count() and "certificates" in frames:
        rows = rows.join(_issued(frames["certificates"]), on=["student_code", "unit_code"], how="left")
        rows = rows.with_columns(pl.coalesce("ended", "issued").alias("ended"))
    early = rows.filter(pl.col("ended") < pl.col("released")).sort("line", "unit_code")
    return _found(early, "before_unit", "unit", pl.col("unit_code").alias("value"), pl.col("released").alias("day"))


def _issued(path: Path) -> pl.DataFrame:
    """Return the first day on which a certificate of a student named a unit: student_code, unit_code, issued."""
    each = pl.read_parquet(path, columns=["student_code", "issued_date", "units"]).explode("units")
    named = each.with_columns(unit_code=pl.col("units").struct.field("code"))
    return named.group_by("student_code", "unit_code").agg(issued=pl.col("issued_date").min())


def _awards(frames: dict[Holds, Path], registered: Sequence[Period]) -> Iterator[pl.DataFrame]:
    """Yield certificates and completions dated outside the registration; of a line that has both, the certificate (D03)."""
    issued = pl.DataFrame(schema=_SCHEMA)
    if "certificates" in frames:
        rows = pl.scan_parquet(frames["certificates"]).select(
            "line", "student_code", earliest="issued_date", latest="issued_date"
        )
        issued = pl.concat(_outside(rows, registered, "issued", "certificates"))
        yield issued
    if "results" in frames:
        yield from (
            part.join(issued, on=["line", "student_code"], how="anti")
            for part in _outside(_completions(frames["results"]), registered, "completed", "course")
        )


def _completions(path: Path) -> pl.LazyFrame:
    """Return completed courses with the first and last day on which that may have been."""
    rows = pl.scan_parquet(path).filter(pl.col("level").cast(pl.String) == "course")
    if "completed" in rows.collect_schema().names():
        days = {"earliest": pl.col("completed"), "latest": pl.col("completed")}
    else:
        year = pl.when(pl.col("completion_year").is_between(1900, 9998)).then("completion_year")
        days = {"earliest": pl.date(year, 1, 1), "latest": pl.date(year, 12, 31)}
    return rows.select("line", "student_code", **days).filter(pl.col("earliest").is_not_null())


def _outside(rows: pl.LazyFrame, registered: Sequence[Period], what: str, part: str) -> list[pl.DataFrame]:
    """Return the rows that lie wholly outside every period: after the end of one, or before the first began."""
    inside = pl.any_horizontal(
        (pl.col("latest") >= period.since)
        & (pl.lit(value=True) if period.until is None else pl.col("earliest") < period.until)
        for period in registered
    )
    out = rows.filter(~inside)
    first = min(period.since for period in registered)
    ended: pl.Expr = pl.lit(None, dtype=pl.Date)
    for until in sorted(period.until for period in registered if period.until is not None):
        ended = pl.when(pl.col("earliest") >= until).then(pl.lit(until)).otherwise(ended)
    before = out.filter(pl.col("latest") < first)
    after = out.filter(pl.col("latest") >= first)
    return [
        _found(after, f"{what}_after", part, ended.alias("day")),
        _found(before, f"{what}_before", part, pl.lit(first).alias("day")),
    ]


def _placed(form: FileFormat, files: dict[str, str], found: pl.DataFrame) -> pl.DataFrame:
    """Add to doubts the file in which they stand and the rule."""
    parts: dict[str, str | None] = {gives.level or gives.holds: files.get(gives.kind) for gives in form.gives}
    parts |= files
    parts |= {level: parts.get(level) or parts.get("results") for level in ("course", "unit")}
    rules = {kind: said.rule for kind, said in doubt_kinds().items()}
    return (
        found.rename({"line": "row"})
        .with_columns(
            pl.col("part").replace_strict(parts, default=None, return_dtype=pl.String).alias("file"),
            pl.col("kind").replace_strict(rules, default=None, return_dtype=pl.String).alias("rule"),
        )
        .filter(pl.col("file").is_not_null() & pl.col("rule").is_not_null())
    )


def _said_already(form: FileFormat, outcome: CheckOutcome, folder: Path) -> pl.DataFrame:
    """Return the rows in which a warning of the format's own rules names two sexes of one student."""
    students = folder / FRAMES["students"]
    cases = [check for file in form.layout.files.values() for check in file.rules if check.kind in _SAID]
    if not cases or not students.is_file():
        return pl.DataFrame(schema=_KEPT)
    patterns = ["^" + re.escape(case.message).replace(r"\{detail\}", "[0-9]+") + "$" for case in cases]
    warned = outcome.findings.filter(
        (pl.col("severity") == Severity.WARNING.value)
        & pl.any_horizontal(pl.col("message").str.contains(pattern) for pattern in patterns)
    )
    codes = pl.concat(
        pl.read_parquet(path, columns=["line", "student_code"])
        for path in (folder / name for name in FRAMES.values())
        if path.is_file()
    ).unique("line")
    placed = warned.join(codes.with_columns(pl.col("line").cast(pl.Int64)), left_on="row", right_on="line", how="inner")
    return placed.select(
        pl.lit("D04").alias("rule"), pl.lit("gender_twice").alias("kind"), "file", pl.col("row").cast(pl.Int64),
        "student_code",
    )  # fmt: skip


def _findings(form: FileFormat, found: pl.DataFrame, owned: str) -> pl.DataFrame:
    """Return doubts as findings, those that the format's own rules say left out."""
    checks = form.layout.doubts
    said = found.filter(pl.col("kind").is_in(list(checks)))

    def words(name: str) -> pl.Expr:
        each = {kind: getattr(check, name) for kind, check in checks.items()}
        return pl.col("kind").replace_strict(each, default=None, return_dtype=pl.String)

    day = pl.concat_str(pl.col("day").dt.day().cast(pl.String), pl.col("day").dt.strftime(" %B %Y"))
    message = words("message").str.replace("{day}", day.fill_null("a day"), literal=True)
    message = message.str.replace("{named}", pl.col("value").fill_null(""), literal=True)
    message = message.str.replace("{owned}", owned, literal=True)
    return said.select(
        "rule", pl.lit(Severity.WARNING.value).alias("severity"), "file", "row", words("column").alias("column"),
        message.alias("message"), words("source").alias("source"), words("fix").alias("fix"), "value",
    ).select(pl.col(name).cast(type_) for name, type_ in FINDING_SCHEMA.items())  # fmt: skip


def _with(outcome: CheckOutcome, more: pl.DataFrame) -> CheckOutcome:
    """Return an outcome with more warnings."""
    if more.is_empty():
        return outcome
    order = ["file", "row", "column", "rule"]
    findings = pl.concat([outcome.findings, more]).sort(order, nulls_last=False, maintain_order=True)
    counts = outcome.counts | {"warning": outcome.counts["warning"] + more.height}
    return replace(outcome, findings=findings, counts=counts)
