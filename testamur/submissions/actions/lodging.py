"""A submission is opened, its files arrive, and it may be withdrawn until it is accepted (issue 2, item 2; rulebook F.1)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO
from uuid import UUID, uuid4

from django.conf import settings
from django.db import transaction

from testamur.accounts.roles import Permission
from testamur.kernel.canonical import Json
from testamur.kernel.errors import NotAllowed, NotFound, refuse_unless
from testamur.kernel.identifiers import new_public_number
from testamur.submissions import deciding, storage
from testamur.submissions.actions import choosing, writing
from testamur.submissions.actions.validating import request_check
from testamur.submissions.formats import FORMATS
from testamur.submissions.layouts import PROFILES
from testamur.submissions.models import CellFix, Submission, SubmittedFile

ENCODINGS = ("", "cp1252")
_NAME_BYTES = 200


@dataclass(frozen=True, slots=True)
class ArrivingFile:
    """A file on its way in: the name it was sent under, and its bytes, open or as a path."""

    name: str
    source: BinaryIO | Path

    def kept_in(self, room: storage.Room) -> storage.KeptBytes:
        """Keep the bytes."""
        if not isinstance(self.source, Path):
            return room.keep(self.source)
        with self.source.open("rb") as stream:
            return room.keep(stream)


@dataclass(frozen=True, slots=True)
class Received:
    """What became of files that were sent: how many are new here, and how many were here already with the same bytes."""

    new: int
    unchanged: int


@transaction.atomic
def open_submission(  # noqa: PLR0913 - one form, one request: whose, how it is read, who, when
    provider_id: int,
    *,
    format: str = "teqsa",
    profile: str = "strict",
    encoding: str = "",
    replace_all: bool = False,
    form_state: str = "",
    collection_year: int | None = None,
    by: UUID,
    at: datetime,
    key: str = "",
) -> UUID:
    """A new submission of a provider exists, empty, and its id is returned.

    For a provider's data officer. `encoding` is `cp1252` where the provider confirms it for files that are not UTF-8; with
    `replace_all` everything sealed before is to be superseded; `form_state` and `collection_year` say how NAT files are read.
    With `key` the same request twice opens one. Refuses people without that role, what is unknown, and SUB-13.
    """
    writing.refuse_without(Permission.CHANGE_SUBMISSION, provider_id, by=by, at=at)
    _refuse_unknown(format, profile, encoding)
    choosing.refuse_unavailable(format, form_state=form_state, collection_year=collection_year)
    about: list[Json] = [provider_id, format, profile, encoding, replace_all, form_state, collection_year]

    new_id = uuid4()
    if before := writing.answered_before(key, "open_submission", by=by, at=at, about=about, result=str(new_id)):
        return UUID(before)
    submission = Submission(id=new_id, number=new_public_number(), provider_id=provider_id, opened_by=by, opened_at=at)
    submission.format, submission.profile, submission.encoding = format, profile, encoding
    submission.replace_all = replace_all
    choosing.set_form(submission, form_state=form_state, collection_year=collection_year, by=by, at=at)
    submission.save(force_insert=True)

    writing.note_step(submission, "open", by=by, at=at, note=choosing.note_of(form_state, collection_year))
    return submission.pk


def _refuse_unknown(format: str, profile: str, encoding: str) -> None:
    """Refuse what the register does not know."""
    if format not in FORMATS or profile not in PROFILES or encoding not in ENCODINGS:
        raise NotAllowed("Choose a format, a profile and an encoding that this register knows.")


@transaction.atomic
def lodge_submission(  # noqa: PLR0913 - one form, one request: whose, what, how it is read, who, when
    provider_id: int,
    files: Sequence[ArrivingFile],
    *,
    format: str = "teqsa",
    profile: str = "strict",
    encoding: str = "",
    replace_all: bool = False,
    form_state: str = "",
    collection_year: int | None = None,
    by: UUID,
    at: datetime,
    key: str = "",
    wake: bool = True,
) -> UUID:
    """A new submission holds these files and waits for its check; all of it, or where the files are refused nothing.

    For a provider's data officer; refuses what `open_submission` and `receive_files` refuse.
    """
    about: list[Json] = [provider_id, format, profile, encoding, replace_all, form_state, collection_year]
    if before := writing.answered_before(key, "lodge_submission", by=by, at=at, about=about):
        return UUID(before)

    submission_id = open_submission(
        provider_id,
        format=format,
        profile=profile,
        encoding=encoding,
        replace_all=replace_all,
        form_state=form_state,
        collection_year=collection_year,
        by=by,
        at=at,
    )
    receive_files(submission_id, files, by=by, at=at, once=True)
    request_check(submission_id, by=by, at=at, wake=wake)

    writing.remember(key, "lodge_submission", by=by, result=str(submission_id))
    return submission_id


@transaction.atomic
def receive_files(
    submission_id: UUID,
    files: Sequence[ArrivingFile],
    *,
    by: UUID,
    at: datetime,
    then_check: bool = False,
    once: bool = False,
) -> Received:
    """The files are kept under their hashes and belong to the submission, which waits for a check.

    For a provider's data officer. A file of the same name takes the place of the earlier one; the same bytes again change
    nothing, so a repeated request needs no key. With `then_check` the check is asked for too. Refuses more than the limit
    in all, names that are too long, and files that were all sealed before (SUB-03); with `once` also files that just so lie in
    another submission under way (SUB-10). Conflict where it is declared.
    """
    submission = writing.locked(submission_id)
    writing.refuse_without(Permission.CHANGE_SUBMISSION, submission.provider_id, by=by, at=at)
    _refuse_names(files)
    room = storage.room_of(submission.pk)
    kept = [(file.name, file.kept_in(room)) for file in files]
    current = {row.name: row for row in SubmittedFile.objects.filter(submission=submission, current=True)}
    new = {name: one for name, one in kept if not _same(current.get(name), one)}
    if not new:
        return Received(0, len(kept))
    _decide(submission, current, new, once=once)

    replaced = _put_in_place(submission, current, new, by=by, at=at)
    note = f"{len(new):,} file{'s' if len(new) > 1 else ''}" + (f", {replaced:,} replaced" if replaced else "")
    _files_changed(submission, by=by, at=at, note=note)
    if then_check:
        request_check(submission_id, by=by, at=at)

    return Received(len(new), len(kept) - len(new))


def _put_in_place(
    submission: Submission,
    current: dict[str, SubmittedFile],
    new: dict[str, storage.KeptBytes],
    *,
    by: UUID,
    at: datetime,
) -> int:
    """Make new files the current ones of their names; return how many took the place of another."""
    replaced = [current[name].pk for name in new if name in current]
    SubmittedFile.objects.filter(pk__in=replaced).update(current=False)
    SubmittedFile.objects.bulk_create(
        SubmittedFile(
            submission=submission,
            provider_id=submission.provider_id,
            name=name,
            sha256=bytes.fromhex(one.sha256),
            size=one.size,
            received_by=by,
            received_at=at,
        )
        for name, one in new.items()
    )
    return len(replaced)


def _same(row: SubmittedFile | None, kept: storage.KeptBytes) -> bool:
    """Say whether a file is here already with the same bytes."""
    return row is not None and bytes(row.sha256).hex() == kept.sha256


def _refuse_names(files: Sequence[ArrivingFile]) -> None:
    """Refuse no files at all, and names that no folder could hold."""
    if not files:
        raise NotAllowed("Choose at least one file.")
    if long := sum(len(file.name.encode()) > _NAME_BYTES for file in files):
        raise NotAllowed(f"{long} file names are longer than {_NAME_BYTES} characters. Shorten them and send again.")


def _decide(
    submission: Submission, current: dict[str, SubmittedFile], new: dict[str, storage.KeptBytes], *, once: bool
) -> None:
    """Refuse what would be too much, and what changes nothing; refused bytes go again."""
    try:
        _decide_on(submission, current, new, once=once)
    except NotAllowed:
        here = {bytes(row.sha256).hex() for row in current.values()}
        refused = (kept.sha256 for kept in new.values() if kept.sha256 not in here)
        storage.room_of(submission.pk).forget_files(refused)
        raise


def _decide_on(
    submission: Submission, current: dict[str, SubmittedFile], new: dict[str, storage.KeptBytes], *, once: bool
) -> None:
    """Refuse more than the limit in all, files that were sealed before, and with `once` files that are under way."""
    staying = sum(row.size for name, row in current.items() if name not in new)
    arriving = sum(kept.size for kept in new.values())
    refuse_unless(deciding.may_receive(staying + arriving, settings.UPLOAD_LIMIT_BYTES))
    if not current:
        hashes = {bytes.fromhex(kept.sha256) for kept in new.values()}
        refuse_unless(deciding.may_send_again(_sealed_twin(submission, hashes)))
        if once:
            refuse_unless(deciding.may_begin_again(_twin_under_way(submission, hashes)))


def _sealed_twin(submission: Submission, hashes: set[bytes]) -> deciding.SealedTwin | None:
    """Return the provider's latest sealed submission where it holds every one of these files."""
    latest = (
        Submission.objects.filter(provider_id=submission.provider_id, state="sealed").order_by("-sealed_at").first()
    )
    if latest is None or latest.sealed_date is None:
        return None
    held = SubmittedFile.objects.filter(submission=latest, current=True, sha256__in=hashes)
    if {bytes(row.sha256) for row in held} != hashes or _read_as(latest) != _read_as(submission):
        return None
    return deciding.SealedTwin(latest.pk, latest.number, latest.sealed_date)


