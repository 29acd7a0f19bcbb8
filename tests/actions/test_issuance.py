"""Issuing on PostgreSQL: from results to document, name change, reissue, cancellation; and what must not happen."""

import hashlib
from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import DatabaseError, transaction

from testamur.accounts import actions as accounts_actions
from testamur.accounts.roles import Role
from testamur.documents import queries as documents_queries
from testamur.documents.models import IssuedDocument
from testamur.documents.reading import body_text
from testamur.documents.render import FOLDER
from testamur.enrolments import actions as enrolments_actions
from testamur.extracts import assembling
from testamur.issuance import actions, queries
from testamur.issuance.actions import AuthoritySaid, ReplaceSaid
from testamur.issuance.models import Certification, CertificationMove
from testamur.kernel import tenancy
from testamur.kernel.errors import Conflict, NotAllowed, NotFound, Refusal
from testamur.kernel.identifiers import printed
from testamur.log import actions as log_actions
from testamur.log import queries as log_queries
from testamur.log.models import AccessEvent
from testamur.register import actions as register_actions
from testamur.register import queries as register_queries
from testamur.students import actions as students_actions
from testamur.students import erasing
from testamur.students.entering import EnteredStudent
from tests import build, certifying, enrolling
from tests.certifying import GRACE, USI, Office, finished, issued, prepared
from tests.enrolling import AT, outcome

pytestmark = pytest.mark.django_db
LATER = AT + timedelta(days=40)


@pytest.fixture(autouse=True)
def made_up(settings: Any) -> None:
    certifying.use(settings)


@pytest.fixture
def office() -> Office:
    return certifying.office()


def _card(office: Office, row: UUID) -> queries.CertificationCard:
    with tenancy.for_provider(office.id):
        return queries.certification(row)


def _queue(office: Office, on: date = enrolling.TODAY) -> list[queries.Waiting]:
    with tenancy.for_provider(office.id):
        return queries.queue(office.id, on)


def _certificates(office: Office, student_id: int) -> list[tuple[str, bool]]:
    """Return number and whether withdrawn of the student's certificates in the permanent record."""
    with tenancy.for_provider(office.id):
        found = register_queries.current_versions([student_id])
    return [(str(one.facts.get("number")), one.withdrawn) for one in found if one.kind.label == "certificate"]


def test_results_become_a_document_and_the_document_a_certificate_of_the_record(office: Office) -> None:
    enrolment = finished(office)
    line = next(one for one in _queue(office) if one.kind == "testamur")
    assert (line.outcome, line.due_on, line.days_left, line.name) == ("ALLOW", date(2026, 7, 1), 0, "Grace Nguyen")

    row = prepared(office, enrolment)
    assert prepared(office, enrolment) == row
    assert IssuedDocument.objects.count() == 0
    with tenancy.for_provider(office.id):
        number = actions.approve(row, by=office.signatory.id, at=AT)
        assert actions.approve(row, by=office.signatory.id, at=AT) == number

    card = _card(office, row)
    assert (card.line.state, card.line.issued_on, card.line.late) == ("issued", date(2026, 7, 1), False)
    pdf = documents_queries.issued_bytes(number)
    assert card.line.sha256 == hashlib.sha256(pdf).hexdigest()
    text = body_text(pdf)
    assert "Grace Nguyen" in text
    assert "Certificate III in Business" in text
    assert USI not in text
    assert _certificates(office, card.line.student_id) == [(printed(number), False)]
    log_actions.seal(at=AT)
    with tenancy.for_register():
        leaves = list(register_queries.recomputed_leaves())
        versions = register_queries.current_versions([card.line.student_id])
    assert [one.name for one in log_queries.verify_everything(iter(leaves)) if not one.ok] == []
    assert [(one.kind, one.number) for one in assembling.extract_certificates(versions)] == [
        ("Testamur", printed(number))
    ]
    assert [one.kind for one in _queue(office)] == ["record-of-results"]
    with tenancy.for_provider(office.id):
        assert [one.verb for one in card.moves[::-1]] == ["prepare", "approve", "issue"]
        told = AccessEvent.objects.filter(student=card.line.student_id, action="created")
        assert [one.purpose for one in told] == ["issuance"]


