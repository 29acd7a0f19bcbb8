"""The secretariat's cases on pages: nothing personal before the access event, two people where one is not enough."""

from datetime import date
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

from testamur.extracts import actions as extracts_actions
from testamur.extracts import queries
from testamur.kernel import tenancy
from testamur.log import queries as log_queries
from testamur.log.models import AccessEvent
from testamur.students import queries as students_queries
from tests import applying, build, recording
from tests.build import NOW, Person

pytestmark = pytest.mark.django_db

FACT_ONE = "A letter of the provider from 2013, seen as an original"
FACT_TWO = "Their lecturer confirmed them by a call to the university"


@pytest.fixture
def staff() -> applying.Secretariat:
    return applying.secretariat()


def post(client: Client, name: str, number: str, verb: str, /, **fields: object) -> str:
    """Do one thing in a case and return the page to which it leads."""
    answer = client.post(reverse(f"secretariat:{name}_act", args=[number, verb]), fields, follow=True)
    assert answer.status_code == 200
    return answer.content.decode()


def state_of(number: str) -> str:
    with tenancy.for_register():
        return queries.request(number).state


def inexact(folder: Path, staff: applying.Secretariat) -> tuple[Person, str]:
    """Make a case with one student who was born a year later: for an officer."""
    provider = applying.closed_provider(folder, records=[recording.student("S1", birth_date=date(1991, 2, 9))])
    person = applying.identified(staff)
    return person, applying.applied(person, provider)


def test_a_picture_is_looked_at_and_confirmed_and_the_match_confirmed(
    tmp_path: Path, staff: applying.Secretariat
) -> None:
    provider = applying.closed_provider(tmp_path)
    person = applying.applicant()
    extracts_actions.name_identity_document("passport", by=person.id, at=NOW)
    check = extracts_actions.upload_scan(applying.PNG, by=person.id, at=NOW)
    number = applying.applied(person, provider)
    officer = build.signed_in(staff.officer)

    assert "Nguyen" not in officer.get(reverse("secretariat:identities")).content.decode()
    assert "Nguyen" in officer.get(reverse("secretariat:identity", args=[check])).content.decode()
    picture = officer.get(reverse("secretariat:identity_scan", args=[check]))
    assert picture.content == applying.PNG
    assert picture["Content-Disposition"].startswith("attachment")
    assert picture["X-Content-Type-Options"] == "nosniff"
    assert "no-store" in picture["Cache-Control"]
    assert "confirmed and the picture deleted" in post(officer, "identity", check, "confirm")

    queue = officer.get(reverse("secretariat:requests")).content.decode()
    assert "Match to confirm" in queue
    assert "Nguyen" not in queue
    assert "Grace" in officer.get(reverse("secretariat:request", args=[number])).content.decode()
    assert "is certified" in post(officer, "request", number, "confirm")
    assert state_of(number) == "ready"

    person_id = students_queries.person_of_account(person.id)
    assert person_id is not None
    kinds = {(one.action, one.purpose) for one in log_queries.access_events(person=person_id)}
    assert {("viewed", "identity"), ("downloaded", "identity"), ("viewed", "extract"), ("created", "extract")} <= kinds


def test_a_match_that_is_not_exact_needs_a_supervisor_who_did_not_choose_it(
    tmp_path: Path, staff: applying.Secretariat
) -> None:
    _, number = inexact(tmp_path, staff)
    assert state_of(number) == "officer"
    officer, supervisor = build.signed_in(staff.officer), build.signed_in(staff.supervisor)
    page = officer.get(reverse("secretariat:request", args=[number])).content.decode()
    assert "Differs" in page
    with tenancy.for_register():
        (match,) = queries.matches_of(number)
    reason = "The provider's letter of 2013 corrects the birth year"
    post(officer, "request", number, "propose", student=match.student_id, reason=reason)
    assert "approved by a supervisor" in post(officer, "request", number, "confirm")
    assert state_of(number) == "found"
    assert "is certified" in post(supervisor, "request", number, "confirm")
    assert state_of(number) == "ready"


