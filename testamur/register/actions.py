"""The only door into the permanent record."""

from collections.abc import Callable
from datetime import date, datetime
from uuid import UUID

from testamur.kernel import tenancy
from testamur.kernel.errors import NotAllowed
from testamur.log import actions as log_actions
from testamur.register import bulk, loading
from testamur.register.bulk import Bundle
from testamur.register.models import Holding
from testamur.register.rows import Part

__all__ = ["Bundle", "Part", "record_submission"]


def _silent(stage: str, done: int, total: int) -> None:
    """Report progress to nobody."""


def record_submission(
    bundle: Bundle,
    *,
    by: UUID,
    at: datetime,
    on: date,
    period: tuple[date | None, date | None] = (None, None),
    progress: Callable[[str, int, int], None] = _silent,
    beside: bulk.Beside | None = None,
) -> loading.Counts:
    """Make a checked and declared submission part of the permanent record: every version, one leaf each, and the holding.

    All or nothing, in the caller's transaction. `by` is the second authorised person, who declares it; refuses when that is the
    person who lodged it. `on` is the local date of the provider's zone (CAL-5). `beside` is further work of
    the transaction on a cursor and the students (local_id, student_id, key).
    """
    if by != bundle.declared_by or by == bundle.asserted_by:
        raise NotAllowed("A submission is declared by a second authorised person, not by the one who lodged it.")
    with tenancy.for_provider(bundle.provider_id):
        counts = bulk.load(bundle, at=at, on=on, progress=progress, beside=beside)
        Holding.objects.create(
            provider_id=bundle.provider_id,
            format=bundle.format,
            submission=bundle.submission,
            period_from=period[0],
            period_until=period[1],
            students=counts.students,
            records=counts.new + counts.changed + counts.withdrawn,
            sealed_date=on,
        )
        log_actions.wake_sealer()
    return counts
