"""Extracts of 24 units rendered, guarded and sealed per second of one core; each extract differs, so nothing is cached."""

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from testamur.documents.archival import check_archival
from testamur.documents.extract import (
    Course,
    ExtractInput,
    Holder,
    Issuer,
    LogHead,
    Provider,
    UnitRow,
    render_extract,
)
from testamur.documents.guard import check_extract
from testamur.documents.proofs import attachment
from testamur.documents.provenance import Provenance
from testamur.documents.seal import ensure_seal
from testamur.documents.sign import sign_document
from testamur.kernel.identifiers import new_public_number

_DAY = date(2026, 3, 14)
_AT = datetime(2026, 3, 14, tzinfo=UTC)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the number of extracts."""
    parser.add_argument("--count", type=int, default=40, help="extracts to measure (default 40)")
    parser.add_argument("--units", type=int, default=24, help="units in each (default 24)")


def run(options: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """Yield extracts per second of processor time: rendered, guarded, sealed, and all three."""
    extracts = [sample(position, units=options.units) for position in range(options.count + 2)]
    with tempfile.TemporaryDirectory() as folder:
        seal = ensure_seal(Path(folder), organisation="Bench register", create=True)
        files = [render_extract(extract) for extract in extracts[:2]]
        sign_document(files[0], seal, at=_AT)
        pairs = list(zip(extracts[2:], [b""] * options.count, strict=True))
        render, rendered = _timed(lambda extract, _: render_extract(extract), pairs)
        pairs = list(zip(extracts[2:], rendered, strict=True))
        guard, _ = _timed(lambda extract, pdf: check_extract(extract, pdf) + check_archival(pdf), pairs)
        sign, _ = _timed(lambda _, pdf: sign_document(pdf, seal, at=_AT), pairs)
    yield _figure("extracts rendered", 1 / render)
    yield _figure("extracts guarded", 1 / guard)
    yield _figure("extracts sealed", 1 / sign)
    yield _figure("extracts rendered, guarded and sealed", 1 / (render + guard + sign))


def _timed(
    work: Callable[[ExtractInput, bytes], Any], pairs: list[tuple[ExtractInput, bytes]]
) -> tuple[float, list[Any]]:
    """Return the median processor seconds of one piece of work, and the results."""
    seconds, results = [], []
    for extract, pdf in pairs:
        start = time.process_time()
        results.append(work(extract, pdf))
        seconds.append(time.process_time() - start)
    return statistics.median(seconds), results


def _figure(name: str, value: float) -> dict[str, Any]:
    """Return one figure; the issue sets no goal for it."""
    return {
        "bench": "extract",
        "name": f"{name} per second per core",
        "value": round(value, 1),
        "unit": "1/s",
        "goal": None,
        "ratio": None,
        "met": None,
    }


def sample(position: int, *, units: int) -> ExtractInput:
    """Return a synthetic extract that differs from every other position in name, number, marks and codes."""
    number = new_public_number()
    rows = tuple(
        UnitRow(
            code=f"BUS{100 + index}",
            title=f"Unit {position} of study number {index} in business and management",
            year=2012 + index // 8,
            status_words="Completed",
            standing="achieved",
            mark=str(50 + (position * 7 + index) % 50),
            grade="P",
            grade_description="Pass",
            credit="12.5",
            provenance=Provenance("studentresults v1.csv", "ab" * 32, 2 + index, _DAY),
        )
        for index in range(units)
    )
    return ExtractInput(
        number=number,
        issued_on=_DAY,
        issuer=Issuer("Bench register", "Synthetic", "bench@register.example"),
        holder=Holder(f"Student Number {position} of the Bench", "9 February 1990", f"S{position}"),
        provider=Provider("Synthetic College Pty Ltd", status="Ceased operating", ceased_on=date(2015, 6, 30)),
        courses=(Course("BBUS01", "Bachelor of Business", "Bachelor degree", "2012–2014", "Completed 2014", rows),),
        log=LogHead("register.example/log", 0, "", ""),
        proofs=attachment(number, origin="register.example/log", checkpoint="", log_keys=(), records=()),
        verify_url=f"https://register.example/check/{number}",
    )
