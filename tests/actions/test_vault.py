import hashlib
import os
import stat
import threading
from io import BytesIO

import pytest

from testamur.documents import vault
from testamur.kernel.errors import NotFound

DATA = b"the same bytes for ever" * 1000
SHA = hashlib.sha256(DATA).digest()


def path_of(root, sha=SHA):
    name = sha.hex()
    return root / "sha256" / name[:2] / name[2:4] / name


def test_bytes_come_back_under_their_own_hash(tmp_path):
    kept = vault.put_bytes(tmp_path, DATA)
    assert (kept.sha256, kept.size) == (SHA, len(DATA))
    assert vault.read_bytes(tmp_path, SHA) == DATA
    assert b"".join(vault.read(tmp_path, SHA)) == DATA
    assert path_of(tmp_path).read_bytes() == DATA
    assert stat.S_IMODE(path_of(tmp_path).stat().st_mode) == 0o440


def test_a_large_stream_is_kept_piece_by_piece(tmp_path):
    data = os.urandom(3 * (1 << 20) + 17)
    kept = vault.put(tmp_path, vault.chunks_of(BytesIO(data)))
    pieces = list(vault.read(tmp_path, kept.sha256))
    assert max(map(len, pieces)) == 1 << 20
    assert b"".join(pieces) == data


def test_the_same_bytes_twice_are_one_file(tmp_path):
    vault.put_bytes(tmp_path, DATA)
    vault.put_bytes(tmp_path, DATA)
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert files == [path_of(tmp_path)]


@pytest.mark.parametrize("bit", [0, 7, 8 * 11_000 + 3, 8 * len(DATA) - 1])
def test_one_flipped_bit_is_refused_and_keeping_again_heals_it(tmp_path, bit):
    vault.put_bytes(tmp_path, DATA)
    changed = bytearray(DATA)
    changed[bit // 8] ^= 1 << bit % 8
    path_of(tmp_path).chmod(0o640)
    path_of(tmp_path).write_bytes(changed)
    with pytest.raises(vault.Damaged, match=SHA.hex()[:16]):
        vault.read_bytes(tmp_path, SHA)
    with pytest.raises(vault.Damaged):
        vault.read(tmp_path, SHA)
    vault.put_bytes(tmp_path, DATA)
    assert vault.read_bytes(tmp_path, SHA) == DATA


@pytest.mark.parametrize("change", [lambda data: data[:-1], lambda data: data + b"x", lambda data: b""])
def test_a_shorter_longer_or_empty_file_is_refused(tmp_path, change):
    vault.put_bytes(tmp_path, DATA)
    path_of(tmp_path).chmod(0o640)
    path_of(tmp_path).write_bytes(change(DATA))
    with pytest.raises(vault.Damaged):
        vault.read_bytes(tmp_path, SHA)


def test_what_was_never_kept_is_not_found(tmp_path):
    with pytest.raises(NotFound):
        vault.read_bytes(tmp_path, SHA)
    with pytest.raises(NotFound):
        vault.read_bytes(tmp_path / "nowhere", SHA)
    assert not vault.holds(tmp_path, SHA)


@pytest.mark.parametrize("name", [b"../../etc/passwd", b"", b"x" * 31, b"x" * 33, "ab" * 32, None])
def test_only_a_hash_names_a_file(tmp_path, name):
    with pytest.raises(ValueError, match="32 bytes"):
        vault.read_bytes(tmp_path, name)


@pytest.mark.parametrize("depth", [0, 1, 2, 3])
def test_links_are_not_followed_out_of_the_root(tmp_path, depth):
    outside, root = tmp_path / "outside", tmp_path / "root"
    vault.put_bytes(outside, DATA)
    parts = path_of(root).relative_to(root).parts
    link = root.joinpath(*parts[: depth + 1])
    link.parent.mkdir(parents=True)
    link.symlink_to(outside.joinpath(*parts[: depth + 1]))
    with pytest.raises(NotFound):
        vault.read_bytes(root, SHA)


def test_a_write_that_breaks_off_leaves_nothing(tmp_path):
    def broken():
        yield DATA
        raise OSError("the connection was lost")

    with pytest.raises(OSError, match="lost"):
        vault.put(tmp_path, broken())
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_many_writers_of_the_same_bytes_agree(tmp_path):
    threads = [threading.Thread(target=vault.put_bytes, args=(tmp_path, DATA)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert vault.read_bytes(tmp_path, SHA) == DATA
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [path_of(tmp_path)]


def test_removed_is_removed(tmp_path):
    vault.put_bytes(tmp_path, DATA)
    assert vault.holds(tmp_path, SHA)
    assert vault.remove(tmp_path, SHA)
    assert not vault.remove(tmp_path, SHA)
    with pytest.raises(NotFound):
        vault.read_bytes(tmp_path, SHA)


def test_no_descriptor_is_left_open(tmp_path):
    vault.put_bytes(tmp_path, DATA)
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(20):
        vault.read_bytes(tmp_path, SHA)
        vault.holds(tmp_path, b"\x00" * 32)
    assert len(os.listdir("/proc/self/fd")) == before
