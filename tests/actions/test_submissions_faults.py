"""Faults of ours in a submission's life: a reference number, nothing half written, and always a way on."""

import re
from uuid import uuid4

import pytest

from testamur.kernel import tenancy
from testamur.kernel.errors import Conflict
from testamur.log import queries as log_queries
from testamur.students.models import Student
from testamur.submissions import actions as submissions_actions
from testamur.submissions import queries as submissions_queries
from testamur.submissions import storage
from tests import build, lodged
from tests.lodged import Lodging

pytestmark = pytest.mark.django_db


@pytest.fixture
def lodging() -> Lodging:
    return Lodging()


def card(lodging: Lodging, number):
    with tenancy.for_provider(lodging.provider.id):
        return submissions_queries.submission(number)


def verbs(lodging: Lodging, number) -> list[str]:
    with tenancy.for_provider(lodging.provider.id):
        return [step.verb for step in submissions_queries.steps_of(number)]


def test_a_fault_in_the_check_gives_a_reference_and_a_way_on(lodging, caplog):
    number = lodging.opened()
    for path in storage.room_of(number).root.rglob("files/*"):
        path.unlink()
    lodging.checked(number)
    with tenancy.for_provider(lodging.provider.id):
        trouble = submissions_queries.last_trouble(submissions_queries.steps_of(number))
    assert card(lodging, number).state == "uploaded"
    assert re.search(r"Reference \d{4} \d{4}", trouble)
    assert "Traceback" not in trouble
    assert "S1001" not in caplog.text + trouble
    lodging.send(number, {name: content + b"\r\n" for name, content in lodged.clean().items()})
    lodging.checked(number)
    assert card(lodging, number).findings_there


def test_what_a_killed_check_left_behind_goes_when_its_job_runs_again(lodging):
    number = lodging.opened()
    lodging.checked(number)
    room = storage.room_of(number)
    draft = room.new_draft(uuid4())
    (draft / "findings.parquet").write_bytes(b"of a check that was killed between writing and tidying")
    room.finish(draft, uuid4())
    room.progress.write_text("{}")
    assert len(list((room.root / "runs").iterdir())) == 2
    submissions_actions.check_submission(number, at=build.NOW)
    assert [run.name for run in (room.root / "runs").iterdir()] == [str(card(lodging, number).run)]
    assert not room.progress.exists()
    assert card(lodging, number).state == "ready"


def test_a_fault_in_the_sealing_writes_nothing_and_sends_it_back(lodging):
    number = lodging.opened()
    lodging.checked(number)
    lodging.declared(number)
    run = storage.room_of(number).run(card(lodging, number).run)
    kept = (run / "results.parquet").read_bytes()
    (run / "results.parquet").write_bytes(b"damaged")
    submissions_actions.seal_submission(number, at=build.NOW)
    with tenancy.for_provider(lodging.provider.id):
        assert not Student.objects.exists()
        trouble = submissions_queries.last_trouble(submissions_queries.steps_of(number))
    assert (card(lodging, number).state, card(lodging, number).declared_by) == ("ready", None)
    assert "nothing was written" in trouble
    (run / "results.parquet").write_bytes(kept)
    lodging.declared(number)
    submissions_actions.seal_submission(number, at=build.NOW)
    assert card(lodging, number).state == "sealed"


def test_a_pdf_that_is_not_the_checked_one_is_not_sealed(lodging):
    files = lodged.clean(1)
    number = lodging.opened(files)
    lodging.checked(number)
    lodging.declared(number)
    pdf = next(content for name, content in files.items() if name.endswith(".pdf"))
    path = next(path for path in storage.room_of(number).root.rglob("files/*") if path.read_bytes() == pdf)
    path.write_bytes(lodged.small_pdf(["planted"]))
    submissions_actions.seal_submission(number, at=build.NOW)
    assert card(lodging, number).state == "ready"


def test_jobs_that_run_again_do_nothing(lodging):
    number = lodging.sealed()
    leaves = log_queries.waiting_leaves()
    submissions_actions.check_submission(number, at=build.NOW)
    submissions_actions.seal_submission(number, at=build.NOW)
    submissions_actions.check_submission(uuid4(), at=build.NOW)
    assert log_queries.waiting_leaves() == leaves
    assert verbs(lodging, number).count("seal") == 1


def test_what_a_killed_check_left_behind_goes(lodging):
    number = lodging.opened()
    left = storage.room_of(number).new_draft(uuid4())
    (left / "findings.parquet").write_bytes(b"half")
    lodging.checked(number)
    assert card(lodging, number).state == "ready"
    assert not left.exists()


def test_a_submission_at_work_can_be_started_again_and_others_cannot(lodging):
    number = lodging.opened()
    with tenancy.for_provider(lodging.provider.id):
        submissions_actions.request_check(number, by=lodging.officer.id, at=build.NOW)
    with tenancy.for_provider(lodging.provider.id):
        submissions_actions.restart_submission(number, by=lodging.administrator.id, at=build.NOW)
    submissions_actions.check_submission(number, at=build.NOW)
    with tenancy.for_provider(lodging.provider.id), pytest.raises(Conflict):
        submissions_actions.restart_submission(number, by=lodging.officer.id, at=build.NOW)


def test_nothing_of_the_format_is_rejected_with_the_reason(lodging):
    number = lodging.opened({"notes.txt": b"nothing of ours"})
    lodging.checked(number)
    assert card(lodging, number).state == "rejected"
    broken = lodging.opened({"all.zip": b"no archive"})
    lodging.checked(broken)
    with tenancy.for_provider(lodging.provider.id):
        trouble = submissions_queries.last_trouble(submissions_queries.steps_of(broken))
    assert (card(lodging, broken).state, "not a zip archive" in trouble) == ("rejected", True)
