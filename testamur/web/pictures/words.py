"""How wide words are, so that no label of a picture runs into another or out of its frame.

Widths are the advances of Public Sans 5.3 in thousandths of the font size, for the characters of ASCII; every other
letter is taken as wide as its base letter, and what has none as wide as a capital M.
"""

import unicodedata
from functools import lru_cache


def _widths(listed: str) -> tuple[int, ...]:
    return tuple(int(width) for width in listed.split())


REGULAR: tuple[int, ...] = _widths(
    "243 251 426 603 659 904 709 248 303 309 394 555 242 378 225 351 612 407 596 630 629 641 623 601 "
    "648 625 226 240 546 555 546 521 831 710 671 689 694 621 594 733 766 283 389 682 578 886 754 734 "
    "637 748 677 670 594 701 673 954 688 607 637 303 351 303 473 518 219 553 597 544 597 567 396 623 "
    "577 248 263 562 303 865 577 566 596 596 391 506 389 581 504 780 565 535 481 328 263 332 568"
)
BOLD: tuple[int, ...] = _widths(
    "226 282 480 616 681 939 784 261 333 337 473 589 277 393 270 381 645 428 635 665 656 675 661 626 "
    "671 659 270 279 578 589 578 535 828 727 685 718 720 635 614 759 770 308 402 717 578 918 782 761 "
    "653 773 696 692 616 724 704 969 717 668 670 337 381 337 484 553 264 567 609 547 609 577 397 629 "
    "593 267 289 580 329 896 593 576 607 607 412 527 417 595 521 789 588 563 497 385 269 384 612"
)
_MONO, _WIDE = 602, 900
ELLIPSIS = "…"


@lru_cache(maxsize=4096)
def width_of(words: str, size: float = 14, *, bold: bool = False, mono: bool = False) -> float:
    """Return the width in pixels of words at a size in pixels; a small surplus stands for other fonts."""
    if mono:
        return len(words) * _MONO * size / 1000
    table = BOLD if bold else REGULAR
    return sum(_advance(letter, table) for letter in words) * size / 1000 * 1.03


def fit(words: str, room: float, size: float = 14, *, bold: bool = False, mono: bool = False) -> str:
    """Return the words, shortened to an ellipsis where they are wider than the room; "" where nothing fits."""
    if width_of(words, size, bold=bold, mono=mono) <= room:
        return words
    for length in range(len(words) - 1, 0, -1):
        short = words[:length].rstrip(" ,.;:·–-(") + ELLIPSIS
        if width_of(short, size, bold=bold, mono=mono) <= room:
            return short
    return ""


def wrap(words: str, room: float, size: float = 14, *, bold: bool = False, lines: int = 2) -> list[str]:
    """Return the words on at most `lines` lines, the last one shortened where they do not fit."""
    rest = words.split()
    wrapped: list[str] = []
    while rest and len(wrapped) < lines - 1:
        line = rest.pop(0)
        while rest and width_of(f"{line} {rest[0]}", size, bold=bold) <= room:
            line = f"{line} {rest.pop(0)}"
        wrapped.append(fit(line, room, size, bold=bold))
    if rest:
        wrapped.append(fit(" ".join(rest), room, size, bold=bold))
    return wrapped


def _advance(letter: str, table: tuple[int, ...]) -> int:
    code = ord(letter)
    if 32 <= code < 127:
        return table[code - 32]
    base = unicodedata.normalize("NFD", letter)[0]
    if unicodedata.combining(base):
        return 0
    place = ord(base) - 32
    return table[place] if 0 <= place < len(table) else _WIDE
