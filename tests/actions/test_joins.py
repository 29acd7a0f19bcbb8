"""Joins of students: proposed by comparison, decided by people, reversible, and each with its leaf in the log."""

import argparse
import json
from pathlib import Path

import pytest
from django.db import connection

from testamur.extracts import actions as extracts_actions
from testamur.kernel import tenancy
from testamur.kernel.errors import Conflict, NotAllowed, NotFound
from testamur.log import actions as log_actions
from testamur.log import queries as log_queries
from testamur.students import actions as students_actions
from testamur.students import erasing
from testamur.students import queries as students_queries
from testamur.students.linkage import actions, leaves, queries
from testamur.students.models import JoinProposal, LinkLeaf, PersonLink
from tests import applying, build, joining
from tests.build import NOW, OPERATOR

pytestmark = pytest.mark.django_db
WHY = "The provider's letter of 2014 names both numbers"


@pytest.fixture
def staff() -> applying.Secretariat:
    return applying.secretariat()


@pytest.fixture
def exact(tmp_path: Path) -> joining.Pair:
    return joining.pair(tmp_path)


@pytest.fixture
def inexact(tmp_path: Path) -> joining.Pair:
    return joining.pair(tmp_path, exact=False)


def persons(*students: int) -> list[object]:
    """Return the person of each student, None where there is none."""
    with tenancy.for_register():
        held = dict(
            PersonLink.objects.filter(student_id__in=students, state="confirmed").values_list("student_id", "person_id")
        )
    return [held.get(student) for student in students]


def leaf_faults() -> str:
    """Return what the audit says of links and joins."""
    from testamur.extracts import queries as extracts_queries
    from testamur.register import queries as register_queries

    log_actions.seal(at=NOW)
    with tenancy.for_register():
        with connection.cursor() as cursor:
            cursor.execute("CLOSE ALL")  # the audit reads by a cursor of its transaction, and a test is one transaction
        recomputed = [
            *register_queries.recomputed_leaves(),
            *extracts_queries.recomputed_leaves(),
            *leaves.recomputed_leaves(),
        ]
        checks = log_queries.verify_everything(recomputed)
    (record,) = [check for check in checks if check.name == "record"]
    return "" if record.ok else record.detail


# Proposing -------------------------------------------------------------------------------------------------------------


def test_a_pair_is_proposed_once_however_often_the_job_runs(exact: joining.Pair) -> None:
    row = joining.join(exact.number)
    assert (row.state, row.grounds, row.exact, row.levels["family"]) == ("proposed", "email", True, "same")
    assert persons(exact.one, exact.other) == [None, None]
    again = actions.propose_joins(at=NOW)
    assert (again.pairs, again.new, again.kept, again.renewed, again.dropped) == (1, 0, 1, 0, 0)


def test_nothing_personal_stands_in_a_proposal(exact: joining.Pair) -> None:
    with tenancy.for_register(), connection.cursor() as cursor:
        cursor.execute("SELECT t::text FROM students_joinproposal t")
        text = " ".join(row for (row,) in cursor.fetchall()).lower()
    assert not [word for word in ("achterberg", "grace", "1990", "example.org", "4573") if word in text]


def test_what_a_provider_changed_is_compared_anew_and_a_pair_no_longer_found_goes_stale(
    tmp_path: Path, inexact: joining.Pair
) -> None:
    joining.again(tmp_path, inexact.providers[1], "T-7", given="Gracie")
    done = actions.propose_joins(at=NOW)
    assert (done.new, done.renewed, joining.join(inexact.number).state) == (0, 1, "proposed")
    joining.again(tmp_path, inexact.providers[1], "T-7", family="Kealoha", given="Zoltan")
    done = actions.propose_joins(at=NOW)
    assert (done.dropped, joining.join(inexact.number).state) == (1, "stale")


