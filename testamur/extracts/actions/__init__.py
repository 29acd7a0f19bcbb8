"""Writes of applications for records, one function a verb. `by` is the account that acts, `at` the moment."""

from testamur.extracts.actions.applicants import (
    Details,
    lock_case,
    report_third_party_use,
    tell_details,
    unlock_applicant,
)
from testamur.extracts.actions.certifying import certify_extract
from testamur.extracts.actions.identity import (
    WHY_ASSISTED,
    approve_identity,
    confirm_identity,
    fail_identity,
    name_identity_document,
    open_assisted_case,
    propose_identity,
    return_identity,
    upload_scan,
)
from testamur.extracts.actions.joining import JoinCase, OwnJoin, Side, answer_own_join, open_join, read_own_joins
from testamur.extracts.actions.matching import (
    confirm_match,
    look_for_candidates,
    propose_match,
    reject_match,
    undo_match,
)
from testamur.extracts.actions.purging import purge
from testamur.extracts.actions.reading import (
    Case,
    IdentityCase,
    OwnRecord,
    download_extract,
    download_lodged,
    open_case,
    open_identity_case,
    read_own_record,
    read_scan,
)
from testamur.extracts.actions.requests import (
    Asked,
    add_note,
    answer_request,
    look_again,
    request_records,
    withdraw_request,
)

__all__ = [
    "WHY_ASSISTED",
    "Asked",
    "Case",
    "Details",
    "IdentityCase",
    "JoinCase",
    "OwnJoin",
    "OwnRecord",
    "Side",
    "add_note",
    "answer_own_join",
    "answer_request",
    "approve_identity",
    "certify_extract",
    "confirm_identity",
    "confirm_match",
    "download_extract",
    "download_lodged",
    "fail_identity",
    "lock_case",
    "look_again",
    "look_for_candidates",
    "name_identity_document",
    "open_assisted_case",
    "open_case",
    "open_identity_case",
    "open_join",
    "propose_identity",
    "propose_match",
    "purge",
    "read_own_joins",
    "read_own_record",
    "read_scan",
    "reject_match",
    "report_third_party_use",
    "request_records",
    "return_identity",
    "tell_details",
    "undo_match",
    "unlock_applicant",
    "upload_scan",
    "withdraw_request",
]
