"""Vectors of the rarer NAT rules, one fault each, and that no rule of a NAT layout is without a vector."""

import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from testamur.service.synthetic.nat_faults import FAULTS
from testamur.submissions.avetmiss.layout import load_avetmiss
from tests.rules.nat_samples import Place, checked, clean, edit, places
from tests.rules.test_avetmiss_rules import CASES, CLIENT, C

RTO, PROGRAM = "training_organisation_identifier", "program_identifier"
ELSEWHERE = {  # rules whose vectors are not lists of places, with the test that plants them
    "R13b": "test_titles_of_the_national_register_are_compared_where_they_are_known",
    "R15b": "test_victorian_parchments",
    "R15c": "test_victorian_parchments",
}


def _unregistered(folder: Path, lines: int = 1) -> None:
    """Write NAT00010A in place of NAT00010."""
    (folder / "NAT00010.txt").unlink()
    places = load_avetmiss().files["NAT00010A"].places
    said = {RTO: "41234", "training_organisation_name": "Wattle Skills", "training_organisation_type_identifier": "91"}
    said |= {"address_first_line": "1 Wattle Lane", "address_location": "Tumut", "postcode": "2720"}
    said |= {"state_identifier": "01"}
    line = "".join(said.get(place.name, "").ljust(place.length) for place in places)[:268]
    (folder / "NAT00010A.txt").write_text(f"{line}\r\n" * lines, newline="")


def _plain_programs(folder: Path, *more: str) -> None:
    """Write NAT00030 in place of NAT00030A, with more lines behind."""
    lines = (folder / "NAT00030A.txt").read_text("latin-1").splitlines()
    (folder / "NAT00030A.txt").unlink()
    plain = [line[:114].ljust(130) for line in lines]
    (folder / "NAT00030.txt").write_text("\r\n".join([*plain, *(one or plain[0] for one in more)]) + "\r\n", newline="")


def _cell(kind: str, row: int, field: str, value: str) -> Callable[[Path], None]:
    return lambda folder: edit(folder, kind, row, field, value)


def _at(rule: str, kind: str, rows: tuple[int, ...], column: str | None, severity: str = "warning") -> set[Place]:
    return {(rule, f"{kind}.txt", row, column, severity) for row in rows}


def _renamed_organisation(folder: Path) -> None:
    _unregistered(folder)
    edit(folder, "NAT00010A", 1, RTO, "99")


def _no_street(folder: Path) -> None:
    edit(folder, "NAT00085", 1, "address_street_name", "")
    edit(folder, "NAT00085", 1, "address_street_number", "")


def _nowhere_listed(folder: Path, recognition: str) -> None:
    edit(folder, "NAT00030A", 2, "program_recognition_identifier", recognition)


_DESCRIBED = ("program_level_of_education_identifier", "program_field_of_education_identifier", "anzsco_identifier")
_DISABILITY, _PRIOR = "disability_type_identifier", "prior_educational_achievement_flag"
RARER: dict[str, tuple[Callable[[Path], object], set[Place]]] = {
    "NAT00010A is as good as NAT00010": (_unregistered, set()),
    "R01a in NAT00010A": (lambda folder: _unregistered(folder, 2), _at("R01a", "NAT00010A", (1, 2), RTO, "error")),
    "X01 in NAT00010A": (
        _renamed_organisation,
        _at("X01", "NAT00010A", (1,), RTO)
        | _at("X02", "NAT00020", (1, 2), RTO, "error")
        | _at("X10", "NAT00120", tuple(range(1, 169)), RTO, "error")
        | _at("X11", C, tuple(range(1, 8)), RTO, "error"),
    ),
    "R01c in NAT00030": (
        lambda folder: _plain_programs(folder, ""),
        _at("R01c", "NAT00030", (1, 5), PROGRAM, "error"),
    ),
    "X04 in NAT00030": (
        lambda folder: _plain_programs(folder, "ZZZ       Nothing".ljust(110) + "0010".ljust(20)),
        _at("X04", "NAT00030", (5,), PROGRAM),
    ),
    "L-fill a course of the provider's own without its level, field and occupation": (
        lambda folder: (_nowhere_listed(folder, "14"), [edit(folder, "NAT00030A", 2, name, "") for name in _DESCRIBED]),
        {place for name in _DESCRIBED for place in _at("L-fill", "NAT00030A", (2,), name)},
    ),
    "a skill set without its level, field and occupation": (
        lambda folder: (_nowhere_listed(folder, "16"), [edit(folder, "NAT00030A", 2, name, "") for name in _DESCRIBED]),
        set(),
    ),
    "R11e in NAT00020": (_cell("NAT00020", 2, "postcode", "3000"), _at("R11e", "NAT00020", (2,), "postcode")),
    "R11e in NAT00085": (_cell("NAT00085", 2, "postcode", "3000"), _at("R11e", "NAT00085", (2,), "postcode")),
    "L-fill no street and no box": (_no_street, _at("L-fill", "NAT00085", (1,), "address_street_name")),
    "L-fill a number and no street, with a box": (
        lambda folder: (
            edit(folder, "NAT00085", 1, "address_street_name", ""),
            edit(folder, "NAT00085", 1, "address_postal_delivery_box", "PO Box 1"),
        ),
        _at("L-fill", "NAT00085", (1,), "address_street_name"),
    ),
    "a box in place of a street": (
        lambda folder: (_no_street(folder), edit(folder, "NAT00085", 1, "address_postal_delivery_box", "PO Box 1")),
        set(),
    ),
    "X08 orphan": (
        _cell("NAT00100", 1, "client_identifier", "NOBODY"),
        _at("X08", CLIENT, (3,), _PRIOR) | _at("X08", "NAT00100", (1,), "client_identifier", "error"),
    ),
    "X08 flag": (_cell(CLIENT, 3, _PRIOR, "N"), _at("X08", "NAT00100", (1,), "client_identifier")),
    "L-fill birth of zeros": (
        _cell(CLIENT, 1, "date_of_birth", "00000000"),
        _at("L-fill", CLIENT, (1,), "date_of_birth"),
    ),
    "L-type birth to come": (
        _cell(CLIENT, 1, "date_of_birth", "02062025"),
        _at("L-type", CLIENT, (1,), "date_of_birth", "error"),
    ),
    "birth on the day of the check": (_cell(CLIENT, 1, "date_of_birth", "01062025"), set()),
    "a month of birth": (_cell(CLIENT, 1, "date_of_birth", "@@051990"), set()),
    "L-type a month that is none": (
        _cell(CLIENT, 1, "date_of_birth", "@@131990"),
        _at("L-type", CLIENT, (1,), "date_of_birth", "error"),
    ),
    "L-type not in a list of states": (
        _cell("NAT00020", 1, "state_identifier", "10"),
        _at("L-type", "NAT00020", (1,), "state_identifier", "error"),
    ),
    "L-type no postcode of a location": (
        _cell("NAT00020", 1, "postcode", "0000"),
        _at("L-type", "NAT00020", (1,), "postcode", "error"),
    ),
    "L-type disability": (
        _cell("NAT00090", 1, _DISABILITY, "10"),
        _at("L-type", "NAT00090", (1,), _DISABILITY, "error"),
    ),
    "L-type survey": (
        _cell(CLIENT, 1, "survey_contact_status", "Z"),
        _at("L-type", CLIENT, (1,), "survey_contact_status", "error"),
    ),
    "L-fill @ in a mandatory field": (
        _cell(CLIENT, 1, "survey_contact_status", "@"),
        _at("L-fill", CLIENT, (1,), "survey_contact_status", "error"),
    ),
    "L-type outcome of no list": (
        _cell("NAT00120", 1, "outcome_identifier_national", "99"),
        _at("L-type", "NAT00120", (1,), "outcome_identifier_national", "error"),
    ),
}


