"""Enrolments, outcomes and fees from files: checked all at once, nothing half-written, the same again changes nothing."""

from collections.abc import Mapping
from datetime import date

import pytest

from testamur.enrolments import actions, files, queries
from testamur.enrolments.actions.loading import Loaded
from testamur.enrolments.models import Enrolment, EnrolmentChange
from testamur.kernel import tenancy
from testamur.kernel.errors import NotAllowed
from tests import enrolling
from tests.enrolling import AT, PRODUCT, TITLE, TODAY, School

pytestmark = pytest.mark.django_db


@pytest.fixture
def school() -> School:
    return enrolling.school()


def _csv(kind: str, *rows: Mapping[str, str]) -> tuple[str, bytes]:
    names = [one.name for one in files.LAYOUTS[kind]]
    lines = [",".join(names), *(",".join(row.get(name, "") for name in names) for row in rows)]
    return f"{kind}.csv", "\r\n".join(lines).encode()


def _one(student: str = "S-1", **cells: str) -> dict[str, str]:
    return {
        "student_id": student, "product_code": PRODUCT, "family_name": "Nguyen", "given_name": "Grace",
        "product_kind": "qualification", "product_title": TITLE, "enrolled_on": "2026-02-02",
    } | cells  # fmt: skip


def _went(student: str = "S-1", **cells: str) -> dict[str, str]:
    return {
        "student_id": student, "product_code": PRODUCT, "unit_code": "BSBCRT311", "unit_title": "Apply critical thinking",
        "outcome": "competent", "decided_on": "01/06/2026", "assessor": "Lee Osei",
    } | cells  # fmt: skip


def _fee(student: str = "S-1", **cells: str) -> dict[str, str]:
    return {
        "student_id": student, "product_code": PRODUCT, "kind": "agreed", "amount": "500.00", "on": "2026-02-02",
        "reference": "A-1",
    } | cells  # fmt: skip


def _load(school: School, *given: tuple[str, bytes], only_check: bool = False) -> Loaded:
    with tenancy.for_provider(school.id):
        return actions.load_files(school.id, given, by=school.officer.id, at=AT, only_check=only_check)


def _found(loaded: Loaded) -> list[tuple[str | None, int | None, str | None, str]]:
    return [(one.file, one.row, one.column, one.rule) for one in loaded.findings]


BESIDE = {
    "commenced_on": "2026-02-09", "contract_number": "TC-1", "contract_state": "vic", "contract_from": "2026-02-01",
    "identity_check": "workplace", "identity_checked_on": "2026-03-03", "identity_assessor": "Lee Osei",
    "timely_date": "2026-10-31", "timely_reasons": "Two units are left until October.",
}  # fmt: skip


def test_three_files_make_everything_that_issuing_asks_about(school: School) -> None:
    given = (
        _csv("fees", _fee(), _fee(kind="paid", on="2026-05-05", reference="R-1")),
        _csv("outcomes", _went(), _went("S-2")),
        _csv("enrolments", _one(**BESIDE), _one("S-2", exited_on="2026-06-20", exit_reason="withdrew")),
    )
    loaded = _load(school, *given)
    assert loaded.findings == []
    assert loaded.counts == {
        "enrolments_new": 2, "enrolments_changed": 0, "enrolments_unchanged": 0, "outcomes_new": 2, "outcomes_changed": 0,
        "outcomes_unchanged": 0, "fees_new": 2, "fees_unchanged": 0,
    }  # fmt: skip
    with tenancy.for_provider(school.id):
        by_number = {line.local_id: line.id for line in queries.enrolments(school.id, queries.Wanted())[1]}
        facts = queries.facts_of(by_number.values(), TODAY)
        changes = EnrolmentChange.objects.count()
    one, two = facts[by_number["S-1"]], facts[by_number["S-2"]]
    assert (one.completed_on, one.fees.cleared_on, one.identity_attested) == (date(2026, 6, 1), date(2026, 5, 5), True)
    assert (one.contracts[0].jurisdiction, one.timely_date) == ("VIC", date(2026, 10, 31))
    assert (two.state, two.exited_on) == ("exited", date(2026, 6, 20))

    again = _load(school, *given)
    assert again.findings == []
    assert {name for name, count in again.counts.items() if count} == {
        "enrolments_unchanged", "outcomes_unchanged", "fees_unchanged",
    }  # fmt: skip
    with tenancy.for_provider(school.id):
        assert EnrolmentChange.objects.count() == changes, "the same again leaves no change"


