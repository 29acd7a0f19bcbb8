"""Small TEQSA bundles for tests: one sound record, one sound unit row and one sound Course row, with cells changed."""

import csv
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

from testamur.submissions.bundles import open_bundle
from testamur.submissions.checking import CheckOutcome, check_bundle
from testamur.submissions.layouts import load_format

ON = date(2025, 11, 23)
RECORDS, RESULTS = "studentrecords", "studentresults"
FILES = load_format("teqsa").files

RECORD = {
    "student_code": "S10001",
    "title": "Ms",
    "surname": "Okonkwo",
    "given_name": "Chloé",
    "birth_date": "09/02/1990",
    "commencement_date": "01/02/2012",
}
UNIT = {
    "student_code": "S10001",
    "level": "Unit of Study",
    "course_code": "BSC11",
    "unit_code": "ECO101",
    "course_name": "Bachelor of Science (Ecology)",
    "unit_name": "Ecology of Arid Lands",
    "status": "3",
    "study_year": "2012",
    "mark": "74",
    "grade": "C",
    "grade_description": "Credit",
}
COURSE = UNIT | {"level": "Course", "unit_code": "", "unit_name": "", "mark": "", "completion_year": "2015"}


def write(folder: Path, records: Sequence[dict[str, str]], results: Sequence[dict[str, str]], **how: Any) -> Path:
    """Write both files of a bundle; cells that are not given are empty."""
    folder.mkdir(parents=True, exist_ok=True)
    for kind, rows in ((RECORDS, records), (RESULTS, results)):
        fields = FILES[kind].fields
        with (folder / f"{kind} v1.csv").open("w", encoding=how.get("encoding", "utf-8"), newline="") as out:
            writer = csv.writer(out)
            writer.writerow([field.header for field in fields])
            writer.writerows([row.get(field.name, "") for field in fields] for row in rows)
    return folder


def check(*paths: Path, **how: Any) -> CheckOutcome:
    """Check a bundle, strict on 23 November 2025 unless said otherwise."""
    with open_bundle(paths) as bundle:
        return check_bundle(bundle, **{"profile": "strict", "on": ON, **how})


def found(outcome: CheckOutcome) -> list[tuple[str, str, int | None, str | None]]:
    """Return rule, severity, row and column of every finding but those about missing testamurs."""
    return [(item.rule, str(item.severity), item.row, item.column) for item in outcome if item.rule != "F7"]
