"""What the page of a provider shows besides its facts: the timeline picture, what can be done next, the history."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from django.urls import reverse
from django.utils import timezone

from testamur.accounts import queries as accounts_queries
from testamur.accounts.roles import Permission
from testamur.kernel.errors import NotFound
from testamur.providers import queries as providers_queries
from testamur.providers.queries import ProviderCard, RegistrationHeld
from testamur.register import queries as register_queries
from testamur.web.acting import Acting
from testamur.web.parts import Entry, Link, SummaryRow, Tone
from testamur.web.pictures import Figure, Lane, Moment, Span, provider_timeline
from testamur.web.pictures.palette import FillTone
from testamur.web.provider_words import state_words
from testamur.web.templatetags.testamur import long_date, long_moment

MOVES: Final = {
    "record_suspended": "Record a suspension",
    "record_reinstated": "Record the end of the suspension",
    "record_ceasing": "Record a notice of ceasing",
    "record_ceased": "Record that it has ceased",
    "record_lapsed": "Record that it lapsed",
    "record_cancelled": "Record that it was cancelled",
    "record_merged": "Record that another provider took over",
}
_LIVE: Final = frozenset({"registered", "suspended", "ceasing"})
_ENDED: Final = frozenset({"ceased", "merged", "lapsed", "cancelled", "archived"})
_TOLD_BY_MOVES: Final = frozenset({"registration ended", "registration added"})
_FILLS: Final[dict[str, FillTone]] = {"registered": "good", "suspended": "warn", "ceasing": "warn"}


@dataclass(frozen=True, slots=True)
class RegistrationParts:
    """One registration as the page shows it: its facts, its state in words, and the links of what can be done."""

    held: RegistrationHeld
    words: str
    tone: Tone
    rows: Sequence[SummaryRow]
    actions: Sequence[Link]


def registration_parts(held: RegistrationHeld, acting: Acting, *, case: UUID | None = None) -> RegistrationParts:
    """Return a registration's facts and the moves that this person may record next."""
    words, tone = state_words(held.state)
    until = long_date(held.registered_until) if held.registered_until else "no end recorded"
    rows = [
        SummaryRow("Sector", held.sector_label),
        SummaryRow("Number", held.number or "none recorded", mono=bool(held.number)),
        SummaryRow("Period", f"{long_date(held.registered_from)} until {until}"),
        SummaryRow("State", f"{words} since {long_date(held.state_since)}"),
    ]
    if held.successor_id:
        took = "accepted the records" if held.records_accepted_by_successor else "did not accept the records"
        rows.append(SummaryRow("Taken over by", f"{held.successor_name}, which {took}"))
    opened = [Link("Closure case", reverse("secretariat:closure", args=[case]))] if case else []
    return RegistrationParts(held, words, tone, [*rows, *_closure_rows(held)], [*opened, *_actions(held, acting)])


def picture_of(card: ProviderCard, on: date) -> Figure:
    """Return the registrations and what is held of the provider along time (REG-08, CQR-18)."""
    lanes = [Lane(held.regulator, _spans(held)) for held in card.registrations]
    held_spans = [
        Span(row.period_from, row.period_until, f"{row.format.upper()}, {row.records:,} records", "info")
        for row in register_queries.holdings(card.id)
        if row.period_from and row.period_until
    ]
    if held_spans:
        lanes.append(Lane("Records held", held_spans))
    due = [Moment(held.closure.due_date, "Records due") for held in card.registrations if held.closure]
    starts = [span.start for lane in lanes for span in lane.spans] or [on]
    ends = [*(moment.day for moment in due), *(span.end for lane in lanes for span in lane.spans if span.end), on]
    return provider_timeline(
        lanes,
        first=min(starts),
        last=max(ends),
        moments=due,
        lead="Registrations, and the periods of which records are held.",
    )


