"""Every finding whose cell a page offers to fix can be fixed: the check takes the fix, in every format, on every known file."""

from datetime import date
from pathlib import Path

import pytest

from testamur.submissions.bundles import open_bundle
from testamur.submissions.formats import FORMATS, FileFormat
from testamur.submissions.queries import FindingRow
from tests.rules import nat_samples

VECTORS = Path(__file__).parents[1] / "vectors"
ON = date(2026, 7, 1)


def fixable(form: FileFormat, path: Path) -> list[tuple[str, int, str, str]]:
    """Return a fix for every cell of a file that a page would offer to fix."""
    with open_bundle([path]) as bundle:
        outcome = form.check(bundle, profile="strict", on=ON)
    cells = set()
    for row in outcome.findings.iter_rows(named=True):
        found = FindingRow(**row, head=form.head)
        if found.fixable:
            cells.add((found.file, found.row, found.column))
    return [(file, row, column, "ABC") for file, row, column in sorted(cells)]


def vectors(name: str) -> list[Path]:
    return sorted(path for kind in ("known-bad", "odd-but-good") for path in (VECTORS / name / kind).iterdir())


@pytest.mark.parametrize("name", ["teqsa", "cqr2", "certificates"])
def test_every_offered_fix_is_taken(name):
    form, count = FORMATS[name], 0
    for path in vectors(name):
        try:
            fixes = fixable(form, path)
        except Exception as unreadable:
            assert type(unreadable).__name__ == "Unreadable"  # noqa: PT017 - a file that no bundle can be made of
            continue
        for fix in fixes:
            with open_bundle([path]) as bundle:
                form.check(bundle, profile="strict", on=ON, fixes=[fix])
        count += len(fixes)
    assert count > 10


def test_the_first_line_of_a_nat_file_can_be_fixed(tmp_path):
    folder = nat_samples.clean(tmp_path)
    nat_samples.edit(folder, "NAT00080", 1, "gender", "Z")
    form = FORMATS["avetmiss8"]
    fixes = fixable(form, folder)
    assert ("NAT00080.txt", 1, "gender", "ABC") in fixes
    for fix in fixes:
        with open_bundle([folder]) as bundle:
            form.check(bundle, profile="strict", on=ON, fixes=[fix])


def test_every_offered_fix_of_another_vendors_set_is_taken():
    form, path = FORMATS["avetmiss8"], VECTORS / "avetmiss8" / "vendor" / "valid.zip"
    fixes = fixable(form, path)
    assert len(fixes) > 10
    with open_bundle([path]) as bundle:
        form.check(bundle, profile="strict", on=ON, fixes=fixes)


def test_a_line_before_the_rows_of_data_is_not_offered():
    words = {"rule": "C01", "severity": "error", "message": "", "source": "", "fix": "", "value": "x"}
    found = [FindingRow(**words, file="a.csv", row=1, column="Gender", head=head).fixable for head in (0, 1)]
    assert found == [True, False]
