"""The door of the API: whose key opens what, what a refusal looks like, and that another provider does not exist behind it."""

import json
import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from testamur.accounts import actions as accounts_actions
from testamur.accounts.models import SystemKey
from testamur.accounts.roles import Scope
from testamur.kernel import tenancy
from testamur.log.models import AccessEvent
from testamur.submissions.queries import due
from testamur.web.provider.api import document, limits
from testamur.web.provider.api.problems import MEDIA_TYPE
from tests import lodged
from tests.keyed import BASE, DECLARING, SENDING, Keyed, declaring, keyed
from tests.lodged import Lodging

pytestmark = pytest.mark.django_db
NOTHING = "00000000-0000-4000-8000-000000000000"
ENROLMENTS = {
    "/enrolments": {
        "student_id": "S1", "product_code": "ZZA30118", "product_kind": "qualification", "product_title": "A title",
        "enrolled_on": "2026-01-01",
    },
    "/enrolments/search": {"typed": "nobody"},
    "/outcomes": {
        "outcomes": [{"enrolment": NOTHING, "unit_code": "ZZAU001", "unit_title": "A", "outcome": "in-progress"}]
    },
    "/commence": {"on": "2026-01-01"},
    "/reopen": {"reason": "Entered by mistake"},
    "/exit": {"on": "2026-01-01", "exit_reason": "withdrew"},
    "/contract": {"number": "1", "jurisdiction": "WA", "contract_from": "2026-01-01"},
    "/fees": {"kind": "paid", "cents": 1, "on": "2026-01-01", "reference": "R1"},
    "/identity": {"check_kind": "in-person", "checked_on": "2026-01-01", "assessor": "A"},
    "/timely-date": {"on": "2026-01-01", "reasons": "Time enough for all"},
    "/identifier": {"usi": "X"},
}  # fmt: skip


@pytest.fixture
def lodging() -> Lodging:
    return Lodging()


@pytest.fixture
def system(lodging: Lodging) -> Keyed:
    return keyed(lodging)


def filled(path: str, **ids: object) -> str:
    """Return an address with its places filled: by what is given, else by something that does not exist."""
    places = {
        "submission_id": NOTHING, "upload_id": NOTHING, "nil_id": NOTHING, "file_id": 999_999, "fix_id": 999_999,
        "student_id": 999_999, "sha256": "0" * 64, "mark": "0" * 32, "question_id": 999_999, "name": "asqa",
        "webhook_id": NOTHING, "delivery_id": NOTHING, "export_id": NOTHING, "enrolment_id": NOTHING, "code": "ZZA30118",
    }  # fmt: skip
    return path.removeprefix(BASE).format(**{**places, **ids})


def asked(system: Keyed, method: str, path: str):
    """Ask an address of the description with a body that fits it."""
    bodies = {
        "/submissions": {"format": "teqsa"},
        "/uploads": {"name": "a.csv", "size": 1, "sha256": "0" * 64},
        "/fixes": {"file": "a.csv", "row": 2, "column": "b", "value": "c"},
        "/alike": {"rule": "V07", "file": "a.csv", "column": "b", "old": "c", "value": "d"},
        "/declare": {"declaration": "declaration 1"},
        "/returns/nil": {"registration_id": 999_999, "first": "2026-01-01"},
        "/students/search": {"typed": "nobody"},
        "/certificates": {"surname": "Nobody"},
        "/change": {"surname": "Nobody"},
        "/answer": {"answer": "nothing"},
        "/webhooks": {"url": "https://localhost/"},
        "/form": {"collection_year": 2025},
        "/exports": {"name": "asqa"},
        **ENROLMENTS,
    }
    if path == "/products":
        return system.get(path, q="ZZA")
    if method == "GET":
        return system.get(path, file="a.csv") if path.endswith(("annotated", "failed-rows")) else system.get(path)
    if method == "PUT":
        return system.put(path, b"x", "bytes 0-0/1")
    if method == "DELETE":
        return system.delete(path)
    if path.endswith("/evidence/files"):
        sent = {"file": SimpleUploadedFile("a.pdf", b"%PDF-1.4")}
        return system.client.post(f"{BASE}{path}?kind=assessment&label=Portfolio", sent)
    if path.endswith("/files"):
        return system.form(path, {"a.csv": b"x"})
    return system.post(path, next((body for end, body in bodies.items() if path.endswith(end)), None))


# Keys


def test_without_a_usable_key_every_operation_is_401(lodging, system):
    revoked, expired = keyed(lodging, name="Revoked"), keyed(lodging, name="Expired")
    accounts_actions.revoke_key(revoked.key_id, by=lodging.administrator.id, at=timezone.now())
    past = timezone.now() - timedelta(days=40)
    SystemKey.objects.filter(pk=expired.key_id).update(made_at=past, expires_at=past + timedelta(days=1))
    for one in document.described():
        for wrong in (Keyed(), Keyed("testamur_abcdefghijkm_wrong"), revoked, expired):
            answer = asked(wrong, one.method, filled(one.path))
            assert answer.status_code in (401, 429), one
            assert answer["Content-Type"] == MEDIA_TYPE
    assert Keyed().get("/me")["WWW-Authenticate"] == 'Bearer realm="testamur"'


