"""An export is prepared by the worker, held for some hours and handed out; nothing of it stays, and every student is told."""

import hashlib
import io
import os
import signal
import stat
import subprocess
import sys
import time
import zipfile
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from procrastinate.contrib.django.models import ProcrastinateJob

from testamur.accounts.roles import Role
from testamur.kernel import jobs, tenancy
from testamur.kernel.errors import Conflict, NotAllowed, NotFound
from testamur.log.models import AccessEvent
from testamur.students import erasing
from testamur.students.models import Student
from testamur.submissions import actions as submissions_actions
from testamur.submissions import queries as submissions_queries
from testamur.submissions.actions import EXPORT_HELD, Looker, preparing
from testamur.submissions.exporting import shelf
from testamur.submissions.models import LodgedExport
from testamur.submissions.queries import ExportCard
from tests import build, recording
from tests.lodged import RECORDS, RESULTS, Lodging, csv_of, student, unit

HOUR = timedelta(hours=1)


class Exporting(Lodging):
    """A provider with sealed records, and the steps of an export by the real actions."""

    @property
    def looker(self) -> Looker:
        """Return the data officer as who looks."""
        return Looker(self.provider.id, self.officer.id, Role.PROVIDER_DATA_OFFICER.value)

    def asked(self, name: str = "teqsa", *, at=build.NOW, key: str = "", looker: Looker | None = None) -> UUID:
        with tenancy.for_provider(self.provider.id):
            return submissions_actions.ask_export(name, looker=looker or self.looker, at=at, key=key)

    def prepared(self, name: str = "teqsa", *, at=build.NOW) -> UUID:
        export_id = self.asked(name, at=at)
        submissions_actions.prepare_export(export_id, at=at)
        return export_id

    def card(self, export_id: UUID) -> ExportCard:
        with tenancy.for_provider(self.provider.id):
            return submissions_queries.lodged_export(export_id)

    def fetched(self, export_id: UUID, *, at=build.NOW) -> bytes:
        with tenancy.for_provider(self.provider.id):
            found = submissions_actions.fetch_export(export_id, looker=self.looker, at=at)
        with found.stream as stream:
            return stream.read()

    def removed(self, export_id: UUID) -> None:
        with tenancy.for_provider(self.provider.id):
            submissions_actions.remove_export(export_id, looker=self.looker, at=build.NOW)


def sealing(students: int = 2) -> Exporting:
    """Return a provider with so many students in the register."""
    lodging = Exporting()
    people = range(1, students + 1)
    records = csv_of("studentrecords", [student(1, student_code=f"S{1000 + one}") for one in people])
    lodging.sealed({RECORDS: records, RESULTS: csv_of("studentresults", [unit(one) for one in people])})
    return lodging


@pytest.fixture
def lodging(db) -> Exporting:
    return sealing()


def on_the_shelf() -> list[Path]:
    """Return every file that lies under the exports."""
    folder = shelf.place_of(UUID(int=0)).root.parent
    return sorted(path for path in folder.rglob("*") if path.is_file())


def told() -> int:
    return AccessEvent.objects.filter(action="exported").count()


def woken() -> list[str]:
    """Return the queues of the jobs that prepare exports."""
    return list(ProcrastinateJob.objects.filter(task_name=preparing.JOB).values_list("queue_name", flat=True))


# Asked for, prepared, fetched --------------------------------------------------------------------------------------------------


def test_what_is_prepared_is_fetched_whole_and_each_student_is_told_each_time(lodging):
    export_id = lodging.asked()
    assert (lodging.card(export_id).state, woken(), told()) == ("asked", [jobs.QUICK], 0)
    with pytest.raises(Conflict, match="still being prepared"):
        lodging.fetched(export_id)
    submissions_actions.prepare_export(export_id, at=build.NOW)
    card = lodging.card(export_id)
    assert (card.state, card.students, card.name, told()) == ("prepared", 2, "teqsa 2026-07-01.zip", 0)
    assert card.held_until == build.NOW + EXPORT_HELD
    content = lodging.fetched(export_id)
    assert (len(content), hashlib.sha256(content).hexdigest(), told()) == (card.size, card.sha256, 2)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        assert b"S1002" in archive.read("studentrecords v1.csv")
    assert (lodging.fetched(export_id), told()) == (content, 4)


