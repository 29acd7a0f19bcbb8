"""Proposed joins on pages: nothing personal before the access event, two people where one is not enough, the person asked."""

from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

from testamur.kernel.identifiers import printed
from testamur.log import queries as log_queries
from testamur.students import actions as students_actions
from testamur.students.linkage import actions as linkage_actions
from tests import applying, build, joining
from tests.build import NOW
from tests.joining import WHY

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff() -> applying.Secretariat:
    return applying.secretariat()


@pytest.fixture
def exact(tmp_path: Path) -> joining.Pair:
    return joining.pair(tmp_path)


def page(client: Client, name: str, *args: str, **query: str) -> str:
    """Return a page's text."""
    answer = client.get(reverse(name, args=args), query)
    assert answer.status_code == 200
    return answer.content.decode()


def act(client: Client, number: str, verb: str, **fields: str) -> str:
    """Do one thing with a proposal and return the page to which it leads."""
    answer = client.post(reverse("secretariat:join_act", args=[number, verb]), fields, follow=True)
    assert answer.status_code == 200
    return answer.content.decode()


def reads(*students: int) -> list[tuple[int | None, str, str, str, str | None]]:
    """Return who looked at students, the oldest first."""
    events = log_queries.access_events(students=students, limit=500)
    return [(one.student, one.role, one.action, one.purpose, one.case) for one in reversed(events)]


def test_the_queue_names_nobody_and_a_pair_is_shown_after_both_are_told(
    exact: joining.Pair, staff: applying.Secretariat
) -> None:
    officer = build.signed_in(staff.officer)
    work = page(officer, "secretariat:home")
    assert "Proposed joins" in work
    queue = page(officer, "secretariat:joins")
    assert printed(exact.number) in queue
    assert "Same e-mail address" in queue
    assert "Achterberg" not in queue
    assert reads(exact.one, exact.other) == []

    shown = page(officer, "secretariat:join", exact.number)
    assert shown.count("Achterberg") >= 2
    assert "Agrees" in shown
    assert "9 February 1990" in shown
    assert joining.EMAIL not in shown
    expected = ("secretariat_officer", "viewed", "identity", exact.number)
    assert sorted(reads(exact.one, exact.other)) == sorted((one, *expected) for one in (exact.one, exact.other))


def test_the_queue_is_narrowed_ordered_and_emptied(exact: joining.Pair, staff: applying.Secretariat) -> None:
    officer = build.signed_in(staff.officer)
    assert printed(exact.number) in page(officer, "secretariat:joins", grounds="email", order="score")
    assert printed(exact.number) not in page(officer, "secretariat:joins", grounds="usi")
    assert printed(exact.number) not in page(officer, "secretariat:joins", state="confirmed")
    assert "No proposal waits" in page(officer, "secretariat:joins", state="confirmed", page="7")


def test_a_join_brings_both_records_to_the_page_and_undoing_takes_one_away(
    exact: joining.Pair, staff: applying.Secretariat
) -> None:
    student = joining.applicant_of(exact, staff)
    reader = build.signed_in(student)
    before = page(reader, "student:record")
    assert "Example Institute of Design" in before
    assert "Example College of Letters" not in before

    officer = build.signed_in(staff.officer)
    assert "Write down why" in act(officer, exact.number, "confirm")
    assert "The two are joined" in act(officer, exact.number, "confirm", reason=WHY, once="a")
    after = page(reader, "student:record")
    assert "Example Institute of Design" in after
    assert "Example College of Letters" in after

    supervisor = build.signed_in(staff.supervisor)
    assert "two people" in act(supervisor, exact.number, "undo", reason="Twins")
    undone = page(reader, "student:record")
    assert "Example Institute of Design" in undone
    assert "Example College of Letters" not in undone


def test_who_looked_is_read_by_whoever_the_record_belongs_to_now(
    exact: joining.Pair, staff: applying.Secretariat
) -> None:
    reader = build.signed_in(joining.applicant_of(exact, staff))
    case = f"case {printed(exact.number)}"
    assert case not in page(reader, "student:access")
    page(build.signed_in(staff.officer), "secretariat:join", exact.number)  # two events, one for each student
    assert page(reader, "student:access").count(case) == 1
    linkage_actions.confirm_join(exact.number, reason=WHY, by=staff.officer.id, at=NOW)
    assert page(reader, "student:access").count(case) == 2

    linkage_actions.undo_join(exact.number, reason="Twins", by=staff.supervisor.id, at=NOW)
    assert page(reader, "student:access").count(case) == 1
    other = build.student_account()
    person = students_actions.ensure_person(other.id, at=NOW)
    students_actions.link_student(person, exact.other, reason="Exact match", by=staff.officer.id, at=NOW)
    assert page(build.signed_in(other), "student:access").count(case) == 1


