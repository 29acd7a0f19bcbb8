"""What else may become of an application: sent elsewhere, held, assisted, locked, withdrawn, expired; and who may do it."""

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import DatabaseError, transaction

from testamur.accounts import actions as accounts_actions
from testamur.accounts import queries as accounts_queries
from testamur.accounts.rules import LockReason
from testamur.documents import queries as documents_queries
from testamur.documents.reading import body_text
from testamur.documents.rules import is_usi
from testamur.extracts import actions as extracts_actions
from testamur.extracts import queries, scans
from testamur.extracts.models import Applicant, Extract, IdentityCheck, RecordRequest, RequestMatch
from testamur.kernel import tenancy
from testamur.kernel.errors import Conflict, NotAllowed, NotFound
from testamur.log import queries as log_queries
from testamur.log.commitment import LeafPlace
from testamur.notices.models import OutgoingMail
from testamur.students import queries as students_queries
from testamur.students.models import Identifier
from testamur.students.sealing import identifier_key, seal_identifier
from tests import applying, build, recording
from tests.build import NOW, Person

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff() -> applying.Secretariat:
    return applying.secretariat()


def read(number: str) -> queries.RequestFacts:
    with tenancy.for_register():
        return queries.request(number)


def person_of(person: Person) -> Any:
    return students_queries.person_of_account(person.id)


def pictures() -> int:
    folder = Path(settings.UPLOADS_DIR) / "identity"
    return len(list(folder.iterdir())) if folder.is_dir() else 0


# Where to ask


def test_an_operating_provider_a_vocational_course_and_no_holdings_are_answered_at_once(tmp_path: Path) -> None:
    person = applying.applicant()
    operating = read(applying.applied(person, build.provider()))
    assert (operating.state, operating.decision["outcome"]) == ("redirected", "REFUSE_REDIRECT")
    assert "CQR-09" in {finding["rule"] for finding in operating.decision["findings"]}
    vocational = read(applying.applied(person, build.provider(sector="vet", closed=True), sector="vet"))
    assert {finding["rule"] for finding in vocational.decision["findings"]} == {"TEQ-11"}
    empty = read(applying.applied(person, build.provider(closed=True)))
    assert (empty.state, empty.decision["outcome"]) == ("not_held", "NOT_HELD")


def test_a_lapsed_identity_and_a_changed_name_confirm_nothing(tmp_path: Path, staff: applying.Secretariat) -> None:
    provider = applying.closed_provider(tmp_path)
    person = applying.identified(staff)
    later = NOW + timedelta(days=366)
    assert read(applying.applied(person, provider, at=later)).state == "email_confirmed"
    number = applying.applied(person, provider)
    assert read(number).state == "found"
    renamed = extracts_actions.Details("Nguyen", "Gloria", date(1990, 2, 9))
    extracts_actions.tell_details(renamed, by=person.id, at=NOW)
    assert read(number).state == "email_confirmed"
    with pytest.raises(Conflict):
        extracts_actions.confirm_match(number, by=staff.officer.id, at=NOW)
    extracts_actions.name_identity_document("passport", by=person.id, at=NOW)
    check = extracts_actions.upload_scan(applying.PNG, by=person.id, at=NOW)
    extracts_actions.confirm_identity(check, by=staff.officer.id, at=NOW)
    assert read(number).state == "officer"
    with tenancy.for_register():
        (match,) = queries.matches_of(number)
    assert (match.exact, match.fields[1].asked, match.fields[1].agreement) == (False, "Gloria", "different")


def test_an_identity_that_lapsed_meanwhile_keeps_a_match_from_being_confirmed(
    tmp_path: Path, staff: applying.Secretariat
) -> None:
    number = applying.applied(applying.identified(staff), applying.closed_provider(tmp_path))
    with pytest.raises(NotAllowed, match="not confirmed any more"):
        extracts_actions.confirm_match(number, by=staff.officer.id, at=NOW + timedelta(days=366))
    assert read(number).state == "found"


def test_after_the_lock_a_confirmed_match_needs_a_new_identity_and_nothing_more(
    tmp_path: Path, staff: applying.Secretariat
) -> None:
    person, number, first = applying.ready(tmp_path, staff)
    extracts_actions.report_third_party_use(by=person.id, at=NOW)
    extracts_actions.unlock_applicant(
        person.id, identity_check="Counter visit 12", facts=["Seen in person"], by=staff.officer.id, at=NOW
    )
    extracts_actions.name_identity_document("passport", by=person.id, at=NOW)
    check = extracts_actions.upload_scan(applying.PNG, by=person.id, at=NOW)
    extracts_actions.confirm_identity(check, by=staff.officer.id, at=NOW)
    assert read(number).state == "found"
    second = extracts_actions.certify_extract(number, by=staff.officer.id, at=NOW)
    assert read(number).state == "ready"
    assert documents_queries.issued(first).superseded_by == second