def test_training_that_is_over_is_said_and_its_day_computed(school: School) -> None:
    assert _load(school, _csv("enrolments", _one(completed="Y")), _csv("outcomes", _went())).findings == []
    with tenancy.for_provider(school.id):
        (line,) = queries.enrolments(school.id, queries.Wanted(states=("completed",)))[1]
    assert line.completed_on == date(2026, 6, 1)


WRONG = [
    (_one(enrolled_on="2026-13-01"), "enrolled_on", "E05"),
    (_one(product_kind="degree"), "product_kind", "E03"),
    (_one(usi="ABC"), "usi", "USI-09"),
    (_one(family_name=""), "family_name", "E01"),
    (_one(exited_on="2026-06-01"), "exit_reason", "E01"),
    (_one(exited_on="2027-06-01", exit_reason="withdrew"), "exited_on", "E05"),
    (_one(contract_number="TC-1", contract_state="QL", contract_from="2026-01-01"), "contract_state", "E03"),
    (_one(completed="yes"), "completed", "E03"),
    (_one(completed="Y"), "completed", "E11"),
    (_one(sector="he", product_kind="he-course"), "enrolled_on", "AQF-08"),
]


@pytest.mark.parametrize(("row", "column", "rule"), WRONG)
def test_one_wrong_row_is_named_and_nothing_of_the_files_is_kept(
    school: School, row: dict[str, str], column: str, rule: str
) -> None:
    loaded = _load(school, _csv("enrolments", _one("S-9"), row), _csv("outcomes", _went("S-9")))
    assert ("enrolments.csv", 3, column, rule) in _found(loaded)
    with tenancy.for_provider(school.id):
        assert (Enrolment.objects.count(), EnrolmentChange.objects.count()) == (0, 0)


def test_findings_of_all_files_come_at_once_in_order(school: School) -> None:
    loaded = _load(
        school,
        _csv("enrolments", _one(), _one(), _one("S-3", gender="Q")),
        _csv("outcomes", _went("S-4"), _went(outcome="passed")),
        _csv("fees", _fee(amount="ten")),
    )
    assert _found(loaded) == [
        ("enrolments.csv", 3, "student_id", "E08"),
        ("enrolments.csv", 4, "gender", "E03"),
        ("fees.csv", 2, "amount", "E06"),
        ("outcomes.csv", 2, "student_id", "E07"),
    ]


def test_a_decided_outcome_changes_by_file_with_a_reason_only(school: School) -> None:
    _load(school, _csv("enrolments", _one()), _csv("outcomes", _went()))
    failed = {"outcome": "not-competent"}
    assert _found(_load(school, _csv("outcomes", _went(**failed)))) == [("outcomes.csv", 2, "reason", "E10")]
    loaded = _load(school, _csv("outcomes", _went(**failed, reason="Appeal upheld")))
    assert loaded.counts["outcomes_changed"] == 1


def test_an_empty_cell_removes_nothing_from_an_outcome(school: School) -> None:
    _load(school, _csv("enrolments", _one()), _csv("outcomes", _went(delivered_in="zh", grade="B")))
    loaded = _load(school, _csv("outcomes", _went(assessor="", decided_on="")))
    assert loaded.counts["outcomes_unchanged"] == 1
    loaded = _load(
        school, _csv("outcomes", _went(outcome="withdrawn", assessor="", decided_on="", reason="Left the unit"))
    )
    assert loaded.counts["outcomes_changed"] == 1
    with tenancy.for_provider(school.id):
        (line,) = queries.enrolments(school.id, queries.Wanted())[1]
        (unit,) = queries.facts_for(line.id, TODAY).units
    assert (unit.outcome, unit.decided_on, unit.delivered_in, unit.grade) == ("withdrawn", None, "zh", "B")


def test_the_day_is_needed_where_a_student_was_enrolled_twice(school: School) -> None:
    _load(school, _csv("enrolments", _one(), _one(enrolled_on="2026-03-02")))
    assert _found(_load(school, _csv("outcomes", _went()))) == [("outcomes.csv", 2, "enrolled_on", "E07")]
    assert _load(school, _csv("outcomes", _went(enrolled_on="2026-03-02"))).findings == []


def test_a_check_writes_nothing_and_others_may_not_load(school: School) -> None:
    assert _load(school, _csv("enrolments", _one()), only_check=True).counts["enrolments_new"] == 1
    with tenancy.for_provider(school.id):
        assert Enrolment.objects.count() == 0
        with pytest.raises(NotAllowed):
            actions.load_files(school.id, [_csv("enrolments", _one())], by=school.administrator.id, at=AT)
