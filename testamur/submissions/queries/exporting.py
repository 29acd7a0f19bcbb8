"""What a provider can export of what the register holds of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

import polars as pl

from testamur.kernel.errors import NotFound
from testamur.providers import queries as providers_queries
from testamur.register import queries as register_queries
from testamur.students import queries as students_queries
from testamur.submissions.certificates.writing import Truncation
from testamur.submissions.exporting import shelf
from testamur.submissions.exporting.kinds import ASQA, EXPORTS, ExportKind
from testamur.submissions.exporting.packing import Organisation
from testamur.submissions.exporting.reading import held_students, in_parts
from testamur.submissions.exporting.vocational import asqa_part
from testamur.submissions.models import LodgedExport
from testamur.submissions.progress import Standing, read_progress

PART = 500
_CODES = {"avetmiss8": "rto", "asqa": "rto", "cqr2": "rto", "certificates": "rto", "teqsa": "teqsa"}


@dataclass(frozen=True, slots=True)
class ExportOffered:
    """One export that a provider can have now: how many students and records it holds."""

    kind: ExportKind
    students: int
    records: int


@dataclass(frozen=True, slots=True)
class ExportSealed:
    """One export for which a provider sealed something: how many submissions, and how many records they wrote in all.

    What was replaced or withdrawn since is counted too, so that a page need not look at every record.
    """

    kind: ExportKind
    submissions: int
    records: int


@dataclass(frozen=True, slots=True)
class ExportCard:
    """An export that the worker prepares or prepared: how far it is, what it holds, until when it can be fetched.

    `state` is one of states.LODGED_EXPORT; `size` in bytes, `sha256` in hex and `name` of the archive; `standing` is None before
    the worker has begun and once it has ended.
    """

    id: UUID
    kind: ExportKind
    state: str
    asked_by: UUID
    asked_at: datetime
    woken_at: datetime
    name: str
    students: int
    size: int
    sha256: str
    prepared_at: datetime | None
    held_until: datetime | None
    problem: str
    ended_at: datetime | None
    standing: Standing | None

    def held_at(self, moment: datetime) -> bool:
        """Say whether the archive can be fetched at a moment."""
        return self.state == "prepared" and self.held_until is not None and moment < self.held_until


def sealed_for_export(provider_id: int) -> list[ExportSealed]:
    """Return the exports for which a provider sealed something, told from its holdings however many records there are."""
    held = register_queries.holdings(provider_id)
    found = []
    for kind in EXPORTS.values():
        mine = [one for one in held if one.format in kind.formats]
        if mine:
            found.append(ExportSealed(kind, len(mine), sum(one.records for one in mine)))
    return found


def exports_of(provider_id: int) -> list[ExportOffered]:
    """Return the exports of a provider in which there is anything. Runs on the provider's behalf."""
    held = register_queries.current_records(provider_id)
    offered = []
    for kind in EXPORTS.values():
        mine = held.filter(pl.col("format").is_in(sorted(kind.formats)))
        if not mine.is_empty():
            offered.append(ExportOffered(kind, mine["student_id"].n_unique(), int(mine["records"].sum())))
    return offered


def students_in_export(provider_id: int, kind: ExportKind) -> list[int]:
    """Return the students whose records an export holds, by number. Runs on the provider's behalf."""
    held = register_queries.current_records(provider_id).filter(pl.col("format").is_in(sorted(kind.formats)))
    erased = set(students_queries.erased_students())
    return [student for student in held["student_id"].unique().sort() if student not in erased]


def organisation_of(provider_id: int, kind: ExportKind, *, on: date) -> Organisation:
    """Return whose export it is, with the code that its files carry; the ABN where there is none."""
    card = providers_queries.provider_card(provider_id, on=on)
    code = next((code.value for code in card.codes if code.kind == _CODES[kind.name]), card.abn)
    return Organisation(card.legal_name, code, f"{on:%Y-%m-%d}")


def cuts_in_asqa(provider_id: int, *, on: date, most: int) -> Sequence[Truncation] | None:
    """Return every cell that ASQA-style student data would cut; None where more than so many records were sealed.

    A cut says where and how much, nothing of what stands there. Runs on the provider's behalf.
    """
    kind = EXPORTS[ASQA]
    sealed = next((one for one in sealed_for_export(provider_id) if one.kind is kind), None)
    if sealed is None or sealed.records > most:
        return None if sealed else ()
    code = organisation_of(provider_id, kind, on=on).code
    held = (held_students(part, kind.formats) for part in in_parts(students_in_export(provider_id, kind), PART))
    _, cuts = asqa_part((one for part in held for one in part), code)
    return tuple(cuts)


def lodged_exports(provider_id: int, *, most: int = 20) -> list[ExportCard]:
    """Return a provider's exports as the worker prepares or prepared them, the newest first."""
    rows = LodgedExport.objects.filter(provider_id=provider_id).order_by("-asked_at", "-pk")
    return [_card(row) for row in rows[:most]]


def lodged_export(export_id: UUID) -> ExportCard:
    """Return one export; raises NotFound, also for another provider's."""
    row = LodgedExport.objects.filter(pk=export_id).first()
    if row is None:
        raise NotFound("There is no such export, or none that you may see.")
    return _card(row)


def _card(row: LodgedExport) -> ExportCard:
    """Return an export as it crosses the package's edge."""
    same = ("state", "asked_by", "asked_at", "woken_at", "name", "students", "size", "prepared_at", "held_until")
    return ExportCard(
        id=row.pk,
        kind=EXPORTS[row.kind],
        sha256=bytes(row.sha256).hex() if row.sha256 else "",
        problem=row.problem,
        ended_at=row.ended_at,
        standing=read_progress(shelf.place_of(row.pk).progress) if row.state == "asked" else None,
        **{name: getattr(row, name) for name in same},
    )