# Matching


@pytest.mark.parametrize(
    "records",
    [
        [recording.student("S1", birth_date=date(1991, 2, 9))],
        [recording.student("S1"), recording.student("S2")],
        [recording.student("S1", birth_date=None, birth_date_placeholder=True)],
        [recording.student("S1"), recording.student("S2", birth_date=None, birth_date_placeholder=True)],
        [recording.student("S1", family="Somebody")],
    ],
    ids=["other year", "two alike", "placeholder", "placeholder beside exact", "nobody"],
)
def test_everything_but_one_exact_match_goes_to_an_officer(
    tmp_path: Path, staff: applying.Secretariat, records: list[dict[str, object]]
) -> None:
    number = applying.applied(applying.identified(staff), applying.closed_provider(tmp_path, records=records))
    assert read(number).state == "officer"
    assert OutgoingMail.objects.filter(template="application_assisted").count() == 1
    with tenancy.for_register():
        assert queries.notes_of(request=number)


def test_an_application_kept_before_the_identity_goes_on_by_itself(tmp_path: Path, staff: applying.Secretariat) -> None:
    person = applying.applicant()
    number = applying.applied(person, applying.closed_provider(tmp_path))
    assert read(number).state == "email_confirmed"
    extracts_actions.name_identity_document("medicare", by=person.id, at=NOW)
    check = extracts_actions.upload_scan(applying.PNG, by=person.id, at=NOW)
    assert read(number).state == "identity_pending"
    extracts_actions.confirm_identity(check, by=staff.officer_two.id, at=NOW)
    assert [move.to_state for move in read(number).moves][-4:] == [
        "identity_verified",
        "submitted",
        "matching",
        "found",
    ]


def test_applying_twice_with_one_key_is_one_application(tmp_path: Path, staff: applying.Secretariat) -> None:
    person, provider = applying.identified(staff), applying.closed_provider(tmp_path)
    asked = applying.asked(provider)
    first = extracts_actions.request_records(asked, by=person.id, at=NOW, once="k")
    assert extracts_actions.request_records(asked, by=person.id, at=NOW, once="k") == first
    with pytest.raises(Conflict):
        extracts_actions.request_records(applying.asked(provider, courses="x"), by=person.id, at=NOW, once="k")


# Identity


def test_the_picture_is_sealed_private_and_gone_after_the_decision(staff: applying.Secretariat) -> None:
    person = applying.applicant()
    extracts_actions.name_identity_document("licence", by=person.id, at=NOW)
    check = extracts_actions.upload_scan(applying.PNG, by=person.id, at=NOW)
    (file,) = (Path(settings.UPLOADS_DIR) / "identity").iterdir()
    assert file.stat().st_mode & 0o777 == 0o600
    assert applying.PNG not in file.read_bytes()
    assert extracts_actions.read_scan(check, by=staff.officer.id, at=NOW) == (applying.PNG, "image/png")
    with pytest.raises(NotAllowed):
        extracts_actions.read_scan(check, by=person.id, at=NOW)
    with pytest.raises(NotFound):
        scans.opened(file.name, check="0000000000000")


@pytest.mark.parametrize("decide", ["confirm", "fail"])
def test_every_decision_deletes_the_picture(
    staff: applying.Secretariat, django_capture_on_commit_callbacks: Callable[..., Any], decide: str
) -> None:
    person = applying.applicant()
    extracts_actions.name_identity_document("visa", by=person.id, at=NOW)
    check = extracts_actions.upload_scan(applying.PNG, by=person.id, at=NOW)
    assert pictures() == 1
    with django_capture_on_commit_callbacks(execute=True):
        if decide == "confirm":
            extracts_actions.confirm_identity(check, by=staff.officer.id, at=NOW)
        else:
            extracts_actions.fail_identity(check, reason="The name differs", by=staff.officer.id, at=NOW)
    assert pictures() == 0
    with pytest.raises(NotFound):
        extracts_actions.read_scan(check, by=staff.officer.id, at=NOW)


def test_a_picture_that_confirms_nothing_leads_to_a_person_and_never_to_a_refusal(
    tmp_path: Path, staff: applying.Secretariat
) -> None:
    person = applying.applicant()
    number = applying.applied(person, applying.closed_provider(tmp_path))
    extracts_actions.name_identity_document("passport", by=person.id, at=NOW)
    check = extracts_actions.upload_scan(applying.PNG, by=person.id, at=NOW)
    assisted = extracts_actions.fail_identity(check, reason="Out of date", by=staff.officer.id, at=NOW)
    assert read(number).state == "identity_assisted"
    assert OutgoingMail.objects.get(template="identity_more_needed").context.keys() == {"link"}
    with tenancy.for_register():
        assert queries.identity_check(assisted).state == "assisted"
        assert not RecordRequest.objects.filter(state__in=["withdrawn", "no_match", "expired"]).exists()


