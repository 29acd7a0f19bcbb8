"""What a sealed document shows when it is taken apart; runs in the child process of verify.py.

Beside what pyHanko judges, the container of the signature is compared byte for byte with the one way to write it: the bytes of
the signature itself are the only ones that no digest covers, so a change there must not pass unseen.
"""

import hashlib
import json
import logging
import re
from collections.abc import Sequence
from datetime import datetime
from io import BytesIO
from typing import Any, Final

import pikepdf
from asn1crypto import cms, pem, x509
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.fields import MDPPerm
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature
from pyhanko.sign.validation.status import PdfSignatureStatus, SignatureCoverageLevel
from pyhanko_certvalidator import ValidationContext

from testamur.documents import proofs
from testamur.documents.proofs import Check
from testamur.documents.verify import Report, unreadable
from testamur.kernel.identifiers import parse_public_number, printed
from testamur.log.notes import parse_verifier_key

PROOFS_NAME: Final = "record-proofs.json"
DATA_NAME: Final = "document-data.json"
_NUMBER: Final = re.compile(r"\bnumber ([0-9A-Z]{13})\b")


def examine(pdf: bytes, *, at: datetime, trust: bytes | None, proof: bytes | None, log_keys: Sequence[str]) -> Report:
    """Return what was found; never raises for what the bytes hold, and keeps the parsers' own log lines to itself."""
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        return _examined(pdf, at=at, trust=trust, proof=proof, log_keys=log_keys)
    finally:
        logging.disable(before)


def _examined(pdf: bytes, *, at: datetime, trust: bytes | None, proof: bytes | None, log_keys: Sequence[str]) -> Report:
    """Return what was found."""
    try:
        reader = PdfFileReader(BytesIO(pdf), strict=True)
        signatures = list(reader.embedded_signatures)
        info, attached, said = _contents(pdf)
    except Exception as error:  # a hostile file may make a parser raise anything
        return unreadable(f"the file cannot be read as a PDF ({type(error).__name__})")
    if reader.encrypted:
        return unreadable("the file is encrypted")
    if not signatures:
        return Report((Check("signature", False, "the file carries no signature"),))

    seal = _seal_checks(pdf, signatures, trust, at)
    value = proofs.parse_attachment(attached) if attached is not None else None
    number = _number_check(info, value)
    found = _number_in(info)
    if attached is None and said is not None:
        return Report((*seal, number, _data_check(said, found), *_own_proof(pdf, found, proof, log_keys)))
    vouched = all(check.ok for check in seal)
    return Report((*seal, number, *_proof_checks(pdf, value, found, proof, log_keys, vouched=vouched)))


def _contents(pdf: bytes) -> tuple[str, bytes | None, bytes | None]:
    """Return the keywords of a PDF, its attached proofs, and the data that a certification document says of itself."""
    with pikepdf.open(BytesIO(pdf)) as document:
        keywords = str(document.docinfo.get("/Keywords", ""))
        proven, said = (
            document.attachments[name].get_file().read_bytes() if name in document.attachments else None
            for name in (PROOFS_NAME, DATA_NAME)
        )
        return keywords, proven, said


def _number_in(keywords: str) -> str | None:
    """Return the public number that the metadata name, or None."""
    found = _NUMBER.search(keywords)
    return parse_public_number(found[1]) if found else None


def _number_check(keywords: str, value: dict[str, Any] | None) -> Check:
    """Check that the metadata name a number with a right check character, and the proofs the same one."""
    number = _number_in(keywords)
    if number is None:
        return Check("number", False, "the metadata name no number with a right check character")
    if value is not None and value["number"] != number:
        return Check("number", False, "the metadata and the proofs inside name different numbers")
    return Check("number", True, printed(number))


# The seal ---------------------------------------------------------------------------------------------------------------