def history(card: ProviderCard) -> list[Entry]:
    """Return every move and change of a provider, the newest first, with who recorded it."""
    names: dict[UUID, str] = {}
    entries: list[tuple[datetime, Entry]] = []
    for change in reversed(providers_queries.changes_of(card.id)):
        if change.what not in _TOLD_BY_MOVES:
            day = long_date(timezone.localtime(change.at).date())
            detail = [_said(change.after), _by(change.by, change.at, names)]
            entries.append((change.at, Entry(day, change.what.capitalize(), [line for line in detail if line])))
    for held in card.registrations:
        for move in held.moves:
            words, tone = state_words(move.to_state)
            reason = [move.reason] if move.reason else []
            detail = [f"Authority: {move.authority}", *reason, _by(move.by, move.at, names)]
            when = f"{long_date(move.effective_date)}, {held.regulator}"
            entries.append((move.at, Entry(when, words, detail, tone=tone)))
    entries.sort(key=lambda pair: pair[0])
    return [entry for _, entry in reversed(entries)]


def _said(after: Mapping[str, object]) -> str:
    """Return what a change made so, as a line; days as they are read."""
    told = {key: value for key, value in after.items() if key != "registration" and value not in (None, "")}
    return "; ".join(f"{key.replace('_', ' ')}: {_day_or_text(value)}" for key, value in told.items())


def _day_or_text(value: object) -> str:
    """Return a kept day as it is read, anything else as text."""
    with suppress(ValueError):
        return long_date(date.fromisoformat(str(value)))
    return {"True": "yes", "False": "no"}.get(str(value), str(value))


def _by(account_id: UUID, at: datetime, names: dict[UUID, str]) -> str:
    """Return who recorded something, and when."""
    if account_id not in names:
        try:
            names[account_id] = accounts_queries.account(account_id).name or "a member of staff"
        except NotFound:
            names[account_id] = "the operator"
    return f"Recorded by {names[account_id]}, {long_moment(at)}"


def _closure_rows(held: RegistrationHeld) -> list[SummaryRow]:
    """Return the facts of a closure case."""
    case = held.closure
    if case is None:
        return []
    signed = f"signed {long_moment(case.coverage_signed_at)}" if case.coverage_signed_at else "not signed"
    rows = [SummaryRow("Records due", long_date(case.due_date)), SummaryRow("Coverage map", signed)]
    return [*rows, SummaryRow("Coverage", case.coverage_note)] if case.coverage_note else rows


def _actions(held: RegistrationHeld, acting: Acting) -> list[Link]:
    """Return what this person may record next, as links."""
    if not acting.may(Permission.UPDATE_PROVIDER):
        return []
    links = [
        Link(MOVES[verb], reverse("secretariat:move", args=[held.id, verb])) for verb in held.verbs if verb in MOVES
    ]
    if held.state in _LIVE and held.registered_until:
        links.append(Link("Extend", reverse("secretariat:extend", args=[held.id])))
    if held.state in _ENDED:
        links.append(Link("Name the successor", reverse("secretariat:successor", args=[held.id])))
    if acting.may(Permission.APPROVE_PROVIDER) and held.state in _ENDED and held.closure:
        if held.closure.coverage_signed_at is None:
            links.append(Link("Sign the coverage map", reverse("secretariat:coverage", args=[held.id])))
        elif "archive" in held.verbs:
            links.append(Link("Archive", reverse("secretariat:archive", args=[held.id])))
    return links


def _spans(held: RegistrationHeld) -> list[Span]:
    """Return the stretches of a registration's live states."""
    spans = []
    moves = [move for move in held.moves if move.to_state in _LIVE | _ENDED]
    for move, following in zip(moves, [*moves[1:], None], strict=True):
        end = following.effective_date if following else held.registered_until
        if move.to_state in _LIVE and (end is None or move.effective_date < end):
            spans.append(Span(move.effective_date, end, state_words(move.to_state)[0], _FILLS[move.to_state]))
    return spans
