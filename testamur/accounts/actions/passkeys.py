"""A passkey shows how often it was used; one whose count runs backwards has a copy somewhere and is refused."""

from datetime import datetime
from uuid import UUID

from allauth.mfa.models import Authenticator
from django.db import transaction

from testamur.accounts import rules
from testamur.accounts.actions.events import report_change
from testamur.accounts.rules import SecurityKind
from testamur.kernel.errors import NotAllowed, NotFound


def note_passkey_use(account_id: UUID, passkey_id: int, *, shown: int, at: datetime) -> None:
    """Keep the counter that a passkey showed at this use; its signature was checked before.

    Refuses (NotAllowed) a counter that did not run on, leaves a security event and tells the owner; the kept counter
    then stays. Call it outside a transaction that the refusal takes back, or the event goes with it. Raises NotFound.
    """
    with transaction.atomic():
        kind = Authenticator.Type.WEBAUTHN
        held = Authenticator.objects.select_for_update().filter(id=passkey_id, user_id=account_id, type=kind).first()
        if held is None:
            raise NotFound("There is no such passkey.")
        stored = held.data.get("sign_count", held.wrap().authenticator_data.counter)
        if ran_on := rules.has_counter_run_on(stored=stored, shown=shown):
            held.data["sign_count"] = shown
            held.save(update_fields=["data"])
    if not ran_on:
        report_change(account_id, SecurityKind.FACTOR_REFUSED, event="factor_refused", at=at, detail="passkey")
        raise NotAllowed("This passkey may have been copied: its counter ran backwards. Use another way to sign in.")
