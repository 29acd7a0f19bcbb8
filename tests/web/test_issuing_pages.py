"""Issuing through its pages: from the queue to the document in the student's hands, and what a checker of its number learns."""

import re
from datetime import date
from typing import Any
from uuid import UUID

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from testamur.documents import queries as documents_queries
from testamur.issuance import queries
from testamur.kernel import tenancy
from testamur.kernel.identifiers import printed
from testamur.rulebook import tables
from testamur.students import actions as students_actions
from testamur.web.pictures import due_map
from testamur.web.pictures.drawing import faults
from testamur.web.provider.issuing import words
from tests import build, certifying, enrolling
from tests.certifying import Office, finished
from tests.web.test_look import Page

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def made_up(settings: Any) -> None:
    certifying.use(settings)


@pytest.fixture
def office() -> Office:
    return certifying.office()


def _page(browser: Client, name: str, *args: object, status: int = 200) -> str:
    answer = browser.get(reverse(name, args=args), follow=True)
    assert answer.status_code == status
    text = answer.content.decode()
    assert Page(text).faults == []
    return text


def _post(browser: Client, name: str, *args: object, **said: object) -> str:
    answer = browser.post(reverse(name, args=args), said, follow=True)
    return str(answer.content.decode())


def _days(name: str, day: date) -> dict[str, int]:
    return {f"{name}_0": day.day, f"{name}_1": day.month, f"{name}_2": day.year}


def _sole(office: Office) -> UUID:
    with tenancy.for_provider(office.id):
        ((line,),) = [queries.prepared(office.id)]
    return line.id


def test_from_the_queue_to_the_student_and_the_checker(office: Office) -> None:
    enrolment = finished(office)
    officer, signatory = build.signed_in(office.officer), build.signed_in(office.signatory)
    queue = _page(officer, "provider:certification_queue")
    assert "1 document may be issued, 1 is held" in re.sub(r"\s+", " ", queue)
    assert "Grace Nguyen" in queue and "Template" in queue  # noqa: PT018 - who waits, and for what

    held = _page(officer, "provider:entitlement", enrolment, "record-of-results")
    assert "AQF-13" in held
    assert "Prepare it" not in held
    entitled = _page(officer, "provider:entitlement", enrolment, "testamur")
    assert "Margaret T. Calloway" in entitled
    with tenancy.for_provider(office.id):
        (signs,) = queries.signatories(office.id, "testamur", timezone.now().date())
    said = {"signatory": str(signs.id), "own_number": "T-1"}
    assert "A second person approves it" in _post(officer, "provider:entitlement", enrolment, "testamur", **said)
    row = _sole(office)
    assert "Approve and issue" not in _page(officer, "provider:certification", row)
    assert "Approve and issue" in _page(signatory, "provider:certification", row)
    assert "The document is issued" in _post(signatory, "provider:approve_certification", row)
    with tenancy.for_provider(office.id):
        line = queries.certification(row).line
    assert printed(line.number) in _page(officer, "provider:issued_register")
    assert (
        printed(line.number)
        not in signatory.get(reverse("provider:issued_register"), {"state": "cancelled"}).content.decode()
    )

    account = build.student_account()
    person = students_actions.ensure_person(account.id, at=enrolling.AT)
    students_actions.link_student(person, line.student_id, reason="Matched", by=build.OPERATOR, at=enrolling.AT)
    student = build.signed_in(account)
    assert printed(line.number) in _page(student, "student:documents")
    answer = student.get(reverse("student:document", args=[line.number]))
    assert answer.content == documents_queries.issued_bytes(line.number)

    told = _page(Client(), "public:check_number", line.number)
    assert "Authentic and current" in told
    assert "Institute" in told
    assert "Grace" not in told


