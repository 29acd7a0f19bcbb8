"""Reads of enrolments: lists with filters, one with everything beside it, a class for a unit, and a student's own."""

from testamur.enrolments.queries.cards import (
    AttestationHeld,
    ChangeKept,
    EnrolmentCard,
    EvidenceHeld,
    FeeHeld,
    card,
)
from testamur.enrolments.queries.facts import IssuanceFacts, UnitFact, facts_for, facts_of
from testamur.enrolments.queries.finished import Finished, finished
from testamur.enrolments.queries.lists import (
    ClassLine,
    EnrolmentLine,
    ProductOffered,
    Wanted,
    class_of,
    enrolments,
    own_enrolments,
    products_of,
    state_counts,
)
from testamur.enrolments.queries.purging import EvidenceDue, evidence_due

__all__ = [
    "AttestationHeld",
    "ChangeKept",
    "ClassLine",
    "EnrolmentCard",
    "EnrolmentLine",
    "EvidenceDue",
    "EvidenceHeld",
    "FeeHeld",
    "Finished",
    "IssuanceFacts",
    "ProductOffered",
    "UnitFact",
    "Wanted",
    "card",
    "class_of",
    "enrolments",
    "evidence_due",
    "facts_for",
    "facts_of",
    "finished",
    "own_enrolments",
    "products_of",
    "state_counts",
]
