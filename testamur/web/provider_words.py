"""How pages name what a provider is: one list of words and tones for the public's pages and the secretariat's."""

from typing import Final

from testamur.web.parts import Tone

SECTORS: Final = {"vet": "vocational education and training", "he": "higher education"}
STATUSES: Final[dict[str, tuple[str, Tone]]] = {
    "registered": ("Operating", "good"),
    "ceasing": ("Closing", "warn"),
    "suspended": ("Suspended", "warn"),
    "merged": ("Taken over", "info"),
    "ceased": ("Closed", "quiet"),
    "unknown": ("Status not known", "warn"),
}
STATES: Final[dict[str, tuple[str, Tone]]] = {
    "applicant": ("Applicant", "quiet"),
    "registered": ("Registered", "good"),
    "suspended": ("Suspended", "warn"),
    "ceasing": ("Ceasing", "warn"),
    "ceased": ("Ceased", "quiet"),
    "merged": ("Merged", "info"),
    "lapsed": ("Lapsed", "quiet"),
    "cancelled": ("Cancelled", "bad"),
    "archived": ("Archived", "quiet"),
}


def status_words(status: str) -> tuple[str, Tone]:
    """Return a status in words and its tone."""
    return STATUSES[status]


def state_words(state: str) -> tuple[str, Tone]:
    """Return a registration's state in words and its tone."""
    return STATES[state]


def sectors_words(sectors: tuple[str, ...]) -> str:
    """Return the sectors of a provider as a phrase."""
    return " and ".join(SECTORS[sector] for sector in sectors)
