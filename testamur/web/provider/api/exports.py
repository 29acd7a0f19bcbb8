"""What the provider has lodged, to take away: one zip a format, and ASQA-style student data with its cuts listed."""

from typing import Annotated, Any
from zoneinfo import ZoneInfo

from django.http import StreamingHttpResponse
from ninja import Path, Router, Schema

from testamur.accounts.roles import Scope
from testamur.submissions import actions as submissions_actions
from testamur.submissions import queries as submissions_queries
from testamur.submissions.actions import EXPORT_MEDIA_TYPE, Looker
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
Name = Annotated[str, Path(pattern="^[a-z0-9-]{1,20}$", description="An export of GET /exports.")]


class ExportOut(Schema):
    """One export that you can have now, and what the register cannot put into it."""

    name: str
    title: str
    files: str
    missing: list[str]
    students: int
    records: int


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


@router.post("/exports/{str:name}", **_ZIP)
def take_export(request: MachineRequest, name: Name) -> StreamingHttpResponse:
    """Take an export away as a zip archive. Every student in it is told."""
    machine = request.machine
    made = submissions_actions.export_lodged(
        name, looker=Looker(machine.provider_id, machine.by, machine.role.value), at=machine.now
    )
    answer = StreamingHttpResponse(made.pieces, content_type=EXPORT_MEDIA_TYPE)
    answer["Content-Disposition"] = f'attachment; filename="{made.name}"'
    return answer