def _seal_checks(pdf: bytes, signatures: list[EmbeddedPdfSignature], trust: bytes | None, at: datetime) -> list[Check]:
    """Return the four checks about the signature."""
    status, fault = _status(signatures[0], trust, at)
    if status is None:
        return [
            Check("signature", False, fault),
            Check("chain", False, "not judged without a readable signature"),
            Check("time-stamp", True, "none; the signature is of level B-B"),
            Check("untouched", False, "not judged without a readable signature"),
        ]
    intact = bool(status.intact and status.valid)
    who = status.signing_cert.subject.native.get("organization_name", "unnamed")
    return [
        Check("signature", intact, f"sealed by {who}" if intact else "the signature does not fit the bytes"),
        _chain_check(status, trust),
        _time_stamp_check(status),
        _untouched_check(pdf, signatures, status),
    ]


def _status(signature: EmbeddedPdfSignature, trust: bytes | None, at: datetime) -> tuple[Any, str]:
    """Return pyHanko's judgement of a signature, or None and why there is none."""
    try:
        context = ValidationContext(trust_roots=_roots(trust), moment=at, allow_fetching=False)
        stamps = ValidationContext(trust_roots=_roots(trust), moment=at, allow_fetching=False)
        return validate_pdf_signature(signature, context, stamps, skip_diff=True), ""
    except Exception as error:
        return None, f"the signature cannot be read ({type(error).__name__})"


def _roots(trust: bytes | None) -> list[x509.Certificate]:
    """Return the certificates of a PEM text; an unreadable one is no anchor."""
    if trust is None:
        return []
    try:
        return [x509.Certificate.load(der) for _, _, der in pem.unarmor(trust, multiple=True)]
    except ValueError:
        return []


def _chain_check(status: PdfSignatureStatus, trust: bytes | None) -> Check:
    """Say whether the seal's certificate leads to a root that the verifier brought."""
    if not _roots(trust):
        return Check("chain", False, "no trust anchor is known; name the register's root certificate with --trust")
    if not status.trusted:
        return Check("chain", False, "the seal's certificate does not lead to the given root, or was not valid then")
    return Check("chain", True, "the seal's certificate leads to the given root")


def _time_stamp_check(status: PdfSignatureStatus) -> Check:
    """Judge a signature time-stamp where there is one; B-B has none."""
    stamp = status.timestamp_validity
    if stamp is None:
        return Check("time-stamp", True, "none; the signature is of level B-B")
    good = bool(stamp.intact and stamp.valid and stamp.trusted)
    return Check("time-stamp", good, f"{stamp.timestamp.isoformat()}" if good else "the time-stamp is not trusted")


def _untouched_check(pdf: bytes, signatures: list[EmbeddedPdfSignature], status: PdfSignatureStatus) -> Check:
    """Say whether every byte of the file is covered by the one signature, and that signature permits no change."""
    name = "untouched"
    if len(signatures) != 1:
        return Check(name, False, f"the file carries {len(signatures)} signatures, an issued one carries one")
    if not status.intact or status.coverage != SignatureCoverageLevel.ENTIRE_FILE:
        return Check(name, False, "the signature does not cover the whole file as it is now")
    if signatures[0].docmdp_level != MDPPerm.NO_CHANGES:
        return Check(name, False, "the signature does not forbid changes")
    if not _container_is_canonical(pdf, signatures[0]):
        return Check(name, False, "the bytes of the signature itself were changed")
    return Check(name, True, "unchanged since it was sealed")


def _container_is_canonical(pdf: bytes, signature: EmbeddedPdfSignature) -> bool:
    """Say whether the uncovered bytes are `<`, the signature in hex of one case, zeros, `>` and nothing else."""
    start, length, after, rest = (int(value) for value in signature.byte_range)
    gap = pdf[start + length : after]
    if start != 0 or after + rest != len(pdf) or gap[:1] != b"<" or gap[-1:] != b">":
        return False
    try:
        content = bytes.fromhex(gap[1:-1].decode("ascii"))
        info = cms.ContentInfo.load(content, strict=False)
        written = _rewritten(info)
    except (ValueError, TypeError, KeyError):
        return False
    padding = content[len(written) :]
    one_case = gap[1:-1] in {content.hex().encode(), content.hex().upper().encode()}
    return content.startswith(written) and not any(padding) and one_case


