"""The checked rows as typed frames, ready for the register: `records.parquet` and `results.parquet`.

Only rows without an error are in them; rows that repeat another exactly are left out. Text is trimmed, runs of white
space (line ends too) are one space, control characters are gone, blank is null. Texts that a file repeats are categories.
Columns, in this order:

records.parquet
    line UInt32                      row in the provider's file, header 1
    student_code String              in capitals, never null
    title String?
    surname String?                  null where the file says 9999
    given_name String?               null where the file says 9999
    other_names String?              null where the file says 9999
    single_name Boolean              the person has one name: surname or first given name was 9999
    birth_date Date?                 null where it is 01/01/1901
    birth_date_placeholder Boolean   the file says 01/01/1901
    gender String?                   strict: as lodged; tolerant: M, F, X or null
    address_1, address_2, suburb String?
    state String?                    tolerant: mapped from 01-09 and capitals; 99 is null
    country String?
    postcode String?                 null where it is 0000
    usi String?                      in capitals, only where shape and check character hold
    usi_rejected Boolean             the file held something else
    phone, email String?
    commencement_date Date?
    commencement_precision String?   `day`, or `month` where the provider says so and the day is 01; null without date

results.parquet
    line UInt32
    student_code String              in capitals, never null
    level Categorical                `course` or `unit`
    course_code, unit_code, course_name, unit_name Categorical?
    status Categorical?              `1` to `5`; tolerant also `6`, and null on Course rows
    study_year Int32                 0 is not known
    completion_year Int32?
    credit_granted String?
    weighted_units Categorical?      canonical decimal: at most three places, no zeros at its end
    mark Categorical?                likewise
    grade, grade_description Categorical?
    subsidiary_component, lote String?
"""

from collections.abc import Callable
from dataclasses import dataclass

import polars as pl

from testamur.kernel.usi import bad_usi
from testamur.submissions.layouts import FileLayout, Profile
from testamur.submissions.rules import day, year

