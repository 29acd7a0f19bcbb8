"""Time-stamps for signatures (PAdES B-T, RFC 3161): from a service outside, or in development from a key of this machine.

The stamp proves that a signature stood when the seal's certificate was good. Its root is another than the seal's, because the
revocation lists of a shared root would later speak about both.
"""

import hashlib
import logging
import secrets
import urllib.error
import urllib.request
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, Final

from asn1crypto import cms, core, tsp, x509
from cryptography import x509 as c_x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID
from pyhanko.sign.general import as_signing_certificate_v2
from pyhanko.sign.timestamps import TimeStamper

from testamur.documents.certificates import VALID_FROM, make_folder, name_of, pem_of, root_of, usage
from testamur.kernel.errors import NotFound, Refusal

FOLDER: Final = "stamp"
ROOT_CERTIFICATE: Final = "root.pem"
_CERTIFICATE: Final = "stamp.pem"
_KEY: Final = "stamp.key"
_UNTIL: Final = datetime(2036, 1, 1, tzinfo=UTC)
_POLICY: Final = "1.3.6.1.4.1.4146.2.2"
_LARGEST_ANSWER: Final = 64 * 1024
_SECONDS: Final = 20

_log = logging.getLogger(__name__)


class StampRefused(Refusal):
    """The service gave no time-stamp; nothing is signed without one, and the act can be done again."""


class LocalStamper(TimeStamper):
    """A time-stamper of this machine, for development, tests and benches; `clock` tells its time."""

    def __init__(
        self,
        certificate: x509.Certificate,
        key: ec.EllipticCurvePrivateKey,
        root_pem: bytes,
        clock: Callable[[], datetime],
    ) -> None:
        """Hold the key as loaded, and the root that verifiers must trust."""
        super().__init__()  # type: ignore[no-untyped-call]
        self.root_pem = root_pem
        self._certificate = certificate
        self._key = key
        self._clock = clock

    async def async_request_tsa_response(self, req: tsp.TimeStampReq) -> tsp.TimeStampResp:
        """Answer a request as a service would."""
        return tsp.TimeStampResp(
            {"status": tsp.PKIStatusInfo({"status": "granted"}), "time_stamp_token": self._token(req)}
        )

    def _token(self, req: tsp.TimeStampReq) -> cms.ContentInfo:
        """Return the signed token."""
        own = self._certificate
        stated = {
            "version": "v1",
            "policy": _POLICY,
            "message_imprint": req["message_imprint"],
            "serial_number": secrets.randbits(63),
            "gen_time": self._clock(),
        }
        if req["nonce"].native is not None:
            stated["nonce"] = req["nonce"]
        info = tsp.TSTInfo(stated).dump()
        attributes = {
            "content_type": "tst_info",
            "message_digest": hashlib.sha256(info).digest(),
            "signing_certificate_v2": as_signing_certificate_v2(own),
        }
        signed = cms.CMSAttributes([{"type": name, "values": [value]} for name, value in attributes.items()])
        signer: dict[str, Any] = {
            "version": "v1",
            "sid": cms.SignerIdentifier(
                "issuer_and_serial_number",
                cms.IssuerAndSerialNumber({"issuer": own.issuer, "serial_number": own.serial_number}),
            ),
            "digest_algorithm": {"algorithm": "sha256"},
            "signed_attrs": signed,
            "signature_algorithm": {"algorithm": "sha256_ecdsa"},
            "signature": self._key.sign(signed.dump(), ec.ECDSA(hashes.SHA256())),
        }
        content = {
            "version": "v3",
            "digest_algorithms": [{"algorithm": "sha256"}],
            "encap_content_info": {"content_type": "tst_info", "content": core.ParsableOctetString(info)},
            "certificates": [own],
            "signer_infos": [cms.SignerInfo(signer)],
        }
        return cms.ContentInfo({"content_type": "signed_data", "content": cms.SignedData(content)})


