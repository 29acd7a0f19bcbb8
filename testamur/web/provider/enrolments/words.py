"""How pages name the states of enrolments, outcomes, methods, kinds and sums."""

from datetime import date
from typing import Final

from testamur.web.parts import Tone
from testamur.web.templatetags.testamur import long_date
from testamur.web.training_words import METHODS, OUTCOMES, STATES, dollars

__all__ = ["METHODS", "OUTCOMES", "STATES", "day", "dollars"]

KINDS: Final = {
    "qualification": "Qualification",
    "accredited-course": "Accredited course",
    "short-course": "Accredited short course",
    "skill-set": "Skill set",
    "unit": "Unit",
    "module": "Module",
    "he-course": "Course of higher education",
}
SECTORS: Final = {"vet": "Vocational education", "he": "Higher education"}
EXITS: Final = {
    "withdrew": "Withdrew",
    "no-contact": "No contact any more",
    "provider-ended": "Ended by the provider",
    "transferred": "Transferred to the product that replaces this one",
    "cancelled": "Enrolled by mistake, or never began",
    "other": "Another reason",
}
FEES: Final = {
    "agreed": "Agreed", "charged": "Charged", "paid": "Paid", "waived": "Waived", "refunded": "Paid back",
}  # fmt: skip
CHECKS: Final = {
    "in-person": "In person",
    "photo-identity": "Photo identity was sighted",
    "video-call": "Video call",
    "workplace": "Known at the workplace",
    "supervised-online": "Supervised online",
}
EVIDENCE: Final = {
    "assessment": "Assessment",
    "rpl-portfolio": "Portfolio for recognition of prior learning",
    "credit-source": "Sighted source of credit transfer",
    "screenshot": "Screenshot of a transcript",
    "other": "Something else",
}
USI: Final[dict[str, tuple[str, Tone]]] = {
    "verified": ("Verified", "good"),
    "pending": ("Waits for verification", "warn"),
    "exempt": ("Exempt", "good"),
    "none": ("Not given", "bad"),
}
VERBS: Final = {
    "enrol": "Enrolled",
    "correct": "Details corrected",
    "record": "Outcome recorded",
    "follow": "State followed the outcomes",
    "commence": "Training begun",
    "complete": "Completed",
    "exit": "Exit recorded",
    "reopen": "Opened again",
    "contract": "Training contract set",
    "timely": "Timely date set",
    "identifier": "USI replaced",
    "fee": "Fee entered",
    "attest": "Identity attested",
    "withdraw": "Attestation withdrawn",
    "evidence": "Evidence added",
    "purge": "Evidence purged",
}


def day(value: date | None) -> str:
    """Return a day in words, nothing for none."""
    return long_date(value) if value else ""


def kept(name: str, value: object) -> str:
    """Return one field of a change: its name and value in words."""
    if name == "cents" and isinstance(value, int):
        return f"sum: {dollars(value)}"
    return f"{name.replace('_', ' ')}: {value if value not in (None, '') else 'nothing'}"
