"""Evidence whose time of keeping is over: shown first, then deleted once an administrator confirms (rulebook REG-04, F.4)."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db import transaction

from testamur.accounts.roles import Permission
from testamur.documents import actions as documents_actions
from testamur.enrolments import rules
from testamur.enrolments.actions import writing
from testamur.enrolments.models import EnrolmentChange, Evidence
from testamur.enrolments.queries import purging
from testamur.kernel.errors import Conflict


@transaction.atomic
def purge_evidence(provider_id: int, confirmed: Collection[UUID], *, by: UUID, at: datetime) -> int:
    """The bytes of evidence that was shown and confirmed are gone; hash, size and day stay. Returns how many pieces.

    For the provider's administrators. `confirmed` is what they were shown (queries.purging.evidence_due). Refuses everything
    where one piece of it is not due, on the day at the provider; what became due meanwhile waits for the next showing.
    """
    writing.refuse_without(Permission.PURGE_EVIDENCE, provider_id, by=by, at=at)
    on = writing.local_day(provider_id, at)

    due = {one.id: one for one in purging.evidence_due(provider_id, on=on)}
    if early := set(confirmed) - set(due):
        message = f"{len(early)} of these are not due, or gone already. Nothing was purged: open the list again."
        raise Conflict(message)
    rows = Evidence.objects.select_for_update().filter(pk__in=list(confirmed), purged_at__isnull=True)
    kept = []
    for row in rows.select_related("enrolment").order_by("pk"):
        until = due[row.id].kept_until
        if not rules.may_purge(kept_until=until, on=on):
            raise Conflict("A piece of evidence is to be kept longer. Nothing was purged.")
        documents_actions.remove_file(row.kept_as)
        row.kept_as, row.purged_by, row.purged_at, row.kept_until = "", by, at, until
        row.save(update_fields=["kept_as", "purged_by", "purged_at", "kept_until"])
        gone = {"sha256": row.sha256, "size": row.size, "kept_until": until}
        kept.append(writing.changed(row.enrolment, "purge", about=row.unit_code, before=gone, by=by, at=at))
    EnrolmentChange.objects.bulk_create(kept, batch_size=2_000)

    return len(kept)
