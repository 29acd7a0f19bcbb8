"""The only door into the permanent record."""

import tempfile
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from uuid import UUID

from testamur.kernel import tenancy
from testamur.kernel.errors import NotAllowed
from testamur.log import actions as log_actions
from testamur.register import bulk, certificates, loading
from testamur.register.bulk import Bundle
from testamur.register.certificates import IssuedCertificate
from testamur.register.models import Holding
from testamur.register.rows import Part

__all__ = ["Bundle", "IssuedCertificate", "Part", "record_certificate", "record_submission"]


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


def record_certificate(
    one: IssuedCertificate, *, asserted_by: UUID, declared_by: UUID, rule_version: str, at: datetime, on: date
) -> loading.Counts:
    """Make one certificate that was issued, or that holds no more, part of the permanent record, with its leaf.

    All or nothing, in the caller's transaction, and by the way of a submission: the same line of the record as a certificate that
    was lodged. The same certificate again says nothing new. `declared_by` is the second person; refuses when that is the first.
    """
    if asserted_by == declared_by:
        raise NotAllowed("A certificate is recorded by two people: one prepares, another approves.")
    with tempfile.TemporaryDirectory(prefix="certificate-") as folder, tenancy.for_provider(one.provider_id):
        bundle = certificates.bundle_of(
            one, asserted_by=asserted_by, declared_by=declared_by, rule_version=rule_version, folder=Path(folder)
        )
        counts = bulk.load(bundle, at=at, on=on, progress=_silent)
        log_actions.wake_sealer()
    return counts