def _read_as(submission: Submission) -> tuple[str, str, int | None]:
    """Return what decides which rows the same bytes give."""
    return submission.profile, submission.form_state, submission.collection_year


def _twin_under_way(submission: Submission, hashes: set[bytes]) -> deciding.TwinUnderWay | None:
    """Return the provider's submission under way that holds just these files and is to be read in the same way."""
    alike = Submission.objects.filter(
        provider_id=submission.provider_id,
        state__in=deciding.UNDER_WAY,
        profile=submission.profile,
        encoding=submission.encoding,
        replace_all=submission.replace_all,
        form_state=submission.form_state,
        collection_year=submission.collection_year,
    ).exclude(pk=submission.pk)
    held: dict[UUID, set[bytes]] = {}
    for row in SubmittedFile.objects.filter(submission__in=alike, current=True):
        held.setdefault(row.submission_id, set()).add(bytes(row.sha256))
    twin = next((one for one in alike.order_by("-opened_at") if held.get(one.pk) == hashes), None)
    return deciding.TwinUnderWay(twin.pk, twin.number) if twin else None


def _files_changed(submission: Submission, *, by: UUID, at: datetime, note: str) -> None:
    """Move the submission to where it waits for a check; what the last check found is about other files now."""
    writing.move(submission, "receive", by=by, at=at, note=note)
    submission.checked_run, submission.checked_at, submission.counts = None, None, {}
    submission.save()


