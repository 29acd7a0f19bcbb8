"""By hand, exports, webhooks, questions and the closure case by key: the rest of what the provider's pages do."""

import hashlib
import io
import zipfile

import pytest
from django.utils import timezone

from testamur.accounts.roles import Role, Scope
from testamur.log.models import AccessEvent
from testamur.notices.models import OutgoingMail
from testamur.register import queries as register_queries
from testamur.regulation.actions import chasing, rehearsing
from testamur.submissions import actions as submissions_actions
from testamur.submissions import by_hand
from testamur.submissions.actions import doubting
from testamur.submissions.certificates.grouping import UNIT_COLUMNS
from testamur.submissions.formats import FORMATS
from testamur.submissions.layouts import PROFILES
from testamur.web.provider.api import by_hand as by_hand_api
from testamur.web.provider.api import document
from tests import build, lodged
from tests.closing import NOTICE, Closing
from tests.keyed import Keyed, declaring, keyed
from tests.lodged import Lodging
from tests.typed import CLEAN, UNITS
from tests.web.test_doubts import doubtful

pytestmark = pytest.mark.django_db
HOOK = "https://systems.example.org/told"


@pytest.fixture
def training() -> Lodging:
    return Lodging(sector="vet")


@pytest.fixture
def managing(monkeypatch: pytest.MonkeyPatch) -> Keyed:
    """Return a system that manages webhooks; every name is taken to lie in the Internet, for nothing is looked up here."""
    monkeypatch.setattr("testamur.notices.posting.fault_of", lambda url, here: "" if url == HOOK else "Not public.")
    return keyed(Lodging(), [Scope.MANAGE_WEBHOOKS], name="Hooks")


def entering(system: Keyed) -> str:
    """Open a submission for certificates by hand."""
    return f"/submissions/{system.post('/submissions', {'format': 'certificates'}).json()['id']}/certificates"


# By hand


def test_certificates_are_entered_changed_and_taken_out(training: Lodging) -> None:
    system = keyed(training)
    place = entering(system)
    said = {**CLEAN, "units": [*UNITS]}
    first = system.post(place, said, key="a")
    assert (first.status_code, first.json()["kept"]) == (201, True)
    assert system.post(place, said, key="a").json()["mark"] == first.json()["mark"]
    assert system.post(place, {**said, "number": "P-9"}, key="a").status_code == 409
    second = system.post(place, {**said, "student_id": "S2", "number": "P-0002"}).json()["mark"]
    changed = system.post(f"{place}/{second}/change", {**said, "student_id": "S2", "number": "P-0003"}).json()
    assert changed["kept"]
    assert changed["mark"] != second
    listed = system.get(place, values=1).json()
    assert [(one["rows"], one["cells"]["number"]) for one in listed] == [(2, "P-0001"), (2, "P-0003")]
    assert system.get(place).json()[0]["cells"] is None
    assert system.delete(f"{place}/{changed['mark']}").json() == {"left": 1}
    assert system.delete(f"{place}/{changed['mark']}").status_code == 409
    assert system.delete(f"{place}/{first.json()['mark']}").status_code == 403


def test_a_certificate_with_errors_is_kept_only_where_that_is_said(training: Lodging) -> None:
    system = keyed(training)
    place = entering(system)
    wrong = {**CLEAN, "surname": "", "units": [*UNITS]}
    answer = system.post(place, wrong)
    assert (answer.status_code, answer.json()["kept"]) == (200, False)
    assert ("C05", "surname", None) in [(one["rule"], one["field"], one["unit"]) for one in answer.json()["findings"]]
    assert system.get(place).json() == []
    assert system.post(place, {**wrong, "keep_faulty": True}).status_code == 201


def test_the_cells_of_the_description_are_those_of_the_layout() -> None:
    fields = set(by_hand_api.CertificateCells.model_fields) - {"units"}
    assert fields == set(by_hand.certificate_fields())
    assert set(by_hand_api.UnitCells.model_fields) == set(UNIT_COLUMNS)


