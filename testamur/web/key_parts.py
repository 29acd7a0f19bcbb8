"""Systems and their keys as provider administrators and the secretariat read them: never the key itself."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from testamur.accounts.roles import DESCRIPTIONS, SCOPE_WORDS
from testamur.accounts.rules import role_of_system
from testamur.accounts.systems import KeyFacts
from testamur.web.parts import Cell, Table, Tone

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
    revoke: Callable[[KeyFacts], str] | None,
    empty: str,
) -> Table:
    """Return a provider's keys. `day` writes a moment, `revoke` gives the address that revokes a key, where one may."""
    rows = []
    for key in keys:
        words, tone = state_of(key, at)
        row: list[object] = [
            Cell(key.system_name, note=DESCRIPTIONS[role_of_system(key.scopes)].title),
            Cell(f"{key.prefix}…", mono=True, note=f"Made by {names[key.made_by]}, {day(key.made_at)}"),
            scope_words(key),
            Cell(words, tone=tone, note=_end(key, names, day)),
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


def _end(key: KeyFacts, names: Mapping[UUID | None, str], day: Callable[[datetime | None], str]) -> str:
    """Return until when a key holds, or who ended it and why."""
    if key.revoked_at is None:
        return f"until {day(key.expires_at)}"
    said = f"by {names.get(key.revoked_by, 'the register')}, {day(key.revoked_at)}"
    return f"{said}: {key.revoke_reason}" if key.revoke_reason else said
