"""A provider takes what it has lodged with it again; every student whose record is in it is told so (issue 3; rulebook F.2).

Who was exported is noted before the first byte leaves, in a transaction of its own kind of read; the file is made while it
is sent, so that nothing of it lies anywhere afterwards.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db import transaction

from testamur.accounts.roles import Permission
from testamur.kernel import tenancy
from testamur.kernel.errors import NotFound
from testamur.log import actions as log_actions
from testamur.providers import queries as providers_queries
from testamur.submissions.actions import writing
from testamur.submissions.actions.looking import Looker
from testamur.submissions.exporting.kinds import EXPORTS, ExportKind
from testamur.submissions.exporting.packing import packed
from testamur.submissions.exporting.reading import HeldStudent, held_students, in_parts
from testamur.submissions.queries import exporting

MEDIA_TYPE = "application/zip"


@dataclass(frozen=True, slots=True)
class Exported:
    """An export on its way: its file name, how many students are in it, and its bytes, to be read once."""

    name: str
    students: int
    pieces: Iterator[bytes]


@transaction.atomic
def export_lodged(name: str, *, looker: Looker, at: datetime) -> Exported:
    """What the provider lodged in a format, as it stands now, is handed out as one zip, and every student in it is told so.

    For the provider's staff who may read persons and results. `name` is one of EXPORTS (a format, or asqa). The bytes are made
    while they are read, on the provider's behalf, in transactions of their own. Raises NotFound where nothing is held.
    """
    for permission in (Permission.READ_PERSON, Permission.READ_RESULTS):
        writing.refuse_without(permission, looker.provider_id, by=looker.by, at=at)
    kind = EXPORTS.get(name)
    students = exporting.students_in_export(looker.provider_id, kind) if kind else []
    if kind is None or not students:
        raise NotFound("The register holds nothing of yours in this format.")
    on = at.astimezone(ZoneInfo(providers_queries.provider(looker.provider_id).zone)).date()
    organisation = exporting.organisation_of(looker.provider_id, kind, on=on)

    log_actions.record_accesses(
        students,
        by=looker.by,
        role=looker.role,
        action=log_actions.AccessAction.EXPORTED,
        purpose=log_actions.AccessPurpose.SUBMISSION,
        at=at,
        on=on,
        provider=looker.provider_id,
    )

    about = kind.about(organisation, len(students))
    parts = _parts(looker.provider_id, kind, students)
    pieces = packed(kind.writer(organisation), parts, about=about, at=at)
    return Exported(f"{kind.name} {organisation.on}.zip", len(students), pieces)


def _parts(provider_id: int, kind: ExportKind, students: Sequence[int]) -> Iterator[list[HeldStudent]]:
    """Yield the students of an export with their records, some at a time."""
    for part in in_parts(students, exporting.PART):
        with tenancy.for_provider(provider_id):
            held = held_students(part, kind.formats)
        yield held
