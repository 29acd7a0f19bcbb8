"""Tiles, bundles, commitments, proof files and the edge of a growing tree."""

import hashlib
import hmac
import random
from datetime import UTC, date, datetime
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey

from testamur.log import access, commitment, notes, proofs, tiles, tree
from testamur.log.tiles import TileAddress
from tests.vectors.log import generate

HASHES = generate.leaves(70_000)


def getitem_of(held: dict[tuple[int, int], bytes], level: int, index: int) -> bytes:
    return held[level, index]


def grown(hashes: list[bytes], steps: list[int]) -> tuple[tiles.TreeEdge, dict[tuple[int, int], bytes]]:
    """Grow a tree in steps and return its edge and every tile, full or partial, by level and index."""
    edge, held = tiles.TreeEdge(), dict[tuple[int, int], bytes]()
    at = 0
    for step in steps:
        for address, row in edge.add(hashes[at : at + step]):
            assert len(row) == address.width == 256
            assert held.get((address.level, address.index), b"") in (b"", b"".join(row))
            held[address.level, address.index] = b"".join(row)
        at += step
    held |= {(address.level, address.index): b"".join(row) for address, row in edge.partial()}
    return edge, held


@pytest.mark.parametrize(
    ("address", "path"),
    [
        (TileAddress(0, 0), "tile/0/000"),
        (TileAddress(1, 999), "tile/1/999"),
        (TileAddress(0, 1000), "tile/0/x001/000"),
        (TileAddress(2, 1_234_067), "tile/2/x001/x234/067"),
        (TileAddress(0, 273, 112), "tile/0/273.p/112"),
        (TileAddress(0, 1_000_000, 1), "tile/0/x001/x000/000.p/1"),
    ],
)
def test_paths_of_tiles(address: TileAddress, path: str) -> None:
    assert tiles.tile_path(address) == path
    assert tiles.entries_path(address.index, address.width) == path.replace(f"tile/{address.level}/", "tile/entries/")


def test_partial_tiles_are_those_of_the_specification() -> None:
    """tlog-tiles' own example: 70,000 leaves; and 256, where level 0 is full."""
    assert list(tiles.partial_tiles(70_000)) == [TileAddress(0, 273, 112), TileAddress(1, 1, 17), TileAddress(2, 0, 1)]
    assert list(tiles.partial_tiles(256)) == [TileAddress(1, 0, 1)]
    assert list(tiles.partial_tiles(0)) == []


@pytest.mark.parametrize(
    "steps", [[1], [255], [256], [257], [1, 254, 1, 1], [700, 300, 24], [65_535, 1], [65_536, 1, 255], [70_000]]
)
def test_a_growing_edge_has_the_root_and_the_tiles_of_the_whole_tree(steps: list[int]) -> None:
    size = sum(steps)
    edge, held = grown(HASHES, steps)
    assert (edge.size, edge.root()) == (size, generate.head(HASHES[:size]))
    assert len(held) == sum(1 for _ in tiles.partial_tiles(size)) + size // 256 + size // 65_536
    read = tiles.TileReader(lambda level, index: held[level, index])
    assert tree.root(size, read) == edge.root()
    resumed = tiles.TreeEdge(size, edge.levels)
    list(resumed.add(HASHES[:3]))
    assert resumed.root() == generate.head([*HASHES[:size], *HASHES[:3]])


