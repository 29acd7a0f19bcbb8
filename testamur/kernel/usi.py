"""The shape and check character of a Unique Student Identifier (rulebook USI-09), for one value and for a column.

Ten characters of an alphabet without 0, 1, I and O; the last is a check character by Luhn modulo 32 over the nine before it.
A good shape is not verification: only the USI Registry's answer is (USI-02). Both forms below are held together by a test.
"""

from typing import Final

import polars as pl

USI_ALPHABET: Final = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
USI_LENGTH: Final = 10
EXEMPTION_CODES: Final = frozenset({"INTOFF", "INDIV"})
_PLACEHOLDER: Final = "2222222222"
_BASE: Final = len(USI_ALPHABET)
_VALUES: Final = {sign: value for value, sign in enumerate(USI_ALPHABET)}


def check_character(data: str) -> str:
    """Return the check character of nine characters of USI_ALPHABET; raises KeyError for any other character."""
    total = 0
    for place, sign in enumerate(reversed(data)):
        product = _VALUES[sign] * (1 + (place + 1) % 2)
        total += product // _BASE + product % _BASE
    return USI_ALPHABET[-total % _BASE]


def parse_usi(typed: str) -> str | None:
    """Return the ten characters that a cell means, or None where it can be no USI.

    Small letters and surrounding spaces are forgiven; 2222222222 passes the sum and is a placeholder.
    """
    text = typed.strip().upper()
    if len(text) != USI_LENGTH or text == _PLACEHOLDER or any(sign not in _VALUES for sign in text):
        return None
    return text if check_character(text[:-1]) == text[-1] else None


def is_exemption_code(typed: str) -> bool:
    """Say whether a cell says why there is no USI: offshore international student, or an individual exemption (USI-03)."""
    return typed.strip().upper() in EXEMPTION_CODES


def bad_usi(cells: pl.Series) -> pl.Series:
    """Say which cells of a column are no USI, exactly where parse_usi returns None."""
    text = cells.str.strip_chars().str.to_uppercase()
    shaped = text.str.contains(f"^[{USI_ALPHABET}]{{{USI_LENGTH}}}$") & (text != _PLACEHOLDER)
    frame = pl.select(pl.when(shaped).then(text).alias("text"))
    signs = [
        pl.col("text").str.slice(place, 1).replace_strict(_VALUES, default=None, return_dtype=pl.Int32)
        for place in range(USI_LENGTH)
    ]
    products = [sign * (2 - place % 2) for place, sign in enumerate(signs[:-1])]
    total = pl.sum_horizontal(product // _BASE + product % _BASE for product in products)
    right = frame.select(((_BASE - total % _BASE) % _BASE == signs[-1]) & pl.col("text").is_not_null()).to_series()
    return ~right.fill_null(value=False)
