"""The states of a protected identifier (USI-02) and of a join of two students (TEQ-07). Pure; drawn into docs/states."""

from typing import Final

from testamur.kernel.states import Machine

IDENTIFIER: Final = Machine(
    states=("pending", "verified", "mismatch", "invalid", "deactivated", "failed", "exempt"),
    initial="pending",
    moves={
        "pending": {
            "confirm": "verified",
            "differ": "mismatch",
            "reject": "invalid",
            "retire": "deactivated",
            "give_up": "failed",
            "exempt": "exempt",
            "wait": "pending",
            "renew": "pending",
        },
        "verified": {"ask": "pending", "renew": "pending"},
        "mismatch": {"ask": "pending", "renew": "pending"},
        "invalid": {"ask": "pending", "renew": "pending"},
        "deactivated": {"ask": "pending", "renew": "pending"},
        "failed": {"ask": "pending", "renew": "pending"},
        "exempt": {"renew": "pending"},
    },
    notes={
        "pending": "Held encrypted and used for nothing; the worker asks the USI Registry, and again where no answer came.",
        "verified": "Valid, and every field that was sent a match: the only state in which a number may be used.",
        "mismatch": "The number exists; a name or the date of birth is not the one that the Registry holds.",
        "invalid": "The Registry knows no such number, or its shape is wrong.",
        "deactivated": "The Registry has taken the number out of use.",
        "failed": "The Registry could not be asked, or gave no answer however often it was asked.",
        "exempt": "An exemption code stands in place of a number; it is never sent.",
    },
)

JOIN: Final = Machine(
    states=("proposed", "endorsed", "confirmed", "declined", "stale", "undone"),
    initial="proposed",
    moves={
        "proposed": {"endorse": "endorsed", "confirm": "confirmed", "decline": "declined", "drop": "stale"},
        "endorsed": {"confirm": "confirmed", "decline": "declined", "drop": "stale"},
        "confirmed": {"undo": "undone", "drop": "stale"},
    },
    notes={
        "proposed": "The comparison says that two students may be one person. Nothing is joined by that.",
        "endorsed": "An officer has said why they are one person; a supervisor, another person, decides.",
        "confirmed": "The two are one person, and the log says so.",
        "declined": "They are two people. Not proposed again unless a provider says something else about one of them.",
        "stale": "No longer proposed: what providers say has changed, they are one person already, or one was erased by law.",
        "undone": "The join was wrong, and the log says so. Not proposed again unless a particular of either changes.",
    },
)

MACHINES: Final[dict[str, Machine]] = {"identifier": IDENTIFIER, "join": JOIN}
