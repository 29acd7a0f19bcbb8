"""Permanent public identifiers and their check characters.

A public number (extracts, documents, receipts) is 60 random bits as 12 characters of Crockford's base 32
and one check character, printed 4-4-5: `7KQ2-M9XD-4HTRV`. It is never sequential and never derived from
anything about a person. The check character is a weighted sum over the field of 32 elements, so every
single wrong character and every swap of two different neighbours is caught.
"""

import secrets
from typing import Final

ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_VALUES: Final = {character: value for value, character in enumerate(ALPHABET)}
_LOOKALIKES: Final = str.maketrans("OIL", "011", " -\u2010\u2011\u2013")
_DATA_LENGTH: Final = 12
_MODULUS: Final = 0b100101  # x^5 + x^2 + 1, primitive over GF(2)


def _times_two(value: int) -> int:
    """Multiply by the generator in the field of 32 elements."""
    value <<= 1
    return value ^ _MODULUS if value & 0b100000 else value


def check_character(data: str) -> str:
    """Return the check character of a string over ALPHABET (Horner's rule in GF(32))."""
    total = 0
    for character in data:
        total = _times_two(total) ^ _VALUES[character]
    return ALPHABET[_times_two(total)]


def new_public_number() -> str:
    """Return a new number of 13 characters: 60 random bits and their check character."""
    data = "".join(secrets.choice(ALPHABET) for _ in range(_DATA_LENGTH))
    return data + check_character(data)


def parse_public_number(typed: str) -> str | None:
    """Return the 13 characters meant by what a person typed, or None where it can be no number.

    Case, spaces and hyphens do not matter; O reads as 0, I and L as 1.
    """
    number = typed.strip().upper().translate(_LOOKALIKES)
    if len(number) != _DATA_LENGTH + 1 or any(character not in _VALUES for character in number):
        return None
    return number if check_character(number[:-1]) == number[-1] else None


def printed(number: str) -> str:
    """Return a public number as it is printed: 4-4-5."""
    return f"{number[:4]}-{number[4:8]}-{number[8:]}"
