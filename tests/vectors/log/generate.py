"""Writes proofs.json: right and wrong proofs, one fault each, named for the fault.

Everything here is computed by the recursion that RFC 9162 gives as definition, not by the code under test, so that the
vectors stay an independent statement. Run `python -m tests.vectors.log.generate` to write the file again; a test fails
when it is not what this file makes.
"""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

FILE = Path(__file__).with_name("proofs.json")
SHAPES = [(0, 1), (0, 2), (1, 2), (0, 5), (4, 5), (0, 8), (5, 8), (2, 7), (6, 7), (12, 13), (255, 257), (256, 257)]
PAIRS = [(1, 2), (1, 8), (2, 5), (3, 7), (4, 7), (6, 8), (7, 8), (5, 13), (8, 13), (64, 257), (255, 257), (256, 257)]
Hashes = list[bytes]


def sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def head(hashes: Hashes) -> bytes:
    """MTH of RFC 9162, 2.1.1, over leaf hashes."""
    if len(hashes) < 2:
        return hashes[0] if hashes else sha256(b"")
    k = split(len(hashes))
    return sha256(b"\x01" + head(hashes[:k]) + head(hashes[k:]))


def split(count: int) -> int:
    k = 1
    while k * 2 < count:
        k *= 2
    return k


def path(m: int, hashes: Hashes) -> Hashes:
    """PATH of RFC 9162, 2.1.3.1."""
    if len(hashes) == 1:
        return []
    k = split(len(hashes))
    if m < k:
        return [*path(m, hashes[:k]), head(hashes[k:])]
    return [*path(m - k, hashes[k:]), head(hashes[:k])]


def subproof(m: int, hashes: Hashes, whole: bool = True) -> Hashes:
    """SUBPROOF of RFC 9162, 2.1.4.1."""
    if m == len(hashes):
        return [] if whole else [head(hashes)]
    k = split(len(hashes))
    if m <= k:
        return [*subproof(m, hashes[:k], whole), head(hashes[k:])]
    return [*subproof(m - k, hashes[k:], False), head(hashes[:k])]


def leaves(count: int) -> Hashes:
    return [sha256(b"\x00" + f"leaf {index} of the vectors".encode()) for index in range(count)]


def flipped(value: bytes) -> bytes:
    return bytes((value[0] ^ 0x10,)) + value[1:]


def wrong_proofs(proof: Hashes, roots: Hashes) -> Iterator[tuple[str, Hashes]]:
    for index, value in enumerate(proof):
        yield f"proof[{index}] with one bit flipped", [*proof[:index], flipped(value), *proof[index + 1 :]]
        yield f"proof[{index}] left out", [*proof[:index], *proof[index + 1 :]]
        yield f"proof[{index}] cut to 31 bytes", [*proof[:index], value[:31], *proof[index + 1 :]]
        yield f"proof[{index}] with a byte more", [*proof[:index], value + b"\x00", *proof[index + 1 :]]
        yield f"proof[{index}] empty", [*proof[:index], b"", *proof[index + 1 :]]
    if len(proof) > 1:
        yield "proof backwards", proof[::-1]
    if proof:
        yield "proof empty", []
        yield "last hash repeated", [*proof, proof[-1]]
    for name, extra in zip(("root", "leaf"), roots, strict=False):
        yield f"{name} before the proof", [extra, *proof]
        yield f"{name} after the proof", [*proof, extra]
    yield "garbage after the proof", [*proof, b""]


