"""Keys and certificates made for development and the demo: a root that outlives all, and folders that appear whole."""

import os
import shutil
import tempfile
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from cryptography import x509 as c_x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

VALID_FROM: Final = datetime(2020, 1, 1, tzinfo=UTC)
_ROOT_UNTIL: Final = datetime(2081, 1, 1, tzinfo=UTC)


def name_of(organisation: str, unit: str) -> c_x509.Name:
    """Return the certificate name of one part of an organisation; X.520 allows 64 characters a field."""
    return c_x509.Name(
        [
            c_x509.NameAttribute(NameOID.COUNTRY_NAME, "AU"),
            c_x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation[:64]),
            c_x509.NameAttribute(NameOID.COMMON_NAME, f"{organisation[:48]} {unit}"[:64]),
        ]
    )


def usage(*, signs_documents: bool) -> c_x509.KeyUsage:
    """Return the key usage of a seal (signature, content commitment) or of a root (certificates, CRLs)."""
    return c_x509.KeyUsage(
        digital_signature=signs_documents,
        content_commitment=signs_documents,
        key_cert_sign=not signs_documents,
        crl_sign=not signs_documents,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def root_of(name: c_x509.Name, key: ec.EllipticCurvePrivateKey) -> c_x509.Certificate:
    """Return the self-signed root."""
    builder = c_x509.CertificateBuilder(name, name, key.public_key(), c_x509.random_serial_number())
    return (
        builder.not_valid_before(VALID_FROM)
        .not_valid_after(_ROOT_UNTIL)
        .add_extension(c_x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage(signs_documents=False), critical=True)
        .add_extension(c_x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )


def pem_of(key: ec.EllipticCurvePrivateKey) -> bytes:
    """Return a private key as unencrypted PKCS#8 PEM; the file's mode protects it."""
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def make_folder(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write some files, all 0600, into a new folder; keep the winner's where another process was faster."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        for name, content in files.items():
            _write_private(draft / name, content)
        os.rename(draft, folder)
    except OSError:
        if not folder.is_dir():
            raise
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _write_private(path: Path, content: bytes) -> None:
    """Write a file that only its owner can read, from its first byte on."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