def test_a_copy_is_downloaded_and_a_cancellation_is_proposed_and_decided(office: Office) -> None:
    row = certifying.issued(office, finished(office), at=enrolling.AT)
    officer, signatory = build.signed_in(office.officer), build.signed_in(office.signatory)
    with tenancy.for_provider(office.id):
        number = queries.certification(row).line.number
    _page(officer, "provider:change_certification", row, "reissue")
    said = {"kind": "lost", "evidence": "Passport sighted"}
    answer = officer.post(reverse("provider:change_certification", args=[row, "reissue"]), said)
    assert answer.content == documents_queries.issued_bytes(number)
    _page(officer, "provider:change_certification", row, "rename")
    _page(officer, "provider:change_certification", row, "decide", status=404)
    assert "“Ground”: choose one" in _post(officer, "provider:change_certification", row, "cancel", reason="x")
    told = _post(officer, "provider:change_certification", row, "cancel", ground="issued-in-error", reason="Wrong unit")
    assert "A second person decides" in told
    _page(signatory, "provider:change_certification", row, "decide")
    _post(signatory, "provider:change_certification", row, "decide", decision="cancel", reason="Confirmed")
    told = _page(Client(), "public:check_number", number)
    assert "Withdrawn" in told
    assert "Cancelled on" in told


def test_authorities_and_templates_go_through_two_people(office: Office) -> None:
    administrator, second = build.signed_in(office.administrator), build.signed_in(office.second)
    _page(administrator, "provider:grant_authority")
    art = certifying.picture("signature")
    said: dict[str, Any] = {
        "power": "sign", "printed_name": "Ada Okonjo", "position": "Dean", "instrument": "Letter",
        "signature": SimpleUploadedFile("s.svg", art), **_days("since", date(2026, 2, 1)),
    }  # fmt: skip
    assert "It counts once a second person" in _post(administrator, "provider:grant_authority", **said)
    assert "Confirm<span" not in _page(administrator, "provider:issuing_office")
    assert "Ada Okonjo" in _page(second, "provider:issuing_office")
    with tenancy.for_provider(office.id):
        waits = next(one for one in queries.authorities(office.id) if one.confirmed_by is None)
    assert "The authority counts from now on" in _post(second, "provider:confirm_authority", waits.id)
    ended = {"reason": "Left", **_days("ended_on", date(2026, 3, 1))}
    _page(administrator, "provider:end_authority", waits.id)
    assert "The authority ends" in _post(administrator, "provider:end_authority", waits.id, **ended)

    _page(administrator, "provider:propose_template")
    said = {
        "kind": "record-of-results", "device_kind": "seal",
        "logo": SimpleUploadedFile("l.svg", certifying.picture("crest")),
        "device": SimpleUploadedFile("d.svg", b"<svg onload='x()'/>"),
    }  # fmt: skip
    assert "refers to something outside, or acts" in _post(administrator, "provider:propose_template", **said)
    said["logo"] = SimpleUploadedFile("l.svg", certifying.picture("crest"))
    said["device"] = SimpleUploadedFile("d.svg", certifying.picture("seal"))
    assert "A second person approves it" in _post(administrator, "provider:propose_template", **said)
    with tenancy.for_provider(office.id):
        waiting = next(one for one in queries.templates(office.id) if one.state == "proposed")
    assert "Somebody else" in _post(administrator, "provider:decide_template", waiting.id, "approve")
    assert "The template is approved" in _post(second, "provider:decide_template", waiting.id, "approve")


def test_the_heat_map_holds_together_at_both_widths() -> None:
    columns = ("Overdue", "0 to 7 days", "8 to 14", "15 to 30", "No clock")
    counts = {("BSB30120", "Overdue"): 3, ("BSB30120", "15 to 30"): 1200, ("CHC33021", "No clock"): 1}
    made = due_map(["BSB30120", "CHC33021"], columns, counts, title="Days left", noun="document")
    assert faults(made.wide) == []
    assert faults(made.narrow) == []
    assert "1,204 documents in 2 rows; 3 stand under “Overdue”" in made.described


def test_whatever_can_hold_a_document_is_said_in_words_in_the_queue() -> None:
    holding = {rule.code for rule in tables.load("issuance", date(2026, 8, 1)).rules if rule.outcome != "ALLOW"}
    assert holding - set(words.MISSING) == set()
    assert words.missing(["USI-01", "AQF-05", "USI-01", "NEW-1"]) == "No USI, fees, NEW-1"
