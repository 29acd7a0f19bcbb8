"""Writes of accounts: registration, invitations, membership, locks, and keys that make a repeated request harmless.

`by` is the id of the account that acts; None is the operator at the command line, who may do what a supervisor of the
organisation concerned may. Every change that matters to an account's safety leaves a security event.
"""

from testamur.accounts.actions.access import (
    approve_access,
    confirm_request,
    decline_access,
    propose_access,
    purge_access_requests,
    request_access,
    withdraw_request,
)
from testamur.accounts.actions.events import record_event, report_change
from testamur.accounts.actions.members import (
    Invited,
    accept_invitation,
    accept_invitation_as_new,
    invite_member,
    register_organisation,
    remove_member,
)
from testamur.accounts.actions.passkeys import note_passkey_use
from testamur.accounts.actions.registration import (
    confirm_address,
    enrol_second_factor,
    purge_unconfirmed,
    register_student_account,
)
from testamur.accounts.actions.repeats import digest_of, forget_spent, once, remember_once
from testamur.accounts.actions.safety import lock_account, refuse_third_party, refuse_unlocking, unlock_account
from testamur.accounts.actions.systems import MadeKey, make_key, note_key_use, revoke_key
from testamur.accounts.actions.webhooks import add_webhook

__all__ = [
    "Invited",
    "MadeKey",
    "accept_invitation",
    "accept_invitation_as_new",
    "add_webhook",
    "approve_access",
    "confirm_address",
    "confirm_request",
    "decline_access",
    "digest_of",
    "enrol_second_factor",
    "forget_spent",
    "invite_member",
    "lock_account",
    "make_key",
    "note_key_use",
    "note_passkey_use",
    "once",
    "propose_access",
    "purge_access_requests",
    "purge_unconfirmed",
    "record_event",
    "refuse_third_party",
    "refuse_unlocking",
    "register_organisation",
    "register_student_account",
    "remember_once",
    "remove_member",
    "report_change",
    "request_access",
    "revoke_key",
    "unlock_account",
    "withdraw_request",
]
