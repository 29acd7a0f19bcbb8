"""Who is one person after a join, a match, an undoing or an erasure; and what the database and the audit refuse or name."""

from importlib import import_module
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.db import connection

from testamur.extracts import actions as extracts_actions
from testamur.kernel import tenancy
from testamur.kernel.errors import Conflict
from testamur.notices.models import OutgoingMail
from testamur.students import actions as students_actions
from testamur.students import erasing
from testamur.students import queries as students_queries
from testamur.students.linkage import actions, queries
from testamur.students.models import JoinProposal, LinkLeaf, PersonLink
from tests import applying, build, joining
from tests.build import NOW, OPERATOR
from tests.joining import WHY, leaf_faults, persons

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff() -> applying.Secretariat:
    return applying.secretariat()


@pytest.fixture
def exact(tmp_path: Path) -> joining.Pair:
    return joining.pair(tmp_path)


# Persons ---------------------------------------------------------------------------------------------------------------


def test_a_join_brings_the_other_record_to_the_account_and_undoing_takes_it_away(
    exact: joining.Pair, staff: applying.Secretariat
) -> None:
    account = joining.applicant_of(exact, staff)
    person = students_queries.person_of_account(account.id)
    assert persons(exact.one, exact.other) == [person, None]
    assert actions.confirm_join(exact.number, reason=WHY, by=staff.officer.id, at=NOW) == person
    own = extracts_actions.read_own_record(by=account.id, at=NOW)
    assert {card.student_id for card in own.cards} == {exact.one, exact.other}

    assert actions.undo_join(exact.number, reason="Twins", by=staff.supervisor.id, at=NOW)
    own = extracts_actions.read_own_record(by=account.id, at=NOW)
    assert {card.student_id for card in own.cards} == {exact.one}
    assert leaf_faults() == ""
    told = OutgoingMail.objects.filter(template="records_changed")
    assert [one.account_id for one in told] == [account.id, account.id]


def test_an_application_after_the_join_brings_both_and_undoing_its_match_takes_both(
    exact: joining.Pair, staff: applying.Secretariat
) -> None:
    before = actions.confirm_join(exact.number, reason=WHY, by=staff.officer.id, at=NOW)
    account = joining.applicant_of(exact, staff)
    person = students_queries.person_of_account(account.id)
    assert person != before
    assert persons(exact.one, exact.other) == [person, person]
    with tenancy.for_register():
        link = PersonLink.objects.get(student_id=exact.one, state="confirmed")
    assert link.join_id is None
    students_actions.undo_link(link.pk, reason="Another Grace", by=staff.supervisor.id, at=NOW)
    one, other = persons(exact.one, exact.other)
    assert one == other
    assert one not in {None, person}
    assert leaf_faults() == ""


def test_two_accounts_are_never_put_together(exact: joining.Pair, staff: applying.Secretariat) -> None:
    for student in (exact.one, exact.other):
        person = students_actions.ensure_person(build.student_account().id, at=NOW)
        students_actions.link_student(person, student, reason="Exact match", by=OPERATOR, at=NOW)
    before = persons(exact.one, exact.other)
    with pytest.raises(Conflict, match="two accounts"):
        actions.confirm_join(exact.number, reason=WHY, by=staff.officer.id, at=NOW)
    assert (persons(exact.one, exact.other), joining.join(exact.number).state) == (before, "proposed")


def test_a_match_is_not_undone_beneath_a_join_that_contradicts_it(
    exact: joining.Pair, staff: applying.Secretariat
) -> None:
    person = students_actions.ensure_person(build.student_account().id, at=NOW)
    link = students_actions.link_student(person, exact.one, reason="Exact match", by=OPERATOR, at=NOW)
    students_actions.link_student(person, exact.other, reason="Exact match", by=OPERATOR, at=NOW)
    with tenancy.for_register():
        assert queries.joins()[1] == 1
    actions.confirm_join(exact.number, reason=WHY, by=staff.officer.id, at=NOW)
    with pytest.raises(Conflict, match="Undo that join first"):
        students_actions.undo_link(link, reason="Another", by=OPERATOR, at=NOW)
    assert not actions.undo_join(exact.number, reason="Twins", by=staff.supervisor.id, at=NOW)
    assert persons(exact.one, exact.other) == [person, person]


