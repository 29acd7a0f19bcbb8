"""A provider takes what it has lodged with it again; every student whose record is in it is told so (issue 3; rulebook F.2).

`export_lodged` makes the archive while it is sent, for the command line and for systems that still ask so; the pages and
systems have the worker prepare it (preparing.py) from the same pieces.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from django.db import transaction

from testamur.accounts.roles import Permission
from testamur.kernel import tenancy
from testamur.kernel.errors import NotFound
from testamur.log import actions as log_actions
from testamur.providers import queries as providers_queries
from testamur.submissions.actions import writing
from testamur.submissions.actions.looking import Looker
from testamur.submissions.exporting import shelf
from testamur.submissions.exporting.kinds import EXPORTS, ExportKind
from testamur.submissions.exporting.packing import Organisation, packed
from testamur.submissions.exporting.reading import HeldStudent, held_students, in_parts
from testamur.submissions.progress import Progress
from testamur.submissions.queries import exporting

MEDIA_TYPE = "application/zip"
NOTHING = "The register holds nothing of yours in this format."


@dataclass(frozen=True, slots=True)
class Exported:
    """An export on its way: its file name, how many students are in it, and its bytes, to be read once."""

    name: str
    students: int
    pieces: Iterator[bytes]


@dataclass(frozen=True, slots=True)
class Contents:
    """What goes into one export: whose and which, by number who is in it, and the moment."""

    provider_id: int
    kind: ExportKind
    organisation: Organisation
    students: Sequence[int]
    at: datetime

    @property
    def name(self) -> str:
        """Return the archive's file name."""
        return f"{self.kind.name} {self.organisation.on}.zip"


@transaction.atomic
def export_lodged(name: str, *, looker: Looker, at: datetime) -> Exported:
    """What the provider lodged in a format, as it stands now, is handed out as one zip, and every student in it is told so.

    For the provider's staff who may read persons and results. `name` is one of EXPORTS (a format, or asqa). The bytes are made
    while they are read, on the provider's behalf, in transactions of their own. Raises NotFound where nothing is held.
    """
    refuse_looker(looker, at=at)
    contents = contents_of(looker.provider_id, name, at=at)

    tell_students(contents.students, looker=looker, at=at)

    return Exported(contents.name, len(contents.students), _sent(contents))


def refuse_looker(looker: Looker, *, at: datetime) -> None:
    """Refuse people who may not read persons and results of the provider."""
    for permission in (Permission.READ_PERSON, Permission.READ_RESULTS):
        writing.refuse_without(permission, looker.provider_id, by=looker.by, at=at)


def contents_of(provider_id: int, name: str, *, at: datetime) -> Contents:
    """Return what an export holds now; raises NotFound where nothing is held. Runs on the provider's behalf."""
    kind = EXPORTS.get(name)
    students = exporting.students_in_export(provider_id, kind) if kind else []
    if kind is None or not students:
        raise NotFound(NOTHING)
    organisation = exporting.organisation_of(provider_id, kind, on=_local_day(provider_id, at))
    return Contents(provider_id, kind, organisation, students, at)


def tell_students(students: Sequence[int], *, looker: Looker, at: datetime) -> None:
    """Leave an access event for each student of an export, in the transaction of the read."""
    log_actions.record_accesses(
        students,
        by=looker.by,
        role=looker.role,
        action=log_actions.AccessAction.EXPORTED,
        purpose=log_actions.AccessPurpose.SUBMISSION,
        at=at,
        on=_local_day(looker.provider_id, at),
        provider=looker.provider_id,
    )


def pieces_of(contents: Contents, folder: Path, report: Progress | None = None) -> Iterator[bytes]:
    """Yield the bytes of the archive, in transactions of their own, with a folder of its own for what has to wait."""
    about = contents.kind.about(contents.organisation, len(contents.students))
    return packed(
        contents.kind.writer(contents.organisation, folder), _parts(contents, report), about=about, at=contents.at
    )


def _sent(contents: Contents) -> Iterator[bytes]:
    """Yield the archive's bytes; what it writes aside meanwhile goes with it."""
    with shelf.workplace() as folder:
        yield from pieces_of(contents, folder)


def _parts(contents: Contents, report: Progress | None) -> Iterator[list[HeldStudent]]:
    """Yield the students of an export with their records, some at a time, and say how far it is."""
    done, total = 0, len(contents.students)
    for part in in_parts(contents.students, exporting.PART):
        if report:
            report("export", done, total)
        with tenancy.for_provider(contents.provider_id):
            held = held_students(part, contents.kind.formats)
        yield held
        done += len(part)
    if report:
        report("pack", 0, 0)


def _local_day(provider_id: int, at: datetime) -> date:
    """Return the date of a moment where the provider is."""
    return at.astimezone(ZoneInfo(providers_queries.provider(provider_id).zone)).date()
