import base64
import json
import random
import subprocess
import sys
import zlib
from datetime import UTC, datetime
from functools import cache
from io import BytesIO
from pathlib import Path
from uuid import UUID

import pikepdf
import pytest
from pyhanko.pdf_utils.generic import pdf_string
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign import PdfSignatureMetadata, sign_pdf

from testamur.documents import proofs
from testamur.documents.examine import examine
from testamur.documents.extract import render_extract
from testamur.documents.seal import ensure_seal
from testamur.documents.sign import sign_document
from testamur.documents.verify import LARGEST, Report, sha256_of, verify_document
from testamur.kernel.canonical import canonical_json
from testamur.log.commitment import commitment, leaf, row_key
from testamur.log.keys import published
from testamur.log.notes import sign_checkpoint
from testamur.log.proofs import ProofFile
from testamur.log.tree import leaf_hash, node_hash
from tests.rules.documents_samples import (
    AT,
    LOG,
    OTHER_LOG,
    attachment,
    extract,
    number,
    rendered,
    seal,
    sealed,
)

ROOT = Path(__file__).parents[2]
LATER = datetime(2026, 4, 1, tzinfo=UTC)


def looked(pdf: bytes, **arguments) -> Report:
    """Examine in this process, as the child does."""
    given = {"at": LATER, "trust": seal().root_pem, "proof": None, "log_keys": []}
    return examine(pdf, **{**given, **arguments})


def failed(report: Report) -> list[str]:
    return [check.name for check in report.checks if not check.ok]


# The seal -------------------------------------------------------------------------------------------------------


def test_a_sealed_extract_passes_every_check_in_a_limited_process():
    report = verify_document(sealed(), at=LATER, trust=seal().root_pem)
    assert [(check.name, check.ok) for check in report.checks] == [
        ("signature", True),
        ("chain", True),
        ("time-stamp", True),
        ("untouched", True),
        ("number", True),
        ("record proofs", True),
    ]
    assert report.exit_code == 0
    details = {check.name: check.detail for check in report.checks}
    assert "B-B" in details["time-stamp"]
    assert details["record proofs"].startswith("24 records")


def test_without_a_trust_anchor_the_chain_is_not_ok_and_says_so():
    report = looked(sealed(), trust=None)
    assert failed(report) == ["chain", "record proofs"]
    assert "--trust" in next(check.detail for check in report.checks if check.name == "chain")


def test_another_root_is_not_ours(tmp_path):
    other = ensure_seal(tmp_path, organisation="Register of Tertiary Achievement", create=True)
    assert failed(looked(sealed(), trust=other.root_pem)) == ["chain", "record proofs"]
    assert failed(looked(sign_document(rendered(), other, at=AT))) == ["chain", "record proofs"]
    assert failed(looked(sealed(), trust=b"no certificate")) == ["chain", "record proofs"]


def test_a_certificate_is_judged_for_the_given_moment():
    assert "chain" in failed(looked(sealed(), at=datetime(2050, 1, 1, tzinfo=UTC)))


def test_of_forty_random_bit_flips_none_is_accepted():
    chosen = random.Random(20260314)
    accepted = []
    for _ in range(40):
        changed = bytearray(sealed())
        place = chosen.randrange(len(changed))
        changed[place] ^= 1 << chosen.randrange(8)
        report = looked(bytes(changed))
        if {"signature", "untouched"}.isdisjoint(failed(report)) and report.readable:
            accepted.append(place)
    assert accepted == []


def _container() -> tuple[int, int]:
    (signature,) = PdfFileReader(BytesIO(sealed())).embedded_signatures
    start, length, after, _ = (int(value) for value in signature.byte_range)
    return start + length + 1, after - 1