def test_it_lies_readable_for_the_site_alone_and_nothing_lies_beside_it(lodging):
    place = shelf.place_of(lodging.prepared())
    assert [path.name for path in on_the_shelf()] == ["export.zip", "students.parquet"]
    assert {stat.S_IMODE(path.stat().st_mode) for path in on_the_shelf()} == {0o600}
    assert stat.S_IMODE(place.root.stat().st_mode) & 0o077 == 0


def test_an_archive_is_the_one_that_is_sent_while_it_is_made(lodging):
    with tenancy.for_provider(lodging.provider.id):
        sent = submissions_actions.export_lodged("teqsa", looker=lodging.looker, at=build.NOW)
    assert b"".join(sent.pieces) == lodging.fetched(lodging.prepared())
    assert [path.name for path in on_the_shelf()] == ["export.zip", "students.parquet"]


def test_asking_twice_wakes_one_job_and_a_worker_that_does_not_end_is_woken_again(lodging):
    first = lodging.asked(key="k")
    assert (lodging.asked(), len(woken())) == (first, 1)
    assert (lodging.asked(at=build.NOW + timedelta(minutes=2)), len(woken())) == (first, 2)
    submissions_actions.prepare_export(first, at=build.NOW)
    assert lodging.asked(key="k") == first
    assert lodging.asked() != first


def test_many_records_wait_in_the_lane_for_long_work(lodging, monkeypatch):
    monkeypatch.setattr(preparing, "LARGE_RECORDS", 3)
    lodging.asked()
    assert woken() == [jobs.LARGE]


def test_nobody_asks_for_or_fetches_anothers(lodging):
    export_id, other = lodging.prepared(), Exporting()
    stranger = Looker(lodging.provider.id, other.officer.id, Role.PROVIDER_DATA_OFFICER.value)
    with pytest.raises(NotAllowed):
        lodging.asked(looker=stranger)
    with pytest.raises(NotFound), tenancy.for_provider(other.provider.id):
        submissions_actions.fetch_export(export_id, looker=other.looker, at=build.NOW)
    with pytest.raises(NotFound), tenancy.for_provider(other.provider.id):
        submissions_actions.remove_export(export_id, looker=other.looker, at=build.NOW)
    with pytest.raises(NotFound), tenancy.for_provider(other.provider.id):
        submissions_queries.lodged_export(export_id)
    with pytest.raises(NotFound, match="holds nothing of yours"):
        lodging.asked("cqr2")
    assert (told(), lodging.card(export_id).state) == (0, "prepared")


# When it goes ------------------------------------------------------------------------------------------------------------------


def test_it_goes_when_its_hours_are_over_and_is_refused_even_before_the_purge(lodging):
    export_id = lodging.prepared()
    over = build.NOW + EXPORT_HELD
    assert submissions_actions.purge_exports(at=over - timedelta(seconds=1)) == 0
    assert lodging.fetched(export_id, at=over - timedelta(seconds=1))
    with pytest.raises(NotFound, match="no longer held"):
        lodging.fetched(export_id, at=over)
    assert (submissions_actions.purge_exports(at=over), submissions_actions.purge_exports(at=over)) == (1, 0)
    assert (on_the_shelf(), lodging.card(export_id).state) == ([], "removed")
    submissions_actions.purge_exports(at=over + timedelta(days=30))
    assert not LodgedExport.objects.filter(pk=export_id).exists()


def test_an_archive_with_a_student_erased_since_is_neither_handed_out_nor_kept(lodging):
    export_id = lodging.prepared()
    with tenancy.for_register():
        erased = Student.objects.filter(provider_id=lodging.provider.id).first()
    erasing.erase_student(
        erased.pk, basis="Court order", by=recording.OFFICER, approved_by=recording.DECLARER, at=build.NOW
    )
    with pytest.raises(NotFound, match="no longer held"):
        lodging.fetched(export_id)
    assert (told(), submissions_actions.purge_exports(at=build.NOW), on_the_shelf()) == (0, 1, [])
    again = lodging.card(lodging.prepared())
    assert (again.state, again.students) == ("prepared", 1)


