"""Every rule of NAT files finds its planted fault at its place, and nothing where the lines beside it are clean."""

from collections.abc import Callable
from pathlib import Path

import pytest

from testamur.service.synthetic.avetmiss import write_bundle
from testamur.service.synthetic.nat_faults import FAULTS, NatFault
from tests.rules.nat_samples import Place, add_line, checked, clean, drop_line, edit, places

A, C, CLIENT = "NAT00120", "NAT00130", "NAT00080"
RTO = "training_organisation_identifier"
# What follows from a fault besides its own finding: a client renamed in one file is missed by the others.
ALSO = {
    "R07a": {"R07c"},
    "R13a": {"X06", "X09", "X10", "X11"},
    "X09": {"X09"},
}


def test_a_clean_set_has_no_finding(tmp_path: Path) -> None:
    outcome = checked(clean(tmp_path))
    assert places(outcome) == set()
    assert outcome.counts == {"error": 0, "warning": 0, "info": 0}
    assert (outcome.state, outcome.year, outcome.recognised) == (None, 2024, True)
    assert {file.name: file.rows for file in outcome.files}["NAT00120.txt"] == 168


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_planted_fault_is_found_where_it_is(fault: NatFault, tmp_path: Path) -> None:
    planted = write_bundle(tmp_path, students=14, activities_per_student=12, seed=3, faults=[fault.name])
    found = places(checked(tmp_path))
    wanted = {(one.rule, one.file, one.row, one.column, one.severity) for one in planted}
    assert wanted
    assert wanted <= found
    assert {rule for rule, *_ in found - wanted} <= ALSO.get(fault.rule, set())


def _several(*steps: Callable[[Path], object]) -> Callable[[Path], None]:
    def run(folder: Path) -> None:
        for step in steps:
            step(folder)

    return run


def _cell(kind: str, row: int, field: str, value: str) -> Callable[[Path], None]:
    return lambda folder: edit(folder, kind, row, field, value)


def _twin(kind: str, row: int = 1) -> Callable[[Path], int]:
    return lambda folder: add_line(folder, kind, row)


def _error(rule: str, kind: str, rows: tuple[int, ...], column: str | None) -> set[Place]:
    return {(rule, f"{kind}.txt", row, column, "error") for row in rows}


def _warning(rule: str, kind: str, rows: tuple[int, ...], column: str | None) -> set[Place]:
    return {(rule, f"{kind}.txt", row, column, "warning") for row in rows}


