"""Look inside lodged PDFs without opening them in this process: pages, encryption, active content (TEQ-F6).

A few child processes read the files one after another. A file that crashes its child, or takes too long, is a finding
about that file; a fresh child goes on with the next.
"""

import json
import select
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

_CHILD = Path(__file__).with_name("pdf_child.py")
_WALL_SECONDS = 30.0
_SHARE = 200
PROBLEMS = ("pdf_unreadable", "pdf_encrypted", "pdf_no_pages", "pdf_active", "pdf_attachment", "pdf_exhausting")


@dataclass(frozen=True, slots=True)
class Inspected:
    """What was found in one PDF: its pages, and the case of bundle.toml it falls under (None where it is sound)."""

    pages: int | None
    problem: str | None


def _understood(line: bytes) -> Inspected:
    """Return a child's answer; one that makes no sense comes from a child that the file has spoilt."""
    try:
        answer = json.loads(line)
        pages, problem = answer["pages"], answer["problem"]
    except (ValueError, KeyError, TypeError):
        return Inspected(None, "pdf_exhausting")
    known = problem in (None, *PROBLEMS) and (pages is None or type(pages) is int)
    return Inspected(pages, problem) if known else Inspected(None, "pdf_exhausting")


class _Child:
    """One reading process, started when first needed and again after each crash."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None

    def ask(self, path: Path) -> Inspected:
        """Return what the child says about a file; a crash or silence is an answer too."""
        process = self._process or self._start()
        if process.stdin is None or process.stdout is None:
            raise RuntimeError("The PDF reader was started without its pipes.")
        try:
            process.stdin.write(json.dumps(str(path)).encode() + b"\n")
            process.stdin.flush()
            ready, _, _ = select.select([process.stdout], [], [], _WALL_SECONDS)
            line = process.stdout.readline() if ready else b""
        except OSError:
            line = b""
        if not line.endswith(b"\n"):
            self.stop()
            return Inspected(None, "pdf_exhausting")
        return _understood(line)

    def _start(self) -> subprocess.Popen[bytes]:
        """Start the process with pipes and nothing else."""
        self._process = subprocess.Popen(
            [sys.executable, "-P", str(_CHILD)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            close_fds=True,
        )
        return self._process

    def stop(self) -> None:
        """End the process and close its pipes."""
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()


def inspect_pdfs(
    paths: Sequence[Path], *, workers: int = 2, progress: Callable[[int, int], None] | None = None
) -> list[Inspected]:
    """Return what was found in each PDF, in the order of the paths. `progress` gets files done and files in all."""
    shares = [paths[start : start + _SHARE] for start in range(0, len(paths), _SHARE)]
    found: list[Inspected] = []
    with ThreadPoolExecutor(max(1, min(workers, len(shares)))) as pool:
        for share in pool.map(_inspect_share, shares):
            found += share
            if progress is not None:
                progress(len(found), len(paths))
    return found


def _inspect_share(paths: Sequence[Path]) -> list[Inspected]:
    """Inspect some files with one child."""
    return list(_asked(paths))


def _asked(paths: Sequence[Path]) -> Iterator[Inspected]:
    """Yield the answers of one child; it is ended in any case."""
    child = _Child()
    try:
        for path in paths:
            yield child.ask(path)
    finally:
        child.stop()
