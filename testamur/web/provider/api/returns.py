"""Periods by key: what was lodged for each and what is due; nil returns, filed by one system and declared by another (CQR-01)."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from ninja import Router, Schema, Status

from testamur.accounts.roles import Scope
from testamur.kernel.errors import Conflict, NotFound
from testamur.kernel.identifiers import printed
from testamur.log import queries as log_queries
from testamur.log.commitment import LeafPlace
from testamur.notices import queries as notices_queries
from testamur.submissions.actions import returning
from testamur.submissions.queries import due
from testamur.submissions.queries.due import NilCard, PeriodStanding
from testamur.submissions.years import Standing
from testamur.web.provider import words
from testamur.web.provider.api import answers, given
from testamur.web.provider.api.door import MachineRequest, needs

router = Router(tags=["Periods and nil returns"])
_READ = needs(Scope.READ_SUBMISSIONS)
_WRITE = needs(Scope.WRITE_SUBMISSIONS)
_DECLARE = needs(Scope.DECLARE_SUBMISSIONS)


class PeriodOut(Schema):
    """One period of one registration. `binding` says whether it is asked for; `days_left` is below 0 once it is overdue."""

    registration_id: int
    regulator: str
    sector: str
    first: date
    until: date
    label: str
    due: date
    binding: bool
    standing: str
    days_left: int
    sealed_submission: UUID | None
    nil_return: UUID | None
    part_came_on: date | None


class NilOut(Schema):
    """One nil return. `leaf` is in hex, once it is declared; `place_in_log` once the log holds it."""

    id: UUID
    number: str
    regulator: str
    sector: str
    period_from: date
    period_until: date
    state: str
    filed_by: str
    filed_at: datetime
    declared_by: str
    declared_at: datetime | None
    declaration: str
    leaf: str
    place_in_log: int | None


@router.get("/returns", response=list[PeriodOut], **_READ)
def list_returns(request: MachineRequest) -> list[dict[str, Any]]:
    """List your periods, the newest first: open, due soon, overdue, lodged, nil or not asked for."""
    machine = request.machine
    return [_period(one) for one in due.periods_of(machine.provider_id, at=machine.now)]


@router.post("/returns/nil", response={201: NilOut}, **_WRITE)
def file_nil_return(
    request: MachineRequest, body: given.NilGiven, key: given.Repeatable = ""
) -> Status[dict[str, Any]]:
    """File a nil return for a period that is over. Where one stands already, that one is the answer."""
    machine = request.machine
    nil_id = returning.file_nil_return(
        machine.provider_id, body.registration_id, _day(body.first), by=machine.by, at=machine.now, key=key
    )
    return Status(201, _nil(due.nil_return(nil_id)))


@router.get("/returns/nil/{uuid:nil_id}", response=NilOut, **_READ)
def read_nil_return(request: MachineRequest, nil_id: given.NilId) -> dict[str, Any]:
    """Read a nil return; declared, this is its receipt."""
    return _nil(due.nil_return(nil_id))


@router.get("/returns/nil/{uuid:nil_id}/declaration", response=answers.DeclarationOut, **_READ)
def read_nil_declaration(request: MachineRequest, nil_id: given.NilId) -> dict[str, str]:
    """Read the text that declaring a nil return makes."""
    due.nil_return(nil_id)
    return _declaration(request)


@router.post("/returns/nil/{uuid:nil_id}/declare", response=NilOut, **_DECLARE)
def declare_nil_return(
    request: MachineRequest, nil_id: given.NilId, body: given.DeclarationGiven, key: given.Repeatable = ""
) -> dict[str, Any]:
    """Declare a nil return that another filed, under the text that was read."""
    due.nil_return(nil_id)
    if body.declaration != _declaration(request)["declaration"]:
        raise Conflict("The declaration has another text now. Read it again, then declare.")
    returning.declare_nil_return(nil_id, by=request.machine.by, at=request.machine.now, key=key)
    return _nil(due.nil_return(nil_id))


@router.post("/returns/nil/{uuid:nil_id}/withdraw", response=NilOut, **_WRITE)
def withdraw_nil_return(request: MachineRequest, nil_id: given.NilId) -> dict[str, Any]:
    """Take back a nil return that nobody declared yet."""
    returning.withdraw_nil_return(nil_id, by=request.machine.by, at=request.machine.now)
    return _nil(due.nil_return(nil_id))


def _day(first: str) -> date:
    """Return the day of a period; raises NotFound for a day that is none."""
    try:
        return date.fromisoformat(first)
    except ValueError as unreal:
        raise NotFound("There is no such period. Read GET /returns and choose one.") from unreal


def _declaration(request: MachineRequest) -> dict[str, str]:
    """Return the text of the declaration as it stands today."""
    text = notices_queries.text(returning.DECLARATION, request.machine.now.date())
    return {"declaration": f"{text.name} {text.version}", "title": text.title, "text": text.markdown}


def _period(one: PeriodStanding) -> dict[str, Any]:
    """Return where one period stands; one that a closure case asks for is due when the case says."""
    asked = one.closure_due
    standing = (Standing.OVERDUE if one.on > asked else Standing.OPEN) if asked else one.standing
    return {
        "registration_id": one.registration.id,
        "regulator": one.registration.regulator,
        "sector": one.registration.sector,
        "first": one.window.since,
        "until": one.window.until,
        "label": one.window.label,
        "due": asked or one.window.due,
        "binding": one.window.binding or asked is not None,
        "standing": standing.value,
        "days_left": (asked - one.on).days if asked else one.days_left,
        "sealed_submission": one.lodged.submission if one.lodged else None,
        "nil_return": one.nil.id if one.nil else None,
        "part_came_on": one.early,
    }


def _nil(card: NilCard) -> dict[str, Any]:
    """Return a nil return with where its leaf stands."""
    names = words.names_of([card.filed_by, card.declared_by])
    same = ("id", "regulator", "sector", "period_from", "period_until", "state")
    return {
        **{name: getattr(card, name) for name in same},
        "number": printed(card.number),
        "filed_by": names[card.filed_by],
        "filed_at": card.filed_at,
        "declared_by": names[card.declared_by] if card.declared_by else "",
        "declared_at": card.declared_at,
        "declaration": card.declaration,
        "leaf": returning.leaf_of(card).hex() if card.leaf else "",
        "place_in_log": log_queries.index_of(LeafPlace(*card.leaf)) if card.leaf else None,
    }
