"""One measured run of `bench six`, in a process of its own: providers lodge, the site's two workers check and seal.

Prints one JSON object. Mode `turn`: the large submissions one after another; `once`: all at once; `small`: a small one behind all
but one of the large ones. The clock starts where the checks are asked for, after the files arrived and the workers are warm.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from testamur.service.benches import _ingest_run

_PATIENCE = 3600.0
_PADDING = 2 << 20


@dataclass(frozen=True, slots=True)
class Lodged:
    """One submission of one provider, its files received, and who declares it."""

    provider: int
    submission: UUID
    officer: UUID
    administrator: UUID


@contextmanager
def _workers() -> Iterator[None]:
    """Run the two workers of a site."""
    command = [sys.executable, "-m", "testamur.service.cli", "serve", "worker", "--lane"]
    running = [subprocess.Popen([*command, lane], stdout=subprocess.DEVNULL) for lane in ("quick", "large")]
    try:
        yield
    finally:
        for worker in running:
            worker.terminate()
        for worker in running:
            worker.wait(60)


def _receive(folder: Path, number: int, *, padded: bool = False) -> Lodged:
    """Make a provider and send a bundle to a submission of its own."""
    from io import BytesIO

    from testamur.kernel import tenancy
    from testamur.submissions import actions

    at = datetime.now(UTC)
    provider, officer, administrator = _ingest_run.made_provider(number, "teqsa", at)
    with tenancy.for_provider(provider), ExitStack() as stack:
        submission = actions.open_submission(provider, by=officer, at=at)
        paths = sorted(path for path in folder.iterdir() if path.is_file())
        files = [actions.ArrivingFile(path.name, stack.enter_context(path.open("rb"))) for path in paths]
        if padded:
            files.append(actions.ArrivingFile("notes.txt", BytesIO(b"-" * _PADDING)))
        actions.receive_files(submission, files, by=officer, at=at)
    return Lodged(provider, submission, officer, administrator)


def _check(one: Lodged) -> None:
    """Ask for the check, as the page does."""
    from testamur.kernel import tenancy
    from testamur.submissions import actions

    with tenancy.for_provider(one.provider):
        actions.request_check(one.submission, by=one.officer, at=datetime.now(UTC))


def _follow(lodged: Sequence[Lodged]) -> None:
    """Declare each submission as soon as it is checked, until all are sealed."""
    from testamur.kernel import tenancy
    from testamur.submissions import actions

    waiting, deadline = set(lodged), time.monotonic() + _PATIENCE
    while waiting:
        for one in list(waiting):
            state = _state(one)
            if state == "sealed":
                waiting.discard(one)
            elif state == "ready":
                with tenancy.for_provider(one.provider):
                    actions.declare_submission(one.submission, by=one.administrator, at=datetime.now(UTC))
            elif state in ("needs_fix", "rejected") or time.monotonic() > deadline:
                raise SystemExit(f"A submission that should be sealed is {state}.")
        time.sleep(0.05)


def _state(one: Lodged) -> str:
    from testamur.kernel import tenancy
    from testamur.submissions import queries

    with tenancy.for_provider(one.provider):
        return queries.submission(one.submission).state


def _versions(lodged: Sequence[Lodged]) -> list[int]:
    """Return how many records the register holds of each provider."""
    from testamur.kernel import tenancy
    from testamur.register import queries

    counts = []
    for one in lodged:
        with tenancy.for_provider(one.provider):
            counts.append(sum(held.records for held in queries.holdings(one.provider)))
    return counts


def _answered(large: Sequence[Lodged], small: Lodged) -> dict[str, Any]:
    """Ask for the checks of all large submissions, then of the small one; return when the small one was answered."""
    for one in large:
        _check(one)
    time.sleep(1.0)  # the large ones are at work
    begun = time.perf_counter()
    _check(small)
    while _state(small) not in ("ready", "needs_fix"):
        time.sleep(0.02)
    answer = time.perf_counter() - begun
    busy = sum(_state(one) == "validating" for one in large)
    _follow(large)
    return {"answer": answer, "busy": busy, "versions": _versions(large)}


def main(large: Path, small: Path, mode: str, providers: int) -> dict[str, Any]:
    """Run one mode and return what it took."""
    import django

    django.setup()
    with _workers():
        warm = [_receive(small, 901), _receive(small, 902, padded=True)]
        for one in warm:
            _check(one)
        _follow(warm)
        if mode == "small":
            return _answered([_receive(large, n) for n in range(1, providers)], _receive(small, 903))
        lodged = [_receive(large, n) for n in range(1, providers + 1)]
        seconds = 0.0
        for group in [lodged] if mode == "once" else [[one] for one in lodged]:
            begun = time.perf_counter()
            for one in group:
                _check(one)
            _follow(group)
            seconds += time.perf_counter() - begun
        return {"seconds": seconds, "versions": _versions(lodged)}


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "testamur.service.settings")
    print(json.dumps(main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], int(sys.argv[4]))))
