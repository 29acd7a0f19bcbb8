"""Accounts come to be: a student registers, confirms the address, adds a second factor; the unconfirmed are purged."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID, uuid4

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.utils import encrypt
from django.db import transaction

from testamur.accounts.actions.events import loaded, record_event
from testamur.accounts.models import Account
from testamur.accounts.rules import SecurityKind
from testamur.kernel.errors import Conflict
from testamur.notices import actions as notices_actions

UNCONFIRMED_LASTS: Final = timedelta(hours=24)


@transaction.atomic
def register_student_account(
    *, email: str, password: str, at: datetime, account_id: UUID | None = None, notice: str = "student-registration"
) -> UUID:
    """Make an account without any membership and note which collection notice was shown; return its id (TEQ-04).

    Anyone may. The address is not confirmed yet: without confirmation the account is purged after 24 hours. Refuses
    (Conflict) an address that has an account.
    """
    address = email.strip().lower()
    if Account.objects.filter(email=address).exists():
        raise Conflict("There is an account with this address already. Sign in, or reset the password.")
    account = Account(id=account_id or uuid4(), email=address, created_at=at)
    account.set_password(password)
    account.save(force_insert=True)
    notices_actions.record_shown(account_id=account.id, notice=notice, at=at)
    record_event(account.id, SecurityKind.REGISTERED, at=at, by=account.id)
    return account.id


@transaction.atomic
def confirm_address(account_id: UUID, *, at: datetime) -> None:
    """Mark an account's address as confirmed: its owner opened a link that only its mailbox received."""
    account = loaded(account_id)
    EmailAddress.objects.update_or_create(
        user_id=account.id, email=account.email, defaults={"verified": True, "primary": True}
    )
    record_event(account.id, SecurityKind.ADDRESS_CONFIRMED, at=at, by=account.id)


@transaction.atomic
def enrol_second_factor(account_id: UUID, *, secret: str, at: datetime) -> None:
    """Give an account a time-based second factor with a Base32 secret, in place of an earlier one."""
    account = loaded(account_id)
    Authenticator.objects.filter(user_id=account.id, type=Authenticator.Type.TOTP).delete()
    Authenticator.objects.create(user_id=account.id, type=Authenticator.Type.TOTP, data={"secret": encrypt(secret)})
    record_event(account.id, SecurityKind.FACTOR_ADDED, at=at, by=account.id, detail="totp")


@transaction.atomic
def purge_unconfirmed(*, at: datetime) -> int:
    """Remove the accounts whose address was not confirmed within 24 hours; return how many (TEQ-04).

    An account that was ever a member of an organisation or ever signed in stays.
    """
    confirmed = EmailAddress.objects.filter(verified=True).values("user_id")
    old = (
        Account.objects.select_for_update(of=("self",))
        .filter(created_at__lte=at - UNCONFIRMED_LASTS, last_login__isnull=True, memberships__isnull=True)
        .exclude(id__in=confirmed)
    )
    purged = 0
    for account in old:
        notices_actions.forget_account(account.id)
        EmailAddress.objects.filter(user_id=account.id).delete()
        Authenticator.objects.filter(user_id=account.id).delete()
        record_event(account.id, SecurityKind.PURGED_UNCONFIRMED, at=at)
        account.delete()
        purged += 1
    return purged
