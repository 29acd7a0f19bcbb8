"""How pages name the states of enrolments, outcomes and methods, to staff and to students alike."""

from typing import Final

from testamur.web.parts import Tone

STATES: Final[dict[str, tuple[str, Tone]]] = {
    "enrolled": ("Not begun", "quiet"),
    "commenced": ("In training", "info"),
    "completed": ("Completed", "good"),
    "exited": ("Left", "warn"),
    "transferred": ("Transferred", "warn"),
    "cancelled": ("Cancelled", "quiet"),
}
OUTCOMES: Final[dict[str, tuple[str, Tone]]] = {
    "competent": ("Competent", "good"),
    "not-competent": ("Not competent", "bad"),
    "in-progress": ("In progress", "info"),
    "withdrawn": ("Withdrawn", "quiet"),
}
METHODS: Final = {
    "assessed": "Assessed here",
    "rpl": "Recognition of prior learning",
    "credit-transfer": "Credit transfer",
}


def dollars(cents: int) -> str:
    """Return a sum as people read it."""
    return f"{'−' if cents < 0 else ''}${abs(cents) // 100:,}.{abs(cents) % 100:02d}"
