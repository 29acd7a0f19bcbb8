"""A file is sent in pieces, in any number of requests, and belongs to the submission once every byte of it is right (issue 3).

Runs on behalf of the provider. Each function asks for the role itself. A repeated piece changes nothing, so a sender that
got no answer sends it again.
"""

from dataclasses import replace
from datetime import datetime
from typing import Final
from uuid import UUID, uuid4

from django.conf import settings
from django.db import transaction

from testamur.accounts.roles import Permission
from testamur.kernel.canonical import Json
from testamur.kernel.errors import Conflict, NotAllowed, NotFound, refuse_unless
from testamur.submissions import chunks, deciding, storage
from testamur.submissions.actions import writing
from testamur.submissions.actions.lodging import ArrivingFile, receive_files
from testamur.submissions.chunks import Upload
from testamur.submissions.models import Submission, SubmittedFile
from testamur.submissions.states import SUBMISSION

LARGEST_PIECE: Final = 16 * 1024**2  # bytes
MOST_UPLOADS: Final = 20
_NAME_BYTES: Final = 200


class GoOnAt(Conflict):
    """A piece does not follow on what has arrived; `upload` says where to go on."""

    def __init__(self, message: str, upload: Upload) -> None:
        """Keep the upload as it stands."""
        super().__init__(message)
        self.upload = upload


@transaction.atomic
def begin_upload(
    submission_id: UUID, *, name: str, size: int, sha256: str, by: UUID, at: datetime, key: str = ""
) -> Upload:
    """A file of `size` bytes with this SHA-256 (hex) is about to be sent in pieces under a name; nothing has arrived yet.

    For a provider's data officer. With `key` the same request twice begins one. Refuses a name that is too long, more in all
    than the limit (SUB-02); Conflict where the submission takes no files, and with too many uploads under way.
    """
    submission = writing.locked(submission_id)
    writing.refuse_without(Permission.CHANGE_SUBMISSION, submission.provider_id, by=by, at=at)
    room = storage.room_of(submission.pk)
    about: list[Json] = [str(submission_id), name, size, sha256]
    new_id = uuid4()
    if before := writing.answered_before(key, "begin_upload", by=by, at=at, about=about, result=str(new_id)):
        return _standing(room, UUID(before))
    SUBMISSION.move(submission.state, "receive")
    if len(name.encode()) > _NAME_BYTES:
        raise NotAllowed(f"The file's name is longer than {_NAME_BYTES} bytes. Shorten it and begin again.")
    under_way = [one for one in chunks.uploads_in(room) if not one.received]
    if len(under_way) >= MOST_UPLOADS:
        raise Conflict(f"{MOST_UPLOADS} uploads are under way. Finish one of them or remove it, then begin this one.")
    refuse_unless(deciding.may_receive(_size_with(submission, name, size, under_way), settings.UPLOAD_LIMIT_BYTES))

    upload = Upload(new_id, name, size, sha256.lower(), by, at, have=0, received=False)
    chunks.begin(room, upload)
    return upload


def upload_of(submission_id: UUID, upload_id: UUID, *, by: UUID, at: datetime) -> Upload:
    """Return how far an upload is; raises NotFound, also for another provider's. For whoever may read the submission."""
    _refuse_others(submission_id, Permission.READ_SUBMISSION, by=by, at=at)
    return _standing(storage.room_of(submission_id), upload_id)


def uploads_of(submission_id: UUID, *, by: UUID, at: datetime) -> list[Upload]:
    """Return the uploads of a submission, the oldest first; raises NotFound, also for another provider's."""
    _refuse_others(submission_id, Permission.READ_SUBMISSION, by=by, at=at)
    return chunks.uploads_in(storage.room_of(submission_id))