def test_without_a_document_two_facts_and_two_people_confirm(tmp_path: Path, staff: applying.Secretariat) -> None:
    provider = applying.closed_provider(tmp_path)
    person = applying.applicant()
    check = extracts_actions.open_assisted_case("expired", by=person.id, at=NOW)
    number = applying.applied(person, provider)
    assert state_of(number) == "identity_assisted"
    officer, supervisor = build.signed_in(staff.officer), build.signed_in(staff.supervisor)
    assert "two independent facts" in post(officer, "identity", check, "propose", first=FACT_ONE, second=FACT_ONE)
    post(officer, "identity", check, "propose", first=FACT_ONE, second=FACT_TWO)
    assert "approved by a supervisor" in post(officer, "identity", check, "approve")
    post(supervisor, "identity", check, "approve")
    assert state_of(number) == "found"


def test_an_auditor_sees_that_fields_agree_and_not_what_they_hold(tmp_path: Path, staff: applying.Secretariat) -> None:
    _, number = inexact(tmp_path, staff)
    page = build.signed_in(staff.auditor).get(reverse("secretariat:request", args=[number])).content.decode()
    assert "Differs" in page
    assert "masked" in page
    assert "Nguyen" not in page
    assert "1990" not in page


def test_without_its_access_event_a_case_stays_shut(
    tmp_path: Path, staff: applying.Secretariat, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, number = inexact(tmp_path, staff)
    officer = build.signed_in(staff.officer)

    def refuse(*args: object, **options: object) -> None:
        raise RuntimeError("the event cannot be written")

    monkeypatch.setattr(AccessEvent.objects, "create", refuse)
    officer.raise_request_exception = False
    answer = officer.get(reverse("secretariat:request", args=[number]))
    assert answer.status_code == 500
    assert b"Nguyen" not in answer.content


def test_an_answer_by_hand_is_read_by_the_applicant(tmp_path: Path, staff: applying.Secretariat) -> None:
    person, number = inexact(tmp_path, staff)
    officer = build.signed_in(staff.officer)
    said = "Looked under Nguyen and Tran, in every year from 2010 on."
    post(officer, "request", number, "answer", verb="answer_no_match", reason=said)
    assert state_of(number) == "no_match"
    page = build.signed_in(person).get(reverse("student:request", args=[number])).content.decode()
    assert said in page
    assert "does not say that you did not study there" in page
    post(officer, "request", number, "look-again", reason="A former name came up")
    assert state_of(number) == "officer"


def test_an_officer_compares_with_another_family_name(tmp_path: Path, staff: applying.Secretariat) -> None:
    provider = applying.closed_provider(tmp_path, records=[recording.student("S1", family="Tran")])
    number = applying.applied(applying.identified(staff), provider)
    officer = build.signed_in(staff.officer)
    assert "1 student of this family name compared" in post(officer, "request", number, "look", family_name="TRAN")
    with tenancy.for_register():
        (match,) = queries.matches_of(number)
    assert not match.exact


def test_a_wrong_match_is_undone_and_its_extract_withdrawn(tmp_path: Path, staff: applying.Secretariat) -> None:
    person, number, extract = applying.ready(tmp_path, staff)
    supervisor = build.signed_in(staff.supervisor)
    post(supervisor, "request", number, "undo", reason="Two people of this name were born on this day")
    assert state_of(number) == "officer"
    client = build.signed_in(person)
    assert "nothing to show yet" in client.get(reverse("student:record")).content.decode()
    assert client.get(reverse("student:extract", args=[extract])).status_code == 404


def test_a_locked_account_is_opened_after_a_new_identity_check(tmp_path: Path, staff: applying.Secretariat) -> None:
    person, number, _ = applying.ready(tmp_path, staff)
    extracts_actions.report_third_party_use(by=person.id, at=NOW)
    officer = build.signed_in(staff.officer)
    page = officer.get(reverse("secretariat:locked")).content.decode()
    assert str(person.id) in page
    address = reverse("secretariat:unlock", args=[person.id])
    assert officer.post(address, {"identity_check": "", "fact": ""}).status_code == 422
    said = {"identity_check": "Counter visit 12", "fact": "Seen in person with a passport"}
    assert officer.post(address, said).status_code == 302
    assert state_of(number) == "email_confirmed"
    assert officer.get(address).status_code == 404
