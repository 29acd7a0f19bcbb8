"""Writes of enrolments: one function a verb, each saying what becomes true, who may, and what it refuses."""

from testamur.enrolments.actions.details import correct_enrolment, replace_usi, set_contract, set_timely_date
from testamur.enrolments.actions.enrolling import enrol, enrol_many
from testamur.enrolments.actions.evidence import MOST_BYTES, Arriving, add_evidence, hand_out_evidence
from testamur.enrolments.actions.fees import record_fee, record_fees
from testamur.enrolments.actions.identity import attest_identity, withdraw_attestation
from testamur.enrolments.actions.loading import load_files
from testamur.enrolments.actions.looking import Looker, look_at_class, look_at_enrolment, look_at_list, look_at_own
from testamur.enrolments.actions.outcomes import record_outcomes
from testamur.enrolments.actions.passing import commence, complete, record_exit, reopen
from testamur.enrolments.actions.purging import purge_evidence

__all__ = [
    "MOST_BYTES",
    "Arriving",
    "Looker",
    "add_evidence",
    "attest_identity",
    "commence",
    "complete",
    "correct_enrolment",
    "enrol",
    "enrol_many",
    "hand_out_evidence",
    "load_files",
    "look_at_class",
    "look_at_enrolment",
    "look_at_list",
    "look_at_own",
    "purge_evidence",
    "record_exit",
    "record_fee",
    "record_fees",
    "record_outcomes",
    "reopen",
    "replace_usi",
    "set_contract",
    "set_timely_date",
    "withdraw_attestation",
]
