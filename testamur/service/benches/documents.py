"""Certification documents per second of one core: rendered, checked, sealed with a time-stamp; and the ratio to WeasyPrint.

WeasyPrint renders the same pages in the same run, in turn, in a process of its own; start-up is on neither side. It is a bench
extra: requirements/bench.lock into any environment, and `--weasyprint` names that environment's Python. Without it the bench says
so and its two ratios are left open. Each document differs in name, numbers and date, so nothing is rendered from memory.
"""

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import IO, Any, Final

from testamur.documents.archival import check_archival
from testamur.documents.certification.check import check_content
from testamur.documents.certification.inputs import Certification, RecordOfResults, Testamur, UnitResult
from testamur.documents.certification.rendering import render_certification
from testamur.documents.certification.specimens import example
from testamur.documents.identifier_scan import scan_for_identifiers
from testamur.documents.seal import ensure_seal
from testamur.documents.sign import sign_document
from testamur.documents.stamp import ensure_stamper
from testamur.kernel.identifiers import new_public_number
from testamur.service.benches import _weasyprint_pages, _weasyprint_run

Figure = dict[str, Any]
_AT: Final = datetime(2026, 3, 14, tzinfo=UTC)
_KINDS: Final = (("record of results", "record-of-results", 8), ("testamur", "testamur", 20))
_MISSING: Final = (
    "WeasyPrint is not here, so the ratios to it stay open. It is a bench extra: install requirements/bench.lock into an "
    "environment of its own and name that one's Python with --weasyprint."
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add how many documents, and where WeasyPrint is."""
    parser.add_argument("--count", type=int, default=40, help="documents of each kind to measure (default 40)")
    parser.add_argument("--pages", type=int, default=5, help="pages that WeasyPrint renders of each kind (default 5)")
    parser.add_argument("--weasyprint", default=sys.executable, metavar="PYTHON", help="the Python that has WeasyPrint")


def run(options: argparse.Namespace) -> Iterator[Figure]:
    """Yield documents per second rendered and their ratio to WeasyPrint, checked, signed, and peak memory."""
    os.environ["RAYON_NUM_THREADS"] = "1"  # Typst spreads one page over all cores; this counts one
    with tempfile.TemporaryDirectory() as folder:
        weasyprint = _start(options.weasyprint)
        try:
            for name, kind, goal in _KINDS:
                yield from _rendering(name, kind, goal, options, weasyprint)
        finally:
            if weasyprint:
                weasyprint.kill()
                weasyprint.communicate()
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 2**20
        yield _figure("peak memory of rendering", memory, "MiB")
        yield from _sealing(Path(folder), options.count)


def _rendering(
    name: str, kind: str, goal: float, options: argparse.Namespace, weasyprint: "subprocess.Popen[str] | None"
) -> Iterator[Figure]:
    """Measure one kind, ours and WeasyPrint's in turn."""
    for position in range(3):
        render_certification(_sample(kind, -1 - position))
    every = max(1, options.count // options.pages)
    ours: list[float] = []
    theirs: list[float] = []
    for position in range(options.count):
        document = _sample(kind, position)
        ours.append(_timed(render_certification, document))
        if weasyprint and position % every == 0 and len(theirs) <= options.pages:
            theirs.append(_asked(weasyprint, document))
    mine = statistics.median(ours)
    yield _figure(f"{name} rendered per second per core", 1 / mine, "1/s")
    if weasyprint:
        other = statistics.median(theirs[1:])
        yield _figure(f"{name} rendered by WeasyPrint per second per core", 1 / other, "1/s")
        yield _figure(f"rate of rendering a {name} to that of WeasyPrint", other / mine, "times", goal)
    else:
        yield {**_figure(f"rate of rendering a {name} to that of WeasyPrint", 0, "times"), "value": None, "goal": goal}


def _sealing(folder: Path, count: int) -> Iterator[Figure]:
    """Measure the looks before the seal, and the seal itself, over testamurs."""
    seal = ensure_seal(folder, organisation="Bench", create=True)
    stamper = ensure_stamper(folder, organisation="Bench", create=True, clock=lambda: _AT)
    documents = [_sample("testamur", position) for position in range(count)]
    rendered = [render_certification(document) for document in documents]
    sign_document(rendered[0], seal, at=_AT, stamper=stamper)
    looked, signed = [], []
    for document, pdf in zip(documents, rendered, strict=True):
        looked.append(_timed(_looks, document, pdf))
        signed.append(_timed(lambda rendered: sign_document(rendered, seal, at=_AT, stamper=stamper), pdf))
    yield _figure("testamurs checked and scanned per second per core", 1 / statistics.median(looked), "1/s")
    yield _figure("signed B-T per second per core", 1 / statistics.median(signed), "1/s", 10)


def _looks(document: Certification, pdf: bytes) -> None:
    """Take every look that goes before the seal."""
    found = check_content(document, pdf, allow_place=True) + check_archival(pdf)
    found += scan_for_identifiers(
        pdf, ["XNY5NV9WG9"], file_name="testamur.pdf", payloads={"qr": document.issue.verify_url}
    )
    if found:
        raise AssertionError(found[0].message)


def _sample(kind: str, position: int) -> Certification:
    """Return a made-up document that differs from every other position; a record has 20 units."""
    document, number = example(kind), new_public_number()
    issue = replace(
        document.issue,
        number=number,
        document_number=f"BENCH-{position:06}",
        issued_on=date(2026, 1, 1) + timedelta(days=abs(position)),
        verify_url=f"https://register.example/check/{number}",
        holder=f"Student Number {position} of the Bench",
    )
    if isinstance(document, RecordOfResults):
        units = (f"Perform task {at} of student {position}" for at in range(20))
        rows = tuple(UnitResult(f"BNCTST{at:03}", unit, str(2025 + at // 10), "C") for at, unit in enumerate(units))
        return replace(document, issue=issue, results=rows)
    if isinstance(document, Testamur):
        return replace(document, issue=issue, languages=(), apprenticeship=False)
    return document


def _timed(work: Callable[..., Any], *given: Any) -> float:
    """Return the processor seconds of one piece of work."""
    begun = time.process_time()
    work(*given)
    return time.process_time() - begun


def _start(python: str) -> "subprocess.Popen[str] | None":
    """Start WeasyPrint under a Python that has it; None, said aloud, where there is none."""
    command = [python, _weasyprint_run.__file__]
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    if _pipe(process.stdout).readline():
        return process
    process.communicate()
    print(_MISSING, file=sys.stderr)
    return None


def _asked(process: "subprocess.Popen[str]", document: Certification) -> float:
    """Return the processor seconds that WeasyPrint takes for one page."""
    asked = {"html": _weasyprint_pages.page_of(document), "base": _weasyprint_pages.BASE}
    pipe = _pipe(process.stdin)
    pipe.write(json.dumps(asked) + "\n")
    pipe.flush()
    return float(json.loads(_pipe(process.stdout).readline())["seconds"])


def _pipe(pipe: IO[str] | None) -> IO[str]:
    """Return an end of a process that was opened with it."""
    if pipe is None:
        message = "the process has no pipe"
        raise RuntimeError(message)
    return pipe


def _figure(name: str, value: float, unit: str, goal: float | None = None) -> Figure:
    """Return one figure, with its ratio to the goal where it has one."""
    met = None if goal is None else value >= goal
    ratio = None if goal is None else round(value / goal, 3)
    return {
        "bench": "documents", "name": name, "value": round(value, 1), "unit": unit, "goal": goal, "ratio": ratio, "met": met,
    }  # fmt: skip
