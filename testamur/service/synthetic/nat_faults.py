"""Faults that the generator of NAT files can plant, one to a client, each in the way a real export goes wrong."""

from collections.abc import Callable
from dataclasses import dataclass

Row = dict[str, str]
A, C = "NAT00120", "NAT00130"


@dataclass(frozen=True, slots=True)
class NatFault:
    """One way to spoil a row: the rule it breaks, the file, the field of the finding, and how it weighs.

    `adds` writes the spoilt row behind the good one; `every` says that all rows of the client then have the finding;
    `drops` leaves the client's row out.
    """

    name: str
    rule: str
    kind: str
    column: str | None
    severity: str
    spoil: Callable[[Row], Row]
    adds: bool = False
    every: bool = False
    drops: bool = False


def _put(**cells: str | Callable[[Row], str]) -> Callable[[Row], Row]:
    """Return a spoiler that writes some cells."""

    def spoil(row: Row) -> Row:
        return row | {name: cell if isinstance(cell, str) else cell(row) for name, cell in cells.items()}

    return spoil


def _fault(
    name: str, kind: str, column: str | None, severity: str = "error", **cells: str | Callable[[Row], str]
) -> NatFault:
    return NatFault(name, name.split(" ", 1)[0], kind, column, severity, _put(**cells))


def _twice(name: str, kind: str, column: str | None, severity: str = "error", **cells: str) -> NatFault:
    return NatFault(name, name.split(" ", 1)[0], kind, column, severity, _put(**cells), adds=True, every=True)


def _year(row: Row, name: str) -> int:
    return int(row[name][4:])


def _start_late(row: Row) -> str:
    return f"0101{_year(row, 'activity_start_date') + 1}"


def _end(years: int) -> Callable[[Row], str]:
    return lambda row: f"3011{_year(row, 'activity_start_date') + years}"


FAULTS: tuple[NatFault, ...] = (
    _twice("R01e client twice", "NAT00080", "client_identifier"),
    _twice("R01f contact twice", "NAT00085", "client_identifier"),
    _twice("R02 activity twice", A, "subject_identifier"),
    _twice("R03a completion twice", C, "program_identifier"),
    _fault("R03b no such day", C, "date_program_completed", date_program_completed="31112024"),
    _fault(
        "R04a end before start", A, "activity_end_date", activity_start_date="01112024", activity_end_date="01032024"
    ),
    _fault("R05b other year", A, "activity_end_date", activity_end_date=_end(1)),
    _fault("R05a continuing and ended", A, "activity_end_date", outcome_identifier_national="70"),
    _fault("R06b unit only in program", A, "commencing_program_identifier", commencing_program_identifier="8"),
    _fault("R06a program without", A, "commencing_program_identifier", program_identifier=""),
    _fault("R07a contract alone", A, "training_contract_identifier", training_contract_identifier="TC1"),
    _fault("R08a funding without id", A, "specific_funding_identifier", "warning", funding_source_national="13"),
    _fault("R08b id without funding", A, "specific_funding_identifier", specific_funding_identifier="SF1"),
    _fault("R09a recognition delivered", A, "delivery_mode_identifier", outcome_identifier_national="51"),
    _fault("R09c nothing delivered", A, "delivery_mode_identifier", "warning", delivery_mode_identifier="NNN"),
    _fault(
        "R10 superseded alone",
        A,
        "outcome_identifier_national",
        outcome_identifier_national="61",
        activity_start_date="09092024",
    ),
    _fault("R11a overseas at home", "NAT00080", "state_identifier", postcode="OSPC", address_location="Not specified"),
    _fault("R11e other state", "NAT00080", "postcode", "warning", postcode="0820"),
    _fault("R13a spaced client", "NAT00080", "client_identifier", client_identifier="C 1"),
    _fault("R14a no USI", "NAT00080", "unique_student_identifier", "warning", unique_student_identifier=""),
    _fault("R14b wrong USI", "NAT00080", "unique_student_identifier", unique_student_identifier="XNY5NV9WG8"),
    _fault("X10 unknown client", A, "client_identifier", client_identifier="NOBODY"),
    _fault("X10 unknown subject", A, "subject_identifier", subject_identifier="NOTHING"),
    _fault("X10 unknown program", A, "program_identifier", program_identifier="NOPROG"),
    _fault("X10 unknown location", A, "delivery_location_identifier", delivery_location_identifier="NOWHERE"),
    _fault("X11 unknown program", C, "program_identifier", program_identifier="NOPROG"),
    _fault("X11 unknown organisation", C, "training_organisation_identifier", training_organisation_identifier="99999"),
    _fault("X09 contact of nobody", "NAT00085", "client_identifier", client_identifier="NOBODY"),
    _fault("L-type delivery mode", A, "delivery_mode_identifier", delivery_mode_identifier="10"),
    _fault("L-type no such start", A, "activity_start_date", activity_start_date="31022024"),
    _fault("L-type outcome 90", A, "outcome_identifier_national", "warning", outcome_identifier_national="90"),
    _fault("L-fill no outcome", A, "outcome_identifier_national", "warning", outcome_identifier_national=""),
    _fault("L-fill no funding", A, "funding_source_national", funding_source_national=""),
    _fault("L-type birth date", "NAT00080", "date_of_birth", date_of_birth="31021990"),
    _fault("L-fill no family name", "NAT00085", "client_family_name", client_family_name=""),
    _fault("L-type letters beyond ASCII", "NAT00085", "client_family_name", "warning", client_family_name="Nú\xf1ez"),
)
BY_NAME = {fault.name: fault for fault in FAULTS}
