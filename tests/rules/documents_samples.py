"""Extracts, a small log and a seal for the tests of documents."""

from dataclasses import replace
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey

from testamur.documents import proofs
from testamur.documents.extract import (
    Course,
    ExtractInput,
    Holder,
    Issuer,
    LodgedDocument,
    LogHead,
    Provider,
    UnitRow,
    render_extract,
)
from testamur.documents.provenance import Provenance
from testamur.documents.seal import Seal, ensure_seal
from testamur.documents.sign import sign_document
from testamur.kernel.canonical import canonical_json
from testamur.kernel.identifiers import check_character
from testamur.log.commitment import commitment, leaf, row_key
from testamur.log.notes import Signer, parse_checkpoint, sign_checkpoint
from testamur.log.tree import inclusion_proof, leaf_hash, root_of

DAY = date(2026, 3, 14)
AT = datetime(2026, 3, 14, 1, 2, 3, tzinfo=UTC)
ORIGIN = "register.example/log/2026"
GOOD_USI = "XNY5NV9WG9"


def number(text: str = "7KQ2M9XD4HTR") -> str:
    """Return a public number with its check character."""
    return text + check_character(text)


LOG = Signer(ORIGIN, Ed25519PrivateKey.from_private_bytes(b"1" * 32), MLDSA44PrivateKey.from_seed_bytes(b"2" * 32))
OTHER_LOG = Signer(
    ORIGIN, Ed25519PrivateKey.from_private_bytes(b"3" * 32), MLDSA44PrivateKey.from_seed_bytes(b"4" * 32)
)


def _proof(index: int, hashes: list[bytes]) -> tuple[bytes, ...]:
    """Return an inclusion proof by the log's own tree code over a small list of leaf hashes."""
    return tuple(
        inclusion_proof(index, len(hashes), lambda level, at: root_of(hashes[at << level : (at + 1) << level]))
    )


def records(count: int = 24) -> list[tuple[dict, dict, bytes]]:
    """Return headers, facts and row keys of synthetic records."""
    found = []
    for index in range(count):
        record_id = UUID(int=index + 7)
        key = row_key(b"k" * 32, record_id, 1)
        found.append(({"record_id": str(record_id), "version": 1}, {"unit": f"ACC{index}", "mark": "71"}, key))
    return found


def proven(items: list[tuple[dict, dict, bytes]], signer: Signer = LOG) -> tuple[str, list[proofs.ProvenRecord]]:
    """Seal some records into a log of their own; return its checkpoint and the records with their proofs."""
    hashes = [leaf_hash(leaf(commitment(key, canonical_json(h), canonical_json(f)))) for h, f, key in items]
    note = sign_checkpoint(signer, size=len(hashes), root=root_of(hashes), at=AT)
    return note, [proofs.ProvenRecord(h, f, key, i, _proof(i, hashes)) for i, (h, f, key) in enumerate(items)]


@cache
def attachment(of: str | None = None, *, count: int = 24, signer: Signer = LOG) -> dict:
    """Return the proofs of a document."""
    note, shown = proven(records(count), signer)
    keys = [key.text for key in LOG.verifier_keys]
    return proofs.attachment(of or number(), origin=ORIGIN, checkpoint=note, log_keys=keys, records=shown)


def unit(index: int = 0, **changes: object) -> UnitRow:
    """Return one unit result."""
    row = UnitRow(
        code=f"ACC{100 + index}",
        title="Business Statistics and Decision Making",
        year=2012 + index // 8,
        status_words="Completed",
        standing="achieved",
        mark="71",
        grade="D",
        grade_description="Distinction",
        credit="12.5",
        provenance=Provenance("studentresults v1.csv", "ab12" * 16, 210 + index, date(2026, 2, 3)),
    )
    return replace(row, **changes)


def course(count: int = 24, **changes: object) -> Course:
    """Return one course with its units."""
    rows = tuple(unit(index) for index in range(count))
    whole = Course(
        "BBUS01", "Bachelor of Business (Accounting)", "Bachelor degree", "2012–2014", "Completed 2014", rows
    )
    return replace(whole, **changes)


def extract(**changes: object) -> ExtractInput:
    """Return an extract of 24 units."""
    value = attachment()
    head = parse_checkpoint(value["checkpoint"].partition("\n\n")[0] + "\n")
    whole = ExtractInput(
        number=number(),
        issued_on=DAY,
        issuer=Issuer(
            "Register of Tertiary Achievement",
            "Kept for the higher education regulator under its Act",
            "enquiries@register.example",
        ),
        holder=Holder("Aroha Siobhán Nguyễn-O’Brien", "9 February 1990", "AB-42098"),
        provider=Provider(
            "Wattle Ridge College of Business Pty Ltd",
            ("Wattle Ridge College",),
            (("TEQSA", "PRV12345"), ("ABN", "53 004 085 616")),
            "Ceased operating",
            date(2015, 6, 30),
        ),
        courses=(course(),),
        log=LogHead(ORIGIN, 24, "root" if head is None else head.root.hex(), value["checkpoint"]),
        proofs=value,
        verify_url=f"https://register.example/check/{number()}",
        lodged=(LodgedDocument("Academic transcript", "9f" * 32, 3),),
    )
    return replace(whole, **changes)


@cache
def rendered() -> bytes:
    """Return the unsigned extract."""
    return render_extract(extract())


@cache
def seal() -> Seal:
    """Return a seal made for this run."""
    return ensure_seal(Path(mkdtemp(prefix="seal-")), organisation="Register of Tertiary Achievement", create=True)


@cache
def sealed() -> bytes:
    """Return the sealed extract."""
    return sign_document(rendered(), seal(), at=AT)
