"""Codes and titles of courses and units that begin as somebody types: public facts, read for the boxes that offer them.

A provider is offered what it lodged itself, and what at least three providers lodged under the same code and title, so that what
one provider alone wrote is shown to nobody else. Nothing here says who lodged what, or for which student.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from django.db import connection

from testamur.kernel import tenancy

Kind = Literal["course", "unit"]
FEWEST_PROVIDERS: Final = 3
FEWEST_SIGNS: Final = 2
_LONGEST: Final = 60
# Ranges of code points, which an index can serve whatever the locale and whatever row-level security allows to run first.
_OWN_BY_CODE: Final = """
SELECT code, coalesce(min(title) FILTER (WHERE title <> ''), '') FROM register_offering
WHERE provider_id = %s AND kind = %s AND code ~>=~ %s AND code ~<~ %s AND code <> ''
GROUP BY code ORDER BY code LIMIT %s
"""
_OWN_BY_TITLE: Final = """
SELECT code, min(title) FROM register_offering
WHERE provider_id = %s AND kind = %s AND strpos(lower(title), %s) > 0 AND code <> ''
GROUP BY code ORDER BY code LIMIT %s
"""
_OF_SEVERAL: Final = """
SELECT code, title FROM register_offering
WHERE kind = %s AND code ~>=~ %s AND code ~<~ %s AND title <> ''
GROUP BY code, title HAVING count(DISTINCT provider_id) >= %s
ORDER BY code USING ~<~, title LIMIT %s
"""


@dataclass(frozen=True, slots=True)
class NamedCode:
    """A code of a course or unit with a title under which it was lodged; `own` where the provider itself lodged it."""

    code: str
    title: str
    own: bool


def named_codes(provider_id: int, kind: Kind, typed: str, *, most: int) -> list[NamedCode]:
    """Return codes that begin with what was typed, the provider's own first, then those whose own title holds it.

    From FEWEST_SIGNS signs on also codes that several providers lodged. At most `most`, each code once. Needs the provider's scope.
    """
    sought = typed.strip()[:_LONGEST]
    first, behind = sought.upper(), sought.upper() + "\U0010ffff"
    found = _rows(_OWN_BY_CODE, [provider_id, kind, first, behind, most])
    if len(found) < most and len(sought) >= FEWEST_SIGNS:
        found += _rows(_OWN_BY_TITLE, [provider_id, kind, sought.lower(), most])
    own = {code: NamedCode(code, title, own=True) for code, title in reversed(found)}
    each = [own[code] for code in dict.fromkeys(code for code, _ in found)]
    if len(each) < most and len(sought) >= FEWEST_SIGNS:
        with tenancy.for_register():
            others = _rows(_OF_SEVERAL, [kind, first, behind, FEWEST_PROVIDERS, most])
        each += {code: NamedCode(code, title, own=False) for code, title in others if code not in own}.values()
    return each[:most]


def _rows(statement: str, values: Sequence[str | int]) -> list[tuple[str, str]]:
    """Return the rows of one statement: code and title."""
    with connection.cursor() as cursor:
        cursor.execute(statement, [*values])
        return list(cursor.fetchall())
