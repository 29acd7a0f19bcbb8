"""The student's pages, walked from the details to the downloaded extract, and what they refuse."""

import hashlib
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from testamur.accounts import actions as accounts_actions
from testamur.accounts.roles import Role, Scope
from testamur.documents import actions as documents_actions
from testamur.documents import queries as documents_queries
from testamur.extracts import actions as extracts_actions
from testamur.extracts import queries
from testamur.kernel import tenancy
from testamur.log import actions as log_actions
from testamur.log.models import AccessEvent
from testamur.service.synthetic.pdfs import small_pdf
from testamur.students import queries as students_queries
from tests import applying, build, keyed
from tests.build import NOW

pytestmark = pytest.mark.django_db

DETAILS = {
    "family_name": "Nguyen",
    "given_name": "Grace",
    "other_names": "",
    "former_names": "Grace Tran",
    "birth_date_0": "9",
    "birth_date_1": "2",
    "birth_date_2": "1990",
}


@pytest.fixture
def staff() -> applying.Secretariat:
    return applying.secretariat()


def text_of(client: Client, name: str, *args: object) -> str:
    answer = client.get(reverse(f"student:{name}", args=args))
    assert answer.status_code == 200, answer.status_code
    return answer.content.decode()


def applied_on_pages(client: Client, provider: build.Provider) -> str:
    """Tell the details, choose a document for later, and apply; returns the number of the case."""
    assert "Tell us who you are" in text_of(client, "home")

    told = client.post(reverse("student:details"), DETAILS)
    assert told["Location"] == reverse("student:identity")
    later = client.post(reverse("student:identity"), {"kind": "passport"})
    assert later["Location"] == reverse("student:home")
    assert "Picture still to come" in text_of(client, "home")

    applied = client.post(
        reverse("student:apply") + f"?provider={provider.id}",
        {"sector": "he", "attended_from": "2012", "attended_until": "2014", "courses": "IT", "once": str(uuid4())},
    )
    number: str = applied["Location"].rstrip("/").rpartition("/")[2]
    return number


def test_the_whole_way_on_pages(tmp_path: Path, staff: applying.Secretariat) -> None:
    person = build.student_account()
    client = build.signed_in(person)
    number = applied_on_pages(client, applying.closed_provider(tmp_path))
    assert "Waiting for you" in text_of(client, "request", number)

    picture = SimpleUploadedFile("passport.png", applying.PNG, "image/png")
    client.post(reverse("student:identity"), {"kind": "passport", "scan": picture})
    assert "Checking who you are" in text_of(client, "request", number)

    person_id = students_queries.person_of_account(person.id)
    assert person_id is not None
    with tenancy.for_person(person_id):
        (check,) = queries.identity_checks(person_id)
    extracts_actions.confirm_identity(check.number, by=staff.officer.id, at=NOW)
    assert "Being confirmed" in text_of(client, "request", number)
    assert "nothing to show yet" in text_of(client, "record")

    extract = extracts_actions.confirm_match(number, by=staff.officer.id, at=NOW)
    assert extract is not None
    page = text_of(client, "record")
    assert "ICT501" in page
    assert "Master of IT" in page
    assert "What the provider lodged, and what was never received" in page
    served = client.get(reverse("student:extract", args=[extract]))
    assert served.content == documents_queries.issued_bytes(extract)
    assert "Collected" in text_of(client, "request", number)
    log_actions.seal(at=NOW)
    assert client.get(reverse("student:proof", args=[extract])).content.decode() == queries.own_proof(extract)
    assert "A secretariat officer" in text_of(client, "access")
    assert client.get(reverse("student:access_csv")).content.decode().count("\n") > 3


def test_a_lodged_document_is_served_byte_for_byte(tmp_path: Path, staff: applying.Secretariat) -> None:
    pdf = small_pdf(["Testamur of Grace Nguyen"])
    kept = documents_actions.keep_file([pdf], media_type="application/pdf", kind="lodged document", at=NOW)
    person, _, _ = _with_document(tmp_path, staff, kept.sha256, len(pdf))
    served = build.signed_in(person).get(reverse("student:lodged", args=[kept.sha256]))
    content = b"".join(served.streaming_content)  # type: ignore[attr-defined]
    assert content == pdf
    assert hashlib.sha256(content).hexdigest() == kept.sha256
    assert served["X-Content-Type-Options"] == "nosniff"


def _with_document(
    folder: Path, staff: applying.Secretariat, sha256: str, size: int
) -> tuple[build.Person, str, str | None]:
    provider = applying.closed_provider(folder, documents=[("S1", "testamurs", 1, sha256, size)])
    person = applying.identified(staff)
    number = applying.applied(person, provider)
    return person, number, extracts_actions.confirm_match(number, by=staff.officer.id, at=NOW)


def test_another_persons_record_answers_as_if_it_were_not_there(tmp_path: Path, staff: applying.Secretariat) -> None:
    _, number, extract = applying.ready(tmp_path, staff)
    stranger = build.signed_in(
        applying.applicant(extracts_actions.Details("Other", "Olive", applying.GRACE.birth_date))
    )
    for name, key in (("request", number), ("withdraw", number), ("extract", extract), ("proof", extract)):
        assert stranger.get(reverse(f"student:{name}", args=[key])).status_code == 404, name
    assert stranger.post(reverse("student:certify", args=[number])).status_code == 404
    assert "nothing to show yet" in text_of(stranger, "record")


