"""Systems and their keys as provider administrators and the secretariat read them: never the key itself."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from testamur.accounts.roles import DESCRIPTIONS, SCOPE_WORDS
from testamur.accounts.rules import role_of_system
from testamur.accounts.systems import KeyFacts
from testamur.web.parts import Cell, Table, Tone
from testamur.web.templatetags.testamur import long_date

_SOON: Final = timedelta(days=30)


def state_of(key: KeyFacts, at: datetime) -> tuple[str, Tone]:
    """Return a key's state in words, with its tone."""
    if key.revoked_at is not None:
        return "Revoked", "quiet"
    if at >= key.expires_at:
        return "Expired", "quiet"
    return (
        ("Ends soon", "warn")
        if key.expires_at - at <= _SOON
        else ("In use" if key.last_used_at else "Not used yet", "good")
    )


def keys_table(
    keys: Sequence[KeyFacts],
    *,
    at: datetime,
    names: Mapping[UUID | None, str],
    day: Callable[[datetime | None], str],
    zone: str,
    revoke: Callable[[KeyFacts], str] | None,
    empty: str,
) -> Table:
    """Return a provider's keys. `day` writes a moment, `revoke` gives the address that revokes a key, where one may.

    `zone` is the provider's IANA zone, in which a key's last day is one.
    """
    rows = []
    for key in keys:
        words, tone = state_of(key, at)
        row: list[object] = [
            Cell(key.system_name, note=f"{_role(key)}; key made by {names[key.made_by]}, {day(key.made_at)}"),
            Cell(f"{key.prefix}…", mono=True),
            scope_words(key),
            Cell(words, tone=tone, note=_end(key, names, day, zone)),
            day(key.last_used_at) or "never",
        ]
        if revoke is not None:
            row.append(Cell("Revoke", url=revoke(key)) if key.usable(at) else "")
        rows.append(row)
    columns = ["System", "Key", "May", "State", "Last used", *(["Change"] if revoke else [])]
    return Table("Systems and their keys", columns, rows, empty=empty)


def scope_words(key: KeyFacts) -> str:
    """Return what a key may be used for."""
    return "; ".join(SCOPE_WORDS[scope] for scope in key.scopes)


def people_of(keys: Iterable[KeyFacts]) -> set[UUID]:
    """Return who made and who revoked keys."""
    return {person for key in keys for person in (key.made_by, key.revoked_by) if person is not None}


def _role(key: KeyFacts) -> str:
    """Return in which role the key's system acts."""
    return DESCRIPTIONS[role_of_system(key.scopes)].title


def _end(key: KeyFacts, names: Mapping[UUID | None, str], day: Callable[[datetime | None], str], zone: str) -> str:
    """Return the last day of a key, or who ended it and why."""
    if key.revoked_at is None:
        last = (key.expires_at - timedelta(microseconds=1)).astimezone(ZoneInfo(zone)).date()
        return f"until the end of {long_date(last)}"
    said = f"by {names.get(key.revoked_by, 'the register')}, {day(key.revoked_at)}"
    return f"{said}: {key.revoke_reason}" if key.revoke_reason else said
