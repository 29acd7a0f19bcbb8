"""Signed notes and checkpoints: read by two other implementations, and refused in every damaged form."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import metamorphic_log
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey
from tlog_scales import signing, tlog

from testamur.log import notes
from testamur.log.notes import ED25519, ML_DSA_44, Checkpoint, Signer, VerifierKey

AT = datetime(2026, 7, 1, 2, 3, 4, tzinfo=UTC)
ROOT = bytes(range(32))
ORIGIN = "log.example/2026"
SIGNER = Signer(ORIGIN, Ed25519PrivateKey.generate(), MLDSA44PrivateKey.generate())
OTHER = Signer(ORIGIN, Ed25519PrivateKey.generate(), MLDSA44PrivateKey.generate())
KEYS = SIGNER.verifier_keys
NOTE = notes.sign_checkpoint(SIGNER, size=109_482, root=ROOT, at=AT)
TEXT, LINES = NOTE.split("\n\n")[0] + "\n", NOTE.split("\n\n")[1].splitlines(keepends=True)


def test_what_was_signed_is_read_back() -> None:
    assert notes.verify_checkpoint(NOTE, KEYS) == Checkpoint(ORIGIN, 109_482, ROOT)
    assert notes.verify_checkpoint(NOTE.encode(), KEYS, origin=ORIGIN) == Checkpoint(ORIGIN, 109_482, ROOT)
    assert f"{ORIGIN}\n109482\n{notes.encoded(ROOT)}\n" == TEXT


def test_a_rust_implementation_verifies_the_checkpoint() -> None:
    head = metamorphic_log.checkpoint_verify(NOTE, [KEYS[0].text])
    assert (head.origin, head.size, head.root, head.extensions) == (ORIGIN, 109_482, ROOT, [])
    with pytest.raises(metamorphic_log.VerifyError):
        metamorphic_log.checkpoint_verify(NOTE, [OTHER.verifier_keys[0].text])


def test_a_python_implementation_verifies_both_signatures() -> None:
    theirs = tlog.Checkpoint.from_text(NOTE)
    for key in KEYS:
        keys = signing.VkeySet(signing.Vkey.from_string(key.text))
        assert len(keys.verify(theirs.signatures, theirs)) == 1
    strangers = signing.VkeySet(*(signing.Vkey.from_string(key.text) for key in OTHER.verifier_keys))
    assert strangers.verify(theirs.signatures, theirs) == set()


def test_checkpoints_of_a_python_implementation_are_verified_here() -> None:
    body = tlog.Checkpoint(ORIGIN, 5, ROOT, [])
    signers: list[Any] = [
        signing.PlainEd25519Signer(ORIGIN, SIGNER.ed25519),
        signing.MLDSA44CosignatureSigner(ORIGIN, SIGNER.ml_dsa),
    ]
    for signer, key in zip(signers, KEYS, strict=True):
        note = tlog.Checkpoint(ORIGIN, 5, ROOT, [signer.sign(body)]).serialize()
        assert notes.verify_checkpoint(note, [key]) == Checkpoint(ORIGIN, 5, ROOT)
        assert signer.vkey.serialize() == key.text


def test_either_key_is_enough_and_strangers_are_ignored() -> None:
    stranger = notes.sign_checkpoint(OTHER, size=109_482, root=ROOT, at=AT).split("\n\n")[1]
    for note in (TEXT + "\n" + LINES[0], TEXT + "\n" + LINES[1], NOTE + stranger, TEXT + "\n" + stranger + LINES[1]):
        assert notes.verify_checkpoint(note, KEYS) is not None
    for keys in ([KEYS[0]], [KEYS[1]]):
        assert notes.verify_checkpoint(NOTE, keys) is not None
    assert notes.verify_checkpoint(NOTE, []) is None
    assert notes.verify_checkpoint(NOTE, OTHER.verifier_keys) is None
    assert notes.verify_checkpoint(TEXT + "\n" + stranger, KEYS) is None


def test_a_bad_signature_by_a_known_key_spoils_a_good_one() -> None:
    for at in (0, 1):
        blob = bytearray(notes.decoded(LINES[at].split()[2]) or b"")
        for byte in (4, 12, len(blob) - 1):
            bad = bytearray(blob)
            bad[byte] ^= 1
            lines = LINES.copy()
            lines[at] = f"\u2014 {ORIGIN} {notes.encoded(bytes(bad))}\n"
            assert notes.verify_checkpoint(TEXT + "\n" + "".join(lines), KEYS) is None


def test_the_time_of_signing_is_signed() -> None:
    blob = notes.decoded(LINES[1].split()[2]) or b""
    assert int.from_bytes(blob[4:12], "big") == int(AT.timestamp())


def test_another_log_is_refused() -> None:
    assert notes.verify_checkpoint(NOTE, KEYS, origin="log.example/2027") is None
    renamed = Signer("log.example/2027", SIGNER.ed25519, SIGNER.ml_dsa)
    assert notes.verify_checkpoint(notes.sign_checkpoint(renamed, size=1, root=ROOT, at=AT), KEYS) is None
    text = "log.example/2027\n1\n" + notes.encoded(ROOT) + "\n"
    signed = notes.encoded(KEYS[0].key_id + SIGNER.ed25519.sign(text.encode()))
    assert notes.verify_checkpoint(f"{text}\n\u2014 {ORIGIN} {signed}\n", KEYS) is None


DAMAGES: dict[str, Callable[[str], Any]] = {
    "nothing": lambda note: "",
    "no text": lambda note: "\n" + "".join(LINES),
    "no signature": lambda note: TEXT + "\n",
    "no blank line": lambda note: note.replace("\n\n", "\n"),
    "no last newline": lambda note: note[:-1],
    "a blank line after": lambda note: note + "\n",
    "windows line ends": lambda note: note.replace("\n", "\r\n"),
    "a tab": lambda note: note.replace("109482", "109482\t"),
    "a NUL": lambda note: note + "\x00",
    "hyphen for dash": lambda note: note.replace("\u2014", "-"),
    "no space after the dash": lambda note: note.replace("\u2014 ", "\u2014"),
    "two spaces": lambda note: note.replace(f"{ORIGIN} ", f"{ORIGIN}  "),
    "a trailing space": lambda note: note[:-1] + " \n",
    "a plus in the name": lambda note: note.replace(f"{ORIGIN} ", f"{ORIGIN}+ "),
    "no padding": lambda note: note.replace("=", ""),
    "url-safe base 64": lambda note: note.replace("+", "-").replace("/", "_"),
    "a signature too short": lambda note: TEXT + f"\n\u2014 {ORIGIN} {notes.encoded(KEYS[0].key_id)}\n",
    "too many signatures": lambda note: TEXT + "\n" + LINES[0] * 200,
    "too long": lambda note: "x" * 2_000_000 + "\n\n" + LINES[0],
    "not UTF-8": lambda note: b"\xff" + note.encode(),
    "half a character": lambda note: "\udc80" + note,
    "None": lambda note: None,
    "a number": lambda note: 5,
    "a list": lambda note: [note],
    "another size": lambda note: note.replace("109482", "109483"),
    "a leading zero": lambda note: note.replace("109482", "0109482"),
    "another root": lambda note: note.replace(notes.encoded(ROOT), notes.encoded(ROOT[::-1])),
    "a line more": lambda note: note.replace("\n\n", "\nextension\n\n"),
}


@pytest.mark.parametrize("name", DAMAGES)
def test_a_damaged_note_is_refused(name: str) -> None:
    damaged = DAMAGES[name](NOTE)
    assert damaged != NOTE
    assert notes.verify_note(damaged, KEYS) is None
    assert notes.verify_checkpoint(damaged, KEYS) is None


BODIES = [
    "log.example\n5\n",
    f"log.example\n5\n{notes.encoded(ROOT[:31])}\n",
    f"log.example\n5\n{notes.encoded(ROOT + b'x')}\n",
    f"log.example\n05\n{notes.encoded(ROOT)}\n",
    f"log.example\n-5\n{notes.encoded(ROOT)}\n",
    f"log.example\n+5\n{notes.encoded(ROOT)}\n",
    f"log.example\n5.0\n{notes.encoded(ROOT)}\n",
    f"log.example\n\u0665\n{notes.encoded(ROOT)}\n",
    f"log.example\n{2**64}\n{notes.encoded(ROOT)}\n",
    f"log.example\n{'9' * 5000}\n{notes.encoded(ROOT)}\n",
    f"\n5\n{notes.encoded(ROOT)}\n",
    f"log.example\n5\n{notes.encoded(ROOT)}\n\n",
    f"log.example\n5\n{notes.encoded(ROOT)}",
    f"log.example\n5\n{notes.encoded(ROOT)} \n",
    "",
]


@pytest.mark.parametrize("body", BODIES)
def test_a_body_that_is_no_checkpoint_is_refused_however_well_signed(body: str) -> None:
    assert notes.parse_checkpoint(body) is None
    signed = notes.encoded(KEYS[0].key_id + SIGNER.ed25519.sign(body.encode()))
    assert notes.verify_checkpoint(f"{body}\n\u2014 {ORIGIN} {signed}\n", KEYS) is None


def test_extension_lines_are_read() -> None:
    text = Checkpoint(ORIGIN, 0, ROOT, ("one", "two")).text
    assert notes.parse_checkpoint(text) == Checkpoint(ORIGIN, 0, ROOT, ("one", "two"))


def test_verifier_keys_are_read_back() -> None:
    for key in KEYS:
        assert notes.parse_verifier_key(key.text) == key


@pytest.mark.parametrize(
    "text",
    [
        "",
        None,
        5,
        "log.example",
        KEYS[0].text + "=",
        KEYS[0].text[:-4],
        KEYS[0].text.replace(ORIGIN, "log.example/2027"),
        KEYS[0].text.upper(),
        KEYS[0].text + "\n",
        " " + KEYS[0].text,
        "+" + KEYS[0].text,
        VerifierKey(ORIGIN, 0x02, bytes(32)).text,
        VerifierKey(ORIGIN, ED25519, bytes(31)).text,
        VerifierKey(ORIGIN, ML_DSA_44, bytes(32)).text,
    ],
)
def test_what_is_no_verifier_key_is_refused(text: Any) -> None:
    assert notes.parse_verifier_key(text) is None


def test_a_key_that_is_no_point_verifies_nothing() -> None:
    """The bytes have the right length and are no key; a note that names it is refused and nothing raises."""
    for algorithm, length in ((ED25519, 32), (ML_DSA_44, 1312)):
        key = VerifierKey(ORIGIN, algorithm, b"\xff" * length)
        note = f"{TEXT}\n\u2014 {ORIGIN} {notes.encoded(key.key_id + bytes(2428))}\n"
        assert notes.verify_checkpoint(note, [key]) is None


@pytest.mark.parametrize(
    ("origin", "size", "root"), [("", 1, ROOT), ("a b", 1, ROOT), ("a", -1, ROOT), ("a", 1, b"x"), ("a" * 256, 1, ROOT)]
)
def test_what_is_no_checkpoint_is_not_signed(origin: str, size: int, root: bytes) -> None:
    signer = Signer(origin, SIGNER.ed25519, SIGNER.ml_dsa)
    with pytest.raises((ValueError, OverflowError)):
        notes.sign_checkpoint(signer, size=size, root=root, at=AT)