def test_a_run_killed_while_it_writes_leaves_nothing_and_the_next_one_does_it_all(
    exact: joining.Pair, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    joining.lodged(tmp_path, build.provider(), "U1", email=joining.EMAIL)
    real, calls = JoinProposal.objects.bulk_create, []

    def dies(rows: list[JoinProposal]) -> list[JoinProposal]:
        calls.append(real(rows))
        raise SystemExit

    with monkeypatch.context() as planted:
        planted.setattr(JoinProposal.objects, "bulk_create", dies)
        with pytest.raises(SystemExit):
            actions.propose_joins(at=NOW)
    assert len(calls) == 1
    with tenancy.for_register():
        assert JoinProposal.objects.count() == 1
    done = actions.propose_joins(at=NOW)
    assert (done.pairs, done.new, done.kept) == (3, 2, 1)


def test_verified_usis_that_differ_are_never_proposed_and_never_joined(
    exact: joining.Pair, staff: applying.Secretariat
) -> None:
    plant_usis(exact, "2222222222", "3333333333")
    with pytest.raises(NotAllowed) as refused:
        actions.confirm_join(exact.number, reason=WHY, by=staff.officer.id, at=NOW)
    assert any("two people" in finding.message for finding in refused.value.findings)
    assert actions.propose_joins(at=NOW).pairs == 0
    assert joining.join(exact.number).state == "stale"


def plant_usis(made: joining.Pair, *numbers: str) -> None:
    """Give both students a verified USI, as the Registry's answer leaves it."""
    from django.conf import settings

    from testamur.students import sealing
    from testamur.students.models import Identifier

    key = sealing.identifier_key(settings.KEYS_DIR, create=True)
    with tenancy.for_register():
        for student, number, provider in zip((made.one, made.other), numbers, made.providers, strict=True):
            Identifier.objects.create(
                student_id=student,
                kind="usi",
                provider_id=provider.id,
                sealed=sealing.seal_identifier(key, number, student_id=student, kind="usi"),
            )
        Identifier.objects.update(state="verified", answered_by="real")


# Deciding --------------------------------------------------------------------------------------------------------------


def test_an_officer_joins_an_exact_pair_and_a_supervisor_undoes_it(
    exact: joining.Pair, staff: applying.Secretariat
) -> None:
    person = actions.confirm_join(exact.number, reason=WHY, by=staff.officer.id, at=NOW)
    assert persons(exact.one, exact.other) == [person, person]
    with tenancy.for_register():
        assert LinkLeaf.objects.count() == 3
    assert leaf_faults() == ""

    with pytest.raises(NotAllowed, match="supervisor"):
        actions.undo_join(exact.number, reason="Twins", by=staff.officer.id, at=NOW)
    assert actions.undo_join(exact.number, reason="Twins", by=staff.supervisor.id, at=NOW)
    assert persons(exact.one, exact.other) == [None, None]
    assert leaf_faults() == ""


def test_a_pair_that_is_not_exact_needs_two_people(inexact: joining.Pair, staff: applying.Secretariat) -> None:
    number = inexact.number
    for who in (staff.officer, staff.supervisor):
        with pytest.raises(NotAllowed):
            actions.confirm_join(number, reason=WHY, by=who.id, at=NOW)
    actions.endorse_join(number, reason=WHY, by=staff.supervisor.id, at=NOW)
    for who in (staff.officer, staff.supervisor):
        with pytest.raises(NotAllowed):
            actions.confirm_join(number, reason=WHY, by=who.id, at=NOW)
    actions.confirm_join(number, reason="Agreed", by=staff.supervisor_two.id, at=NOW)
    assert joining.join(number).state == "confirmed"


def test_confirming_twice_joins_once(exact: joining.Pair, staff: applying.Secretariat) -> None:
    first = actions.confirm_join(exact.number, reason=WHY, by=staff.officer.id, at=NOW, key="k1")
    assert actions.confirm_join(exact.number, reason=WHY, by=staff.officer.id, at=NOW, key="k1") == first
    with pytest.raises(Conflict):
        actions.confirm_join(exact.number, reason=WHY, by=staff.officer_two.id, at=NOW)
    with tenancy.for_register():
        assert PersonLink.objects.count() == 2


def test_others_decide_nothing(exact: joining.Pair, staff: applying.Secretariat) -> None:
    student = build.student_account()
    for who in (student, staff.auditor):
        for verb in (actions.confirm_join, actions.decline_join, actions.endorse_join, actions.undo_join):
            with pytest.raises(NotAllowed):
                verb(exact.number, reason=WHY, by=who.id, at=NOW)
    with pytest.raises(NotFound):
        actions.answer_join(exact.number, "mine", by=student.id, at=NOW)
    with pytest.raises(NotAllowed):
        actions.confirm_join(exact.number, reason=" ", by=staff.officer.id, at=NOW)


def test_nobody_decides_about_themself(tmp_path: Path, staff: applying.Secretariat) -> None:
    first, second = build.provider(), build.provider()
    one = joining.lodged(tmp_path, first, email=staff.officer.email)
    two = joining.lodged(tmp_path, second, email=staff.officer.email.upper())
    actions.propose_joins(at=NOW)
    number = joining.number_of(one, two)
    for verb in (actions.confirm_join, actions.decline_join, actions.endorse_join):
        with pytest.raises(NotAllowed) as refused:
            verb(number, reason=WHY, by=staff.officer.id, at=NOW)
        assert refused.value.findings[0].rule == "F.2"
    actions.confirm_join(number, reason=WHY, by=staff.officer_two.id, at=NOW)


@pytest.mark.parametrize("verb", ["decline", "undo"])
def test_a_pair_turned_down_comes_back_only_when_something_about_it_changes(
    exact: joining.Pair, staff: applying.Secretariat, tmp_path: Path, verb: str
) -> None:
    if verb == "decline":
        actions.decline_join(exact.number, reason="Twins", by=staff.officer.id, at=NOW)
    else:
        actions.confirm_join(exact.number, reason=WHY, by=staff.officer.id, at=NOW)
        actions.undo_join(exact.number, reason="Twins", by=staff.supervisor.id, at=NOW)
    assert actions.propose_joins(at=NOW).new == 0
    joining.again(tmp_path, exact.providers[0], given="Grace")  # the same again is no change
    assert actions.propose_joins(at=NOW).new == 0
    joining.again(tmp_path, exact.providers[0], given="Grace May")
    assert actions.propose_joins(at=NOW).new == 1
    with tenancy.for_register():
        assert sorted(JoinProposal.objects.values_list("state", flat=True)) == sorted(
            ["proposed", {"decline": "declined", "undo": "undone"}[verb]]
        )


def test_what_changed_since_the_comparison_is_not_joined(
    exact: joining.Pair, staff: applying.Secretariat, tmp_path: Path
) -> None:
    joining.again(tmp_path, exact.providers[1], "T-7", given="Zoltan")
    with pytest.raises(NotAllowed) as refused:
        actions.confirm_join(exact.number, reason=WHY, by=staff.officer.id, at=NOW)
    assert any("has changed" in finding.message for finding in refused.value.findings)


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


# What the person says --------------------------------------------------------------------------------------------------


def test_what_the_person_says_is_written_down_and_joins_nobody(
    exact: joining.Pair, staff: applying.Secretariat
) -> None:
    account = joining.applicant_of(exact, staff)
    actions.answer_join(exact.number, "mine", by=account.id, at=NOW)
    assert joining.join(exact.number).answer == "mine"
    assert persons(exact.other) == [None]
    actions.decline_join(exact.number, reason="Twins", by=staff.officer.id, at=NOW)
    with pytest.raises(Conflict):
        actions.answer_join(exact.number, "not_mine", by=account.id, at=NOW)


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


# The command -----------------------------------------------------------------------------------------------------------


def test_the_command_proposes_and_counts_and_names_nobody(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from testamur.service.commands import linkage

    def run(*typed: str) -> tuple[int, str]:
        parser = argparse.ArgumentParser()
        linkage.add(parser.add_subparsers())
        options = parser.parse_args(["linkage", *typed])
        return options.run(options), capsys.readouterr().out

    for code in ("S1", "T-7"):
        joining.lodged(tmp_path, build.provider(), code, email=joining.EMAIL)
    answer, text = run("propose", "--json")
    assert (answer, json.loads(text)["new"]) == (0, 1)
    assert "kept: 1" in run("propose")[1]
    answer, text = run("status", "--json")
    assert (answer, json.loads(text)["waiting"], json.loads(text)["proposals"]["email"]) == (0, 1, {"proposed": 1})
    text = run("status")[1]
    assert "Same e-mail address: 1 proposed" in text
    assert not [word for word in ("Achterberg", "S1", "T-7", joining.EMAIL) if word in text]