def test_what_is_removed_is_gone_at_once_also_under_way(lodging):
    ready, under_way = lodging.prepared(), lodging.asked()
    lodging.removed(ready)
    lodging.removed(under_way)
    lodging.removed(under_way)
    submissions_actions.prepare_export(under_way, at=build.NOW)
    assert on_the_shelf() == []
    assert {lodging.card(one).state for one in (ready, under_way)} == {"removed"}
    with pytest.raises(NotFound, match="no longer held"):
        lodging.fetched(ready)


def test_the_oldest_of_many_makes_room(lodging):
    made = [lodging.prepared(at=build.NOW + place * HOUR) for place in range(4)]
    assert [lodging.card(one).state for one in made] == ["removed", "prepared", "prepared", "prepared"]
    assert len(on_the_shelf()) == 6


def test_the_purge_sweeps_what_nothing_names_and_gives_up_what_no_worker_ends(lodging):
    held, lost = lodging.prepared(), lodging.asked()
    for name in ("work-abc", str(UUID(int=7))):
        (left := held_folder() / name).mkdir()
        (left / "names").write_text("Nguyen")
        os.utime(left, (1, 1))
    (fresh := held_folder() / "work-now").mkdir()
    os.utime(fresh, (build.NOW.timestamp(),) * 2)
    submissions_actions.purge_exports(at=build.NOW + HOUR)
    assert sorted(path.name for path in held_folder().iterdir()) == sorted([str(held), "work-now"])
    submissions_actions.purge_exports(at=build.NOW + timedelta(days=1))
    assert lodging.card(lost).state == "failed"
    with pytest.raises(Conflict, match="within a day"):
        lodging.fetched(lost)


def held_folder() -> Path:
    return shelf.place_of(UUID(int=0)).root.parent


# What goes wrong ---------------------------------------------------------------------------------------------------------------


def test_a_file_that_vanished_is_said_to_be_gone(lodging):
    export_id = lodging.prepared()
    shelf.place_of(export_id).archive.unlink()
    with pytest.raises(NotFound), tenancy.for_provider(lodging.provider.id):
        submissions_actions.fetch_export(export_id, looker=lodging.looker, at=build.NOW)
    assert told() == 0


def test_a_fault_of_ours_leaves_a_reference_and_no_file(lodging):
    export_id = lodging.asked()
    place = shelf.place_of(export_id)
    place.root.mkdir(parents=True)
    (place.root / "draft").symlink_to("/nowhere")  # planted: the worker cannot write there
    submissions_actions.prepare_export(export_id, at=build.NOW)
    card = lodging.card(export_id)
    assert (card.state, "Reference" in card.problem, "/" in card.problem) == ("failed", True, False)
    assert (on_the_shelf(), place.root.exists()) == ([], False)
    with pytest.raises(Conflict, match="Reference"):
        lodging.fetched(export_id)


_RUN = """
import sys
from datetime import datetime
from testamur.service.cli import load_django
load_django()
from testamur.submissions import actions
actions.prepare_export(sys.argv[1], at=datetime.fromisoformat(sys.argv[2]))
"""


def test_a_killed_worker_leaves_an_export_under_way_and_the_next_one_ends_it(committed_db, monkeypatch, settings):
    for name, folder in {
        "UPLOADS": settings.UPLOADS_DIR,
        "DOCUMENTS": settings.DOCUMENTS_DIR,
        "KEYS": settings.KEYS_DIR,
    }.items():
        monkeypatch.setenv(f"TESTAMUR_{name}", str(folder))
    monkeypatch.setenv("TESTAMUR_CREATE_KEYS", "1")
    lodging = sealing(1_200)
    export_id = lodging.asked()
    place = shelf.place_of(export_id)
    process = subprocess.Popen(
        [sys.executable, "-c", _RUN, str(export_id), build.NOW.isoformat()], stderr=subprocess.DEVNULL
    )
    deadline = time.monotonic() + 60
    while not (place.root / "draft" / "whole").exists() and time.monotonic() < deadline:
        time.sleep(0.005)
    os.kill(process.pid, signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    card = lodging.card(export_id)
    assert (card.state, place.archive.exists()) == ("asked", False)
    submissions_actions.prepare_export(export_id, at=build.NOW)
    assert (lodging.card(export_id).state, lodging.card(export_id).students) == ("prepared", 1_200)
    assert [path.name for path in on_the_shelf()] == ["export.zip", "students.parquet"]
