"""The tree against the definition of RFC 9162, against other implementations, and against everything hostile."""

import json
import random
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import metamorphic_log
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey
from tlog_scales import tlog

from testamur.log import notes, tree
from tests.vectors.log import generate

VECTORS = json.loads(generate.FILE.read_text())
ROOT, LEAF = b"r" * 32, b"l" * 32


def unhexed(case: dict[str, Any]) -> dict[str, Any]:
    found = {key: bytes.fromhex(value) for key, value in case.items() if key in {"leaf_hash", "root", "root1", "root2"}}
    return case | found | {"proof": [bytes.fromhex(value) for value in case["proof"]]}


def reader(hashes: list[bytes]) -> tree.Reader:
    return lambda level, index: tree.complete_root(hashes[index << level : (index + 1) << level])


def test_vectors_are_what_the_recursion_makes() -> None:
    assert generate.FILE.read_text() == generate.written()


def test_refusals_outnumber_acceptances_in_the_vectors() -> None:
    cases = VECTORS["inclusion"] + VECTORS["consistency"]
    assert sum(not case["good"] for case in cases) > 11 * sum(case["good"] for case in cases)


def test_every_inclusion_vector_is_told_apart() -> None:
    wrong = [
        v["case"]
        for v in map(unhexed, VECTORS["inclusion"])
        if tree.verify_inclusion(v["leaf_hash"], v["index"], v["size"], v["proof"], v["root"]) is not v["good"]
    ]
    assert wrong == []


def test_every_consistency_vector_is_told_apart() -> None:
    wrong = [
        v["case"]
        for v in map(unhexed, VECTORS["consistency"])
        if tree.verify_consistency(v["size1"], v["size2"], v["root1"], v["root2"], v["proof"]) is not v["good"]
    ]
    assert wrong == []


@pytest.mark.parametrize("size", range(1, 41))
def test_proofs_are_those_of_the_recursion(size: int) -> None:
    hashes = generate.leaves(size)
    root = generate.head(hashes)
    assert tree.root(size, reader(hashes)) == tree.root_of(hashes) == root
    for index in range(size):
        proof = tree.inclusion_proof(index, size, reader(hashes))
        assert proof == generate.path(index, hashes)
        accepted = [
            other for other in range(size + 2) if tree.verify_inclusion(hashes[index], other, size, proof, root)
        ]
        assert accepted == [index]
    for first in range(1, size + 1):
        proof = tree.consistency_proof(first, size, reader(hashes))
        assert proof == generate.subproof(first, hashes)
        old = generate.head(hashes[:first])
        assert tree.verify_consistency(first, size, old, root, proof)
        assert not tree.verify_consistency(first, size, generate.flipped(old), root, proof)
        assert not tree.verify_consistency(first, size, old, generate.flipped(root), proof)


def accepts(check: Callable[..., None], *arguments: Any) -> bool:
    """Say whether another implementation, which raises where it refuses, accepts."""
    try:
        check(*arguments)
    except Exception:
        return False
    return True


def fits(hashes: list[bytes], *numbers: int) -> bool:
    """Leave out what others take for granted: 32-byte hashes and 64-bit numbers."""
    return all(len(value) == 32 for value in hashes) and all(0 <= number < 2**64 for number in numbers)


def test_a_python_implementation_agrees_on_every_vector() -> None:
    """tlog-scales holds that anything follows the empty tree; the Go vectors do not. Those cases are left out."""
    agreed = 0
    for v in map(unhexed, VECTORS["inclusion"]):
        if fits([v["leaf_hash"], *v["proof"]], v["index"], v["size"]):
            theirs = accepts(tlog.InclusionProof(v["index"], v["size"], v["proof"]).check, v["leaf_hash"], v["root"])
            assert theirs is v["good"], v["case"]
            agreed += 1
    for v in map(unhexed, VECTORS["consistency"]):
        if fits([v["root1"], v["root2"], *v["proof"]], v["size1"], v["size2"]) and v["size1"]:
            theirs = accepts(tlog.ConsistencyProof(v["size1"], v["size2"], v["proof"]).check, v["root1"], v["root2"])
            assert theirs is v["good"], v["case"]
            agreed += 1
    assert agreed > 400


