"""`keys create` and `keys check`: whole, private, and never shown."""

from pathlib import Path

import pytest

from testamur.service import settings as site_settings
from testamur.service.commands import keys


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(site_settings, "KEYS_DIR", tmp_path / "keys")
    return tmp_path / "keys"


def _failed(folder: Path) -> list[str]:
    return [str(one["name"]) for one in keys.checks(folder) if not one["ok"]]


def test_a_new_register_gets_all_its_keys_and_shows_none(folder: Path, capsys: pytest.CaptureFixture[str]):
    assert _failed(folder) == ["log key", "log, public key", "seal key"]
    assert not folder.exists()
    assert keys.create(None) == 0  # type: ignore[arg-type]
    assert _failed(folder) == []
    shown = capsys.readouterr()
    private = [
        path.read_text().splitlines()[1] for path in folder.rglob("*") if path.is_file() and keys._is_private(path)
    ]
    assert private
    assert not any(line in shown.out + shown.err for line in private)


def test_making_again_keeps_the_keys(folder: Path):
    keys.create(None)  # type: ignore[arg-type]
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    keys.create(None)  # type: ignore[arg-type]
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before


def test_a_key_that_others_may_read_and_a_damaged_one_are_caught(folder: Path):
    keys.create(None)  # type: ignore[arg-type]
    (folder / "log-ed25519.pem").chmod(0o644)
    (folder / "log-ml-dsa-44.pem").write_text("-----BEGIN PRIVATE KEY-----\nplanted\n-----END PRIVATE KEY-----\n")
    assert _failed(folder) == ["log key", "log-ed25519.pem"]
