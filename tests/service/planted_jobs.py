"""Actions that misbehave on purpose, for the worker's tests."""

import time
from datetime import datetime
from pathlib import Path

from testamur.kernel.errors import Conflict


def count(*, folder: str, at: datetime) -> None:
    """Leave one more file behind; wait while a file `wait` is there."""
    place = Path(folder)
    (place / f"run-{time.monotonic_ns()}").touch()
    while (place / "wait").exists():
        time.sleep(0.05)
    (place / "done").touch()


def fail(*, at: datetime) -> None:
    """Fail with somebody's name in the message."""
    raise ValueError("Planted Person was born on 1 January")


def refuse(*, at: datetime) -> None:
    """Refuse."""
    raise Conflict("It has moved on.")