def test_naming_another_document_replaces_the_first() -> None:
    person = applying.applicant()
    first = extracts_actions.name_identity_document("visa", by=person.id, at=NOW)
    assert extracts_actions.name_identity_document("visa", by=person.id, at=NOW) == first
    assert extracts_actions.name_identity_document("passport", by=person.id, at=NOW) != first
    with pytest.raises(NotAllowed):
        extracts_actions.name_identity_document("library card", by=person.id, at=NOW)


# Who may


def test_students_and_auditors_decide_nothing(tmp_path: Path, staff: applying.Secretariat) -> None:
    person = applying.identified(staff)
    number = applying.applied(person, applying.closed_provider(tmp_path))
    for somebody in (person, staff.auditor, applying.applicant()):
        with pytest.raises(NotAllowed):
            extracts_actions.confirm_match(number, by=somebody.id, at=NOW)
        with pytest.raises(NotAllowed):
            extracts_actions.answer_request(number, "answer_no_match", reason="No", by=somebody.id, at=NOW)
    with pytest.raises(NotAllowed):
        extracts_actions.open_case(number, by=person.id, at=NOW)
    assert read(number).state == "found"


def test_the_database_keeps_one_persons_rows_from_another(tmp_path: Path, staff: applying.Secretariat) -> None:
    person, number, extract = applying.ready(tmp_path, staff)
    stranger = applying.applicant(extracts_actions.Details("Other", "Olive", date(1970, 1, 1)))
    tables = (Applicant, IdentityCheck, RecordRequest, Extract)
    for table in tables:
        assert not table.objects.exists(), f"{table.__name__} without any scope"
    with tenancy.for_person(person_of(stranger)):
        assert [table.objects.count() for table in tables] == [1, 0, 0, 0]
        assert not RequestMatch.objects.exists()
    with tenancy.for_person(person_of(person)):
        assert RecordRequest.objects.filter(number=number).exists()
        assert Extract.objects.filter(number=extract).exists()
        assert not RequestMatch.objects.exists()


def test_a_persons_own_transaction_cannot_confirm_itself(tmp_path: Path, staff: applying.Secretariat) -> None:
    person = applying.applicant()
    extracts_actions.name_identity_document("passport", by=person.id, at=NOW)
    with pytest.raises(DatabaseError), tenancy.for_person(person_of(person)), transaction.atomic():
        IdentityCheck.objects.update(state="passed", decided_by=person.id, decided_at=NOW, valid_until=date(2030, 1, 1))
    number = applying.applied(person, applying.closed_provider(tmp_path))
    with pytest.raises(DatabaseError), tenancy.for_person(person_of(person)), transaction.atomic():
        RecordRequest.objects.filter(number=number).update(state="ready")


# Certifying, locks, ends


def test_a_new_extract_supersedes_and_the_old_number_says_so(tmp_path: Path, staff: applying.Secretariat) -> None:
    person, number, first = applying.ready(tmp_path, staff)
    second = extracts_actions.certify_extract(number, by=person.id, at=NOW, once="again")
    assert extracts_actions.certify_extract(number, by=person.id, at=NOW, once="again") == second
    issued = documents_queries.issued(first)
    assert (issued.status, issued.superseded_by) == ("superseded", second)
    assert documents_queries.issued(second).status == "current"
    with pytest.raises(NotFound):
        extracts_actions.certify_extract(number, by=applying.applicant().id, at=NOW)


def test_the_leaf_of_each_issue_is_recomputed_and_a_changed_row_is_found(
    tmp_path: Path, staff: applying.Secretariat
) -> None:
    applying.ready(tmp_path, staff)
    with tenancy.for_register():
        ((batch, position, entry, _),) = queries.recomputed_leaves()
        assert log_queries.leaf_at(LeafPlace(batch, position)) == entry
        Extract.objects.update(sha256="0" * 64)
        ((_, _, changed, _),) = queries.recomputed_leaves()
    assert changed != entry


def test_a_reported_account_is_locked_with_its_applications(tmp_path: Path, staff: applying.Secretariat) -> None:
    person, number, _ = applying.ready(tmp_path, staff)
    extracts_actions.report_third_party_use(by=person.id, at=NOW)
    assert read(number).state == "locked"
    with pytest.raises(Conflict):
        extracts_actions.certify_extract(number, by=staff.officer.id, at=NOW)
    with tenancy.for_person(person_of(person)):
        assert queries.identity_standing(person_of(person), on=NOW.date()) == "none"
    with pytest.raises(NotAllowed):
        extracts_actions.unlock_applicant(person.id, identity_check="x", facts=["y"], by=person.id, at=NOW)
    assert read(number).state == "locked"
    assert accounts_queries.security_events_of(person.id)[0].kind == "unlock_refused", "the refusal stays written down"