@pytest.mark.parametrize("name", RARER)
def test_a_rarer_rule_finds_its_fault_and_leaves_its_neighbours(name: str, tmp_path: Path) -> None:
    spoil, wanted = RARER[name]
    spoil(clean(tmp_path))
    assert {place for place in places(checked(tmp_path)) if place[4] != "info"} == wanted


def test_titles_are_compared_in_every_file_that_has_them(tmp_path: Path) -> None:
    _plain_programs(clean(tmp_path))
    titles = {"ZZA30118": "Another", "ZZORC201": "Another"}
    assert places(checked(tmp_path, titles=lambda codes: {code: titles[code] for code in codes if code in titles})) == (
        _at("R13b", "NAT00030", (1,), "program_name") | _at("R13b", "NAT00060", (1,), "subject_name")
    )


def test_clients_of_earlier_submissions_alone_are_a_warning(tmp_path: Path) -> None:
    (clean(tmp_path) / "NAT00080.txt").unlink()
    known = [f"C{number:08d}" for number in range(14)]
    assert places(checked(tmp_path, known_students=known)) == {("X06", "NAT00080.txt", None, None, "warning")}


@pytest.mark.parametrize("fault", ["path", "cut", "inner", "twice", "hole"])
def test_an_archive_that_cannot_be_trusted_is_one_finding(fault: str, tmp_path: Path) -> None:
    folder, archive = clean(tmp_path / "set"), tmp_path / "set.zip"
    with zipfile.ZipFile(archive, "w") as out:
        for file in folder.iterdir():
            out.write(file, f"../{file.name}" if fault == "path" else file.name)
        if fault == "inner":
            out.writestr("more.zip", b"PK\5\6" + bytes(18))
        if fault == "twice":
            with pytest.warns(UserWarning, match="Duplicate name"):
                out.writestr("NAT00120.txt", b"")
    data = archive.read_bytes()
    archive.write_bytes({"cut": data[:-100], "hole": data[:10] + data[210:]}.get(fault, data))
    outcome = checked(archive)
    assert outcome.recognised
    assert places(outcome) == {("F8", "set.zip", None, None, "error")}


def without_vector(planted: set[tuple[str, str, str | None]]) -> set[tuple[str, str, str | None]]:
    """Return the rules of NAT layouts, by rule, file and field, that no vector plants."""
    rules = {
        (check.rule, f"{kind}.txt", check.column)
        for kind, layout in load_avetmiss().files.items()
        for check in layout.words.rules
        if check.rule != "L-length" and check.rule not in ELSEWHERE
    }
    return rules - planted


def test_every_rule_of_a_layout_has_a_vector() -> None:
    wanted = [place for _, places in (*CASES.values(), *RARER.values()) for place in places]
    planted = {(rule, file, column) for rule, file, _, column, _ in wanted}
    planted |= {(fault.rule, f"{fault.kind}.txt", fault.column) for fault in FAULTS}
    assert without_vector(planted) == set()
    gone = ("X12", "NAT00130.txt", "client_identifier")
    assert without_vector(planted - {gone}) == {gone}
