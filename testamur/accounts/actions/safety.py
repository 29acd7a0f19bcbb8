"""An account is one person's: it is locked when somebody else used it, and opened after a new identity check (TEQ-09)."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from testamur.accounts import queries, rules
from testamur.accounts.actions.events import loaded, record_event, tell
from testamur.accounts.roles import SECRETARIAT_ROLES, Role
from testamur.accounts.rules import LockReason, SecurityKind
from testamur.kernel.errors import Conflict, NotAllowed, refuse_unless


def _roles_of(by: UUID | None, at: datetime) -> list[Role | None]:
    """Return in which roles somebody acts, at least None; the operator at the command line acts as a supervisor."""
    return [Role.SUPERVISOR] if by is None else [held.role for held in queries.memberships_of(by, at)] or [None]


@transaction.atomic
def lock_account(account_id: UUID, *, reason: LockReason, by: UUID | None, at: datetime) -> None:
    """Lock an account because somebody else used it; every session of it ends and its password is void (TEQ-09).

    Secretariat staff may, and the person for their own account. Locking a locked account changes nothing.
    """
    account = loaded(account_id)
    own = by == account.id
    answers = [rules.may_lock(role, own_account=own) for role in _roles_of(by, at)]
    refuse_unless(next((answer for answer in answers if answer.allowed), answers[0]))
    if account.locked_at is not None:
        return
    account.is_active, account.locked_at, account.lock_reason = False, at, reason.value
    # Whoever else knows the password must not get in again after the unlocking; this also ends every session.
    account.set_unusable_password()
    account.save()
    record_event(account.id, SecurityKind.LOCKED, at=at, by=by, detail=reason.value)
    tell(account, "account_locked", at)


def refuse_unlocking(account_id: UUID, *, identity_check: str, by: UUID | None, at: datetime) -> None:
    """Refuse whoever may not open this account, or names no new identity check; the refusal leaves a security event.

    Call it outside a transaction that the refusal takes back, or the event goes with it.
    """
    colleague = any(held.role in SECRETARIAT_ROLES for held in queries.memberships_of(account_id, at))
    answers = [
        rules.may_unlock(role, own_account=by == account_id, colleague=colleague, identity_check=identity_check)
        for role in _roles_of(by, at)
    ]
    verdict = next((answer for answer in answers if answer.allowed), answers[0])
    if not verdict.allowed:
        record_event(account_id, SecurityKind.UNLOCK_REFUSED, at=at, by=by)
        raise NotAllowed(verdict.reasons, verdict=verdict)


def unlock_account(account_id: UUID, *, identity_check: str, by: UUID | None, at: datetime) -> None:
    """Open a locked account after a new identity check, named by its reference; the person sets a new password (TEQ-09).

    Only secretariat staff may, and not for their own account; for an account of secretariat staff only a supervisor
    (F.2). A refusal leaves a security event too.
    """
    refuse_unlocking(account_id, identity_check=identity_check, by=by, at=at)
    with transaction.atomic():
        account = loaded(account_id)
        if account.locked_at is None:
            raise Conflict("This account is not locked. There is nothing to do.")
        account.is_active, account.locked_at, account.lock_reason = True, None, ""
        account.save()
        record_event(account.id, SecurityKind.UNLOCKED, at=at, by=by, detail=identity_check.strip()[:80])
        tell(account, "account_unlocked", at)


def refuse_third_party(account_id: UUID, *, by: UUID, at: datetime) -> None:
    """Note that somebody else asked staff to open or change this account and was refused (TEQ-09)."""
    record_event(account_id, SecurityKind.THIRD_PARTY_REFUSED, at=at, by=by)