def test_a_key_in_the_address_or_another_scheme_opens_nothing(system):
    assert Client().get(f"{BASE}/me", {"key": system.token}).status_code == 401
    assert Client(headers={"Authorization": f"Basic {system.token}"}).get(f"{BASE}/me").status_code == 401
    assert system.get("/me").status_code == 200


def test_every_operation_refuses_a_key_without_its_scope(lodging):
    keys = {scope: keyed(lodging, [scope], name=f"Only {scope}") for scope in SENDING}
    other = lodging.as_both(lodging.officer)
    for scope in (Scope.DECLARE_SUBMISSIONS, Scope.MANAGE_WEBHOOKS):
        keys[scope] = keyed(lodging, [scope], name=f"Only {scope}", by=other)
    assert set(keys) == set(Scope)
    for number, one in enumerate(document.described()):
        lacking = [scope for scope in Scope if scope.value not in one.scopes]
        if one.scopes:
            wrong = keys[lacking[number % len(lacking)]]
            assert asked(wrong, one.method, filled(one.path)).status_code == 403, one
        for scope in one.scopes or [Scope.READ_PROVIDER]:
            status = asked(keys[Scope(scope)], one.method, filled(one.path)).status_code
            assert status not in (401, 422, 500), (one, scope, status)


def test_me_says_whose_key_it_is_and_its_use_is_noted(lodging, system):
    me = system.get("/me").json()
    assert me["system"] == "Student system"
    assert me["scopes"] == sorted((scope.value for scope in SENDING), key=list(Scope).index)
    assert system.token not in json.dumps(me)
    assert SystemKey.objects.get(pk=system.key_id).last_used_at is not None


def test_a_key_asks_so_often_in_a_minute(system, settings):
    settings.API_PER_MINUTE = 3
    key = SystemKey.objects.get(pk=system.key_id)
    assert [limits.seconds_to_wait(key, now=1_000_000.0) for _ in range(4)] == [0, 0, 0, 20]
    assert limits.seconds_to_wait(key, now=1_000_020.0) == 0
    settings.API_PER_MINUTE = 0
    answer = system.get("/me")
    assert (answer.status_code, answer.json()["type"]) == (429, "/api/v1/docs#too-many")
    assert 0 < int(answer["Retry-After"]) <= 60


def test_wrong_keys_are_braked_and_right_ones_are_not(system, monkeypatch):
    monkeypatch.setattr(limits, "WRONG_PER_MINUTE", 0)
    assert Keyed("testamur_abcdefghijkm_wrong").get("/me").status_code == 429
    assert Keyed().get("/me").status_code == 401
    assert system.get("/me").status_code == 200


# Another provider


def test_nothing_of_another_provider_exists(lodging, system):
    other = Lodging()
    theirs = other.sealed()
    faulty = other.opened(lodged.faulty(2, bad_result=1))
    other.checked(faulty)
    with tenancy.for_provider(other.provider.id):
        (period, *_) = due.periods_of(other.provider.id, at=timezone.now())
    stranger = keyed(other)
    (student, *_) = stranger.post("/students/search", {"typed": "S1001"}).json()
    upload = stranger.post(f"/submissions/{faulty}/uploads", {"name": "a", "size": 1, "sha256": "0" * 64}).json()
    (file, *_) = stranger.get(f"/submissions/{faulty}/files").json()
    seen = AccessEvent.objects.count()
    second, hooks = declaring(lodging), keyed(lodging, [Scope.MANAGE_WEBHOOKS], name="Hooks")
    for number in (theirs, faulty):
        ids = {
            "submission_id": number, "upload_id": upload["id"], "file_id": file["id"],
            "student_id": student["student_id"],
        }  # fmt: skip
        for one in document.described():
            if "{" not in one.path or not one.scopes:  # without a scope it is public data
                continue
            own = {Scope.DECLARE_SUBMISSIONS: second, Scope.MANAGE_WEBHOOKS: hooks}.get(one.scopes[-1], system)
            ours = asked(own, one.method, filled(one.path, **ids))
            nothing = asked(own, one.method, filled(one.path))
            assert (ours.status_code, ours.content) == (404, nothing.content), one
    assert system.get("/submissions").json()["items"] == []
    assert system.get("/submissions", after=str(faulty)).status_code == 404
    assert system.post("/students/search", {"typed": "S1001"}).json() == []
    nil = {"registration_id": period.registration.id, "first": period.window.since.isoformat()}
    assert system.post("/returns/nil", nil).status_code == 404
    assert AccessEvent.objects.count() == seen
    assert stranger.get(f"/submissions/{faulty}/uploads/{upload['id']}").json()["have"] == 0