def test_aqf_09_who_prepared_does_not_approve_and_a_member_without_authority_neither(office: Office) -> None:
    enrolment = finished(office)
    row = prepared(office, enrolment)
    with tenancy.for_provider(office.id):
        with pytest.raises(NotAllowed, match="Your role"):
            actions.approve(row, by=office.officer.id, at=AT)
        stranger = build.member(Role.PROVIDER_SIGNATORY, office.school.organisation_id)
        with pytest.raises(NotAllowed, match="no written authority") as refused:
            actions.approve(row, by=stranger.id, at=AT)
        assert "AQF-09" in {one.rule for one in refused.value.findings}
    assert _card(office, row).line.state == "prepared"


def test_aqf_09_one_person_with_both_roles_and_both_authorities_is_refused(office: Office) -> None:
    both = build.member(Role.PROVIDER_SIGNATORY, office.school.organisation_id)
    invited = accounts_actions.invite_member(
        email=both.email, name="Robin Example", organisation_id=office.school.organisation_id,
        role=Role.PROVIDER_ISSUING_OFFICER, link_for=build.link, by=None, at=AT,
    )  # fmt: skip
    accounts_actions.accept_invitation(invited.token, by=both.id, at=AT)
    enrolment = finished(office)
    with tenancy.for_provider(office.id):
        for power in ("prepare", "approve"):
            certifying.granted(office, AuthoritySaid(power, date(2026, 2, 1), "Letter", account=both.id))
        row = actions.prepare(enrolment, "testamur", actions.PrepareSaid(), office.id, by=both.id, at=AT)
        with pytest.raises(NotAllowed) as refused:
            actions.approve(row, by=both.id, at=AT)
    assert [one.rule for one in refused.value.findings if one.outcome == "BLOCK"] == ["AQF-09"]


@pytest.mark.parametrize(("power", "rule"), [("approve", "AQF-09"), ("sign", "AQF-10")])
def test_an_authority_that_ended_yesterday_issues_nothing(office: Office, power: str, rule: str) -> None:
    row = prepared(office, finished(office))
    with tenancy.for_provider(office.id):
        held = next(one for one in queries.authorities(office.id) if one.power == power)
        actions.end_authority(held.id, date(2026, 6, 30), reason="Left", by=office.administrator.id, at=AT)
        with pytest.raises(NotAllowed) as refused:
            actions.approve(row, by=office.signatory.id, at=AT)
        assert [one.rule for one in refused.value.findings if one.outcome == "BLOCK"] == [rule]


def test_an_authority_counts_only_once_a_second_person_confirmed_it(office: Office) -> None:
    with tenancy.for_provider(office.id):
        said: dict[str, Any] = {"at": AT, "by": office.administrator.id}
        made = actions.grant_authority(certifying.signing(), office.id, **said)
        with pytest.raises(NotAllowed, match="Somebody else"):
            actions.confirm_authority(made, **said)
        held = next(one for one in queries.authorities(office.id) if one.id == made)
        assert not held.covers("sign", "testamur", enrolling.TODAY)
        actions.confirm_authority(made, by=office.second.id, at=AT)
        with pytest.raises(Conflict):
            actions.confirm_authority(made, by=office.second.id, at=AT)


