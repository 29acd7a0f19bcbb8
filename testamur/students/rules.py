"""What can be said about a student's particulars without a database: folded names, printed names, plausible dates.

TEQ-07 and CQR-16: names are compared after folding; former and current names of one person count alike; a placeholder is
never compared. V22/V24 say which values are placeholders.
"""

import re
import unicodedata

_LETTERS_WITHOUT_DECOMPOSITION = str.maketrans(
    {"ø": "o", "đ": "d", "ł": "l", "ß": "ss", "æ": "ae", "œ": "oe", "þ": "th", "ð": "d", "ı": "i", "ŋ": "ng", "ə": "e"}
)
_NO_ASCII_LETTERS = re.compile("[^a-z]+")
NO_NAME = "9999"


def fold_name(name: str) -> str:
    """Return the form in which names are compared: lower case, no accents, letters only, one space between words.

    Apostrophes of any kind vanish (O'Brien = OBrien); hyphens and other marks part words (Smith-Jones = Smith Jones).
    """
    if name.isascii():
        return _NO_ASCII_LETTERS.sub(" ", name.lower().replace("'", "").replace("`", "")).strip()
    return _folded_at_length(name)


def _folded_at_length(name: str) -> str:
    """Fold a name of any script, character by character."""
    lowered = unicodedata.normalize("NFKD", name.casefold()).translate(_LETTERS_WITHOUT_DECOMPOSITION)
    letters = []
    for character in lowered:
        if unicodedata.combining(character) or character in "'’‘ʼ`´ʻ":
            continue
        letters.append(character if character.isalpha() else " ")
    return " ".join("".join(letters).split())


def printed_name(*, given: str, others: str, family: str, single: bool) -> str:
    """Return a person's name as it is printed; 9999 stands for "no such name" and is never shown (V22)."""
    if single:
        return family
    return " ".join(part for part in (given, others, family) if part and part != NO_NAME)


def same_given_names(one: str, other: str) -> bool:
    """Say whether folded given names agree: equal, or one begins the other word by word (middle names left out)."""
    first, second = one.split(), other.split()
    shorter = min(len(first), len(second))
    return shorter > 0 and first[:shorter] == second[:shorter]
