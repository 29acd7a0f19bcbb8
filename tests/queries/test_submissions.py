"""Reads of submissions: in a few statements however many there are, and exactly what the files hold."""

import polars as pl
import pytest
from django.test.utils import CaptureQueriesContext

from testamur.kernel import tenancy
from testamur.kernel.errors import NotFound
from testamur.submissions import actions as submissions_actions
from testamur.submissions import queries as submissions_queries
from testamur.submissions.queries import Chosen
from testamur.submissions.storage import room_of
from tests import build
from tests.lodged import RECORDS, RESULTS, Lodging, clean, csv_of, student, unit

pytestmark = pytest.mark.django_db


@pytest.fixture
def lodging() -> Lodging:
    return Lodging()


def statements(lodging: Lodging) -> int:
    from django.db import connection

    with (
        tenancy.for_provider(lodging.provider.id),
        CaptureQueriesContext(
            connection,
        ) as captured,
    ):
        submissions_queries.submissions_of(lodging.provider.id)
    return len(captured)


def test_a_longer_list_takes_no_more_statements(lodging):
    lodging.opened(clean(1))
    few = statements(lodging)
    for number in range(2, 6):
        lodging.opened(clean(number))
    assert (few, statements(lodging)) == (1, 1)


def test_a_card_counts_what_is_there(lodging):
    number = lodging.opened(clean(2))
    with tenancy.for_provider(lodging.provider.id):
        card = submissions_queries.submission(number)
        held = submissions_queries.files_of(number)
    assert (card.file_count, card.file_bytes, card.fix_count) == (4, sum(file.size for file in held), 0)
    assert (card.findings_there, card.at_work) == (False, False)


def test_findings_are_paged_grouped_and_narrowed(lodging):
    rows = [unit(1, f"A{number}", status="9" if number % 2 else "8") for number in range(30)]
    number = lodging.opened({RECORDS: csv_of("studentrecords", [student(1)]), RESULTS: csv_of("studentresults", rows)})
    lodging.checked(number)
    with tenancy.for_provider(lodging.provider.id):
        card = submissions_queries.submission(number)
        groups = submissions_queries.finding_groups(card, Chosen())
        pages = [submissions_queries.findings(card, Chosen(rule="V07"), page=page, size=20) for page in (1, 2, 3)]
    assert [(group.rule, group.severity, group.count) for group in groups] == [("V07", "error", 30)]
    assert [(one.value, one.count) for one in groups[0].values] == [("8", 15), ("9", 15)]
    assert [(page.total, len(page.rows)) for page in pages] == [(30, 20), (30, 10), (30, 0)]
    assert [row.row for row in pages[0].rows] == list(range(2, 22))
    found = pl.read_parquet(room_of(number).run(card.run) / "findings.parquet")
    assert card.tally.error == len(found) == 30


def test_what_was_not_checked_has_no_findings(lodging):
    number = lodging.opened(clean(1))
    with tenancy.for_provider(lodging.provider.id):
        card = submissions_queries.submission(number)
        with pytest.raises(NotFound):
            submissions_queries.finding_groups(card, Chosen())
        with pytest.raises(NotFound):
            submissions_queries.annotated_file(card, RESULTS)


def test_the_next_version_follows_the_name(lodging):
    number = lodging.opened({**clean(1), "studentresults v7.csv": csv_of("studentresults", [unit(1, "NEW1")])})
    lodging.checked(number)
    with tenancy.for_provider(lodging.provider.id):
        card = submissions_queries.submission(number)
        names = {file.name: submissions_queries.next_version_name(card, file.name) for file in card.tally.files}
    assert names == {RECORDS: "studentrecords v2.csv", "studentresults v7.csv": "studentresults v8.csv"}


def test_once_sealed_cells_are_told_of_held_rows_only(lodging):
    records = [student(1, birth_date="01/01/1901"), student(2, birth_date="31/02/1996")]
    results = [unit(1, "A1"), unit(2, "A1")]
    number = lodging.opened({RECORDS: csv_of("studentrecords", records), RESULTS: csv_of("studentresults", results)})
    lodging.checked(number)

    def told() -> dict[int, str | None]:
        with tenancy.for_provider(lodging.provider.id):
            card = submissions_queries.submission(number)
            found = submissions_queries.findings(card, Chosen(file=RECORDS), page=1, size=20).rows
        return {one.row: one.value for one in found if one.column == "BirthDate" or one.value}

    before = told()
    assert before == {2: "01/01/1901", 3: "31/02/1996"}
    with tenancy.for_provider(lodging.provider.id):
        submissions_actions.hold_rows(number, by=lodging.officer.id, at=build.NOW)
    lodging.declared(number)
    submissions_actions.seal_submission(number, at=build.NOW)
    after = told()
    assert {row: value for row, value in after.items() if value} == {3: "31/02/1996"}
    with tenancy.for_provider(lodging.provider.id):
        card = submissions_queries.submission(number)
        assert [group.count for group in submissions_queries.finding_groups(card, Chosen(severity="warning"))] != []
        with pytest.raises(NotFound, match="part of the record"):
            submissions_queries.annotated_file(card, RECORDS)
        assert b"".join(submissions_queries.failed_rows_file(card, RECORDS)).count(b"S100") >= 1
