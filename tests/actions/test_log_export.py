"""The exported folder is audited by implementations that are not ours; other folders are refused."""

from itertools import chain
from pathlib import Path

import metamorphic_log
import pytest
from django.conf import settings
from tlog_scales import signing
from tlog_scales.backend import LocalBackend
from tlog_scales.reader import TilesReader
from tlog_scales.tiles import leaf_hash
from tlog_scales.tlog import InclusionProofInvalid

from testamur.kernel.errors import Conflict, NotFound
from testamur.log import actions, keys, notes, publish, tiles
from tests.actions.log_world import AT, append, leaves

pytestmark = pytest.mark.django_db


def files_in(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def audited(folder: Path) -> int:
    """Let tlog-scales and metamorphic-log read the folder; return how many leaves they agreed on."""
    reader = TilesReader(LocalBackend(folder))
    checkpoint = reader.get_checkpoint()
    assert reader.calculate_root_hash() == checkpoint.root_hash
    for line in (folder / "log-keys.txt").read_text().splitlines():
        assert len(signing.VkeySet(signing.Vkey.from_string(line)).verify(checkpoint.signatures, checkpoint)) == 1
    note, known = (folder / "checkpoint").read_text(), (folder / "log-keys.txt").read_text().splitlines()[:1]
    assert metamorphic_log.checkpoint_verify(note, known).size == checkpoint.size
    for index in {0, 255, 256, checkpoint.size // 2, checkpoint.size - 1} & set(range(checkpoint.size)):
        proof = reader.get_inclusion_proof(index, checkpoint.size)
        hashed = leaf_hash(reader.get_entry(index))
        proof.check(hashed, checkpoint.root_hash)
        metamorphic_log.checkpoint_verify_inclusion(note, known, index, hashed, proof.node_hashes)
    return int(checkpoint.size)


@pytest.mark.parametrize("size", [1, 255, 256, 257, 3000, pytest.param(66_000, marks=pytest.mark.slow)])
def test_others_accept_the_folder(tmp_path: Path, size: int) -> None:
    append(size)
    actions.seal(at=AT)
    assert publish.export(tmp_path / "log").size == size
    assert audited(tmp_path / "log") == size
    bundles = sorted((tmp_path / "log" / "tile" / "entries").rglob("*[0-9]"))
    entries = [tiles.entries_in(path.read_bytes()) or [] for path in bundles if path.is_file()]
    assert sorted(chain.from_iterable(entries)) == sorted(leaves(size))


def test_a_later_export_adds_and_changes_nothing_but_the_checkpoint(tmp_path: Path) -> None:
    """Partial tiles of every checkpoint stay, as tlog-tiles asks, and both checkpoints are consistent for others."""
    append(300)
    actions.seal(at=AT)
    publish.export(tmp_path)
    before = files_in(tmp_path)
    append(100, since=300)
    actions.seal(at=AT)
    append(2000, since=400)
    actions.seal(at=AT)
    publish.export(tmp_path)
    after = files_in(tmp_path)
    assert {name for name, content in before.items() if after[name] != content} == {"checkpoint"}
    assert audited(tmp_path) == 2400
    assert publish.export(tmp_path).size == 2400
    assert files_in(tmp_path) == after
    reader = TilesReader(LocalBackend(tmp_path))
    reader.get_checkpoint()
    proof = reader.get_consistency_proof(300, 2400).node_hashes
    known = after["log-keys.txt"].decode().splitlines()[:1]
    metamorphic_log.checkpoint_verify_consistency(
        before["checkpoint"].decode(), after["checkpoint"].decode(), known, proof
    )


def test_an_empty_log_has_nothing_to_export(tmp_path: Path) -> None:
    keys.ensure_log_key(settings.KEYS_DIR, origin=settings.LOG_ORIGIN, create=True)
    with pytest.raises(NotFound, match="testamur log seal"):
        publish.export(tmp_path / "log")
    assert not (tmp_path / "log").exists()


def test_a_damaged_file_is_not_written_over_and_holds_back_the_checkpoint(tmp_path: Path) -> None:
    append(600)
    actions.seal(at=AT)
    publish.export(tmp_path)
    before = (tmp_path / "checkpoint").read_bytes()
    damaged = tmp_path / "tile" / "entries" / "001"
    damaged.write_bytes(damaged.read_bytes()[:-1] + b"x")
    append(1, since=600)
    actions.seal(at=AT)
    with pytest.raises(Conflict, match="entries/001 differs"):
        publish.export(tmp_path)
    assert (tmp_path / "checkpoint").read_bytes() == before


def test_a_folder_of_another_log_is_refused(tmp_path: Path) -> None:
    append(300)
    actions.seal(at=AT)
    signer = keys.ensure_log_key(settings.KEYS_DIR, origin=settings.LOG_ORIGIN, create=False)
    other = keys.ensure_log_key(tmp_path / "keys", origin=settings.LOG_ORIGIN, create=True)
    for name, content in {
        "longer": notes.sign_checkpoint(signer, size=301, root=b"r" * 32, at=AT),
        "forked": notes.sign_checkpoint(signer, size=200, root=b"r" * 32, at=AT),
        "signed by another": notes.sign_checkpoint(other, size=200, root=b"r" * 32, at=AT),
        "no checkpoint": "hello\n",
    }.items():
        folder = tmp_path / name
        folder.mkdir()
        (folder / "checkpoint").write_text(content)
        with pytest.raises(Conflict, match="not a checkpoint that this log continues"):
            publish.export(folder)
        assert list(files_in(folder)) == ["checkpoint"]


def test_what_a_crash_left_behind_does_no_harm(tmp_path: Path) -> None:
    """A write that ended early leaves only its own name, which nobody serves; the next export finishes the work."""
    append(300)
    actions.seal(at=AT)
    (tmp_path / "tile" / "0").mkdir(parents=True)
    (tmp_path / "tile" / "0" / ".000.new").write_bytes(b"half a ti")
    publish.export(tmp_path)
    assert audited(tmp_path) == 300
    assert not list(tmp_path.rglob("*.new"))


def test_the_checkpoint_is_written_after_everything_that_it_covers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cut the power before each rename in turn: a checkpoint that is there is always accepted by others."""
    append(600)
    actions.seal(at=AT)
    rename, allowed, left = Path.rename, 0, 0

    class PowerCutError(Exception):
        pass

    def cut(path: Path, target: Path) -> Path:
        nonlocal left
        if left == 0:
            raise PowerCutError
        left -= 1
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", cut)
    while True:
        left, folder = allowed, tmp_path / str(allowed)
        try:
            publish.export(folder)
        except PowerCutError:
            assert not (folder / "checkpoint").exists()
            allowed += 1
            continue
        break
    assert allowed == 10
    assert audited(folder) == 600


def test_the_audit_by_others_has_teeth(tmp_path: Path) -> None:
    """One bit of one tile, or of one entry, and others refuse the folder."""
    append(600)
    actions.seal(at=AT)
    for name in ("tile/0/001", "tile/entries/001"):
        publish.export(tmp_path / name)
        damaged = tmp_path / name / name
        content = bytearray(damaged.read_bytes())
        content[10] ^= 1
        damaged.write_bytes(content)
        with pytest.raises((AssertionError, InclusionProofInvalid)):
            audited(tmp_path / name)