@pytest.mark.parametrize("what", ["letter case", "padding", "padding end", "digest parameters"])
def test_a_change_where_no_digest_reaches_is_seen(what):
    begin, end = _container()
    pdf = bytearray(sealed())
    if what == "letter case":
        place = next(at for at in range(begin, end) if chr(pdf[at]).isalpha())
        pdf[place] ^= 0x20
    elif what == "digest parameters":
        oid = bytes.fromhex("0609608648016503040201").hex().encode()
        place = pdf.find(oid, begin)
        assert place > 0
        pdf[place - 1 : place] = b"d" if pdf[place - 1 : place] != b"d" else b"c"
    else:
        pdf[end - (1 if what == "padding end" else 900)] = ord("1")
    assert not {"signature", "untouched"}.isdisjoint(failed(looked(bytes(pdf))))


def test_bytes_added_after_the_seal_are_seen():
    assert "untouched" in failed(looked(sealed() + b"\n% more\n"))


def _plainly_signed(pdf: bytes, field: str) -> bytes:
    writer = IncrementalPdfFileWriter(BytesIO(pdf))
    meta = PdfSignatureMetadata(field_name=field, md_algorithm="sha256")
    return sign_pdf(writer, meta, signer=seal().signer).getvalue()


def test_a_further_revision_is_seen():
    writer = IncrementalPdfFileWriter(BytesIO(sealed()))
    writer.root["/Lang"] = pdf_string("de")
    writer.update_root()
    out = BytesIO()
    writer.write(out)
    assert "untouched" in failed(looked(out.getvalue()))


def test_a_second_signature_is_seen():
    twice = _plainly_signed(_plainly_signed(rendered() + b"\n", "First"), "Second")
    report = looked(twice)
    assert failed(report) == ["untouched", "record proofs"]
    assert any("2 signatures" in check.detail for check in report.checks)


def test_a_signature_that_permits_changes_is_not_ours():
    assert failed(looked(_plainly_signed(rendered() + b"\n", "Seal"))) == ["untouched", "record proofs"]


def test_an_unsigned_file_is_not_ok():
    assert failed(looked(rendered())) == ["signature"]


# Number and proofs ------------------------------------------------------------------------------------------------


@cache
def _resealed(kind: str) -> bytes:
    """A well-sealed file in which one thing about the number or the proofs is wrong."""
    out = BytesIO()
    with pikepdf.open(BytesIO(rendered())) as document:
        value = json.loads(document.attachments["record-proofs.json"].get_file().read_bytes())
        _plant(kind, document, value)
        if kind != "no attachment":
            data = b"{" * 50 if kind == "no json" else json.dumps(value).encode()
            document.attachments["record-proofs.json"] = pikepdf.AttachedFileSpec(document, data)
        document.save(out)
    return sign_document(out.getvalue(), seal(), at=AT)


def _plant(kind: str, document: pikepdf.Pdf, value: dict) -> None:
    record = value["records"][3]
    plants = {
        "no number": lambda: document.docinfo.__setitem__("/Keywords", "nothing"),
        "wrong check character": lambda: document.docinfo.__setitem__("/Keywords", "number 7KQ2M9XD4HTR0"),
        "another number": lambda: value.update(number=number("000000000001")),
        "no attachment": lambda: document.attachments.__delitem__("record-proofs.json"),
        "another fact": lambda: record["facts"].update(mark="99"),
        "another header": lambda: record["record"].update(version=2),
        "another row key": lambda: record.update(row_key="00" * 32),
        "short row key": lambda: record.update(row_key="00"),
        "another index": lambda: record.update(index=4),
        "negative index": lambda: record.update(index=-1),
        "index as text": lambda: record.update(index="3"),
        "proof too short": lambda: record["proof"].pop(),
        "proof too long": lambda: record["proof"].append(record["proof"][0]),
        "proof of no hashes": lambda: record.update(proof=["AAAA"]),
        "proof of numbers": lambda: record.update(proof=[1, 2]),
        "facts as list": lambda: record.update(facts=[1]),
        "a fraction": lambda: record["facts"].update(mark=7.5),
        "record as text": lambda: value["records"].__setitem__(3, "x"),
        "another origin": lambda: value.update(origin="other.example/log"),
        "checkpoint of another key": lambda: value.update(checkpoint=attachment(signer=OTHER_LOG)["checkpoint"]),
        "checkpoint without signature": lambda: value.update(checkpoint=value["checkpoint"].partition("\n\n")[0]),
        "another version": lambda: value.update(version=2),
        "no json": lambda: None,
    }
    plants[kind]()


