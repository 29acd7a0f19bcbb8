"""What a provider can export of what the register holds of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import polars as pl

from testamur.providers import queries as providers_queries
from testamur.register import queries as register_queries
from testamur.students import queries as students_queries
from testamur.submissions.certificates.writing import Truncation
from testamur.submissions.exporting.kinds import ASQA, EXPORTS, ExportKind
from testamur.submissions.exporting.packing import Organisation
from testamur.submissions.exporting.reading import held_students, in_parts
from testamur.submissions.exporting.vocational import AsqaWriter

PART = 500
_CODES = {"avetmiss8": "rto", "asqa": "rto", "cqr2": "rto", "certificates": "rto", "teqsa": "teqsa"}


@dataclass(frozen=True, slots=True)
class ExportOffered:
    """One export that a provider can have now: how many students and records it holds."""

    kind: ExportKind
    students: int
    records: int


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
    """Return every cell that ASQA-style student data would cut; None where there are more than so many records to look at.

    A cut says where and how much, nothing of what stands there. Runs on the provider's behalf.
    """
    kind = EXPORTS[ASQA]
    offered = next((one for one in exports_of(provider_id) if one.kind is kind), None)
    if offered is None or offered.records > most:
        return None if offered else ()
    writer = AsqaWriter(organisation_of(provider_id, kind, on=on))
    for part in in_parts(students_in_export(provider_id, kind), PART):
        writer.students(held_students(part, kind.formats))
    return tuple(writer.cuts)