def add_piece(
    submission_id: UUID, upload_id: UUID, piece: bytes, *, first: int, total: int, by: UUID, at: datetime
) -> Upload:
    """A piece that begins at byte `first` was added; with the last one the submission holds the file and waits for a check.

    For a provider's data officer. The same piece again changes nothing. Raises GoOnAt for a piece that leaves a gap, overlaps
    what has arrived, or differs from it, for another `total` than was said, and where the whole has another SHA-256: then
    every byte of it is forgotten. Refuses what `receive_files` refuses.
    """
    _refuse_others(submission_id, Permission.CHANGE_SUBMISSION, by=by, at=at)
    room = storage.room_of(submission_id)
    _standing(room, upload_id)
    with chunks.one_at_a_time(room, upload_id):
        upload = _standing(room, upload_id)
        _refuse_misplaced(room, upload, piece, first=first, total=total)
        if first == upload.have and not upload.received:
            chunks.add(room, upload_id, piece)
            upload = _standing(room, upload_id)
        if upload.whole and not upload.received:
            _receive(submission_id, room, upload, by=by, at=at)
            return replace(upload, received=True)
        return upload


def remove_upload(submission_id: UUID, upload_id: UUID, *, by: UUID, at: datetime) -> None:
    """An upload is given up and what had arrived of it is gone; a file that the submission holds already stays.

    For a provider's data officer. Raises NotFound.
    """
    _refuse_others(submission_id, Permission.CHANGE_SUBMISSION, by=by, at=at)
    room = storage.room_of(submission_id)
    _standing(room, upload_id)
    with chunks.one_at_a_time(room, upload_id):
        chunks.forget(room, upload_id)


def _refuse_misplaced(room: storage.Room, upload: Upload, piece: bytes, *, first: int, total: int) -> None:
    """Raise GoOnAt for a piece that is neither the next one nor one that stands there already."""
    end = first + len(piece)
    here = f"Go on with byte {upload.have} of {upload.size}."
    if total != upload.size or end > upload.size:
        raise GoOnAt(f"The piece is of a file with another size than was said when the upload began. {here}", upload)
    if first > upload.have:
        raise GoOnAt(f"The bytes before this piece have not arrived. {here}", upload)
    if first < upload.have < end:
        raise GoOnAt(f"The piece overlaps what has arrived. {here}", upload)
    if end <= upload.have and not chunks.holds(room, upload, first, piece):
        raise GoOnAt(f"Other bytes stand at this place already. Remove the upload and begin again, or: {here}", upload)


def _receive(submission_id: UUID, room: storage.Room, upload: Upload, *, by: UUID, at: datetime) -> None:
    """Compare the whole with what was said of it and make it a file of the submission."""
    if chunks.digest_of(room, upload.id) != upload.sha256:
        chunks.empty(room, upload.id)
        message = (
            "The file that arrived has another SHA-256 than was said when the upload began. Its bytes were forgotten: "
            "compare the SHA-256 with your file and send it again from byte 0."
        )
        raise GoOnAt(message, _standing(room, upload.id))
    file = ArrivingFile(upload.name, chunks.bytes_of(room, upload.id))
    receive_files(submission_id, [file], by=by, at=at)
    # Killed before this, the sender repeats the last piece: the file is received again, which changes nothing.
    transaction.on_commit(lambda: chunks.mark_received(room, upload.id))


def _standing(room: storage.Room, upload_id: UUID) -> Upload:
    """Return an upload; raises NotFound."""
    found = chunks.find_upload(room, upload_id)
    if found is None:
        raise NotFound("There is no such upload, or none that you may see. One that rested for a day is gone.")
    return found


def _refuse_others(submission_id: UUID, permission: Permission, *, by: UUID, at: datetime) -> None:
    """Raise NotFound for a submission that is not there, and refuse people without a permission at its provider."""
    found = Submission.objects.filter(pk=submission_id).values_list("provider_id", flat=True).first()
    if found is None:
        raise NotFound("There is no such submission, or none that you may see.")
    writing.refuse_without(permission, found, by=by, at=at)


def _size_with(submission: Submission, name: str, size: int, under_way: list[Upload]) -> int:
    """Return the bytes of a submission with one more file and every upload under way."""
    rows = SubmittedFile.objects.filter(submission=submission, current=True).exclude(name=name)
    return sum(rows.values_list("size", flat=True)) + sum(one.size for one in under_way) + size
