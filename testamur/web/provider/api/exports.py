"""What the provider has lodged, to take away: one zip a format, and ASQA-style student data with its cuts listed.

A system has an archive prepared, follows it, and fetches it within the hours for which it is held. The address that sends an
archive while it is made stays for systems that were written before.
"""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.http import FileResponse, HttpResponse, StreamingHttpResponse
from django.urls import reverse
from ninja import Field, Path, Router, Schema, Status

from testamur.accounts.roles import Scope
from testamur.submissions import actions as submissions_actions
from testamur.submissions import queries as submissions_queries
from testamur.submissions.actions import EXPORT_MEDIA_TYPE, Looker
from testamur.submissions.queries import ExportCard
from testamur.web.provider.api import answers, given
from testamur.web.provider.api.door import MachineRequest, needs

router = Router(tags=["Exports"])
_READ = needs(Scope.READ_STUDENTS)
_ZIP = needs(Scope.READ_STUDENTS)
_ZIP["openapi_extra"]["responses"] = {
    200: {
        "description": "The archive.",
        "content": {EXPORT_MEDIA_TYPE: {"schema": {"type": "string", "format": "binary"}}},
    }
}
_MOST_RECORDS = 5_000  # beyond this the cuts stand in the archive only
ExportId = Annotated[UUID, Path(description="An export that you asked for, by its id.")]
Name = Annotated[str, Path(pattern="^[a-z0-9-]{1,20}$", description="An export of GET /exports.")]


class ExportOut(Schema):
    """One export that you can have now, and what the register cannot put into it."""

    name: str
    title: str
    files: str
    missing: list[str]
    students: int
    records: int


class ExportGiven(given.Given):
    """Which export is to be prepared."""

    name: str = Field(pattern="^[a-z0-9-]{1,20}$", description="An export of GET /exports.", examples=["certificates"])


class PreparedOut(Schema):
    """One export: asked, prepared, failed or removed. `file` is where the archive is fetched until `held_until`.

    `size` in bytes and `sha256` in hex are the archive's; `problem` says why there is none.
    """

    id: UUID
    name: str
    title: str
    state: str
    address: str
    file: str | None
    progress: answers.ProgressOut | None
    asked_at: datetime
    prepared_at: datetime | None
    held_until: datetime | None
    students: int
    size: int
    sha256: str
    problem: str


class CutOut(Schema):
    """One cell of the ASQA-style data that is longer than its column."""

    row: int
    column: str
    length: int
    width: int


class CutsOut(Schema):
    """The cells that are cut; `listed` is false where there are too many records to count here: the archive lists them."""

    listed: bool
    cuts: list[CutOut]


@router.get("/exports", response=list[ExportOut], **_READ)
def list_exports(request: MachineRequest) -> list[dict[str, Any]]:
    """List what you can take away of what the register holds of you."""
    return [
        {
            "name": one.kind.name,
            "title": one.kind.title,
            "files": one.kind.files,
            "missing": one.kind.missing,
            "students": one.students,
            "records": one.records,
        }
        for one in submissions_queries.exports_of(request.machine.provider_id)
    ]


@router.get("/exports/asqa/cuts", response=CutsOut, **_READ)
def list_cuts(request: MachineRequest) -> dict[str, Any]:
    """List the cells that ASQA-style student data cuts to its columns: places and lengths, no cell."""
    machine = request.machine
    today = machine.now.astimezone(ZoneInfo(machine.zone)).date()
    found = submissions_queries.cuts_in_asqa(machine.provider_id, on=today, most=_MOST_RECORDS)
    return {"listed": found is not None, "cuts": found or []}


@router.post("/exports", response={202: PreparedOut}, **_READ)
def prepare_export(
    request: MachineRequest, response: HttpResponse, body: ExportGiven, key: given.Repeatable = ""
) -> Status[dict[str, Any]]:
    """Have an export prepared, and follow it at its address. While one of the name is under way, that one is answered."""
    asked = submissions_actions.ask_export(body.name, looker=_looker(request), at=request.machine.now, key=key)
    said = _prepared(submissions_queries.lodged_export(asked), request)
    response["Location"] = said["address"]
    return Status(202, said)


@router.get("/exports/prepared", response=list[PreparedOut], **_READ)
def list_prepared(request: MachineRequest) -> list[dict[str, Any]]:
    """List the exports that you asked for lately, the newest first."""
    return [_prepared(card, request) for card in submissions_queries.lodged_exports(request.machine.provider_id)]


@router.get("/exports/prepared/{uuid:export_id}", response=PreparedOut, **_READ)
def read_prepared(request: MachineRequest, export_id: ExportId) -> dict[str, Any]:
    """Read how far an export is, and what the archive holds once it is prepared."""
    return _prepared(submissions_queries.lodged_export(export_id), request)


@router.get("/exports/prepared/{uuid:export_id}/file", **_ZIP)
def download_prepared(request: MachineRequest, export_id: ExportId) -> FileResponse:
    """Fetch a prepared archive. Every student in it is told, each time."""
    fetched = submissions_actions.fetch_export(export_id, looker=_looker(request), at=request.machine.now)
    return FileResponse(fetched.stream, as_attachment=True, filename=fetched.name, content_type=EXPORT_MEDIA_TYPE)


@router.delete("/exports/prepared/{uuid:export_id}", response=PreparedOut, **_READ)
def remove_prepared(request: MachineRequest, export_id: ExportId) -> dict[str, Any]:
    """Delete an archive before its hours are over, or stop one that is under way."""
    submissions_actions.remove_export(export_id, looker=_looker(request), at=request.machine.now)
    return _prepared(submissions_queries.lodged_export(export_id), request)


@router.post("/exports/{str:name}", deprecated=True, **_ZIP)
def take_export(request: MachineRequest, name: Name) -> StreamingHttpResponse:
    """Take an export away while it is made, without progress: for few students. Every one of them is told."""
    made = submissions_actions.export_lodged(name, looker=_looker(request), at=request.machine.now)
    answer = StreamingHttpResponse(made.pieces, content_type=EXPORT_MEDIA_TYPE)
    answer["Content-Disposition"] = f'attachment; filename="{made.name}"'
    return answer


def _looker(request: MachineRequest) -> Looker:
    """Return who looks."""
    machine = request.machine
    return Looker(machine.provider_id, machine.by, machine.role.value)


def _prepared(card: ExportCard, request: MachineRequest) -> dict[str, Any]:
    """Return an export as a system is answered; one whose hours are over is gone, whether or not its file is deleted yet."""
    same = ("id", "asked_at", "prepared_at", "held_until", "students", "size", "sha256", "problem")
    held = card.held_at(request.machine.now)
    return {
        **{name: getattr(card, name) for name in same},
        "name": card.kind.name,
        "title": card.kind.title,
        "state": "removed" if card.state == "prepared" and not held else card.state,
        "address": reverse("api:read_prepared", args=[card.id]),
        "file": reverse("api:download_prepared", args=[card.id]) if held else None,
        "progress": answers.ProgressOut.of(card.standing) if card.standing else None,
    }