def _rewritten(info: cms.ContentInfo) -> bytes:
    """Return the signature as this register writes it, made anew from the parts that the digest or a key protects."""
    data = info["content"]
    (signer,) = data["signer_infos"]
    certificates = data["certificates"]
    own = certificates[0].chosen
    identity = cms.SignerIdentifier(
        "issuer_and_serial_number",
        cms.IssuerAndSerialNumber({"issuer": own.issuer, "serial_number": own.serial_number}),
    )
    digest = {"algorithm": "sha256"}
    rewritten = {
        "version": "v1",
        "sid": identity,
        "digest_algorithm": digest,
        "signed_attrs": signer["signed_attrs"],
        "signature_algorithm": {"algorithm": signer["signature_algorithm"]["algorithm"].native},
        "signature": signer["signature"].native,
    }
    if signer["unsigned_attrs"].native:
        rewritten["unsigned_attrs"] = [_stamp_rewritten(signer)]
    content = {
        "version": "v1",
        "digest_algorithms": [digest],
        "encap_content_info": {"content_type": "data"},
        "certificates": certificates,
        "signer_infos": [cms.SignerInfo(rewritten)],
    }
    whole = cms.ContentInfo({"content_type": "signed_data", "content": cms.SignedData(content)})
    dumped: bytes = whole.dump()
    return dumped


def _stamp_rewritten(signer: cms.SignerInfo) -> dict[str, Any]:
    """Return the one attribute that no digest covers: a single time-stamp, itself signed, in its one encoding (B-T)."""
    (attribute,) = signer["unsigned_attrs"]
    (token,) = attribute["values"]
    anew = cms.ContentInfo.load(token.dump(force=True), strict=True)
    (stamper,) = anew["content"]["signer_infos"]
    algorithms = [one["algorithm"].native for one in anew["content"]["digest_algorithms"]]
    if algorithms != [stamper["digest_algorithm"]["algorithm"].native] or stamper["unsigned_attrs"].native:
        message = "the time-stamp is not written in its one way"
        raise ValueError(message)
    return {"type": "signature_time_stamp_token", "values": [anew]}


def _data_check(said: bytes, number: str | None) -> Check:
    """Check that the data inside a certification document are about the document with this number."""
    try:
        issue = json.loads(said)["data"]["issue"]
        same = issue["number"] == number
    except (ValueError, TypeError, KeyError, RecursionError):
        return Check("data", False, "the data inside cannot be read")
    return Check("data", same, "about this document" if same else "the data inside are about another document")


def _own_proof(pdf: bytes, number: str | None, proof: bytes | None, log_keys: Sequence[str]) -> list[Check]:
    """Return the check of the document's own proof, nothing where none was given."""
    if proof is None:
        return []
    keys = [key for key in map(parse_verifier_key, log_keys) if key is not None]
    return [proofs.check_own(proof, hashlib.sha256(pdf).hexdigest(), keys, number=number)]


# The proofs -------------------------------------------------------------------------------------------------------------


def _proof_checks(
    pdf: bytes,
    value: dict[str, Any] | None,
    number: str | None,
    proof: bytes | None,
    log_keys: Sequence[str],
    *,
    vouched: bool,
) -> list[Check]:
    """Return the checks about the log: the records shown, and the file itself where its proof was given."""
    known = [key for key in map(parse_verifier_key, log_keys) if key is not None]
    keys = known or (proofs.keys_in(value) if value is not None and vouched else [])
    checks = [proofs.check_records(value, keys)]
    if not keys:
        reason = "no key of the log is known: the seal must be good, or the key be given"
        checks = [Check("record proofs", False, reason)]
    if proof is not None:
        checks.append(proofs.check_own(proof, hashlib.sha256(pdf).hexdigest(), keys, number=number))
    return checks
