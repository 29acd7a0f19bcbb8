"""Every check of every column of the CQR data file and the certificate register finds the one cell planted for it."""

from datetime import date
from pathlib import Path

import pytest

from testamur.kernel.verdict import Severity
from testamur.submissions.bundles import Bundle, BundleFile
from testamur.submissions.certificates import checking as certificates
from testamur.submissions.checking import CheckOutcome
from testamur.submissions.cqr import checking as cqr
from testamur.submissions.findings import FINDING_SCHEMA
from testamur.submissions.layouts import Check, load_format
from tests.vectors.certificates import make as register
from tests.vectors.cqr2 import make as datafile

ON = date(2026, 1, 5)
LAYOUTS = {"cqr2": load_format("cqr2").files["cqr"], "certificates": load_format("certificates").files["certificates"]}
# A cell that a kind of check finds, in any column that has it. None: the cell is the good one in small letters.
PLANTED = {
    "blank": "", "formula": "=1+1", "control": "A\x07B", "formula_like": "@SUM(1)", "scientific": "1.23E+11",
    "digits": "1201", "day_of_year": "131/05/2012", "day_over": "131/06/2012", "swapped": "05/31/2012",
    "serial": "41039", "short_date": "5/6/2012", "date": "30/02/2012", "future": "06/01/2026", "before": "31/12/1899",
    "placeholder": "01/01/1901", "list_any_case": "ZZ", "equals": "X", "starts": "EXAMPLE-1", "usi": "XNY5NV9WG8",
    "achieved": "30", "outcome": "99", "turn_of_year": "31/12/2013", "first_or_last_week": "07/01/2013", "lower": None,
}  # fmt: skip
PATTERNS = {"program_code": "BSB 40215", "unit_code": "BSB-405", "email": "nobody", "postcode": "800"}
OF_COLUMN = {
    ("birth_date", "turn_of_year"): "31/12/1991",
    ("email", "control"): "a\x07b@students.example",
    ("email", "formula_like"): "+a!@students.example",
}
CASES = [
    (name, field.name, check)
    for name, layout in LAYOUTS.items()
    for field in layout.fields
    for check in field.checks
    if check.strict is not None
]


def planted(name: str, field: str, check: Check) -> str:
    """Return the cell that a check is to find."""
    if (field, check.kind) in OF_COLUMN:
        return OF_COLUMN[field, check.kind]
    if check.kind == "length":
        return "A" * (check.params["max"] + 1)
    if check.kind == "pattern":
        return "12" if check.strict is Severity.ERROR and field == "postcode" else PATTERNS[field]
    if (said := PLANTED[check.kind]) is not None:
        return said
    good = register.Q[field] if name == "certificates" else _row()[field]
    return str(good).lower()


def _row() -> dict[str, str]:
    names = [field.name for field in LAYOUTS["cqr2"].fields]
    return dict(zip(names, datafile.Q, strict=False))


def checked(name: str, field: str, cell: str, folder: Path) -> CheckOutcome:
    """Check a file of one good certificate with one cell changed."""
    return ran(name, [{field: cell}], folder)


def ran(name: str, changes: list[dict[str, str]], folder: Path) -> CheckOutcome:
    """Check a file of good certificates, each with some cells changed."""
    if name == "certificates":
        data, run = register.text([register.Q | some for some in changes]), certificates.check
    else:
        data, run = datafile.lines(*([*(_row() | some).values()] for some in changes)), cqr.check
    path = folder / "file"
    path.write_bytes(data)
    return run(
        Bundle([BundleFile(f"file.{'csv' if name == 'certificates' else 'txt'}", path, len(data))]),
        profile="strict",
        on=ON,
    )


def fits(check: Check, message: str | None) -> bool:
    """Say whether a finding's message is a check's, whatever was filled into its blanks."""
    return bool(message) and (message == check.message or "{" in check.message)


@pytest.mark.parametrize(
    ("name", "field", "check"),
    CASES,
    ids=[f"{name} {field} {check.kind} {check.strict}" for name, field, check in CASES],
)
def test_a_check_finds_its_cell_and_no_other(name: str, field: str, check: Check, tmp_path: Path) -> None:
    outcome = checked(name, field, planted(name, field, check), tmp_path)
    here = [found for found in outcome if found.row == 2 and (found.column or "").startswith(str(check.column))]
    assert [(found.rule, found.severity) for found in here if fits(check, found.message)] == [
        (check.rule, check.strict)
    ]
    others = {found.rule for found in outcome if found not in here and found.severity is Severity.ERROR}
    assert not others


NO_UNIT = dict.fromkeys(("unit_code", "unit_title", "unit_outcome", "unit_date"), "")
ACROSS = {
    "cqr2 other_gender": ([{}, {"number": "2", "gender": "F"}], ("CQR-03e", "warning", 3, "Gender")),
    "cqr2 unit_gap": ([{"unit_code": "", "more": "ABCDEFG"}], ("CQR-03k", "info", 2, "Unit code 1")),
    "certificates other_gender": ([{}, {"number": "P-9", "gender": "M"}], ("C07", "warning", 3, "Gender")),
    "certificates title_missing": ([{"program_title": ""}], ("C10", "warning", 2, "Program title")),
    "certificates completed_later": ([{"completion_date": "11/05/2018"}], ("C14", "warning", 2, "Completion date")),
    "certificates pre_mandatory": (
        [{"issue_date": "31/12/2009", "completion_date": "", "unit_date": ""}],
        ("C11", "info", 2, "Issue date"),
    ),
    "certificates no_units_qualification": ([NO_UNIT], ("C19", "warning", 2, "Unit code")),
}


@pytest.mark.parametrize("name", ACROSS)
def test_a_rule_across_cells_finds_its_fault(name: str, tmp_path: Path) -> None:
    changes, wanted = ACROSS[name]
    outcome = ran(name.split()[0], changes, tmp_path)
    assert [(found.rule, str(found.severity), found.row, found.column) for found in outcome] == [wanted]


def test_a_good_certificate_has_no_finding_and_a_check_that_is_not_there_finds_nothing(tmp_path: Path) -> None:
    assert checked("cqr2", "surname", "Student", tmp_path).findings.schema == FINDING_SCHEMA
    assert [*checked("cqr2", "surname", "Student", tmp_path)] == []
    assert [*checked("certificates", "surname", "Okonkwo", tmp_path)] == []
