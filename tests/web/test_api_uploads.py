"""A file in pieces: resumed after a break, and every fault of a piece named with the byte at which to go on."""

import hashlib
import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from testamur.kernel import tenancy
from testamur.submissions import actions as submissions_actions
from testamur.submissions import chunks, storage
from testamur.submissions import queries as submissions_queries
from testamur.submissions.actions import chunking
from tests import lodged
from tests.keyed import Keyed, keyed
from tests.lodged import Lodging

pytestmark = pytest.mark.django_db
CONTENT = bytes(range(256)) * 4


@pytest.fixture
def lodging() -> Lodging:
    return Lodging()


@pytest.fixture
def system(lodging: Lodging) -> Keyed:
    return keyed(lodging)


@pytest.fixture
def place(system: Keyed) -> str:
    return f"/submissions/{system.post('/submissions', {'format': 'teqsa'}).json()['id']}"


def begun(system: Keyed, place: str, **said: Any) -> str:
    body = {"name": "a.csv", "size": len(CONTENT), "sha256": hashlib.sha256(CONTENT).hexdigest(), **said}
    answer = system.post(f"{place}/uploads", body)
    assert answer.status_code == 201, answer.content
    return f"{place}/uploads/{answer.json()['id']}"


def piece(system: Keyed, upload: str, first: int, last: int, content: bytes = CONTENT, total: int = 0) -> Any:
    return system.put(upload, content[first : last + 1], f"bytes {first}-{last}/{total or len(content)}")


def files(system: Keyed, place: str) -> dict[str, str]:
    return {one["name"]: one["sha256"] for one in system.get(f"{place}/files").json()}


def test_a_file_arrives_in_pieces_and_a_repeated_piece_changes_nothing(system, place):
    upload = begun(system, place)
    for first, have in ((0, 400), (0, 400), (400, 800), (0, 800), (800, 1024)):
        answer = piece(system, upload, first, min(first + 400, 1024) - 1)
        assert (answer.status_code, answer.json()["have"]) == (200, have)
    assert answer.json()["received"]
    assert files(system, place) == {"a.csv": hashlib.sha256(CONTENT).hexdigest()}
    again = piece(system, upload, 800, 1023)
    assert (again.status_code, again.json()["received"]) == (200, True)
    assert len(files(system, place)) == 1


def test_the_bytes_of_a_received_upload_go(system, place, django_capture_on_commit_callbacks):
    upload = begun(system, place)
    with django_capture_on_commit_callbacks(execute=True):
        piece(system, upload, 0, 1023)
    room = storage.room_of(place.rsplit("/", 1)[1])
    assert [path.name for path in room.root.glob("uploads/*/*") if path.name == "bytes"] == []
    assert system.get(upload).json() == {**system.get(upload).json(), "have": 1024, "received": True}
    assert piece(system, upload, 0, 99).status_code == 200
    assert piece(system, upload, 1000, 1030, CONTENT + CONTENT, total=1024).status_code == 409


@pytest.mark.parametrize(
    ("first", "last", "total", "words"),
    [
        (200, 299, 1024, "have not arrived"),
        (50, 149, 1024, "overlaps"),
        (100, 199, 2048, "another size"),
        (100, 1123, 1024, "another size"),
    ],
)
def test_a_misplaced_piece_is_told_where_to_go_on(system, place, first, last, total, words):
    upload = begun(system, place)
    piece(system, upload, 0, 99)
    answer = piece(system, upload, first, last, CONTENT + CONTENT, total=total)
    assert answer.status_code == 409
    assert words in answer.json()["detail"]
    assert answer.json()["upload"] == {"have": 100, "size": 1024}
    assert system.get(upload).json()["have"] == 100


def test_other_bytes_at_a_place_that_is_filled_are_refused(system, place):
    upload = begun(system, place)
    piece(system, upload, 0, 99)
    answer = system.put(upload, b"x" * 100, "bytes 0-99/1024")
    assert (answer.status_code, "Other bytes" in answer.json()["detail"]) == (409, True)


def test_a_range_that_counts_otherwise_than_the_bytes_is_refused(system, place):
    upload = begun(system, place)
    assert system.put(upload, b"x" * 10, "bytes 0-99/1024").json()["upload"]["have"] == 0
    assert system.put(upload, b"x" * 10, "bytes 9-0/1024").status_code == 409
    for wrong in ("bytes 0-9", "0-9/1024", "bytes -1-9/1024", "bytes 0-9/*", ""):
        assert system.put(upload, b"x" * 10, wrong).status_code == 422
    assert system.get(upload).json()["have"] == 0


def test_a_file_with_another_hash_is_forgotten_and_begins_again(system, place):
    upload = begun(system, place, sha256="0" * 64)
    piece(system, upload, 0, 511)
    answer = piece(system, upload, 512, 1023)
    assert (answer.status_code, answer.json()["upload"]) == (409, {"have": 0, "size": 1024})
    assert "another SHA-256" in answer.json()["detail"]
    assert files(system, place) == {}


