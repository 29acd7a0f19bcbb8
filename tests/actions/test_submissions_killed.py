"""SIGKILL at random moments of a check and of a sealing leaves nothing or everything, and the next run finishes (issue 2)."""

import os
import random
import signal
import subprocess
import sys
import time
from uuid import UUID

import pytest

from testamur.kernel import tenancy
from testamur.log.models import LeafBatch
from testamur.register.models import Holding, Source, Version
from testamur.service.synthetic.teqsa import write_bundle
from testamur.students.models import Contact, Particulars, Student, StudentKey
from testamur.submissions import actions as submissions_actions
from testamur.submissions import queries as submissions_queries
from testamur.submissions import storage
from tests import build
from tests.lodged import Lodging

KILLS = 6  # of each job: 12 in all
_RUN = """
import sys, os, pathlib
from datetime import datetime
from testamur.service.cli import load_django
load_django()
from testamur.submissions import actions
print("begins", flush=True)
getattr(actions, sys.argv[1])(sys.argv[2], at=datetime.fromisoformat(sys.argv[3]))
print("ended", flush=True)
"""


@pytest.fixture
def lodging(committed_db, monkeypatch, settings) -> Lodging:
    names = {"UPLOADS": settings.UPLOADS_DIR, "DOCUMENTS": settings.DOCUMENTS_DIR, "KEYS": settings.KEYS_DIR}
    for name, folder in names.items():
        monkeypatch.setenv(f"TESTAMUR_{name}", str(folder))
    monkeypatch.setenv("TESTAMUR_CREATE_KEYS", "1")
    return Lodging()


def started(job: str, number: UUID) -> subprocess.Popen[str]:
    """Start a job in a process of its own and return once it begins."""
    command = [sys.executable, "-c", _RUN, job, str(number), build.NOW.isoformat()]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, start_new_session=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "begins\n"
    return process


def killed(job: str, number: UUID, delay: float) -> bool:
    """Kill a job and its children after a delay; say whether it had not ended."""
    process = started(job, number)
    time.sleep(delay)
    os.killpg(process.pid, signal.SIGKILL)
    said, _ = process.communicate()
    return "ended" not in said


def duration(job: str, number: UUID) -> float:
    """Run a job to its end and return how long it took."""
    process = started(job, number)
    begun = time.monotonic()
    said, _ = process.communicate()
    assert "ended" in said
    return time.monotonic() - begun


def contents() -> dict[str, int]:
    """Return how much of everything that a sealing writes is there."""
    with tenancy.for_register():
        tables = (Student, StudentKey, Particulars, Contact, Version, Source, Holding, LeafBatch)
        return {table.__name__: table.objects.count() for table in tables}


def state(lodging: Lodging, number: UUID) -> str:
    with tenancy.for_provider(lodging.provider.id):
        return submissions_queries.submission(number).state


@pytest.fixture
def files(tmp_path) -> dict[str, bytes]:
    write_bundle(tmp_path, students=1_500, results_per_student=6, seed=5, pdfs=20, placeholders=False)
    return {path.name: path.read_bytes() for path in sorted(tmp_path.iterdir())}


def accepted(files: dict[str, bytes]) -> tuple[Lodging, UUID]:
    """Return a provider of its own with an accepted submission."""
    lodging = Lodging()
    number = lodging.opened(files)
    lodging.checked(number)
    lodging.declared(number)
    return lodging, number


def times(contents: dict[str, int], number: int) -> dict[str, int]:
    """Return contents so many times over."""
    return {table: number * rows for table, rows in contents.items()}


@pytest.mark.slow
def test_a_killed_sealing_leaves_nothing_or_everything(lodging, files):
    _, measured = accepted(files)
    takes = duration("seal_submission", measured)
    whole, sealed, died, rng = contents(), 1, 0, random.Random(20)
    provider, number = accepted(files)
    for place in range(KILLS):
        died += killed("seal_submission", number, (place + rng.random()) / KILLS * takes)
        if state(provider, number) == "sealed":
            sealed += 1
            provider, number = accepted(files)
        assert state(provider, number) == "accepted"
        assert contents() == times(whole, sealed)
    assert died >= 1
    submissions_actions.seal_submission(number, at=build.NOW)
    assert state(provider, number) == "sealed"
    assert contents() == times(whole, sealed + 1)


@pytest.mark.slow
def test_a_killed_check_is_done_again_from_the_start(lodging, files):
    takes = duration("check_submission", asked(lodging, files))
    number, rng, died = asked(lodging, files), random.Random(21), 0
    for place in range(KILLS):
        died += killed("check_submission", number, (place + rng.random()) / KILLS * takes)
        assert state(lodging, number) in {"validating", "ready"}
        if state(lodging, number) == "ready":
            number = asked(lodging, files)
    assert died >= 1
    submissions_actions.check_submission(number, at=build.NOW)
    assert state(lodging, number) == "ready"
    room = storage.room_of(number)
    assert len(list((room.root / "runs").iterdir())) == 1
    assert not room.progress.exists()


def asked(lodging: Lodging, files: dict[str, bytes]) -> UUID:
    """Return a submission with these files whose check was asked for."""
    number = lodging.opened(files)
    with tenancy.for_provider(lodging.provider.id):
        submissions_actions.request_check(number, by=lodging.officer.id, at=build.NOW)
    return number
