"""How a dated copy of the national register is written: its files, their columns, and what a cell may hold.

The shape is that of formats 5.2 and 5.3 (TrainingComponent, Release, UnitGrid, Mapping, CurrencyPeriods, Scope), with the
packaging rules that the national register has only as text. docs/formats/national-register.md explains it; a test holds both equal.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

FORMAT: Final = "national-register/1"
SNAPSHOT: Final = "snapshot.json"
KINDS: Final = ("qualification", "skill-set", "unit", "accredited-course", "short-course", "module", "he-course")
STATUSES: Final = ("current", "superseded", "expired", "removed", "deleted")
PACKAGED: Final = ("qualification", "skill-set", "accredited-course", "short-course", "he-course")
PACKED: Final = ("unit", "module")
CORE, ELECTIVE, ELSEWHERE = "core", "elective", "elsewhere"
GROUP_KINDS: Final = (CORE, ELECTIVE, ELSEWHERE)

_CODE: Final = r"[A-Z0-9][A-Z0-9._-]{1,29}"
_PROVIDER: Final = r"[0-9]{4,5}|PRV[0-9]{5}"
_SHORT: Final = r"[A-Za-z0-9][A-Za-z0-9._ -]{0,11}"


@dataclass(frozen=True, slots=True)
class Column:
    """What a cell of a column holds. A cell of a column that is not `required` may be empty."""

    holds: Literal["text", "day", "number", "flag"] = "text"
    required: bool = True
    one_of: tuple[str, ...] = ()
    pattern: str = ""
    longest: int = 240
    shape: str = ""


@dataclass(frozen=True, slots=True)
class Sheet:
    """One file of a copy: its columns, and those that together name a row."""

    columns: Mapping[str, Column]
    key: tuple[str, ...]
    says: str
    names: Mapping[str, str] = field(default_factory=dict)


_code = Column(pattern=_CODE, longest=30, shape="a code such as ABC30125, in capitals")
_optional_code = Column(pattern=_CODE, longest=30, required=False, shape=_code.shape)
_title = Column(longest=240)
_free = Column(longest=240, required=False)
_long = Column(longest=400, required=False)
_day = Column("day")
_open_day = Column("day", required=False)
_release = Column(pattern=_SHORT, longest=12, shape="a release such as 1 or 1.0")
_group = Column(pattern=_SHORT, longest=12, shape="up to twelve letters and digits, such as A")

SHEETS: Final[Mapping[str, Sheet]] = {
    "products": Sheet(
        {
            "code": _code,
            "kind": Column(one_of=KINDS),
            "title": _title,
            "parent_code": _optional_code,
            "parent_title": _free,
            "descriptor": _free,
            "streams": _long,
            "sector": Column(one_of=("vet", "he")),
        },
        ("code",),
        "one row a training product or course",
    ),
    "releases": Sheet(
        {"code": _code, "release": _release, "released": _day, "units_required": Column("number", required=False)},
        ("code", "release"),
        "one row a release of a product",
    ),
    "statuses": Sheet(
        {"code": _code, "status": Column(one_of=STATUSES), "from": _day, "until": _open_day, "reason": _free},
        ("code", "from"),
        "one row a period in which a product has a status",
    ),
    "packaging": Sheet(
        {
            "code": _code,
            "release": _release,
            "group": _group,
            "title": Column(longest=120),
            "kind": Column(one_of=GROUP_KINDS),
            "choose_least": Column("number"),
            "choose_most": Column("number", required=False),
        },
        ("code", "release", "group"),
        "one row a group of the packaging rules",
    ),
    "grid": Sheet(
        {"code": _code, "release": _release, "group": _group, "unit": _code},
        ("code", "release", "unit"),
        "one row a unit or module in a group",
    ),
    "mappings": Sheet(
        {"code": _code, "replaced_by": _code, "equivalent": Column("flag"), "on": _day, "note": _long},
        ("code", "replaced_by"),
        "one row a product that replaces another",
    ),
    "scope": Sheet(
        {
            "provider": Column(pattern=_PROVIDER, longest=8, shape="an RTO code such as 51234, or a TEQSA provider id"),
            "code": _code,
            "from": _day,
            "until": _open_day,
            "extent": Column(pattern=r"[a-z][a-z -]{0,19}", longest=20, shape="words in small letters"),
            "implicit": Column("flag"),
            "refused": Column("flag"),
            "conditions": _long,
        },
        ("provider", "code", "implicit", "from"),
        "one row a product that a provider may deliver",
    ),
}
# The parts of a product that are compared one by one, so that a change can be named.
PARTS: Final[Mapping[str, str]] = {
    "products": "title, package, descriptor or streams",
    "releases": "releases",
    "statuses": "status",
    "packaging": "packaging rules",
    "grid": "units",
    "mappings": "replacement",
}