def test_aqf_13_an_unapproved_template_and_one_that_drops_an_item(office: Office) -> None:
    enrolment = finished(office)
    with tenancy.for_provider(office.id):
        said: dict[str, Any] = {"by": office.administrator.id, "at": AT}
        newer = actions.propose_template(certifying.template("record-of-results"), office.id, **said)
        with pytest.raises(NotAllowed) as refused:
            actions.prepare(
                enrolment, "record-of-results", actions.PrepareSaid(), office.id, by=office.officer.id, at=AT
            )
        assert [one.rule for one in refused.value.findings if one.outcome == "BLOCK"] == ["AQF-13"]
        with pytest.raises(NotAllowed, match="Somebody else"):
            actions.approve_template(newer, **said)
        shipped = (FOLDER / "templates" / "testamur.typ").read_text()
        with pytest.raises(NotAllowed, match="The template was not taken"):
            actions.propose_template(
                certifying.template("testamur", source=shipped.replace("aqf_statement", "dated")), office.id, **said
            )


def test_aqf_12_nothing_is_prepared_or_approved_while_an_outcome_is_pending(office: Office) -> None:
    enrolment = finished(office)
    row = prepared(office, enrolment)
    enrolling.recorded(office.school, enrolment, outcome(word="in-progress"), reason="Moderation failed")
    with tenancy.for_provider(office.id), pytest.raises(Refusal):
        actions.approve(row, by=office.signatory.id, at=AT)
    assert IssuedDocument.objects.count() == 0
    assert _card(office, row).line.state == "prepared"


def test_usi_05_a_document_with_the_students_number_in_it_is_not_sealed(office: Office) -> None:
    row = prepared(office, finished(office), own_number=f"T-{USI.lower()}")
    with tenancy.for_provider(office.id):
        with pytest.raises(NotAllowed, match="identifier stands in") as refused:
            actions.approve(row, by=office.signatory.id, at=AT)
        assert {one.rule for one in refused.value.findings} == {"USI-05"}
    assert IssuedDocument.objects.count() == 0


def test_a_crash_between_rendering_and_the_record_leaves_nothing(office: Office, monkeypatch: Any) -> None:
    row = prepared(office, finished(office))

    def crash(*_: object, **__: object) -> None:
        raise OSError("power cut")

    with monkeypatch.context() as patched:
        patched.setattr(register_actions, "record_certificate", crash)
        with tenancy.for_provider(office.id), pytest.raises(OSError, match="power cut"):
            actions.approve(row, by=office.signatory.id, at=AT)
    card = _card(office, row)
    assert (card.line.state, card.approved_by, IssuedDocument.objects.count()) == ("prepared", None, 0)
    assert [one.verb for one in card.moves] == ["prepare"]
    with tenancy.for_provider(office.id):
        assert actions.approve(row, by=office.signatory.id, at=AT)


def test_aqf_11_and_rows_of_another_provider(office: Office) -> None:
    row = issued(office, finished(office))
    other = certifying.office(kinds=())
    with tenancy.for_provider(other.id):
        with pytest.raises(NotFound):
            queries.certification(row)
        with pytest.raises(NotFound):
            actions.reissue(row, "lost", evidence="Passport", by=other.officer.id, at=AT)
        assert queries.register(other.id, queries.Wanted()) == (0, [])
    with tenancy.for_provider(office.id), pytest.raises(NotAllowed) as refused:
        actions.reissue(row, "lost", evidence="Passport", by=other.officer.id, at=AT)
    assert [one.rule for one in refused.value.findings] == ["AQF-11"]


def test_rei_01_a_copy_is_the_stored_bytes_under_the_same_number_and_counted(office: Office) -> None:
    row = issued(office, finished(office))
    number = _card(office, row).line.number
    with tenancy.for_provider(office.id):
        held = next(one for one in queries.authorities(office.id) if one.power == "sign")
        actions.end_authority(held.id, date(2026, 7, 2), reason="Left", by=office.administrator.id, at=LATER)
        said: dict[str, Any] = {"evidence": "Passport sighted", "by": office.officer.id, "at": LATER}
        assert actions.reissue(row, "lost", **said) == (1, documents_queries.issued_bytes(number))
        assert actions.reissue(row, "copy", **said)[0] == 2
        with pytest.raises(NotAllowed, match="REI-01"):
            actions.reissue(row, "lost", evidence=" ", by=office.officer.id, at=LATER)
    assert _card(office, row).line.copies == 2
    assert IssuedDocument.objects.count() == 1


