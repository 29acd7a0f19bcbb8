"""Write bundles of TEQSA provider files of any size from a seed, clean or with planted faults.

The same arguments give the same bytes. Every student, course and result is made up.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from operator import itemgetter
from pathlib import Path
from random import Random
from typing import NamedTuple

from testamur.service.synthetic import people
from testamur.service.synthetic.faults import RECORDS, RESULTS, Fault, Row, planned
from testamur.service.synthetic.pdfs import small_pdf
from testamur.submissions.layouts import load_format

_PRIME = 8_999_993
_UNITS = tuple(
    (f"{prefix}{level}{place:02d}", f"{name} {level}{place:02d}")
    for level in (1, 2, 3, 4)
    for place in range(1, 11)
    for prefix, name in people.SUBJECTS
)


class Planted(NamedTuple):
    """One planted fault: the rule it breaks, the file, the row as a spreadsheet counts it, and how it weighs (strict)."""

    rule: str
    file: str
    row: int
    severity: str


@dataclass(frozen=True, slots=True)
class _Plan:
    """What is to be written: sizes, seed, the fault of each spoilt student, and which names the encoding can hold."""

    students: int
    results: int
    seed: int
    spoilt: dict[int, Fault]
    surnames: tuple[str, ...]
    given_names: tuple[str, ...]
    placeholders: bool


def write_bundle(  # noqa: PLR0913 - every argument but the folder is named, and each is one property of the bundle
    directory: Path,
    *,
    students: int,
    results_per_student: int,
    seed: int,
    faults: int | list[str] | None = None,
    encoding: str = "utf-8",
    pdfs: int = 0,
    placeholders: bool = True,
    version: int = 1,
) -> list[Planted]:
    """Write `studentrecords v1.csv`, `studentresults v1.csv` and the PDFs of so many students; return the planted faults.

    `faults` is a number (all kinds in turn) or a list of names of synthetic.faults; each spoils one student of its own,
    so there must be more students than faults. `results_per_student` counts rows, the Course row included; about three
    in four students complete their course. Students with PDFs get a transcript, and a testamur if they completed.
    `placeholders` lets a few students have a single name (9999) or an unknown date of birth (01/01/1901).
    """
    directory.mkdir(parents=True, exist_ok=True)
    plan = _plan(students, results_per_student, seed, planned(faults), encoding, placeholders)
    found: list[Planted] = []
    for kind, rows in ((RECORDS, _records(plan, found, version)), (RESULTS, _results(plan, found, version))):
        fields = load_format("teqsa").files[kind].fields
        with (directory / f"{kind} v{version}.csv").open("w", encoding=encoding, newline="") as out:
            writer = csv.writer(out, lineterminator="\r\n")
            writer.writerow([field.header for field in fields])
            names = [field.name for field in fields]
            pick = itemgetter(*names)
            writer.writerows(map(pick, rows))
    for number in range(min(pdfs, students)):
        _write_pdfs(directory, plan, number)
    return found


def _plan(students: int, results: int, seed: int, faults: list[Fault], encoding: str, placeholders: bool) -> _Plan:
    """Give each fault a student of its own, away from the first ones, who may have PDFs."""
    rng = Random(seed)  # noqa: S311 - made-up data, to be the same for the same seed
    if len(faults) > students // 2:
        raise ValueError("There must be at least two students for each fault.")
    chosen = rng.sample(range(students // 2, students), len(faults))
    return _Plan(
        students,
        results,
        seed,
        dict(zip(chosen, faults, strict=True)),
        _writable(people.SURNAMES, encoding),
        _writable(people.GIVEN_NAMES, encoding),
        placeholders,
    )


def _writable(names: tuple[str, ...], encoding: str) -> tuple[str, ...]:
    """Return the names that an encoding can hold."""
    return tuple(name for name in names if name.encode(encoding, "ignore").decode(encoding) == name)


def _rng(plan: _Plan, number: int) -> Random:
    """Return a source of chance for one student, the same for records, results and PDFs."""
    return Random(plan.seed * 1_000_003 + number)  # noqa: S311 - see above


def _code(plan: _Plan, number: int) -> str:
    """Return the code of a student: seven figures, some with a prefix, no two alike."""
    figures = 1_000_000 + (number * 7919 + plan.seed * 104_729) % _PRIME
    return ("", "S", "AB-", "")[number % 4] + str(figures)


def _completed(plan: _Plan, number: int) -> bool:
    """Say whether a student completed the course; those spoilt in a Course row must have one."""
    fault = plan.spoilt.get(number)
    return number % 4 != 3 or (fault is not None and fault.where == "course")


def _records(plan: _Plan, found: list[Planted], version: int) -> Iterator[Row]:
    """Yield the student records."""
    for number in range(plan.students):
        rng = _rng(plan, number)
        row = _record(plan, number, rng)
        fault = plan.spoilt.get(number)
        if fault is not None and fault.where == "record":
            row = fault.spoil(row, rng)
            found.append(Planted(fault.rule, f"{RECORDS} v{version}.csv", number + 2, fault.severity))
        yield row


def _record(plan: _Plan, number: int, rng: Random) -> Row:
    """Return one student."""
    suburb, state, postcode = rng.choice(people.PLACES)
    code = _code(plan, number)
    single = plan.placeholders and number % 211 == 17 and number not in plan.spoilt
    unknown = plan.placeholders and number % 307 == 29 and number not in plan.spoilt
    birth = f"{rng.randint(1, 28):02d}/{rng.randint(1, 12):02d}/{rng.randint(1950, 2001)}"
    return {
        "student_code": code,
        "title": rng.choice(people.TITLES),
        "surname": rng.choice(plan.surnames),
        "given_name": "9999" if single else rng.choice(plan.given_names),
        "other_names": rng.choice(plan.given_names) if number % 3 == 0 else "",
        "birth_date": "01/01/1901" if unknown else birth,
        "gender": rng.choice("MFX"),
        "address_1": f"{rng.randint(1, 400)} {rng.choice(people.STREETS)}",
        "address_2": f"Unit {rng.randint(1, 30)}" if number % 5 == 0 else "",
        "suburb": suburb,
        "state": state,
        "country": "Australia",
        "postcode": postcode,
        "usi": "",
        "phone": f"04{rng.randint(0, 99_999_999):08d}",
        "email": f"{code.lower()}@students.example",
        "commencement_date": f"01/{rng.choice(('02', '03', '07'))}/{_first_year(number)}",
    }


def _first_year(number: int) -> int:
    """Return the year in which a student began."""
    return 2008 + number % 9


def _results(plan: _Plan, found: list[Planted], version: int) -> Iterator[Row]:
    """Yield the student results."""
    file, line = f"{RESULTS} v{version}.csv", 1
    for number in range(plan.students):
        fault = plan.spoilt.get(number)
        if fault is not None and fault.rule == "V01":
            continue
        rng = _rng(plan, -1 - number)
        for row, broken in _spoilt_results(_results_of(plan, number, rng), fault, rng):
            line += 1
            if broken is not None:
                found.append(Planted(broken.rule, file, line, broken.severity))
            yield row


def _spoilt_results(rows: list[Row], fault: Fault | None, rng: Random) -> Iterator[tuple[Row, Fault | None]]:
    """Yield a student's results with the fault in the first unit row, the Course row, or a row added between."""
    for place, row in enumerate(rows):
        first_unit, course = place == 0, row["level"] == "Course"
        spoils = fault is not None and ((fault.where == "unit" and first_unit) or (fault.where == "course" and course))
        yield (fault.spoil(row, rng), fault) if fault is not None and spoils else (row, None)
        if fault is not None and fault.where == "extra" and first_unit:
            yield fault.spoil(row, rng), fault