def test_the_description_offers_every_format_and_profile() -> None:
    said = document.openapi()["components"]["schemas"]["OpenGiven"]["properties"]
    assert set(said["format"]["enum"]) == set(FORMATS)
    assert set(said["profile"]["enum"]) == set(PROFILES)


# The record again


def prepares_and_fetches(system: Keyed) -> None:
    """Have an archive prepared, follow it, fetch it once and delete it."""
    asked = system.post("/exports", {"name": "certificates"}, key="half-year")
    assert (asked.status_code, asked["Location"]) == (202, asked.json()["address"])
    address = asked["Location"].removeprefix("/api/v1")
    assert (system.get(address).json()["state"], system.get(f"{address}/file").status_code) == ("asked", 409)
    submissions_actions.prepare_export(asked.json()["id"], at=timezone.now())
    ready = system.get(address).json()
    assert (ready["state"], ready["students"], ready["file"]) == ("prepared", 1, f"/api/v1{address}/file")
    name, content = system.download(f"{address}/file")
    assert (len(content), hashlib.sha256(content).hexdigest()) == (ready["size"], ready["sha256"])
    assert name.startswith('attachment; filename="certificates 2')
    assert system.post("/exports", {"name": "certificates"}, key="half-year").json()["id"] == ready["id"]
    assert (system.delete(address).json()["state"], system.get(f"{address}/file").status_code) == ("removed", 404)
    assert [one["state"] for one in system.get("/exports/prepared").json()] == ["removed"]
    assert system.post("/exports", {"name": "teqsa"}).status_code == 404


def test_what_was_lodged_is_taken_away_and_every_student_is_told(training: Lodging) -> None:
    system = keyed(training)
    place = entering(system)
    system.post(place, {**CLEAN, "units": [*UNITS]})
    number = place.split("/")[2]
    training.checked(number)
    training.declared(number, by=training.as_both(training.officer))
    submissions_actions.accept_submission(number, by=build.member(Role.SUPERVISOR).id, at=build.NOW)
    submissions_actions.seal_submission(number, at=build.NOW)
    offered = {one["name"]: one for one in system.get("/exports").json()}
    assert offered["certificates"]["students"] == 1
    assert system.get("/exports/asqa/cuts").json() == {"listed": True, "cuts": []}
    before = AccessEvent.objects.filter(action="exported").count()
    answer = system.post("/exports/certificates")
    archive = zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content)))
    assert "certificates.csv" in archive.namelist()
    assert AccessEvent.objects.filter(action="exported").count() == before + 1
    prepares_and_fetches(system)
    assert AccessEvent.objects.filter(action="exported").count() == before + 2
    assert system.post("/exports/teqsa").status_code == 404
    assert [one["code"] for one in system.get("/codes", kind="unit", typed="bsbc").json()] == ["BSBCUS401"]
    assert system.get("/codes", typed="").json() == []
    assert register_queries.has_holdings(training.provider.id)


# Webhooks


def test_an_address_is_added_tested_and_stopped(managing: Keyed) -> None:
    made = managing.post("/webhooks", {"url": HOOK})
    assert (made.status_code, made.json()["secret"][:6]) == (201, "whsec_")
    told = [mail.context["event"] for mail in OutgoingMail.objects.filter(template="security_notice").order_by("pk")]
    assert told.count("webhook_added") == 1
    place = f"/webhooks/{made.json()['id']}"
    assert managing.post("/webhooks", {"url": HOOK}).status_code == 409
    assert managing.post("/webhooks", {"url": "https://inner.example.org/"}).status_code == 403
    assert managing.post(f"{place}/test").status_code == 202
    assert managing.post(f"{place}/test").status_code == 409
    (message,) = managing.get(f"{place}/messages").json()
    assert message["event"] == "webhook.test"
    assert managing.post(f"{place}/messages/{message['id']}/again").status_code == 409
    assert managing.get("/webhooks").json() == [{**managing.get(place).json(), "waiting": 1}]
    stopped = managing.post(f"{place}/stop").json()
    assert (stopped["waiting"], stopped["failed"]) == (0, 1)
    assert made.json()["secret"] not in managing.get(f"{place}/messages").content.decode()
    other = keyed(Lodging(), [Scope.MANAGE_WEBHOOKS], name="Hooks")
    for path in ("", "/messages"):
        assert other.get(place + path).status_code == 404
    for path in ("/stop", "/test", f"/messages/{message['id']}/again"):
        assert other.post(place + path).status_code == 404