def test_a_pair_that_is_not_exact_goes_from_an_officer_to_a_supervisor(
    tmp_path: Path, staff: applying.Secretariat
) -> None:
    made = joining.pair(tmp_path, exact=False)
    officer, supervisor = build.signed_in(staff.officer), build.signed_in(staff.supervisor)
    shown = page(officer, "secretariat:join", made.number)
    assert "Give it to a supervisor" in shown
    assert "Join the two" not in shown
    assert "approved by a supervisor" in act(officer, made.number, "confirm", reason=WHY)
    assert "A supervisor who did not write it decides" in act(officer, made.number, "endorse", reason=WHY)
    assert "Join the two" in page(supervisor, "secretariat:join", made.number)
    assert "The two are joined" in act(supervisor, made.number, "confirm", reason="Agreed")
    assert joining.join(made.number).state == "confirmed"


def test_an_auditor_sees_that_fields_agree_and_decides_nothing(
    exact: joining.Pair, staff: applying.Secretariat
) -> None:
    auditor = build.signed_in(staff.auditor)
    shown = page(auditor, "secretariat:join", exact.number)
    assert "masked" in shown
    assert "Agrees" in shown
    for word in ("Achterberg", "1990", "Join the two"):
        assert word not in shown
    answer = auditor.post(reverse("secretariat:join_act", args=[exact.number, "confirm"]), {"reason": WHY})
    assert answer.status_code == 403
    assert reads(exact.one)[0][1] == "auditor"


def test_an_officer_opens_nothing_about_themself(tmp_path: Path, staff: applying.Secretariat) -> None:
    one = joining.lodged(tmp_path, build.provider(), email=staff.officer.email)
    two = joining.lodged(tmp_path, build.provider(), email=staff.officer.email)
    linkage_actions.propose_joins(at=NOW)
    number = joining.number_of(one, two)
    answer = build.signed_in(staff.officer).get(reverse("secretariat:join", args=[number]))
    assert answer.status_code == 403
    assert "Achterberg" not in answer.content.decode()
    assert page(build.signed_in(staff.officer_two), "secretariat:join", number).count("Achterberg") >= 2


def test_a_student_is_asked_and_told_the_provider_and_the_years_only(
    tmp_path: Path, staff: applying.Secretariat
) -> None:
    made = joining.pair(tmp_path, given="Gracie", other_names="Wilhelmina")
    stranger = build.signed_in(applying.applicant())
    assert "Once your identity is confirmed" in page(stranger, "student:joins")
    student = joining.applicant_of(made, staff)
    reader = build.signed_in(student)
    asked = page(reader, "student:joins")
    assert "Example College of Letters" in asked
    assert "2012 to 2014" in asked
    for word in ("Gracie", "Wilhelmina", "T-7", "1990", "Master of IT", joining.EMAIL):
        assert word not in asked
    assert reads(made.other)[-1] == (made.other, "matched_student", "searched", "identity", made.number)

    answer = reader.post(reverse("student:answer_join", args=[made.number]), {"answer": "mine"}, follow=True)
    assert "You said: mine" in answer.content.decode()
    assert joining.join(made.number).state == "proposed"
    assert "Says: mine" in page(build.signed_in(staff.officer), "secretariat:joins")
    assert "Example College of Letters" not in page(reader, "student:record")

    refused = stranger.post(reverse("student:answer_join", args=[made.number]), {"answer": "mine"})
    assert refused.status_code == 404


def test_a_record_of_another_account_is_not_told_to_a_student(exact: joining.Pair, staff: applying.Secretariat) -> None:
    student = joining.applicant_of(exact, staff)
    person = students_actions.ensure_person(build.student_account().id, at=NOW)
    students_actions.link_student(person, exact.other, reason="Exact match", by=staff.officer.id, at=NOW)
    reader = build.signed_in(student)
    assert "Example College of Letters" not in page(reader, "student:joins")
    answer = reader.post(reverse("student:answer_join", args=[exact.number]), {"answer": "mine"})
    assert answer.status_code == 404
