"""Names each background job and the one action it calls; runs them, and rescues those whose worker was killed.

A job takes its arguments by keyword, as text or whole numbers, and its action gets the moment as `at` besides. Jobs may
run twice (a worker can die after the work and before its tick), so actions are idempotent; one job never runs in two
places at once, because each run holds an advisory lock that the database drops with the connection. The log of the
worker holds names of jobs and places in the code, never a message of the database, which could quote a row.
"""

import importlib
import logging
import os
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from procrastinate import App, JobContext, RetryStrategy
from procrastinate.jobs import Status

from testamur.kernel.errors import Refusal
from testamur.kernel.jobs import LARGE, QUICK

# One line a job: its name, and the action it calls.
JOBS = {
    "check_submission": "testamur.submissions.actions:check_submission",
    "seal_submission": "testamur.submissions.actions:seal_submission",
    "seal_log": "testamur.log.actions:seal",
    "send_mail": "testamur.notices.actions:send_pending",
    "send_webhooks": "testamur.notices.telling:send_due",
    "forget_webhooks": "testamur.notices.telling:forget_deliveries",
    "verify_usis": "testamur.students.usi.actions:verify_usis",
    "purge_reveals": "testamur.students.usi.actions:purge_reveals",
    "propose_joins": "testamur.students.linkage.actions:propose_joins",
    "purge_unconfirmed": "testamur.accounts.actions:purge_unconfirmed",
    "purge_access_requests": "testamur.accounts.actions:purge_access_requests",
    "remind_returns": "testamur.submissions.actions.reminding:remind_returns",
    "chase_closures": "testamur.regulation.actions.chasing:chase_closures",
    "rehearse_closure": "testamur.regulation.actions.rehearsing:rehearse_closure",
    "purge_originals": "testamur.submissions.actions:purge_originals",
    "prepare_export": "testamur.submissions.actions:prepare_export",
    "purge_exports": "testamur.submissions.actions:purge_exports",
    "purge_requests": "testamur.extracts.actions:purge",
    "forget_erased": "testamur.issuance.actions:forget_erased",
    "remove_expired": "testamur.documents.actions:remove_expired",
    "forget_spent": "testamur.accounts.actions:forget_spent",
    "close_access_day": "testamur.log.actions:close_access_day",
    "load_proposed_copy": "testamur.training.actions:load_proposed_copy",
}
# Jobs that also run by the clock, in case nobody woke them: minute hour day month weekday second.
BY_THE_CLOCK = {
    "seal_log": "* * * * * */10",
    "send_mail": "* * * * * */30",
    "send_webhooks": "* * * * * */30",
    "forget_webhooks": "30 16 * * *",
    "verify_usis": "*/5 * * * *",
    "purge_reveals": "5 17 * * *",
    "propose_joins": "20 17 * * *",
    "purge_unconfirmed": "*/15 * * * *",
    "purge_access_requests": "15 16 * * *",
    "remind_returns": "25 * * * *",
    "chase_closures": "35 * * * *",
    "purge_originals": "20 16 * * *",
    "purge_exports": "*/15 * * * *",
    "purge_requests": "10 * * * *",
    "forget_erased": "*/15 * * * *",
    "remove_expired": "50 16 * * *",
    "forget_spent": "40 16 * * *",
    "close_access_day": "15 15 * * *",
}

# Jobs by the clock that may take minutes: they wait in line with large submissions.
LONG = frozenset({"propose_joins"})
LANES = {"quick": [QUICK], "large": [LARGE]}

RESCUE = "rescue_stalled_jobs"
HEARTBEAT_SECONDS = 1.0
STALE_SECONDS = 5.0
_RESCUE_EVERY = "* * * * * */2"
_RESCUES_AT_MOST = 50  # a job that has taken so many workers with it is given up, for a person to look at
_LOCK_CLASS = 7_235  # first half of the advisory lock's key; the second is the job's number
_RETRIES = 5
_NICE = 5  # how far large jobs stand back for the processor

logger = logging.getLogger(__name__)


class JobFailed(Exception):
    """A job failed and will be tried again; carries its name and the kind of error, nothing of the data."""


class JobRefused(Exception):
    """An action refused; trying again would be refused again."""


