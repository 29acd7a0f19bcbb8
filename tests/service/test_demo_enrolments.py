"""The demo's class in training stands in every state, and for somebody each thing is missing that issuing asks about."""

import pytest

from testamur.accounts.roles import Role
from testamur.enrolments import queries
from testamur.kernel import tenancy
from testamur.service.world import enrolments, people
from testamur.service.world.providers import Place
from tests import build, enrolling, training

pytestmark = pytest.mark.django_db


def test_the_class_stands_in_every_state_and_lacks_each_thing_somewhere() -> None:
    training.load()
    school = enrolling.school(code="90142")
    build.member(Role.PROVIDER_DATA_OFFICER, school.organisation_id, email=people.RTO_OFFICER.email)
    build.student_account(email=people.VOCATIONAL.email)
    place = Place(school.id, school.organisation_id)
    enrolments.enrol_class(place, officer=build.OPERATOR, at=build.NOW)

    with tenancy.for_provider(school.id):
        total, lines = queries.enrolments(school.id, queries.Wanted(), limit=100)
        counts = queries.state_counts(school.id)
        facts = queries.facts_of([line.id for line in lines], build.NOW.date()).values()
    assert total == enrolments.STUDENTS
    assert {state for state, count in counts.items() if count} == {
        "enrolled", "commenced", "completed", "exited", "cancelled",
    }  # fmt: skip
    finished = [one for one in facts if one.state == "completed"]
    assert {one.usi for one in finished} == {"pending", "none"}
    assert {one.identity_attested for one in finished} == {True, False}
    assert {one.fees.balance > 0 for one in finished} == {True, False}
    assert {unit.evidence for one in finished for unit in one.units} == {True, False}
    assert all(len(one.units) == 11 for one in finished)
