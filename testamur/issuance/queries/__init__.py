"""Reads of issuing: the queue of what is to be issued, the register of what was, authorities and templates."""

from testamur.issuance.queries.entitlement import Decided, Waiting, queue
from testamur.issuance.queries.issued import (
    CertificationCard,
    CertificationLine,
    NumberAnswer,
    Wanted,
    certification,
    counts,
    find_number,
    own,
    prepared,
    register,
)
from testamur.issuance.queries.people import (
    AuthorityHeld,
    TemplateHeld,
    authorities,
    current_templates,
    signatories,
    templates,
)

__all__ = [
    "AuthorityHeld",
    "CertificationCard",
    "CertificationLine",
    "Decided",
    "NumberAnswer",
    "TemplateHeld",
    "Waiting",
    "Wanted",
    "authorities",
    "certification",
    "counts",
    "current_templates",
    "find_number",
    "own",
    "prepared",
    "queue",
    "register",
    "signatories",
    "templates",
]