@contextmanager
def only_here(job_id: int) -> Iterator[None]:
    """Hold a job's advisory lock; raise JobFailed (and so try later) where another worker still runs it."""
    from django.db import DatabaseError, connection

    with connection.cursor() as cursor:
        cursor.execute("select pg_try_advisory_lock(%s, %s)", [_LOCK_CLASS, job_id % 2**31])
        if not cursor.fetchone()[0]:
            raise JobFailed("still running elsewhere")
    try:
        yield
    finally:
        # A lost connection has dropped the lock already.
        with suppress(DatabaseError), connection.cursor() as cursor:
            cursor.execute("select pg_advisory_unlock(%s, %s)", [_LOCK_CLASS, job_id % 2**31])


def action_of(path: str) -> Callable[..., object]:
    """Return the function that `module:function` names."""
    module, _, name = path.partition(":")
    found: Callable[..., object] = getattr(importlib.import_module(module), name)
    return found


def _places(error: BaseException) -> str:
    """Return where in the code an error arose, without its message and without the folders of this machine."""
    frames = traceback.extract_tb(error.__traceback__)
    places = (
        f"{'/'.join(Path(frame.filename).parts[-2:])}:{frame.lineno} {frame.name}" for frame in reversed(frames[-6:])
    )
    return " < ".join(places)


def run_job(name: str, job_id: int, arguments: dict[str, str | int]) -> None:
    """Run one job's action, once and here; raise JobRefused or JobFailed, both free of data."""
    try:
        with only_here(job_id):
            action_of(JOBS[name])(**arguments, at=datetime.now(UTC))
    except JobFailed:
        raise
    except Refusal as refusal:
        logger.warning("%s was refused: %s at %s", name, type(refusal).__name__, _places(refusal))
        raise JobRefused(f"{name}: {type(refusal).__name__}") from None
    except Exception as error:
        logger.error("%s failed: %s at %s", name, type(error).__name__, _places(error))
        raise JobFailed(f"{name}: {type(error).__name__}") from None


def _add_job(app: App, name: str) -> None:
    """Register one job, and its clock where it has one."""

    def run(context: JobContext, /, timestamp: int | None = None, **arguments: str | int) -> None:
        run_job(name, context.job.id or 0, arguments)

    retry = RetryStrategy(max_attempts=_RETRIES, exponential_wait=2, retry_exceptions=[JobFailed])
    queue = LARGE if name in LONG else QUICK
    task = app.task(name=name, pass_context=True, retry=retry, queue=queue)(run)
    if name in BY_THE_CLOCK:
        clock: Any = app.periodic(cron=BY_THE_CLOCK[name], periodic_id="clock", queueing_lock=f"clock_{name}")
        clock(task)


async def rescue(context: JobContext, timestamp: int | None = None) -> None:
    """Give jobs of workers that no longer beat back to the queue."""
    jobs = context.app.job_manager
    for job in await jobs.get_stalled_jobs(seconds_since_heartbeat=STALE_SECONDS):
        if job.attempts < _RESCUES_AT_MOST:
            logger.warning("job %s (%s) lost its worker and starts again", job.id, job.task_name)
            await jobs.retry_job(job)
        else:
            logger.error("job %s (%s) has lost %s workers and is given up", job.id, job.task_name, job.attempts)
            await jobs.finish_job(job, status=Status.FAILED, delete_job=False)


def on_app_ready(app: App) -> None:
    """Register every job; procrastinate calls this once Django is loaded."""
    for name in JOBS:
        _add_job(app, name)
    task = app.task(name=RESCUE, pass_context=True, queueing_lock=RESCUE, priority=100)(rescue)
    clock: Any = app.periodic(cron=_RESCUE_EVERY, periodic_id="clock")
    clock(task)


def work(*, wait: bool = True, concurrency: int = 2, lane: str | None = None) -> None:
    """Run jobs until told to stop; with `wait=False` until none is left.

    A `lane` takes only short jobs (quick) or only large ones, at a lower priority of the process, so that what a person waits
    for at a page gets the processor first (decision 0019). Without one it takes every job.
    """
    from procrastinate.contrib.django import app

    if lane == "large":
        os.nice(_NICE)
        concurrency = 1  # one check or load fills two cores (decision 0016)
    connector = app.connector
    with app.replace_connector(connector.get_worker_connector()) as working:  # type: ignore[attr-defined]
        working.run_worker(
            queues=LANES[lane] if lane else None,
            wait=wait,
            concurrency=concurrency,
            fetch_job_polling_interval=1.0,
            update_heartbeat_interval=HEARTBEAT_SECONDS,
            stalled_worker_timeout=STALE_SECONDS,
            delete_jobs="successful",
        )
