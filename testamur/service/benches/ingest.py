"""From a provider's file to the sealed record, against a plain COPY of the same rows.

A bundle with 200,000 students and 1,000,000 results is made, checked, declared and sealed by the worker's own actions in
databases that are dropped afterwards. The limit is psycopg's COPY, in writes of one mebibyte, of the very rows that sealing
wrote into tables with the same columns, checks and indexes. A COPY of the provider's two files as they lie, into tables of
text with three b-tree indexes (number; provider and student; the fourth column, in results the unit), stands beside it
without a goal. Runs are interleaved and compared by their medians; the start-up of Python and Django is left out on both sides.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import psycopg

from testamur.service import database, scratch
from testamur.service.synthetic.teqsa import write_bundle

COPIED = {
    "register_version": "register_version WHERE provider_id = {} ORDER BY source_id, line",
    "students_student_rows": "students_student WHERE provider_id = {} ORDER BY id",
    "students_studentkey_rows": "students_studentkey WHERE provider_id = {} ORDER BY student_id",
    "students_particulars_rows": "students_particulars WHERE provider_id = {} ORDER BY student_id",
    "students_contact_rows": "students_contact WHERE provider_id = {} ORDER BY student_id",
    "students_identifier": "students_identifier WHERE provider_id = {} ORDER BY student_id",
    "log_leafbatch": "log_leafbatch WHERE id IN (SELECT leaf_batch FROM register_version WHERE provider_id = {}) ORDER BY id",
}
_MEBIBYTE = 1 << 20
Figure = dict[str, object]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the size and the number of runs."""
    parser.add_argument("--results", type=int, default=1_000_000, help="rows of the results file (default 1,000,000)")
    parser.add_argument("--runs", type=int, default=3, help="interleaved runs of each kind (default 3)")


def run(options: argparse.Namespace) -> Iterator[Figure]:
    """Measure, and yield the figures as they come."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as databases:
        large, small = Path(folder) / "large", Path(folder) / "small"
        write_bundle(large, students=options.results // 5, results_per_student=5, seed=1)
        write_bundle(small, students=options.results // 50, results_per_student=5, seed=2)
        yield from _check(large, options)
        template = databases.enter_context(scratch.scratch_database())
        migrate(template)
        yield from _whole(scratch.name_of(template), large, small, options)


def _figure(name: str, value: float, unit: str, goal: float, *, at_most: bool = False) -> Figure:
    """Return one figure with its ratio to the goal."""
    met = value <= goal if at_most else value >= goal
    ratio = round(value / goal, 3)
    return {
        "bench": "ingest",
        "name": name,
        "value": round(value, 3),
        "unit": unit,
        "goal": goal,
        "ratio": ratio,
        "met": met,
    }


def _rows(options: argparse.Namespace) -> int:
    """Return the rows of both files."""
    return int(options.results + options.results // 5)


def _check(bundle: Path, options: argparse.Namespace) -> Iterator[Figure]:
    """Measure the check alone: all rules, all findings, the typed rows kept."""
    command = [sys.executable, "-m", "testamur.service.benches._check_run", str(bundle)]
    seconds = [float(output(command, dict(os.environ))) for _ in range(options.runs)]
    yield _figure("check alone, rows of both files", _rows(options) / statistics.median(seconds), "rows/s", 800_000)
    yield _figure(
        "check alone, rows of the results file", options.results / statistics.median(seconds), "rows/s", 800_000
    )


def output(command: list[str], environment: dict[str, str]) -> str:
    """Run a command and return what it printed."""
    return subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE, text=True).stdout


def environment(addresses: database.Addresses, folder: Path) -> dict[str, str]:
    """Return the environment of a worker on another database, with folders and keys of its own."""
    named = {"UPLOADS": "uploads", "DOCUMENTS": "documents", "KEYS": "keys", "VAR": "var"}
    for name in named.values():
        (folder / name).mkdir(exist_ok=True)
    own = {f"TESTAMUR_{key}": str(folder / name) for key, name in named.items()}
    roles = {database.APP_VARIABLE: addresses.app, database.OWNER_VARIABLE: addresses.owner}
    return os.environ | own | roles | {"TESTAMUR_CREATE_KEYS": "1", "PYTHONWARNINGS": "ignore"}


def migrate(addresses: database.Addresses) -> None:
    """Migrate an empty scratch database."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "django", "migrate", "--database=owner", "--verbosity=0", "--skip-checks"]
        settings = {"DJANGO_SETTINGS_MODULE": "testamur.service.settings"}
        subprocess.run(command, env=environment(addresses, Path(folder)) | settings, check=True)


