"""The log's key files: made once, only when asked, private, and named where they are damaged."""

import logging
import stat
from pathlib import Path

import pytest

from testamur.kernel.errors import NotFound
from testamur.log import keys, notes

ORIGIN = "log.example/2026"


def test_keys_are_made_once_with_a_loud_warning(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    folder = tmp_path / "keys"
    first = keys.ensure_log_key(folder, origin=ORIGIN, create=True)
    assert "NEW LOG KEYS" in caplog.text
    caplog.clear()
    again = keys.ensure_log_key(folder, origin=ORIGIN, create=True)
    assert again.verifier_keys == first.verifier_keys
    assert keys.trusted_keys(folder) == first.verifier_keys
    assert caplog.text == ""
    for name in (keys.ED25519_FILE, keys.ML_DSA_FILE):
        assert stat.S_IMODE((folder / name).stat().st_mode) == 0o600
    assert sorted(path.name for path in folder.iterdir()) == ["log-ed25519.pem", "log-keys.txt", "log-ml-dsa-44.pem"]


def test_without_leave_no_key_is_made(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="TESTAMUR_CREATE_KEYS=1"):
        keys.ensure_log_key(tmp_path, origin=ORIGIN, create=False)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", [keys.ED25519_FILE, keys.ML_DSA_FILE])
def test_a_lost_key_is_never_replaced_silently(tmp_path: Path, name: str) -> None:
    keys.ensure_log_key(tmp_path, origin=ORIGIN, create=True)
    (tmp_path / name).unlink()
    for create in (False, True):
        with pytest.raises(NotFound, match=name):
            keys.ensure_log_key(tmp_path, origin=ORIGIN, create=create)


@pytest.mark.parametrize("content", ["", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"])
def test_a_damaged_key_is_refused(tmp_path: Path, content: str) -> None:
    keys.ensure_log_key(tmp_path, origin=ORIGIN, create=True)
    (tmp_path / keys.ML_DSA_FILE).write_text(content)
    with pytest.raises(NotFound, match="damaged"):
        keys.ensure_log_key(tmp_path, origin=ORIGIN, create=True)


def test_keys_in_each_other_s_place_are_refused(tmp_path: Path) -> None:
    keys.ensure_log_key(tmp_path, origin=ORIGIN, create=True)
    (tmp_path / keys.ED25519_FILE).write_bytes((tmp_path / keys.ML_DSA_FILE).read_bytes())
    with pytest.raises(NotFound, match="another kind"):
        keys.ensure_log_key(tmp_path, origin=ORIGIN, create=True)


def test_a_key_that_others_can_read_is_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    keys.ensure_log_key(tmp_path, origin=ORIGIN, create=True)
    (tmp_path / keys.ED25519_FILE).chmod(0o644)
    caplog.clear()
    with caplog.at_level(logging.WARNING):
        keys.ensure_log_key(tmp_path, origin=ORIGIN, create=True)
    assert "Give it mode 0600" in caplog.text


def test_the_file_of_trusted_keys_may_hold_older_ones_and_comments(tmp_path: Path) -> None:
    new = keys.ensure_log_key(tmp_path / "new", origin=ORIGIN, create=True)
    old = keys.ensure_log_key(tmp_path / "old", origin=ORIGIN, create=True)
    text = "# since 2026\n" + keys.published(new.verifier_keys) + "\n# before\n" + keys.published(old.verifier_keys)
    (tmp_path / "new" / keys.TRUSTED_FILE).write_text(text)
    assert keys.trusted_keys(tmp_path / "new") == new.verifier_keys + old.verifier_keys


@pytest.mark.parametrize("content", [b"", b"# nothing\n", b"not a key\n", b"\xff\xfe"])
def test_a_damaged_file_of_trusted_keys_is_refused(tmp_path: Path, content: bytes) -> None:
    keys.ensure_log_key(tmp_path, origin=ORIGIN, create=True)
    (tmp_path / keys.TRUSTED_FILE).write_bytes(content)
    with pytest.raises(NotFound, match="no readable verifier keys"):
        keys.trusted_keys(tmp_path)


def test_one_bad_line_among_good_ones_is_refused(tmp_path: Path) -> None:
    signer = keys.ensure_log_key(tmp_path, origin=ORIGIN, create=True)
    (tmp_path / keys.TRUSTED_FILE).write_text(keys.published(signer.verifier_keys) + "log.example+00000000+AAAA\n")
    with pytest.raises(NotFound, match="no readable verifier keys"):
        keys.trusted_keys(tmp_path)


def test_the_policy_names_each_key_and_asks_for_no_witness(tmp_path: Path) -> None:
    signer = keys.ensure_log_key(tmp_path, origin=ORIGIN, create=True)
    lines = keys.policy(signer.verifier_keys).splitlines()
    assert lines[-1] == "quorum none"
    assert [notes.parse_verifier_key(line.removeprefix("log ")) for line in lines[:-1]] == list(signer.verifier_keys)