def test_rei_02_a_change_of_name_alters_the_name_alone_and_links_both(office: Office) -> None:
    old = issued(office, finished(office))
    before = _card(office, old)
    said = ReplaceSaid("name-change", "marriage-certificate", date(2026, 8, 1))
    with tenancy.for_provider(office.id), pytest.raises(NotAllowed, match="name is the one"):
        actions.prepare_replacement(old, said, by=office.officer.id, at=LATER)
    renamed = EnteredStudent("S-1", "Okafor", "Grace", birth_date=GRACE.birth_date, gender="F")
    enrolling.enrolled(office.school, student=renamed)
    with tenancy.for_provider(office.id):
        with pytest.raises(NotAllowed) as refused:
            actions.prepare_replacement(old, ReplaceSaid("name-change"), by=office.officer.id, at=LATER)
        assert [one.outcome for one in refused.value.findings] == ["HOLD"]
        row = actions.prepare_replacement(old, said, by=office.officer.id, at=LATER)
        number = actions.approve(row, by=office.signatory.id, at=LATER)
    card, replaced = _card(office, row), _card(office, old)
    assert (card.line.issued_on, card.line.name, card.replaces) == (
        before.line.issued_on, "Grace Okafor", (old, before.line.number),
    )  # fmt: skip
    assert (replaced.line.state, replaced.line.name, replaced.replaced_by) == (
        "replaced",
        "Grace Nguyen",
        (row, number),
    )
    text = body_text(documents_queries.issued_bytes(number))
    assert "Grace Okafor" in text
    assert "1 July 2026" in text
    assert "Reissued 10 August 2026" in text
    answer = documents_queries.issued(before.line.number)
    assert (answer.status, answer.superseded_by) == ("superseded", number)
    assert dict(_certificates(office, card.line.student_id)) == {printed(number): False}


def test_rei_04_an_own_error_cancels_and_links_and_results_are_asked_again(office: Office) -> None:
    enrolment = finished(office)
    old = issued(office, enrolment)
    with tenancy.for_provider(office.id):
        with pytest.raises(NotAllowed, match="Say what was wrong"):
            actions.prepare_replacement(old, ReplaceSaid("error"), by=office.officer.id, at=AT)
        said = ReplaceSaid("error", reason="The title was misspelt")
        row = actions.prepare_replacement(old, said, by=office.officer.id, at=AT)
        actions.approve(row, by=office.signatory.id, at=AT)
    before = _card(office, old)
    assert (before.line.state, before.replaced_by) == ("cancelled", (row, _card(office, row).line.number))
    assert documents_queries.issued(before.line.number).status == "withdrawn"


def test_aqf_15_cancelling_takes_two_people_and_the_number_answers_for_ever(office: Office) -> None:
    row = issued(office, finished(office))
    card = _card(office, row)
    with tenancy.for_provider(office.id):
        with pytest.raises(NotAllowed, match="ground"):
            actions.propose_cancellation(row, "mood", reason="No", by=office.officer.id, at=AT)
        actions.propose_cancellation(row, "issued-in-error", reason="Wrong student", by=office.officer.id, at=AT)
        assert documents_queries.issued(card.line.number).status == "current"
        actions.decide_cancellation(row, cancel=True, reason="Confirmed", by=office.signatory.id, at=AT)
    assert _card(office, row).line.state == "cancelled"
    assert documents_queries.issued(card.line.number).status == "withdrawn"
    assert _certificates(office, card.line.student_id) == []
    with tenancy.for_provider(office.id), pytest.raises(NotAllowed, match="Only a document that holds"):
        actions.reissue(row, "lost", evidence="Passport", by=office.officer.id, at=AT)


