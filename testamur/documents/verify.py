"""Verify a sealed document offline (issue 2, `document verify`): signature, chain, time-stamp, untouched, number, proofs.

`verify_document` is what a caller uses: it hands the bytes to a child process with limits on memory, time and files, because
a PDF parser on a hostile file may do anything. `examine` is what the child runs. Three answers: every check holds, one does
not, or the file cannot be read as a sealed document at all.
"""

import base64
import hashlib
import json
import os
import resource
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from testamur.documents.proofs import Check

LARGEST: Final = 64 * 1024 * 1024  # bytes
_MEMORY: Final = 1 << 30
_CPU_SECONDS: Final = 30
_WALL_SECONDS: Final = 90
_ROOT: Final = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Report:
    """What verification found; `readable` is False where the file could not be taken apart at all."""

    checks: tuple[Check, ...]
    readable: bool = True

    @property
    def ok(self) -> bool:
        """Say whether every check holds."""
        return self.readable and all(check.ok for check in self.checks)

    @property
    def exit_code(self) -> int:
        """Return 0 all ok, 1 any not, 2 unreadable."""
        return 2 if not self.readable else 0 if self.ok else 1

    def as_json(self) -> dict[str, object]:
        """Return the printed form: {"ok", "checks": [{"name", "ok", "detail"}]}."""
        return {"ok": self.ok, "checks": [asdict(check) for check in self.checks]}


def unreadable(detail: str) -> Report:
    """Return the report for a file that is no sealed document."""
    return Report((Check("readable", False, detail),), readable=False)


def verify_document(
    pdf: bytes, *, at: datetime, trust: bytes | None = None, proof: bytes | None = None, log_keys: Sequence[str] = ()
) -> Report:
    """Verify some bytes in a child process and return what it found; never raises for what the bytes hold.

    `trust` is the root certificate in PEM that the chain must end in; `proof` the document's own .tlog-proof; `log_keys` the
    log's verifier keys where the caller has them (otherwise those named in the document, if its seal is good); `at` is the
    moment for which certificates are judged.
    """
    if len(pdf) > LARGEST:
        return unreadable(f"the file is larger than {LARGEST // 1024 // 1024} MiB")
    task = {
        "pdf": base64.b64encode(pdf).decode(),
        "trust": base64.b64encode(trust).decode() if trust is not None else None,
        "proof": base64.b64encode(proof).decode() if proof is not None else None,
        "log_keys": list(log_keys),
        "at": at.isoformat(),
    }
    try:
        child = subprocess.run(
            [sys.executable, "-m", __name__],
            input=json.dumps(task).encode(),
            capture_output=True,
            timeout=_WALL_SECONDS,
            cwd=_ROOT,
            env={**os.environ, "PYTHONPATH": str(_ROOT)},
            check=False,
        )
        answer = json.loads(child.stdout) if child.returncode == 0 else None
    except (subprocess.TimeoutExpired, ValueError):
        answer = None
    if answer is None:
        return unreadable("the file asked for more time or memory than a document may take")
    return Report(tuple(Check(**check) for check in answer["checks"]), answer["readable"])


def _limit() -> None:
    """Give this process the means of one document and no more."""
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (_CPU_SECONDS, _CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _child() -> None:
    """Read one task from standard input, examine it under limits, and print the report."""
    from testamur.documents.examine import examine

    task = json.load(sys.stdin)
    optional = {key: base64.b64decode(task[key]) if task[key] is not None else None for key in ("trust", "proof")}
    pdf = base64.b64decode(task["pdf"])
    _limit()
    report = examine(pdf, at=datetime.fromisoformat(task["at"]), log_keys=task["log_keys"], **optional)
    json.dump({"readable": report.readable, "checks": [asdict(check) for check in report.checks]}, sys.stdout)


def sha256_of(pdf: bytes) -> str:
    """Return the SHA-256 of a file in hex, by which the register's public page knows it."""
    return hashlib.sha256(pdf).hexdigest()


if __name__ == "__main__":
    _child()