@transaction.atomic
def remove_file(submission_id: UUID, file_id: int, *, by: UUID, at: datetime) -> None:
    """A file no longer belongs to the submission; its bytes go.

    For a provider's data officer. Refuses the last file (withdraw instead) and submissions that are past declaring.
    """
    submission = writing.locked(submission_id)
    writing.refuse_without(Permission.CHANGE_SUBMISSION, submission.provider_id, by=by, at=at)
    rows = list(SubmittedFile.objects.filter(submission=submission, current=True))
    row = next((row for row in rows if row.pk == file_id), None)
    if row is None:
        raise NotFound("This submission has no such file.")
    if len(rows) == 1:
        raise NotAllowed("This is the only file. Upload another one first, or withdraw the submission.")

    row.current = False
    row.save(update_fields=["current"])
    _files_changed(submission, by=by, at=at, note="1 file removed")
    others = {bytes(other.sha256) for other in rows if other is not row}
    sha256 = bytes(row.sha256)
    if sha256 not in others:
        transaction.on_commit(lambda: storage.room_of(submission.pk).forget_files([sha256.hex()]))


@transaction.atomic
def withdraw_submission(submission_id: UUID, *, by: UUID, at: datetime, key: str = "") -> None:
    """The submission is withdrawn: its files, fixes and findings are gone, who did what stays.

    For a provider's data officer. Refuses (Conflict) once it is accepted: then it becomes part of the record.
    """
    submission = writing.locked(submission_id)
    writing.refuse_without(Permission.CHANGE_SUBMISSION, submission.provider_id, by=by, at=at)
    if writing.answered_before(key, "withdraw_submission", by=by, at=at, about=str(submission_id)):
        return

    rows = SubmittedFile.objects.filter(submission=submission)
    note = f"{rows.filter(current=True).count():,} files removed"
    writing.move(submission, "withdraw", by=by, at=at, note=note)
    rows.delete()
    CellFix.objects.filter(submission=submission).delete()
    submission.checked_run, submission.counts = None, {}
    submission.save()

    transaction.on_commit(storage.room_of(submission.pk).remove)
