"""Six providers at once: nothing is lost, all take little longer than one after another, and a small file waits for none of them.

Six providers lodge bundles of the same size, by the worker processes of a site: first one after another, then all at once.
Goal: at once takes at most 1.2 times the sum of the times alone, and each provider's records are all there. Then a file of 500 rows
is lodged while five large bundles are at work; its findings must be there within 5 seconds. The start-up of the workers, the
upload and the making of the providers are left out.
"""

import argparse
import json
import statistics
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from testamur.service import scratch
from testamur.service.benches import ingest
from testamur.service.synthetic.teqsa import write_bundle

Figure = dict[str, object]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the sizes and the number of runs."""
    parser.add_argument("--results", type=int, default=200_000, help="results in each large bundle (default 200,000)")
    parser.add_argument("--providers", type=int, default=6, help="how many providers lodge at once (default 6)")
    parser.add_argument("--runs", type=int, default=3, help="interleaved runs of each kind (default 3)")


def run(options: argparse.Namespace) -> Iterator[Figure]:
    """Measure, and yield the figures as they come."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as databases:
        large, small = Path(folder) / "large", Path(folder) / "small"
        write_bundle(large, students=options.results // 5, results_per_student=5, seed=1)
        write_bundle(small, students=100, results_per_student=5, seed=2)
        template = databases.enter_context(scratch.scratch_database())
        ingest.migrate(template)
        runs: dict[str, list[dict[str, Any]]] = {"turn": [], "once": [], "small": []}
        for _ in range(options.runs):
            for mode, found in runs.items():
                found.append(_run(scratch.name_of(template), large, small, mode, options.providers))
    yield from _figures(runs, options)


def _run(template: str, large: Path, small: Path, mode: str, providers: int) -> dict[str, Any]:
    """Run one mode in a database of its own."""
    command = [sys.executable, "-m", "testamur.service.benches._six_run", str(large), str(small), mode, str(providers)]
    with scratch.scratch_database(template=template) as addresses, tempfile.TemporaryDirectory() as folder:
        printed = ingest.output(command, ingest.environment(addresses, Path(folder)))
    measured: dict[str, Any] = json.loads(printed.splitlines()[-1])
    return measured


def _figures(runs: dict[str, list[dict[str, Any]]], options: argparse.Namespace) -> Iterator[Figure]:
    """Yield the figures of all runs."""
    alone = statistics.median(one["seconds"] for one in runs["turn"])
    once = statistics.median(one["seconds"] for one in runs["once"])
    yield _figure(f"{options.providers} providers one after another, from check to sealed record", alone, "s")
    yield _figure(f"{options.providers} providers at once", once, "s")
    yield _figure("at once, against the sum of the times alone", once / alone, "times", 1.2)
    expected = max(runs["turn"][0]["versions"])
    lost = sum(expected - held for mode in runs.values() for one in mode for held in one["versions"])
    yield _figure("records lost", lost, "records", 0)
    slowest = max(one["answer"] for one in runs["small"])
    yield _figure("answer to a file of 500 rows behind large ones, the slowest", slowest, "s", 5.0)
    busy = min(one["busy"] for one in runs["small"])
    yield _figure("large ones still being checked at that moment, the fewest", busy, "submissions")


def _figure(name: str, value: float, unit: str, goal: float | None = None) -> Figure:
    """Return one figure; where it has a goal, at most that much is met."""
    met = None if goal is None else value <= goal
    ratio = round(value / goal, 3) if goal else None
    return {
        "bench": "six", "name": name, "value": round(value, 3), "unit": unit, "goal": goal, "ratio": ratio, "met": met,
    }  # fmt: skip
