"""Whether the national register lets a provider enrol somebody, as the action asks it (AQF-08, TRN-01, TRN-08, TRN-09)."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from testamur.enrolments import actions
from testamur.kernel import tenancy
from testamur.kernel.errors import NotAllowed
from tests import enrolling, training
from tests.enrolling import AT, School

pytestmark = pytest.mark.django_db
COURSE = {"product_code": "YY102VIC", "product_kind": "short-course", "product_title": "Course in Ladder Safety"}
LATER = datetime(2026, 8, 20, 2, 0, tzinfo=UTC)


@pytest.fixture
def school() -> School:
    training.load()
    return enrolling.school(code="90142")


def _refused(school: School, *, at: datetime = AT, **said: Any) -> list[str]:
    with pytest.raises(NotAllowed) as refused:
        enrolling.enrolled(school, at=at, **said)
    return [one.rule for one in refused.value.findings]


def test_aqf_08_the_product_is_on_scope_on_the_day_of_enrolment(school: School) -> None:
    assert enrolling.enrolled(school, product_code="ZZA30118")
    assert _refused(school) == ["AQF-08"], "a product that is not on scope"
    assert enrolling.enrolled(school, product_code="ZZG40226", enrolled_on=date(2025, 12, 30))
    assert _refused(school, product_code="ZZG40226", enrolled_on=date(2026, 2, 2)) == ["AQF-08"], "no longer on scope"


def test_trn_08_nobody_begins_in_a_course_that_has_ended(school: School) -> None:
    enrolment = enrolling.enrolled(school, **COURSE)
    said = {"by": school.officer.id, "at": LATER}
    with tenancy.for_provider(school.id):
        with pytest.raises(NotAllowed) as refused:
            actions.commence(enrolment, date(2026, 8, 12), **said)
        assert [one.rule for one in refused.value.findings] == ["TRN-08"]
        late = enrolling.outcome(decided_on=date(2026, 8, 12))
        with pytest.raises(NotAllowed, match="commenc"):
            actions.record_outcomes([(enrolment, late)], **said)
        actions.commence(enrolment, date(2026, 8, 11), **said)
        actions.record_outcomes([(enrolment, late)], **said)


def test_trn_08_an_enrolment_that_says_so_itself_begins_too_late_too(school: School) -> None:
    begun = {"commenced_on": date(2026, 8, 12), "enrolled_on": date(2026, 7, 2), **COURSE}
    assert _refused(school, at=LATER, **begun) == ["TRN-08"]


def test_trn_09_a_stale_copy_holds_enrolments_in_products_that_changed_and_in_no_other(school: School) -> None:
    late = date(2026, 7, 6)
    at = datetime(2026, 7, 6, 2, 0, tzinfo=UTC)
    assert enrolling.enrolled(school, "S-1", at=at, product_code="ZZA30118", enrolled_on=late)
    assert _refused(school, at=at, enrolled_on=late, **COURSE) == ["TRN-09"]
    assert enrolling.enrolled(school, "S-2", at=at, enrolled_on=date(2026, 7, 5), **COURSE), (
        "seven days are not too old"
    )


def test_trn_01_a_superseded_unit_on_its_own_takes_nobody_after_a_year(school: School) -> None:
    unit = {"product_code": "ZZKARC215", "product_kind": "unit", "product_title": "A unit on its own"}
    assert enrolling.enrolled(school, enrolled_on=date(2025, 11, 19), **unit), "the last day itself"
    assert _refused(school, enrolled_on=date(2025, 11, 20), **unit) == ["TRN-01"]
