"""Keys that make a repeated request harmless: the second time gives the first answer and does nothing."""

import hashlib
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.contrib.sessions.models import Session
from django.db import connection

from testamur.accounts.models import IdempotencyKey
from testamur.kernel.canonical import Json, canonical_bytes
from testamur.kernel.errors import Conflict

_KEPT: Final = timedelta(days=30)
_CLAIM: Final = """
INSERT INTO accounts_idempotencykey (account_id, key, purpose, request_digest, result_ref, at)
VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING RETURNING id
"""


def digest_of(value: Json) -> str:
    """Return the SHA-256, in hex, of a request's plain values, to compare a repeated request with its first."""
    return hashlib.sha256(canonical_bytes(value)).hexdigest()


def once(*, account_id: UUID | None, key: str, purpose: str, digest: str, at: datetime) -> str | None:
    """Claim a key for one request: None means do the work now; text is the answer of the first time.

    Call it inside the transaction of the work, and `remember_once` at its end: the claim and the work commit together,
    and a second request with the key waits for the first. Refuses (Conflict) a key that was used with other content.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("once() belongs inside the transaction of the work it guards")
    claimed = (account_id, key[:100], purpose, digest, "", at)
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, claimed)
        if cursor.fetchone():
            return None
    held = IdempotencyKey.objects.get(account_id=account_id, key=key[:100], purpose=purpose)
    if held.request_digest != digest:
        raise Conflict(
            "This was sent before with other content, and that was done. Look at what is there, then send anew."
        )
    return held.result_ref


def remember_once(*, account_id: UUID | None, key: str, purpose: str, result: str) -> None:
    """Keep the answer of a request that was claimed with `once`, for its repetitions."""
    IdempotencyKey.objects.filter(account_id=account_id, key=key[:100], purpose=purpose).update(result_ref=result)


def forget_spent(*, at: datetime) -> tuple[int, int]:
    """Sessions that ended and answers to requests older than thirty days are gone; returns how many of each. Daily.

    A request that is repeated after thirty days meets the state that it led to, and is refused by it.
    """
    sessions, _ = Session.objects.filter(expire_date__lt=at).delete()
    answers, _ = IdempotencyKey.objects.filter(at__lt=at - _KEPT).delete()
    return sessions, answers
