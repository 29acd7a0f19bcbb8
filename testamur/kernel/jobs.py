"""Wake a background job by name, inside the caller's transaction.

The job's row commits with the data it is about, so a crash loses neither. Jobs are named in service/worker.py, each
calling one action; nothing else knows them.
"""

from typing import Final
from uuid import UUID

QUICK: Final = "default"
LARGE: Final = "large"


def wake(job: str, *, lock: str | None = None, queue: str = QUICK, **arguments: str | int | UUID) -> None:
    """Queue one run of a named job. `lock` keeps two runs for the same thing from overlapping.

    `queue` is LARGE for work of many seconds, which then never keeps a short job waiting (decision 0019).
    """
    from procrastinate.contrib.django import app

    plain = {key: str(value) if isinstance(value, UUID) else value for key, value in arguments.items()}
    app.configure_task(name=job, allow_unknown=False, lock=lock, queue=queue).defer(**plain)
