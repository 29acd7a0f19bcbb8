"""The states of a protected identifier and the moves between them (USI-02). Pure; drawn into docs/states."""

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

MACHINES: Final[dict[str, Machine]] = {"identifier": IDENTIFIER}
