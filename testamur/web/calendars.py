"""Calendars as files: whole-day events written as RFC 5545 has them, and the signed addresses at which programs fetch them.

An address is the id of a feed with the site's signature: it can be shown again, says nothing about anybody, and answers nothing
once the feed is revoked. What it answers is public data (days of training products), so no more hangs on it than that.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.core.signing import BadSignature, Signer

from testamur.providers import queries as providers_queries
from testamur.training.queries import copies, transitions
from testamur.training.queries.transitions import Transition
from testamur.web.product_parts import day_in, product_url, scope_codes

CONTENT_TYPE: Final = "text/calendar; charset=utf-8"
_SALT: Final = "testamur.web.calendars"
_LINE_OCTETS: Final = 75
_ESCAPED: Final = (("\\", "\\\\"), (";", "\\;"), (",", "\\,"), ("\r\n", "\\n"), ("\n", "\\n"), ("\r", "\\n"))


@dataclass(frozen=True, slots=True)
class Event:
    """A whole day in a calendar; `name` is unique and stays the same when the day moves."""

    name: str
    day: date
    summary: str
    description: str
    url: str


def token_of(feed_id: UUID) -> str:
    """Return the part of an address that names a feed: its id and the site's signature."""
    return Signer(salt=_SALT, sep=".").sign(feed_id.hex)


def feed_of(token: str) -> UUID | None:
    """Return the feed that a token names; None where the site did not sign it."""
    try:
        return UUID(hex=Signer(salt=_SALT, sep=".").unsign(token))
    except (BadSignature, ValueError):
        return None


def calendar_of(name: str, events: Iterable[Event], *, stamp: datetime) -> str:
    """Return a calendar file; `stamp` says as of when. Lines end in CR LF and hold at most 75 octets (RFC 5545, 3.1)."""
    host = urlsplit(settings.PUBLIC_URL).hostname or "localhost"
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Testamur//Transition calendar//EN", "CALSCALE:GREGORIAN"]
    lines += ["METHOD:PUBLISH", f"X-WR-CALNAME:{_text(name)}", "REFRESH-INTERVAL;VALUE=DURATION:P1D"]
    for event in events:
        lines += [
            "BEGIN:VEVENT",
            f"UID:{event.name}@{host}",
            f"DTSTAMP:{stamp:%Y%m%dT%H%M%SZ}",
            f"DTSTART;VALUE=DATE:{event.day:%Y%m%d}",
            f"DTEND;VALUE=DATE:{event.day + timedelta(days=1):%Y%m%d}",
            f"SUMMARY:{_text(event.summary)}",
            f"DESCRIPTION:{_text(event.description)}",
            f"URL:{event.url}",
            "TRANSP:TRANSPARENT",
            "END:VEVENT",
        ]
    lines.append("END:VCALENDAR")
    return "".join(_folded(line) for line in lines)


def events_of(transitions: Sequence[Transition], address: str) -> list[Event]:
    """Return the days of some transitions as events; `address` is that of a product's page with {code} in it."""
    return [
        Event(
            name=f"{each.code}-{what.replace(' ', '-')}",
            day=day,
            summary=f"{each.code}: {what}",
            description=f"{each.title}. Replaced by {', '.join(each.replaced_by)}."
            if each.replaced_by
            else f"{each.title}.",
            url=address.format(code=each.code),
        )
        for each in transitions
        for what, day in each.days
    ]


def feed_text(provider_id: int, *, at: datetime) -> str:
    """Return the calendar file of a provider's transitions, as of its own day."""
    brief = providers_queries.provider(provider_id)
    on = day_in(brief.zone, at)
    found = transitions.transitions_of(scope_codes(provider_id, on), on)
    snapshot = copies.youngest_snapshot()
    address = settings.PUBLIC_URL + product_url("CODE").replace("CODE", "{code}")
    stamp = (snapshot.loaded_at if snapshot else at).astimezone(UTC)
    return calendar_of(f"Transitions: {brief.legal_name}", events_of(found, address), stamp=stamp)


def _text(words: str) -> str:
    """Return a text as a property holds it (RFC 5545, 3.3.11)."""
    for sign, written in _ESCAPED:
        words = words.replace(sign, written)
    return words


def _folded(line: str) -> str:
    """Return a line folded after 75 octets at most, never inside a character; it ends in CR LF."""
    parts, rest, room = [], line, _LINE_OCTETS
    while len(rest.encode()) > room:
        cut = room
        while len(rest[:cut].encode()) > room:
            cut -= 1
        parts.append(rest[:cut])
        rest, room = rest[cut:], _LINE_OCTETS - 1
    return "\r\n ".join([*parts, rest]) + "\r\n"
