"""Rules across lines and files: duplicates (R01, R02, R03a), the collection year (R04, R05, X12), values that are to be the
same in a client's program (R06c, R07c), replaced subjects (R10), and references between files (X01-X12).

Identifiers are compared in capitals, without spaces around them, organisations also without zeros in front. In the big
files a line stands for its 64-bit hashes.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import polars as pl

from testamur.submissions.avetmiss.cells import day
from testamur.submissions.avetmiss.records import NOT_COMPLETED

RTO, LOCATION, CLIENT = "training_organisation_identifier", "delivery_location_identifier", "client_identifier"
SUBJECT, PROGRAM = "subject_identifier", "program_identifier"
IDS = (RTO, LOCATION, CLIENT, SUBJECT, PROGRAM)
_CONTINUING = (70, 85)

KEYS: dict[str, tuple[str, ...]] = {
    "NAT00010": (RTO,),
    "NAT00010A": (RTO,),
    "NAT00020": (LOCATION,),
    "NAT00030": (PROGRAM,),
    "NAT00030A": (PROGRAM,),
    "NAT00060": (SUBJECT,),
    "NAT00080": (CLIENT,),
    "NAT00085": (CLIENT,),
    "NAT00090": (CLIENT, "disability_type_identifier"),
    "NAT00100": (CLIENT, "prior_educational_achievement_identifier"),
}
EXTRA: dict[str, tuple[str, ...]] = {
    "NAT00020": (RTO,),
    "NAT00030": ("program_name",),
    "NAT00030A": ("program_name", "vet_flag"),
    "NAT00060": ("subject_name",),
    "NAT00080": ("disability_flag", "prior_educational_achievement_flag"),
    "NAT00130": (RTO, PROGRAM, CLIENT, "date_program_completed"),
}


def folded(cells: pl.DataFrame) -> pl.DataFrame:
    """Return cells with identifiers as they are compared."""
    names = [name for name in IDS if name in cells.columns]
    cells = cells.with_columns(pl.col(name).str.to_uppercase() for name in names)
    return cells.with_columns(pl.col(RTO).str.strip_chars_start("0")) if RTO in names else cells


def kept_cells(kind: str, cells: pl.DataFrame) -> pl.DataFrame:
    """Return what the rules across files need of the lines of a small file: `row` and some cells."""
    return folded(cells.select("row", *dict.fromkeys((*KEYS.get(kind, ()), *EXTRA.get(kind, ())))))


@dataclass
class Used:
    """Which identifiers the lines of NAT00120 name, each once."""

    names: dict[str, list[pl.Series]] = field(default_factory=dict)

    def add(self, cells: pl.DataFrame) -> None:
        """Add those of some lines."""
        for name in IDS:
            self.names.setdefault(name, []).append(cells[name].unique())

    def all(self, name: str) -> pl.Series:
        """Return every identifier of one kind, blank left out."""
        parts = self.names.get(name, [])
        every = pl.concat(parts).unique() if parts else pl.Series(name, [], pl.String)
        return every.filter(every != "")


def activity_keys(cells: pl.DataFrame) -> pl.DataFrame:
    """Return lines of NAT00120 as hashes and numbers for the rules across lines."""
    hashed = [pl.col(name).hash(seed=place).alias(name) for place, name in enumerate(IDS)]
    return cells.select(
        "row",
        *hashed,
        start=day("activity_start_date"),
        end=day("activity_end_date"),
        outcome=pl.col("outcome_identifier_national").cast(pl.UInt8, strict=False),
        commencing=pl.col("commencing_program_identifier").cast(pl.UInt8, strict=False),
        contract=pl.col("training_contract_identifier").hash(),
        apprentice=pl.col("client_identifier_apprenticeships").hash(),
        has_program=pl.col(PROGRAM) != "",
    )


def organisations(lines: pl.DataFrame, used: pl.Series) -> pl.DataFrame:
    """Return the first line that names each organisation: `row` and `code`, as files of four or five figures write it.

    `lines` are of one file, with codes or, in NAT00120, with hashes of the codes in `used`.
    """
    first = lines.group_by(RTO).agg(pl.col("row").min().cast(pl.Int64))
    if lines.schema[RTO] == pl.String:
        first = first.rename({RTO: "code"})
    else:
        names = pl.DataFrame({RTO: used.hash(seed=IDS.index(RTO)), "code": used})
        first = first.join(names, on=RTO)
    named = first.filter(pl.col("code") != "").select("row", "code")
    figures = pl.col("code").str.contains("^[0-9]+$")
    return named.with_columns(pl.when(figures).then(pl.col("code").str.zfill(4)).otherwise("code").alias("code")).sort(
        "row"
    )


def year_of(keys: pl.DataFrame) -> int | None:
    """Return the commonest end year of activities other than continuing ones; of several the latest; None without any."""
    ended = keys.filter(
        ~pl.col("outcome").is_in(list(_CONTINUING)).fill_null(value=False) & pl.col("end").is_not_null()
    )
    if ended.is_empty():
        return None
    counts = ended.select(pl.col("end").dt.year().alias("year")).group_by("year").len().sort("len", "year")
    return int(counts["year"][-1])


def duplicates(cells: pl.DataFrame, names: Sequence[str]) -> pl.DataFrame:
    """Return every line of each group of lines that are the same in some columns: `row`, `value`, `detail`.

    `detail` is the first line of the group, and on that line the second. Lines with a blank in these columns are no group.
    """
    filled = cells.filter(pl.all_horizontal(pl.col(list(names)) != ""))
    same = filled.filter(filled.select(names).is_duplicated()).sort("row")
    first, second = pl.col("row").get(0).over(names), pl.col("row").get(1).over(names)
    other = pl.when(pl.col("row") == first).then(second).otherwise(first)
    return same.select("row", value=pl.col(names[-1] if len(names) == 2 else names[0]), detail=other)


def repeated_activities(keys: pl.DataFrame) -> pl.DataFrame:
    """R02: return every line of each group of the same organisation, location, client, subject, program and start."""
    names = [*IDS, "start"]
    sums = keys.select(pl.sum_horizontal(pl.col(IDS)) + pl.col("start").hash()).to_series()
    some = keys.filter(sums.is_duplicated())
    some = some.filter(pl.col("start").is_not_null())
    same = some.filter(some.select(names).is_duplicated()).sort("row")
    first, second = pl.col("row").get(0).over(names), pl.col("row").get(1).over(names)
    return same.select("row", detail=pl.when(pl.col("row") == first).then(second).otherwise(first))


def out_of_year(keys: pl.DataFrame, year: int) -> dict[str, pl.DataFrame]:
    """R04b, R04c, R05: return the lines whose dates do not lie as the collection year wants, by kind of rule."""
    first, last = pl.date(year, 1, 1), pl.date(year, 12, 31)
    going_on = pl.col("outcome").is_in(list(_CONTINUING)).fill_null(value=False)
    cases = {
        "start_after_period": pl.col("start") > last,
        "start_long_before": pl.col("start") < pl.date(year - 5, 1, 1),
        "continuing_ended": going_on & (pl.col("end") <= last),
        "outside_year": ~going_on & ~pl.col("end").is_between(first, last),
    }
    detail = pl.lit(year, pl.UInt32).alias("detail")
    return {kind: keys.filter(case).select("row", detail) for kind, case in cases.items()}


def mixed(keys: pl.DataFrame, name: str) -> pl.DataFrame:
    """R06c, R07c: return every line of a client's program whose lines differ in a column.

    Commencing codes other than 3 and 4 have their own finding and are left out.
    """
    counts = pl.col("commencing").is_in([3, 4]) if name == "commencing" else pl.lit(value=True)
    inside = keys.filter(pl.col("has_program") & pl.col(name).is_not_null() & counts)
    if inside.is_empty() or inside[name].n_unique() == 1:
        return inside.select("row").clear()
    group = [CLIENT, PROGRAM]
    sums = pl.sum_horizontal(pl.col(group)).alias("group")
    inside = inside.select("row", sums, name)
    spread = inside.group_by("group").agg(low=pl.col(name).min(), high=pl.col(name).max())
    wrong = spread.filter(pl.col("low") != pl.col("high"))["group"]
    return inside.filter(pl.col("group").is_in(wrong.implode())).select("row")


def superseded_alone(keys: pl.DataFrame) -> pl.DataFrame:
    """R10: return the lines of outcome 61 whose client has no other activity of another subject from the same day."""
    gone = keys.filter(pl.col("outcome") == 61)
    if gone.is_empty():
        return gone.select("row")
    others = keys.filter(pl.col(CLIENT).is_in(gone[CLIENT].unique().implode()))
    others = others.filter((pl.col("outcome") != 61) | pl.col("outcome").is_null())
    pairs = gone.select("row", CLIENT, "start", SUBJECT).join(
        others.select(CLIENT, "start", other=SUBJECT), on=[CLIENT, "start"]
    )
    replaced = pairs.filter(pl.col("other") != pl.col(SUBJECT))["row"]
    return gone.filter(~pl.col("row").is_in(replaced.implode())).select("row")


def strangers(keys: pl.DataFrame, name: str, used: pl.Series, known: pl.Series) -> pl.DataFrame:
    """X10: return the lines whose identifier is not known: `row` and `value`."""
    unknown = used.filter(~used.is_in(known.implode()))
    if unknown.is_empty():
        return pl.DataFrame(schema={"row": pl.UInt32, "value": pl.String})
    names = pl.DataFrame({name: unknown.hash(seed=IDS.index(name)), "value": unknown})
    return keys.select("row", name).join(names, on=name).select("row", "value")


def not_in(cells: pl.DataFrame, name: str, known: pl.Series) -> pl.DataFrame:
    """Return the lines of a small file whose identifier is filled and not among the known: `row` and `value`."""
    absent = (pl.col(name) != "") & ~pl.col(name).is_in(known.implode())
    return cells.filter(absent).select("row", value=name)


def completed_in(cells: pl.DataFrame, year: int) -> pl.DataFrame:
    """Return the lines of NAT00130 with a completion in a year."""
    done = ~pl.col("date_program_completed").is_in(list(NOT_COMPLETED)) & (
        day("date_program_completed").dt.year() == year
    )
    return cells.filter(done.fill_null(value=False))


def union(parts: Iterable[pl.Series | None]) -> pl.Series:
    """Return all names of some series, each once."""
    some = [part.alias("name") for part in parts if part is not None]
    return pl.concat(some).unique() if some else pl.Series("name", [], pl.String)
