"""How access events are written into a day's digest; docs/formats/access-digest.md. Pure.

Each event is sealed on its own, so that events can go when their time is up and the others stay checkable; the number and
last day of each stay, so that none can go before.
"""

import hmac
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from typing import Final, Protocol
from uuid import UUID

from testamur.kernel.canonical import Json, canonical_bytes

ENTRY_BYTES: Final = 44
_DOMAIN: Final = b"testamur/access-day/v1\n"


class EventRow(Protocol):
    """What an access event is read from."""

    id: int
    at: datetime
    event_date: date
    account: UUID | None
    role: str
    person: UUID | None
    student: int | None
    provider: int | None
    action: str
    purpose: str
    case: str | None
    kept_until: date


@dataclass(frozen=True, slots=True)
class RecordedAccess:
    """One access event: who did what, why, about whom, until when it is kept."""

    id: int
    at: datetime
    event_date: date
    account: UUID | None
    role: str
    person: UUID | None
    student: int | None
    provider: int | None
    action: str
    purpose: str
    case: str | None
    kept_until: date

    @classmethod
    def of(cls, row: EventRow) -> "RecordedAccess":
        """Return the event of a row."""
        return cls(**{name: getattr(row, name) for name in cls.__slots__})

    @property
    def canonical(self) -> bytes:
        """Return the event's one written form."""
        plain: dict[str, Json] = {key: _plain(value) for key, value in asdict(self).items()}
        return canonical_bytes(plain)


@dataclass(frozen=True, slots=True)
class DigestEntry:
    """What a digest keeps of an event: its number, the day until which it is kept, its sealed hash."""

    id: int
    kept_until: date
    sealed: bytes


def _plain(value: object) -> Json:
    """Return a value as canonical JSON holds it; moments in UTC to the microsecond."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return value if value is None or isinstance(value, int) else str(value)


def sealed_hash(event: RecordedAccess, salt: bytes) -> bytes:
    """Return the 32 bytes that stand for an event in a digest with this salt."""
    return hmac.digest(salt, event.canonical, "sha256")


def entry_of(event: RecordedAccess, salt: bytes) -> bytes:
    """Return the 44 bytes that a digest keeps of an event."""
    kept = event.kept_until.toordinal().to_bytes(4, "big")
    return event.id.to_bytes(8, "big") + kept + sealed_hash(event, salt)


def entries_in(entries: bytes) -> Iterator[DigestEntry]:
    """Yield what a digest keeps; raises ValueError for bytes that are no entries."""
    for at in range(0, len(entries), ENTRY_BYTES):
        entry = entries[at : at + ENTRY_BYTES]
        if len(entry) < ENTRY_BYTES:
            message = "the entries end in the middle of one"
            raise ValueError(message)
        kept = date.fromordinal(int.from_bytes(entry[8:12], "big"))
        yield DigestEntry(int.from_bytes(entry[:8], "big"), kept, entry[12:])


def digest_commitment(salt: bytes, *, day: date, after_id: int, through_id: int, entries: bytes) -> bytes:
    """Return the commitment whose leaf stands for a day's access events."""
    head = f"{day.isoformat()} {after_id} {through_id}\n".encode()
    return hmac.digest(salt, _DOMAIN + head + entries, "sha256")