@pytest.mark.parametrize("kind", ["no number", "wrong check character"])
def test_a_file_without_a_right_number_is_seen(kind):
    assert failed(looked(_resealed(kind))) == ["number"]


def test_proofs_of_another_document_are_seen():
    assert failed(looked(_resealed("another number"))) == ["number"]


@pytest.mark.parametrize(
    "kind",
    [
        "no attachment",
        "another fact",
        "another header",
        "another row key",
        "short row key",
        "another index",
        "negative index",
        "index as text",
        "proof too short",
        "proof too long",
        "proof of no hashes",
        "proof of numbers",
        "facts as list",
        "a fraction",
        "record as text",
        "another origin",
        "checkpoint of another key",
        "checkpoint without signature",
        "another version",
        "no json",
    ],
)
def test_each_fault_in_the_proofs_is_seen(kind):
    assert failed(looked(_resealed(kind))) == ["record proofs"]


def test_keys_that_the_verifier_brings_stand_above_those_in_the_file():
    good = [key.text for key in LOG.verifier_keys]
    other = [key.text for key in OTHER_LOG.verifier_keys]
    assert failed(looked(sealed(), log_keys=good)) == []
    assert failed(looked(sealed(), log_keys=other)) == ["record proofs"]
    assert failed(looked(sealed(), trust=None, log_keys=good)) == ["chain"]


def test_a_document_of_records_not_yet_in_the_log_says_so():
    value = attachment(count=1) | {"records": []}
    pdf = sign_document(render_extract(extract(proofs=value)), seal(), at=AT)
    report = looked(pdf)
    assert report.ok
    assert "no sealed record" in report.checks[-1].detail


def sidecar(pdf: bytes, *, signer=LOG, **changes) -> bytes:
    """The proof of a document itself, in a log of two leaves."""
    facts = {"kind": "extract", "number": number(), "sha256": sha256_of(pdf)} | changes
    header = {"record_id": "00000000-0000-0000-0000-00000000abcd", "version": 1}
    key = row_key(b"k" * 32, UUID(int=0xABCD), 1)
    mine = leaf_hash(leaf(commitment(key, canonical_json(header), canonical_json(facts))))
    other = leaf_hash(b"another leaf")
    note = sign_checkpoint(signer, size=2, root=node_hash(other, mine), at=AT)
    return ProofFile(1, (other,), note, proofs.sidecar_extra(header, facts, key)).text.encode()


def test_the_documents_own_proof_holds():
    report = looked(sealed(), proof=sidecar(sealed()))
    assert report.ok
    assert report.checks[-1].name == "own proof"


@pytest.mark.parametrize(
    "proof",
    [
        lambda: sidecar(rendered()),
        lambda: sidecar(sealed(), number=number("000000000001")),
        lambda: sidecar(sealed(), signer=OTHER_LOG),
        lambda: sidecar(sealed()).replace(b"index 1", b"index 0"),
        lambda: b"",
        lambda: b"\xff\xfe",
        lambda: b"c2sp.org/tlog-proof@v1\nextra " + base64.b64encode(b"[1]") + b"\nindex 1\n\nx",
    ],
)
def test_each_fault_in_a_documents_own_proof_is_seen(proof):
    assert failed(looked(sealed(), proof=proof())) == ["own proof"]


# Hostile files ------------------------------------------------------------------------------------------------------