def _results_of(plan: _Plan, number: int, rng: Random) -> list[Row]:
    """Return one student's results: units, and a Course row at the end where the course was completed."""
    course_code, course_name = people.COURSES[number % len(people.COURSES)]
    course = dict.fromkeys((field.name for field in load_format("teqsa").files[RESULTS].fields), "")
    course |= {"student_code": _code(plan, number), "course_code": course_code, "course_name": course_name}
    completed = _completed(plan, number)
    first, start = _first_year(number), rng.randrange(len(_UNITS))
    rows = []
    for place in range(max(1, plan.results - completed)):
        unit_code, unit_name = _UNITS[(start + place) % len(_UNITS)]
        mark = rng.randint(30, 99)
        grade, description = next((grade, words) for least, grade, words in people.GRADES if mark >= least)
        rows.append(
            course
            | {
                "level": "Unit of Study",
                "unit_code": unit_code,
                "unit_name": unit_name,
                "status": "3" if mark >= 50 else "2",
                "study_year": str(first + place // 8 + place // len(_UNITS)),
                "weighted_units": "0.125",
                "mark": str(mark),
                "grade": grade,
                "grade_description": description,
            }
        )
    if completed:
        rows.append(course | _award(first, plan.results))
    return rows


def _award(first: int, results: int) -> Row:
    """Return the cells of a completed Course row."""
    return {
        "level": "Course",
        "status": "3",
        "study_year": str(first),
        "completion_year": str(first + max(1, (results + 7) // 8)),
        "grade": "AWD",
        "grade_description": "Awarded",
    }


def _write_pdfs(directory: Path, plan: _Plan, number: int) -> None:
    """Write a student's transcript, and the testamur if the course was completed."""
    code = _code(plan, number)
    course = people.COURSES[number % len(people.COURSES)][1]
    kinds = ["academic transcripts", "testamurs"] if _completed(plan, number) else ["academic transcripts"]
    for kind in kinds:
        (directory / f"{code}-{kind}.pdf").write_bytes(small_pdf([kind.capitalize(), code, course]))