def seal(addresses: database.Addresses, bundle: Path, number: int, form: str = "teqsa") -> dict[str, float]:
    """Run the worker's actions on a bundle in a process of its own and return what it took."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "testamur.service.benches._ingest_run", str(bundle), str(number), form]
        printed = output(command, environment(addresses, Path(folder)))
    measured: dict[str, float] = json.loads(printed.splitlines()[-1])
    return measured


def _whole(template: str, large: Path, small: Path, options: argparse.Namespace) -> Iterator[Figure]:
    """Measure the whole way and the plain COPY, in turn."""
    fresh: list[tuple[dict[str, float], dict[str, float]]] = []
    held: list[tuple[dict[str, float], dict[str, float]]] = []
    tenth: list[float] = []
    for turn in range(options.runs):
        with scratch.scratch_database(template=template) as addresses:
            tenth.append(seconds_of(seal(addresses, small, 10 + turn)))
        with scratch.scratch_database(template=template) as addresses:
            first = seal(addresses, large, 1)
            fresh.append((first, _copies(addresses, large, int(first["provider"]), fill=None)))
            second = seal(addresses, large, 2)
            held.append((second, _copies(addresses, large, int(second["provider"]), fill=int(first["provider"]))))
    yield from _compared("empty tables", fresh, 1.0)
    yield from _compared(f"tables that hold {options.results:,} rows", held, 0.6)
    memory = max(measured["memory"] for measured, _ in fresh + held) / 2**30
    yield _figure("peak memory of the worker, its processes together", memory, "GiB", 1.0, at_most=True)
    per_row = statistics.median(seconds_of(measured) for measured, _ in fresh) / options.results
    yield _figure(
        "time per row, all rows against a tenth of them",
        per_row / (statistics.median(tenth) / (options.results / 10)),
        "times",
        1.2,
        at_most=True,
    )


def seconds_of(measured: dict[str, float]) -> float:
    """Return the seconds from the file to the sealed record."""
    return measured["check"] + measured["seal"]


def _compared(name: str, runs: list[tuple[dict[str, float], dict[str, float]]], goal: float) -> Iterator[Figure]:
    """Yield the rate of the whole way, and its ratio to the plain COPY of the same rows."""
    whole = statistics.median(seconds_of(measured) for measured, _ in runs)
    sealing = statistics.median(measured["seal"] for measured, _ in runs)
    files = statistics.median(copied["files"] for _, copied in runs)
    same = statistics.median(sum(copied.values()) - copied["files"] for _, copied in runs)
    yield _plain(f"file to sealed record, into {name}", whole, "s")
    yield _plain(f"of it sealing, into {name}", sealing, "s")
    yield _plain(f"plain COPY of the same rows, into {name}", same, "s")
    yield _plain(f"plain COPY of the files as they lie, into {name}", files, "s")
    yield _plain(f"rate of the whole way to that of COPY of the files, into {name}", files / whole, "times")
    yield _figure(
        f"rate of the whole way to that of plain COPY of the same rows, into {name}", same / whole, "times", goal
    )


def _plain(name: str, value: float, unit: str) -> Figure:
    """Return a figure that has no goal."""
    return {
        "bench": "ingest",
        "name": name,
        "value": round(value, 3),
        "unit": unit,
        "goal": None,
        "ratio": None,
        "met": None,
    }


def _copies(addresses: database.Addresses, bundle: Path, provider: int, *, fill: int | None) -> dict[str, float]:
    """Measure both plain COPYs: of the files' rows, and of the rows that sealing wrote; seconds each."""
    files = _copy_files(addresses, bundle, filled=fill is not None)
    return {"files": files} | copy_written_rows(addresses, provider, fill=fill)


def _copy_files(addresses: database.Addresses, bundle: Path, *, filled: bool) -> float:
    """COPY the provider's files as they are into tables of their columns; seconds, commit included.

    With `filled` the tables hold the same rows of another provider before.
    """
    seconds = 0.0
    with psycopg.connect(addresses.owner, autocommit=True) as connection:
        for path in sorted(bundle.glob("*.csv")):
            with path.open(encoding="utf-8") as file:
                columns = [f"c{number}" for number, _ in enumerate(file.readline().split(","))]
            texts = ", ".join(f"{column} text" for column in columns)
            connection.execute(
                "CREATE TABLE plain (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,"
                f" provider_id integer NOT NULL DEFAULT 1, {texts})"
            )
            connection.execute("CREATE INDEX ON plain (provider_id, c0)")
            connection.execute("CREATE INDEX ON plain (c3)")
            copy = f"COPY plain ({', '.join(columns)}) FROM STDIN (FORMAT csv, HEADER)"
            content = path.read_bytes()
            if filled:
                _feed(connection, copy, content)
                connection.execute("ALTER TABLE plain ALTER provider_id SET DEFAULT 2")
            seconds += _feed(connection, copy, content)
            connection.execute("DROP TABLE plain")
    return seconds


def _feed(connection: psycopg.Connection, statement: str, content: bytes) -> float:
    """COPY bytes in writes of one mebibyte; return the seconds, commit included."""
    begun = time.perf_counter()
    with connection.cursor().copy(statement) as copy:
        for at in range(0, len(content), _MEBIBYTE):
            copy.write(content[at : at + _MEBIBYTE])
    return time.perf_counter() - begun


def copy_written_rows(addresses: database.Addresses, provider: int, *, fill: int | None) -> dict[str, float]:
    """COPY the rows that sealing wrote into tables with the same indexes; seconds a table, commit included.

    With `fill` the tables hold another provider's rows before.
    """
    seconds = {}
    with psycopg.connect(addresses.owner, autocommit=True) as connection:
        for table, selection in COPIED.items():
            source = f"register_version_{datetime.now(UTC).year}" if table == "register_version" else table
            rows = selection.replace(table, source, 1)
            connection.execute(f"CREATE TABLE plain (LIKE {source} INCLUDING ALL)")
            if fill is not None:
                connection.execute(f"INSERT INTO plain SELECT * FROM {rows.format(fill)}")  # noqa: S608
            with connection.cursor().copy(f"COPY (SELECT * FROM {rows.format(provider)}) TO STDOUT") as out:  # noqa: S608
                text = b"".join(bytes(part) for part in out)
            seconds[table] = _feed(connection, "COPY plain FROM STDIN", text)
            connection.execute("DROP TABLE plain")
    return seconds
