"""Reminders of the submission year: 30 and 7 days before a window is due and one day after, each once (CQR-01).

The worker's action, run by the clock and as often as one likes. The day is the provider's own (CAL-5). A mail holds the day
on which something is due and an address, and nothing about anybody (TEQ-08).
"""

from datetime import datetime
from typing import Final
from uuid import UUID

from django.conf import settings
from django.db import transaction

from testamur.accounts import queries as accounts_queries
from testamur.accounts.queries import MembershipFacts
from testamur.kernel import tenancy
from testamur.notices import actions as notices_actions
from testamur.providers import queries as providers_queries
from testamur.submissions import years
from testamur.submissions.models import ReturnReminder
from testamur.submissions.queries.due import PeriodStanding, periods_wanted

BEFORE: Final = "return_due"
AFTER: Final = "return_overdue"


def remind_returns(*, at: datetime) -> int:
    """Everybody who acts for a provider was told once of each window that comes due or is overdue; returns how many mails.

    A provider for which nobody acts yet is not noted as reminded: whoever joins in time is told.
    """
    sent = 0
    for one in periods_wanted(at=at):
        offset = years.reminder(one.window, one.on)
        if offset is not None:
            sent += _remind(one, offset, at=at)
    return sent


@transaction.atomic
def _remind(one: PeriodStanding, offset: int, *, at: datetime) -> int:
    """Remind the people of one provider of one window, unless they were; return how many mails were queued."""
    line = one.registration
    people = people_of(line.provider_id, at)
    if not people:
        return 0
    with tenancy.for_register():
        _, new = ReturnReminder.objects.get_or_create(
            provider_id=line.provider_id,
            regulator=line.regulator,
            sector=line.sector,
            period_from=one.window.since,
            offset_days=offset,
            defaults={"people": len(people), "reminded_on": one.on, "reminded_at": at},
        )
    if not new:
        return 0
    due = one.window.due
    context = {"link": f"{settings.PUBLIC_URL}/provider/", "due_on": f"{due.day} {due:%B %Y}"}
    for account_id, address in people.items():
        template = AFTER if offset > 0 else BEFORE
        notices_actions.queue_mail(template, address=address, context=context, at=at, account_id=account_id)
    return len(people)


def people_of(provider_id: int, at: datetime) -> dict[UUID, str]:
    """Return the addresses of those who act for a provider now, each person once, locked accounts left out."""
    organisation = providers_queries.provider(provider_id).organisation_id
    held: tuple[MembershipFacts, ...] = accounts_queries.members_of(organisation, at)
    active = {one.account_id for one in held if accounts_queries.account(one.account_id).active}
    return {one.account_id: one.account_email for one in held if one.account_id in active}
