"""A provider's systems for tests: keys made by the real actions, and requests of the API under them."""

import json
from collections.abc import Collection, Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from testamur.accounts import actions as accounts_actions
from testamur.accounts.roles import Role, Scope
from tests import build
from tests.closing import Closing
from tests.lodged import Lodging

BASE = "/api/v1"
SENDING = (Scope.READ_SUBMISSIONS, Scope.WRITE_SUBMISSIONS, Scope.READ_STUDENTS, Scope.READ_PROVIDER)
DECLARING = (Scope.READ_SUBMISSIONS, Scope.DECLARE_SUBMISSIONS)


class Keyed:
    """Requests under one key, with JSON in and out; an empty token shows no key."""

    def __init__(self, token: str = "", key_id: UUID | None = None) -> None:
        self.token, self.key_id = token, key_id
        self.client = Client(headers={"Authorization": f"Bearer {token}"} if token else {})

    def get(self, path: str, **query: Any) -> Any:
        """Ask for something."""
        return self.client.get(BASE + path, query)

    def download(self, path: str, **query: Any) -> tuple[str, bytes]:
        """Return the name and the bytes of a file that is handed out."""
        answer = self.get(path, **query)
        assert answer.status_code == 200, answer.content
        return answer["Content-Disposition"], b"".join(answer.streaming_content)  # read to its end it closes the file

    def post(self, path: str, body: Any = None, *, key: str = "") -> Any:
        """Send JSON."""
        headers = {"Idempotency-Key": key} if key else {}
        if body is None:
            return self.client.generic("POST", BASE + path, headers=headers)
        return self.client.post(BASE + path, json.dumps(body), content_type="application/json", headers=headers)

    def put(self, path: str, piece: bytes, range_: str) -> Any:
        """Send a piece."""
        return self.client.put(
            BASE + path, piece, content_type="application/octet-stream", headers={"Content-Range": range_}
        )

    def delete(self, path: str) -> Any:
        """Remove something."""
        return self.client.delete(BASE + path)

    def form(self, path: str, files: Mapping[str, bytes]) -> Any:
        """Send files in a form."""
        sent = [SimpleUploadedFile(name, content) for name, content in files.items()]
        return self.client.post(BASE + path, {"files": sent})


def keyed(
    lodging: Lodging | Closing,
    scopes: Collection[Scope] = SENDING,
    *,
    name: str = "Student system",
    by: UUID | None = None,
) -> Keyed:
    """Return a system of a provider under a new key, made by its administrator unless told otherwise."""
    cache.clear()  # counters of other tests
    now = timezone.now()
    made = accounts_actions.make_key(
        lodging.provider.organisation_id,
        system_name=name,
        scopes=scopes,
        expires_at=now + timedelta(days=30),
        by=by or lodging.administrator.id,
        at=now,
    )
    return Keyed(made.token, made.id)


def declaring(lodging: Lodging) -> Keyed:
    """Return a system that declares, under a key that a second administrator made."""
    second = build.member(Role.PROVIDER_ADMINISTRATOR, lodging.provider.organisation_id)
    return keyed(lodging, DECLARING, name="Declaring system", by=second.id)
