"""Joins of students: proposed by comparison, decided by people, reversible, and each with its leaf in the log."""

import argparse
import json
from pathlib import Path

import pytest
from django.db import connection

from testamur.kernel import tenancy
from testamur.kernel.errors import Conflict, NotAllowed, NotFound
from testamur.students.linkage import actions
from testamur.students.models import JoinProposal, LinkLeaf, PersonLink
from tests import applying, build, joining
from tests.build import NOW
from tests.joining import WHY, leaf_faults, persons

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff() -> applying.Secretariat:
    return applying.secretariat()


@pytest.fixture
def exact(tmp_path: Path) -> joining.Pair:
    return joining.pair(tmp_path)


@pytest.fixture
def inexact(tmp_path: Path) -> joining.Pair:
    return joining.pair(tmp_path, exact=False)


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

    def dies(rows: list[JoinProposal], **options: int) -> list[JoinProposal]:
        calls.append(real(rows, **options))
        raise SystemExit

    with monkeypatch.context() as planted:
        planted.setattr(JoinProposal.objects, "bulk_create", dies)
        with pytest.raises(SystemExit):
            actions.propose_joins(at=NOW)
    assert len(calls) == 1
    with tenancy.for_register():
        assert JoinProposal.objects.count() == 1
    done = actions.propose_joins(at=NOW)
    assert (done.pairs, done.new, done.kept + done.renewed, done.dropped) == (3, 2, 1, 0)


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
