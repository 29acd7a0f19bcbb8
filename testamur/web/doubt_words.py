"""Doubtful records in words: the rules and the states, the same for the regulator and the provider."""

from typing import Final

from testamur.web.parts import Cell, Tone

RULES: Final = {
    "D01": "The same certificate number twice",
    "D02": "A unit achieved before it existed",
    "D03": "An award outside the registration",
    "D04": "Two sexes or birth dates for one student number",
    "D05": "Files that name another organisation",
}
STATES: Final[dict[str, tuple[str, Tone]]] = {
    "open": ("To look at", "warn"),
    "asked": ("Asked", "info"),
    "answered": ("Answered", "warn"),
    "explained": ("Explained", "good"),
    "corrected": ("Corrected", "good"),
    "accepted": ("Accepted", "quiet"),
    "superseded": ("Superseded", "quiet"),
}


def state_cell(state: str) -> Cell:
    """Return a state as a tag."""
    words, tone = STATES[state]
    return Cell(words, tone=tone)
