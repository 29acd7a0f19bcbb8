"""The states of a registration and the moves between them (rulebook F.1). Pure; drawn into docs/states.

A merged, lapsed or cancelled registration has ceased as well: `ENDED` holds all of them. There is no move back from an
ended registration: a provider that is registered again gets a new record, linked to the earlier one.
"""

from types import MappingProxyType
from typing import Final

from testamur.kernel.states import Machine

APPLICANT: Final = "applicant"
REGISTERED: Final = "registered"
SUSPENDED: Final = "suspended"
CEASING: Final = "ceasing"
CEASED: Final = "ceased"
MERGED: Final = "merged"
LAPSED: Final = "lapsed"
CANCELLED: Final = "cancelled"
ARCHIVED: Final = "archived"

ENDED: Final = frozenset({CEASED, MERGED, LAPSED, CANCELLED, ARCHIVED})
STATES: Final = (APPLICANT, REGISTERED, SUSPENDED, CEASING, CEASED, MERGED, LAPSED, CANCELLED, ARCHIVED)
_ENDS: Final = MappingProxyType({"record_merged": MERGED, "record_lapsed": LAPSED, "record_cancelled": CANCELLED})
_ARCHIVE: Final = MappingProxyType({"archive": ARCHIVED})

REGISTRATION: Final = Machine(
    states=STATES,
    initial=APPLICANT,
    moves={
        APPLICANT: {"register": REGISTERED},
        REGISTERED: {"record_suspended": SUSPENDED, "record_ceasing": CEASING, **_ENDS},
        SUSPENDED: {"record_reinstated": REGISTERED, "record_ceasing": CEASING, **_ENDS},
        CEASING: {"record_ceased": CEASED, **_ENDS},
        CEASED: _ARCHIVE,
        MERGED: _ARCHIVE,
        LAPSED: _ARCHIVE,
        CANCELLED: _ARCHIVE,
    },
    notes={
        REGISTERED: "The provider operates and answers its students itself (CQR-09).",
        SUSPENDED: "Requests go to an officer (CQR-09).",
        CEASING: "A closure case is open: records are asked for, due within 30 days of the end (REG-08).",
        CEASED: "Needs an effective date and an authority. Requests are served here from now on.",
        MERGED: "Ended; another provider took over. Requests go to an officer (CQR-09).",
        LAPSED: "Ended because the period ran out.",
        CANCELLED: "Ended by a decision of the regulator.",
        ARCHIVED: "The closure case is closed: its coverage map is signed.",
    },
)

MACHINES: Final[dict[str, Machine]] = {"registration": REGISTRATION}
