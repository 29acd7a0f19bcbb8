"""Files by key: small ones in a form, large ones in pieces that a sender may break off and take up again."""

import re
from typing import Annotated, BinaryIO, Final, cast

from ninja import File, Header, Router, Status, UploadedFile

from testamur.accounts.roles import Scope
from testamur.submissions import actions as submissions_actions
from testamur.submissions import queries as submissions_queries
from testamur.submissions.actions import ArrivingFile, GoOnAt, Received
from testamur.submissions.chunks import Upload
from testamur.submissions.queries import FileHeld
from testamur.web.provider.api import answers, given
from testamur.web.provider.api.door import MachineRequest, needs

router = Router(tags=["Files"])
_READ = needs(Scope.READ_SUBMISSIONS)
_WRITE = needs(Scope.WRITE_SUBMISSIONS)
_RANGE: Final = r"^bytes [0-9]{1,12}-[0-9]{1,12}/[0-9]{1,12}$"
_ONE_PIECE = needs(Scope.WRITE_SUBMISSIONS)
_ONE_PIECE["openapi_extra"]["requestBody"] = {
    "required": True,
    "description": "The bytes of the piece, at most 16 MiB.",
    "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
}
Range = Annotated[
    str,
    Header(
        alias="Content-Range",
        pattern=_RANGE,
        description="Which bytes these are: first-last/size, counted from 0.",
        examples=["bytes 0-8388607/20971520"],
    ),
]


@router.get("/submissions/{uuid:submission_id}/files", response=list[answers.FileOut], **_READ)
def list_files(request: MachineRequest, submission_id: given.SubmissionId) -> list[FileHeld]:
    """List the files that a submission holds, by name."""
    return submissions_queries.files_of(submissions_queries.submission(submission_id).id)


@router.post("/submissions/{uuid:submission_id}/files", response=answers.ReceivedOut, **_WRITE)
def send_files(
    request: MachineRequest, submission_id: given.SubmissionId, files: Annotated[list[UploadedFile], File(min_length=1)]
) -> Received:
    """Send files in a form. One of a name that is there takes its place; the same bytes again change nothing."""
    arriving = [ArrivingFile(file.name or "file", cast(BinaryIO, file.file)) for file in files]
    return submissions_actions.receive_files(submission_id, arriving, by=request.machine.by, at=request.machine.now)


@router.delete("/submissions/{uuid:submission_id}/files/{int:file_id}", response={204: None}, **_WRITE)
def remove_file(request: MachineRequest, submission_id: given.SubmissionId, file_id: given.FileId) -> Status[None]:
    """Take a file out of a submission. The last one stays: withdraw the submission instead."""
    submissions_actions.remove_file(submission_id, file_id, by=request.machine.by, at=request.machine.now)
    return Status(204, None)


@router.post("/submissions/{uuid:submission_id}/uploads", response={201: answers.UploadOut}, **_WRITE)
def begin_upload(
    request: MachineRequest, submission_id: given.SubmissionId, body: given.UploadGiven, key: given.Repeatable = ""
) -> Status[Upload]:
    """Begin to send one file in pieces. An upload to which nothing is added for a day is forgotten."""
    by, at = request.machine.by, request.machine.now
    return Status(201, submissions_actions.begin_upload(submission_id, **body.model_dump(), by=by, at=at, key=key))


@router.get("/submissions/{uuid:submission_id}/uploads", response=list[answers.UploadOut], **_READ)
def list_uploads(request: MachineRequest, submission_id: given.SubmissionId) -> list[Upload]:
    """List the uploads of a submission, the oldest first."""
    return submissions_actions.uploads_of(submission_id, by=request.machine.by, at=request.machine.now)


@router.get(
    "/submissions/{uuid:submission_id}/uploads/{uuid:upload_id}",
    response=answers.UploadOut,
    **needs(Scope.READ_SUBMISSIONS, Scope.WRITE_SUBMISSIONS),
)
def read_upload(request: MachineRequest, submission_id: given.SubmissionId, upload_id: given.UploadId) -> Upload:
    """Ask how far an upload is; go on with the byte `have`."""
    return submissions_actions.upload_of(submission_id, upload_id, by=request.machine.by, at=request.machine.now)


@router.put("/submissions/{uuid:submission_id}/uploads/{uuid:upload_id}", response=answers.UploadOut, **_ONE_PIECE)
def send_piece(
    request: MachineRequest, submission_id: given.SubmissionId, upload_id: given.UploadId, content_range: Range
) -> Upload:
    """Send the next piece. With the last one the file's SHA-256 is compared and the submission holds it.

    The same piece again changes nothing. A conflict says in `upload` with which byte to go on.
    """
    by, at = request.machine.by, request.machine.now
    first, last, total = (int(number) for number in re.findall("[0-9]+", content_range))
    if last - first + 1 != len(request.piece):
        upload = submissions_actions.upload_of(submission_id, upload_id, by=by, at=at)
        message = f"Content-Range and the bytes that arrived differ in number. Go on with byte {upload.have}."
        raise GoOnAt(message, upload)
    return submissions_actions.add_piece(
        submission_id, upload_id, request.piece, first=first, total=total, by=by, at=at
    )


@router.delete("/submissions/{uuid:submission_id}/uploads/{uuid:upload_id}", response={204: None}, **_WRITE)
def remove_upload(
    request: MachineRequest, submission_id: given.SubmissionId, upload_id: given.UploadId
) -> Status[None]:
    """Give an upload up. A file that the submission holds already stays."""
    submissions_actions.remove_upload(submission_id, upload_id, by=request.machine.by, at=request.machine.now)
    return Status(204, None)