def test_without_its_access_event_nothing_is_shown(
    tmp_path: Path, staff: applying.Secretariat, monkeypatch: pytest.MonkeyPatch
) -> None:
    person, _, extract = applying.ready(tmp_path, staff)
    client = build.signed_in(person)

    def refuse(*args: object, **options: object) -> None:
        raise RuntimeError("the event cannot be written")

    monkeypatch.setattr(AccessEvent.objects, "create", refuse)
    client.raise_request_exception = False
    for address in (reverse("student:record"), reverse("student:extract", args=[extract])):
        answer = client.get(address)
        assert answer.status_code == 500
        assert b"Nguyen" not in answer.content
        assert not answer.content.startswith(b"%PDF")


def test_an_operating_provider_is_answered_with_its_contact_details(tmp_path: Path) -> None:
    provider = build.provider()
    client = build.signed_in(applying.applicant())
    page = client.get(reverse("student:apply") + f"?provider={provider.id}").content.decode()
    assert "still operates" in page
    assert '<form method="post" novalidate' not in page


def test_a_closed_provider_of_which_nothing_is_held_is_answered_with_guidance(tmp_path: Path) -> None:
    held, empty = applying.closed_provider(tmp_path), build.provider(name="Lorikeet College Pty Ltd", closed=True)
    client = build.signed_in(applying.applicant())
    for provider, name, applies in ((held, "Institute", True), (empty, "Lorikeet", False)):
        address = reverse("student:apply") + f"?provider={provider.id}"
        found = client.get(reverse("student:find"), {"q": name}).content.decode()
        assert (address in found, "whom to ask" in found) == (applies, not applies)
        page = client.get(address).content.decode()
        assert ('<form method="post" novalidate' in page, "What you can do" in page) == (applies, not applies)


def test_a_picture_that_is_none_is_refused_beside_its_field() -> None:
    client = build.signed_in(applying.applicant())
    upload = SimpleUploadedFile("passport.png", b"MZ not a picture", "image/png")
    answer = client.post(reverse("student:identity"), {"kind": "passport", "scan": upload})
    assert answer.status_code == 422
    assert "no JPEG or PNG picture" in answer.content.decode()


def test_reporting_somebody_else_locks_and_signs_out(tmp_path: Path, staff: applying.Secretariat) -> None:
    person, number, _ = applying.ready(tmp_path, staff)
    client = build.signed_in(person)
    assert client.post(reverse("student:report"))["Location"] == reverse("account_inactive")
    assert client.get(reverse("student:home")).status_code == 302
    with tenancy.for_register():
        assert queries.request(number).state == "locked"


def test_a_new_extract_supersedes_the_one_before(tmp_path: Path, staff: applying.Secretariat) -> None:
    person, number, first = applying.ready(tmp_path, staff)
    client = build.signed_in(person)
    once = {"once": str(uuid4())}
    for _ in range(2):
        assert client.post(reverse("student:certify", args=[number]), once).status_code == 302
    assert documents_queries.issued(first).status == "superseded"
    page = text_of(client, "record")
    assert page.count("superseded") == 1


def test_a_providers_search_that_found_the_person_is_called_so(tmp_path: Path, staff: applying.Secretariat) -> None:
    person, provider = applying.identified(staff), applying.closed_provider(tmp_path)
    number = applying.applied(person, provider)
    extracts_actions.confirm_match(number, by=staff.officer.id, at=NOW)
    officer = build.member(Role.PROVIDER_DATA_OFFICER, provider.organisation_id)
    build.signed_in(officer).get(reverse("provider:students"), {"q": "Nguyen"})
    page = text_of(build.signed_in(person), "access")
    assert "Saw your name among the students found" in page
    assert "Compared your record with an application" in page, "the comparison itself is still called one"


def test_a_system_that_read_a_record_is_not_called_a_person(tmp_path: Path, staff: applying.Secretariat) -> None:
    person, provider = applying.identified(staff), applying.closed_provider(tmp_path)
    extracts_actions.confirm_match(applying.applied(person, provider), by=staff.officer.id, at=NOW)
    administrator = build.member(Role.PROVIDER_ADMINISTRATOR, provider.organisation_id)
    made = accounts_actions.make_key(
        provider.organisation_id,
        system_name="Student system",
        scopes=[Scope.READ_STUDENTS],
        expires_at=timezone.now() + timedelta(days=1),
        by=administrator.id,
        at=timezone.now(),
    )
    assert keyed.Keyed(made.token).post("/students/search", {"typed": "Nguyen"}).status_code == 200
    client = build.signed_in(person)
    assert "A system of the provider" in text_of(client, "access")
    assert "A data officer of the provider" not in text_of(client, "access")
    assert b"A system of the provider" in client.get(reverse("student:access_csv")).content


def test_staff_who_read_a_closed_provider_are_not_sent_to_a_page_that_refuses_them(tmp_path: Path) -> None:
    provider = applying.closed_provider(tmp_path)
    address = reverse("public:provider", args=[provider.id])
    officer = build.signed_in(build.member(Role.PROVIDER_DATA_OFFICER, provider.organisation_id))
    shown = [b"Apply for my records" in client.get(address).content for client in (Client(), officer)]
    assert shown == [True, False]
