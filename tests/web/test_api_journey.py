"""A provider's systems lead a submission the whole way by key: opened, sent in pieces, checked, fixed, declared, sealed."""

import hashlib
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from testamur.kernel import tenancy
from testamur.submissions import actions as submissions_actions
from testamur.submissions import queries as submissions_queries
from tests import build, lodged
from tests.keyed import Keyed, declaring, keyed
from tests.lodged import Lodging

pytestmark = pytest.mark.django_db


@pytest.fixture
def lodging() -> Lodging:
    return Lodging()


@pytest.fixture
def system(lodging: Lodging) -> Keyed:
    return keyed(lodging)


def opened(system: Keyed, **body: Any) -> str:
    answer = system.post("/submissions", {"format": "teqsa", **body})
    assert answer.status_code == 201, answer.content
    return f"/submissions/{answer.json()['id']}"


def begun(system: Keyed, place: str, name: str, content: bytes, **said: Any) -> str:
    body = {"name": name, "size": len(content), "sha256": hashlib.sha256(content).hexdigest(), **said}
    answer = system.post(f"{place}/uploads", body)
    assert answer.status_code == 201, answer.content
    return f"{place}/uploads/{answer.json()['id']}"


def piece(system: Keyed, upload: str, content: bytes, first: int, last: int) -> Any:
    return system.put(upload, content[first : last + 1], f"bytes {first}-{last}/{len(content)}")


def sent_in_pieces(system: Keyed, place: str, name: str, content: bytes, size: int = 64) -> None:
    upload = begun(system, place, name, content)
    for first in range(0, len(content), size):
        answer = piece(system, upload, content, first, min(first + size, len(content)) - 1)
        assert answer.status_code == 200, answer.content
    assert answer.json()["received"] is True


def checked(system: Keyed, place: str) -> dict[str, Any]:
    assert system.post(f"{place}/check").status_code == 202
    submissions_actions.check_submission(place.rsplit("/", 1)[1], at=build.NOW)
    card: dict[str, Any] = system.get(place).json()
    return card


def fixed(system: Keyed, place: str) -> None:
    """Have the files checked, read what was found in every way, and fix it."""
    card = checked(system, place)
    assert (card["state"], card["tally"]["error"]) == ("needs_fix", 1)
    (found,) = system.get(f"{place}/findings", severity="error").json()["items"]
    assert (found["value"], found["fixable"]) == (None, True)
    assert system.get(f"{place}/findings", severity="error", values=1).json()["items"][0]["value"] == "9"
    (group,) = system.get(f"{place}/findings/counts", severity="error").json()
    assert (group["rule"], group["count"], group["values"]) == (found["rule"], 1, [])
    _, annotated = system.download(f"{place}/findings/annotated", file=lodged.RESULTS)
    assert found["message"].encode() in annotated

    cell = {name: found[name] for name in ("file", "row", "column", "rule")}
    fix = system.post(f"{place}/fixes", {**cell, "value": "2"})
    assert fix.status_code == 201
    assert system.delete(f"{place}/fixes/{fix.json()['id']}").status_code == 204
    assert system.post(f"{place}/fixes", {**cell, "value": "3"}).status_code == 201
    assert checked(system, place)["state"] == "ready"


def test_two_systems_lead_a_submission_to_its_receipt(lodging: Lodging, system: Keyed) -> None:
    place = opened(system)
    files = lodged.faulty(2, bad_result=1)
    bulk = files.pop(lodged.RESULTS)
    assert system.form(f"{place}/files", files).json() == {"new": len(files), "unchanged": 0}

    # The sender breaks off after the first piece, asks how far it was and goes on there.
    upload = begun(system, place, lodged.RESULTS, bulk)
    assert piece(system, upload, bulk, 0, 99).json()["have"] == 100
    have = system.get(upload).json()["have"]
    answer = piece(system, upload, bulk, have, len(bulk) - 1)
    assert answer.json() == {**answer.json(), "have": len(bulk), "received": True}

    fixed(system, place)

    second = declaring(lodging)
    text = second.get(f"{place}/declaration").json()
    assert text["declaration"].startswith("declaration ")
    declared = second.post(f"{place}/declare", {"declaration": text["declaration"]}, key="one")
    assert declared.json()["state"] == "accepted"
    assert second.post(f"{place}/declare", {"declaration": text["declaration"]}, key="one").status_code == 200
    assert system.get(f"{place}/receipt").status_code == 404
    submissions_actions.seal_submission(place.rsplit("/", 1)[1], at=build.NOW)
    receipt = system.get(f"{place}/receipt").json()
    assert receipt["outcome"]["new"] == receipt["leaves"] > 0
    assert {one["sha256"] for one in receipt["arrived"]} >= {hashlib.sha256(bulk).hexdigest()}
    assert receipt["declared_by"] == "Declaring system"
    assert "seal" in [step["verb"] for step in system.get(f"{place}/steps").json()]


def test_the_record_is_read_by_key_and_the_student_is_told(lodging: Lodging, system: Keyed) -> None:
    lodging.sealed()
    (found,) = system.post("/students/search", {"typed": "S1001"}).json()
    record = system.get(f"/students/{found['student_id']}").json()
    assert {one["kind"] for one in record["records"]} == {"student", "unit_result", "lodged_document"}
    (pdf,) = [one["facts"]["sha256"] for one in record["records"] if one["kind"] == "lodged_document"]
    name, document = system.download(f"/students/{found['student_id']}/documents/{pdf}")
    assert document.startswith(b"%PDF")
    assert "S1001" not in name
    provider = system.get("/provider").json()
    assert provider["holdings"][0]["students"] == 2
    assert provider["members"]
    assert system.get("/identifiers/counts").json()["needs_work"] == 0
    assert system.get("/identifiers").json() == []


def test_rows_with_errors_are_held_and_no_longer(lodging: Lodging, system: Keyed) -> None:
    place = opened(system)
    system.form(f"{place}/files", lodged.faulty(3, bad_result=2))
    card = checked(system, place)
    assert card["may_hold"]["rows"] == 1
    assert system.post(f"{place}/hold", key="h").json()["held"]["left"] == 1
    assert system.get(f"{place}/declaration").json()["declaration"].startswith("declaration-in-part")
    name, failed = system.download(f"{place}/findings/failed-rows", file=lodged.RESULTS)
    assert "studentresults v2.csv" in name
    assert len(failed.splitlines()) == 2
    assert system.post(f"{place}/stop-holding").json()["state"] == "needs_fix"
    assert system.post(f"{place}/stop-holding").status_code == 409


def test_the_list_is_paged(system: Keyed) -> None:
    made = [opened(system).rsplit("/", 1)[1] for _ in range(3)]
    first = system.get("/submissions", limit=2).json()
    with CaptureQueriesContext(connection) as asked:
        last = system.get("/submissions", limit=2, after=first["next"]).json()
    assert any(one["sql"].endswith("LIMIT 3") for one in asked), "a page is cut in the database"
    assert {one["id"] for one in (*first["items"], *last["items"])} == set(made)
    assert last["next"] is None


def test_progress_is_read_in_percent(lodging: Lodging, system: Keyed) -> None:
    from testamur.submissions import storage
    from testamur.submissions.progress import Standing, write_progress

    place = opened(system)
    system.form(f"{place}/files", lodged.clean())
    system.post(f"{place}/check")
    number = lodging.listed()[0]
    write_progress(storage.room_of(number).progress, Standing("studentresults", 30, 120))
    assert system.get(place).json()["progress"]["percent"] == 25
    with tenancy.for_provider(lodging.provider.id):
        assert submissions_queries.submission(number).at_work
