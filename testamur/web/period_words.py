"""How pages name where a period stands (CQR-01)."""

from typing import Final

from testamur.submissions.years import Standing
from testamur.web.parts import Tone

_WORDS: Final[dict[Standing, tuple[str, Tone]]] = {
    Standing.OPEN: ("Open", "info"),
    Standing.DUE_SOON: ("Due soon", "warn"),
    Standing.OVERDUE: ("Overdue", "bad"),
    Standing.LODGED: ("Lodged", "good"),
    Standing.NIL: ("Nil return", "good"),
    Standing.NOT_ASKED: ("Not asked for", "quiet"),
}


def standing_words(standing: Standing) -> tuple[str, Tone]:
    """Return a standing in words and its tone."""
    return _WORDS[standing]
