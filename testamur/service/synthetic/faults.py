"""Faults that the generator can plant, one to a student, each in the way a real export goes wrong."""

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

RECORDS, RESULTS = "studentrecords", "studentresults"
Row = dict[str, str]


@dataclass(frozen=True, slots=True)
class Fault:
    """One way to spoil a row: the rule it breaks, how that weighs (strict), the kind of row, and what to write.

    `where` is record, unit, course (a row is spoilt) or extra (a row is added behind the student's unit row).
    """

    name: str
    rule: str
    severity: str
    where: str
    spoil: Callable[[Row, Random], Row]


def _put(**cells: str | Callable[[Row, Random], str]) -> Callable[[Row, Random], Row]:
    """Return a spoiler that writes some cells."""

    def spoil(row: Row, rng: Random) -> Row:
        written = {name: cell if isinstance(cell, str) else cell(row, rng) for name, cell in cells.items()}
        return row | written

    return spoil


def _long(limit: int) -> Callable[[Row, Random], str]:
    return lambda _row, rng: rng.choice("AeéñxZ") * (limit + rng.choice((1, 1, 2, 40)))


def _one_of(*values: str) -> Callable[[Row, Random], str]:
    return lambda _row, rng: rng.choice(values)


def _fault(name: str, where: str, severity: str = "error", **cells: str | Callable[[Row, Random], str]) -> Fault:
    """Return a fault named `RULE what`."""
    return Fault(name, name.split(" ", 1)[0], severity, where, _put(**cells))


FAULTS: tuple[Fault, ...] = (
    _fault("V01 underscore", "record", student_code=lambda row, _: row["student_code"].replace("-", "")[:6] + "_1"),
    _fault("V01 too long", "record", student_code=lambda row, _: "S" + row["student_code"].rjust(10, "0")),
    _fault("V01 empty", "record", student_code=_one_of("", "   ")),
    _fault("V20 full stop", "record", title=_one_of("Ms.", "Mr.", "Prof (em)")),
    _fault("V20 empty", "record", title=""),
    _fault("V20 too long", "record", title="Associate Professor"),
    _fault("V21 too long", "record", surname=_long(30)),
    _fault("V21 spaces only", "record", surname=_one_of("", "  ")),
    _fault("V22 too long", "record", given_name=_long(15)),
    _fault("V22 empty", "record", given_name=""),
    _fault("V23 too long", "record", other_names=_long(30)),
    _fault("V24 no such day", "record", birth_date=_one_of("30/02/1990", "31/04/1988", "00/01/1990", "29/02/1999")),
    _fault("V24 other order", "record", birth_date=_one_of("1990-02-09", "02/13/1990", "9/2/1990", "9 Feb 1990")),
    _fault("V24 future", "record", birth_date=_one_of("01/01/2199", "31/12/2098")),
    _fault("V24 empty", "record", birth_date=""),
    _fault("V24 placeholder", "record", "warning", birth_date="01/01/1901"),
    _fault("V25 too long", "record", gender=_one_of("MF", "Female")),
    _fault("V25 other code", "record", "warning", gender=_one_of("U", "f", "9")),
    _fault("V26 too long", "record", address_1=_long(38)),
    _fault("V26 comma", "record", "warning", address_1="Flat 2, 14 Wattle Lane"),
    _fault("V27 too long", "record", address_2=_long(38)),
    _fault("V28 too long", "record", suburb=_long(27)),
    _fault("V28 other signs", "record", "warning", suburb="Mt. Isa"),
    _fault("V29 too long", "record", state=_one_of("VICT", "N.S.W.")),
    _fault("V29 other code", "record", "warning", state=_one_of("ZZZ", "vic")),
    _fault("V30 too long", "record", country=_one_of("Bosnia and Herzegovina", "Papua New Guinea (PNG)")),
    _fault("V31 too long", "record", postcode=_one_of("30110", "2600 ACT")),
    _fault("V32 wrong check", "record", "warning", usi=_one_of("XNY5NV9WG8", "23456789AB", "2222222222", "ABC")),
    _fault("V33 too long", "record", phone=_long(255)),
    _fault("V34 too long", "record", email=_long(255)),
    _fault("V34 no address", "record", "warning", email=_one_of("none", "a b@example.org", "x@y")),
    _fault("V36 month only", "record", commencement_date=_one_of("03/2019", "2019-03-01", "31/06/2015")),
    _fault("V02 other level", "unit", level=_one_of("course", "unit of study", "Unit", "")),
    _fault("V03 too long", "unit", course_code="BSC11BSC11X"),
    _fault("V03 other signs", "unit", course_code=_one_of("BSC_1", "BSC 1")),
    _fault("V03 hyphen", "unit", "warning", course_code="BSC-1"),
    _fault("V04 too long", "unit", unit_code="ECO1011011X"),
    _fault("V04 other signs", "unit", unit_code=_one_of("ECO-1", "ECO.1")),
    _fault("V05 too long", "unit", course_name=_long(72)),
    _fault("V06 too long", "unit", unit_name=_long(72)),
    _fault("V07 other status", "unit", status=_one_of("7", "0", "C", "33")),
    _fault("V07 six", "unit", status="6"),
    _fault("V07 empty", "unit", status=""),
    _fault("V07 five", "unit", "warning", status="5"),
    _fault("V08 five figures", "unit", study_year=_one_of("20199", "-1")),
    _fault("V08 letter", "unit", study_year=_one_of("2O17", "2017.0", "")),
    _fault("V08 long ago", "unit", "warning", study_year=_one_of("217", "0", "9999")),
    _fault("V09 negative", "course", completion_year=_one_of("-1", "n/a", "20190")),
    _fault("V09 before study", "course", "warning", completion_year="1999"),
    _fault("V10 too long", "unit", credit_granted=_long(255)),
    _fault("V11 no number", "unit", weighted_units=_one_of("abc", "-5", "10000", "1,5")),
    _fault("V12 no number", "unit", mark=_one_of("10000", "-2", "7O", "1e2")),
    _fault("V12 above 100", "unit", "warning", mark="101"),
    _fault("V13 too long", "unit", grade=_long(255)),
    _fault("V14 too long", "unit", grade_description=_long(255)),
    _fault("V15 too long", "unit", subsidiary_component=_long(255)),
    _fault("V16 too long", "unit", lote=_long(255)),
    _fault("V17 no course", "unit", "warning", course_code="", course_name=""),
    _fault("N1 no code", "course", course_code=""),
    _fault("N1 no name", "course", course_name=_one_of("", " ")),
    _fault("N1 unit too", "course", "warning", unit_code="ECO101"),
    _fault("N2 no code", "unit", unit_code=""),
    _fault("N2 no name", "unit", unit_name=""),
    _fault("N3a neither", "unit", mark="", grade="", grade_description=""),
    _fault("N3b no description", "unit", grade_description=_one_of("", "  ")),
    _fault("F3 unknown student", "extra", student_code=lambda _, rng: f"ORPHAN{rng.randrange(1000, 9999)}"),
    _fault("V18 same row", "extra", "warning"),
    _fault("V18 other result", "extra", mark="12", grade="F", grade_description="Fail", status="2"),
)
BY_NAME = {fault.name: fault for fault in FAULTS}


def planned(faults: "int | list[str] | None") -> list[Fault]:
    """Return the faults to plant: so many of all in turn, or those of the given names."""
    if faults is None:
        return []
    if isinstance(faults, int):
        return [FAULTS[place % len(FAULTS)] for place in range(faults)]
    return [BY_NAME[name] for name in faults]
