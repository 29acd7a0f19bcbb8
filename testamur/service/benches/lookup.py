"""Verify-by-number at 10,000 and at 1,000,000 issued documents: the look-up of the public page, in turn on both.

Two databases beside the site's own are filled with made-up documents, asked by the application's role, and dropped. Every
look-up is `documents.queries.find_issued` with a number as people type it; the order within a pair alternates, so that
neither size always comes second.
"""

import argparse
import gc
import hashlib
import os
import random
import statistics
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

import psycopg

from testamur.kernel.identifiers import ALPHABET, check_character, printed
from testamur.service import cli, connections, database, scratch

GOAL: Final = 1.2  # p50 at the larger size over p50 at the smaller
_FIRST_DAY: Final = date(2020, 1, 1)
_AT: Final = datetime(2026, 3, 14, tzinfo=UTC)
_WARM: Final = 500
_SUPERSEDED: Final = 10  # one document in so many has a second status
_COPY_DOCUMENTS: Final = (
    "COPY documents_issueddocument "
    "(number, kind, sha256, size, issued_on, issued_at, issued_by, content_sha256) FROM STDIN"
)
_COPY_STATUSES: Final = "COPY documents_documentstatus (document_id, status, since, reason) FROM STDIN"
Figure = dict[str, object]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the sizes and the number of look-ups."""
    parser.add_argument("--small", type=int, default=10_000, help="documents in the smaller (default 10,000)")
    parser.add_argument("--large", type=int, default=1_000_000, help="documents in the larger (default 1,000,000)")
    parser.add_argument("--lookups", type=int, default=50_000, help="look-ups in all (default 50,000)")
    parser.add_argument(
        "--quick", action="store_true", help="1,000 and 50,000 documents, 4,000 look-ups: to try it out"
    )


def run(options: argparse.Namespace) -> Iterator[Figure]:
    """Yield p50 and p99 at both sizes, and the ratio of the medians against its goal."""
    if options.quick:
        options.small, options.large, options.lookups = 1_000, 50_000, 4_000
    sizes = (options.small, options.large)
    with ExitStack() as stack:
        empty = stack.enter_context(scratch.scratch_database())
        _migrate(empty)
        template = scratch.name_of(empty)
        places = [stack.enter_context(scratch.scratch_database(template=template)) for _ in sizes]
        asked = [_fill(place, size, seed=size) for place, size in zip(places, sizes, strict=True)]
        seconds = _measure(places, asked, options.lookups)
    medians = [statistics.median(times) for times in seconds]
    for size, times, median in zip(sizes, seconds, medians, strict=True):
        yield _figure(f"p50 at {size:,} records", median * 1e6, "µs")
        yield _figure(f"p99 at {size:,} records", _share(times, 99) * 1e6, "µs")
    yield compared(sizes, (medians[0], medians[1]))


def compared(sizes: tuple[int, int], medians: tuple[float, float]) -> Figure:
    """Return the larger size's median over the smaller's against the goal."""
    ratio = medians[1] / medians[0]
    figure = _figure(f"p50 at {sizes[1]:,} over p50 at {sizes[0]:,} records", ratio, "×")
    return {**figure, "goal": GOAL, "ratio": round(ratio / GOAL, 3), "met": ratio <= GOAL}


def _migrate(addresses: database.Addresses) -> None:
    """Give an empty database the tables of documents; Django must not be loaded yet."""
    addresses.export()
    cli.load_django()
    from django.core.management import call_command
    from django.db import connections as opened

    call_command("migrate", "documents", database="owner", interactive=False, verbosity=0)
    opened.close_all()


def _numbers(count: int, *, seed: int) -> Iterator[str]:
    """Yield numbers that differ, random but the same for every run; two alike in a million have odds of one to two million."""
    source = random.Random(seed)  # noqa: S311 - made-up numbers that must be the same for every run
    for _ in range(count):
        data = "".join(source.choices(ALPHABET, k=12))
        yield data + check_character(data)


def _fill(addresses: database.Addresses, count: int, *, seed: int) -> list[str]:
    """Issue so many made-up documents, some superseded; return up to 20,000 of their numbers, spread, as they are printed."""
    with psycopg.connect(addresses.owner, autocommit=True) as connection:
        with connection.transaction(), connection.cursor() as cursor:
            with cursor.copy(_COPY_DOCUMENTS) as copy:
                for place, number in enumerate(_numbers(count, seed=seed)):
                    digest = hashlib.sha256(number.encode()).digest()
                    day = _FIRST_DAY + timedelta(days=place % 2_000)
                    copy.write_row((number, "extract", digest, 100_000, day, _AT, 1, digest))
            with cursor.copy(_COPY_STATUSES) as copy:
                for place, number in enumerate(_numbers(count, seed=seed)):
                    copy.write_row((number, "current", _AT, "issued"))
                    if place % _SUPERSEDED == 0:
                        copy.write_row((number, "superseded", _AT, "newer extract"))
        connection.execute("VACUUM ANALYZE documents_issueddocument")
        connection.execute("VACUUM ANALYZE documents_documentstatus")
    step = max(1, count // 20_000)
    return [printed(number) for place, number in enumerate(_numbers(count, seed=seed)) if place % step == 0]


def _measure(
    places: Sequence[database.Addresses], asked: Sequence[Sequence[str]], lookups: int
) -> tuple[list[float], list[float]]:
    """Return the seconds of each look-up at both sizes, taken in turn after a warm-up."""
    from django.db import DEFAULT_DB_ALIAS
    from django.db import connections as opened

    wrappers: list[Any] = []
    for place in places:
        place.export()
        opened.settings[DEFAULT_DB_ALIAS].update(connections.database_settings(os.environ)[DEFAULT_DB_ALIAS])
        wrappers.append(opened.create_connection(DEFAULT_DB_ALIAS))
        wrappers[-1].settings_dict = dict(wrappers[-1].settings_dict)
    source = random.Random(7)  # noqa: S311 - the same look-ups in every run
    seconds: tuple[list[float], list[float]] = ([], [])
    gc.collect()
    gc.freeze()
    for turn in range(_WARM + lookups // 2):
        for which in (0, 1) if turn % 2 else (1, 0):
            opened[DEFAULT_DB_ALIAS] = wrappers[which]
            taken = timed(source.choice(asked[which]))
            if turn >= _WARM:
                seconds[which].append(taken)
    for wrapper in wrappers:
        wrapper.close()
    return seconds


def timed(typed: str) -> float:
    """Return the seconds of one look-up that has to find its document."""
    from testamur.documents.queries import find_issued

    start = time.perf_counter()
    found = find_issued(typed)
    taken = time.perf_counter() - start
    if found is None:
        message = "a number that was issued was not found; the measurement would be of something else"
        raise RuntimeError(message)
    return taken


def _share(times: Sequence[float], percent: int) -> float:
    """Return a percentile."""
    return statistics.quantiles(times, n=100)[percent - 1]


def _figure(name: str, value: float, unit: str) -> Figure:
    """Return one figure without a goal."""
    figure: Figure = {"bench": "lookup", "name": name, "value": round(value, 3), "unit": unit}
    return {**figure, "goal": None, "ratio": None, "met": None}