def test_mails_hold_no_name_no_course_and_no_result(tmp_path: Path, staff: applying.Secretariat) -> None:
    applying.ready(tmp_path, staff)
    mails = list(OutgoingMail.objects.filter(template__startswith="records"))
    assert len(mails) == 1
    assert {key for mail in mails for key in mail.context} == {"link"}
    assert mails[0].context["link"] == f"{settings.PUBLIC_URL}/student/"


def test_withdrawing_ends_it_and_only_the_person_may(tmp_path: Path, staff: applying.Secretariat) -> None:
    person = applying.identified(staff)
    number = applying.applied(person, applying.closed_provider(tmp_path))
    with pytest.raises(NotFound):
        extracts_actions.withdraw_request(number, by=applying.applicant().id, at=NOW)
    extracts_actions.withdraw_request(number, by=person.id, at=NOW)
    assert read(number).state == "withdrawn"
    with pytest.raises(Conflict):
        extracts_actions.confirm_match(number, by=staff.officer.id, at=NOW)


def test_the_purge_expires_what_is_idle_lets_identities_lapse_and_deletes_old_pictures(
    tmp_path: Path, staff: applying.Secretariat, django_capture_on_commit_callbacks: Callable[..., Any]
) -> None:
    idle = applying.applied(applying.applicant(), applying.closed_provider(tmp_path))
    waiting = applying.applicant()
    extracts_actions.name_identity_document("visa", by=waiting.id, at=NOW)
    extracts_actions.upload_scan(applying.PNG, by=waiting.id, at=NOW)
    confirmed = applying.identified(staff)
    assert extracts_actions.purge(at=NOW + timedelta(days=29)) == {
        "lapsed": 0,
        "pictures": 0,
        "expired": 0,
        "orphans": 0,
    }
    with django_capture_on_commit_callbacks(execute=True):
        done = extracts_actions.purge(at=NOW + timedelta(days=91))
    assert (done["expired"], done["pictures"]) == (1, 1)
    assert read(idle).state == "expired"
    extracts_actions.purge(at=NOW + timedelta(days=366))
    with tenancy.for_person(person_of(confirmed)):
        assert [one.state for one in queries.identity_checks(person_of(confirmed))] == ["expired"]


def test_nothing_goes_out_while_the_account_is_locked(tmp_path: Path, staff: applying.Secretariat) -> None:
    person = applying.identified(staff)
    number = applying.applied(person, applying.closed_provider(tmp_path))
    accounts_actions.lock_account(person.id, reason=LockReason.REPORTED_BY_PERSON, by=person.id, at=NOW)
    with pytest.raises(Conflict, match="account is locked"):
        extracts_actions.confirm_match(number, by=staff.officer.id, at=NOW)
    assert read(number).state == "found"


# National identifiers (USI-05)

USI = "JPG6C4Q93Y"


def test_a_student_number_that_is_a_national_identifier_stays_out_of_the_extract(
    tmp_path: Path, staff: applying.Secretariat
) -> None:
    assert is_usi(USI)
    provider = applying.closed_provider(
        tmp_path, records=[recording.student(USI)], results=[recording.unit(USI, "ICT501")]
    )
    number = applying.applied(applying.identified(staff), provider)
    extract = extracts_actions.confirm_match(number, by=staff.officer.id, at=NOW)
    assert extract is not None
    assert USI not in body_text(documents_queries.issued_bytes(extract))


def test_the_persons_own_identifier_in_lodged_data_stops_the_extract_and_the_case_says_so(
    tmp_path: Path, staff: applying.Secretariat
) -> None:
    results = [recording.unit("S1", "ICT501", unit_name="Portfolio of jpg6 c4q9 3y")]
    provider = applying.closed_provider(tmp_path, results=results)
    number = applying.applied(applying.identified(staff), provider)
    key = identifier_key(settings.KEYS_DIR, create=True)
    with tenancy.for_register():
        (match,) = queries.matches_of(number)
        sealed = seal_identifier(key, USI, student_id=match.student_id, kind="usi")
        Identifier.objects.create(student_id=match.student_id, kind="usi", provider_id=provider.id, sealed=sealed)
    assert extracts_actions.confirm_match(number, by=staff.officer.id, at=NOW) is None
    assert read(number).state == "found"
    with tenancy.for_register():
        said = queries.notes_of(request=number)[-1].text
        assert not Extract.objects.exists()
    assert "could not be certified" in said
    assert USI.lower() not in said.lower()