_CONTROL = r"[\x00-\x08\x0e-\x1f\x7f-\x{9f}\x{fffd}]"
_MESSY = r"^\s|\s$|[^\S ]|\s\s|" + _CONTROL
_STATES = {
    "01": "NSW",
    "02": "VIC",
    "03": "QLD",
    "04": "SA",
    "05": "WA",
    "06": "TAS",
    "07": "NT",
    "08": "ACT",
    "09": "AAT",
    "99": "",
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """How cells are to be read: the profile, and whether commencement dates on day 01 mean the month."""

    profile: Profile
    month_dates: bool


@dataclass(frozen=True, slots=True)
class _Cells:
    """The cells of a batch as clean text; `messy` names the columns that hold more than single spaces between words."""

    messy: frozenset[str]

    def text(self, name: str) -> pl.Expr:
        """Return a cell as clean text: trimmed, white space folded, control characters gone, blank null."""
        cell = pl.col(name)
        if name in self.messy:
            cell = cell.str.replace_all(_CONTROL, "").str.replace_all(r"\s+", " ").str.strip_chars()
        return pl.when(cell != "").then(cell).alias(name)

    def known_name(self, name: str) -> pl.Expr:
        """Return a name; null where it is 9999."""
        return pl.when(self.text(name) != "9999").then(self.text(name)).alias(name)

    def capitals(self, name: str) -> pl.Expr:
        """Return a cell in capitals."""
        return self.text(name).str.to_uppercase()

    def decimal(self, name: str) -> pl.Expr:
        """Return canonical decimal text: at most three places, half away from zero, no zeros at its end."""
        exact = self.text(name).cast(pl.Decimal(10, 3), strict=False)
        return exact.cast(pl.String).str.strip_chars_end("0").str.strip_chars_end(".")


def _cells(frame: pl.DataFrame, unusual: pl.DataFrame) -> _Cells:
    """Look which columns hold messy cells; only unusual rows can."""
    names = [name for name in frame.columns if name != "row"]
    messy = unusual.select(pl.col(names).str.contains(_MESSY).any()).row(0)
    return _Cells(frozenset(name for name, found in zip(names, messy, strict=True) if found))


def typed_records(frame: pl.DataFrame, unusual: pl.DataFrame, wanted: Wanted) -> pl.DataFrame:
    """Return the typed rows of a batch of student records that holds no errors; `unusual` are its unusual rows."""
    cells = _cells(frame, unusual)
    text, known_name, usi = cells.text, cells.known_name, cells.capitals("usi")
    placeholder = (text("birth_date") == "01/01/1901").fill_null(value=False)
    commencement = day("commencement_date")
    precision = pl.lit("day")
    if wanted.month_dates:
        precision = pl.when(commencement.dt.day() == 1).then(pl.lit("month")).otherwise(pl.lit("day"))
    right = ~pl.col("usi").map_batches(bad_usi, return_dtype=pl.Boolean)
    return frame.select(
        pl.col("row").alias("line"),
        cells.capitals("student_code"),
        text("title"),
        *(known_name(name) for name in ("surname", "given_name", "other_names")),
        single_name=((text("given_name") == "9999") | (text("surname") == "9999")).fill_null(value=False),
        birth_date=pl.when(~placeholder).then(day("birth_date")),
        birth_date_placeholder=placeholder,
        gender=_gender(text("gender"), wanted.profile),
        address_1=text("address_1"),
        address_2=text("address_2"),
        suburb=text("suburb"),
        state=_state(text("state"), wanted.profile),
        country=text("country"),
        postcode=pl.when(text("postcode") != "0000").then(text("postcode")),
        usi=pl.when(right).then(usi),
        usi_rejected=(usi.is_not_null() & ~right),
        phone=text("phone"),
        email=text("email"),
        commencement_date=commencement,
        commencement_precision=pl.when(commencement.is_not_null()).then(precision),
    )


def _gender(text: pl.Expr, profile: Profile) -> pl.Expr:
    return text if profile == "strict" else pl.when(text.is_in(["M", "F", "X"])).then(text)


def _state(text: pl.Expr, profile: Profile) -> pl.Expr:
    if profile == "strict":
        return text
    mapped = text.str.to_uppercase().replace(_STATES)
    return pl.when(mapped != "").then(mapped)


def typed_results(frame: pl.DataFrame, unusual: pl.DataFrame, wanted: Wanted) -> pl.DataFrame:
    """Return the typed rows of a batch of student results that holds no errors; `unusual` are its unusual rows."""
    cells = _cells(frame, unusual)
    text, decimal = cells.text, cells.decimal
    course = text("level") == "Course"

    def repeated(name: str) -> pl.Expr:
        return text(name).cast(pl.Categorical)

    return frame.select(
        pl.col("row").alias("line"),
        cells.capitals("student_code"),
        level=pl.when(course).then(pl.lit("course")).otherwise(pl.lit("unit")).cast(pl.Categorical),
        course_code=repeated("course_code"),
        unit_code=repeated("unit_code"),
        course_name=repeated("course_name"),
        unit_name=repeated("unit_name"),
        status=repeated("status"),
        study_year=year("study_year", wanted.profile),
        completion_year=year("completion_year", wanted.profile),
        credit_granted=text("credit_granted"),
        weighted_units=decimal("weighted_units").cast(pl.Categorical),
        mark=decimal("mark").cast(pl.Categorical),
        grade=repeated("grade"),
        grade_description=repeated("grade_description"),
        subsidiary_component=text("subsidiary_component"),
        lote=text("lote"),
    )


TYPED: dict[str, Callable[[pl.DataFrame, pl.DataFrame, Wanted], pl.DataFrame]] = {
    "studentrecords": typed_records,
    "studentresults": typed_results,
}


def empty_typed(layout: FileLayout, wanted: Wanted) -> pl.DataFrame:
    """Return the typed frame without rows."""
    columns = {"row": pl.UInt32} | {field.name: pl.String for field in layout.fields}
    nothing = pl.DataFrame(schema=columns)
    return TYPED[layout.kind](nothing, nothing, wanted)
