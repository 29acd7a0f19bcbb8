"""Cells are fixed on the page and laid over the file at the next check; the file itself stays as it arrived (issue 2, item 3)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import polars as pl
from django.db import transaction

from testamur.accounts.roles import Permission
from testamur.kernel.errors import Conflict, NotFound, refuse_unless
from testamur.submissions import deciding, gathering, storage
from testamur.submissions.actions import writing
from testamur.submissions.actions.validating import FINDINGS
from testamur.submissions.formats import FORMATS
from testamur.submissions.models import CellFix, Submission

LONGEST_VALUE = 1_000


@transaction.atomic
def fix_cell(
    submission_id: UUID, *, file: str, row: int, column: str, value: str, rule: str = "", by: UUID, at: datetime
) -> None:
    """One cell of a checked file has another value from the next check on; saying the same again changes nothing.

    For a provider's data officer. `file` and `row` are those of the finding. Refuses (Conflict) files that were not
    checked as they are now, and a cell about which there is no finding (NotFound).
    """
    submission = _fixable(submission_id, by=by, at=at)
    findings = _findings(submission)
    about = findings.filter((pl.col("file") == file) & (pl.col("row") == row) & (pl.col("column") == column)).collect()
    if about.is_empty():
        raise NotFound("No finding is about this cell. Open the findings again.")

    _lay(submission, file, [row], column=column, value=value[:LONGEST_VALUE], rule=rule, by=by, at=at)

    _fixed(submission, by=by, at=at, note=f"row {row}, {column}")


@dataclass(frozen=True, slots=True)
class AlikeCells:
    """The cells of one column of a file that one rule found to hold the same value."""

    rule: str
    file: str
    column: str
    value: str


@transaction.atomic
def fix_all_like(
    submission_id: UUID, cells: AlikeCells, *, new_value: str, by: UUID, at: datetime, key: str = ""
) -> int:
    """All these cells have another value from the next check on; returns how many (0 for a request made before).

    For a provider's data officer. Refuses more cells than a person can answer for at once (SUB-07).
    """
    submission = _fixable(submission_id, by=by, at=at)
    about = [str(submission_id), cells.rule, cells.file, cells.column, cells.value, new_value]
    if writing.answered_before(key, "fix_all_like", by=by, at=at, about=about):
        return 0
    same = pl.all_horizontal(pl.col(name) == getattr(cells, name) for name in ("rule", "file", "column", "value"))
    rows = _findings(submission).filter(same).select("row").unique().collect()["row"].sort()
    refuse_unless(deciding.may_replace(len(rows)))

    value = new_value[:LONGEST_VALUE]
    _lay(submission, cells.file, rows.to_list(), column=cells.column, value=value, rule=cells.rule, by=by, at=at)

    _fixed(submission, by=by, at=at, note=f"{len(rows):,} cells of {cells.column}")
    return len(rows)


@transaction.atomic
def undo_fix(submission_id: UUID, fix_id: int, *, by: UUID, at: datetime) -> None:
    """A fixed cell has the file's own value again from the next check on.

    For a provider's data officer. Raises NotFound for a fix that is gone already.
    """
    submission = _fixable(submission_id, by=by, at=at)
    found = CellFix.objects.filter(submission=submission, pk=fix_id).first()
    if found is None:
        raise NotFound("There is no such fix any more. Open the findings again.")

    found.delete()

    _fixed(submission, by=by, at=at, note=f"undone: row {found.row}, {found.column}")


def _fixable(submission_id: UUID, *, by: UUID, at: datetime) -> Submission:
    """Return a submission whose findings are about the files that it holds now, locked."""
    submission = writing.locked(submission_id)
    writing.refuse_without(Permission.CHANGE_SUBMISSION, submission.provider_id, by=by, at=at)
    if submission.checked_run is None:
        raise Conflict("The files have changed since the last check. Check them again, then fix what is found.")
    return submission


def _findings(submission: Submission) -> pl.LazyFrame:
    """Return the findings of the last check."""
    folder = storage.room_of(submission.pk).run(submission.checked_run or submission.pk)
    return pl.scan_parquet(folder / FINDINGS)


def _lay(
    submission: Submission,
    file: str,
    rows: Sequence[int],
    *,
    column: str,
    value: str,
    rule: str,
    by: UUID,
    at: datetime,
) -> None:
    """Keep fixes under the file and row that the provider sent; a fix of the same cell is replaced."""
    folder = storage.room_of(submission.pk).run(submission.checked_run or submission.pk)
    lineage = gathering.read_lineages(folder).get(file)
    places = lineage.places(folder, rows) if lineage else {}
    if len(places) < len(rows) or any(row <= FORMATS[submission.format].head for row in rows):
        raise NotFound("This row cannot be fixed here. Correct the file and upload it again.")
    made = [
        CellFix(
            submission=submission,
            provider_id=submission.provider_id,
            file=source.name,
            sha256=bytes.fromhex(source.sha256),
            row=source_row,
            column=column,
            rule=rule,
            value=value,
            fixed_by=by,
            fixed_at=at,
        )
        for source, source_row in places.values()
    ]
    CellFix.objects.bulk_create(
        made,
        update_conflicts=True,
        unique_fields=["submission", "sha256", "row", "column"],
        update_fields=["value", "rule", "fixed_by", "fixed_at"],
    )


def _fixed(submission: Submission, *, by: UUID, at: datetime, note: str) -> None:
    """Move the submission to where it waits for the next check; the findings of the last one stay to be worked on."""
    writing.move(submission, "fix", by=by, at=at, note=note)
    submission.save(update_fields=["state"])
