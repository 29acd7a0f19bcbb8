"""Provider and secretariat see the same picture of a check; only the provider's leads to rows."""

from uuid import UUID

import pytest

from testamur.kernel import tenancy
from testamur.submissions import queries as submissions_queries
from testamur.submissions.queries import Chosen, FindingGroup, SubmissionCard
from testamur.web.parts import Cell
from testamur.web.pictures import Figure
from testamur.web.provider import health as provider_health
from testamur.web.submission_health import MOST_RULES, health_of
from tests import lodged
from tests.lodged import Lodging, csv_of, student, unit

pytestmark = pytest.mark.django_db


@pytest.fixture
def checked() -> tuple[SubmissionCard, list[FindingGroup]]:
    """Return a submission with a fault and a warning, and what its check found."""
    lodging = Lodging()
    results = [unit(1, "ITC102", status="9"), unit(1, "ITC201", mark="105"), unit(1, "ITC301")]
    number = lodging.opened(
        {lodged.RECORDS: csv_of("studentrecords", [student(1)]), lodged.RESULTS: csv_of("studentresults", results)}
    )
    lodging.checked(number)
    return read(lodging, number)


def read(lodging: Lodging, number: UUID) -> tuple[SubmissionCard, list[FindingGroup]]:
    with tenancy.for_provider(lodging.provider.id):
        card = submissions_queries.submission(number)
        return card, submissions_queries.finding_groups(card, Chosen())


def counts(figure: Figure) -> list[tuple[str, str]]:
    """Return what the table beneath the picture says."""
    return [(str(cell.text), str(count)) for cell, count in cells(figure)]


def cells(figure: Figure) -> list[tuple[Cell, object]]:
    found = []
    for what, count in figure.table.rows:
        assert isinstance(what, Cell)
        found.append((what, count))
    return found


def group(severity: str, rule: str, count: int, column: str | None = "Mark") -> FindingGroup:
    return FindingGroup(severity, rule, column, f"What {rule} says", "", "", count, (), ())


def test_both_audiences_see_the_same_numbers_and_only_the_provider_is_led_to_rows(
    checked: tuple[SubmissionCard, list[FindingGroup]],
) -> None:
    card, groups = checked
    theirs, ours = provider_health.picture_of(card, groups), health_of(card, groups)
    assert counts(theirs) == counts(ours)
    assert (theirs.lead, theirs.described) == (ours.lead, ours.described)
    assert ours.lead == "4 rows in 2 files, and 0 PDFs"
    assert counts(ours)[2] == ("rows to fix", "1")
    assert sum(int(count) for _, count in counts(ours)[:3]) == card.tally.rows
    assert [cell.url for cell, _ in cells(ours)] == [""] * len(counts(ours))
    assert all(f"/{card.id}/" in cell.url for cell, _ in cells(theirs)[1:])
    assert (ours.csv_url, bool(theirs.csv_url)) == ("", True)


def test_rules_stand_the_worst_first_and_findings_of_one_rule_are_added_up(
    checked: tuple[SubmissionCard, list[FindingGroup]],
) -> None:
    planted = [
        group("info", "F2", 900), group("warning", "V22", 3), group("error", "V01", 2, None),
        group("error", "V09", 5), group("warning", "V22", 4, "Grade"),
    ]  # fmt: skip
    assert counts(health_of(checked[0], planted))[3:] == [
        ("V09 Mark", "5"), ("V01 What V01 says", "2"), ("V22 Mark", "7"), ("F2 Mark", "900")
    ]  # fmt: skip


def test_more_rules_than_can_be_read_are_cut_at_the_least(checked: tuple[SubmissionCard, list[FindingGroup]]) -> None:
    many = [group("error", f"V{place:02d}", place) for place in range(1, MOST_RULES + 3)]
    shown = counts(health_of(checked[0], many))[3:]
    assert len(shown) == MOST_RULES
    assert shown[0] == (f"V{MOST_RULES + 2:02d} Mark", str(MOST_RULES + 2))
    assert "V01 Mark" not in dict(shown)
