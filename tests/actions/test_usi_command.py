"""`usi status` and `usi verify`: counts and checks, never a number, a name or a student."""

import argparse
import json
from typing import Any

import pytest

from testamur.kernel.errors import NotAllowed, NotFound
from testamur.service.commands import usi
from testamur.students.usi import fake
from tests import verifying as world

pytestmark = pytest.mark.django_db


def run(capsys: pytest.CaptureFixture[str], *typed: str) -> tuple[int, str]:
    parser = argparse.ArgumentParser()
    usi.add(parser.add_subparsers())
    options = parser.parse_args(["usi", *typed])
    return options.run(options), capsys.readouterr().out


def test_verify_asks_and_says_what_is_left(capsys: Any, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    world.use(monkeypatch, settings, fake.FakeRegistry())
    lodging = world.lodging(["PCVA64XU3D", "ZTCP6RPU6M", "W2NBT2FW66"])
    code, text = run(capsys, "verify", "--provider", lodging.code, "--json")
    said = json.loads(text)
    failed = {one["name"]: one["detail"] for one in said["checks"] if not one["ok"]}
    assert (code, said["ok"], failed.pop("deactivated")) == (1, False, "1 left")
    assert "MADE UP" in failed.pop("not made up")
    assert failed == {}
    code, text = run(capsys, "status", "--json")
    (listed,) = [one for one in json.loads(text)["providers"] if one["id"] == lodging.provider.id]
    assert (code, listed["verified"], listed["deactivated"], listed["pending"]) == (0, 2, 1, 0)
    assert "MADE UP" in run(capsys, "status")[1]


def test_verify_answers_0_where_all_are_verified(capsys: Any, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    world.use(monkeypatch, settings, fake.FakeRegistry())
    lodging = world.lodging(["PCVA64XU3D"])
    code, text = run(capsys, "verify", "--provider", lodging.code)
    assert code == 0
    assert not any(held in text for held in ("PCVA64XU3D", "Nguyen", "S1001"))


def test_verify_refuses_while_off_and_an_unknown_provider(capsys: Any) -> None:
    lodging = world.lodging(["PCVA64XU3D"])
    with pytest.raises(NotAllowed, match="not connected"):
        run(capsys, "verify", "--provider", lodging.code)
    with pytest.raises(NotFound):
        run(capsys, "verify", "--provider", "PRV99999")
    code, text = run(capsys, "status")
    assert (code, "numbers wait" in text, "1 pending" in text) == (0, True, True)
