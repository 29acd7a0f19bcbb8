"""Schemathesis asks the running server everything that the API's description allows and much that it does not: every check.

The run is bounded for the suite: few examples of each operation, always the same, and the operations of enrolments, whose many
bodies alone took minutes, without the phase that tries every bound. TESTAMUR_API_EXAMPLES asks for all, and for more, by hand.
"""

import os
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from tests import lodged
from tests.keyed import Keyed, declaring, keyed
from tests.lodged import Lodging

pytestmark = pytest.mark.slow
_BY_HAND = "TESTAMUR_API_EXAMPLES" in os.environ
_EXAMPLES = os.environ.get("TESTAMUR_API_EXAMPLES", "1")
_ALL_PHASES = "examples,coverage,fuzzing,stateful"
_PROGRAM = Path(sys.executable).with_name("schemathesis")
_SEED = "20261123"


def asked(
    site: str, system: Keyed, folder: Path, ids: dict[str, Any], *options: str, phases: str = _ALL_PHASES
) -> subprocess.CompletedProcess[str]:
    """Run schemathesis with every check against the server under a key; some ids lead to things that are there."""
    with urllib.request.urlopen(f"{site}/api/v1/openapi.json", timeout=120) as first:  # a server's first answer is slow
        assert first.status == 200
    config = folder / "schemathesis.toml"
    places = "\n".join(f'"path.{name}" = {value!r}' for name, value in ids.items())
    few = "" if _BY_HAND else '[phases.coverage]\nunexpected-methods = ["PATCH"]\n'
    config.write_text(f"{few}[parameters]\n{places}\n", encoding="utf-8")
    command = [
        str(_PROGRAM), "--config-file", str(config), "run", f"{site}/api/v1/openapi.json", "--checks", "all",
        "--header", f"Authorization: Bearer {system.token}", "--phases", phases, "--max-examples", _EXAMPLES,
        "--seed", _SEED, "--generation-database", "none", "--workers", "1", "--continue-on-failure", "--warnings", "off",
        *options,
    ]  # fmt: skip
    return subprocess.run(command, capture_output=True, text=True, cwd=folder, timeout=3_000, check=False)


@pytest.fixture
def often(settings: Any) -> None:
    """Let a key ask as often as it likes."""
    settings.API_PER_MINUTE = 10**9


def test_the_api_survives_every_check(live_site: str, often: None, tmp_path: Path) -> None:
    lodging = Lodging()
    lodging.sealed()
    faulty = lodging.opened(lodged.faulty(2, bad_result=1))
    lodging.checked(faulty)
    options = () if _BY_HAND else ("--exclude-path-regex", "enrolments")
    run = asked(live_site, keyed(lodging), tmp_path, {}, *options)
    assert run.returncode == 0, run.stdout[-20_000:] + run.stderr[-2_000:]


def test_enrolments_survive_every_check(live_site: str, often: None, tmp_path: Path) -> None:
    options = ("--include-path-regex", "enrolments")
    run = asked(live_site, keyed(Lodging()), tmp_path, {}, *options, phases="examples,fuzzing")
    assert run.returncode == 0, run.stdout[-20_000:] + run.stderr[-2_000:]


def test_things_that_are_there_survive_every_check(live_site: str, often: None, tmp_path: Path) -> None:
    lodging = Lodging()
    sealed = lodging.sealed()
    system = keyed(lodging)
    (student, *_) = system.post("/students/search", {"typed": "S1001"}).json()
    ids = {"submission_id": str(sealed), "student_id": student["student_id"]}
    options = ("--include-path-regex", "receipt|steps|files|findings|uploads|students/")
    run = asked(live_site, system, tmp_path, ids, *options, phases="fuzzing")
    assert run.returncode == 0, run.stdout[-20_000:] + run.stderr[-2_000:]


def test_a_declaring_key_survives_every_check(live_site: str, often: None, tmp_path: Path) -> None:
    lodging = Lodging()
    number = lodging.opened()
    lodging.checked(number)
    ids = {"submission_id": str(number)}
    run = asked(
        live_site, declaring(lodging), tmp_path, ids, "--include-path-regex", "declar|returns$", phases="fuzzing"
    )
    assert run.returncode == 0, run.stdout[-20_000:] + run.stderr[-2_000:]


def test_a_fault_that_is_planted_is_found(live_site: str, often: None, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr("testamur.submissions.queries.steps_of", lambda number: 1 // 0)
    lodging = Lodging()
    ids = {"submission_id": str(lodging.opened())}
    run = asked(live_site, keyed(lodging), tmp_path, ids, "--include-path-regex", "steps$", phases="fuzzing")
    assert run.returncode == 1, run.stdout[-20_000:]
    assert "Server error" in run.stdout