_PROGRAM, _SUBJECT, _LOCATION = "program_identifier", "subject_identifier", "delivery_location_identifier"
_END, _START = "activity_end_date", "activity_start_date"
_OVERSEAS = _cell("NAT00020", 1, "postcode", "OSPC")
CASES: dict[str, tuple[Callable[[Path], object], set[Place]]] = {
    "R01a": (_twin("NAT00010"), _error("R01a", "NAT00010", (1, 2), RTO)),
    "R01b": (_twin("NAT00020"), _error("R01b", "NAT00020", (1, 3), _LOCATION)),
    "R01c": (_twin("NAT00030A", 2), _error("R01c", "NAT00030A", (2, 5), _PROGRAM)),
    "R01d": (_twin("NAT00060", 3), _error("R01d", "NAT00060", (3, 25), _SUBJECT)),
    "R01g": (_twin("NAT00090"), _error("R01g", "NAT00090", (1, 3), "disability_type_identifier")),
    "R01h": (_twin("NAT00100"), _error("R01h", "NAT00100", (1, 3), "prior_educational_achievement_identifier")),
    "R04b and R05a": (
        _several(_cell(A, 1, _START, "01012025"), _cell(A, 1, _END, "02012025"), _cell(A, 1, "outcome_identifier_national", "85")),
        _error("R04b", A, (1,), _START),
    ),
    "R04c and R04d": (
        _cell(A, 1, _START, "31122018"),
        _error("R04c", A, (1,), _START) | _error("R04d", A, (1,), _END),
    ),
    "R04d not, five years to the day": (_cell(A, 1, _START, "30112019"), set()),
    "R04a": (_cell(A, 1, _END, "31122023"), _error("R04a", A, (1,), _END) | _error("R05b", A, (1,), _END)),
    "R05 85 is no fault in the next year": (
        _several(_cell(A, 1, "outcome_identifier_national", "85"), _cell(A, 1, _END, "01032025")),
        set(),
    ),
    "R06c": (
        _cell(A, 1, "commencing_program_identifier", "4"),
        _error("R06c", A, tuple(range(1, 13)), "commencing_program_identifier"),
    ),
    "R07b": (
        _several(
            _cell(A, 1, _PROGRAM, ""), _cell(A, 1, "commencing_program_identifier", "8"),
            _cell(A, 1, "training_contract_identifier", "T1"), _cell(A, 1, "client_identifier_apprenticeships", "P1"),
        ),
        _error("R07b", A, (1,), "training_contract_identifier"),
    ),
    "R07c": (
        _several(
            _cell(A, 1, "training_contract_identifier", "T1"), _cell(A, 1, "client_identifier_apprenticeships", "P1"),
        ),
        _warning("R07c", A, tuple(range(1, 13)), "training_contract_identifier")
        | _warning("R07c", A, tuple(range(1, 13)), "client_identifier_apprenticeships"),
    ),
    "R07c one apprentice, two identifiers": (
        _several(
            *(_cell(A, row, "training_contract_identifier", "T1") for row in range(1, 13)),
            *(_cell(A, row, "client_identifier_apprenticeships", "P1") for row in range(1, 12)),
            _cell(A, 12, "client_identifier_apprenticeships", "P2"),
        ),
        _warning("R07c", A, tuple(range(1, 13)), "client_identifier_apprenticeships"),
    ),
    "R09b": (
        _several(_cell(A, 5, "scheduled_hours", "0010"), _cell(A, 5, "predominant_delivery_mode", "N")),
        _warning("R09b", A, (5,), "scheduled_hours"),
    ),
    "R11b and R11c": (
        _OVERSEAS,
        _error("R11b", "NAT00020", (1,), "state_identifier") | _error("R11c", "NAT00020", (1,), "country_identifier"),
    ),
    "R11 overseas location": (
        _several(_OVERSEAS, _cell("NAT00020", 1, "state_identifier", "99"), _cell("NAT00020", 1, "country_identifier", "5105")),
        set(),
    ),
    "R11d": (
        _cell("NAT00020", 1, "country_identifier", "5105"),
        _error("R11d", "NAT00020", (1,), "country_identifier"),
    ),
    "R11e overseas state": (
        _cell(CLIENT, 1, "state_identifier", "99"),
        _warning("R11e", CLIENT, (1,), "postcode"),
    ),
    "R11e suburb": (
        _several(_cell(CLIENT, 1, "postcode", "OSPC"), _cell(CLIENT, 1, "state_identifier", "99")),
        _warning("R11e", CLIENT, (1,), "address_location"),
    ),
    "R12": (
        _cell("NAT00030A", 1, "vet_flag", "N"),
        {("R12", "NAT00130.txt", row, _PROGRAM, "error") for row in (1, 3, 5, 7)},
    ),
    "R03c": (_cell(C, 1, "date_program_completed", "00000000"), _warning("R03c", C, (1,), "date_program_completed")),
    "R15a": (
        _several(_cell(C, 1, "parchment_issue_date", "30112024"), _cell(C, 1, "parchment_number", "P1")),
        _error("R15a", C, (1,), "parchment_issue_date"),
    ),
    "R14 exempt": (_cell(CLIENT, 1, "unique_student_identifier", "INTOFF"), set()),
    "R14 small letters": (_cell(CLIENT, 1, "unique_student_identifier", "xny5nv9wg9"), set()),
    "X01 and X02": (
        _cell("NAT00010", 1, RTO, "99"),
        _warning("X01", "NAT00010", (1,), RTO)
        | _error("X02", "NAT00020", (1, 2), RTO)
        | _error("X10", A, tuple(range(1, 169)), RTO)
        | _error("X11", C, tuple(range(1, 8)), RTO),
    ),
    "RTO padded with zeros": (_cell("NAT00010", 1, RTO, "0000041234"), set()),
    "X03": (
        _several(_twin("NAT00020"), _cell("NAT00020", 3, _LOCATION, "SHED")),
        _warning("X03", "NAT00020", (3,), _LOCATION),
    ),
    "X04": (
        _several(_twin("NAT00030A"), _cell("NAT00030A", 5, _PROGRAM, "ZZZ")),
        _warning("X04", "NAT00030A", (5,), _PROGRAM),
    ),
    "X05": (
        _several(_twin("NAT00060"), _cell("NAT00060", 25, _SUBJECT, "ZZZ")),
        _warning("X05", "NAT00060", (25,), _SUBJECT),
    ),
    "X06": (
        _several(
            _twin(CLIENT), _cell(CLIENT, 15, "client_identifier", "NEW"),
            _twin("NAT00085"), _cell("NAT00085", 15, "client_identifier", "NEW"),
        ),
        _warning("X06", CLIENT, (15,), "client_identifier"),
    ),
    "X07": (lambda folder: drop_line(folder, "NAT00090", 1), _warning("X07", CLIENT, (4,), "disability_flag")),
    "X07 orphan": (
        _cell("NAT00090", 1, "client_identifier", "NOBODY"),
        _warning("X07", CLIENT, (4,), "disability_flag") | _error("X07", "NAT00090", (1,), "client_identifier"),
    ),
    "X07 flag": (_cell(CLIENT, 4, "disability_flag", "N"), _warning("X07", "NAT00090", (1,), "client_identifier")),
    "X08": (
        lambda folder: drop_line(folder, "NAT00100", 1),
        _warning("X08", CLIENT, (3,), "prior_educational_achievement_flag"),
    ),
    "X09": (lambda folder: drop_line(folder, "NAT00085", 2), _warning("X09", CLIENT, (2,), "client_identifier")),
    "X11 client": (
        _cell(C, 1, "client_identifier", "NOBODY"),
        _error("X11", C, (1,), "client_identifier") | _error("X12", C, (1,), "client_identifier"),
    ),
    "duplicate client, rows that name it": (
        _twin(CLIENT),
        _error("R01e", CLIENT, (1, 15), "client_identifier"),
    ),
    "L-fill @": (_cell(A, 1, "study_reason_identifier", "@@"), _warning("L-fill", A, (1,), "study_reason_identifier")),
    "L-fill no date": (_cell(A, 1, _START, "00000000"), _error("L-fill", A, (1,), _START)),
    "L-fill not justified": (_cell("NAT00060", 1, "subject_name", "  Plan"), _warning("L-fill", "NAT00060", (1,), "subject_name")),
    "L-fill zeros": (_cell("NAT00060", 1, "nominal_hours", "50"), _warning("L-fill", "NAT00060", (1,), "nominal_hours")),
    "L-type letters": (_cell("NAT00060", 1, "nominal_hours", "5O"), _error("L-type", "NAT00060", (1,), "nominal_hours")),
    "L-type country 9999": (_cell(CLIENT, 1, "country_identifier", "9999"), _error("L-type", CLIENT, (1,), "country_identifier")),
    "L-fill school type": (_cell(A, 1, "vet_in_schools_flag", "Y"), _warning("L-fill", A, (1,), "school_type_identifier")),
    "L-fill reserved": (_cell("NAT00010", 1, "reserved_blank", "91Street"), _warning("L-fill", "NAT00010", (1,), "reserved_blank")),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_a_rule_finds_its_fault_and_leaves_its_neighbours(name: str, tmp_path: Path) -> None:
    spoil, wanted = CASES[name]
    spoil(clean(tmp_path))
    found = {place for place in places(checked(tmp_path)) if place[4] != "info"}
    assert found == wanted


@pytest.mark.parametrize("row", [1, 3], ids=["delivered", "not delivered"])
@pytest.mark.parametrize("code", ["53", "54"])
def test_recognition_of_an_earlier_edition_is_mapped_with_a_warning(code: str, row: int, tmp_path: Path) -> None:
    edit(clean(tmp_path), A, row, "outcome_identifier_national", code)
    assert places(checked(tmp_path)) == _warning("L-type", A, (row,), "outcome_identifier_national")


@pytest.mark.parametrize("code", ["00", "90", "65", "66", "@@", ""])
def test_no_result_is_a_warning(code: str, tmp_path: Path) -> None:
    edit(clean(tmp_path), A, 1, "outcome_identifier_national", code)
    rule = "L-type" if code else "L-fill"
    assert places(checked(tmp_path)) == _warning(rule, A, (1,), "outcome_identifier_national")


def test_victorian_parchments(tmp_path: Path) -> None:
    folder = clean(tmp_path)
    edit(folder, C, 1, "parchment_number", "P1")
    edit(folder, C, 2, "parchment_issue_date", "00000000")
    found = places(checked(folder, state="VIC"))
    assert {place for place in found if place[0].startswith("R15")} == (
        _error("R15b", C, (1,), "parchment_number") | _error("R15c", C, (1, 2), "issued_flag")
    )
    assert not {place for place in places(checked(folder)) if place[0] in ("R15b", "R15c")}


def test_not_completed_in_its_own_state_is_no_finding(tmp_path: Path) -> None:
    edit(clean(tmp_path), C, 1, "date_program_completed", "01019999")
    assert not {place for place in places(checked(tmp_path, state="TAS")) if place[0] == "R03c"}
    assert _warning("R03c", C, (1,), "date_program_completed") <= places(checked(tmp_path, state="VIC"))


def test_titles_of_the_national_register_are_compared_where_they_are_known(tmp_path: Path) -> None:
    folder = clean(tmp_path)
    titles = {"ZZA30118": "certificate III in  Orchard Practice", "ZZB40220": "Certificate IV in Other Things"}
    outcome = checked(folder, titles=lambda codes: {code: titles[code] for code in codes if code in titles})
    assert places(outcome) == _warning("R13b", "NAT00030A", (2,), "program_name")


def test_the_year_may_be_said(tmp_path: Path) -> None:
    outcome = checked(clean(tmp_path), year=2023)
    assert outcome.year == 2023
    assert {place[0] for place in places(outcome)} == {"R05b", "R04b"}


def test_continuing_activities_alone_say_no_year(tmp_path: Path) -> None:
    folder = clean(tmp_path)
    lines = (folder / "NAT00120.txt").read_bytes().split(b"\r\n")[:-1]
    going = [line[:60] + b"30112025" + line[68:71] + b"70" + line[73:] for line in lines]
    (folder / "NAT00120.txt").write_bytes(b"\r\n".join(going))
    outcome = checked(folder)
    assert outcome.year is None
    assert {place[0] for place in places(outcome)} == {"R09c"}