def inclusion_cases() -> Iterator[dict[str, object]]:
    for index, size in SHAPES:
        hashes = leaves(size)
        proof, root, leaf = path(index, hashes), head(hashes), hashes[index]
        right = {"leaf_hash": leaf, "index": index, "size": size, "root": root, "proof": proof}
        cases: list[tuple[str, dict[str, object]]] = [("right", {})]
        cases += [(fault, {"proof": value}) for fault, value in wrong_proofs(proof, [root, leaf])]
        cases += [
            ("another leaf", {"leaf_hash": flipped(leaf)}),
            ("leaf hash cut to 31 bytes", {"leaf_hash": leaf[:31]}),
            ("leaf hash empty", {"leaf_hash": b""}),
            ("another root", {"root": flipped(root)}),
            ("root of the empty tree", {"root": sha256(b"")}),
            ("root empty", {"root": b""}),
            ("index one more", {"index": index + 1}),
            ("index negative", {"index": index - size - 1}),
            ("index is the size", {"index": size}),
            ("index 2**64 more", {"index": index + 2**64}),
            ("size zero", {"size": 0}),
            ("size doubled", {"size": size * 2}),
            ("size negative", {"size": -size}),
            ("size 2**64", {"size": 2**64}),
        ]
        if root != leaf:
            cases.append(("leaf and root exchanged", {"leaf_hash": root, "root": leaf}))
        for fault, change in cases:
            yield {"case": f"{index} in {size}: {fault}", "good": fault == "right", **right, **change}


def consistency_cases() -> Iterator[dict[str, object]]:
    for size1, size2 in PAIRS:
        hashes = leaves(size2)
        root1, root2, proof = head(hashes[:size1]), head(hashes), subproof(size1, hashes)
        right = {"size1": size1, "size2": size2, "root1": root1, "root2": root2, "proof": proof}
        cases: list[tuple[str, dict[str, object]]] = [("right", {})]
        cases += [(fault, {"proof": value}) for fault, value in wrong_proofs(proof, [root2, root1])]
        cases += [
            ("another first root", {"root1": flipped(root1)}),
            ("another second root", {"root2": flipped(root2)}),
            ("roots exchanged", {"root1": root2, "root2": root1}),
            ("first root a byte longer", {"root1": root1 + b"\x00"}),
            ("second root empty", {"root2": b""}),
            ("sizes exchanged", {"size1": size2, "size2": size1}),
            ("first size zero", {"size1": 0}),
            ("first size zero with the empty root", {"size1": 0, "root1": sha256(b"")}),
            ("first size negative", {"size1": -size1}),
            ("second size doubled", {"size2": size2 * 2}),
            ("both sizes the second", {"size1": size2}),
            ("both sizes the first", {"size2": size1}),
            ("second size 2**64", {"size2": 2**64}),
        ]
        for fault, change in cases:
            yield {"case": f"{size1} to {size2}: {fault}", "good": fault == "right", **right, **change}
    yield from equal_and_empty()


def equal_and_empty() -> Iterator[dict[str, object]]:
    """Sizes 0 and equal sizes, where implementations differ: as the Go and Rust ones in use answer."""
    empty, one, other = sha256(b""), leaves(1)[0], b"twelve bytes"
    for size, root, proof, name, good in [
        (0, empty, [], "the empty tree with itself", True),
        (1, one, [], "one leaf with itself", True),
        (0, other, [], "equal sizes zero compare roots only", True),
        (1, other, [], "equal sizes one compare roots only", True),
        (0, empty, [empty], "proof not empty at zero", False),
        (1, one, [one], "proof not empty at one", False),
    ]:
        yield {"case": name, "good": good, "size1": size, "size2": size, "root1": root, "root2": root, "proof": proof}
    for size1, size2, root1, root2, name in [
        (0, 0, empty, one, "roots differ at zero"),
        (1, 1, one, flipped(one), "roots differ at one"),
        (0, 1, empty, one, "from the empty tree with the empty proof"),
        (0, 1, empty, empty, "from the empty tree with equal roots"),
        (1, 0, one, empty, "back to the empty tree"),
    ]:
        yield {"case": name, "good": False, "size1": size1, "size2": size2, "root1": root1, "root2": root2, "proof": []}


def written() -> str:
    def plain(value: object) -> object:
        if isinstance(value, bytes):
            return value.hex()
        return [plain(item) for item in value] if isinstance(value, list) else value

    def cases(found: Iterator[dict[str, object]]) -> list[dict[str, object]]:
        return [{key: plain(value) for key, value in case.items()} for case in found]

    content = {"inclusion": cases(inclusion_cases()), "consistency": cases(consistency_cases())}
    return json.dumps(content, indent=0) + "\n"


if __name__ == "__main__":
    FILE.write_text(written())
