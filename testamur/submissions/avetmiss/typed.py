"""The checked lines as typed frames, ready for the register: records.parquet, results.parquet, certificates.parquet.

Only lines without an error are in them. Flags, statuses and origins of a person (Indigenous status, language, labour force,
country of birth, school, disability, prior education) are never read into a frame. Names come from NAT00085, where given
and family name stand apart; otherwise NAT00080's one name is parted at its first comma, or its first space.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import polars as pl
from polars.datatypes import DataType, DataTypeClass

from testamur.kernel.usi import EXEMPTION_CODES, bad_usi
from testamur.submissions.avetmiss.cells import day, no_day
from testamur.submissions.avetmiss.crossing import CLIENT, PROGRAM, SUBJECT
from testamur.submissions.avetmiss.records import NOT_COMPLETED

PolarsDataType = DataType | DataTypeClass
KEPT = {
    "NAT00080": (
        CLIENT, "name_for_encryption", "gender", "date_of_birth", "postcode", "address_location",
        "unique_student_identifier", "state_identifier", "address_building_property_name", "address_flat_unit_details",
        "address_street_number", "address_street_name",
    ),
    "NAT00085": (
        CLIENT, "client_title", "client_first_given_name", "client_family_name", "telephone_home", "telephone_work",
        "telephone_mobile", "email_address", "email_address_alternative",
    ),
    "NAT00130": (
        PROGRAM, CLIENT, "date_program_completed", "issued_flag", "parchment_issue_date", "parchment_number",
    ),
}  # fmt: skip
KEPT_OUTCOMES = ("20", "51", "60", "81", "41", "53")
ACHIEVED = ("20", "51", "60")
RESULTS: dict[str, PolarsDataType] = {
    "line": pl.UInt32, "student_code": pl.String, "level": pl.Categorical, "course_code": pl.Categorical,
    "course_name": pl.Categorical, "unit_code": pl.Categorical, "unit_name": pl.Categorical, "outcome": pl.Categorical,
    "credit": pl.Boolean, "started": pl.Date, "ended": pl.Date, "completed": pl.Date, "issued": pl.Boolean,
}  # fmt: skip
_UNITS = pl.List(pl.Struct({"code": pl.String, "title": pl.String}))
CERTIFICATES: dict[str, PolarsDataType] = {
    "line": pl.UInt32, "student_code": pl.String, "certificate_type": pl.String, "course_code": pl.String,
    "course_name": pl.String, "issued_date": pl.Date, "number": pl.String, "language": pl.String, "units": _UNITS,
}  # fmt: skip
_STATES = {
    "01": "NSW", "02": "VIC", "03": "QLD", "04": "SA", "05": "WA", "06": "TAS", "07": "NT", "08": "ACT", "09": "AAT",
}  # fmt: skip
_NO_BIRTH = ("01011900", "01011901", "00000000")


@dataclass(frozen=True, slots=True)
class Titles:
    """Names of programs and subjects by identifier, each identifier once."""

    programs: pl.DataFrame
    subjects: pl.DataFrame

    @classmethod
    def of(cls, programs: Mapping[str, str], subjects: Mapping[str, str]) -> "Titles":
        """Return titles as frames to join with; an identifier without a title is left out."""

        def frame(names: Mapping[str, str], code: str, title: str) -> pl.DataFrame:
            some = {key: value for key, value in names.items() if key and value}
            return pl.DataFrame(
                {code: list(some), title: list(some.values())}, schema={code: pl.String, title: pl.String}
            )

        return cls(frame(programs, "course_code", "course_name"), frame(subjects, "unit_code", "unit_name"))


def readable(cells: pl.DataFrame) -> pl.DataFrame:
    """Return cells whose bytes beyond ASCII are read as UTF-8 where they are that, otherwise as Windows-1252."""
    names = [name for name, kind in cells.schema.items() if kind == pl.String]
    strange = cells.select(pl.col(names).str.contains(r"[^\x00-\x7f]").any()).row(0) if names else ()
    return cells.with_columns(
        pl.col(name).map_elements(_meant, return_dtype=pl.String)
        for name, found in zip(names, strange, strict=True)
        if found
    )


def _meant(text: str) -> str:
    """Return what the bytes of a text mean."""
    try:
        data = text.encode("latin-1")
    except UnicodeEncodeError:
        return text
    try:
        return data.decode("utf-8").strip()
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace").strip()


def _text(name: str) -> pl.Expr:
    """Return a cell as clean text: control characters gone, runs of space one space, blank null."""
    cell = pl.col(name).str.replace_all(r"[\x00-\x1f\x7f]", " ").str.replace_all(r"\s+", " ").str.strip_chars()
    return pl.when(cell != "").then(cell)


def _given(name: str) -> pl.Expr:
    """Return a cell as clean text; "not specified" and fills of @ are null."""
    text = _text(name)
    return pl.when(~text.str.to_lowercase().is_in(["not specified"]) & ~text.str.contains("^@+$")).then(text)


def _code(name: str) -> pl.Expr:
    return _text(name).str.to_uppercase()


def activity_results(cells: pl.DataFrame, titles: Titles) -> pl.DataFrame:
    """Return the lines of NAT00120 that count: achieved units, 81 and 41; recognition of an earlier edition as 51."""
    some = cells.filter(pl.col("outcome_identifier_national").is_in(list(KEPT_OUTCOMES)))
    outcome = pl.col("outcome_identifier_national").replace({"53": "51"})
    rows = some.select(
        pl.col("row").alias("line"),
        _code(CLIENT).alias("student_code"),
        pl.lit("unit").alias("level"),
        _code(PROGRAM).alias("course_code"),
        _code(SUBJECT).alias("unit_code"),
        outcome.alias("outcome"),
        (outcome == "60").alias("credit"),
        day("activity_start_date").alias("started"),
        day("activity_end_date").alias("ended"),
        pl.lit(None, pl.Date).alias("completed"),
        pl.lit(None, pl.Boolean).alias("issued"),
    ).filter(pl.col("student_code").is_not_null())
    rows = rows.join(titles.programs, on="course_code", how="left", maintain_order="left")
    rows = rows.join(titles.subjects, on="unit_code", how="left", maintain_order="left")
    return rows.select(pl.col(name).cast(kind) for name, kind in RESULTS.items())


def completion_results(cells: pl.DataFrame, titles: Titles) -> pl.DataFrame:
    """Return the completed programs of NAT00130: dates that mean "not completed" are none."""
    done = cells.filter(~pl.col("date_program_completed").is_in(list(NOT_COMPLETED)))
    flag = pl.col("issued_flag")
    rows = done.select(
        pl.col("row").alias("line"),
        _code(CLIENT).alias("student_code"),
        pl.lit("course").alias("level"),
        _code(PROGRAM).alias("course_code"),
        pl.lit(None, pl.String).alias("unit_code"),
        pl.lit(None, pl.String).alias("unit_name"),
        pl.lit(None, pl.String).alias("outcome"),
        pl.lit(None, pl.Boolean).alias("credit"),
        pl.lit(None, pl.Date).alias("started"),
        pl.lit(None, pl.Date).alias("ended"),
        day("date_program_completed").alias("completed"),
        pl.when(flag == "Y").then(pl.lit(value=True)).when(flag == "N").then(pl.lit(value=False)).alias("issued"),
    ).filter(pl.col("student_code").is_not_null() & pl.col("completed").is_not_null())
    rows = rows.join(titles.programs, on="course_code", how="left", maintain_order="left")
    return rows.select(pl.col(name).cast(kind) for name, kind in RESULTS.items())


def certificates(cells: pl.DataFrame, titles: Titles, results: Path) -> pl.DataFrame:
    """Return the testamurs of NAT00130 in a state's form: completed, issued (flag Y), with a parchment number and issue date.

    Their units are those that results.parquet says the client achieved in the program.
    """
    given = (pl.col("parchment_number") != "") & ~no_day("parchment_issue_date") & (pl.col("issued_flag") == "Y")
    completed = ~pl.col("date_program_completed").is_in(list(NOT_COMPLETED))
    rows = cells.filter(given & completed).select(
        pl.col("row").alias("line"),
        _code(CLIENT).alias("student_code"),
        pl.lit("Q").alias("certificate_type"),
        _code(PROGRAM).alias("course_code"),
        day("parchment_issue_date").alias("issued_date"),
        _text("parchment_number").alias("number"),
        pl.lit(None, pl.String).alias("language"),
    )
    rows = rows.filter(pl.all_horizontal(pl.col("student_code", "number", "issued_date").is_not_null()))
    rows = rows.join(titles.programs, on="course_code", how="left", maintain_order="left")
    if rows.is_empty():
        return pl.DataFrame(schema=CERTIFICATES)
    units = (
        pl.scan_parquet(results)
        .filter((pl.col("level").cast(pl.String) == "unit") & pl.col("outcome").cast(pl.String).is_in(list(ACHIEVED)))
        .select("student_code", pl.col("course_code", "unit_code", "unit_name").cast(pl.String), "ended")
        .join(
            rows.lazy().select("student_code", "course_code").unique(), on=["student_code", "course_code"], how="semi"
        )
        .sort("ended", "unit_code")
        .unique(["student_code", "course_code", "unit_code"], keep="first", maintain_order=True)
        .group_by("student_code", "course_code", maintain_order=True)
        .agg(units=pl.struct(code="unit_code", title="unit_name"))
        .collect()
    )
    rows = rows.join(units, on=["student_code", "course_code"], how="left", maintain_order="left")
    rows = rows.with_columns(pl.col("units").fill_null(pl.lit([], _UNITS)))
    return rows.select(pl.col(name).cast(kind) for name, kind in CERTIFICATES.items())


def student_records(clients: pl.DataFrame, contacts: pl.DataFrame) -> pl.DataFrame:
    """Return one row a client of NAT00080, with name, title and contacts of NAT00085 where it holds the client."""
    contacts = contacts.drop("row").unique(CLIENT, keep="first", maintain_order=True)
    clients = clients.filter(_code(CLIENT).is_not_null()).unique(CLIENT, keep="first", maintain_order=True)
    both = clients.join(contacts, on=CLIENT, how="left", maintain_order="left").with_columns(_parted())
    both = readable(both)
    usi = _code("unique_student_identifier")
    bad = pl.col("unique_student_identifier").map_batches(bad_usi, return_dtype=pl.Boolean)
    exempt = usi.is_in(sorted(EXEMPTION_CODES)).fill_null(value=False)
    joined = pl.concat_str(
        [_given("address_street_number"), _given("address_street_name")], separator=" ", ignore_nulls=True
    )
    inside = pl.concat_str(
        [_given("address_building_property_name"), _given("address_flat_unit_details")],
        separator=", ",
        ignore_nulls=True,
    )
    nothing = pl.lit(None, pl.String)
    return both.select(
        pl.col("row").alias("line"),
        _code(CLIENT).alias("student_code"),
        _text("client_title").alias("title"),
        *_names(),
        *_birth(),
        pl.when(pl.col("gender").is_in(["M", "F", "X"])).then("gender").alias("gender"),
        pl.when(joined != "").then(joined).alias("address_1"),
        pl.when(inside != "").then(inside).alias("address_2"),
        _given("address_location").alias("suburb"),
        pl.col("state_identifier").replace_strict(_STATES, default=None, return_dtype=pl.String).alias("state"),
        nothing.alias("country"),
        pl.when(pl.col("postcode").str.contains("^[0-9]{4}$") & (pl.col("postcode") != "0000"))
        .then("postcode")
        .alias("postcode"),
        pl.when(~bad & ~exempt).then(usi).alias("usi"),
        (bad & ~exempt & usi.is_not_null()).alias("usi_rejected"),
        pl.coalesce(_given("telephone_mobile"), _given("telephone_home"), _given("telephone_work")).alias("phone"),
        pl.coalesce(_given("email_address"), _given("email_address_alternative")).alias("email"),
        pl.lit(None, pl.Date).alias("commencement_date"),
        nothing.alias("commencement_precision"),
    )


def _parted() -> list[pl.Expr]:
    """Part NAT00080's one name at its first comma, or its first space: `family`, `givens`."""
    name = _text("name_for_encryption")
    comma = name.str.contains(",", literal=True)
    halves = pl.when(comma).then(name.str.splitn(",", 2)).otherwise(name.str.splitn(" ", 2))
    return [
        halves.struct.field("field_0").str.strip_chars().alias("family"),
        halves.struct.field("field_1").str.strip_chars().alias("givens"),
    ]


