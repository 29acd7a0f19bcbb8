"""The states of a dated copy that waits for a second person. Pure; drawn into docs/states."""

from typing import Final

from testamur.kernel.states import Machine

PROPOSED: Final = "proposed"
APPROVED: Final = "approved"
LOADED: Final = "loaded"
REFUSED: Final = "refused"
WITHDRAWN: Final = "withdrawn"
FAILED: Final = "failed"

PROPOSED_COPY: Final = Machine(
    states=(PROPOSED, APPROVED, LOADED, REFUSED, WITHDRAWN, FAILED),
    initial=PROPOSED,
    moves={
        PROPOSED: {"approve": APPROVED, "refuse": REFUSED, "withdraw": WITHDRAWN},
        APPROVED: {"load": LOADED, "fail": FAILED},
    },
    notes={
        PROPOSED: "The copy was sent, checked without an error, and shows what it would change.",
        APPROVED: "A second person approved it; the worker loads it.",
        LOADED: "What changed is in the register.",
        FAILED: "A younger copy had been loaded meanwhile; nothing was changed.",
    },
)

MACHINES: Final = {"proposed_copy": PROPOSED_COPY}