def _bomb() -> bytes:
    """A PDF whose cross-reference stream unpacks to a gibibyte."""
    squeezer = zlib.compressobj(9)
    stream = b"".join(squeezer.compress(bytes(1 << 20)) for _ in range(1024)) + squeezer.flush()
    head = b"%PDF-1.7\n1 0 obj\n<</Type/XRef/W[1 4 2]/Size 99999999/Root 1 0 R/Filter/FlateDecode/Length "
    return head + b"%d>>stream\n" % len(stream) + stream + b"\nendstream\nendobj\nstartxref\n9\n%%EOF\n"


def _encrypted() -> bytes:
    out = BytesIO()
    with pikepdf.open(BytesIO(rendered())) as document:
        document.save(out, encryption=pikepdf.Encryption(owner="a", user="b"))
    return out.getvalue()


@pytest.mark.parametrize(
    "pdf",
    [
        lambda: b"",
        lambda: b"%PDF-1.7\n",
        lambda: random.Random(1).randbytes(5000),
        lambda: sealed()[:100_000],
        lambda: b"%PDF-1.7\n1 0 obj\n" + b"[" * 200_000 + b"\nendobj\nstartxref\n9\n%%EOF",
        pytest.param(_bomb, marks=pytest.mark.slow),
        _encrypted,
    ],
)
def test_hostile_files_are_unreadable_and_nothing_else_happens(pdf):
    report = verify_document(pdf(), at=LATER, trust=seal().root_pem)
    assert report.exit_code == 2
    assert [check.name for check in report.checks] == ["readable"]
    assert "Traceback" not in report.checks[0].detail


def test_a_file_beyond_the_limit_is_not_even_handed_on():
    assert verify_document(bytes(LARGEST + 1), at=LATER).exit_code == 2


# The command ----------------------------------------------------------------------------------------------------------


def command(*arguments: str, keys: Path) -> subprocess.CompletedProcess:
    environment = {"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin", "TESTAMUR_KEYS": str(keys)}
    line = [sys.executable, "-m", "testamur.service.cli", "document", "verify", *arguments]
    return subprocess.run(line, capture_output=True, text=True, check=False, cwd=ROOT, env=environment)


def test_the_command_answers_in_json_with_the_promised_exit_codes(tmp_path):
    file, root, proof = tmp_path / "x.pdf", tmp_path / "root.pem", tmp_path / "x.tlog-proof"
    file.write_bytes(sealed())
    root.write_bytes(seal().root_pem)
    proof.write_bytes(sidecar(sealed()))
    good = command(str(file), "--trust", str(root), "--proof", str(proof), "--json", keys=tmp_path)
    answer = json.loads(good.stdout)
    assert (good.returncode, answer["ok"]) == (0, True)
    assert [set(check) for check in answer["checks"]] == [{"name", "ok", "detail"}] * 7

    alone = command(str(file), "--json", keys=tmp_path)
    assert alone.returncode == 1
    assert "no trust anchor" in json.loads(alone.stdout)["checks"][1]["detail"]

    missing = command(str(tmp_path / "none.pdf"), "--json", keys=tmp_path)
    assert (missing.returncode, json.loads(missing.stdout)["ok"]) == (2, False)
    assert missing.stderr == ""


def test_the_command_trusts_this_machines_own_root_and_says_so(tmp_path):
    own = ensure_seal(tmp_path, organisation="Register", create=True)
    file = tmp_path / "x.pdf"
    file.write_bytes(sign_document(rendered(), own, at=AT))
    answer = command(str(file), keys=tmp_path)
    assert answer.returncode == 0
    assert "Trusting the root certificate in" in answer.stderr
    assert "ok    chain" in answer.stdout
    (tmp_path / "log-keys.txt").write_text(published(OTHER_LOG.verifier_keys))
    other = command(str(file), keys=tmp_path)
    assert (other.returncode, "FAIL  record proofs" in other.stdout) == (1, True)