def test_three_joined_students_come_apart_where_the_join_between_them_is_undone(
    exact: joining.Pair, staff: applying.Secretariat, tmp_path: Path
) -> None:
    third = joining.lodged(tmp_path, build.provider(), "U1", email=joining.EMAIL)
    actions.propose_joins(at=NOW)
    account = joining.applicant_of(exact, staff)
    person = students_queries.person_of_account(account.id)
    second = joining.number_of(exact.other, third)
    for number in (second, exact.number):
        actions.confirm_join(number, reason=WHY, by=staff.officer.id, at=NOW)
    assert persons(exact.one, exact.other, third) == [person] * 3
    assert actions.propose_joins(at=NOW).dropped == 1  # the first and the third are one person already

    actions.undo_join(exact.number, reason="Twins", by=staff.supervisor.id, at=NOW)
    one, other, last = persons(exact.one, exact.other, third)
    assert (one, other) == (person, last)
    assert other not in {None, person}
    assert leaf_faults() == ""


def test_erasure_ends_a_join_and_whoever_only_it_tied_leaves(exact: joining.Pair, staff: applying.Secretariat) -> None:
    account = joining.applicant_of(exact, staff)
    actions.confirm_join(exact.number, reason=WHY, by=staff.officer.id, at=NOW)
    erasing.erase_student(exact.one, basis="Court order", by=OPERATOR, approved_by=staff.supervisor.id, at=NOW)
    assert persons(exact.one, exact.other) == [None, None]
    assert extracts_actions.read_own_record(by=account.id, at=NOW).cards == ()
    row = joining.join(exact.number)
    assert (row.state, WHY in row.reason) == ("stale", False)
    assert actions.propose_joins(at=NOW).pairs == 0
    assert leaf_faults() == ""


# Planted faults --------------------------------------------------------------------------------------------------------


def test_provider_staff_cannot_read_a_proposal_and_the_person_reads_only_their_own(
    exact: joining.Pair, staff: applying.Secretariat
) -> None:
    person = students_queries.person_of_account(joining.applicant_of(exact, staff).id)
    stranger = students_actions.ensure_person(build.student_account().id, at=NOW)
    assert person is not None
    with tenancy.for_person(person):
        assert JoinProposal.objects.count() == 1
        assert LinkLeaf.objects.count() == 0
        assert JoinProposal.objects.update(state="confirmed", exact=False) == 0
    for scope in (tenancy.for_person(stranger), *map(tenancy.for_provider, [one.id for one in exact.providers])):
        with scope:
            assert JoinProposal.objects.count() == 0
    assert JoinProposal.objects.count() == 0


@pytest.mark.parametrize(
    ("statement", "named"),
    [
        ("UPDATE students_personlink SET student_id = student_id + 1000000", "students_personlink id="),
        ("UPDATE students_personlink SET state = 'proposed'", "students_personlink id="),
        ("UPDATE students_personlink SET made_by = gen_random_uuid()", "students_personlink id="),
        ("UPDATE students_joinproposal SET decided_by = gen_random_uuid()", "students_joinproposal number="),
        ("UPDATE students_joinproposal SET high = high + 1000000", "students_joinproposal number="),
        ("UPDATE students_joinproposal SET state = 'declined'", "students_joinproposal number="),
        (
            "INSERT INTO students_personlink (person_id, student_id, provider_id, state, reason, made_at, undone_reason)"
            " SELECT person_id, 999999999, provider_id, 'confirmed', 'x', made_at, '' FROM students_personlink LIMIT 1",
            "students_personlink id=",
        ),
    ],
)
def test_a_join_altered_in_the_database_is_named(
    exact: joining.Pair, staff: applying.Secretariat, statement: str, named: str
) -> None:
    actions.confirm_join(exact.number, reason=WHY, by=staff.officer.id, at=NOW)
    assert leaf_faults() == ""
    with tenancy.for_register(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert named in leaf_faults()


def test_links_from_before_get_their_leaves_by_the_migration(exact: joining.Pair) -> None:
    person = students_actions.ensure_person(build.student_account().id, at=NOW)
    with tenancy.for_register():
        for student, state in ((exact.one, "confirmed"), (exact.other, "undone")):
            undone = {"undone_by": OPERATOR, "undone_at": NOW} if state == "undone" else {}
            PersonLink.objects.create(
                person_id=person,
                student_id=student,
                provider_id=exact.providers[0].id,
                state=state,
                reason="Exact match",
                made_by=OPERATOR,
                made_at=NOW,
                **undone,
            )
    assert "students_personlink id=" in leaf_faults()
    with tenancy.for_register():
        import_module("testamur.students.migrations.0006_joins").add_leaves(
            apps, SimpleNamespace(connection=connection)
        )
        assert LinkLeaf.objects.count() == 3
    assert leaf_faults() == ""
