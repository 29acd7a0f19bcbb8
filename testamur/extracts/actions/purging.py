"""What no law keeps goes by the clock: pictures, lapsed identities, idle applications (PRV-09, F.1)."""

from datetime import datetime
from functools import partial

from django.db import transaction

from testamur.extracts import queries, rules, scans
from testamur.extracts.actions import identity, writing
from testamur.extracts.models import IdentityCheck
from testamur.kernel import tenancy


@transaction.atomic
def purge(*, at: datetime) -> dict[str, int]:
    """Delete pictures older than 90 days and those that nothing names, let identities lapse, expire idle applications.

    The register's own clock does this daily; returns how many of each. Running it again changes nothing.
    """
    on = writing.day_of(at)
    with tenancy.for_register():
        done = {"lapsed": _lapse(at), "pictures": _drop_old_pictures(at), "expired": 0}
        for number in queries.idle_requests(on):
            writing.move(writing.locked_request(number), "expire", by=None, at=at)
            done["expired"] += 1
        named = set(IdentityCheck.objects.exclude(scan="").values_list("scan", flat=True))
    orphans = scans.older_than_a_day(at) - named
    for name in orphans:
        scans.remove(name)
    return {**done, "orphans": len(orphans)}


def _lapse(at: datetime) -> int:
    """Let identities that were confirmed 12 months ago lapse."""
    over = IdentityCheck.objects.filter(state="passed", valid_until__lte=writing.day_of(at))
    return over.update(state="expired", changed_at=at)


def _drop_old_pictures(at: datetime) -> int:
    """Let checks whose picture has waited 90 days lapse, and delete the pictures."""
    before = rules.failed_before(writing.day_of(at))
    old = IdentityCheck.objects.select_for_update().filter(supplied_at__date__lt=before).exclude(scan="")
    for check in old:
        gone, check.scan, check.scan_type, check.state, check.changed_at = check.scan, "", "", "expired", at
        check.save()
        transaction.on_commit(partial(scans.remove, gone))
        identity.requests_follow(check.person_id, "restart", ("identity_pending",), by=None, at=at)
        writing.tell(check.person_id, "identity_more_needed", at=at)
    return len(old)