def test_a_rust_implementation_agrees_on_every_vector() -> None:
    """metamorphic-log too lets anything follow the empty tree."""
    signer = notes.Signer("log.example/vectors", Ed25519PrivateKey.generate(), MLDSA44PrivateKey.generate())
    keys = [signer.verifier_keys[0].text]
    agreed = 0

    def signed(size: int, root: bytes) -> str:
        return notes.sign_checkpoint(signer, size=size, root=root, at=datetime(2026, 7, 1, tzinfo=UTC))

    for v in map(unhexed, VECTORS["inclusion"]):
        if fits([v["root"]], v["index"], v["size"]):
            arguments = signed(v["size"], v["root"]), keys, v["index"], v["leaf_hash"], v["proof"]
            assert accepts(metamorphic_log.checkpoint_verify_inclusion, *arguments) is v["good"], v["case"]
            agreed += 1
    for v in map(unhexed, VECTORS["consistency"]):
        if fits([v["root1"], v["root2"]], v["size1"], v["size2"]) and v["size1"]:
            notes_of = signed(v["size1"], v["root1"]), signed(v["size2"], v["root2"])
            theirs = accepts(metamorphic_log.checkpoint_verify_consistency, *notes_of, keys, v["proof"])
            assert theirs is v["good"], v["case"]
            agreed += 1
    assert agreed > 600


class LyingBytes(bytes):
    def __eq__(self, other: object) -> bool:
        return True

    __hash__ = bytes.__hash__


class RaisingList(list[bytes]):
    def __iter__(self) -> Any:
        raise RuntimeError


class LyingInt(int):
    def __lt__(self, other: object) -> bool:
        return True


HOSTILE: list[Any] = [
    None,
    True,
    False,
    -1,
    0,
    1.0,
    2.0,
    float("nan"),
    float("inf"),
    2**64,
    10**400,
    "2",
    "",
    b"",
    b"x",
    "r" * 32,
    bytearray(ROOT),
    memoryview(ROOT),
    LyingBytes(b"z" * 32),
    LyingInt(5),
    RaisingList([ROOT]),
    [None],
    ["r" * 32],
    [1, 2],
    [[ROOT]],
    [ROOT] * 100_000,
    {ROOT: ROOT},
    iter([ROOT]),
    object(),
    type,
    complex(1, 1),
    range(3),
]


@pytest.mark.parametrize("place", range(5))
@pytest.mark.parametrize("value", HOSTILE, ids=lambda value: f"{type(value).__name__}")
def test_hostile_values_are_false_and_never_raise(place: int, value: Any) -> None:
    hashes = generate.leaves(3)
    inclusion: list[Any] = [hashes[1], 1, 3, generate.path(1, hashes), generate.head(hashes)]
    consistency: list[Any] = [2, 3, generate.head(hashes[:2]), generate.head(hashes), generate.subproof(2, hashes)]
    assert tree.verify_inclusion(*inclusion)
    assert tree.verify_consistency(*consistency)
    inclusion[place], consistency[place] = value, value
    assert tree.verify_inclusion(*inclusion) is False
    assert tree.verify_consistency(*consistency) is False


def test_random_hostile_mixtures_never_raise() -> None:
    """Seed 20 of the generator; any value in any place, many wrong at once."""
    chance = random.Random(20)
    pool = [*HOSTILE, ROOT, LEAF, 1, 2, 3, [ROOT], (ROOT, LEAF)]
    for _ in range(20_000):
        values = [chance.choice(pool) for _ in range(5)]
        assert tree.verify_inclusion(*values) is False or values[2] == 1
        assert tree.verify_consistency(*values) in (True, False)


@pytest.mark.parametrize(("index", "size"), [(0, 0), (1, 1), (-1, 3), (5, 3)])
def test_no_proof_is_built_for_a_leaf_outside(index: int, size: int) -> None:
    with pytest.raises(ValueError, match="not in a tree"):
        tree.inclusion_proof(index, size, reader(generate.leaves(3)))


@pytest.mark.parametrize(("first", "second"), [(0, 0), (0, 3), (3, 2), (-1, 2)])
def test_no_proof_is_built_from_nothing_or_backwards(first: int, second: int) -> None:
    with pytest.raises(ValueError, match="no consistency proof"):
        tree.consistency_proof(first, second, reader(generate.leaves(3)))