def test_a_change_by_key_is_told(managing: Keyed, training: Lodging) -> None:
    hooks = keyed(training, [Scope.MANAGE_WEBHOOKS], name="Hooks")
    place = f"/webhooks/{hooks.post('/webhooks', {'url': HOOK}).json()['id']}"
    system = keyed(training)
    system.post(entering(system), {**CLEAN, "units": [*UNITS]})
    (message,) = hooks.get(f"{place}/messages").json()
    assert message["event"] == "submission.uploaded"
    assert "Nguyen" not in message["body"]


# What the regulator asks


def test_a_question_is_answered_by_key_once() -> None:
    lodging, card = doubtful()
    system = keyed(lodging)
    assert system.get(f"/questions/{card.id}").status_code == 404
    officer = build.member(Role.SECRETARIAT_OFFICER)
    doubting.ask_provider(card.id, "Which student bears it?", by=officer.id, at=timezone.now())
    (question,) = system.get("/questions").json()
    assert (question["id"], question["state"]) == (card.id, "asked")
    place = f"/questions/{card.id}"
    assert keyed(Lodging()).get(place).status_code == 404
    assert keyed(Lodging()).post(f"{place}/answer", {"answer": "Both."}).status_code == 404
    assert system.post(f"{place}/answer", {"answer": " "}).status_code == 422
    assert system.post(f"{place}/answer", {"answer": "Both do."}).json()["state"] == "answered"
    assert declaring(lodging).post(f"{place}/answer", {"answer": "No."}).status_code == 409


def test_the_closure_case_is_read_by_key() -> None:
    closing = Closing()
    chasing.chase_closures(at=NOTICE)
    (case,) = keyed(closing).get("/closure").json()
    assert (case["state"], case["unanswered"] > 0) == ("opened", True)
    assert {one["kind"] for one in case["log"]} >= {"opened", "asked"}
    assert keyed(Lodging()).get("/closure").json() == []


def test_a_closure_is_rehearsed_by_key_and_those_who_fail_are_told() -> None:
    lodging = Lodging()
    records = [lodged.student(1), lodged.student(2, birth_date="01/01/1901")]
    results = [lodged.unit(number) for number in (1, 2)]
    lodging.sealed(
        {
            lodged.RECORDS: lodged.csv_of("studentrecords", records),
            lodged.RESULTS: lodged.csv_of("studentresults", results),
        }
    )
    system = keyed(lodging)
    assert system.get("/rehearsal").status_code == 404
    assert system.post("/rehearsal").json()["asked_at"] is not None
    rehearsing.rehearse_closure(lodging.provider.id, at=timezone.now())
    found = system.get("/rehearsal").json()
    assert (found["students"], found["failing"]) == (2, 1)
    seen = AccessEvent.objects.count()
    (failing,) = system.get("/rehearsal/failing").json()
    assert (failing["local_id"], failing["reasons"]) == ("S1002", [one["reason"] for one in found["reasons"]])
    assert AccessEvent.objects.count() == seen + 1
    assert system.get("/rehearsal/failing", reason="nothing").json() == []
    assert keyed(Lodging()).get("/rehearsal/failing").json() == []
