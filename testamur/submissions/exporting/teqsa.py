"""Higher education records as the provider lodged them: studentresults v1.csv and studentrecords v1.csv."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from testamur.kernel.periods import Precision
from testamur.submissions.certificates.days import printed
from testamur.submissions.certificates.writing import csv_text
from testamur.submissions.exporting.reading import HeldStudent, code_of, day_of, title_of
from testamur.submissions.layouts import load_format

_RECORDS, _RESULTS = "studentrecords", "studentresults"
_NO_NAME: Final = "9999"
_NO_BIRTH: Final = "01/01/1901"
_FACTS: Final = {
    "completion_year": "completed_year",
    "credit_granted": "credit",
    "weighted_units": "weighting",
    "mark": "mark",
    "grade": "grade",
    "grade_description": "grade_description",
    "subsidiary_component": "subsidiary",
    "lote": "language",
    "status": "status",
}
_CONTACT: Final = ("address_1", "address_2", "suburb", "state", "country", "postcode", "phone", "email")
_LEVELS: Final = {"COURSE_RESULT": "Course", "UNIT_RESULT": "Unit of Study"}


class TeqsaWriter:
    """Writes results as the main file and keeps the records beside it until the end."""

    main = f"{_RESULTS} v1.csv"

    def __init__(self, folder: Path) -> None:
        """Open the file of student records in a folder."""
        layouts = load_format("teqsa").files
        self.record_columns = [field.name for field in layouts[_RECORDS].fields]
        self.result_columns = [field.name for field in layouts[_RESULTS].fields]
        self.headers = {kind: [field.header for field in layouts[kind].fields] for kind in (_RECORDS, _RESULTS)}
        self.records = folder / _RECORDS
        self.records.write_text(csv_text([self.headers[_RECORDS]]), encoding="utf-8-sig", newline="")

    def head(self) -> bytes:
        """Return the header of the results, with the mark of UTF-8."""
        return csv_text([self.headers[_RESULTS]]).encode("utf-8-sig")

    def students(self, students: list[HeldStudent]) -> bytes:
        """Return the results of some students and keep their records."""
        records = ([_record(one).get(name, "") for name in self.record_columns] for one in students)
        with self.records.open("a", encoding="utf-8", newline="") as stream:
            stream.write(csv_text(records))
        results = (row for one in students for row in _results(one))
        return csv_text([row.get(name, "") for name in self.result_columns] for row in results).encode()

    def rest(self) -> Iterator[tuple[str, Path]]:
        """Yield the student records."""
        yield f"{_RECORDS} v1.csv", self.records

    def close(self) -> None:
        """Nothing is open."""


def _record(one: HeldStudent) -> dict[str, str]:
    """Return the cells of a student's record; a single name stands as surname, as the definition asks."""
    card = one.card
    birth = card.birth.earliest if card.birth.precision is Precision.DAY and not card.birth.placeholder else None
    return {
        "student_code": card.local_id,
        "title": card.title,
        "surname": card.family_name,
        "given_name": _NO_NAME if card.single_name else card.given_name,
        "other_names": card.other_names,
        "birth_date": printed(birth) if birth else _NO_BIRTH,
        "gender": card.gender,
        **{name: one.contact.get(name, "") for name in _CONTACT},
        "commencement_date": _commenced(one.commenced),
    }


def _commenced(text: str) -> str:
    """Return a commencement as the file writes it: day 01 where only the month is held."""
    day = day_of({"day": f"{text}-01" if len(text) == len("2015-03") else text}, "day")
    return printed(day) if day else ""


def _results(one: HeldStudent) -> Iterator[dict[str, str]]:
    """Yield the cells of a student's results, courses and units in the order in which they were lodged."""
    for record in one.records:
        level = _LEVELS.get(record.kind.name)
        if level is None:
            continue
        facts = record.facts
        yield {
            "student_code": one.card.local_id,
            "level": level,
            "course_code": code_of(record.course) or "",
            "course_name": title_of(record.course) or "",
            "unit_code": code_of(record.unit) or "",
            "unit_name": title_of(record.unit) or "",
            "study_year": str(facts.get("year") or 0),
            **{column: str(facts[fact]) for column, fact in _FACTS.items() if facts.get(fact) is not None},
        }
