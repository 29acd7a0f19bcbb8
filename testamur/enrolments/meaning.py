"""What a row of a file says: an enrolment with what stands beside it, an outcome, an entry of fees (docs/formats/enrolments.md)."""

from dataclasses import dataclass
from datetime import date

from testamur.enrolments.files import Cells
from testamur.enrolments.rules import OutcomeSaid
from testamur.enrolments.said import AttestationSaid, ContractSaid, ExitSaid, FeeSaid, NewEnrolment, wrong
from testamur.students import entering
from testamur.students.entering import EnteredStudent

Key = tuple[str, str, date | None]


@dataclass(frozen=True, slots=True)
class EnrolmentRow:
    """One row of enrolments.csv."""

    cells: Cells
    new: NewEnrolment | None
    exit: ExitSaid | None
    contract: ContractSaid | None
    attestation: AttestationSaid | None
    timely: tuple[date, str] | None
    completed: bool


@dataclass(frozen=True, slots=True)
class OutcomeRow:
    """One row of outcomes.csv: of which enrolment, and what it says."""

    cells: Cells
    key: Key
    said: OutcomeSaid


@dataclass(frozen=True, slots=True)
class FeeRow:
    """One row of fees.csv; `said` is None where sum or day cannot be read."""

    cells: Cells
    key: Key
    said: FeeSaid | None


def key_of(cells: Cells) -> Key:
    """Return which enrolment a row is about: student number, product, and the day where it says one."""
    return entering.number_of(cells.text("student_id")), cells.text("product_code").upper(), cells.day("enrolled_on")


def enrolment_row(cells: Cells) -> EnrolmentRow:
    """Return what a row of enrolments.csv says; what cannot be read is among the cells' findings."""
    number, product, enrolled_on = key_of(cells)
    student = EnteredStudent(
        local_id=number,
        family_name=cells.text("family_name"),
        given_name=cells.text("given_name"),
        other_names=cells.text("other_names"),
        birth_date=cells.day("birth_date"),
        gender=cells.text("gender").upper(),
        number=cells.protected("usi"),
    )
    commenced, expected = cells.day("commenced_on"), cells.day("expected_until")
    if cells.text("completed").upper() not in ("", "Y", "N"):
        cells.findings.append(wrong("completed", "E03", "Write Y once training is over, or leave the cell empty."))
    beside = (_exit(cells), _contract(cells), _attestation(cells), _timely(cells))
    new = None
    if enrolled_on and not cells.findings:
        new = NewEnrolment(
            student=student,
            product_code=product,
            product_kind=cells.text("product_kind").casefold(),
            product_title=cells.text("product_title"),
            enrolled_on=enrolled_on,
            sector=cells.text("sector", "vet").casefold(),
            product_release=cells.text("product_release"),
            stream=cells.text("stream"),
            delivery_site=cells.text("delivery_site"),
            third_party=cells.text("third_party"),
            commenced_on=commenced,
            expected_until=expected,
        )
    return EnrolmentRow(cells, new, *beside, completed=cells.text("completed").upper() == "Y")


def _needed(cells: Cells, first: str, *others: str) -> bool:
    """Say whether a group of columns is filled; one that is begun and lacks a part is a finding."""
    if not any(cells.text(name) for name in (first, *others)):
        return False
    lacking = [name for name in (first, *others) if not cells.text(name)]
    message = f"This cell belongs to {first} and may not be empty while another of them is filled."
    cells.findings += [wrong(name, "E01", message) for name in lacking]
    return not lacking


def _exit(cells: Cells) -> ExitSaid | None:
    """Return the exit of a row."""
    if not _needed(cells, "exited_on", "exit_reason") or not (day := cells.day("exited_on")):
        return None
    return ExitSaid(day, cells.text("exit_reason").casefold())


def _contract(cells: Cells) -> ContractSaid | None:
    """Return the training contract of a row."""
    until, cancelled = cells.day("contract_until"), cells.day("contract_cancelled_on")
    if not _needed(cells, "contract_number", "contract_state", "contract_from") or not (
        since := cells.day("contract_from")
    ):
        return None
    return ContractSaid(cells.text("contract_number"), cells.text("contract_state").upper(), since, until, cancelled)


def _attestation(cells: Cells) -> AttestationSaid | None:
    """Return the attestation of a row."""
    if not _needed(cells, "identity_check", "identity_checked_on", "identity_assessor") or not (
        day := cells.day("identity_checked_on")
    ):
        return None
    return AttestationSaid(cells.text("identity_check").casefold(), day, cells.text("identity_assessor"))


def _timely(cells: Cells) -> tuple[date, str] | None:
    """Return the timely date of a row with its reasons."""
    if not _needed(cells, "timely_date", "timely_reasons") or not (day := cells.day("timely_date")):
        return None
    return day, cells.text("timely_reasons")


def outcome_row(cells: Cells) -> OutcomeRow:
    """Return what a row of outcomes.csv says."""
    said = OutcomeSaid(
        unit_code=cells.text("unit_code").upper(),
        unit_title=cells.text("unit_title"),
        outcome=cells.text("outcome").casefold(),
        method=cells.text("method", "assessed").casefold(),
        decided_on=cells.day("decided_on"),
        assessor=cells.text("assessor"),
        started_on=cells.day("started_on"),
        ended_on=cells.day("ended_on"),
        delivered_in=cells.text("delivered_in").casefold(),
        assessed_in=cells.text("assessed_in").casefold(),
        mark=cells.text("mark"),
        grade=cells.text("grade"),
        reason=cells.text("reason"),
    )
    return OutcomeRow(cells, key_of(cells), said)


def fee_row(cells: Cells) -> FeeRow:
    """Return what a row of fees.csv says."""
    cents, day = cells.cents("amount"), cells.day("on")
    said = None
    if cents is not None and day is not None:
        said = FeeSaid(cells.text("kind").casefold(), cents, day, cells.text("reference"))
    return FeeRow(cells, key_of(cells), said)
