"""What the demo's closed provider lodged: a sealed history with the demo's own students in it, and a faulty second submission;
and the first years of the one that ceases."""

import csv
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Final
from uuid import UUID

from testamur.accounts.roles import Role
from testamur.kernel import tenancy
from testamur.log import actions as log_actions
from testamur.service.synthetic import teqsa
from testamur.service.synthetic.faults import RECORDS, RESULTS, Row
from testamur.service.synthetic.pdfs import small_pdf
from testamur.service.synthetic.people import GIVEN_NAMES, GRADES, SURNAMES
from testamur.service.world import people
from testamur.service.world.people import Persona, account_of
from testamur.service.world.providers import Place
from testamur.submissions import actions as submissions_actions
from testamur.submissions.layouts import load_format

COURSE: Final = ("BSC11", "Bachelor of Science (Ecology)")
FIRST_YEAR: Final = {people.VERIFIED.key: 2015, people.PENDING.key: 2013, people.FRESH.key: 2017}
_CODES: Final = {people.VERIFIED.key: "HL-27081", people.PENDING.key: "HL-03024", people.FRESH.key: "HL-19115"}
_RESULTS_PER_STUDENT: Final = 11
_PDFS: Final = 25
_FEW: Final = 6
_UNITS: Final = (
    ("BIO", "Foundations of Biology", "Cell Biology"),
    ("CHE", "General Chemistry", "Chemistry of Soils and Waters"),
    ("STA", "Statistics for Scientists", "Design of Field Studies"),
    ("ECO", "Ecology of Arid Lands", "Ecology of Coasts and Reefs"),
    ("GEO", "Maps and Measurement", "Remote Sensing"),
    ("BOT", "Plants of Australia", "Plant Communities and Fire"),
    ("ZOO", "Vertebrates of Australia", "Insects and Pollination"),
    ("ENV", "Land, Law and Custodians", "Restoration in Practice"),
)
# Faults as a real export has them: the same few mistakes again and again.
_FAULTS: Final = (
    ("V07 other status", 6),
    ("N3a neither", 4),
    ("V24 no such day", 3),
    ("V31 too long", 2),
    ("V08 letter", 2),
    ("F3 unknown student", 1),
    ("V32 wrong check", 5),
    ("V26 comma", 3),
)


def lodge_history(place: Place, folder: Path, *, seed: int, students: int, at: datetime) -> None:
    """Lodge a clean bundle of so many students, the demo's own among them, and lead it to its sealing and to the log."""
    own = people.HIGHER_STUDENTS
    teqsa.write_bundle(
        folder, students=students - len(own), results_per_student=_RESULTS_PER_STUDENT, seed=seed, pdfs=_PDFS
    )
    for one in own:
        add_student(folder, one, code=_CODES[one.key], first_year=FIRST_YEAR[one.key])
    _seal(place, folder, people.PROVIDER_STAFF, at=at)


def lodge_first_years(place: Place, folder: Path, *, at: datetime) -> None:
    """Lodge what a ceasing provider taught in its first years and seal it; for every later year nothing was ever received."""
    teqsa.write_bundle(folder, students=0, results_per_student=_RESULTS_PER_STUDENT, seed=0)
    for number in range(_FEW):
        given, surname = GIVEN_NAMES[number], SURNAMES[-1 - number]
        one = Persona("", Role.STUDENT, f"{given} {surname}", "", "", date(1990 + number, 1 + number, 10 + number))
        add_student(folder, one, code=f"SB-{1000 + number}", first_year=2014 + number % 2)
    _seal(place, folder, people.CEASING_STAFF, at=at)


def _seal(place: Place, folder: Path, staff: Sequence[Persona], *, at: datetime) -> None:
    """Lead a bundle from its check to its sealing and to the log: the first of a provider's staff lodges, the other declares."""
    officer, administrator = staff
    submission = open_checked(place, folder, at=at, officer=officer)
    with tenancy.for_provider(place.id):
        submissions_actions.declare_submission(submission, by=account_of(administrator), at=at, wake=False)
    submissions_actions.seal_submission(submission, at=at)
    log_actions.seal(at=at)


def lodge_faulty(place: Place, folder: Path, *, seed: int, at: datetime) -> None:
    """Lodge a bundle with planted faults and have it checked, so that its findings wait."""
    faults = [name for name, count in _FAULTS for _ in range(count)]
    teqsa.write_bundle(folder, students=90, results_per_student=8, seed=seed + 1, faults=faults, pdfs=90)
    open_checked(place, folder, at=at)


def open_checked(
    place: Place, folder: Path, *, at: datetime, form: str = "teqsa", officer: Persona = people.DATA_OFFICER
) -> UUID:
    """Lodge the folder's files as a data officer, and do the worker's check; return the submission's id."""
    files = [submissions_actions.ArrivingFile(path.name, path) for path in sorted(folder.iterdir())]
    with tenancy.for_provider(place.id):
        submission = submissions_actions.lodge_submission(
            place.id, files, format=form, by=account_of(officer), at=at, wake=False
        )
    submissions_actions.check_submission(submission, at=at)
    return submission


def add_student(folder: Path, persona: Persona, *, code: str, first_year: int) -> None:
    """Add somebody to a bundle who took three years over a degree of 24 units: rows, a transcript and a testamur."""
    given, _, surname = persona.name.partition(" ")
    if persona.born is None:
        raise ValueError("A student of the demo has a date of birth.")
    record = {
        "student_code": code,
        "title": "Mx",
        "surname": surname,
        "given_name": given,
        "birth_date": f"{persona.born:%d/%m/%Y}",
        "suburb": "Coolum",
        "state": "QLD",
        "country": "Australia",
        "postcode": "4573",
        "commencement_date": f"01/03/{first_year}",
    }
    _append(folder / f"{RECORDS} v1.csv", RECORDS, [record])
    _append(folder / f"{RESULTS} v1.csv", RESULTS, _degree(code, first_year))
    for kind, words in (("academic transcripts", "Academic transcript"), ("testamurs", "Testamur")):
        (folder / f"{code}-{kind}.pdf").write_bytes(small_pdf([words, persona.name, COURSE[1], str(first_year + 2)]))


def _degree(code: str, first_year: int) -> list[Row]:
    """Return the rows of a degree: eight units a year for three years, and the course at the end."""
    course = {"student_code": code, "course_code": COURSE[0], "course_name": COURSE[1]}
    rows = []
    for year in range(3):
        for place, (prefix, first, second) in enumerate(_UNITS):
            mark = 58 + (place * 11 + year * 17 + first_year) % 38
            grade, description = next((grade, words) for least, grade, words in GRADES if mark >= least)
            rows.append(
                course
                | {
                    "level": "Unit of Study",
                    "unit_code": f"{prefix}{year + 1}{place + 1:02d}",
                    "unit_name": (first, second, f"{second}: Project")[year],
                    "status": "3",
                    "study_year": str(first_year + year),
                    "weighted_units": "0.125",
                    "mark": str(mark),
                    "grade": grade,
                    "grade_description": description,
                }
            )
    award = {"level": "Course", "status": "3", "study_year": str(first_year), "completion_year": str(first_year + 2)}
    return [*rows, course | award | {"grade": "AWD", "grade_description": "Awarded"}]


def _append(path: Path, kind: str, rows: list[Row]) -> None:
    """Append rows to a file of a kind; cells that are not named stay empty."""
    fields = load_format("teqsa").files[kind].fields
    with path.open("a", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, lineterminator="\r\n")
        writer.writerows([row.get(field.name, "") for field in fields] for row in rows)