def test_nobody_prepares_and_declares_by_two_keys(lodging, system):
    place = f"/submissions/{system.post('/submissions', {'format': 'teqsa'}).json()['id']}"
    system.form(f"{place}/files", lodged.clean())
    lodging.checked(lodging.listed()[0])
    alone = keyed(lodging, DECLARING, name="Alone", by=declarer(lodging))
    SystemKey.objects.filter(pk=alone.key_id).update(made_by=lodging.administrator.id)
    text = alone.get(f"{place}/declaration").json()["declaration"]
    answer = alone.post(f"{place}/declare", {"declaration": text})
    assert answer.status_code == 403
    assert [one["rule"] for one in answer.json()["rules"]] == ["SUB-04"]
    assert alone.post(f"{place}/declare", {"declaration": "declaration 0"}).status_code == 409


def declarer(lodging: Lodging):
    """Return another administrator of a provider."""
    return lodging.as_both(lodging.officer)


# Refusals


def test_a_refusal_says_what_where_and_what_to_do_and_repeats_nothing(system):
    answer = system.post("/submissions", {"format": "Nguyen", "extra": "Grace"})
    said = answer.json()
    assert (answer.status_code, answer["Content-Type"], said["status"]) == (422, MEDIA_TYPE, 422)
    assert {place["where"] for place in said["places"]} == {"body.format", "body.extra"}
    assert "Nguyen" not in answer.content.decode()
    assert "Grace" not in answer.content.decode()
    assert answer["Cache-Control"] == "private, no-store"


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/nowhere", 404),
        ("/submissions/../../provider/", 404),
        ("/submissions/%00", 404),
        ("/submissions/' OR 1=1", 404),
        (f"/submissions/{uuid4()}", 404),
        (f"/students/{2**63}", 422),
        (f"/students/{2**63 - 1}", 404),
        ("/students/1/documents/..%2f..%2fetc", 404),
        ("/students/1/documents/passwd", 422),
        ("/submissions?after=x", 422),
        ("/submissions?limit=0", 422),
    ],
)
def test_hostile_addresses_are_answered_as_problems(system, path, status):
    answer = system.client.get(BASE + path)
    assert (answer.status_code, answer["Content-Type"]) == (status, MEDIA_TYPE)


def test_a_body_that_cannot_be_read_is_said_to_be_so(system):
    place = f"{BASE}/submissions"
    assert system.client.post(place, b"{", content_type="application/json").status_code == 400
    assert system.client.post(place, b"a=1", content_type="application/x-www-form-urlencoded").status_code == 415
    large = json.dumps({"format": "x" * 3_000_000}).encode()
    assert system.client.post(place, large, content_type="application/json").status_code == 413
    assert system.post("/students/search", {"typed": "a\x00b"}).status_code == 422


def test_another_method_is_refused_with_those_that_there_are(system):
    answer = system.client.patch(f"{BASE}/submissions")
    assert (answer.status_code, answer["Content-Type"]) == (405, MEDIA_TYPE)
    assert set(answer["Allow"].split(", ")) == {"GET", "POST"}


def test_a_fault_of_ours_is_told_by_number_and_keeps_its_data(system, monkeypatch, caplog):
    def broken(*_: object) -> None:
        raise ValueError("Nguyen")

    monkeypatch.setattr("testamur.submissions.queries.submissions_of", broken)
    answer = system.get("/submissions")
    assert answer.status_code == 500
    assert answer.json()["reference"].replace(" ", "")[:4] in caplog.text
    assert "Nguyen" not in answer.content.decode() + caplog.text


def test_what_is_refused_leaves_nothing(lodging, system):
    answer = system.post("/returns/nil", {"registration_id": 1, "first": "2026-13-45"})
    assert answer.status_code == 404
    said = {"format": "teqsa"}
    place = system.post("/submissions", said, key="k").json()["id"]
    assert system.post("/submissions", said, key="k").json()["id"] == place
    assert system.post("/submissions", {**said, "profile": "tolerant"}, key="k").status_code == 409
    assert lodging.listed() == lodging.listed()[:1]


def test_a_provider_lodges_in_the_formats_of_its_sectors(lodging, system):
    assert [one["name"] for one in system.get("/formats").json() if one["yours"]] == ["teqsa"]
    assert system.post("/submissions", {"format": "avetmiss8"}).status_code == 403
    assert system.post("/submissions", {}).status_code == 422
    assert lodging.listed() == []


@pytest.mark.parametrize("sign", ["\ud800", "a\udfff", "\x00"])
def test_half_of_a_character_is_refused_and_breaks_nothing(system, sign):
    assert system.post("/students/search", {"typed": sign}).status_code == 422
    assert system.post("/submissions", {"format": "teqsa", "encoding": sign}).status_code == 422


# The description


def test_the_page_and_the_document_are_public_and_list_every_operation(client):
    page = re.sub(r"<[^>]+>", "", client.get(f"{BASE}/docs").content.decode())
    found = client.get(f"{BASE}/openapi.json").json()
    assert found["openapi"].startswith("3.1")
    for path, methods in found["paths"].items():
        for method, one in methods.items():
            assert f"{method.upper()} {path.removeprefix(BASE)}" in page
            assert one["responses"].keys() >= {"401", "403", "404", "409", "422", "429"}
            assert one["security"]
    assert "`" not in page