def test_reg_05_the_student_fetches_the_stored_bytes_and_nobody_elses(office: Office) -> None:
    row = issued(office, finished(office))
    line = _card(office, row).line
    account, stranger = build.student_account(), build.student_account()
    person = students_actions.ensure_person(account.id, at=AT)
    other = students_actions.ensure_person(stranger.id, at=AT)
    students_actions.link_student(person, line.student_id, reason="Matched", by=build.OPERATOR, at=AT)
    with tenancy.for_person(person):
        assert [one.number for one in queries.own([line.student_id])] == [line.number]
        pdf = actions.download_own(line.number, by=account.id, at=AT)
    assert pdf == documents_queries.issued_bytes(line.number)
    with tenancy.for_person(other):
        assert queries.own([line.student_id]) == []
        with pytest.raises(NotFound):
            actions.download_own(line.number, by=stranger.id, at=AT)
    with tenancy.for_register():
        assert AccessEvent.objects.filter(student=line.student_id, action="downloaded", role="student").count() == 1


def test_what_was_done_is_never_altered(office: Office) -> None:
    issued(office, finished(office))
    refused = pytest.raises(DatabaseError, match=r"permission denied|permanent")
    with tenancy.for_provider(office.id), refused, transaction.atomic():
        CertificationMove.objects.update(reason="x")


def test_fees_and_a_missing_attestation_hold_and_are_named_in_the_queue(office: Office) -> None:
    from testamur.enrolments.said import FeeSaid

    enrolment = finished(office)
    with tenancy.for_provider(office.id):
        said: dict[str, Any] = {"by": office.school.officer.id, "at": AT}
        enrolments_actions.record_fee(enrolment, FeeSaid("agreed", 500_00, date(2026, 2, 2), "A-1"), **said)
    (line, _) = sorted(_queue(office), key=lambda one: one.kind, reverse=True)
    assert (line.kind, line.outcome, [one.rule for one in line.holds]) == ("testamur", "FEE_HOLD", ["AQF-05"])
    with tenancy.for_provider(office.id), pytest.raises(NotAllowed):
        actions.prepare(enrolment, "testamur", actions.PrepareSaid(), office.id, by=office.officer.id, at=AT)
    assert Certification.objects.count() == 0


def test_the_name_on_a_document_goes_with_an_erased_student_and_nobody_elses(office: Office) -> None:
    other = replace(GRACE, local_id="S-2")
    erased, stays = issued(office, finished(office)), prepared(office, finished(office, "S-2", student=other))
    assert actions.forget_erased(at=AT) == 0
    deciders = {"by": office.officer.id, "approved_by": office.signatory.id}
    erasing.erase_student(_card(office, erased).line.student_id, basis="Court order", at=AT, **deciders)
    assert [actions.forget_erased(at=AT) for _ in range(2)] == [1, 0]
    assert (bool(_card(office, erased).line.name), bool(_card(office, stays).line.name)) == (False, True)


def test_reg_02_a_documents_own_number_is_its_own_and_a_change_of_name_keeps_it() -> None:
    office = certifying.office(("testamur", "record-of-results"))
    enrolment = finished(office)
    first = prepared(office, enrolment, own_number="WB-7")
    with pytest.raises(Conflict, match="bears this number"):
        prepared(office, enrolment, "record-of-results", own_number="wb-7")
    with tenancy.for_provider(office.id):
        actions.approve(first, by=office.signatory.id, at=AT)
    renamed = EnteredStudent("S-1", "Okafor", "Grace", birth_date=GRACE.birth_date, gender="F")
    enrolling.enrolled(office.school, student=renamed)
    said = ReplaceSaid("name-change", "marriage-certificate", date(2026, 8, 1))
    with tenancy.for_provider(office.id):
        row = actions.prepare_replacement(first, said, by=office.officer.id, at=LATER)
        number = actions.approve(row, by=office.signatory.id, at=LATER)
    assert "WB-7" in body_text(documents_queries.issued_bytes(number))