@pytest.mark.parametrize("size", [1, 2, 255, 256, 257, 600, 65_537, 70_000])
def test_proofs_from_tiles_need_only_the_tiles_on_their_path(size: int) -> None:
    _, held = grown(HASHES, [size])
    chance = random.Random(size)
    for index in {0, size - 1, size // 2, *(chance.randrange(size) for _ in range(4))}:
        wanted = {(tile.level, tile.index): tile.width * 32 for tile in tiles.tiles_on_path(index, size)}
        assert len(wanted) <= 2 * 3
        short = {key: held[key][:length] for key, length in wanted.items()}
        read = tiles.TileReader(partial(getitem_of, short))
        proof = tree.inclusion_proof(index, size, read)
        assert proof == generate.path(index, HASHES[:size])
        assert tree.consistency_proof(index + 1, size, read) == generate.subproof(index + 1, HASHES[:size])


def test_an_empty_edge_has_no_root() -> None:
    with pytest.raises(ValueError, match="no edge"):
        tiles.TreeEdge().root()


def test_a_tile_that_is_too_short_is_an_error_not_a_hash() -> None:
    read = tiles.TileReader(lambda level, index: b"x" * 63)
    assert read(0, 0) == b"x" * 32
    with pytest.raises(ValueError, match="tile/0/000 holds no hash 1"):
        read(0, 1)
    with pytest.raises(ValueError, match="whole number"):
        tiles.hashes_in(b"x" * 63)


@pytest.mark.parametrize("count", [0, 3, 5, 6])
def test_only_a_power_of_two_is_a_complete_subtree(count: int) -> None:
    with pytest.raises(ValueError, match="complete subtree"):
        tree.complete_root(HASHES[:count])


def test_bundles_are_read_back_and_damaged_ones_are_not() -> None:
    entries = [b"", b"one", b"x" * 65_535]
    bundle = tiles.entry_bundle(entries)
    assert tiles.entries_in(bundle) == entries
    assert bundle[2:7] == b"\x00\x03one"
    for damaged in (bundle[:-1], bundle + b"\x00", bundle + b"\x00\x01"):
        assert tiles.entries_in(damaged) is None
    with pytest.raises(ValueError, match="65535 bytes"):
        tiles.entry_bundle([b"x" * 65_536])


# Leaves -----------------------------------------------------------------------------------------------------------

RECORD = UUID("6f1c1b1e-0d6b-4d6c-8a3e-1f5c3f0d9a10")


def test_a_commitment_is_the_one_written_down() -> None:
    """docs/formats/leaf.md, step by step with the standard library."""
    row = hmac.new(b"k" * 32, RECORD.bytes + b"\x00\x00\x00\x02", hashlib.sha256).digest()
    text = 'testamur/record/v1\n{"a":1}\n{"r":"D\u00e9j\u00e0"}'.encode()
    assert commitment.row_key(b"k" * 32, RECORD, 2) == row
    committed = commitment.commitment(row, '{"a":1}', '{"r":"D\u00e9j\u00e0"}')
    assert committed == hmac.new(row, text, hashlib.sha256).digest()
    assert commitment.leaf(committed) == b"\x01\x00" + committed
    assert commitment.leaf(committed, commitment.LeafKind.POLICY) == b"\x01\x01" + committed


def test_every_part_changes_the_commitment() -> None:
    def made(
        key: bytes = b"k" * 32, record: UUID = RECORD, version: int = 1, header: str = "{}", facts: str = "[]"
    ) -> Any:
        return commitment.commitment(commitment.row_key(key, record, version), header, facts)

    others = [made(key=b"l" * 32), made(record=UUID(int=1)), made(version=2), made(header="[]"), made(facts="{}")]
    assert len({made(), *others}) == 6


@pytest.mark.parametrize("text", ["{}\n", "\n", '{"a":"\n"}'])
def test_header_and_facts_cannot_run_into_one_another(text: str) -> None:
    with pytest.raises(ValueError, match="one line"):
        commitment.commitment(b"k" * 32, text, "{}")
    with pytest.raises(ValueError, match="one line"):
        commitment.commitment(b"k" * 32, "{}", text)


@pytest.mark.parametrize("key", [b"", b"k" * 31, b"k" * 33])
def test_a_student_key_has_32_bytes(key: bytes) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        commitment.row_key(key, RECORD, 1)


@pytest.mark.parametrize(("value", "kind"), [(b"c" * 31, 0), (b"c" * 33, 0), (b"c" * 32, 2), (b"c" * 32, -1)])
def test_what_makes_no_leaf_is_refused(value: bytes, kind: int) -> None:
    with pytest.raises(ValueError, match=r"32 bytes|LeafKind"):
        commitment.leaf(value, kind)


# Access events ------------------------------------------------------------------------------------------------------


def test_a_day_s_digest_is_the_one_written_down() -> None:
    """docs/formats/access-digest.md, step by step with the standard library."""
    event = access.RecordedAccess(
        7,
        datetime(2026, 7, 1, 2, 3, 4, 5, tzinfo=UTC),
        date(2026, 7, 1),
        None,
        "auditor",
        RECORD,
        12,
        None,
        "viewed",
        "audit",
        "C-1",
        date(2028, 7, 1),
    )
    text = (
        '{"account":null,"action":"viewed","at":"2026-07-01T02:03:04.000005Z","case":"C-1","event_date":"2026-07-01",'
        f'"id":7,"kept_until":"2028-07-01","person":"{RECORD}","provider":null,"purpose":"audit","role":"auditor",'
        '"student":12}'
    )
    salt = b"s" * 32
    sealed = hmac.new(salt, text.encode(), hashlib.sha256).digest()
    entry = access.entry_of(event, salt)
    assert entry == (7).to_bytes(8, "big") + date(2028, 7, 1).toordinal().to_bytes(4, "big") + sealed
    assert list(access.entries_in(entry)) == [access.DigestEntry(7, date(2028, 7, 1), sealed)]
    with pytest.raises(ValueError, match="middle"):
        list(access.entries_in(entry[:-1]))
    made = access.digest_commitment(salt, day=date(2026, 7, 1), after_id=3, through_id=7, entries=entry)
    message = b"testamur/access-day/v1\n2026-07-01 3 7\n" + entry
    assert made == hmac.new(salt, message, hashlib.sha256).digest()


# Proof files --------------------------------------------------------------------------------------------------------

SIGNER = notes.Signer("log.example/2026", Ed25519PrivateKey.generate(), MLDSA44PrivateKey.generate())
DATA = [f"entry {number}".encode() for number in range(20)]
LEAVES = [tree.leaf_hash(value) for value in DATA]
NOTE = notes.sign_checkpoint(SIGNER, size=20, root=generate.head(LEAVES), at=datetime(2026, 7, 1, tzinfo=UTC))
PROOF = proofs.ProofFile(13, tuple(generate.path(13, LEAVES)), NOTE)
KEYS = SIGNER.verifier_keys


def test_a_proof_file_is_written_as_specified_and_read_back() -> None:
    lines = PROOF.text.split("\n")
    assert lines[:2] == ["c2sp.org/tlog-proof@v1", "index 13"]
    assert [notes.decoded(line) for line in lines[2:7]] == list(PROOF.hashes)
    assert PROOF.text.split("\n\n", 1)[1] == NOTE
    for extra in (None, b"", b"row key"):
        with_extra = proofs.ProofFile(13, PROOF.hashes, NOTE, extra)
        assert proofs.parse_proof_file(with_extra.text) == with_extra
        assert proofs.verify_proof_file(with_extra.text.encode(), DATA[13], KEYS) is not None


def test_one_leaf_has_a_proof_without_hashes() -> None:
    note = notes.sign_checkpoint(SIGNER, size=1, root=LEAVES[0], at=datetime(2026, 7, 1, tzinfo=UTC))
    text = proofs.ProofFile(0, (), note).text
    assert text.startswith("c2sp.org/tlog-proof@v1\nindex 0\n\nlog.example/2026\n1\n")
    assert proofs.verify_proof_file(text, DATA[0], KEYS) is not None


FAULTS: dict[str, Any] = {
    "None": None,
    "a number": 3,
    "not UTF-8": b"\xff" + PROOF.text.encode(),
    "empty": "",
    "only the first line": "c2sp.org/tlog-proof@v1\n",
    "another version": PROOF.text.replace("@v1", "@v2"),
    "no index": PROOF.text.replace("index 13\n", ""),
    "another index": PROOF.text.replace("index 13", "index 12"),
    "a leading zero": PROOF.text.replace("index 13", "index 013"),
    "negative": PROOF.text.replace("index 13", "index -13"),
    "huge": PROOF.text.replace("index 13", "index " + "9" * 5000),
    "beyond the tree": PROOF.text.replace("index 13", "index 20"),
    "a hash missing": proofs.ProofFile(13, PROOF.hashes[1:], NOTE).text,
    "a hash more": proofs.ProofFile(13, (*PROOF.hashes, LEAVES[0]), NOTE).text,
    "a hash too short": proofs.ProofFile(13, (*PROOF.hashes[:-1], b"x" * 31), NOTE).text,
    "too many hashes": proofs.ProofFile(13, (LEAVES[0],) * 65, NOTE).text,
    "hashes exchanged": proofs.ProofFile(13, PROOF.hashes[::-1], NOTE).text,
    "extra after the index": PROOF.text.replace("index 13\n", "index 13\nextra YQ==\n"),
    "extra twice": PROOF.text.replace("index 13\n", "extra YQ==\nextra YQ==\nindex 13\n"),
    "extra is not base 64": PROOF.text.replace("index 13\n", "extra *\nindex 13\n"),
    "no checkpoint": PROOF.text.split("\n\n")[0] + "\n\n",
    "windows line ends": PROOF.text.replace("\n", "\r\n"),
    "checkpoint of another size": PROOF.text.replace("2026\n20\n", "2026\n21\n"),
    "text after": PROOF.text + "more\n",
    "text before": "\n" + PROOF.text,
    "too long": PROOF.text + "x" * 2_000_001,
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_damaged_proof_file_proves_nothing(name: str) -> None:
    assert proofs.verify_proof_file(PROOF.text, DATA[13], KEYS) is not None
    assert proofs.verify_proof_file(FAULTS[name], DATA[13], KEYS) is None


def test_a_proof_file_proves_one_leaf_to_who_knows_the_key() -> None:
    other = notes.Signer("log.example/2026", Ed25519PrivateKey.generate(), MLDSA44PrivateKey.generate())
    assert proofs.verify_proof_file(PROOF.text, DATA[12], KEYS) is None
    assert proofs.verify_proof_file(PROOF.text, None, KEYS) is None
    assert proofs.verify_proof_file(PROOF.text, DATA[13], other.verifier_keys) is None
    assert proofs.verify_proof_file(PROOF.text, DATA[13], KEYS, origin="log.example/2027") is None
