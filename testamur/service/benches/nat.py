"""A set of NAT files from the folder to the sealed record: the check alone, and the whole way against a plain COPY.

2,000,000 lines of NAT00120 of 200,000 clients are made up. The check alone applies every record and cross-file rule; the worker's
also keeps the typed rows and looks for duplicate and impossible records. The whole way is check, load, seal and leaves, by the
worker's own actions in a database that is dropped afterwards; the limit is psycopg's COPY of the very rows that sealing wrote
into tables with the same columns, checks and indexes (decision 0016 says what bounds the ratio). Runs are interleaved and
compared by their medians; the start-up of Python and Django is left out on both sides.
"""

import argparse
import os
import statistics
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from testamur.service import scratch
from testamur.service.benches import ingest
from testamur.service.synthetic.avetmiss import write_bundle

FORM: Final = "avetmiss8"
_A_CLIENT: Final = 10
Figure = dict[str, object]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the size and the number of runs."""
    parser.add_argument("--lines", type=int, default=2_000_000, help="lines of NAT00120 (default 2,000,000)")
    parser.add_argument("--runs", type=int, default=3, help="interleaved runs of each kind (default 3)")
    parser.add_argument("--state", help="the form of a state's authority, such as VIC (default: the national form)")


def run(options: argparse.Namespace) -> Iterator[Figure]:
    """Measure, and yield the figures as they come."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as databases:
        bundle = Path(folder) / "set"
        write_bundle(
            bundle, students=options.lines // _A_CLIENT, activities_per_student=_A_CLIENT, seed=1, state=options.state
        )
        yield from _check(bundle, options)
        template = databases.enter_context(scratch.scratch_database())
        ingest.migrate(template)
        yield from _whole(scratch.name_of(template), bundle, options)


def _check(bundle: Path, options: argparse.Namespace) -> Iterator[Figure]:
    """Measure the check alone, and as the worker does it."""
    alone, _ = _checked(bundle, options)
    kept, most = _checked(bundle, options, "kept")
    yield _figure("check alone, lines of NAT00120", options.lines / alone, "lines/s", 300_000)
    yield _figure("check with its rows kept and looked at again", options.lines / kept, "lines/s", None)
    yield _figure("peak memory of the check", most / 2**30, "GiB", None)


def _checked(bundle: Path, options: argparse.Namespace, *how: str) -> tuple[float, float]:
    """Return the median seconds of a check, and the most memory of any."""
    command = [sys.executable, "-m", "testamur.service.benches._nat_run", str(bundle), *how]
    found = [ingest.output(command, dict(os.environ)).split() for _ in range(options.runs)]
    return statistics.median(float(one) for one, _ in found), max(float(most) for _, most in found)


def _whole(template: str, bundle: Path, options: argparse.Namespace) -> Iterator[Figure]:
    """Measure the whole way and the plain COPY of the same rows, in turn."""
    whole, copied, memory = [], [], 0.0
    for turn in range(options.runs):
        with scratch.scratch_database(template=template) as addresses:
            measured = ingest.seal(addresses, bundle, 1 + turn, FORM)
            rows = ingest.copy_written_rows(addresses, int(measured["provider"]), fill=None)
        whole.append(measured)
        copied.append(sum(rows.values()))
        memory = max(memory, measured["memory"])
    way = statistics.median(ingest.seconds_of(one) for one in whole)
    plain = statistics.median(copied)
    yield _figure("folder to sealed record", way, "s", None)
    yield _figure("of it sealing", statistics.median(one["seal"] for one in whole), "s", None)
    yield _figure("plain COPY of the same rows", plain, "s", None)
    yield _figure("rate of the whole way to that of plain COPY of the same rows", plain / way, "times", 1.0)
    yield _figure("peak memory of the worker, its processes together", memory / 2**30, "GiB", None)


def _figure(name: str, value: float, unit: str, goal: float | None) -> Figure:
    """Return one figure, with its ratio to the goal where it has one."""
    ratio = None if goal is None else round(value / goal, 3)
    met = None if goal is None else value >= goal
    return {
        "bench": "nat", "name": name, "value": round(value, 3), "unit": unit, "goal": goal, "ratio": ratio, "met": met,
    }  # fmt: skip
