"""How a webhook's messages are signed, and how its secret is kept. Pure but for the site's own key.

The headers and the signed text are those of Standard Webhooks 1.0.0: `webhook-id`, `webhook-timestamp` and
`webhook-signature: v1,<Base64>`, where the signature is HMAC-SHA256 over `<id>.<timestamp>.<body>` under the secret's bytes.
"""

import base64
import hashlib
import hmac
import os
from collections.abc import Mapping
from datetime import datetime
from typing import Final
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

_MARK: Final = "whsec_"
_LABEL: Final = b"testamur webhook secret 1"


def new_secret() -> str:
    """Return a new secret as its owner enters it: a mark and 32 random bytes in Base64."""
    return _MARK + base64.b64encode(os.urandom(32)).decode()


def headers_of(secret: str, *, event_id: UUID, body: str, at: datetime) -> Mapping[str, str]:
    """Return the headers that prove who sent a body, and when; raises ValueError for what is no secret of ours."""
    if not secret.startswith(_MARK):
        raise ValueError("a webhook's secret begins with its mark")
    stamp = str(int(at.timestamp()))
    key = base64.b64decode(secret.removeprefix(_MARK), validate=True)
    mac = hmac.new(key, f"{event_id}.{stamp}.{body}".encode(), hashlib.sha256).digest()
    return {
        "webhook-id": str(event_id),
        "webhook-timestamp": stamp,
        "webhook-signature": f"v1,{base64.b64encode(mac).decode()}",
    }


def sealed(secret: str) -> str:
    """Return a secret as it is stored: nonce and ciphertext in Base64."""
    nonce = os.urandom(12)
    return base64.b64encode(nonce + _ciphers()[0].encrypt(nonce, secret.encode(), _LABEL)).decode()


def opened(stored: str) -> str:
    """Return a stored secret; raises InvalidTag where no key of ours opens it."""
    raw = base64.b64decode(stored)
    for cipher in _ciphers():
        try:
            return cipher.decrypt(raw[:12], raw[12:], _LABEL).decode()
        except InvalidTag:
            continue
    raise InvalidTag


def _ciphers() -> list[AESGCM]:
    """Return one cipher a key of the site, the present key's first."""
    keys = [str(key) for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)]
    return [AESGCM(HKDF(SHA256(), 32, salt=None, info=_LABEL).derive(key.encode())) for key in keys]
