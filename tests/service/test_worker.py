"""The worker: each job calls one action, once at a time, again after a kill, and never logs what it worked on."""

import asyncio
import inspect
import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
from procrastinate import JobContext
from procrastinate.contrib.django import app
from procrastinate.jobs import Job

from testamur.service import database, worker

PROJECT = Path(__file__).resolve().parents[2]
PLANTED = {name: f"tests.service.planted_jobs:{name}" for name in ("count", "fail", "refuse")}


@pytest.fixture
def planted(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, path in PLANTED.items():
        monkeypatch.setitem(worker.JOBS, name, path)


def _wait_until(holds: Callable[[], bool], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            pytest.fail(f"did not come true within {seconds} seconds")
        time.sleep(0.05)


@pytest.mark.parametrize("name", sorted(worker.JOBS))
def test_every_job_names_an_action_that_takes_the_moment(name: str):
    parameters = inspect.signature(worker.action_of(worker.JOBS[name])).parameters
    assert parameters["at"].kind is inspect.Parameter.KEYWORD_ONLY
    if name in worker.BY_THE_CLOCK:
        assert [each.name for each in parameters.values() if each.default is each.empty] == ["at"]


def test_every_job_and_the_rescue_are_registered():
    assert {*worker.JOBS, worker.RESCUE} <= set(app.tasks)
    periodic = {entry.task.name for entry in app.periodic_registry.periodic_tasks.values()}
    assert periodic >= {*worker.BY_THE_CLOCK, worker.RESCUE}


def test_a_failure_is_tried_again_and_a_refusal_is_not():
    job = Job(id=1, queue="default", lock=None, queueing_lock=None, task_name="seal_log", priority=0, attempts=1)
    task = app.tasks["seal_log"]
    assert task.get_retry_exception(worker.JobFailed(), job) is not None
    assert task.get_retry_exception(worker.JobRefused(), job) is None


@pytest.mark.usefixtures("planted", "committed_db")
@pytest.mark.parametrize(("name", "error"), [("fail", worker.JobFailed), ("refuse", worker.JobRefused)])
def test_a_failed_job_says_where_and_never_on_what(name: str, error: type[Exception], caplog: pytest.LogCaptureFixture):
    with caplog.at_level(logging.DEBUG), pytest.raises(error) as raised:
        worker.run_job(name, 1, {})
    assert "planted_jobs.py:" in caplog.text
    assert str(Path(__file__).parents[2]) not in caplog.text
    assert "Planted" not in caplog.text + str(raised.value)
    assert raised.value.__suppress_context__


@pytest.mark.usefixtures("planted")
def test_a_job_that_still_runs_elsewhere_is_left_alone(committed_db: database.Addresses, tmp_path: Path):
    with psycopg.connect(committed_db.app, autocommit=True) as elsewhere:
        elsewhere.execute("select pg_advisory_lock(%s, 7)", [worker._LOCK_CLASS])
        with pytest.raises(worker.JobFailed, match="elsewhere"):
            worker.run_job("count", 7, {"folder": str(tmp_path)})
        assert list(tmp_path.iterdir()) == []
        elsewhere.execute("select pg_advisory_unlock_all()")
    worker.run_job("count", 7, {"folder": str(tmp_path)})
    worker.run_job("count", 7, {"folder": str(tmp_path)})
    assert len(list(tmp_path.glob("run-*"))) == 2


def _rescue() -> None:
    async def run() -> None:
        with app.replace_connector(app.connector.get_worker_connector()) as working:
            async with working.open_async():
                job = Job(id=1, queue="q", lock=None, queueing_lock=None, task_name="t", priority=0)
                await worker.rescue(JobContext(app=working, job=job, start_timestamp=0, abort_reason=lambda: None))

    asyncio.run(run())


def test_a_job_that_took_fifty_workers_with_it_is_given_up(committed_db: database.Addresses):
    with psycopg.connect(committed_db.app, autocommit=True) as connection:
        for attempts in (3, 50):
            connection.execute(
                "insert into procrastinate_jobs (queue_name, task_name, status, attempts)"
                " values ('default', 'planted', 'doing', %s)",
                [attempts],
            )
        _rescue()
        query = "select attempts, status::text from procrastinate_jobs order by id"
        assert [status for _, status in connection.execute(query).fetchall()] == ["todo", "failed"]


def _start_worker(*, wait: bool, lane: str | None = None) -> subprocess.Popen[bytes]:
    text = (
        "from testamur.service import cli, worker\n"
        f"worker.JOBS.update({PLANTED!r})\nworker.BY_THE_CLOCK.clear()\n"
        f"cli.start_django()\nworker.work(wait={wait}, lane={lane!r})\n"
    )
    return subprocess.Popen([sys.executable, "-c", text], cwd=PROJECT, env=os.environ)


@pytest.mark.slow
def test_a_short_job_does_not_wait_behind_large_ones(committed_db: database.Addresses, tmp_path: Path):
    for name in ("large", "short"):
        (tmp_path / name).mkdir()
    (tmp_path / "large" / "wait").touch()
    for _ in range(3):
        app.configure_task("count", allow_unknown=True, queue="large").defer(folder=str(tmp_path / "large"))
    large = _start_worker(wait=True, lane="large")
    _wait_until(lambda: len(list((tmp_path / "large").glob("run-*"))) == 1)
    app.configure_task("count", allow_unknown=True).defer(folder=str(tmp_path / "short"))
    quick = _start_worker(wait=False, lane="quick")
    try:
        assert quick.wait(60) == 0
        assert (tmp_path / "short" / "done").exists()
        assert len(list((tmp_path / "large").glob("run-*"))) == 1
    finally:
        (tmp_path / "large" / "wait").unlink()
        large.send_signal(signal.SIGTERM)
        assert large.wait(30) == 0


@pytest.mark.slow
def test_a_killed_workers_job_is_finished_by_the_next(committed_db: database.Addresses, tmp_path: Path):
    (tmp_path / "wait").touch()
    app.configure_task("count", allow_unknown=True).defer(folder=str(tmp_path))
    first = _start_worker(wait=True)
    _wait_until(lambda: len(list(tmp_path.glob("run-*"))) == 1)
    first.send_signal(signal.SIGKILL)
    first.wait()
    (tmp_path / "wait").unlink()
    assert not (tmp_path / "done").exists()
    second = _start_worker(wait=True)
    try:
        _wait_until((tmp_path / "done").exists)
        assert len(list(tmp_path.glob("run-*"))) == 2
    finally:
        second.send_signal(signal.SIGTERM)
        assert second.wait(30) == 0
    with psycopg.connect(committed_db.app) as connection:
        left = connection.execute("select count(*) from procrastinate_jobs where task_name = 'count'").fetchone()
    assert left == (0,)
