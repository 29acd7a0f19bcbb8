import logging
import stat
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from io import BytesIO
from multiprocessing import get_context
from pathlib import Path

import pytest
from asn1crypto import pem, x509
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.fields import MDPPerm

from testamur.documents.seal import ensure_seal, root_certificate
from testamur.documents.sign import sign_document
from testamur.kernel.errors import NotFound
from tests.rules.documents_samples import AT, rendered, seal, sealed


def test_without_a_seal_and_without_leave_to_make_one_it_says_what_to_do(tmp_path):
    with pytest.raises(NotFound, match=r"seal\.key, seal\.pem and root\.pem"):
        ensure_seal(tmp_path, organisation="Register", create=False)
    assert list(tmp_path.iterdir()) == []


def test_a_made_seal_warns_loudly_once_and_stays(tmp_path, caplog):
    with caplog.at_level(logging.WARNING):
        first = ensure_seal(tmp_path, organisation="Register", create=True)
        again = ensure_seal(tmp_path, organisation="Other", create=False)
    assert [record.getMessage()[:27] for record in caplog.records] == ["A DEVELOPMENT SEAL WAS MADE"]
    assert first.root_pem == again.root_pem == root_certificate(tmp_path).read_bytes()
    assert again.organisation == "Register"


def test_every_file_is_its_owners_alone(tmp_path):
    ensure_seal(tmp_path, organisation="Register", create=True)
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "seal").iterdir()}
    assert modes == dict.fromkeys(("root.key", "root.pem", "seal.key", "seal.pem"), 0o600)
    assert stat.S_IMODE((tmp_path / "seal").stat().st_mode) == 0o700


def _root(folder: Path) -> bytes:
    return ensure_seal(folder, organisation="Register", create=True).root_pem


def test_processes_that_start_together_agree_on_one_seal(tmp_path):
    with ProcessPoolExecutor(4, mp_context=get_context("spawn")) as pool:
        roots = set(pool.map(_root, [tmp_path] * 8))
    assert roots == {root_certificate(tmp_path).read_bytes()}
    assert [path.name for path in tmp_path.iterdir()] == ["seal"]


def test_a_key_that_does_not_belong_to_its_certificate_is_refused(tmp_path):
    ensure_seal(tmp_path / "a", organisation="Register", create=True)
    ensure_seal(tmp_path / "b", organisation="Register", create=True)
    (tmp_path / "c/seal").mkdir(parents=True)
    for source, name in (("a", "seal.key"), ("b", "seal.pem"), ("b", "root.pem")):
        (tmp_path / "c/seal" / name).write_bytes((tmp_path / source / "seal" / name).read_bytes())
    with pytest.raises(NotFound, match="do not belong together"):
        ensure_seal(tmp_path / "c", organisation="Register", create=False)


def test_an_unreadable_key_is_refused_without_showing_it(tmp_path):
    ensure_seal(tmp_path / "a", organisation="Register", create=True)
    (tmp_path / "b/seal").mkdir(parents=True)
    for name in ("seal.pem", "root.pem"):
        (tmp_path / "b/seal" / name).write_bytes((tmp_path / "a/seal" / name).read_bytes())
    (tmp_path / "b/seal/seal.key").write_text("SECRET nonsense")
    with pytest.raises(NotFound) as refusal:
        ensure_seal(tmp_path / "b", organisation="Register", create=False)
    assert "SECRET" not in refusal.value.message


def test_the_root_outlives_the_seal_and_signs_no_documents():
    _, _, der = pem.unarmor(seal().root_pem)
    root = x509.Certificate.load(der)
    certificate = seal().signer.signing_cert
    assert root.not_valid_after > certificate.not_valid_after
    assert root.key_usage_value.native == {"key_cert_sign", "crl_sign"}
    assert certificate.key_usage_value.native == {"digital_signature", "non_repudiation"}
    assert certificate.issuer == root.subject


def test_the_rendered_bytes_and_a_newline_begin_the_sealed_file():
    assert sealed().startswith(rendered() + b"\n")


def test_the_signature_certifies_permits_no_change_and_bears_the_given_moment():
    (signature,) = PdfFileReader(BytesIO(sealed())).embedded_signatures
    assert signature.docmdp_level == MDPPerm.NO_CHANGES
    assert signature.sig_object["/SubFilter"] == "/ETSI.CAdES.detached"
    assert signature.self_reported_timestamp == AT
    certificates = [choice.chosen.subject.native["common_name"] for choice in signature.signed_data["certificates"]]
    assert certificates == ["Register of Tertiary Achievement Register seal"]
    attributes = {attribute["type"].native for attribute in signature.signer_info["signed_attrs"]}
    assert attributes == {"content_type", "message_digest", "signing_certificate_v2"}


def test_a_moment_without_a_zone_is_refused():
    with pytest.raises(ValueError, match="time zone"):
        sign_document(rendered(), seal(), at=datetime(2026, 3, 14))


def test_signing_twice_gives_two_good_files_with_their_own_moments():
    later = datetime(2027, 1, 1, tzinfo=UTC)
    (signature,) = PdfFileReader(BytesIO(sign_document(rendered(), seal(), at=later))).embedded_signatures
    assert signature.self_reported_timestamp == later
