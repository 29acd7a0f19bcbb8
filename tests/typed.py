"""Certificates as people type them, for tests: a clean one, and faults planted one at a time, each under its rule."""

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Final

from testamur.submissions.by_hand import TypedCertificate
from testamur.submissions.certificates.writing import header
from testamur.submissions.layouts import load_format

CLEAN: Final[Mapping[str, str]] = {
    "student_id": "S1",
    "given_name": "Grace",
    "surname": "Nguyen",
    "birth_date": "27/08/1996",
    "gender": "F",
    "certificate_type": "Testamur",
    "program_code": "BSB40215",
    "program_title": "Certificate IV in Business",
    "issue_date": "01/03/2019",
    "number": "P-0001",
    "language": "English",
}
UNITS: Final[Sequence[Mapping[str, str]]] = (
    {"unit_code": "BSBWRT401", "unit_title": "Write complex documents", "unit_outcome": "20"},
    {"unit_code": "BSBCUS401", "unit_title": "Coordinate customer service", "unit_outcome": "51"},
)
# What is typed in place of the clean cell, and the rule and severity that name it; a field of a unit is the first unit's.
FAULTS: Final[Mapping[str, tuple[Mapping[str, str], str, str]]] = {
    "no_surname": ({"surname": ""}, "C05", "error"),
    "no_student_id": ({"student_id": ""}, "C01", "error"),
    "no_birth_date": ({"birth_date": ""}, "C06", "error"),
    "birth_date_not_known": ({"birth_date": "01/01/1901"}, "C06", "warning"),
    "no_such_day": ({"birth_date": "31/02/1996"}, "C06", "error"),
    "month_before_day": ({"issue_date": "03/21/2019"}, "C11", "error"),
    "day_of_year": ({"issue_date": "131/05/2019"}, "C11", "error"),
    "issued_in_the_future": ({"issue_date": "01/03/2999"}, "C11", "error"),
    "issued_to_a_child": ({"issue_date": "01/03/2001"}, "C11", "error"),
    "issued_before_2010": ({"issue_date": "01/03/2009"}, "C11", "info"),
    "gender_not_listed": ({"gender": "Q"}, "C07", "error"),
    "type_not_listed": ({"certificate_type": "Diploma"}, "C08", "error"),
    "testamur_without_program": ({"program_code": "", "program_title": ""}, "C09", "error"),
    "program_code_misshapen": ({"program_code": "BSB 40215"}, "C09", "error"),
    "no_program_title": ({"program_title": ""}, "C10", "warning"),
    "no_number": ({"number": ""}, "C12", "error"),
    "number_in_powers_of_ten": ({"number": "1.2E+11"}, "C12", "error"),
    "no_language": ({"language": ""}, "C13", "error"),
    "completed_after_issue": ({"completion_date": "01/03/2020"}, "C14", "warning"),
    "postcode_misshapen": ({"postcode": "20A0"}, "C16", "error"),
    "identifier_with_wrong_check_character": ({"usi": "BNGH7C75FM"}, "C17", "warning"),
    "no_address": ({"email": "grace at example"}, "C18", "warning"),
    "unit_code_misshapen": ({"unit_code": "BSB WRT"}, "C19", "error"),
    "unit_without_title": ({"unit_title": ""}, "C20", "warning"),
    "unit_not_achieved": ({"unit_outcome": "30"}, "C21", "error"),
    "unit_ended_after_issue": ({"unit_date": "01/04/2019"}, "C22", "error"),
    "unit_before_its_first_release": ({"unit_code": "ZZORC201", "issue_date": "01/03/2012"}, "D02", "warning"),
    "a_formula": ({"surname": "=1+1"}, "C05", "error"),
}


def planted(cells: Mapping[str, str]) -> tuple[dict[str, str], list[dict[str, str]]]:
    """Return the cells of the clean certificate and its units with others in their place."""
    of_unit = {name: text for name, text in cells.items() if name.startswith("unit_")}
    of_certificate = {name: text for name, text in cells.items() if name not in of_unit}
    return {**CLEAN, **of_certificate}, [{**UNITS[0], **of_unit}, dict(UNITS[1])]


def typed(units: Sequence[Mapping[str, str]] | None = None, **cells: str) -> TypedCertificate:
    """Return the clean certificate with some cells changed."""
    said, each = planted(cells)
    return TypedCertificate.of(said, each if units is None else units)


def as_file(said: Mapping[str, str], units: Sequence[Mapping[str, str]]) -> bytes:
    """Return a certificate as a provider's own system would export it, with the same cells."""
    names = [field.name for field in load_format("certificates").files["certificates"].fields]
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(header())
    for unit in units or [{}]:
        row = {**said, **unit}
        writer.writerow([row.get(name, "") for name in names])
    return text.getvalue().encode()
