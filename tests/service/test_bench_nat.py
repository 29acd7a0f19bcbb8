"""The benches of NAT files and of six providers: what they print, and what they call missed."""

import argparse
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from testamur.service import processes
from testamur.service.benches import six
from testamur.service.postgres import EmbeddedPostgres


@pytest.mark.slow
def test_the_bench_of_nat_files_prints_its_figures(tmp_path: Path) -> None:
    own = EmbeddedPostgres(tmp_path / "pg")
    try:
        _prints_its_figures(tmp_path)
    finally:
        own.destroy()


def _prints_its_figures(folder: Path) -> None:
    environment = {key: value for key, value in processes.child_environment().items() if "DATABASE" not in key}
    command = [sys.executable, "-m", "testamur.service.cli", "bench", "nat", "--json", "--state", "VIC"]
    ran = subprocess.run(
        [*command, "--lines", "400", "--runs", "1"],
        env=environment | {"TESTAMUR_VAR": str(folder)},
        capture_output=True,
        text=True,
    )
    figures = [json.loads(line) for line in ran.stdout.splitlines()]
    goals = {figure["name"]: figure["goal"] for figure in figures if figure["goal"] is not None}
    assert goals == {
        "check alone, lines of NAT00120": 300_000,
        "rate of the whole way to that of plain COPY of the same rows": 1.0,
    }, ran.stderr
    assert all(float(str(figure["value"])) > 0 for figure in figures)


def figures(**changed: list[dict[str, Any]]) -> dict[str, object]:
    """Return which figures of six providers meet their goals."""
    runs = {
        "turn": [{"seconds": 10.0, "versions": [5, 5]}],
        "once": [{"seconds": 12.0, "versions": [5, 5]}],
        "small": [{"answer": 5.0, "busy": 1, "versions": [5]}],
    }
    options = argparse.Namespace(providers=2)
    return {str(one["unit"]): one["met"] for one in six._figures(runs | changed, options) if one["goal"] is not None}


def test_a_slower_run_at_once_a_lost_record_and_a_late_answer_are_missed() -> None:
    assert figures() == {"times": True, "records": True, "s": True}
    assert figures(once=[{"seconds": 12.1, "versions": [5, 5]}])["times"] is False
    assert figures(once=[{"seconds": 12.0, "versions": [5, 4]}])["records"] is False
    assert figures(small=[{"answer": 5.1, "busy": 1, "versions": [5]}])["s"] is False
