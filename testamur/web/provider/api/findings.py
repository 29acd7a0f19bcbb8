"""Findings by key: page by page, counted by rule, as files to download, and fixes of cells (issue 2, item 3)."""

import tempfile
from collections.abc import Iterable
from typing import Annotated, Any, BinaryIO, cast

from django.http import FileResponse
from ninja import Query, Router, Status

from testamur.accounts.roles import Scope
from testamur.submissions import actions as submissions_actions
from testamur.submissions import queries as submissions_queries
from testamur.submissions.actions import AlikeCells
from testamur.submissions.queries import Chosen
from testamur.web.provider.api import answers, given
from testamur.web.provider.api.answers import finding_out
from testamur.web.provider.api.door import MachineRequest, needs

router = Router(tags=["Findings and fixes"])
_READ = needs(Scope.READ_SUBMISSIONS)
_WRITE = needs(Scope.WRITE_SUBMISSIONS)
_CSV = needs(Scope.READ_SUBMISSIONS)
_CSV["openapi_extra"]["responses"] = {
    200: {"description": "The file.", "content": {"text/csv": {"schema": {"type": "string"}}}}
}
ByRule = Annotated[str, Query(max_length=10, description="One rule's findings.")]
ByFile = Annotated[str, Query(max_length=300, description="One file's findings.")]
ByColumn = Annotated[str, Query(max_length=60, description="One column's findings.")]
OneFile = Annotated[str, Query(min_length=1, max_length=300, description="A file's name in `tally.files`.")]


@router.get("/submissions/{uuid:submission_id}/findings", response=answers.FindingsOut, **_READ)
def list_findings(  # noqa: PLR0913 - one filter each
    request: MachineRequest,
    submission_id: given.SubmissionId,
    rule: ByRule = "",
    severity: given.OneSeverity = "",
    file: ByFile = "",
    column: ByColumn = "",
    values: given.WithValues = "0",
    page: given.Page = 1,
    size: given.Size = 100,
) -> dict[str, Any]:
    """List what the last check found. The cells' values are left out unless they are asked for."""
    card = submissions_queries.submission(submission_id)
    found = submissions_queries.findings(card, Chosen(rule, severity, file, column), page=page, size=size)
    items = [finding_out(row, values=values == "1") for row in found.rows]
    return {"items": items, "page": page, "size": size, "total": found.total}


@router.get("/submissions/{uuid:submission_id}/findings/counts", response=list[answers.GroupOut], **_READ)
def count_findings(
    request: MachineRequest,
    submission_id: given.SubmissionId,
    severity: given.OneSeverity = "",
    values: given.WithValues = "0",
) -> list[dict[str, Any]]:
    """Count the findings by rule, column and what they say, errors first."""
    card = submissions_queries.submission(submission_id)
    groups = submissions_queries.finding_groups(card, Chosen(severity=severity))
    names = ("severity", "rule", "column", "message", "fix", "source", "count", "files")
    return [
        {**{name: getattr(group, name) for name in names}, "values": group.values if values == "1" else []}
        for group in groups
    ]


@router.get("/submissions/{uuid:submission_id}/findings/annotated", **_CSV)
def download_annotated(request: MachineRequest, submission_id: given.SubmissionId, file: OneFile) -> FileResponse:
    """Download a checked file with a column that says what is wrong. It holds what the file holds."""
    card = submissions_queries.submission(submission_id)
    return _download(submissions_queries.annotated_file(card, file), f"checked {file.rsplit('/', 1)[-1]}")


@router.get("/submissions/{uuid:submission_id}/findings/failed-rows", **_CSV)
def download_failed_rows(request: MachineRequest, submission_id: given.SubmissionId, file: OneFile) -> FileResponse:
    """Download the rows with errors, or held ones, to be corrected and sent again under the name that the answer has."""
    card = submissions_queries.submission(submission_id)
    pieces = submissions_queries.failed_rows_file(card, file)
    return _download(pieces, submissions_queries.next_version_name(card, file))


@router.post("/submissions/{uuid:submission_id}/fixes", response={201: answers.FixMade}, **_WRITE)
def fix_cell(
    request: MachineRequest, submission_id: given.SubmissionId, body: given.FixGiven
) -> Status[dict[str, Any]]:
    """Give a cell another value from the next check on; the file stays as it arrived. The same again changes nothing."""
    machine = request.machine
    submissions_actions.fix_cell(submission_id, **body.model_dump(), by=machine.by, at=machine.now)
    card = submissions_queries.submission(submission_id)
    found = submissions_queries.finding_at(card, file=body.file, row=body.row, column=body.column, rule="")
    made = found.fix_held.id if found.fix_held else 0
    return Status(201, {"id": made, "file": body.file, "row": body.row, "column": body.column})


@router.post("/submissions/{uuid:submission_id}/fixes/alike", response=answers.FixedOut, **_WRITE)
def fix_alike(
    request: MachineRequest, submission_id: given.SubmissionId, body: given.AlikeGiven, key: given.Repeatable = ""
) -> dict[str, int]:
    """Give all cells of a column that hold the same value, by one rule's findings, another one."""
    machine = request.machine
    cells = AlikeCells(body.rule, body.file, body.column, body.old)
    fixed = submissions_actions.fix_all_like(
        submission_id, cells, new_value=body.value, by=machine.by, at=machine.now, key=key
    )
    return {"cells": fixed}


@router.delete("/submissions/{uuid:submission_id}/fixes/{int:fix_id}", response={204: None}, **_WRITE)
def undo_fix(request: MachineRequest, submission_id: given.SubmissionId, fix_id: given.FixId) -> Status[None]:
    """Take a fix back; the cell has the file's own value again from the next check on."""
    submissions_actions.undo_fix(submission_id, fix_id, by=request.machine.by, at=request.machine.now)
    return Status(204, None)


def _download(pieces: Iterable[bytes], name: str) -> FileResponse:
    """Hand out a file; it is written whole first, for nothing may be read once the transaction has ended."""
    copy = cast(BinaryIO, tempfile.TemporaryFile())  # noqa: SIM115 - the response closes it
    for piece in pieces:
        copy.write(piece)
    copy.seek(0)
    return FileResponse(copy, as_attachment=True, filename=name, content_type="text/csv; charset=utf-8")
