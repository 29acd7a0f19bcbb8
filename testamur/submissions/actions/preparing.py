"""Exports prepared by the worker and held for some hours: asked for, written, fetched, removed (issue 3; rulebook F.2).

What lies in the meantime holds names and dates of birth; exporting/shelf.py says where, and purge_exports when it goes. Who is
in an archive is told at each download, not when it is prepared: nobody has read it by then.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import BinaryIO, Final
from uuid import UUID

from django.db import InterfaceError, OperationalError, transaction

from testamur.kernel import jobs, tenancy
from testamur.kernel.errors import Conflict, NotFound
from testamur.students import queries as students_queries
from testamur.submissions.actions import exporting, writing
from testamur.submissions.actions.faults import reference_of
from testamur.submissions.actions.looking import Looker
from testamur.submissions.exporting import shelf
from testamur.submissions.exporting.shelf import Place
from testamur.submissions.models import LodgedExport
from testamur.submissions.progress import Reporter
from testamur.submissions.queries import exporting as exports
from testamur.submissions.states import LODGED_EXPORT
from testamur.submissions.storage import KeptBytes

JOB: Final = "prepare_export"
HELD: Final = timedelta(hours=24)
MOST_HELD: Final = 3  # archives of one kind that a provider has at once; the oldest makes room
LARGE_RECORDS: Final = 5_000  # some seconds' work
WAKE_AGAIN: Final = timedelta(minutes=1)
_LOST: Final = timedelta(days=1)
_ROW_KEPT: Final = timedelta(days=30)
_GONE: Final = "This export is no longer held. Prepare it again."
_NEVER_DONE: Final = "It could not be prepared within a day, through a fault of the register. Prepare it again."


@dataclass(frozen=True, slots=True)
class Fetched:
    """An archive that is handed out: its file name, its size in bytes, and the open file, which the reader closes."""

    name: str
    size: int
    stream: BinaryIO


@transaction.atomic
def ask_export(name: str, *, looker: Looker, at: datetime, key: str = "") -> UUID:
    """The worker prepares what the provider lodged in a format, and the export's id is returned.

    For the provider's staff who may read persons and results. Asked for while one of the kind is under way, that one is
    returned, and a worker that has not ended within a minute is woken again. With `key` the same request twice asks once.
    Raises NotFound where nothing is held.
    """
    exporting.refuse_looker(looker, at=at)
    sealed = next((one for one in exports.sealed_for_export(looker.provider_id) if one.kind.name == name), None)
    if sealed is None:
        raise NotFound(exporting.NOTHING)
    if before := writing.answered_before(key, "ask_export", by=looker.by, at=at, about=[looker.provider_id, name]):
        return UUID(before)

    row, new = LodgedExport.objects.get_or_create(
        provider_id=looker.provider_id,
        kind=name,
        state=LODGED_EXPORT.initial,
        defaults={"asked_by": looker.by, "asked_at": at, "woken_at": at},
    )
    if new or at - row.woken_at >= WAKE_AGAIN:
        LodgedExport.objects.filter(pk=row.pk).update(woken_at=at)
        queue = jobs.LARGE if sealed.records > LARGE_RECORDS else jobs.QUICK
        jobs.wake(JOB, lock=f"export-{row.pk}", queue=queue, export_id=row.pk)

    writing.remember(key, "ask_export", by=looker.by, result=str(row.pk))
    return row.pk


def prepare_export(export_id: UUID | str, *, at: datetime) -> None:
    """The archive of an export lies ready for some hours, or the export says why there is none.

    The worker's action; killed anywhere and run again it begins anew. A fault of ours leaves a reference number and no data; a
    lost database lets the queue try again.
    """
    number = UUID(str(export_id))
    place = shelf.place_of(number)
    with tenancy.for_register():
        row = LodgedExport.objects.filter(pk=number, state="asked").first()
    if row is not None:
        _prepare(row, place, at=at)
    _tidy(number, place)


def _prepare(row: LodgedExport, place: Place, *, at: datetime) -> None:
    """Write the archive in a draft folder, give it its place, and note it; a fault of ours is noted instead."""
    try:
        draft = place.new_draft()
        with tenancy.for_provider(row.provider_id):
            contents = exporting.contents_of(row.provider_id, row.kind, at=at)
        pieces = exporting.pieces_of(contents, draft, Reporter(place.progress))
        kept = place.keep(pieces, contents.students, draft)
        _note_prepared(row, contents, kept, at=at)
    except (OperationalError, InterfaceError):
        raise
    except NotFound as nothing:
        _note_failed(row, nothing.message, at=at)
    except Exception as fault:
        said = (
            f"It stopped through a fault of the register. Prepare it again. Reference {reference_of(fault, 'export')}."
        )
        _note_failed(row, said, at=at)


def _note_prepared(row: LodgedExport, contents: exporting.Contents, kept: KeptBytes, *, at: datetime) -> None:
    """Note what lies ready and until when, unless the export was removed meanwhile; the oldest of many makes room."""
    with tenancy.for_provider(row.provider_id):
        mine = LodgedExport.objects.select_for_update().filter(provider_id=row.provider_id, kind=row.kind)
        found = mine.filter(pk=row.pk, state="asked").first()
        if found is None:
            return
        found.state = LODGED_EXPORT.move(found.state, "prepare")
        found.name, found.students, found.size = contents.name, len(contents.students), kept.size
        found.sha256, found.prepared_at, found.held_until = bytes.fromhex(kept.sha256), at, at + HELD
        found.save()
        for older in mine.filter(state="prepared").order_by("-prepared_at", "-asked_at")[MOST_HELD:]:
            _remove(older, at=at)


def _note_failed(row: LodgedExport, problem: str, *, at: datetime) -> None:
    """Note why there is no archive, unless the export was removed meanwhile."""
    with tenancy.for_provider(row.provider_id):
        found = LodgedExport.objects.select_for_update().filter(pk=row.pk, state="asked").first()
        if found is not None:
            found.state = LODGED_EXPORT.move(found.state, "fail")
            found.problem, found.ended_at = problem, at
            found.save()


def _tidy(export_id: UUID, place: Place) -> None:
    """Remove what nobody fetches any more. Jobs about one export never run at once, so nobody else writes there."""
    with tenancy.for_register():
        held = LodgedExport.objects.filter(pk=export_id, state="prepared").exists()
    place.remove_draft() if held else place.remove()


@transaction.atomic
def fetch_export(export_id: UUID, *, looker: Looker, at: datetime) -> Fetched:
    """A prepared export was handed out, and every student in it is told so.

    For the provider's staff who may read persons and results. Raises Conflict while it is being prepared and where that failed,
    NotFound where its hours are over, somebody removed it, or a student in it was erased since.
    """
    exporting.refuse_looker(looker, at=at)
    row = LodgedExport.objects.filter(pk=export_id, provider_id=looker.provider_id).first()
    if row is None:
        raise NotFound("There is no such export, or none that you may see.")
    if row.state == "asked":
        raise Conflict("This export is still being prepared. Look again in a moment.")
    if row.state == "failed":
        raise Conflict(row.problem)
    place = shelf.place_of(row.pk)
    if row.state != "prepared" or row.held_until is None or at >= row.held_until or not _whole(place):
        raise NotFound(_GONE)

    try:
        exporting.tell_students(place.students(), looker=looker, at=at)
        return Fetched(row.name, row.size, place.open())
    except FileNotFoundError as gone:  # removed just now: nobody was told, for nothing was handed out
        raise NotFound(_GONE) from gone


@transaction.atomic
def remove_export(export_id: UUID, *, looker: Looker, at: datetime) -> None:
    """An export is gone before its hours are over, also one under way; gone already, it stays so. For those who may fetch it."""
    exporting.refuse_looker(looker, at=at)
    rows = LodgedExport.objects.select_for_update().filter(pk=export_id, provider_id=looker.provider_id)
    row = rows.first()
    if row is None:
        raise NotFound("There is no such export, or none that you may see.")
    if row.state != "removed":
        _remove(row, at=at)


def purge_exports(*, at: datetime) -> int:
    """Archives whose hours are over, and those with a student erased since, are deleted; returns how many were.

    The worker's action, run by the clock and as often as one likes. Rows go 30 days after their archives; what killed processes
    left behind goes after a day.
    """
    with tenancy.for_register():
        LodgedExport.objects.filter(state="asked", woken_at__lte=at - _LOST).update(
            state="failed", problem=_NEVER_DONE, ended_at=at
        )
        LodgedExport.objects.filter(ended_at__lte=at - _ROW_KEPT).delete()
        prepared = list(LodgedExport.objects.filter(state="prepared").values_list("pk", "held_until"))
    gone = [pk for pk, until in prepared if until is None or until <= at or not _whole(shelf.place_of(pk))]
    for export_id in gone:
        with tenancy.for_register():
            row = LodgedExport.objects.select_for_update().filter(pk=export_id, state="prepared").first()
            if row is not None:
                _remove(row, at=at)
    with tenancy.for_register():
        known = LodgedExport.objects.filter(state__in=("asked", "prepared")).values_list("pk", flat=True)
        shelf.sweep({str(pk) for pk in known}, before=at - _LOST)
    return len(gone)


def _remove(row: LodgedExport, *, at: datetime) -> None:
    """Delete the archive, then note that it is gone: killed in between, nothing is left that could be fetched."""
    shelf.place_of(row.pk).remove()
    row.state, row.ended_at = LODGED_EXPORT.move(row.state, "remove"), at
    row.save(update_fields=["state", "ended_at"])


def _whole(place: Place) -> bool:
    """Say whether an archive is there and nobody in it was erased since it was written."""
    try:
        return place.archive.is_file() and set(students_queries.erased_students()).isdisjoint(place.students())
    except FileNotFoundError:
        return False
