"""The organisation's electronic seal: an EC P-256 key and a certificate directly below a root of its own.

Production puts four files into the keys folder (or fewer: the root's key stays with whoever keeps the root) and this file
only reads them. For development and the demo it can make them, and says so loudly. The shape of the chain is the one under
which signatures were seen to validate decades later: root outlives everything, seal flat below the root, own root for the
seal alone. The signer is handed on as pyHanko's Signer, so a key in a hardware module takes the same place.
"""

import logging
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Final

from asn1crypto import keys, x509
from cryptography import x509 as c_x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from pyhanko.sign.signers import Signer, SimpleSigner
from pyhanko_certvalidator.registry import SimpleCertificateStore

from testamur.documents.certificates import VALID_FROM, make_folder, name_of, pem_of, root_of, usage
from testamur.kernel.errors import NotFound

FOLDER: Final = "seal"
ROOT_CERTIFICATE: Final = "root.pem"
_ROOT_KEY: Final = "root.key"
_CERTIFICATE: Final = "seal.pem"
_KEY: Final = "seal.key"
_SEAL_UNTIL: Final = datetime(2046, 1, 1, tzinfo=UTC)


_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Seal:
    """What signing needs: the signer, its certificate's organisation, and the root that others must trust (PEM)."""

    organisation: str
    root_pem: bytes
    signer: Signer = field(repr=False)


class _CachedKeySigner(SimpleSigner):
    """A signer that keeps its loaded key; pyHanko's own loads it again for every signature."""

    def __init__(self, certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey) -> None:
        """Hold the key as the library loaded it; roots are not embedded, because a verifier must bring its own."""
        der = key.private_bytes(
            serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        super().__init__(
            signing_cert=certificate,
            signing_key=keys.PrivateKeyInfo.load(der),
            cert_registry=SimpleCertificateStore(),  # type: ignore[no-untyped-call]
            embed_roots=False,
        )
        self._key = key

    def sign_raw(self, data: bytes, digest_algorithm: str) -> bytes:
        """Return the DER signature over some bytes; only SHA-256 is used here."""
        if digest_algorithm != "sha256":
            message = f"the seal signs SHA-256 digests, not {digest_algorithm}"
            raise ValueError(message)
        return self._key.sign(data, ec.ECDSA(hashes.SHA256()))


def ensure_seal(directory: Path, *, organisation: str, create: bool) -> Seal:
    """Return the seal in `directory`/seal; with `create`, make one where there is none and warn loudly.

    Safe when several processes start at once: the folder appears whole or not at all, and the first one wins.
    Raises NotFound where there is none and none may be made.
    """
    folder = directory / FOLDER
    if not folder.is_dir():
        if not create:
            raise NotFound(
                f"There is no seal in the keys folder. Put {_KEY}, {_CERTIFICATE} and {ROOT_CERTIFICATE} into its "
                f"folder “{FOLDER}”, or set TESTAMUR_CREATE_KEYS=1 for a development seal."
            )
        _make_seal(folder, organisation)
        _log.warning(
            "A DEVELOPMENT SEAL WAS MADE for “%s”. Documents that it seals prove nothing to outsiders; production brings "
            "its own key and certificate.",
            organisation,
        )
    return _load(folder)


def root_certificate(directory: Path) -> Path:
    """Return where the root certificate of a keys folder lies; it need not exist."""
    return directory / FOLDER / ROOT_CERTIFICATE


@cache
def _load(folder: Path) -> Seal:
    """Read a seal once a process."""
    try:
        key = serialization.load_pem_private_key((folder / _KEY).read_bytes(), password=None)
        certificate = c_x509.load_pem_x509_certificate((folder / _CERTIFICATE).read_bytes())
        root_pem = (folder / ROOT_CERTIFICATE).read_bytes()
    except (OSError, ValueError) as error:
        raise NotFound(f"The seal in the keys folder cannot be read ({type(error).__name__}).") from None
    if not isinstance(key, ec.EllipticCurvePrivateKey) or key.public_key() != certificate.public_key():
        raise NotFound(f"The seal's key and certificate do not belong together; check {_KEY} and {_CERTIFICATE}.")
    name = certificate.subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)
    der = certificate.public_bytes(serialization.Encoding.DER)
    signer = _CachedKeySigner(x509.Certificate.load(der), key)
    return Seal(str(name[0].value) if name else "", root_pem, signer)


def _make_seal(folder: Path, organisation: str) -> None:
    """Make a root and a seal below it."""
    root_key, seal_key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    root_name, seal_name = name_of(organisation, "Seal root"), name_of(organisation, "Register seal")
    certificate = _seal_certificate(seal_name, seal_key, root_name, root_key)
    files = {
        _ROOT_KEY: pem_of(root_key),
        _KEY: pem_of(seal_key),
        ROOT_CERTIFICATE: root_of(root_name, root_key).public_bytes(serialization.Encoding.PEM),
        _CERTIFICATE: certificate.public_bytes(serialization.Encoding.PEM),
    }
    make_folder(folder, files)


def _seal_certificate(
    name: c_x509.Name, key: ec.EllipticCurvePrivateKey, issuer: c_x509.Name, issuer_key: ec.EllipticCurvePrivateKey
) -> c_x509.Certificate:
    """Return the seal's certificate, directly below the root."""
    builder = c_x509.CertificateBuilder(issuer, name, key.public_key(), c_x509.random_serial_number())
    authority = c_x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key())
    return (
        builder.not_valid_before(VALID_FROM)
        .not_valid_after(_SEAL_UNTIL)
        .add_extension(c_x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage(signs_documents=True), critical=True)
        .add_extension(c_x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(authority, critical=False)
        .sign(issuer_key, hashes.SHA256())
    )
