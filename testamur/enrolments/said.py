"""What somebody says when they enrol a student, and what is wrong with it before anything is looked up.

The columns that findings name are those of docs/formats/enrolments.md, and of the forms.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from testamur.enrolments import rules
from testamur.kernel.usi import is_exemption_code, parse_usi
from testamur.kernel.verdict import Finding, Severity
from testamur.students.entering import EnteredStudent

_LOCAL_ID: Final = re.compile(r"[!-~]{1,20}")
_CODE: Final = re.compile(r"[A-Z0-9][A-Z0-9.\-]{0,19}")
_EARLIEST: Final = date(1990, 1, 1)
_AHEAD_DAYS: Final = 5 * 366
_CLAUSE: Final = "Compliance Standards 2025, section 9(1)"
_USI_CLAUSE: Final = "Student Identifiers Act 2014, section 10"


@dataclass(frozen=True, slots=True)
class NewEnrolment:
    """One enrolment as it is said: who, in what, since when. Code, kind and title as they stood on the day of enrolment."""

    student: EnteredStudent
    product_code: str
    product_kind: str
    product_title: str
    enrolled_on: date
    sector: str = "vet"
    product_release: str = ""
    stream: str = ""
    delivery_site: str = ""
    third_party: str = ""
    commenced_on: date | None = None
    expected_until: date | None = None


DETAILS: Final = (
    "sector", "product_kind", "product_title", "product_release", "stream", "delivery_site", "third_party", "commenced_on",
    "expected_until",
)  # fmt: skip
LENGTHS: Final = {
    "product_title": 255, "product_release": 20, "stream": 120, "delivery_site": 120, "third_party": 120,
}  # fmt: skip


def wrong(column: str, rule: str, message: str, *, source: str = _CLAUSE) -> Finding:
    """Return an error about one column."""
    return Finding(rule, message, source, severity=Severity.ERROR, column=column)


def check_enrolment(new: NewEnrolment, *, today: date) -> list[Finding]:
    """Return what is wrong with an enrolment as it is said; `today` is the day at the provider."""
    found = check_student(new.student, today=today)
    if not _CODE.fullmatch(new.product_code):
        found.append(wrong("product_code", "E02", "The code is not one of capital letters and digits, at most 20."))
    if new.product_kind not in rules.KINDS:
        found.append(wrong("product_kind", "E03", f"The kind is none of {', '.join(rules.KINDS)}."))
    if new.sector not in rules.SECTORS:
        found.append(wrong("sector", "E03", "The sector is neither vet nor he."))
    if not new.product_title:
        found.append(wrong("product_title", "E01", "The product has no title. Write it as the national register does."))
    return found + _texts(new, LENGTHS) + _check_days(new, today)


def _texts(said: object, lengths: Mapping[str, int]) -> list[Finding]:
    """Return which texts are too long or hold a sign that is none, such as a control character."""
    return [
        wrong(name, "E02", f"The text is longer than {most} characters or holds a sign that cannot be printed.")
        for name, most in lengths.items()
        if len(text := str(getattr(said, name))) > most or not text.isprintable()
    ]


def _check_days(new: NewEnrolment, today: date) -> list[Finding]:
    """Return what is wrong with the days of an enrolment."""
    found = []
    if not _EARLIEST <= new.enrolled_on <= today + timedelta(days=_AHEAD_DAYS):
        message = "The day of enrolment lies before 1990 or more than five years ahead. Check the year."
        found.append(wrong("enrolled_on", "E05", message))
    if new.commenced_on and new.commenced_on < new.enrolled_on:
        found.append(wrong("commenced_on", "E05", "Training begins before the day of enrolment."))
    if new.commenced_on and new.commenced_on > today:
        found.append(
            wrong("commenced_on", "E05", "The day of commencement lies in the future. Leave it out until then.")
        )
    if new.expected_until and new.expected_until < new.enrolled_on:
        found.append(wrong("expected_until", "E05", "The expected end lies before the day of enrolment."))
    return found


def check_student(said: EnteredStudent, *, today: date) -> list[Finding]:
    """Return what is wrong with a student as they are entered; a USI may be missing, and a bad one is named without it (USI-09)."""
    found = []
    if not _LOCAL_ID.fullmatch(said.local_id):
        found.append(wrong("student_id", "E02", "The student number is not 1 to 20 signs without a space."))
    found += _texts(said, dict.fromkeys(("family_name", "given_name", "other_names"), 120))
    if said.gender not in ("", "F", "M", "X"):
        found.append(wrong("gender", "E03", "The gender is none of F, M, X. It may be left out."))
    if said.birth_date and not date(1900, 1, 2) <= said.birth_date <= today:
        found.append(wrong("birth_date", "E05", "The date of birth is no day on which a student was born."))
    if said.number and not is_exemption_code(said.number) and parse_usi(said.number) is None:
        message = "This can be no USI: a sign is wrong or missing. Check it against the student's own."
        found.append(wrong("usi", "USI-09", message, source=_USI_CLAUSE))
    if parse_usi(said.local_id) is not None:
        message = "The student number has the form of a USI. A USI is nobody's student number: use your own."
        found.append(wrong("student_id", "USI-06", message, source="Student Identifiers Act 2014, section 19(2)"))
    return found


@dataclass(frozen=True, slots=True)
class FeeSaid:
    """One entry: its kind, the sum in cents (negative takes back), the day, and the reference by which it is known again."""

    kind: str
    cents: int
    entry_date: date
    reference: str


def check_fee(said: FeeSaid, *, today: date) -> list[Finding]:
    """Return what is wrong with one entry of a fee agreement. Clause: Compliance Standards 2025, section 9(2)(b)."""
    found = _texts(said, {"reference": 60})
    if said.kind not in rules.FEE_KINDS:
        found.append(wrong("kind", "E03", f"The entry is none of {', '.join(rules.FEE_KINDS)}."))
    if not said.cents or abs(said.cents) > rules.MOST_CENTS:
        found.append(wrong("amount", "E06", "The amount is no sum of dollars and cents other than 0."))
    if said.entry_date > today:
        found.append(wrong("on", "E05", "The entry's day lies in the future."))
    if not said.reference:
        found.append(wrong("reference", "E01", "The entry has no reference, such as an invoice's number."))
    return found


@dataclass(frozen=True, slots=True)
class AttestationSaid:
    """How the person was checked (one of rules.IDENTITY_CHECKS), on which day, and which assessor attests it."""

    check_kind: str
    checked_on: date
    assessor: str


def check_attestation(said: AttestationSaid, *, today: date) -> list[Finding]:
    """Return what is wrong with an attestation as it is said. Pure. Clause: Compliance Standards 2025, section 9(1)."""
    found = [one.at(column="identity_assessor") for one in _texts(said, {"assessor": 120})]
    if said.check_kind not in rules.IDENTITY_CHECKS:
        found.append(wrong("identity_check", "E03", f"The check is none of {', '.join(rules.IDENTITY_CHECKS)}."))
    if said.checked_on > today:
        found.append(wrong("identity_checked_on", "E05", "The day of the check lies in the future."))
    if not said.assessor:
        found.append(wrong("identity_assessor", "E01", "The attestation names no assessor."))
    return found


@dataclass(frozen=True, slots=True)
class ContractSaid:
    """A training contract as it is said: number, State or Territory, its term, and when it was cancelled."""

    number: str
    jurisdiction: str
    contract_from: date
    contract_until: date | None = None
    cancelled_on: date | None = None


def check_contract(said: ContractSaid, *, today: date) -> list[Finding]:
    """Return what is wrong with a training contract as it is said. Pure. Clause: Compliance Standards 2025, section 11(1)(i)."""
    found = [one.at(column="contract_number") for one in _texts(said, {"number": 40})]
    if not said.number:
        found.append(wrong("contract_number", "E01", "The contract has no number."))
    if said.jurisdiction not in rules.JURISDICTIONS:
        found.append(wrong("contract_state", "E03", f"The State is none of {', '.join(rules.JURISDICTIONS)}."))
    if said.contract_until and said.contract_until < said.contract_from:
        found.append(wrong("contract_until", "E05", "The contract ends before it begins."))
    if said.cancelled_on and not said.contract_from <= said.cancelled_on <= today:
        message = "The contract was cancelled before it began, or the day lies in the future."
        found.append(wrong("contract_cancelled_on", "E05", message))
    return found


@dataclass(frozen=True, slots=True)
class ExitSaid:
    """That a student left: on which day, why (one of rules.EXIT_REASONS), and in words where that helps."""

    exited_on: date
    reason: str
    note: str = ""


def check_exit(said: ExitSaid, enrolled_on: date, *, today: date) -> list[Finding]:
    """Return what is wrong with an exit as it is said. Pure."""
    found = _texts(said, {"note": 400})
    if said.reason not in rules.EXIT_REASONS:
        found.append(wrong("exit_reason", "E03", f"The reason is none of {', '.join(rules.EXIT_REASONS)}."))
    if not enrolled_on <= said.exited_on <= today:
        message = "A student leaves on or after the day of enrolment and not in the future. Check the day."
        found.append(wrong("exited_on", "E05", message))
    return found


_OUTCOME_TEXTS: Final = {"unit_title": 255, "assessor": 120, "mark": 10, "grade": 10}


def check_outcome(said: rules.OutcomeSaid, *, today: date) -> list[Finding]:
    """Return what is wrong with an outcome as it is said: what rules.check_outcome finds, and texts that cannot be kept."""
    return rules.check_outcome(said, today=today) + _texts(said, _OUTCOME_TEXTS)
