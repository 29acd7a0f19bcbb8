"""Writes of issuing: one function a verb, each saying what becomes true, who may, and what it refuses."""

from testamur.issuance.actions.authorities import AuthoritySaid, confirm_authority, end_authority, grant_authority
from testamur.issuance.actions.forgetting import forget_erased
from testamur.issuance.actions.issuing import approve
from testamur.issuance.actions.keeping import decide_cancellation, download_own, propose_cancellation, reissue
from testamur.issuance.actions.looking import (
    Looker,
    look_at_certification,
    look_at_entitlement,
    look_at_queue,
    look_at_register,
)
from testamur.issuance.actions.preparing import PrepareSaid, ReplaceSaid, discard, prepare, prepare_replacement
from testamur.issuance.actions.templates import (
    TemplateSaid,
    approve_template,
    decline_template,
    propose_template,
    retire_template,
)

__all__ = [
    "AuthoritySaid",
    "Looker",
    "PrepareSaid",
    "ReplaceSaid",
    "TemplateSaid",
    "approve",
    "approve_template",
    "confirm_authority",
    "decide_cancellation",
    "decline_template",
    "discard",
    "download_own",
    "end_authority",
    "forget_erased",
    "grant_authority",
    "look_at_certification",
    "look_at_entitlement",
    "look_at_queue",
    "look_at_register",
    "prepare",
    "prepare_replacement",
    "propose_cancellation",
    "propose_template",
    "reissue",
    "retire_template",
]
