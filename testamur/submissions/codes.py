"""Codes of courses and units that are offered while somebody types: the national register's, then what was lodged."""

from datetime import date
from typing import Final

from testamur.register import codes as register_codes
from testamur.register.codes import FEWEST_SIGNS, Kind, NamedCode
from testamur.training.queries import products as training_products

_KINDS: Final[dict[Kind, tuple[str, ...]]] = {
    "course": ("qualification", "skill-set", "accredited-course", "short-course", "he-course"),
    "unit": ("unit", "module"),
}


def offered_codes(provider_id: int, kind: Kind, typed: str, *, on: date, most: int) -> list[NamedCode]:
    """Return at most `most` codes that begin with what was typed, the national register's first, each code once.

    Current products of the national register come before those that ended; then what the provider lodged itself, and what
    several lodged. From FEWEST_SIGNS signs on. Needs the provider's scope.
    """
    lodged = register_codes.named_codes(provider_id, kind, typed, most=most)
    if len(typed.strip()) < FEWEST_SIGNS:
        return lodged
    own = {one.code for one in lodged if one.own}
    listed = training_products.search_products(typed, on, kinds=_KINDS[kind], most=most)
    national = [
        NamedCode(line.code, line.title, own=line.code in own)
        for line in sorted(listed, key=lambda line: line.status != "current")
    ]
    known = {one.code for one in national}
    return [*national, *(one for one in lodged if one.code not in known)][:most]
