import shutil
import subprocess
from datetime import UTC, datetime
from functools import cache
from io import BytesIO
from pathlib import Path
from tempfile import mkdtemp
from threading import Thread
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pikepdf
import pytest
from asn1crypto import tsp

from testamur.documents.archival import check_archival
from testamur.documents.examine import DATA_NAME, examine
from testamur.documents.seal import Seal, ensure_seal
from testamur.documents.sign import sign_document
from testamur.documents.stamp import LocalStamper, RemoteStamper, StampRefused, ensure_stamper
from testamur.kernel.errors import NotFound
from tests.documents import samples

AT = datetime(2026, 3, 14, 1, 2, 3, tzinfo=UTC)
STAMPED = datetime(2026, 3, 14, 1, 2, 9, tzinfo=UTC)
LATER = datetime(2026, 9, 1, tzinfo=UTC)


@cache
def keys() -> tuple[Seal, LocalStamper]:
    """Return a seal and a time-stamper made for this run."""
    folder = Path(mkdtemp(prefix="stamp-"))
    seal = ensure_seal(folder, organisation="Wattle Ridge Institute", create=True)
    return seal, ensure_stamper(folder, organisation="Wattle Ridge Institute", create=True, clock=lambda: STAMPED)


@cache
def signed() -> bytes:
    """Return the sample testamur, sealed and stamped."""
    seal, stamper = keys()
    return sign_document(samples.rendered("testamur"), seal, at=AT, stamper=stamper)


def examined(pdf: bytes, *, roots: bytes | None = None) -> dict[str, tuple[bool, str]]:
    """Return the checks of a file by their names."""
    seal, stamper = keys()
    trust = roots if roots is not None else seal.root_pem + stamper.root_pem
    report = examine(pdf, at=LATER, trust=trust, proof=None, log_keys=())
    return {check.name: (check.ok, check.detail) for check in report.checks}


def test_a_stamped_testamur_passes_every_check_and_stays_archival():
    found = examined(signed())
    assert [name for name, (ok, _) in found.items() if not ok] == []
    assert found["time-stamp"] == (True, "2026-03-14T01:02:09+00:00")
    assert found["data"] == (True, "about this document")
    assert check_archival(signed()) == ()
    assert signed().startswith(samples.rendered("testamur") + b"\n")


@pytest.mark.skipif(shutil.which("pdfsig") is None, reason="no pdfsig")
def test_pdfsig_and_qpdf_agree(tmp_path):
    path = tmp_path / "x.pdf"
    path.write_bytes(signed())
    said = subprocess.run(["pdfsig", "-nocert", path], capture_output=True, text=True, check=False).stdout
    assert "Signature is Valid" in said
    assert "Total document signed" in said
    if shutil.which("qpdf"):
        assert subprocess.run(["qpdf", "--check", path], capture_output=True, check=False).returncode == 0


def test_a_stamp_whose_root_is_not_brought_is_not_trusted():
    seal, _ = keys()
    found = examined(signed(), roots=seal.root_pem)
    assert found["time-stamp"] == (False, "the time-stamp is not trusted")


def test_no_changed_digit_of_the_signature_s_container_passes():
    pdf = signed()
    start = pdf.index(b"<", pdf.rindex(b"/Contents <") + 9) + 1
    length = len(pdf[start : pdf.index(b">", start)].rstrip(b"0"))
    for at in range(start, start + length, 199):
        digit = b"%x" % (int(chr(pdf[at]), 16) ^ 1)
        changed = pdf[:at] + digit + pdf[at + 1 :]
        assert not all(ok for ok, _ in examined(changed).values()), at - start


def test_data_about_another_document_are_seen():
    out = BytesIO()
    with pikepdf.open(BytesIO(samples.rendered("testamur"))) as document:
        data = document.attachments[DATA_NAME].get_file().read_bytes()
        other = data.replace(b"7KQ2M9XD4HTR3", b"9XW4R7PJ2GQE9")
        document.attachments[DATA_NAME] = pikepdf.AttachedFileSpec(document, other, filename=DATA_NAME)
        document.save(out)
    changed = sign_document(out.getvalue(), keys()[0], at=AT)
    assert examined(changed)["data"] == (False, "the data inside are about another document")
    out = BytesIO()
    with pikepdf.open(BytesIO(samples.rendered("testamur"))) as document:
        document.attachments[DATA_NAME] = pikepdf.AttachedFileSpec(document, b"[]", filename=DATA_NAME)
        document.save(out)
    assert examined(sign_document(out.getvalue(), keys()[0], at=AT))["data"] == (
        False,
        "the data inside cannot be read",
    )


def test_the_two_roots_are_different_and_the_keys_stay():
    seal, stamper = keys()
    assert seal.root_pem != stamper.root_pem


def test_without_a_key_or_a_service_it_says_what_to_do(tmp_path):
    with pytest.raises(NotFound, match="TESTAMUR_CREATE_KEYS"):
        ensure_stamper(tmp_path, organisation="X", create=False, clock=lambda: AT)


class _Quiet(WSGIRequestHandler):
    def log_message(self, *_):
        """Say nothing."""


@pytest.fixture
def service():
    """Serve RFC 3161 on a local port; the fault of a test stands in the environment's path."""
    _, stamper = keys()

    def answer(environ, start):
        asked = tsp.TimeStampReq.load(environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])))
        path = environ["PATH_INFO"]
        kind = "text/html" if path == "/page" else "application/timestamp-reply"
        start("500 Oh" if path == "/down" else "200 OK", [("Content-Type", kind)])
        token = stamper._token(asked)
        granted = {"status": tsp.PKIStatusInfo({"status": "granted"}), "time_stamp_token": token}
        return [b"x" * 70_000] if path == "/long" else [tsp.TimeStampResp(granted).dump()]

    server = make_server("127.0.0.1", 0, answer, handler_class=_Quiet)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_service_outside_gives_the_stamp(service):
    pdf = sign_document(samples.rendered("testamur"), keys()[0], at=AT, stamper=RemoteStamper(service + "/"))
    assert all(ok for ok, _ in examined(pdf).values())


@pytest.mark.parametrize("path", ["/down", "/page", "/long"])
def test_a_service_that_gives_no_stamp_leaves_nothing_signed(service, path):
    with pytest.raises(StampRefused, match="Nothing was signed"):
        sign_document(samples.rendered("testamur"), keys()[0], at=AT, stamper=RemoteStamper(service + path))


def test_an_address_without_https_is_refused():
    with pytest.raises(ValueError, match="https"):
        RemoteStamper("http://tsa.example/")
