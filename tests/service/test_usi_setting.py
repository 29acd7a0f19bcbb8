"""TESTAMUR_USI: the made-up Registry starts in a demo only, and nothing but the two known words is taken."""

import os
import subprocess
import sys

import pytest

_SAY = "from testamur.service import settings; print(settings.USI_REGISTRY)"


def started(**environment: str) -> tuple[int, str, str]:
    """Load the settings in a process of its own."""
    clean = {name: value for name, value in os.environ.items() if name not in {"TESTAMUR_USI", "TESTAMUR_DEMO"}}
    made = subprocess.run(
        [sys.executable, "-c", _SAY], env=clean | environment, capture_output=True, text=True, check=False, timeout=60
    )
    return made.returncode, made.stdout.strip(), made.stderr


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({}, "off"),
        ({"TESTAMUR_USI": "off"}, "off"),
        ({"TESTAMUR_DEMO": "1"}, "fake"),
        ({"TESTAMUR_DEMO": "1", "TESTAMUR_USI": "off"}, "off"),
    ],
)
def test_what_answers(environment: dict[str, str], said: str) -> None:
    assert started(**environment)[:2] == (0, said)


@pytest.mark.parametrize(
    ("environment", "words"),
    [({"TESTAMUR_USI": "fake"}, "for a demo"), ({"TESTAMUR_USI": "soap"}, "`off` or `fake`")],
)
def test_what_does_not_start(environment: dict[str, str], words: str) -> None:
    code, _, complaint = started(**environment)
    assert code != 0
    assert words in complaint
