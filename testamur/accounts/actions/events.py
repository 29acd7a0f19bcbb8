"""What every change of an account leaves behind: a security event, and a notice to its owner."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from testamur.accounts import queries
from testamur.accounts.models import Account, SecurityEvent
from testamur.accounts.rules import SecurityKind
from testamur.kernel.errors import NotFound
from testamur.notices import actions as notices_actions


def record_event(
    account_id: UUID, kind: SecurityKind, *, at: datetime, by: UUID | None = None, detail: str = ""
) -> None:
    """Append one security event; `detail` is a code or a reference, never a value or a name."""
    SecurityEvent.objects.create(account_id=account_id, by_account_id=by, kind=kind, at=at, detail=detail)


def loaded(account_id: UUID) -> Account:
    """Return an account, locked for change; raises NotFound."""
    found = Account.objects.select_for_update().filter(id=account_id).first()
    if found is None:
        raise NotFound("There is no such account.")
    return found


def tell(account: Account, event: str, at: datetime) -> None:
    """Send the account's owner a security notice."""
    notices_actions.queue_mail(
        "security_notice", address=account.email, account_id=account.id, context={"event": event}, at=at
    )


def tell_administrators(organisation_id: UUID, event: str, at: datetime) -> None:
    """Send a provider's administrators a security notice, each of them once."""
    people = {held.account_id: held.account_email for held in queries.administrators_of({organisation_id}, at)}
    for account_id, address in people.items():
        notices_actions.queue_mail(
            "security_notice", address=address, account_id=account_id, context={"event": event}, at=at
        )


@transaction.atomic
def report_change(account_id: UUID, kind: SecurityKind, *, event: str, at: datetime, detail: str = "") -> None:
    """Note that a password, address or factor was changed and tell the owner by mail."""
    account = loaded(account_id)
    record_event(account.id, kind, at=at, by=account.id, detail=detail)
    tell(account, event, at)