class RemoteStamper(TimeStamper):
    """A time-stamping service at an https address (RFC 3161 over HTTP)."""

    def __init__(self, address: str) -> None:
        """Hold the address; raises ValueError for any but https, or http on this machine."""
        super().__init__()  # type: ignore[no-untyped-call]
        if not address.startswith(("https://", "http://127.0.0.1:", "http://localhost:")):
            message = "the time-stamping service needs an address that begins with https://"
            raise ValueError(message)
        self._address = address

    async def async_request_tsa_response(self, req: tsp.TimeStampReq) -> tsp.TimeStampResp:
        """Ask the service; raises StampRefused where it does not answer as it must."""
        asked = urllib.request.Request(  # noqa: S310 - the scheme was checked
            self._address, data=req.dump(), headers={"Content-Type": "application/timestamp-query"}
        )
        try:
            with urllib.request.urlopen(asked, timeout=_SECONDS) as answer:  # noqa: S310
                body = answer.read(_LARGEST_ANSWER + 1)
                kind = answer.headers.get_content_type()
        except OSError as error:
            if isinstance(error, urllib.error.HTTPError):
                error.close()
            raise StampRefused(
                f"The time-stamping service did not answer ({type(error).__name__}). Nothing was signed; try again."
            ) from None
        if kind != "application/timestamp-reply" or len(body) > _LARGEST_ANSWER:
            raise StampRefused("The time-stamping service gave another answer than a time-stamp. Nothing was signed.")
        return tsp.TimeStampResp.load(body)


def stamp_root(directory: Path) -> Path:
    """Return where the root certificate of a keys folder's development stamps lies; it need not exist."""
    return directory / FOLDER / ROOT_CERTIFICATE


def ensure_stamper(
    directory: Path, *, organisation: str, create: bool, clock: Callable[[], datetime], address: str = ""
) -> TimeStamper:
    """Return the time-stamper: the service at `address`, or else the development key in `directory`/stamp.

    With `create`, makes the key where there is none and warns loudly. Raises NotFound where there is neither.
    """
    if address:
        return RemoteStamper(address)
    certificate, key, root_pem = development_stamp(directory, organisation, create=create)
    return LocalStamper(certificate, key, root_pem, clock)


def development_stamp(
    directory: Path, organisation: str, *, create: bool
) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey, bytes]:
    """Return the certificate, key and root in `directory`/stamp; with `create`, make them where there are none, and warn.

    Raises NotFound where there are none and none may be made.
    """
    folder = directory / FOLDER
    if not folder.is_dir():
        if not create:
            raise NotFound(
                "There is no time-stamping service. Set TESTAMUR_TIME_STAMP_URL, or TESTAMUR_CREATE_KEYS=1 for a development key."
            )
        _make_stamp(folder, organisation)
        _log.warning(
            "A DEVELOPMENT TIME-STAMP KEY WAS MADE for “%s”. Its stamps prove nothing to outsiders.", organisation
        )
    return _load(folder)


@cache
def _load(folder: Path) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey, bytes]:
    """Read the development key once a process."""
    try:
        key = serialization.load_pem_private_key((folder / _KEY).read_bytes(), password=None)
        certificate = c_x509.load_pem_x509_certificate((folder / _CERTIFICATE).read_bytes())
        root_pem = (folder / ROOT_CERTIFICATE).read_bytes()
    except (OSError, ValueError) as error:
        raise NotFound(f"The time-stamp key in the keys folder cannot be read ({type(error).__name__}).") from None
    if not isinstance(key, ec.EllipticCurvePrivateKey) or key.public_key() != certificate.public_key():
        raise NotFound(
            f"The time-stamp key and its certificate do not belong together; check {_KEY} and {_CERTIFICATE}."
        )
    return x509.Certificate.load(certificate.public_bytes(serialization.Encoding.DER)), key, root_pem


def _make_stamp(folder: Path, organisation: str) -> None:
    """Make a root of its own and a time-stamp certificate below it."""
    root_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    root_name = name_of(organisation, "Stamp root")
    root = root_of(root_name, root_key)
    builder = c_x509.CertificateBuilder(
        root_name, name_of(organisation, "Stamp"), key.public_key(), c_x509.random_serial_number()
    )
    certificate = (
        builder.not_valid_before(VALID_FROM)
        .not_valid_after(_UNTIL)
        .add_extension(c_x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage(signs_documents=True), critical=True)
        .add_extension(c_x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), critical=True)
        .add_extension(c_x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(c_x509.AuthorityKeyIdentifier.from_issuer_public_key(root_key.public_key()), critical=False)
        .sign(root_key, hashes.SHA256())
    )
    files = {
        "root.key": pem_of(root_key),
        _KEY: pem_of(key),
        ROOT_CERTIFICATE: root.public_bytes(serialization.Encoding.PEM),
        _CERTIFICATE: certificate.public_bytes(serialization.Encoding.PEM),
    }
    make_folder(folder, files)