def _names() -> list[pl.Expr]:
    """Return surname, given_name, other_names and single_name. A single name may stand on both sides of the comma."""
    apart = _text("client_family_name").is_not_null()
    family = pl.coalesce(_text("client_family_name"), "family")
    words = pl.col("givens").str.splitn(" ", 2)
    first, rest = words.struct.field("field_0"), words.struct.field("field_1").str.strip_chars()
    given = pl.when(apart).then(_text("client_first_given_name")).otherwise(first)
    after = pl.col("givens").str.slice(given.str.len_chars())
    begins = pl.col("givens").str.to_lowercase().str.starts_with(given.str.to_lowercase() + " ").fill_null(value=False)
    others = pl.when(begins).then(after.str.strip_chars()).when(~apart).then(rest)
    single = given.is_null() | (given.str.to_lowercase() == family.str.to_lowercase())
    return [
        family.alias("surname"),
        pl.when(~single).then(given).alias("given_name"),
        pl.when(~single & (others != "")).then(others).alias("other_names"),
        single.fill_null(value=True).alias("single_name"),
    ]


def _birth() -> list[pl.Expr]:
    """Return the bounds and precision of the date of birth; @ in place of day, month or all of it says what is not known."""
    cell = pl.col("date_of_birth")
    placeholder = cell.is_in(list(_NO_BIRTH)) | cell.str.contains("^@+$") | (cell == "")
    full = pl.when(~placeholder).then(day("date_of_birth"))
    month = pl.when(cell.str.starts_with("@@") & ~cell.str.starts_with("@@@@")).then(
        ("01" + cell.str.slice(2)).str.to_date("%d%m%Y", strict=False)
    )
    year = pl.when(cell.str.contains("^@@@@[0-9]{4}$")).then(
        ("0101" + cell.str.slice(4)).str.to_date("%d%m%Y", strict=False)
    )
    latest_month, latest_year = month.dt.month_end(), year.dt.offset_by("1y").dt.offset_by("-1d")
    precision = (
        pl.when(full.is_not_null()).then(pl.lit("day"))
        .when(month.is_not_null()).then(pl.lit("month"))
        .when(year.is_not_null()).then(pl.lit("year"))
        .otherwise(pl.lit("unknown"))
    )  # fmt: skip
    return [
        pl.coalesce(full, month, year).alias("birth_earliest"),
        pl.coalesce(full, latest_month, latest_year).alias("birth_latest"),
        precision.alias("birth_precision"),
        placeholder.alias("birth_placeholder"),
    ]