def test_what_is_too_large_is_refused_before_its_bytes_are_kept(system, place, settings):
    settings.UPLOAD_LIMIT_BYTES = 1_500
    upload = begun(system, place)
    answer = system.post(f"{place}/uploads", {"name": "b.csv", "size": 500, "sha256": "0" * 64})
    assert (answer.status_code, answer.json()["rules"][0]["rule"]) == (403, "SUB-02")
    large = b"x" * (chunking.LARGEST_PIECE + 1)
    assert system.put(upload, large, f"bytes 0-{len(large) - 1}/{len(large)}").status_code == 413
    assert system.post(f"{place}/uploads", {"name": "b", "size": 3 * 1024**3, "sha256": "0" * 64}).status_code == 422


@pytest.mark.parametrize("name", ["", "..", ".", "a/b.csv", "a\\b", "a\x00b", "x" * 201, "../../etc/passwd"])
def test_a_name_that_no_file_has_is_refused(system, place, name):
    answer = system.post(f"{place}/uploads", {"name": name, "size": 1, "sha256": "0" * 64})
    assert answer.status_code == 422
    assert system.post(f"{place}/uploads", {"name": "é" * 101, "size": 1, "sha256": "0" * 64}).status_code == 403


def test_the_same_key_begins_one_upload(system, place):
    body = {"name": "a.csv", "size": 5, "sha256": "0" * 64}
    first = system.post(f"{place}/uploads", body, key="k").json()
    assert system.post(f"{place}/uploads", body, key="k").json() == first
    assert system.post(f"{place}/uploads", {**body, "size": 6}, key="k").status_code == 409
    assert [one["id"] for one in system.get(f"{place}/uploads").json()] == [first["id"]]


def test_so_many_uploads_are_under_way_at_once(system, place, monkeypatch):
    monkeypatch.setattr(chunking, "MOST_UPLOADS", 2)
    first = begun(system, place)
    begun(system, place)
    assert system.post(f"{place}/uploads", {"name": "c", "size": 1, "sha256": "0" * 64}).status_code == 409
    assert system.delete(first).status_code == 204
    assert system.get(first).status_code == 404
    assert system.delete(first).status_code == 404
    begun(system, place)


def test_two_requests_do_not_write_to_one_upload_at_once(system, place):
    upload = begun(system, place)
    room, number = storage.room_of(place.rsplit("/", 1)[1]), upload.rsplit("/", 1)[1]
    with chunks.one_at_a_time(room, number):
        answer = piece(system, upload, 0, 99)
    assert (answer.status_code, "Another request" in answer.json()["detail"]) == (409, True)
    assert piece(system, upload, 0, 99).status_code == 200


def test_a_piece_that_was_cut_off_in_the_middle_is_gone_on_with(system, place):
    upload = begun(system, place)
    piece(system, upload, 0, 99)
    bytes_of = chunks.bytes_of(storage.room_of(place.rsplit("/", 1)[1]), upload.rsplit("/", 1)[1])
    with Path(bytes_of).open("ab") as stream:
        stream.write(CONTENT[100:150])  # the process died here
    assert piece(system, upload, 100, 199).json()["upload"]["have"] == 150
    assert piece(system, upload, 150, 1023).json()["received"]


def test_a_submission_that_takes_no_files_takes_no_pieces(lodging, system):
    number = lodging.sealed()
    answer = system.post(f"/submissions/{number}/uploads", {"name": "a", "size": 1, "sha256": "0" * 64})
    assert answer.status_code == 409


def test_an_upload_goes_with_its_submission(lodging, system, place, django_capture_on_commit_callbacks):
    begun(system, place)
    root = storage.room_of(place.rsplit("/", 1)[1]).root
    assert list(root.glob("uploads/*"))
    with django_capture_on_commit_callbacks(execute=True):
        assert system.post(f"{place}/withdraw").status_code == 200
    assert not root.exists()


def test_an_upload_that_rests_for_a_day_goes_and_one_that_goes_on_stays(lodging, system, place):
    resting, going = begun(system, place), begun(system, place)
    now = timezone.now()
    root = storage.room_of(place.rsplit("/", 1)[1]).root
    old = (now - timedelta(days=2)).timestamp()
    for folder in root.glob("uploads/*"):
        for path in (*folder.iterdir(), folder):
            os.utime(path, (old, old))
    piece(system, going, 0, 99)
    submissions_actions.purge_originals(at=now)
    assert system.get(resting).status_code == 404
    assert system.get(going).json()["have"] == 100


def test_files_in_a_form_are_replaced_and_removed(lodging, system, place):
    clean = lodged.clean()
    assert system.form(f"{place}/files", clean).json()["new"] == len(clean)
    assert system.form(f"{place}/files", clean).json() == {"new": 0, "unchanged": len(clean)}
    (first, *_) = system.get(f"{place}/files").json()
    assert system.delete(f"{place}/files/{first['id']}").status_code == 204
    assert system.delete(f"{place}/files/{first['id']}").status_code == 404
    assert system.client.post(f"/api/v1{place}/files", {"other": "x"}).status_code == 422
    with tenancy.for_provider(lodging.provider.id):
        assert submissions_queries.submissions_of(lodging.provider.id)[0].file_count == len(clean) - 1
