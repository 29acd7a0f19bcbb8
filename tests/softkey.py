"""A passkey in software: answers WebAuthn ceremonies as a browser with a security key would, rightly or with one fault."""

import hashlib
import json
import os
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from fido2 import cbor
from fido2.cose import ES256
from fido2.utils import websafe_decode, websafe_encode

_PRESENT, _VERIFIED, _ATTESTED = 0x01, 0x04, 0x40


@dataclass
class SoftKey:
    """One key pair. `count` is the signature counter that the next use shows; None is a key that keeps none."""

    count: int | None = 1
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    id: bytes = field(default_factory=lambda: os.urandom(32))

    def add(self, options: dict[str, Any], *, origin: str, **faults: Any) -> dict[str, Any]:
        """Answer a creation ceremony; `faults` replace what the browser would say, such as `crossOrigin`."""
        asked = options["publicKey"]
        client = self._client("webauthn.create", asked["challenge"], origin, faults)
        public = dict(ES256.from_cryptography_key(self.key.public_key()))  # type: ignore[no-untyped-call]
        attested = b"\0" * 16 + len(self.id).to_bytes(2, "big") + self.id + cbor.encode(public)
        data = self._data(faults.get("rp", asked["rp"]["id"]), _ATTESTED) + attested
        made = cbor.encode({"fmt": "none", "attStmt": {}, "authData": data})
        return self._reply(clientDataJSON=client, attestationObject=made)

    def use(self, options: dict[str, Any], *, origin: str, **faults: Any) -> dict[str, Any]:
        """Answer a ceremony of use, and count on."""
        asked = options["publicKey"]
        client = self._client("webauthn.get", asked["challenge"], origin, faults)
        data = self._data(faults.get("rp", asked["rpId"]), 0)
        signature = self.key.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(SHA256()))
        return self._reply(clientDataJSON=client, authenticatorData=data, signature=faults.get("signature", signature))

    def _client(self, kind: str, challenge: str, origin: str, faults: dict[str, Any]) -> bytes:
        """Return what the browser says about the page."""
        said = {"type": kind, "challenge": challenge, "origin": origin, "crossOrigin": False}
        return json.dumps(said | {name: faults[name] for name in said.keys() & faults.keys()}).encode()

    def _data(self, rp: str, flags: int) -> bytes:
        """Return the authenticator's data: for whom, that somebody touched it, and the counter."""
        shown = self.count or 0
        if self.count is not None:
            self.count += 1
        flag = bytes([_PRESENT | _VERIFIED | flags])
        return hashlib.sha256(rp.encode()).digest() + flag + shown.to_bytes(4, "big")

    def _reply(self, **parts: bytes) -> dict[str, Any]:
        """Return the JSON that the page's script sends."""
        own = websafe_encode(self.id)
        response = {name: websafe_encode(value) for name, value in parts.items()}
        return {"id": own, "rawId": own, "type": "public-key", "clientExtensionResults": {}, "response": response}


def challenge_of(options: dict[str, Any]) -> bytes:
    """Return the challenge of a ceremony."""
    return bytes(websafe_decode(options["publicKey"]["challenge"]))
